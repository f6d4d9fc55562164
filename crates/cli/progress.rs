//! The progress bar: bytes, rows, rate and time left on a terminal, nothing of it in a pipe. What is set aside is told line by line
//! on standard error in both.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracemill_ingest::Progress;

/// Shows an ingest on the terminal.
#[derive(Debug)]
pub struct Bar {
    bar: ProgressBar,
    rows: AtomicU64,
}

impl Bar {
    /// A bar, which stays hidden where standard error is no terminal.
    pub fn new() -> Bar {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        }
        let template = "{bar:30} {bytes}/{total_bytes}  {bytes_per_sec}  {msg} rows  {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Bar { bar, rows: AtomicU64::new(0) }
    }

    fn line(&self, text: &str) {
        // control characters of hostile names and contents must not reach the terminal
        let line: String = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        self.bar.suspend(|| {
            let _ = writeln!(io::stderr(), "{line}");
        });
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
        self.line(&format!("set aside: {source}: {position}: {reason}"));
    }

    fn warning(&self, source: &str, warning: &str) {
        self.line(&format!("warning: {source}: {warning}"));
    }

    fn waiting(&self) {
        self.line("another run is writing to the lake; waiting for it to end");
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
