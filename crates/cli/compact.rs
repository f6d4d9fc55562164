//! `tracemill compact`: few files of many.

use tracemill_upkeep::Compacted;

use crate::args::{LakeArg, say};
use crate::failure::{End, Failure};
use crate::lake_path;

/// Runs `tracemill compact`.
pub fn run(args: &LakeArg) -> Result<End, Failure> {
    let lake = lake_path::open(args.lake.as_deref())?;
    if lake.is_locked() {
        say(&format!("another run is writing to {}; waiting for it to end", lake.name()));
    }
    let Compacted { files_before, files_after, bytes_before, bytes_after, orphans } = tracemill_upkeep::compact(&lake)?;
    for file in &orphans {
        say(&format!("deleted, because the log does not know it: {file}"));
    }
    say(&format!("{files_before} files of {bytes_before} bytes are now {files_after} of {bytes_after}"));
    Ok(End::Done)
}
