//! Questions in TraceQL: answered or refused, over a lake without records.
#![no_main]

use tracemill_languages::traceql;

libfuzzer_sys::fuzz_target!(|question: &str| {
    let _ = traceql::query(bench::empty(), question, &traceql::Options::default());
});
