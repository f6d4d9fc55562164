//! What is set aside and holds what the lake has forgotten: its bytes are not kept, and ids are masked in what is told of it. Border: one entry; the
//! same bytes in another delivery give the same entry.

use std::path::Path;

use tracemill_forgotten::{Judge, What};
use tracemill_model::LakeError;
use tracemill_model::lake::{Entry, Kind, contents};

use crate::compress::decompress;

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
                decompress(bytes).is_ok_and(|mut d| judge.holds(&mut d.reader).unwrap_or(false))
            } else {
                judge.holds(bytes).map_err(io)?
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
    entry.places.iter_mut().for_each(|p| p.path = judge.masked_name(&p.path).unwrap_or_else(|| std::mem::take(&mut p.path)));
    Ok(())
}
