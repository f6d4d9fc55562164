//! The lake's log: an entry of any bytes is read or refused.
#![no_main]

use tracemill_model::Lake;

libfuzzer_sys::fuzz_target!(|entry: &[u8]| {
    let root = bench::folder().join("logged");
    let lake = Lake::create(&root).expect("a lake");
    std::fs::write(root.join("_tracemill/commits/00000001.json"), entry).expect("written");
    if let Ok(snapshot) = lake.snapshot() {
        let _ = snapshot.parts("events").count();
        let _ = lake.log();
    }
});
