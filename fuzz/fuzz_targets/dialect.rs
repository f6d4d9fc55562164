//! A team's own dialect: taken or refused.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let folder = bench::folder().join("dialects");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("own.toml"), text).expect("written");
    let folder = Some(folder.as_path());
    let _ = tracemill_normalize::dialects_in_force(None, folder);
});
