//! OTLP JSON; the same bytes compressed give the same records, and so do those that the quick way of reading attributes does not take.
#![no_main]

use std::io::Write;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let plain = bench::decode(bytes);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).expect("memory");
    let packed = bench::decode(&gzip.finish().expect("memory"));
    assert_eq!(bench::counts(&plain), bench::counts(&packed));
    if plain.framing.contains("JSON") && plain.compression.is_empty() {
        let slow = bench::decode(&spaced(bytes));
        let ([quick @ .., _], [slow @ .., _]) = (bench::counts(&plain), bench::counts(&slow));
        // in how many pieces broken text is set aside depends on the places where something could begin
        assert_eq!(quick, slow);
    }
});

/// The same JSON with a blank before each `"key":"`, behind which attributes are not read the quick way.
fn spaced(bytes: &[u8]) -> Vec<u8> {
    let usual = b"{\"key\":\"";
    let (mut out, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        if bytes[at..].starts_with(usual) {
            out.extend_from_slice(b"{ ");
            at += 1;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    out
}
