//! The reports on a lake, whole processes, beside DuckDB doing the same SQL over the same Parquet files, start-up included.
//!
//! DuckDB gets the statement as it stands in `queries/`, tables as views over the files that the lake's log names. Where it lacks
//! a table, for the lake has no rows of it, its row says so. Both write their answer as CSV; whether they have as many lines is looked at.

use std::fs;
use std::io;
use std::path::Path;

use crate::settings::{Settings, word};
use crate::table;
use crate::turns::{Entrant, take_turns};

const ROUNDS: usize = 5;
const COLUMNS: [&str; 7] = ["question", "ours, wall ms", "CPU ms", "peak MB", "DuckDB, wall ms", "wall of DuckDB ÷ ours", "rows, ours and DuckDB's"];

pub fn run(settings: &Settings, lake: &Path, title: &str) -> io::Result<()> {
    let rounds = settings.rounds.unwrap_or(ROUNDS);
    let python = settings.python_with("duckdb");
    let duckdb = |name: &str, statement: &str| match &python {
        Some(python) => Entrant::new(name, python, [word(&settings.script("duckdb_query.py")), word(lake), statement.to_owned()]),
        None => Entrant::absent(name),
    };
    table::head(&format!("questions, {title}: medians of {rounds} rounds"), &COLUMNS)?;
    let mut alone = [Entrant::new("`--help`", &settings.tracemill, ["--help"]), duckdb("", "SELECT 1")];
    take_turns(&mut alone, rounds, &settings.errors());
    let [help, start] = &alone;
    line("`--help`; DuckDB's start alone, `SELECT 1`", help, start, String::new())?;
    let mut names: Vec<String> = fs::read_dir(settings.home.join("queries"))?
        .flatten()
        .filter_map(|e| e.path().file_stem().filter(|_| e.path().extension().is_some_and(|x| x == "sql")).map(|s| s.to_string_lossy().into_owned()))
        .collect();
    // those that the goals name go first
    let first = ["tokens", "tools", "latency"];
    names.sort_by_key(|n| (first.iter().position(|f| f == n).unwrap_or(first.len()), n.clone()));
    for name in names {
        let statement = word(&settings.home.join("queries").join(&name).with_extension("sql"));
        let [ours, theirs] = ["ours.csv", "theirs.csv"].map(|f| settings.at(f));
        let mut both = [
            Entrant::new(&name, &settings.tracemill, [&name, "--lake", &word(lake), "--format", "csv"]).answering(ours.clone()),
            duckdb(&name, &statement).answering(theirs.clone()),
        ];
        take_turns(&mut both, rounds, &settings.errors());
        let [own, other] = &both;
        let count = |file: &Path| fs::read(file).map(|text| text.iter().filter(|b| **b == b'\n').count().saturating_sub(1));
        let (here, there) = (count(&ours)?, count(&theirs).unwrap_or(0));
        let rows = match other.cost() {
            Err(_) => here.to_string(),
            Ok(_) if here == there => format!("{here}"),
            Ok(_) => format!("{here}, {there}"),
        };
        line(&format!("`{name}`"), own, other, rows)?;
    }
    Ok(())
}

fn line(question: &str, own: &Entrant, other: &Entrant, rows: String) -> io::Result<()> {
    let ms = |seconds: f64| format!("{:.0}", seconds * 1000.0);
    let (wall, cpu, peak) = match own.cost() {
        Ok(cost) => (ms(cost.wall), ms(cost.cpu), format!("{:.0}", cost.peak)),
        Err(why) => (why.to_owned(), String::new(), String::new()),
    };
    let theirs = other.cost().map_or_else(str::to_owned, |c| ms(c.wall));
    let ratio = other.ratio(own, |c| c.wall).map_or_else(String::new, |r| format!("{r:.1}"));
    table::say(&table::row(&[question.to_owned(), wall, cpu, peak, theirs, ratio, rows]))
}
