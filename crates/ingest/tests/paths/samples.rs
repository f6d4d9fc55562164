//! Real documents: those of the project's `data/`, or of a folder.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::json::{self, Json};

/// A file of JSON.
pub struct Sample {
    pub name: String,
    /// Decompressed.
    pub bytes: Vec<u8>,
    pub documents: Vec<Json>,
}

/// Files larger than this are left out of a usual run.
const USUAL: usize = 64 << 10;

/// All files of JSON, in the order of their names, one after another.
pub fn all() -> impl Iterator<Item = Sample> {
    let asked = std::env::var("TRACEMILL_PATHS_FILES").ok();
    let most = if asked.is_some() { usize::MAX } else { USUAL };
    let folder = asked.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data"), PathBuf::from);
    let mut paths = Vec::new();
    find(&folder, &mut paths);
    paths.sort();
    paths.into_iter().filter_map(move |path| {
        let bytes = decompressed(fs::read(&path).unwrap());
        let text = std::str::from_utf8(&bytes).ok().filter(|text| text.len() <= most && text.trim_start().starts_with(['{', '[']))?;
        let documents = json::documents(text).filter(|documents| !documents.is_empty())?;
        let name = path.strip_prefix(&folder).unwrap_or(&path).display().to_string();
        Some(Sample { name, documents, bytes })
    })
}

fn find(path: &Path, out: &mut Vec<PathBuf>) {
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| find(&entry.unwrap().path(), out));
    } else {
        out.push(path.to_owned());
    }
}

fn decompressed(bytes: Vec<u8>) -> Vec<u8> {
    let mut out = Vec::new();
    let outcome = if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut out)
    } else if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        zstd::Decoder::new(&bytes[..]).unwrap().read_to_end(&mut out)
    } else {
        return bytes;
    };
    if outcome.is_ok() { out } else { Vec::new() }
}
