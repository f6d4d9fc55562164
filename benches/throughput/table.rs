//! Lines of a table in Markdown, written as soon as they are known, because a whole run takes long.

use std::io::{self, Write};

use crate::turns::Entrant;

/// Writes a line to standard output.
pub fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Writes the head of a table: an empty line, the names of the columns, the rule.
pub fn head(title: &str, columns: &[&str]) -> io::Result<()> {
    say(&format!("\n{title}\n\n{}\n|{}", row(columns), "---|".repeat(columns.len())))
}

/// A row of a table.
pub fn row(cells: &[impl AsRef<str>]) -> String {
    format!("| {} |", cells.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(" | "))
}

/// Columns of [`costs`].
pub const COSTS: [&str; 8] = ["what", "wall s", "CPU s", "MB/s of CPU", "peak MB", "Parquet MB", "CPU ÷ ours", "wall ÷ ours"];

/// A row for each entrant.
pub fn costs(entrants: &[Entrant]) -> io::Result<()> {
    for entrant in entrants {
        let cost = match entrant.cost() {
            Ok(cost) => cost,
            Err(why) => {
                say(&row(&[&entrant.name, why, "", "", "", "", "", ""]))?;
                continue;
            }
        };
        let ours = entrants.iter().find(|e| Some(&e.name) == entrant.against.as_ref());
        let ratio = |figure| ours.and_then(|o| entrant.ratio(o, figure)).map_or_else(String::new, |r| format!("{r:.2}"));
        say(&row(&[
            entrant.name.clone(),
            format!("{:.2}", cost.wall),
            format!("{:.2}", cost.cpu),
            entrant.reads.map_or_else(String::new, |bytes| rate(bytes, cost.cpu)),
            format!("{:.0}", cost.peak),
            if cost.written > 0 { format!("{:.1}", cost.written as f64 / 1e6) } else { String::new() },
            ratio(|c| c.cpu),
            ratio(|c| c.wall),
        ]))?;
    }
    Ok(())
}

/// Megabytes a second; nothing where the clock is too coarse to tell.
pub fn rate(bytes: u64, seconds: f64) -> String {
    if seconds >= 0.02 { format!("{:.0}", bytes as f64 / 1e6 / seconds) } else { String::new() }
}

/// Bytes as megabytes.
pub fn megabytes(bytes: u64) -> String {
    let mb = bytes as f64 / 1e6;
    if mb < 10.0 { format!("{mb:.1}") } else { format!("{mb:.0}") }
}
