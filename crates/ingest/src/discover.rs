//! From what was typed to the files that are meant: files, folders (all files below, hidden ones and lakes left out), globs and
//! `-`. Border: names only; what is in a file is found out by `compress` and `detect`.
//!
//! Links to folders are followed: each folder is looked through once, under whatever name it is met first, and those that lead to a folder
//! which holds the one that was typed are not followed at all, since they lead out of the archive or round in it.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use thiserror::Error;
use walkdir::WalkDir;
use xxhash_rust::xxh3::xxh3_64;

use crate::far::Far;

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
    /// Where its bytes come from, if it is no file here; its path is then its URL.
    pub far: Option<Far>,
}

impl Input {
    /// Standard input.
    pub fn stdin() -> Input {
        Input { path: None, bytes: 0, modified_ns: 0, far: None }
    }

    /// Where its bytes lie while it is read; `None` for standard input.
    pub(crate) fn place(&self) -> Option<&Path> {
        self.far.as_ref().map(|far| far.place()).or(self.path.as_deref())
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

    /// Whether it is a pipe with a name of its own: to open it is to wait for who writes to it. One of the shell is open already.
    pub fn waits(&self) -> bool {
        #[cfg(unix)]
        let is_pipe = |m: fs::Metadata| std::os::unix::fs::FileTypeExt::is_fifo(&m.file_type());
        #[cfg(not(unix))]
        let is_pipe = |_: fs::Metadata| false;
        self.path.as_ref().and_then(|path| path.symlink_metadata().ok()).is_some_and(is_pipe)
    }

    /// A file as it is now.
    pub(crate) fn file(path: &Path) -> Result<Input, DiscoverError> {
        let unreadable = |e| DiscoverError::Unreadable(path.display().to_string(), e);
        let metadata = fs::metadata(path).map_err(unreadable)?;
        // a pipe of the shell has a name that leads nowhere, and nothing that tells whether it is unchanged
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let modified = metadata.modified().ok().filter(|_| metadata.is_file()).and_then(|t| t.duration_since(UNIX_EPOCH).ok());
        let modified_ns = modified.map_or(0, |d| i64::try_from(d.as_nanos()).unwrap_or(0));
        Ok(Input { path: Some(path), bytes: metadata.len(), modified_ns, far: None })
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
            any = true;
            // a pipe or a device is read where its own name was typed
            if path.metadata().map_or(true, |m| m.is_file() || m.is_dir()) {
                add(&path, &mut found)?;
            }
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
    let (root, mut entered) = (path.canonicalize().ok(), HashSet::new());
    let wanted = |entry: &walkdir::DirEntry| {
        let hidden = entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".");
        if hidden || entry.path().join("_tracemill").is_dir() {
            return false;
        }
        if !entry.file_type().is_dir() {
            return true;
        }
        let Ok(folder) = entry.path().canonicalize() else { return true };
        let leads_out = entry.depth() > 0 && root.as_ref().is_some_and(|root| root.starts_with(&folder));
        !leads_out && entered.insert(folder)
    };
    for entry in WalkDir::new(path).follow_links(true).sort_by_file_name().into_iter().filter_entry(wanted) {
        // what cannot be looked at here is set aside when it cannot be opened either; it must not keep the others out
        let (path, wanted) = match &entry {
            Ok(entry) => (entry.path(), entry.file_type().is_file()),
            Err(e) => (e.path().unwrap_or(path), e.path().is_some() && e.loop_ancestor().is_none()),
        };
        if wanted {
            let input = Input::file(path).unwrap_or_else(|_| Input {
                path: Some(std::path::absolute(path).unwrap_or_else(|_| path.to_owned())),
                bytes: 0,
                modified_ns: 0,
                far: None,
            });
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

    #[test]
    #[cfg(unix)]
    fn linked_folders_are_looked_through_once_and_lead_nowhere_else() {
        use std::os::unix::fs::symlink;
        let root = tempfile::tempdir().unwrap();
        let at = |p: &str| root.path().join(p);
        for folder in ["archive/a/deep", "archive/b", "elsewhere"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        for file in ["archive/a/x", "archive/a/deep/y", "archive/b/z", "elsewhere/e", "outside"] {
            fs::write(at(file), "").unwrap();
        }
        // to a parent, to itself, to each other, above the archive, to a folder beside it, to a folder that is there in any case
        let links = [("..", "archive/a/up"), (".", "archive/a/self"), ("../b", "archive/a/b"), ("../a", "archive/b/a"), ("../..", "archive/b/out")];
        for (to, link) in links.into_iter().chain([("../elsewhere", "archive/link"), ("a/deep", "archive/0")]) {
            symlink(to, at(link)).unwrap();
        }
        let found = discover(&[at("archive").display().to_string()]).unwrap();
        let names: HashSet<String> = found.iter().map(|i| i.path.as_ref().unwrap().file_name().unwrap().to_string_lossy().into_owned()).collect();
        assert_eq!(found.len(), 4, "{found:?}");
        assert_eq!(names, ["x", "y", "z", "e"].map(str::to_owned).into());
    }
}
