//! How a long run tells that it goes on, without knowing a terminal.

/// Receives what a run has done so far; called from all workers.
pub trait Progress: Sync {
    /// So many bytes are to be read in all.
    fn begin(&self, bytes: u64);
    /// So many bytes (as they lie on disk) and rows more are done.
    fn advance(&self, bytes: u64, rows: u64);
    /// Something was set aside, to be told at once.
    fn set_aside(&self, source: &str, position: &str, reason: &str);
    /// Something about a source that a reader must know, to be told at once.
    fn warning(&self, source: &str, warning: &str);
    /// Another run holds the right to write, which this one now needs.
    fn waiting(&self) {}
    /// The reading has ended; what follows is the commit.
    fn finish(&self);
}

/// Tells nobody.
#[derive(Debug, Default, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: u64) {}
    fn advance(&self, _: u64, _: u64) {}
    fn set_aside(&self, _: &str, _: &str, _: &str) {}
    fn warning(&self, _: &str, _: &str) {}
    fn finish(&self) {}
}
