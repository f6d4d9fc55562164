//! One command as a whole process: wall time, CPU time, peak memory.

use std::io;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a run cost.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Seconds by the clock.
    pub wall: f64,
    /// Seconds of CPU, user and system, of all threads.
    pub cpu: f64,
    /// Largest resident set, in megabytes.
    pub peak: f64,
}

impl Cost {
    /// A row of the table; `bytes` gives the throughput.
    pub fn line(&self, what: &str, bytes: Option<u64>) -> String {
        let rate = bytes.map_or_else(String::new, |b| format!("{:.0}", b as f64 / 1e6 / self.cpu));
        format!("| {what} | {:.2} | {:.2} | {rate} | {:.0} |", self.wall, self.cpu, self.peak)
    }
}

/// Runs a command to its end. Its figures are read from `/proc` until it is gone; the last reading is at most a millisecond old.
pub fn run(program: &str, words: &[&str]) -> io::Result<Cost> {
    let start = Instant::now();
    let mut child = Command::new(program).args(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let (mut cpu, mut peak) = (0.0, 0.0);
    let status = loop {
        if let Some(found) = cpu_seconds(child.id()) {
            cpu = found;
        }
        if let Some(found) = peak_megabytes(child.id()) {
            peak = found;
        }
        match child.try_wait()? {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    };
    if !status.success() {
        return Err(io::Error::other(format!("{program} {} ended with {status}", words.join(" "))));
    }
    Ok(Cost { wall: start.elapsed().as_secs_f64(), cpu, peak })
}

/// utime and stime, fields 14 and 15 of `/proc/PID/stat` (proc(5)), at 100 ticks a second.
fn cpu_seconds(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(") ")?.1.split(' ').skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) / 100.0)
}

fn peak_megabytes(pid: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok()? / 1000.0)
}

/// The run of median CPU time.
pub fn median(costs: &[Cost]) -> Cost {
    let mut sorted = costs.to_vec();
    sorted.sort_by(|a, b| a.cpu.total_cmp(&b.cpu));
    sorted[sorted.len() / 2]
}
