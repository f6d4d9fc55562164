//! After a commit: what was added is moved into place, what was removed is deleted. Border: tidying only; to readers of the log the commit has
//! happened before, and to readers of the bare folders it happens now.
//!
//! While somebody reads with [`Lake::read`] nothing is moved or deleted. The writer waits a moment for them, then leaves it to the next one:
//! several commits can be settled together. `_tracemill/settled` holds the number of the last one that is; where it is lost, settling is done
//! again, which does no harm.

use std::fs;

use serde::de::IgnoredAny;

use super::commit::{Added, Commit};
use super::staging::remove;
use super::{Lake, LakeError};

impl Lake {
    /// The number of the last commit that is settled, as far as is known.
    pub fn settled(&self) -> u64 {
        fs::read_to_string(self.meta().join("settled")).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    }

    /// Settles the commits that are not, unless readers are in the way. With `patient` it waits for them. Gives whether all are.
    pub(super) fn settle(&self, patient: bool) -> Result<bool, LakeError> {
        let settled = self.settled();
        let stagings = self.look_at_stagings()?.commits;
        let log: Vec<Commit<IgnoredAny>> = {
            let mut numbers = self.commit_numbers()?;
            let first = stagings.first().map_or(u64::MAX, |(number, _)| *number).min(settled + 1);
            numbers.retain(|n| *n >= first);
            let mut log = Vec::new();
            for number in numbers {
                log.extend(Commit::read(&self.commits(), number)?);
            }
            log
        };
        let Some(last) = log.last().map(|c| c.number) else { return Ok(true) };
        let Some(_tidying) = self.begin_tidying(patient)? else { return Ok(false) };
        for commit in &log {
            self.move_into_place(commit)?;
        }
        // what was replaced is still there, so that a reader of another's log finds all that it names until that log names the new files
        if let Some(follower) = self.follower().filter(|f| f.is_there(self)) {
            follower.follow(self, &self.snapshot()?)?;
        }
        for commit in &log {
            self.remove_replaced(commit)?;
        }
        for (_, folder) in stagings.iter().filter(|(number, _)| *number <= last) {
            remove(folder)?;
        }
        if last > settled {
            let path = self.meta().join("settled");
            let temporary = path.with_extension("tmp");
            fs::write(&temporary, format!("{last}\n")).map_err(LakeError::io(&temporary))?;
            fs::rename(&temporary, &path).map_err(LakeError::io(&path))?;
        }
        Ok(true)
    }

    /// Moves what was added into place; doing it twice does no harm.
    fn move_into_place<S>(&self, commit: &Commit<S>) -> Result<(), LakeError> {
        let staging = self.staging(commit.number);
        let moved: &[Added] = if staging.is_dir() { &commit.added } else { &[] };
        for added in moved {
            let (from, to) = (staging.join(&added.file), self.root.join(&added.file));
            if from.exists() {
                if let Some(folder) = to.parent() {
                    fs::create_dir_all(folder).map_err(LakeError::io(folder))?;
                }
                fs::rename(&from, &to).map_err(LakeError::io(&to))?;
            }
        }
        Ok(())
    }

    /// Deletes what was removed; doing it twice does no harm.
    fn remove_replaced<S>(&self, commit: &Commit<S>) -> Result<(), LakeError> {
        for file in &commit.removed {
            let path = self.root.join(file);
            // a commit names files only, so that a folder of that name is not its to remove
            if !path.is_dir() {
                remove(&path)?;
            }
            // the folder of a day that has no part any more
            if let Some(folder) = path.parent() {
                let _ = fs::remove_dir(folder);
            }
        }
        Ok(())
    }

    /// What a new writer does first: settles what is left to settle, and sweeps what was never committed. Gives whether all is settled.
    pub(super) fn recover(&self) -> Result<bool, LakeError> {
        let settled = self.settle(false)?;
        let last = self.commit_numbers()?.pop().unwrap_or(0);
        let stagings = self.look_at_stagings()?;
        for (_, folder) in stagings.commits.iter().filter(|(number, _)| *number > last) {
            remove(folder)?;
        }
        self.sweep(&stagings.dead)?;
        let folder = self.commits();
        for entry in fs::read_dir(&folder).map_err(LakeError::io(&folder))? {
            let path = entry.map_err(LakeError::io(&folder))?.path();
            if path.extension().is_some_and(|e| e == "tmp") {
                remove(&path)?;
            }
        }
        Ok(settled)
    }
}
