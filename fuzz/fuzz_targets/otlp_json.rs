//! OTLP JSON; the same bytes compressed give the same records.
#![no_main]

use std::io::Write;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let plain = bench::decode(bytes);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).expect("memory");
    let packed = bench::decode(&gzip.finish().expect("memory"));
    assert_eq!(bench::counts(&plain), bench::counts(&packed));
});
