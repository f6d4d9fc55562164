//! The files that are damaged: a few small ones of the project, or all of a folder.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{asked, made};

/// Files of the project's `data/`: small, and one of each form.
const USUAL: [&str; 17] = [
    "agents/copilot/killed-midway/traces.jsonl.gz",
    "conventions/all-signals-logs.jsonl",
    "dumps/agents/copilot-cli.jsonl",
    "dumps/agents/gemini-cli.log",
    "dumps/loki/merged-stderr.jsonl",
    "dumps/loki/page.json",
    "dumps/loki/sample.default",
    "dumps/loki/sample.jsonl",
    "dumps/prometheus/increments.txt.gz",
    "dumps/prometheus/matrix.json",
    "dumps/prometheus/victoriametrics.jsonl",
    "dumps/tempo/api/tempo-cli-query.txt",
    "dumps/tempo/api/traces-v2.json",
    "dumps/tempo/api/traces-v2.pb",
    "dumps/tempo/blocks/vParquet5/data.parquet",
    "languages/corners-logs.pb",
    "languages/corners-traces.pb",
];

/// The one of them that is also tried in all arrangements that its requests can have.
const ARRANGED: &str = "conventions/oldest-traces.jsonl";

/// A file.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Its name, below the folder.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// All of them, in the order of their names.
pub fn all() -> Vec<Sample> {
    let Ok(folder) = std::env::var("TRACEMILL_DAMAGE_FILES") else {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data");
        let arranged = made::arrangements(&sample(&data, &data.join(ARRANGED)));
        return USUAL.iter().map(|name| sample(&data, &data.join(name))).chain(arranged).collect();
    };
    let folder = PathBuf::from(folder);
    let mut paths = Vec::new();
    find(&folder, &mut paths);
    paths.sort();
    let samples: Vec<Sample> = paths.iter().map(|path| sample(&folder, path)).collect();
    if asked("TRACEMILL_DAMAGE_MADE", 0) == 0 { samples } else { samples.iter().flat_map(made::arrangements).collect() }
}

fn find(path: &Path, out: &mut Vec<PathBuf>) {
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| find(&entry.unwrap().path(), out));
    } else {
        out.push(path.to_owned());
    }
}

fn sample(folder: &Path, path: &Path) -> Sample {
    let name = path.strip_prefix(folder).ok().filter(|name| !name.as_os_str().is_empty()).unwrap_or(path);
    Sample { name: name.display().to_string(), bytes: fs::read(path).unwrap() }
}
