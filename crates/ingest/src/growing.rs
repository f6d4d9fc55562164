//! Files that grow: where the last run stopped, and whether a file still begins as it did then. Border: plain files whose requests follow each
//! other; what is compressed, or one document, is read from its beginning again, which costs time but changes nothing.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use tracemill_model::lake::{Reached, Snapshot, Source};

use crate::detect::Framing;
use crate::discover::Input;
use crate::feed::{Feed, Resume};
use crate::pipeline::Report;

/// Bytes at the beginning of a file, and before the place where a run stopped, by which the file is known again.
const KNOWN_BY: u64 = 4 << 10;

/// An input as what is to be read: from where an earlier run stopped, if the file has only grown since.
pub fn feed(snapshot: &Snapshot, input: &Input, redacted: &str) -> Feed {
    // what is to be redacted in another way is read from its beginning
    // an object of a store does not grow, it is replaced
    let known = snapshot.source(&input.source_id()).filter(|known| known.redacted == redacted && input.far.is_none());
    Feed { resume: known.and_then(|known| resume(known, input)), ..Feed::of(input) }
}

fn resume(known: &Source, input: &Input) -> Option<Resume> {
    let framing = [Framing::Json, Framing::Frames].into_iter().find(|f| f.name() == known.format)?;
    let reached = known.reached.as_ref().filter(|r| r.bytes > 0 && r.bytes <= input.bytes && known.modified_ns != input.modified_ns)?;
    let same = check(input, reached.bytes).is_ok_and(|check| check == reached.check);
    same.then_some(Resume { offset: reached.bytes, number: reached.number, framing })
}

/// What the ledger keeps of how far a source was read.
pub fn reached(input: &Input, report: &Report) -> Option<Reached> {
    let (bytes, number) = report.reached.filter(|(bytes, _)| *bytes > 0 && input.modified_ns != 0 && input.far.is_none())?;
    // a file that cannot be read a second time is read from its beginning
    let check = check(input, bytes).ok()?;
    Some(Reached { bytes, number, check, tail: report.tail.clone() })
}

fn check(input: &Input, bytes: u64) -> io::Result<String> {
    let path = input.path.as_ref().ok_or(io::ErrorKind::NotFound)?;
    let mut file = File::open(path)?;
    let mut hasher = blake3::Hasher::new();
    for from in [0, bytes.saturating_sub(KNOWN_BY)] {
        let mut known = Vec::new();
        let _ = file.seek(SeekFrom::Start(from))?;
        let _ = (&mut file).take(KNOWN_BY.min(bytes)).read_to_end(&mut known)?;
        if (known.len() as u64) < KNOWN_BY.min(bytes) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        hasher.update(&known);
    }
    Ok(hasher.finalize().to_hex()[..32].to_owned())
}
