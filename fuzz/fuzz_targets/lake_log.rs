//! The lake's log: an entry of any bytes is read or refused, and names nothing outside the lake.
#![no_main]

use std::fs;
use std::path::Component;

use tracemill_model::Lake;

libfuzzer_sys::fuzz_target!(|entry: &[u8]| {
    let root = bench::folder().join("logged");
    let lake = Lake::create(&root).expect("a lake");
    let outside = bench::folder().join("outside");
    fs::write(&outside, "").expect("written");
    fs::write(root.join("_tracemill/commits/00000001.json"), entry).expect("written");
    let Ok(snapshot) = lake.snapshot() else { return };
    let _ = snapshot.parts("events").count();
    let _ = lake.log();
    for part in snapshot.files() {
        assert!(part.path.starts_with(&root) && part.path.components().all(|c| c != Component::ParentDir), "{}", part.path.display());
    }
    // a writer tidies up what the entry says was removed
    let _ = fs::remove_file(root.join("_tracemill/settled"));
    let _ = lake.lock();
    assert!(outside.exists() && root.join("_tracemill/key").exists() && root.join("_tracemill/commits").is_dir());
});
