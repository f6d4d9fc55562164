//! How time and memory grow: archives of ten times the size each, made on the spot, and archives of odd shapes. Each lies within a day,
//! for a day is what is taken in at once.
//!
//! One archive in one format is on the disk at a time, in files of 256 MB, and is gone before the next is made.

use std::fs;
use std::io;
use std::path::Path;

use crate::archive::{self, Pace};
use crate::output::{Formats, Sizes};
use crate::settings::{Settings, word};
use crate::shapes;
use crate::table;
use crate::turns::{Entrant, take_turns};

const SIZES: [u64; 4] = [10, 100, 1000, 10_000];
const ROUNDS: usize = 3;
/// From this size on, in megabytes, one round is enough unless more are asked for.
const LARGE: u64 = 1000;
const REPORTS: [&str; 3] = ["tokens", "tools", "latency"];
const COLUMNS: [&str; 8] = ["archive", "step", "its MB", "wall s", "CPU s", "MB/s of CPU", "peak MB", "CPU a MB ÷ that of the size before"];

pub fn run(settings: &Settings) -> io::Result<()> {
    table::head("growth", &COLUMNS)?;
    let mut before = Vec::new();
    for size in SIZES.into_iter().filter(|s| *s <= settings.most) {
        let rounds = settings.rounds.unwrap_or(if size >= LARGE { 1 } else { ROUNDS });
        let name = if size < 1000 { format!("{size} MB") } else { format!("{} GB", size / 1000) };
        before = steps(settings, &name, rounds, &before, |folder, formats| archive::write(folder, size * 1_000_000, Pace::ADay, formats))?;
    }
    let rounds = settings.rounds.unwrap_or(1);
    let many = settings.many;
    let _ = steps(settings, &format!("one trace of {many} spans"), rounds, &[], |folder, formats| shapes::one_trace(folder, many, formats))?;
    let _ = steps(settings, &format!("{many} conversations"), rounds, &[], |folder, formats| shapes::many_conversations(folder, many, formats))?;
    let _ = steps(settings, &format!("{} small files", shapes::FILES), rounds, &[], shapes::many_files)?;
    Ok(())
}

/// Rows of an archive: both ingests, the tables, the reports. Returns seconds of CPU a byte of each, for the next size to be compared with.
fn steps(
    settings: &Settings,
    archive: &str,
    rounds: usize,
    before: &[f64],
    write: impl Fn(&Path, Formats) -> io::Result<Sizes>,
) -> io::Result<Vec<f64>> {
    let (folder, lake) = (settings.at("grown"), settings.at("lake"));
    let mut costs = Vec::new();
    for (formats, name) in [(Formats::Protobuf, "protobuf"), (Formats::Json, "JSON")] {
        fs::create_dir_all(&folder)?;
        let sizes = write(&folder, formats)?;
        let bytes = if formats == Formats::Json { sizes.json } else { sizes.protobuf };
        let words = ["ingest", "--raw-only", "--lake", &word(&lake), &word(&folder)];
        let mut entrants = vec![Entrant::new(format!("ingest {name}, raw tables"), &settings.tracemill, words).reading(bytes).writing(&[&lake])];
        take_turns(&mut entrants, rounds, &settings.errors());
        if formats == Formats::Json {
            // the rest is asked of the lake that the JSON made
            entrants.push(Entrant::new("normalize", &settings.tracemill, ["normalize", "--lake", &word(&lake)]).reading(bytes));
            take_turns(entrants.get_mut(1..).unwrap_or_default(), rounds, &settings.errors());
            for report in REPORTS {
                let words = [report, "--lake", &word(&lake), "--format", "csv"];
                entrants.push(Entrant::new(format!("`{report}`"), &settings.tracemill, words));
            }
            take_turns(entrants.get_mut(2..).unwrap_or_default(), rounds, &settings.errors());
        }
        for entrant in &entrants {
            costs.push(line(archive, bytes, entrant, before.get(costs.len()).copied())?);
        }
        fs::remove_dir_all(&folder)?;
        fs::remove_dir_all(&lake)?;
    }
    Ok(costs)
}

fn line(archive: &str, bytes: u64, entrant: &Entrant, before: Option<f64>) -> io::Result<f64> {
    let cost = match entrant.cost() {
        Ok(cost) => cost,
        Err(why) => {
            table::say(&table::row(&[archive, &entrant.name, &table::megabytes(bytes), why, "", "", "", ""]))?;
            return Ok(f64::NAN);
        }
    };
    let each = cost.cpu / bytes as f64;
    // a hundredth of a second is all that the clock tells
    let compared = before.map(|b| each / b).filter(|r| r.is_finite() && cost.cpu >= 0.1);
    table::say(&table::row(&[
        archive.to_owned(),
        entrant.name.clone(),
        table::megabytes(bytes),
        format!("{:.2}", cost.wall),
        format!("{:.2}", cost.cpu),
        entrant.reads.map_or_else(String::new, |read| table::rate(read, cost.cpu)),
        format!("{:.0}", cost.peak),
        compared.map_or_else(String::new, |r| format!("{r:.2}")),
    ]))?;
    Ok(each)
}
