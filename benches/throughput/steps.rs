//! Each step of ours on an archive made on the spot, and otlp2records in turn with the ingest.

use std::io;

use crate::archive::{self, Pace};
use crate::output::Formats;
use crate::settings::{Settings, word};
use crate::table::{self, COSTS};
use crate::turns::{Entrant, take_turns};

const ROUNDS: usize = 3;
const REPORTS: [&str; 5] = ["tokens", "cost", "tools", "failures", "conversations"];

pub fn run(settings: &Settings) -> io::Result<()> {
    let rounds = settings.rounds.unwrap_or(ROUNDS);
    let sizes = archive::write(&settings.folder, settings.bytes, Pace::OneByOne, Formats::Both)?;
    table::head(
        &format!("{} MB of JSON, {} MB of protobuf; medians of {rounds} rounds", table::megabytes(sizes.json), table::megabytes(sizes.protobuf)),
        &COSTS,
    )?;
    let lake = settings.at("lake");
    for (format, bytes) in [("jsonl", sizes.json), ("pb", sizes.protobuf)] {
        let files: Vec<String> = ["traces", "logs", "metrics"].map(|signal| word(&settings.at(&format!("{signal}.{format}")))).into();
        let name = format!("ingest {format}, raw tables");
        let words = ["ingest", "--raw-only", "--lake"].map(str::to_owned).into_iter().chain([word(&lake)]).chain(files.clone());
        let mut entrants = vec![Entrant::new(&name, &settings.tracemill, words).reading(bytes).writing(&[&lake])];
        if let Some(peer) = &settings.peer {
            let out = settings.at("peer");
            let words = [format.to_owned(), word(&out)].into_iter().chain(files);
            entrants.push(Entrant::new(format!("otlp2records, {format}"), peer, words).reading(bytes).writing(&[&out]).against(&name));
        }
        take_turns(&mut entrants, rounds, &settings.errors());
        table::costs(&entrants)?;
    }
    let mut entrants = vec![Entrant::new("normalize, semantic tables", &settings.tracemill, ["normalize", "--lake", &word(&lake)])];
    for report in REPORTS {
        entrants.push(Entrant::new(format!("report {report}"), &settings.tracemill, [report, "--lake", &word(&lake), "--format", "csv"]));
    }
    take_turns(&mut entrants, rounds, &settings.errors());
    table::costs(&entrants)
}
