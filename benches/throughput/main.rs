//! Whole programs, measured on archives made on the spot. On a noisy machine only ratios within one run are findings.
//!
//! `throughput [steps]` prints what each step of ours costs; `peers` puts it beside what one would take instead; `growth` shows how time
//! and memory grow with an archive; `write made|captures FOLDER` leaves an archive there, to be looked at or profiled with. The Makefile builds what they need: `make bench`, `make bench-peers`, `make bench-growth`;
//! docs/performance.md names the environment variables. Figures are read from `/proc`, so it runs on Linux.

mod archive;
mod captures;
mod floors;
mod growth;
mod marks;
mod measure;
mod output;
mod peers;
mod queries;
mod records;
mod settings;
mod shapes;
mod steps;
mod table;
mod turns;

use std::fs;
use std::io;
use std::path::Path;

use archive::Pace;
use output::Formats;
use settings::Settings;

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.first().map(String::as_str) {
        Some("floor") => floors::run(&words[1..]),
        None | Some("steps") => measured(steps::run),
        Some("peers") => measured(peers::run),
        Some("growth") => measured(growth::run),
        Some("write") => write(&words[1..]),
        Some(other) => Err(io::Error::other(format!("{other}: no such table; there are steps, peers and growth"))),
    }
}

fn write(words: &[String]) -> io::Result<()> {
    let settings = Settings::from_environment()?;
    let [kind, folder] = words else { return Err(io::Error::other("write made|captures FOLDER")) };
    let folder = Path::new(folder);
    fs::create_dir_all(folder)?;
    let sizes = match kind.as_str() {
        "made" => archive::write(folder, settings.bytes, Pace::ADay, Formats::Both)?,
        "captures" => captures::write(&settings.captures(), folder, settings.bytes)?,
        other => return Err(io::Error::other(format!("{other}: no such archive; there are made and captures"))),
    };
    table::say(&format!("{} MB of JSON, {} MB of protobuf", table::megabytes(sizes.json), table::megabytes(sizes.protobuf)))
}

/// A table, with a folder that is gone afterwards whatever happens.
fn measured(table: fn(&Settings) -> io::Result<()>) -> io::Result<()> {
    let settings = Settings::from_environment()?;
    let _ = fs::remove_dir_all(&settings.folder);
    fs::create_dir_all(&settings.folder)?;
    let result = table(&settings);
    fs::remove_dir_all(&settings.folder)?;
    result
}
