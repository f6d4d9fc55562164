//! The folder of the nights: one run at a time, each night whole or not at all. Border: what stands in a night is others' business.
//!
//! ```text
//! OUT/YYYY-MM-DD/…       a night
//! OUT/latest             the newest of them: a link, or where there are none a page that leads there
//! OUT/index.html         the list
//! OUT/.tracemill.lock    held by the operating system for the run that writes
//! OUT/.YYYY-MM-DD.new/   a night in the making; swept by the next run where one was killed
//! OUT/.YYYY-MM-DD.old/   the night that it replaces, for a moment
//! ```

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use jiff::civil::Date;

use crate::args::say;
use crate::failure::Failure;

const NEW: &str = ".new";
const OLD: &str = ".old";

/// The folder, held by this run. What is still in the making when the run ends goes.
#[derive(Debug)]
pub struct Nights {
    root: PathBuf,
    _lock: File,
}

impl Nights {
    /// Waits for its turn, then sweeps what a killed run has left.
    pub fn open(root: &Path) -> Result<Nights, Failure> {
        fs::create_dir_all(root).with_context(|| format!("{}", root.display()))?;
        let path = root.join(".tracemill.lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&path).with_context(|| format!("{}", path.display()))?;
        if lock.try_lock().is_err() {
            say(&format!("another run is writing to {}; waiting for it to end", root.display()));
            lock.lock().with_context(|| format!("{}", path.display()))?;
        }
        let nights = Nights { root: root.to_owned(), _lock: lock };
        nights.sweep()?;
        Ok(nights)
    }

    /// A night that was being replaced comes back where its successor did not take its place; what was in the making goes.
    fn sweep(&self) -> Result<(), Failure> {
        for entry in fs::read_dir(&self.root).with_context(|| format!("{}", self.root.display()))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(hidden) = name.strip_prefix('.') else { continue };
            if let Some(date) = hidden.strip_suffix(OLD).filter(|d| d.parse::<Date>().is_ok())
                && !self.root.join(date).exists()
            {
                fs::rename(entry.path(), self.root.join(date)).with_context(|| format!("{}", entry.path().display()))?;
            } else if [NEW, OLD].iter().any(|end| hidden.strip_suffix(end).is_some_and(|d| d.parse::<Date>().is_ok())) {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }

    /// The folder of a night.
    pub fn night(&self, date: Date) -> PathBuf {
        self.root.join(date.to_string())
    }

    /// The nights there are, the oldest first.
    pub fn dates(&self) -> Result<Vec<Date>, Failure> {
        let mut dates = Vec::new();
        for entry in fs::read_dir(&self.root).with_context(|| format!("{}", self.root.display()))? {
            let entry = entry?;
            // one that another program made is none of ours
            if let Ok(date) = entry.file_name().to_string_lossy().parse::<Date>()
                && entry.path().join(super::record::FILE).is_file()
            {
                dates.push(date);
            }
        }
        dates.sort_unstable();
        Ok(dates)
    }

    /// An empty folder to make a night in.
    pub fn begin(&self, date: Date) -> Result<PathBuf, Failure> {
        let folder = self.begun(date);
        remove(&folder)?;
        fs::create_dir(&folder).with_context(|| format!("{}", folder.display()))?;
        Ok(folder)
    }

    /// The folder in which a night is being made.
    pub fn begun(&self, date: Date) -> PathBuf {
        self.root.join(format!(".{date}{NEW}"))
    }

    /// Puts a night that was made into its place.
    pub fn settle(&self, date: Date) -> Result<(), Failure> {
        let (made, place, old) = (self.begun(date), self.night(date), self.root.join(format!(".{date}{OLD}")));
        let context = || format!("{}", place.display());
        if !place.exists() {
            return Ok(fs::rename(&made, &place).with_context(context)?);
        }
        if exchange(&made, &place)? {
            return remove(&made);
        }
        fs::rename(&place, &old).with_context(context)?;
        fs::rename(&made, &place).with_context(context)?;
        remove(&old)
    }

    /// A file beside the nights.
    pub fn file(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Makes `latest` lead to the newest night.
    pub fn point_to(&self, date: Date) -> Result<(), Failure> {
        let place = self.root.join("latest");
        // what is no link is not ours to replace
        if place.symlink_metadata().is_ok_and(|m| !m.is_symlink()) {
            say(&format!("{}: not a link, left as it is; remove it to have it lead to the newest night", place.display()));
            return Ok(());
        }
        let beside = self.root.join(".latest.new");
        match fs::remove_file(&beside) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e.into()),
            _ => {}
        }
        if link(&date.to_string(), &beside) {
            return Ok(fs::rename(&beside, &place).with_context(|| format!("{}", place.display()))?);
        }
        let page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta http-equiv=\"refresh\" content=\"0; url={date}/index.html\">\n\
             <title>{date}</title>\n<p><a href=\"{date}/index.html\">{date}</a></p>\n</html>\n"
        );
        crate::report::write_file(&self.root.join("latest.html"), page.as_bytes())
    }
}

impl Drop for Nights {
    fn drop(&mut self) {
        // what cannot be removed now is swept by the next run
        let _ = self.sweep();
    }
}

/// Removes a folder, if it is there.
fn remove(folder: &Path) -> Result<(), Failure> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(anyhow::Error::from(e).context(format!("{}", folder.display())).into()),
        _ => Ok(()),
    }
}

/// Lets two folders change places in one step; `false` where the system or the file system cannot.
#[cfg(target_os = "linux")]
fn exchange(a: &Path, b: &Path) -> Result<bool, Failure> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(true),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Ok(false),
        Err(e) => Err(anyhow::Error::from(io::Error::from(e)).context(format!("{}", b.display())).into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn exchange(_: &Path, _: &Path) -> Result<bool, Failure> {
    Ok(false)
}

#[cfg(unix)]
fn link(to: &str, place: &Path) -> bool {
    std::os::unix::fs::symlink(to, place).is_ok()
}

#[cfg(not(unix))]
fn link(_: &str, _: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_fails_leaves_nothing_half_made() -> Result<(), Failure> {
        let folder = tempfile::tempdir()?;
        let date = Date::constant(2026, 11, 23);
        let nights = Nights::open(folder.path())?;
        fs::write(nights.begin(date)?.join("models.csv"), "half")?;
        drop(nights);
        assert!(!folder.path().join(".2026-11-23.new").exists());
        Ok(())
    }
}
