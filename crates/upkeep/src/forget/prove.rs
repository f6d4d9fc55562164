//! The proof: every byte of every file of the lake, and every text in it, searched for what was forgotten. Border: looking only, and at everything:
//! what this does not know of, a file that somebody put there, is looked at too.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rayon::prelude::*;
use tracemill_forgotten::{Forgotten, Judge};
use tracemill_model::lake::{Snapshot, all_contents};
use tracemill_model::tables::RAW;
use tracemill_model::{Lake, LakeError, tables};
use walkdir::WalkDir;

use super::Chosen;
use crate::Error;

/// What was looked at, and where something was found.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Files.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Rows of Parquet files, whose texts were decoded.
    pub rows: u64,
    /// Where something was found: the file below the lake's root, and what.
    pub found: Vec<(String, String)>,
}

/// Searches the lake. Not to be called while others write to it: what they have staged is theirs.
///
/// # Errors
/// A file cannot be read, so that nothing is proved.
pub fn prove(lake: &Lake, chosen: &Chosen) -> Result<Proof, Error> {
    let snapshot = lake.read_all()?;
    Snapshot::fetch(snapshot.files())?;
    let judge = Forgotten::load(lake, &snapshot)?.map(|list| super::judge(list, chosen));
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in WalkDir::new(lake.root()).sort_by_file_name() {
        let entry = entry.map_err(|e| LakeError::Io { path: e.path().unwrap_or(lake.root()).to_owned(), source: e.into() })?;
        if entry.file_type().is_file() {
            paths.push(entry.into_path());
        }
    }
    // what others are about to bring, of the lake as it is now
    let [staging, fetching] = ["staging", "fetching"].map(|folder| lake.meta().join(folder));
    let look = |path: &PathBuf| match look(lake.root(), path, chosen, judge.as_ref()) {
        // a run that began after the forgetting has ended
        Err(_) if (path.starts_with(&staging) || path.starts_with(&fetching)) && !path.exists() => Ok(Proof::default()),
        looked => looked,
    };
    let looked: Vec<Proof> = paths.par_iter().map(look).collect::<Result<_, _>>()?;
    let mut proof = Proof { files: paths.len(), ..Proof::default() };
    for one in looked {
        proof.bytes += one.bytes;
        proof.rows += one.rows;
        proof.found.extend(one.found);
    }
    Ok(proof)
}

fn look(root: &Path, path: &Path, chosen: &Chosen, judge: Option<&Judge>) -> Result<Proof, Error> {
    let mut proof = Proof::default();
    let below = path.strip_prefix(root).unwrap_or(path).display().to_string();
    // what is given away here stands in no other place
    let plain = |text: &str| judge.is_some_and(|j| j.masked(text).is_some());
    let found = |what: String| (if plain(&below) { "a file's name".to_owned() } else { below.clone() }, what);
    if plain(&below) {
        proof.found.push(found("an id in its name".to_owned()));
    }
    let mut file = File::open(path).map_err(Error::io(path))?;
    let mut magic = [0; 4];
    let parquet = file.read(&mut magic).map_err(Error::io(path))? == 4 && &magic == b"PAR1";
    let file = Read::chain(&magic[..], file);
    proof.bytes = std::fs::metadata(path).map_err(Error::io(path))?.len();
    if let Some(judge) = judge
        && judge.holds(file).map_err(Error::io(path))?
    {
        proof.found.push(found("an id in its bytes".to_owned()));
    }
    // what the quarantine keeps is compressed
    if let (Some(judge), Some(contents)) = (judge, all_contents(path).map_err(Error::io(path))?)
        && judge.holds(contents).map_err(Error::io(path))?
    {
        proof.found.push(found("an id in its bytes".to_owned()));
    }
    if parquet {
        let file = File::open(path).map_err(Error::io(path))?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(Error::parquet(path))?;
        let table = below.split(['/', '\\']).next().and_then(tables::by_name).filter(|t| RAW.iter().any(|raw| raw.name == t.name));
        for batch in builder.with_batch_size(4096).build().map_err(Error::parquet(path))? {
            let batch = batch.map_err(Error::parquet(path))?;
            proof.rows += batch.num_rows() as u64;
            for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
                let Some(texts) = column.as_string_opt::<i32>() else { continue };
                let mut last = None;
                let holds = texts.iter().flatten().any(|text| {
                    // neighbours often have the same text
                    let again = last == Some(text);
                    last = Some(text);
                    !again && plain(text)
                });
                if holds {
                    proof.found.push(found(format!("an id in column {}", field.name())));
                }
            }
            if let Some((table, judge)) = table.zip(judge) {
                let gone = judge.judge(table, &batch).map_err(Error::parquet(path))?.gone();
                if gone > 0 {
                    proof.found.push(found(format!("{gone} rows that belong to what was to be forgotten")));
                }
            }
        }
    }
    if let Some((day, _)) = &chosen.asked.before
        && let Some((_, rest)) = below.split_once("/date=")
        && rest.get(..10).is_some_and(|date| date < day.as_str() && date != super::TIMELESS)
        && RAW.iter().any(|t| below.starts_with(t.name))
    {
        proof.found.push(found(format!("rows before {day}")));
    }
    proof.found.dedup();
    Ok(proof)
}
