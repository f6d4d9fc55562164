//! The ledger against the rows and the quarantine: where they tell the same, they must agree. Border: numbers only.
//!
//! What a source brought cannot be counted in the tables again: a record that two sources have is one row of one of them, and a file that was
//! written anew has another entry. But every row names a source that the ledger knows, and what is set aside of a source is in the quarantine.

use std::collections::BTreeMap;

use tracemill_model::LakeError;
use tracemill_model::lake::{Snapshot, Standing};

use super::Finding;
use super::files::Looked;

/// Compares.
pub fn check(snapshot: &Snapshot, looked: &[Looked]) -> Result<Vec<Finding>, LakeError> {
    let mut found = Vec::new();
    let mut add = |place: &str, what, detail: String, remedy: &str| {
        found.push(Finding { place: place.to_owned(), what, detail, remedy: remedy.to_owned(), wrong: true });
    };
    for (part, looked) in snapshot.files().zip(looked) {
        for id in looked.sources.iter().filter(|id| snapshot.source(id).is_none()) {
            let detail = format!("rows of the source {id}, of which the ledger has no entry");
            add(&part.file, "ledger", detail, "put the log back from a backup");
        }
    }
    let again = "`tracemill ingest` the source again";
    let quarantine = snapshot.quarantine();
    if quarantine.index().and_then(|file| snapshot.file(file)).is_some_and(|index| !index.path.exists()) {
        // that is found elsewhere, and leaves nothing to compare with
        return Ok(found);
    }
    let mut open: BTreeMap<String, (String, u64)> = BTreeMap::new();
    if let Some(index) = quarantine.index() {
        for entry in quarantine.entries()? {
            let entry = match entry {
                Ok(entry) => entry,
                Err(e) => {
                    add(index, "unreadable", e.to_string(), "put this file back from a backup");
                    break;
                }
            };
            if let Some(content) = &entry.content {
                let there = snapshot.file(&content.file).map_or(0, |p| p.bytes);
                if content.end(entry.bytes) > there {
                    let detail = format!("its {} bytes at {} of {} are not there", entry.bytes, content.offset, content.file);
                    add(&format!("{index}: {}", entry.id), "contents", detail, again);
                }
            }
            for place in entry.places.iter().filter(|p| p.standing == Standing::Open) {
                open.entry(place.source_id.clone()).or_insert_with(|| (place.path.clone(), 0)).1 += place.count;
            }
        }
    }
    for source in snapshot.sources() {
        let kept = open.remove(&source.source_id).map_or(0, |(_, count)| count);
        if kept != source.set_aside {
            add(&source.path, "ledger", format!("{} set aside, and the quarantine has {kept} of them", source.set_aside), again);
        }
    }
    for (id, (path, _)) in open {
        add(&path, "ledger", format!("set aside from the source {id}, of which the ledger has no entry"), again);
    }
    Ok(found)
}
