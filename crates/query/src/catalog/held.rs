//! Small tables in memory, for one who asks many questions of one state of the lake: a table of a hundred days is a hundred files, and to open
//! them costs more than to read them. Border: which tables, and when; the rows are those that `scan` gives.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use polars::prelude::*;
use tracemill_model::lake::Snapshot;
use tracemill_model::tables::{CONVERSATIONS, TURNS, Table};

use super::{collect, scan};
use crate::error::QueryError;
use crate::filters::Filters;

/// What most questions look things up in. Of other tables each reads few columns, which is less work than to read all of them once.
const OFTEN: [&str; 2] = [CONVERSATIONS.name, TURNS.name];
/// A table of fewer files is read from them.
const FEWEST_FILES: usize = 8;
/// So are tables of more bytes as they lie on disk; in memory they have about ten times that.
const MOST_BYTES: u64 = 4 << 20;

/// The tables that were asked for so far.
#[derive(Debug, Default)]
pub struct Held(Mutex<BTreeMap<&'static str, Arc<Mutex<Option<DataFrame>>>>>);

impl Held {
    /// The rows of a table, if it is one to hold: all of them, whatever the filters, which tell only how many of its files would be opened.
    pub fn rows(
        &self,
        snapshot: &Snapshot,
        table: &'static Table,
        filters: &Filters,
        whole: impl FnOnce() -> Result<LazyFrame, QueryError>,
    ) -> Result<Option<LazyFrame>, QueryError> {
        let bytes: u64 = snapshot.parts(table.name).map(|p| p.bytes).sum();
        if !OFTEN.contains(&table.name) || bytes > MOST_BYTES || scan::files(snapshot, table, filters) < FEWEST_FILES {
            return Ok(None);
        }
        let place = {
            let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(held.entry(table.name).or_default())
        };
        // whoever comes second waits for the first, instead of reading it as well
        let mut frame = place.lock().unwrap_or_else(PoisonError::into_inner);
        if frame.is_none() {
            *frame = Some(collect(whole()?)?);
        }
        Ok(frame.clone().map(DataFrame::lazy))
    }
}
