//! `tracemill verify`: the lake held against its log, a line a finding.

use tracemill_query::{Cell, listing};
use tracemill_upkeep::{Finding, Verified};

use crate::args::{VerifyArgs, say};
use crate::failure::{End, Failure};
use crate::{lake_path, report};

/// Runs `tracemill verify`.
pub fn run(args: &VerifyArgs) -> Result<End, Failure> {
    let lake = lake_path::open(args.lake.lake.as_deref())?;
    let verified = tracemill_upkeep::verify(&lake)?;
    let like = [
        ("place", Cell::Text(None)),
        ("finding", Cell::Text(None)),
        ("wrong", Cell::Text(None)),
        ("detail", Cell::Text(None)),
        ("remedy", Cell::Text(None)),
    ];
    let row = |f: &Finding| [&*f.place, f.what, if f.wrong { "yes" } else { "no" }, &f.detail, &f.remedy].map(Cell::text);
    let _ = report::write_answer(&listing(like, &verified.findings.iter().map(row).collect::<Vec<_>>())?, &args.output)?;
    let Verified { commit, files, bytes, checksums, rows, findings } = &verified;
    let wrong = findings.iter().filter(|f| f.wrong).count();
    let unchecked = if checksums < files { format!(", {} of them without a checksum in the log", files - checksums) } else { String::new() };
    let end = if wrong == 0 { "all is well".to_owned() } else { format!("{wrong} findings are wrong") };
    say(&format!("commit {commit}: {files} files, {bytes} bytes{unchecked}, {rows} rows looked at; {end}"));
    Ok(if verified.is_good() { End::Done } else { End::Wrong })
}
