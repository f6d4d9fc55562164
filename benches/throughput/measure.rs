//! One command as a whole process: wall time, CPU time, peak memory, and the Parquet that it leaves behind.
//!
//! Figures are read from `/proc`, so it runs on Linux. A process that has ended stays readable there until it is waited for, so its CPU
//! time is complete: all of its threads, and its children that it waited for.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a run cost.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    /// Seconds by the clock.
    pub wall: f64,
    /// Seconds of CPU, user and system, of all threads, to a hundredth.
    pub cpu: f64,
    /// Largest resident set, in megabytes.
    pub peak: f64,
    /// Bytes of Parquet written.
    pub written: u64,
}

/// Runs a command to its end. `errors` is a file that takes what it says on standard error; `answer` one for its standard output.
pub fn run(program: impl AsRef<OsStr>, words: &[String], errors: &Path, answer: Option<&Path>) -> io::Result<Cost> {
    let output = match answer {
        Some(file) => Stdio::from(File::create(file)?),
        None => Stdio::null(),
    };
    let start = Instant::now();
    let mut child = Command::new(program).args(words).stdin(Stdio::null()).stdout(output).stderr(File::create(errors)?).spawn()?;
    let mut cost = Cost::default();
    loop {
        // the memory of a process is gone before the process is
        if let Some(found) = peak_megabytes(child.id()) {
            cost.peak = found;
        }
        if let Some(state) = State::of(child.id()) {
            cost.cpu = state.cpu;
            if state.ended {
                break;
            }
        }
        std::thread::sleep(if start.elapsed() < Duration::from_millis(200) { Duration::from_micros(500) } else { Duration::from_millis(2) });
    }
    cost.wall = start.elapsed().as_secs_f64();
    let status = child.wait()?;
    if status.success() { Ok(cost) } else { Err(io::Error::other(last_line(errors).unwrap_or_else(|| status.to_string()))) }
}

/// A process as `/proc/PID/stat` tells it (proc(5)).
struct State {
    cpu: f64,
    ended: bool,
}

impl State {
    fn of(pid: u32) -> Option<State> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // the name before may hold anything; `state` is the third field
        let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        // utime, stime, cutime, cstime, at 100 ticks a second
        let ticks = field(14)? + field(15)? + field(16)? + field(17)?;
        // the first thread may end before the others
        let ended = fields.first() == Some(&"Z") && field(20)? <= 1;
        Some(State { cpu: ticks as f64 / 100.0, ended })
    }
}

fn peak_megabytes(pid: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok()? / 1000.0)
}

fn last_line(file: &Path) -> Option<String> {
    let text = fs::read(file).ok()?;
    String::from_utf8_lossy(&text).lines().rfind(|l| !l.trim().is_empty()).map(str::to_owned)
}

/// Bytes of the files below a folder whose names end so.
pub fn bytes_below(folder: &Path, ending: &str) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries.flatten().map(|e| (e.path(), e.metadata())).fold(0, |sum, (path, metadata)| match metadata {
        Ok(m) if m.is_dir() => sum + bytes_below(&path, ending),
        Ok(m) if path.extension().is_some_and(|e| e == ending) => sum + m.len(),
        _ => sum,
    })
}

/// The middle of some figures.
pub fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = figures.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    match sorted.as_slice() {
        [] => f64::NAN,
        all if all.len() % 2 == 1 => all[all.len() / 2],
        all => f64::midpoint(all[all.len() / 2 - 1], all[all.len() / 2]),
    }
}
