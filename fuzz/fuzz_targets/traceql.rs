//! Questions in TraceQL: answered or refused, over a lake without records and over one with a few.
#![no_main]

use tracemill_languages::traceql;

libfuzzer_sys::fuzz_target!(|question: &str| {
    for lake in bench::lakes() {
        for window in bench::windows() {
            let options = traceql::Options { window, ..traceql::Options::default() };
            if traceql::query(lake, question, &options).is_err() {
                break;
            }
        }
    }
});
