//! Questions in LogQL: answered or refused, over a lake without records and over one with a few.
#![no_main]

use tracemill_languages::logql;

libfuzzer_sys::fuzz_target!(|question: &str| {
    for lake in bench::lakes() {
        for window in bench::windows() {
            let options = logql::Options { window, ..logql::Options::default() };
            if logql::query(lake, question, &options).is_err() {
                break;
            }
        }
    }
});
