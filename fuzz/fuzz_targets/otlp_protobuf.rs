//! OTLP protobuf; the same message behind its length gives the same records, where it is one at all.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let plain = bench::decode(bytes);
    if plain.set_aside > 0 || plain.framing != "one protobuf message" {
        return;
    }
    let framed = bench::decode(&[&(bytes.len() as u32).to_be_bytes()[..], bytes].concat());
    assert_eq!(bench::counts(&plain), bench::counts(&framed));
});
