//! `nightly`: the same lake gives the same bytes.

use std::collections::BTreeMap;
use std::path::Path;

use crate::{Bench, sample};

fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    entries.map(|p| (p.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&p).unwrap())).collect()
}

#[test]
fn nightly_twice_writes_the_same_bytes() {
    let bench = Bench::new();
    let files = sample(&["mcp", "v55-full"]);
    let mut words = vec!["nightly", "--out", "out1"];
    words.extend(files.iter().map(|f| f.to_str().unwrap()));
    let _ = bench.run(&words).exits(0);
    words[2] = "out2";
    let _ = bench.run(&words).exits(0);
    let (first, second) = (contents(&bench.path("out1")), contents(&bench.path("out2")));
    assert!(first == second);
    for report in bench.reports() {
        assert!(first[&format!("{report}.csv")].len() > 40 && first[&format!("{report}.parquet")].starts_with(b"PAR1"), "{report}");
    }
}
