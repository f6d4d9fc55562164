//! Delta Lake: for each table a log that names the lake's own files, so that engines see whole commits only. Border: which logs are kept and when they are
//! written; what stands in one is `log`'s business.
//!
//! A log is written between the moves of a commit's new files and the removal of those that they replace (see [`Follower`]), so that whatever version a
//! reader has just read, its files are there. What one that reads for longer may meet is a file that is gone, never other rows.

mod adds;
mod footer;
mod log;
mod target;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use tracemill_model::lake::{Follower, Snapshot, Transaction};
use tracemill_model::{Lake, LakeError, tables};

use crate::Error;
use log::{Kernel, TableLog};
use target::Owner;

pub(crate) use target::root;
pub use target::{Target, Times};

/// Keeps all Delta logs of a lake as its commits are, whichever command makes them.
#[derive(Debug, Default)]
pub struct Delta {
    /// All but the one here.
    except: Option<Option<PathBuf>>,
}

impl Follower for Delta {
    fn is_there(&self, lake: &Lake) -> bool {
        target::any(lake)
    }

    fn follow(&self, lake: &Lake, snapshot: &Snapshot) -> Result<(), LakeError> {
        let followed = || -> Result<(), Error> {
            for target in target::list(lake)? {
                if self.except.as_ref() == Some(&target.output) {
                    continue;
                }
                match write(lake, &target, snapshot) {
                    // of several that cannot be written each can be let go, and told anew, on its own
                    Err(_) if self.except.is_some() => {}
                    done => drop(done?),
                }
            }
            Ok(())
        };
        followed().map_err(|e| e.of_lake(&lake.meta().join("followers.json")))
    }
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// The lake's commit that the logs tell of.
    pub commit: u64,
    /// Files that they name.
    pub files: usize,
    /// Tables whose log got an entry.
    pub written: usize,
}

/// Writes a Delta log for each table, and remembers to keep them from then on.
///
/// # Errors
/// The folder is somebody else's, or it or the lake cannot be written.
pub fn keep(lake: &Lake, target: &Target) -> Result<Kept, Error> {
    let lake = without(lake, target)?;
    let target = &placed(&lake, target)?;
    let lock = lake.lock()?;
    settled(&lake, &lock)?;
    let mut targets = target::list(&lake)?;
    match targets.iter().find(|t| t.output == target.output) {
        Some(there) if there.times != target.times => {
            let there = there.times.name();
            return Err(Error::Refused(format!(
                "the log there has times as {there}; let it go with --stop first, or name another folder with --output"
            )));
        }
        Some(_) => {}
        None => {
            if let Some(table) = tables::all().find(|t| target.table(&lake, t.name).join("_delta_log").exists()) {
                let place = target.table(&lake, table.name);
                return Err(Error::Refused(format!(
                    "{}: has a Delta log that is not kept for this lake; remove it, or name another folder",
                    place.display()
                )));
            }
            targets.push(target.clone());
        }
    }
    target.mark(&lake)?;
    target::remember(&lake, targets)?;
    lake.send_settings(&lock)?;
    let snapshot = lake.snapshot()?;
    let written = write(&lake, target, &snapshot)?;
    let files = tables::all().map(|t| snapshot.parts(t.name).count()).sum();
    Ok(Kept { commit: snapshot.commit, files, written })
}

/// Removes the logs, and forgets about them. Gives whether there were any. A folder that has become another lake's is left as it is.
///
/// # Errors
/// They cannot be removed, or the lake cannot be written.
pub fn stop(lake: &Lake, target: &Target) -> Result<bool, Error> {
    let lake = without(lake, target)?;
    let target = &placed(&lake, target)?;
    let lock = lake.lock()?;
    let mut targets = target::list(&lake)?;
    let Some(at) = targets.iter().position(|t| t.output == target.output) else { return Ok(false) };
    if target.owner(&lake)? == Owner::Ours {
        for table in tables::all() {
            let folder = target.table(&lake, table.name);
            let log = folder.join("_delta_log");
            if log.exists() {
                std::fs::remove_dir_all(&log).map_err(Error::io(&log))?;
            }
            lake.remove_beside(&beside(table.name))?;
            // the folder of a table without parts is there for its log only
            let _ = std::fs::remove_dir(folder);
        }
        target.unmark()?;
    }
    let _ = targets.remove(at);
    target::remember(&lake, targets)?;
    lake.send_settings(&lock)?;
    Ok(true)
}

/// The logs that are kept.
///
/// # Errors
/// The list of them is damaged.
pub fn kept(lake: &Lake) -> Result<Vec<Target>, Error> {
    target::list(lake)
}

/// The lake, whose other logs are kept while this one is dealt with.
fn without(lake: &Lake, target: &Target) -> Result<Lake, Error> {
    let except = Some(placed(lake, target)?.output);
    Ok(lake.clone().followed_by(Arc::new(Delta { except })))
}

/// Where a table's log lies in the lake.
fn beside(table: &str) -> String {
    format!("{table}/_delta_log/")
}

/// The target with its folder's full name, which must not lie in the lake.
fn placed(lake: &Lake, target: &Target) -> Result<Target, Error> {
    let Some(output) = &target.output else { return Ok(target.clone()) };
    if lake.is_remote() {
        return Err(Error::Refused(format!("{}: the logs of a lake in a store lie there, beside its files; leave --output out", output.display())));
    }
    let full = match output.canonicalize() {
        Ok(full) => full,
        Err(_) => std::path::absolute(output).map_err(Error::io(output))?,
    };
    if full.starts_with(root(lake)?) {
        return Err(Error::Refused(format!("{}: lies in the lake; name a folder outside of it, or none", output.display())));
    }
    Ok(Target { output: Some(full), times: target.times })
}

/// Settles what is not, for which readers are waited for: a log must not name files that are not in their places.
fn settled(lake: &Lake, lock: &tracemill_model::lake::Lock) -> Result<(), Error> {
    if lake.settled() < lake.snapshot()?.commit {
        let mut tx = Transaction::begin(lake, lock)?;
        tx.leave_nothing();
        let _ = tx.commit()?;
    }
    Ok(())
}

/// Writes the logs of all tables. Gives how many got an entry.
fn write(lake: &Lake, target: &Target, snapshot: &Snapshot) -> Result<usize, Error> {
    match target.owner(lake)? {
        Owner::Ours => {}
        Owner::Nobody | Owner::Other(_) => {
            let place = target.output.as_deref().unwrap_or(lake.root()).display();
            return Err(Error::Refused(format!(
                "{place}: the Delta log there is kept for another lake, or was taken away; give `tracemill export delta --output {place}` again to have it \
                 kept for this one, or with --stop to let it go"
            )));
        }
    }
    let kernel = Kernel::new()?;
    let mut written = 0;
    for table in tables::all() {
        lake.bring_beside(&beside(table.name))?;
        if TableLog::new(&kernel, lake, table, target)?.follow(snapshot)? {
            // the commit that it tells of has happened, whatever becomes of it
            lake.send_beside(&beside(table.name)).map_err(Error::log(&target.table(lake, table.name)))?;
            written += 1;
        }
    }
    Ok(written)
}
