//! The program beside what one would take instead, on the same files in the same run: otlp2records, DuckDB and chDB, each writing Parquet with
//! zstd, and the floors. Then the lake's questions, ours beside DuckDB's.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::ToSpan;
use jiff::civil::Date;

use crate::archive::{self, Pace};
use crate::captures;
use crate::output::Formats;
use crate::queries;
use crate::settings::{Settings, word};
use crate::table::{self, COSTS};
use crate::turns::{Entrant, take_turns};

const ROUNDS: usize = 3;
const SIGNALS: [&str; 3] = ["traces", "logs", "metrics"];
const FORMATS: [(&str, &str); 2] = [("jsonl", "JSON"), ("pb", "protobuf")];

pub fn run(settings: &Settings) -> io::Result<()> {
    if let Some(folder) = &settings.archive {
        compare(settings, folder, "an archive that was there")?;
    } else {
        let folder = settings.at("made");
        fs::create_dir_all(&folder)?;
        let _ = archive::write(&folder, settings.bytes, Pace::ADay, Formats::Both)?;
        compare(settings, &folder, "an archive made on the spot")?;
        fs::remove_dir_all(&folder)?;
    }
    let folder = settings.at("captures");
    fs::create_dir_all(&folder)?;
    let _ = captures::write(&settings.captures(), &folder, settings.bytes)?;
    compare(settings, &folder, "real captures of Codex, repeated")?;
    fs::remove_dir_all(&folder)
}

fn compare(settings: &Settings, archive: &Path, title: &str) -> io::Result<()> {
    let rounds = settings.rounds.unwrap_or(ROUNDS);
    // neither a cold cache nor a wrong day is to count
    let lake = settings.at("lake");
    let files = |ending: &str| SIGNALS.map(|s| word(&archive.join(format!("{s}.{ending}"))));
    let mut warm: Vec<Entrant> = FORMATS.iter().map(|(ending, name)| raw(settings, name, &files(ending), &lake)).collect();
    take_turns(&mut warm, 1, &settings.errors());
    if let Some(why) = warm.iter().find_map(|e| e.cost().err()) {
        return Err(io::Error::other(format!("{}: {why}", archive.display())));
    }
    let night = last_day(&lake).and_then(|d| d.checked_add(1.day()).ok()).ok_or_else(|| io::Error::other("no days in the lake"))?;

    let mut entrants = Vec::new();
    let mut sizes = Vec::new();
    for (ending, name) in FORMATS {
        let files = files(ending);
        let bytes = files.iter().map(|f| fs::metadata(f).map(|m| m.len())).sum::<io::Result<u64>>()?;
        sizes.push(format!("{} MB of {name}", table::megabytes(bytes)));
        let own = raw(settings, name, &files, &lake);
        let against = own.name.clone();
        let mut all = vec![own, nightly(settings, name, &files, night), library(settings, ending, name, &files)];
        if ending == "jsonl" {
            all.push(python(settings, "DuckDB, SQL", "duckdb", "duckdb_convert.py", &files));
            all.push(python(settings, "chDB, SQL", "chdb", "chdb_convert.py", &files));
        }
        let floor = if ending == "jsonl" { "floor: skip the JSON" } else { "floor: walk the wire" };
        all.push(Entrant::new(floor, &settings.own, ["floor", ending].map(str::to_owned).into_iter().chain(files)));
        entrants.extend(all.into_iter().map(|e| e.reading(bytes).against(&against)));
    }
    take_turns(&mut entrants, rounds, &settings.errors());
    table::head(&format!("{title}: {}; medians of {rounds} rounds", sizes.join(", ")), &COSTS)?;
    table::costs(&entrants)?;
    queries::run(settings, &settings.at("night-JSON/lake"), title)?;
    ["lake", "peer", "night-JSON", "night-protobuf"].iter().for_each(|made| drop(fs::remove_dir_all(settings.at(made))));
    Ok(())
}

fn raw(settings: &Settings, format: &str, files: &[String], lake: &Path) -> Entrant {
    let words = ["ingest", "--raw-only", "--lake", &word(lake)].map(str::to_owned).into_iter().chain(files.iter().cloned());
    Entrant::new(format!("tracemill, {format}: raw tables"), &settings.tracemill, words).writing(&[lake])
}

fn nightly(settings: &Settings, format: &str, files: &[String], night: Date) -> Entrant {
    let folder = settings.at(&format!("night-{format}"));
    let (lake, out) = (folder.join("lake"), folder.join("out"));
    let words = ["nightly", "--date", &night.to_string(), "--lake", &word(&lake), "--out", &word(&out)].map(str::to_owned);
    Entrant::new(format!("tracemill, {format}: whole nightly"), &settings.tracemill, words.into_iter().chain(files.iter().cloned()))
        .writing(&[&folder])
}

fn library(settings: &Settings, ending: &str, format: &str, files: &[String]) -> Entrant {
    let name = format!("otlp2records, {format}, one thread");
    let Some(peer) = &settings.peer else { return Entrant::absent(name) };
    let out = settings.at("peer");
    Entrant::new(name, peer, [ending.to_owned(), word(&out)].into_iter().chain(files.iter().cloned())).writing(&[&out])
}

fn python(settings: &Settings, name: &str, module: &str, script: &str, files: &[String]) -> Entrant {
    let Some(python) = settings.python_with(module) else { return Entrant::absent(name) };
    let out = settings.at("peer");
    let words = [word(&settings.script(script)), word(&out)].into_iter().chain(files.iter().cloned());
    Entrant::new(name, python, words).writing(&[&out])
}

/// The last day that the lake has rows of.
fn last_day(lake: &Path) -> Option<Date> {
    let days = |table: PathBuf| fs::read_dir(table).into_iter().flatten().flatten().map(|e| e.file_name());
    let tables = fs::read_dir(lake).ok()?.flatten().map(|e| e.path());
    tables.flat_map(days).filter_map(|name| name.to_string_lossy().strip_prefix("date=")?.parse::<Date>().ok()).max()
}
