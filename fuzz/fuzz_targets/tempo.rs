//! Tempo: traces of its API, of tempo-cli and of Grafana.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = bench::decode(bytes);
});
