//! Questions in PromQL: answered or refused, over a lake without records and over one with a few.
#![no_main]

use tracemill_languages::promql;

libfuzzer_sys::fuzz_target!(|question: &str| {
    for lake in bench::lakes() {
        for window in bench::windows() {
            let options = promql::Options { window, ..promql::Options::default() };
            if promql::query(lake, question, &options).is_err() {
                break;
            }
        }
    }
});
