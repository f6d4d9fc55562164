//! What is set aside and holds what the lake has forgotten: its bytes are not kept, and ids are masked in what is told of it. Border: one entry; the
//! same bytes in another delivery give the same entry.

use std::io::{self, Read};
use std::path::Path;

use tracemill_forgotten::{Judge, What};
use tracemill_model::LakeError;
use tracemill_model::lake::{Entry, Kind, contents};

use crate::compress::decompress;

/// Bytes looked at in one piece.
const PIECE: usize = 1 << 20;
/// Bytes of a piece that are looked at again with the next: more than the longest id.
const OVERLAP: usize = 1 << 10;

/// Withholds the bytes of an entry that came in this run, if they hold something forgotten, and masks what is told of it.
pub fn hide(judge: &Judge, entry: &mut Entry, old: Option<&Entry>, scratch: &Path) -> Result<(), LakeError> {
    let is_new = entry.content.is_some() && old.is_none_or(|o| o.content.is_none());
    if let Some(content) = entry.content.clone().filter(|_| is_new) {
        let path = scratch.join(&content.file);
        let io = |source| LakeError::Io { path: path.clone(), source };
        let known = judge.list().knows(What::Aside, entry.id.as_bytes());
        if known || {
            let bytes = contents(&path, content.offset, entry.bytes).map_err(io)?;
            // what is compressed is looked at as far as it can be read
            if entry.kind == Kind::Stream {
                decompress(bytes).is_ok_and(|mut d| holds(judge, &mut d.reader).unwrap_or(false))
            } else {
                holds(judge, bytes).map_err(io)?
            }
        } {
            entry.content = None;
        }
    }
    let mask = |text: &mut String| {
        if let Some(masked) = judge.masked(text) {
            *text = masked;
        }
    };
    mask(&mut entry.reason);
    entry.places.iter_mut().for_each(|p| mask(&mut p.path));
    Ok(())
}

/// Whether bytes hold an id that was forgotten.
fn holds(judge: &Judge, mut bytes: impl Read) -> io::Result<bool> {
    let mut piece = Vec::new();
    loop {
        let before = piece.len();
        let read = bytes.by_ref().take((PIECE - before) as u64).read_to_end(&mut piece)?;
        if judge.masked(&String::from_utf8_lossy(&piece)).is_some() {
            return Ok(true);
        }
        if read == 0 {
            return Ok(false);
        }
        let _ = piece.drain(..piece.len().saturating_sub(OVERLAP));
    }
}
