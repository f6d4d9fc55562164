//! Questions in PromQL: answered or refused, over a lake without records.
#![no_main]

use tracemill_languages::promql;

libfuzzer_sys::fuzz_target!(|question: &str| {
    let _ = promql::query(bench::empty(), question, &promql::Options::default());
});
