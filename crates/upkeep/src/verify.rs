//! Every file of the lake held against what the log says of it. Border: looking only; each finding says what to do, and nothing is done.

mod files;
mod ledger;

use rayon::prelude::*;
use tracemill_model::Lake;
use tracemill_model::lake::{Part, QUARANTINE, Snapshot};
use tracemill_model::tables::RAW;

use crate::{Error, compact};

/// Something found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Path below the lake's root, or the source that the ledger tells of.
    pub place: String,
    /// What it is, in a word.
    pub what: &'static str,
    /// More of it.
    pub detail: String,
    /// What to do.
    pub remedy: String,
    /// Whether something is wrong; else it is only worth knowing.
    pub wrong: bool,
}

/// What was looked at, and what was found.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Number of the last commit.
    pub commit: u64,
    /// Files of the log.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Those of which the log has a checksum.
    pub checksums: usize,
    /// Rows of all tables.
    pub rows: u64,
    /// What was found, in order of place.
    pub findings: Vec<Finding>,
}

impl Verified {
    /// Whether nothing is wrong.
    pub fn is_good(&self) -> bool {
        !self.findings.iter().any(|f| f.wrong)
    }
}

/// Verifies the lake as it is now. Runs that go on meanwhile do no harm: what they commit is not looked at.
///
/// # Errors
/// The log cannot be read, so that nothing can be held against it.
pub fn verify(lake: &Lake) -> Result<Verified, Error> {
    let snapshot = lake.read_all()?;
    let parts: Vec<&Part> = snapshot.files().collect();
    let looked: Vec<files::Looked> = parts.par_iter().map(|part| files::look(part)).collect();
    let mut verified = Verified {
        commit: snapshot.commit,
        files: parts.len(),
        bytes: parts.iter().map(|p| p.bytes).sum(),
        checksums: parts.iter().filter(|p| p.hash.is_some()).count(),
        rows: parts.iter().filter(|p| p.table != QUARANTINE).map(|p| p.rows).sum(),
        findings: Vec::new(),
    };
    // of a store a file may be gone because a run on another machine has replaced it meanwhile
    let now = if looked.iter().any(files::Looked::is_missing) && lake.is_remote() { Some(lake.refreshed()?) } else { None };
    for (part, looked) in parts.iter().zip(&looked) {
        let stands = !looked.is_missing() || now.as_ref().is_none_or(|now| now.file(&part.file).is_some());
        verified.findings.extend(looked.fault.iter().filter(|_| stands).map(|(what, detail)| damaged(part, what, detail)));
    }
    verified.findings.extend(ledger::check(&snapshot, &looked)?);
    verified.findings.extend(leftovers(lake, &snapshot)?);
    verified.findings.extend(key(lake)?);
    verified.findings.sort();
    Ok(verified)
}

fn damaged(part: &Part, what: &'static str, detail: &str) -> Finding {
    let remedy = if RAW.iter().any(|t| t.name == part.table) {
        "put this file back from a backup; without one, ingest the sources again into a new lake"
    } else if part.table == QUARANTINE {
        "put this file back from a backup; without one, `tracemill ingest` the sources that are set aside again"
    } else {
        "`tracemill normalize` builds it anew"
    };
    Finding { place: part.file.clone(), what, detail: detail.to_owned(), remedy: remedy.to_owned(), wrong: true }
}

/// What lies in the lake beside what the log knows.
fn leftovers(lake: &Lake, snapshot: &Snapshot) -> Result<Vec<Finding>, Error> {
    let mut found = Vec::new();
    let mut add = |place: &str, what, detail: &str, remedy: &str, wrong| {
        found.push(Finding { place: place.to_owned(), what, detail: detail.to_owned(), remedy: remedy.to_owned(), wrong });
    };
    let stagings = lake.look_at_stagings()?;
    let below = |path: &std::path::Path| path.strip_prefix(lake.root()).unwrap_or(path).display().to_string();
    for (number, path) in &stagings.commits {
        if *number <= snapshot.commit {
            add(&below(path), "unsettled", "files of a commit that are not in place yet", "the next run moves them there", false);
        } else {
            add(&below(path), "staged", "files of a commit in the making, or of a run that was killed", "the next run sweeps them if so", false);
        }
    }
    for path in stagings.living.iter().filter(|p| p.extension().is_none()) {
        add(&below(path), "staged", "files of a run that is at work", "nothing; it takes them with it", false);
    }
    for path in stagings.dead.iter().filter(|p| p.extension().is_none()) {
        add(&below(path), "staged", "files of a run that was killed", "the next run sweeps them", false);
    }
    for file in lake.stored_orphans()? {
        add(
            &file,
            "sent",
            "a file in the store that no entry names, of a run that is at work or was killed",
            "`tracemill compact` removes it",
            false,
        );
    }
    let retired: std::collections::BTreeSet<String> = lake.log()?.into_iter().flat_map(|c| c.removed).collect();
    let settled = lake.settled() >= snapshot.commit;
    for file in compact::orphans(lake, snapshot)? {
        if retired.contains(&file) && !settled {
            add(&file, "retired", "replaced by a later commit, and kept for readers", "the next run deletes it", false);
        } else {
            add(&file, "orphan", "the log does not know it, but other programs that read the folder do", "`tracemill compact` deletes it", true);
        }
    }
    Ok(found)
}

/// The key must be there and be nobody else's to read.
fn key(lake: &Lake) -> Result<Option<Finding>, Error> {
    let place = "_tracemill/key".to_owned();
    let finding = |what, detail: &str, remedy: &str, wrong| {
        Some(Finding { place: place.clone(), what, detail: detail.to_owned(), remedy: remedy.to_owned(), wrong })
    };
    match lake.existing_key() {
        Err(e) => return Ok(finding("damaged", &e.to_string(), "put it back from a backup", true)),
        Ok(None) => return Ok(finding("none", "the lake was made by a release without one", "nothing; it is made when it is needed", false)),
        Ok(Some(_)) => {}
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let path = lake.root().join(&place);
        let mode = std::fs::metadata(&path).map_err(Error::io(&path))?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Ok(finding("readable", &format!("others may read it (mode {mode:o})"), &format!("chmod 600 {}", path.display()), true));
        }
    }
    Ok(None)
}
