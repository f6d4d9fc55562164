//! One file held against what the log says of it: size, checksum, number of rows. Border: the first fault is enough to know.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader};

use arrow_array::cast::AsArray;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tracemill_model::LakeError;
use tracemill_model::lake::{Part, QUARANTINE};
use tracemill_model::tables::{self, RAW};

/// What was seen of a file.
#[derive(Debug, Default)]
pub struct Looked {
    /// What is wrong with it: a word, and more.
    pub fault: Option<(&'static str, String)>,
    /// The sources that its rows name.
    pub sources: BTreeSet<String>,
}

impl Looked {
    /// Whether the file is not there.
    pub fn is_missing(&self) -> bool {
        self.fault.as_ref().is_some_and(|(what, _)| *what == MISSING)
    }
}

/// Looks at a file.
pub fn look(part: &Part) -> Looked {
    let mut looked = Looked::default();
    looked.fault = stored(part).and_then(|()| check(part, &mut looked.sources)).err();
    looked
}

/// The word for a file that is not there.
pub const MISSING: &str = "missing";

type Fault = (&'static str, String);

/// Whether a store has the file as the log tells of it, whatever its replica has.
fn stored(part: &Part) -> Result<(), Fault> {
    part.fetched_anew().map(|_| ()).map_err(|e| match e {
        LakeError::Replaced(_) => (MISSING, "the log names it".to_owned()),
        LakeError::Damaged { reason, .. } => ("checksum", reason),
        e => ("unreadable", e.to_string()),
    })
}

fn check(part: &Part, sources: &mut BTreeSet<String>) -> Result<(), Fault> {
    let unreadable = |e: &dyn std::fmt::Display| ("unreadable", e.to_string());
    let mut file = match File::open(&part.path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Err((MISSING, "the log names it".to_owned())),
        Err(e) => return Err(unreadable(&e)),
    };
    let bytes = file.metadata().map_err(|e| unreadable(&e))?.len();
    if bytes != part.bytes {
        return Err(("size", format!("{bytes} bytes, and the log says {}", part.bytes)));
    }
    if let Some(expected) = &part.hash {
        let mut hasher = blake3::Hasher::new();
        let _ = io::copy(&mut file, &mut hasher).map_err(|e| unreadable(&e))?;
        let found = hasher.finalize().to_hex();
        if found.as_str() != expected {
            return Err(("checksum", format!("BLAKE3 {}…, and the log says {}…", &found[..16], expected.get(..16).unwrap_or(expected))));
        }
    }
    let rows = if tables::by_name(&part.table).is_some() {
        rows(part, sources)?
    } else if part.table == QUARANTINE && part.file.ends_with(".jsonl") {
        let mut lines = BufReader::new(File::open(&part.path).map_err(|e| unreadable(&e))?).lines();
        lines.try_fold(0, |n, line| line.map(|_| n + 1)).map_err(|e| unreadable(&e))?
    } else {
        part.rows
    };
    if rows == part.rows { Ok(()) } else { Err(("rows", format!("{rows} rows, and the log says {}", part.rows))) }
}

/// The number of rows by the footer, and the sources of the rows of a raw table. Without a checksum all columns are decoded: that finds most of
/// what can be wrong.
fn rows(part: &Part, sources: &mut BTreeSet<String>) -> Result<u64, Fault> {
    let unreadable = |e: &dyn std::fmt::Display| ("unreadable", e.to_string());
    let file = File::open(&part.path).map_err(|e| unreadable(&e))?;
    let mut builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| unreadable(&e))?;
    let rows = builder.metadata().file_metadata().num_rows();
    let is_raw = RAW.iter().any(|t| t.name == part.table);
    if part.hash.is_some() {
        if !is_raw {
            return Ok(rows.unsigned_abs());
        }
        let mask = ProjectionMask::columns(builder.parquet_schema(), ["source_id"]);
        builder = builder.with_projection(mask);
    }
    for batch in builder.build().map_err(|e| unreadable(&e))? {
        let batch = batch.map_err(|e| unreadable(&e))?;
        let Some(column) = batch.column_by_name("source_id").and_then(|c| c.as_string_opt::<i32>()).filter(|_| is_raw) else { continue };
        let mut last = None;
        for id in column.iter().flatten() {
            if last != Some(id) && !sources.contains(id) {
                let _ = sources.insert(id.to_owned());
            }
            last = Some(id);
        }
    }
    Ok(rows.unsigned_abs())
}
