//! Rows → the tables' parts, by day: written anew, or put in the place of those that a build is about beside those that stay. Border: rows come
//! sorted; which rows stay is told by their cells, and where a row of the tables lies although its day has no record of its conversation is
//! noted.

mod beside;
mod merge;
mod order;
mod stream;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::RecordBatch;
use rustc_hash::{FxHashMap, FxHashSet};
use tracemill_model::date::{day_name, day_named, day_of};
use tracemill_model::lake::{Part, Snapshot, Transaction};
use tracemill_model::tables::{CONVERSATIONS, COVERAGE, LATENCY, SEMANTIC};
use tracemill_model::{Table, part, read};

use crate::Error;
use crate::rows::conversation::ConversationRow;
use crate::rows::{Row, batch};
use crate::scope::Scope;
use crate::survey::key::Key;
use beside::Beside;
pub use merge::Cells;
use merge::owner;

/// Days of rows.
type Days = BTreeMap<i32, Vec<RecordBatch>>;

/// A part that was begun: its table, day and rows.
type Begun = (&'static Table, String, u64);

/// The tables of a build while they are written.
#[derive(Debug)]
pub struct Tables<'t, 's> {
    // what is written beside ends before the transaction takes its folder back: fields go in this order
    beside: Beside,
    transaction: Transaction<'t>,
    snapshot: &'s Snapshot,
    scope: &'s Scope,
    /// Rows of tables that are not written yet.
    shares: Days,
    /// Files taken out.
    removed: FxHashSet<String>,
    /// Parts in the order in which they were begun.
    begun: Vec<Begun>,
    /// Parts of `latency` begun, by day.
    written_shares: BTreeMap<i32, Vec<PathBuf>>,
    /// Rows added, by table.
    added: BTreeMap<&'static str, u64>,
    /// Days of which a part is another than before.
    pub changed: BTreeSet<i32>,
    /// Owners of rows, by day.
    pub owners: FxHashMap<i32, FxHashSet<Key>>,
}

impl<'t, 's> Tables<'t, 's> {
    /// Nothing is written yet.
    pub fn new(transaction: Transaction<'t>, snapshot: &'s Snapshot, scope: &'s Scope) -> Result<Tables<'t, 's>, Error> {
        Ok(Tables {
            beside: Beside::start(transaction.scratch())?,
            begun: Vec::new(),
            transaction,
            snapshot,
            scope,
            shares: Days::new(),
            removed: FxHashSet::default(),
            written_shares: BTreeMap::new(),
            added: BTreeMap::new(),
            changed: BTreeSet::new(),
            owners: FxHashMap::default(),
        })
    }

    /// Writes a table about conversations: those that are touched have these rows, sorted by their time, and no others. So have those of
    /// `moved`.
    pub fn conversations<R: Row>(&mut self, rows: &[R], moved: &BTreeSet<Arc<str>>) -> Result<(), Error> {
        let scope = self.scope;
        if let Scope::All = scope {
            return self.stream(R::table(), rows, (R::time, batch), true);
        }
        let days = days(rows, R::time, batch)?;
        self.put(R::table(), days, |cells, row| {
            let own = cells.text("conversation_id", row);
            !owner(R::table(), cells, row).is_some_and(|key| scope.touches(key)) && !own.is_some_and(|id| moved.contains(id))
        })
    }

    /// Writes the rows of whole days, sorted by their time, in place of all that these had.
    pub fn whole_days<R: Row>(&mut self, rows: &[R], made: &BTreeSet<i32>) -> Result<(), Error> {
        if let Scope::All = self.scope {
            return self.stream(R::table(), rows, (R::time, batch), false);
        }
        let mut days = days(rows, R::time, batch)?;
        for date in made {
            days.entry(*date).or_default();
        }
        days.into_iter().try_for_each(|(date, new)| self.merge(R::table(), date, &new, |_, _| false))
    }

    /// Writes a table of which each row says itself whether it stays; new rows are sorted.
    pub fn where_told<R: Row>(&mut self, rows: &[R], stays: impl Fn(&Cells<'_>, usize, i32) -> bool) -> Result<(), Error> {
        if let Scope::All = self.scope {
            return self.stream(R::table(), rows, (R::time, batch), true);
        }
        let days = days(rows, R::time, batch)?;
        self.put_by_day(R::table(), days, stays)
    }

    /// Writes shares of the time, sorted by their start; there are more to come until the last.
    pub fn shares<T>(
        &mut self,
        rows: &[T],
        start: impl Fn(&T) -> Option<i64>,
        batch: impl Fn(&[T]) -> Result<RecordBatch, Error>,
        last: bool,
    ) -> Result<(), Error> {
        if let Scope::All = self.scope {
            // so many that those of one pass are written before the next
            return self.stream(&LATENCY, rows, (start, batch), true);
        }
        let days = days(rows, start, batch)?;
        for (date, batches) in days {
            self.shares.entry(date).or_default().extend(batches);
        }
        if last {
            let (days, scope) = (std::mem::take(&mut self.shares), self.scope);
            self.put(&LATENCY, days, |cells, row| !owner(&LATENCY, cells, row).is_some_and(|key| scope.touches(key)))?;
        }
        Ok(())
    }

    /// Those of some conversations, none of them touched, whose kind or parent is another than their row says.
    pub fn moved<'r>(&self, rows: impl Iterator<Item = &'r ConversationRow>) -> Result<BTreeSet<Arc<str>>, Error> {
        let mut now: BTreeMap<i32, FxHashMap<&str, &ConversationRow>> = BTreeMap::new();
        for row in rows {
            now.entry(day_of(row.start)).or_default().insert(&row.id, row);
        }
        let mut moved = BTreeSet::new();
        for (date, rows) in now {
            for part in self.parts(&CONVERSATIONS, date) {
                for batch in read::rows(part, &["conversation_id", "kind", "parent_conversation_id"])? {
                    let batch = batch?;
                    let cells = |row| [0, 1, 2].map(|column| batch.text(column).get(row));
                    for [id, kind, parent] in (0..batch.len()).map(cells) {
                        let now = id.and_then(|id| rows.get(id));
                        let other = now.filter(|now| Some(now.origin.kind.word()) != kind || now.origin.parent.as_deref() != parent);
                        moved.extend(other.map(|now| Arc::clone(&now.id)));
                    }
                }
            }
        }
        Ok(moved)
    }

    /// Agents and days of conversations that keep their rows of `coverage`, on the days that the build is about.
    pub fn covered(&self) -> Result<BTreeSet<(Arc<str>, i32)>, Error> {
        let mut covered = BTreeSet::new();
        let Scope::Window(window) = self.scope else { return Ok(covered) };
        for date in &window.rows {
            for part in self.parts(&COVERAGE, *date) {
                for batch in read::rows(part, &["agent", "conversation_id"])? {
                    let batch = batch?;
                    for row in 0..batch.len() {
                        let stays = batch.text(1).get(row).is_some_and(|id| !self.scope.touches_conversation(id));
                        covered.extend(batch.text(0).get(row).filter(|_| stays).map(|agent| (Arc::from(agent), *date)));
                    }
                }
            }
        }
        Ok(covered)
    }

    fn parts(&self, table: &'static Table, date: i32) -> impl Iterator<Item = &'s Part> {
        let name = day_name(date);
        self.snapshot.parts(table.name).filter(move |part| part.date == name)
    }

    /// Days whose parts of `latency` were written.
    pub fn shared(&self) -> impl Iterator<Item = &i32> {
        self.written_shares.keys()
    }

    /// The parts of `latency` of a day as they will be.
    pub fn shares_of(&mut self, date: i32) -> Result<Vec<Part>, Error> {
        self.beside.settle()?;
        let kept = self.parts(&LATENCY, date).filter(|part| matches!(self.scope, Scope::Window(_)) && !self.removed.contains(&part.file));
        let written = self.written_shares.get(&date).into_iter().flatten().map(|path| Part {
            table: LATENCY.name.to_owned(),
            date: day_name(date),
            path: path.clone(),
            ..Part::default()
        });
        Ok(kept.cloned().chain(written).collect())
    }

    /// Number of rows of a table, with those that it keeps.
    pub fn rows(&self, table: &Table) -> u64 {
        let stays = |part: &&Part| matches!(self.scope, Scope::Window(_)) && !self.removed.contains(&part.file);
        let kept: u64 = self.snapshot.parts(table.name).filter(stays).map(|part| part.rows).sum();
        kept + self.added.get(table.name).copied().unwrap_or_default()
    }

    /// The transaction, with all that is to be taken out.
    pub fn finish(mut self) -> Result<Transaction<'t>, Error> {
        let written = self.beside.settle()?;
        for ((table, date, rows), file) in self.begun.iter().zip(written) {
            self.transaction.adopt(table, date, &file.path, *rows, file.sealed.clone(), None)?;
        }
        if let Scope::All = self.scope {
            for table in SEMANTIC {
                let old: Vec<String> = self.snapshot.parts(table.name).map(|part| part.file.clone()).collect();
                old.iter().for_each(|file| self.remove(file));
            }
        }
        Ok(self.transaction)
    }

    /// The transaction.
    pub fn transaction(&mut self) -> &mut Transaction<'t> {
        &mut self.transaction
    }

    fn put(&mut self, table: &'static Table, days: Days, stays: impl Fn(&Cells<'_>, usize) -> bool) -> Result<(), Error> {
        self.put_by_day(table, days, |cells, row, _| stays(cells, row))
    }

    fn put_by_day(&mut self, table: &'static Table, mut days: Days, stays: impl Fn(&Cells<'_>, usize, i32) -> bool) -> Result<(), Error> {
        for (date, batches) in &days {
            batches.iter().for_each(|batch| self.note(table, *date, batch));
        }
        let Scope::Window(window) = self.scope else { return Ok(()) };
        for date in &window.rows {
            days.entry(*date).or_default();
        }
        for (date, new) in days {
            self.merge(table, date, &new, |cells, row| stays(cells, row, date))?;
        }
        Ok(())
    }

    fn merge(&mut self, table: &'static Table, date: i32, new: &[RecordBatch], stays: impl Fn(&Cells<'_>, usize) -> bool) -> Result<(), Error> {
        let old: Vec<&Part> = self.parts(table, date).collect();
        if let Some(rows) = merge::merge(table, &old, new, stays)? {
            old.iter().for_each(|part| self.remove(&part.file));
            self.changed.insert(date);
            self.write(table, date, &[rows])?;
        }
        Ok(())
    }

    fn remove(&mut self, file: &str) {
        if self.removed.insert(file.to_owned()) {
            self.transaction.remove(file);
            let date = file.split_once("/date=").and_then(|(_, rest)| rest.split_once('/'));
            self.changed.extend(date.and_then(|(date, _)| day_named(date)));
        }
    }

    /// Writes rows of a day as parts.
    fn write(&mut self, table: &'static Table, date: i32, batches: &[RecordBatch]) -> Result<(), Error> {
        for batch in batches {
            let mut from = 0;
            while from < batch.num_rows() {
                // a row group a file: the columns take memory beside the rows only for so many
                let rows = batch.slice(from, part::ROW_GROUP_ROWS.min(batch.num_rows() - from));
                from += rows.num_rows();
                self.begin(table, date, rows.num_rows() as u64)?;
                self.beside.rows(rows)?;
                self.beside.end()?;
            }
        }
        Ok(())
    }
}

/// Rows by day, in batches of at most a row group.
fn days<R>(rows: &[R], time: impl Fn(&R) -> Option<i64>, batch: impl Fn(&[R]) -> Result<RecordBatch, Error>) -> Result<Days, Error> {
    let mut days = Days::new();
    for day in rows.chunk_by(|a, b| day_of(time(a)) == day_of(time(b))) {
        let batches = day.chunks(part::ROW_GROUP_ROWS).map(&batch).collect::<Result<Vec<_>, _>>()?;
        days.entry(day_of(time(&day[0]))).or_default().extend(batches);
    }
    Ok(days)
}
