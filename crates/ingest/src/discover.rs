//! From what was typed to the files that are meant: files, folders (all files below, hidden ones and lakes left out), globs and
//! `-`. Border: names only; what is in a file is found out by `compress` and `detect`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use thiserror::Error;
use walkdir::WalkDir;
use xxhash_rust::xxh3::xxh3_64;

/// Why a path cannot be taken.
#[derive(Debug, Error)]
pub enum DiscoverError {
    /// Nothing is there.
    #[error("{0}: no such file or folder")]
    Missing(String),
    /// A glob that matches nothing.
    #[error("{0}: matches no file")]
    NoMatch(String),
    /// A glob that is none.
    #[error("{0}: {1}")]
    BadPattern(String, String),
    /// It is there but cannot be looked at.
    #[error("{0}: {1}")]
    Unreadable(String, std::io::Error),
}

/// A file to take in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its absolute path; `None` for standard input.
    pub path: Option<PathBuf>,
    /// Size in bytes; 0 for standard input.
    pub bytes: u64,
    /// Modification time in nanoseconds since the epoch; 0 for what is no regular file.
    pub modified_ns: i64,
}

impl Input {
    /// Standard input.
    pub fn stdin() -> Input {
        Input { path: None, bytes: 0, modified_ns: 0 }
    }

    /// Its name as messages and the ledger show it.
    pub fn name(&self) -> String {
        self.path.as_ref().map_or_else(|| "-".to_owned(), |p| p.display().to_string())
    }

    /// Its id: the same for the same path.
    pub fn source_id(&self) -> String {
        let name = self.path.as_deref().unwrap_or(Path::new("-")).as_os_str();
        format!("{:016x}", xxh3_64(name.as_encoded_bytes()))
    }

    /// A file as it is now.
    pub(crate) fn file(path: &Path) -> Result<Input, DiscoverError> {
        let unreadable = |e| DiscoverError::Unreadable(path.display().to_string(), e);
        let metadata = fs::metadata(path).map_err(unreadable)?;
        // a pipe of the shell has a name that leads nowhere, and nothing that tells whether it is unchanged
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let modified = metadata.modified().ok().filter(|_| metadata.is_file()).and_then(|t| t.duration_since(UNIX_EPOCH).ok());
        let modified_ns = modified.map_or(0, |d| i64::try_from(d.as_nanos()).unwrap_or(0));
        Ok(Input { path: Some(path), bytes: metadata.len(), modified_ns })
    }
}

/// The files that the paths mean, each once, in the order of their names.
pub fn discover(paths: &[String]) -> Result<Vec<Input>, DiscoverError> {
    let mut found = BTreeMap::new();
    for typed in paths {
        if typed == "-" {
            found.insert(PathBuf::from("-"), Input::stdin());
            continue;
        }
        let path = Path::new(typed);
        if path.exists() {
            add(path, &mut found)?;
            continue;
        }
        if !typed.contains(['*', '?', '[']) {
            return Err(DiscoverError::Missing(typed.clone()));
        }
        let matches = glob::glob(typed).map_err(|e| DiscoverError::BadPattern(typed.clone(), e.to_string()))?;
        let mut any = false;
        for entry in matches {
            let path = entry.map_err(|e| DiscoverError::Unreadable(e.path().display().to_string(), e.into()))?;
            add(&path, &mut found)?;
            any = true;
        }
        if !any {
            return Err(DiscoverError::NoMatch(typed.clone()));
        }
    }
    Ok(found.into_values().collect())
}

fn add(path: &Path, found: &mut BTreeMap<PathBuf, Input>) -> Result<(), DiscoverError> {
    if !path.is_dir() {
        let input = Input::file(path)?;
        found.insert(input.path.clone().unwrap_or_default(), input);
        return Ok(());
    }
    let wanted = |entry: &walkdir::DirEntry| {
        let hidden = entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".");
        !hidden && !entry.path().join("_tracemill").is_dir()
    };
    for entry in WalkDir::new(path).follow_links(true).sort_by_file_name().into_iter().filter_entry(wanted) {
        // what cannot be looked at here is set aside when it cannot be opened either; it must not keep the others out
        let (path, wanted) = match &entry {
            Ok(entry) => (entry.path(), entry.file_type().is_file()),
            Err(e) => (e.path().unwrap_or(path), e.path().is_some()),
        };
        if wanted {
            let input = Input::file(path).unwrap_or_else(|_| Input { path: Some(path.to_owned()), bytes: 0, modified_ns: 0 });
            found.insert(input.path.clone().unwrap_or_default(), input);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_globs_and_repeats_give_each_file_once() {
        let root = std::env::temp_dir().join(format!("tracemill-discover-{}", std::process::id()));
        fs::create_dir_all(root.join("a/lake/_tracemill")).unwrap();
        for name in ["a/x.jsonl", "a/.hidden", "a/lake/part", "b.jsonl"] {
            fs::write(root.join(name), "").unwrap();
        }
        let path = |p: &str| root.join(p).display().to_string();
        let names = |inputs: Vec<Input>| {
            inputs.iter().map(|i| i.path.as_ref().unwrap().file_name().unwrap().to_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(discover(&[path(""), path("a/*.jsonl"), path("b.jsonl")]).unwrap()), ["x.jsonl", "b.jsonl"]);
        assert!(matches!(discover(&[path("none")]), Err(DiscoverError::Missing(_))));
        assert!(matches!(discover(&[path("*.none")]), Err(DiscoverError::NoMatch(_))));
        fs::remove_dir_all(root).unwrap();
    }
}
