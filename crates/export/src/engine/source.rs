//! Where an engine finds the lake's files. Border: folders and names of files; how they are said in an engine's words is its own file's business.

use std::collections::BTreeMap;

use tracemill_model::{Lake, Table, tables};
use url::Url;

use crate::Error;
use crate::delta::root;

/// The lake as an engine is told of it.
#[derive(Debug)]
pub struct Source {
    /// The lake's folder: what was given for it, or its own full name.
    location: String,
    /// As a URI.
    uri: String,
    commit: u64,
    /// By table, its files below the lake's folder.
    files: BTreeMap<String, Vec<String>>,
    is_pinned: bool,
}

/// Signs by which names of files are matched.
const PATTERN: [char; 7] = ['*', '?', '[', ']', '{', '}', '\\'];

impl Source {
    /// Of a lake as of its last commit. `location` is what the engine knows its folder by, where that is not its name here. Pinned, the engine is to read
    /// the files of that commit and no others.
    ///
    /// # Errors
    /// The lake cannot be read; or it is to be pinned while files of its last commit are not in their places.
    pub fn new(lake: &Lake, location: Option<&str>, pinned: bool) -> Result<Source, Error> {
        let snapshot = lake.read()?;
        let root = root(lake)?;
        // what lies in a store is read there
        let name = lake.name();
        let location = location.or_else(|| lake.is_remote().then_some(name.as_str()));
        let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for part in snapshot.files().filter(|p| tables::by_name(&p.table).is_some()) {
            if pinned && !lake.is_remote() && part.path != lake.root().join(&part.file) {
                let reason = "the last commit waits for readers before its files are moved into their places; try again, or use `tracemill compact`, which waits for them";
                return Err(Error::Refused(format!("{}: {reason}", part.path.display())));
            }
            files.entry(part.table.clone()).or_default().push(part.file.clone());
        }
        let Some(own) = root.to_str() else { return Err(Error::Refused(format!("{}: no engine reads a name that is not UTF-8", root.display()))) };
        let (location, uri) = match location {
            Some(given) => {
                let given = given.trim_end_matches('/').to_owned();
                (given.clone(), given)
            }
            None => {
                let uri = Url::from_directory_path(&root).map_err(|()| Error::Refused(format!("{}: cannot be written as a URI", root.display())))?;
                (own.to_owned(), uri.as_str().trim_end_matches('/').to_owned())
            }
        };
        Ok(Source { location, uri, commit: snapshot.commit, files, is_pinned: pinned })
    }

    /// The lake's folder.
    pub(super) fn location(&self) -> &str {
        &self.location
    }

    /// The lake's folder as a URI.
    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    pub(super) fn is_pinned(&self) -> bool {
        self.is_pinned
    }

    pub(super) fn commit(&self) -> u64 {
        self.commit
    }

    /// Whether the lake has files of a table.
    pub(super) fn has(&self, table: &Table) -> bool {
        self.files.contains_key(table.name)
    }

    /// The names of a table's files, in full.
    pub(super) fn files(&self, table: &Table) -> impl Iterator<Item = String> {
        self.files.get(table.name).into_iter().flatten().map(|file| format!("{}/{file}", self.location))
    }

    /// The files to be read of a table: the pattern of their names, or each of them.
    pub(super) fn patterns(&self, table: &Table) -> Vec<String> {
        if self.is_pinned {
            self.files(table).collect()
        } else {
            // a Delta log beside the days has Parquet files, too
            vec![format!("{}/{}/date=*/*.parquet", self.location, table.name)]
        }
    }

    /// Refuses a folder that an engine would take for a pattern.
    pub(super) fn check_pattern(&self) -> Result<(), Error> {
        if self.location.contains(PATTERN) {
            return Err(Error::Refused(format!(
                "{}: the engine takes this name for a pattern; give the lake another, or a link to it with --location",
                self.location
            )));
        }
        Ok(())
    }

    /// Refuses what the engine has no words for.
    pub(super) fn check_unpinned(&self) -> Result<(), Error> {
        if self.is_pinned {
            let reason = "--pinned is for duckdb, clickhouse, pandas and polars, which can be given names of files; other engines read one commit with `tracemill export delta`";
            return Err(Error::Refused(reason.to_owned()));
        }
        Ok(())
    }
}
