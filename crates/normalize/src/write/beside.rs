//! Part files, written by a thread of their own while the next rows are made, and sealed by it: that waits for the disk. Border: batches in,
//! files in the order in which they were begun out; few batches wait, so that memory is for these and not for tables.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use arrow_array::RecordBatch;
use tracemill_model::lake::Sealed;
use tracemill_model::part::{self, Writer};
use tracemill_model::{LakeError, Table};

use crate::Error;

/// Batches that wait to be written.
const WAITING: usize = 4;

/// Bytes of rows from which on a part is written while it is made: of a smaller one all rows have to be there, because it is written in another
/// way.
const SMALL: usize = 1 << 20;

enum Job {
    Begin(&'static Table, PathBuf),
    Rows(RecordBatch),
    End,
}

/// A file that is written.
#[derive(Debug)]
pub struct Written {
    /// The file.
    pub path: PathBuf,
    /// What it is, for the log.
    pub sealed: Sealed,
}

/// The thread, from outside.
#[derive(Debug)]
pub struct Beside {
    jobs: Option<SyncSender<Job>>,
    written: Receiver<Result<Written, LakeError>>,
    thread: Option<JoinHandle<()>>,
    /// Files begun of which nothing was heard yet.
    open: usize,
    done: Vec<Written>,
}

impl Beside {
    /// Starts it. `place` is for the message where there can be none.
    pub fn start(place: &Path) -> Result<Beside, Error> {
        let (jobs, to_do) = sync_channel(WAITING);
        let (tell, written) = channel();
        let work = move || {
            let mut file: Option<File> = None;
            for job in to_do {
                let done = match job {
                    Job::Begin(table, path) => {
                        file = Some(File { table, path, waiting: Vec::new(), bytes: 0, writer: None });
                        continue;
                    }
                    // what follows a fault is of no use
                    Job::Rows(rows) => match file.as_mut().map_or(Ok(()), |file| file.add(rows)) {
                        Ok(()) => continue,
                        Err(fault) => {
                            file = None;
                            Err(fault)
                        }
                    },
                    Job::End => match file.take() {
                        Some(file) => file.end(),
                        None => continue,
                    },
                };
                if tell.send(done).is_err() {
                    break;
                }
            }
        };
        let thread = thread::Builder::new().name("write".to_owned()).spawn(work);
        let thread = thread.map_err(|source| Error::Io { path: place.to_owned(), source })?;
        Ok(Beside { jobs: Some(jobs), written, thread: Some(thread), open: 0, done: Vec::new() })
    }

    /// Begins a file.
    pub fn begin(&mut self, table: &'static Table, path: PathBuf) -> Result<(), Error> {
        self.open += 1;
        self.hand_over(Job::Begin(table, path))
    }

    /// Rows of the file that was begun.
    pub fn rows(&mut self, rows: RecordBatch) -> Result<(), Error> {
        self.hand_over(Job::Rows(rows))
    }

    /// The file has no more.
    pub fn end(&mut self) -> Result<(), Error> {
        self.hand_over(Job::End)
    }

    fn hand_over(&mut self, job: Job) -> Result<(), Error> {
        match self.jobs.as_ref().map(|jobs| jobs.send(job)) {
            Some(Ok(())) => Ok(()),
            // it has ended, and has told why
            _ => self.settle().map(drop),
        }
    }

    /// Waits for all files that were begun. Gives those that were written, in the order in which they were begun.
    pub fn settle(&mut self) -> Result<&[Written], Error> {
        while self.open > 0 {
            let Ok(written) = self.written.recv() else {
                return Err(Error::Io { path: PathBuf::new(), source: std::io::Error::other("a part could not be written") });
            };
            self.open -= 1;
            self.done.push(written?);
        }
        Ok(&self.done)
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.jobs = None;
        // nothing may be written any more once the right to write is given back
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// A file that is being written.
struct File {
    table: &'static Table,
    path: PathBuf,
    waiting: Vec<RecordBatch>,
    bytes: usize,
    writer: Option<Writer>,
}

impl File {
    fn add(&mut self, rows: RecordBatch) -> Result<(), LakeError> {
        let fault = |source| LakeError::Parquet { path: self.path.clone(), source };
        if let Some(writer) = &mut self.writer {
            return writer.write(&rows).map_err(fault);
        }
        self.bytes += rows.get_array_memory_size();
        self.waiting.push(rows);
        if self.bytes >= SMALL {
            let writer = self.writer.insert(Writer::new(self.table, &self.path).map_err(fault)?);
            self.waiting.drain(..).try_for_each(|rows| writer.write(&rows)).map_err(fault)?;
        }
        Ok(())
    }

    fn end(self) -> Result<Written, LakeError> {
        let File { table, path, waiting, writer, .. } = self;
        let fault = |source| LakeError::Parquet { path: path.clone(), source };
        match writer {
            Some(writer) => writer.close(),
            None => part::write(table, &path, &waiting),
        }
        .map_err(fault)?;
        let sealed = Sealed::of(&path)?;
        Ok(Written { path, sealed })
    }
}
