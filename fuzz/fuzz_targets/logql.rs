//! Questions in LogQL: answered or refused, over a lake without records.
#![no_main]

use tracemill_languages::logql;

libfuzzer_sys::fuzz_target!(|question: &str| {
    let _ = logql::query(bench::empty(), question, &logql::Options::default());
});
