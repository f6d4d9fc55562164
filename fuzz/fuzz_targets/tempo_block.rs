//! Tempo: blocks, which are Parquet. The `parquet` crate panics at some damaged files; the program catches that, and so must this.
#![no_main]

use std::panic;

libfuzzer_sys::fuzz_target!(
    init: {
        let abort = panic::take_hook();
        panic::set_hook(Box::new(move |told| {
            let file = told.location().map_or("", |place| place.file());
            if !["/parquet-", "/arrow-", "/thrift-", "/bytes-"].iter().any(|of| file.contains(of)) {
                abort(told);
            }
        }));
    },
    |bytes: &[u8]| {
        let _ = bench::decode(bytes);
    }
);
