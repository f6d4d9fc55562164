//! What the environment sets, and where programs and files lie.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Names the size of archives made on the spot, in megabytes of JSON.
const MEGABYTES: &str = "TRACEMILL_BENCH_MB";

/// Settings of a run.
pub struct Settings {
    /// The program that is measured: `$TRACEMILL`, else the one beside this.
    pub tracemill: PathBuf,
    /// This program, which is a measured command itself where floors are.
    pub own: PathBuf,
    /// Folder for everything made on the way.
    pub folder: PathBuf,
    /// The repository.
    pub home: PathBuf,
    /// Bytes of JSON in an archive made on the spot.
    pub bytes: u64,
    /// Rounds, where they are set.
    pub rounds: Option<usize>,
    /// An archive that is there already: `{traces,logs,metrics}.{jsonl,pb}`.
    pub archive: Option<PathBuf>,
    /// The driver of otlp2records, if built.
    pub peer: Option<PathBuf>,
    /// A Python with peers in it.
    pub python: Option<PathBuf>,
    /// Largest size of the growth table, in megabytes: a gigabyte, or ten where those are asked for; below it for a look.
    pub most: u64,
    /// Rows in the odd shapes.
    pub many: u64,
}

impl Settings {
    pub fn from_environment() -> io::Result<Settings> {
        let own = std::env::current_exe()?;
        let built = own.parent().unwrap_or(Path::new("."));
        let path = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let number = |name: &str| std::env::var(name).ok().and_then(|v| v.parse::<u64>().ok());
        let big = std::env::var("TRACEMILL_BENCH_BIG").is_ok_and(|v| v == "1");
        Ok(Settings {
            tracemill: path("TRACEMILL").unwrap_or_else(|| built.join("tracemill")),
            folder: built.join("throughput-files"),
            home: Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."),
            bytes: number(MEGABYTES).unwrap_or(100) * 1_000_000,
            rounds: number("TRACEMILL_BENCH_ROUNDS").map(|r| r.max(1) as usize),
            archive: path("TRACEMILL_BENCH_ARCHIVE"),
            peer: path("TRACEMILL_PEER").filter(|p| p.exists()),
            python: path("TRACEMILL_PEER_PYTHON").filter(|p| p.exists()),
            most: number(MEGABYTES).unwrap_or(if big { 10_000 } else { 1000 }),
            many: number("TRACEMILL_BENCH_MANY").unwrap_or(1_000_000),
            own,
        })
    }

    /// A path below the folder.
    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The Python of the peers, if it has the module.
    pub fn python_with(&self, module: &str) -> Option<&Path> {
        let python = self.python.as_deref()?;
        let tried = Command::new(python).args(["-c", &format!("import {module}")]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        tried.is_ok_and(|s| s.success()).then_some(python)
    }

    /// Real telemetry of Codex.
    pub fn captures(&self) -> PathBuf {
        self.home.join("data/sample")
    }

    /// A script of `benches/peers`.
    pub fn script(&self, name: &str) -> PathBuf {
        self.home.join("benches/peers").join(name)
    }

    /// Where a command's standard error goes.
    pub fn errors(&self) -> PathBuf {
        self.at("errors.txt")
    }
}

/// A path as a word of a command.
pub fn word(path: &Path) -> String {
    path.display().to_string()
}
