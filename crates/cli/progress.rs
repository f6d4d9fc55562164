//! The progress bar: bytes, rows, rate and time left on a terminal, nothing of it in a pipe. What is set aside is told line by line
//! on standard error in both.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracemill_ingest::Progress;

use crate::args::say;
use crate::reasons::Reasons;

/// Shows an ingest on the terminal.
#[derive(Debug)]
pub struct Bar {
    bar: ProgressBar,
    rows: AtomicU64,
    reasons: Reasons,
}

impl Bar {
    /// A bar, which stays hidden where standard error is no terminal, and tells reasons so.
    pub fn new(reasons: Reasons) -> Bar {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        }
        let template = "{bar:30} {bytes}/{total_bytes}  {bytes_per_sec}  {msg} rows  {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Bar { bar, rows: AtomicU64::new(0), reasons }
    }

    fn line(&self, text: &str) {
        // one line, whatever hostile names and contents hold
        let line = text.replace(['\n', '\r', '\t'], " ");
        self.bar.suspend(|| say(&line));
    }
}

impl Progress for Bar {
    fn begin(&self, bytes: u64) {
        self.bar.set_length(bytes);
    }

    fn advance(&self, bytes: u64, rows: u64) {
        let rows = self.rows.fetch_add(rows, Ordering::Relaxed) + rows;
        self.bar.inc(bytes);
        if !self.bar.is_hidden() {
            self.bar.set_message(HumanCount(rows).to_string());
        }
    }

    fn set_aside(&self, source: &str, position: &str, reason: &str) {
        self.line(&format!("set aside: {source}: {position}: {}", self.reasons.shown(reason)));
    }

    fn warning(&self, source: &str, warning: &str) {
        self.line(&format!("warning: {source}: {}", self.reasons.shown(warning)));
    }

    fn waiting(&self) {
        self.line("another run is writing to the lake; waiting for it to end");
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
