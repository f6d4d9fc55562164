//! One try: bytes become a file, which is read the whole way from detection to rows, with a limit of time.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tracemill_ingest::{Input, Options, Silent, read};

use crate::rows;

/// No file of the size of a sample takes so long, however busy the machine is.
const LIMIT: Duration = Duration::from_secs(60);

/// Where the tries are made.
pub struct Trial {
    folder: TempDir,
}

/// What was made of a file.
#[derive(Debug, Default)]
pub struct Found {
    /// Its rows as numbers, sorted.
    pub rows: Vec<u64>,
    /// Its form, in the ledger's word.
    pub format: String,
    /// How much was set aside.
    pub set_aside: u64,
    /// The first of that: position and reason.
    pub examples: Vec<(String, String)>,
    /// Warnings.
    pub warnings: Vec<String>,
    /// How long it took.
    pub millis: u128,
}

impl Found {
    /// What was said of the file.
    pub fn told(&self) -> String {
        format!("read as {}, {} set aside: {:?}, warnings: {:?}", self.format, self.set_aside, self.examples, self.warnings)
    }
}

impl Trial {
    /// In a folder in memory where the system has one.
    pub fn new() -> Trial {
        let memory = Path::new("/dev/shm");
        let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        Trial { folder: made.unwrap() }
    }

    /// Reads bytes as a file whose name ends so. What is wrong is a panic, or that it takes too long.
    pub fn read(&self, ending: &str, bytes: &[u8]) -> Result<Found, String> {
        let input = input(&self.write(ending, bytes));
        let (ended, end) = mpsc::channel();
        let begun = Instant::now();
        // a thread for each, because one that hangs cannot be stopped
        let worker = std::thread::spawn(move || {
            let found = found(&input);
            let _ = ended.send(());
            found
        });
        if let Err(RecvTimeoutError::Timeout) = end.recv_timeout(LIMIT) {
            return Err(format!("not read after {LIMIT:?}"));
        }
        let found = worker.join().map_err(|panic| {
            let words = panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(|w| (*w).to_owned()));
            format!("a panic: {}", words.unwrap_or_default())
        })?;
        Ok(Found { millis: begun.elapsed().as_millis(), ..found })
    }

    /// Writes a file whose name ends so.
    pub fn write(&self, ending: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(format!("archive.{ending}"));
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// An empty folder; there is none before it any more.
    pub fn new_folder(&self) -> PathBuf {
        let path = self.folder.path().join("lake");
        if path.exists() {
            std::fs::remove_dir_all(&path).unwrap();
        }
        path
    }

    /// Keeps a file for who wants to see what went wrong; gives its path.
    pub fn keep(&self, name: &str, bytes: &[u8]) -> String {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("damaged");
        std::fs::create_dir_all(&folder).unwrap();
        let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
        let path = folder.join(format!("{:016x}-{name}", rows::hash(bytes)));
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }
}

/// A file as a source.
pub fn input(path: &Path) -> Input {
    Input { path: Some(path.to_owned()), bytes: std::fs::metadata(path).unwrap().len(), modified_ns: 1, far: None }
}

fn found(input: &Input) -> Found {
    let rows: Arc<Mutex<Vec<u64>>> = Arc::default();
    let mut read =
        read(std::slice::from_ref(input), &Options::default(), &Silent, &|table, batch| rows::add(table.name, batch, &mut rows.lock().unwrap()))
            .unwrap();
    let source = read[0].source.clone();
    let warnings = read.remove(0).told.warnings;
    let mut rows = std::mem::take(&mut *rows.lock().unwrap());
    rows.sort_unstable();
    Found {
        rows,
        format: source.format,
        set_aside: source.set_aside,
        examples: source.examples.into_iter().map(|e| (e.position, e.reason)).collect(),
        warnings: warnings.all().0.map(str::to_owned).collect(),
        millis: 0,
    }
}
