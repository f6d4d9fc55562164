//! Who is told of a lake's commits: the Delta logs that are kept, as `_tracemill/followers.json` remembers them. Border: which logs there are and where;
//! what stands in them is `log`'s business.
//!
//! A lake can come from somebody else, or be a copy of another one, and what its list names is written to. So a folder outside of the lake holds a mark
//! that says for which lake it is kept, and nothing is written to one whose mark says otherwise.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tracemill_model::Lake;

use crate::Error;

/// The mark in a folder outside of the lake.
const MARK: &str = "tracemill-delta.json";

/// As what a table's times stand in the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Times {
    /// Delta's `timestamp`, as which every reader but Spark takes nanoseconds.
    #[default]
    Timestamp,
    /// Nanoseconds since 1970 as `long`, because Spark reads nanoseconds as nothing else.
    Bigint,
}

impl Times {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Times::Timestamp => "timestamp",
            Times::Bigint => "bigint",
        }
    }
}

/// A set of Delta logs, one for each table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The folder they lie in; `None` for the lake's own folder, so that they move with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<PathBuf>,
    /// As what times stand there.
    pub times: Times,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct List {
    delta: Vec<Target>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Mark {
    lake: PathBuf,
}

/// Whose folder an output is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// This lake's.
    Ours,
    /// Nobody's.
    Nobody,
    /// Another lake's, or this one's before it was moved.
    Other(PathBuf),
}

impl Target {
    /// The folder in which a table's log lies.
    pub(super) fn table(&self, lake: &Lake, table: &str) -> PathBuf {
        self.output.as_deref().unwrap_or(lake.root()).join(table)
    }

    pub(super) fn owner(&self, lake: &Lake) -> Result<Owner, Error> {
        let Some(output) = &self.output else { return Ok(Owner::Ours) };
        let path = output.join(MARK);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Owner::Nobody),
            Err(e) => return Err(Error::io(&path)(e)),
        };
        let mark: Mark =
            serde_json::from_slice(&text).map_err(|e| Error::Refused(format!("{}: {e}; it is no mark of a Delta log's", path.display())))?;
        Ok(if mark.lake == root(lake)? { Owner::Ours } else { Owner::Other(mark.lake) })
    }

    /// Puts the mark of this lake there.
    pub(super) fn mark(&self, lake: &Lake) -> Result<(), Error> {
        let Some(output) = &self.output else { return Ok(()) };
        fs::create_dir_all(output).map_err(Error::io(output))?;
        write(&output.join(MARK), &Mark { lake: root(lake)? })
    }

    /// Takes the mark away, and the folder where nothing else is in it.
    pub(super) fn unmark(&self) -> Result<(), Error> {
        let Some(output) = &self.output else { return Ok(()) };
        let path = output.join(MARK);
        match fs::remove_file(&path) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(Error::io(&path)(e)),
            _ => {}
        }
        let _ = fs::remove_dir(output);
        Ok(())
    }
}

/// The lake's folder, by the one name that every run has for it.
pub(crate) fn root(lake: &Lake) -> Result<PathBuf, Error> {
    lake.root().canonicalize().map_err(Error::io(lake.root()))
}

fn path(lake: &Lake) -> PathBuf {
    lake.meta().join("followers.json")
}

/// Whether any is kept.
pub(super) fn any(lake: &Lake) -> bool {
    path(lake).exists()
}

/// Those that are kept.
pub(super) fn list(lake: &Lake) -> Result<Vec<Target>, Error> {
    let path = path(lake);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Error::io(&path)(e)),
    };
    let list: List = serde_json::from_slice(&text).map_err(|e| {
        Error::Refused(format!("{}: {e}; remove it, and give `tracemill export delta` again for each log that is kept", path.display()))
    })?;
    Ok(list.delta)
}

/// Remembers these and no others.
pub(super) fn remember(lake: &Lake, targets: Vec<Target>) -> Result<(), Error> {
    let path = path(lake);
    if targets.is_empty() {
        return match fs::remove_file(&path) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(Error::io(&path)(e)),
            _ => Ok(()),
        };
    }
    write(&path, &List { delta: targets })
}

/// Writes a file whole or not at all, and for good.
fn write(path: &Path, what: &impl Serialize) -> Result<(), Error> {
    let mut text = serde_json::to_vec_pretty(what).map_err(|e| Error::Refused(format!("{}: {e}", path.display())))?;
    text.push(b'\n');
    let temporary = path.with_extension("tmp");
    let written = File::create(&temporary).and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()));
    written.map_err(Error::io(&temporary))?;
    fs::rename(&temporary, path).map_err(Error::io(path))
}
