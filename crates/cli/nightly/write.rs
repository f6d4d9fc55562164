//! Writes a night's files into a folder: every report as CSV and Parquet, the page, the timelines that it links to. The same lake gives the
//! same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use tracemill_query::page::{self, Ask, Beside, Period, Window};
use tracemill_query::{Answer, Catalog, Format, QueryError, Report, Timeline, render};

use super::record::{FileRecord, LeftOut, ReportRecord, Summary};
use crate::failure::Failure;
use crate::report::write_file;

/// Folder of the timelines, below the night's.
const RUNS: &str = "runs";
/// Longest name of a timeline's file, without its ending.
const NAME: usize = 100;

/// What was written.
#[derive(Debug, Default)]
pub struct Written {
    pub reports: Vec<ReportRecord>,
    pub left_out: Vec<LeftOut>,
    pub pages: Vec<FileRecord>,
    pub summary: Summary,
    pub times: Vec<(&'static str, Duration)>,
}

/// The window in which the nightly asks a report.
fn window(report: &Report) -> Window {
    if report.whole_lake { Window::Lake } else { Window::Period }
}

/// Writes all of it.
pub fn night(catalog: &Catalog, reports: &[Report], period: &Period, mut beside: Beside, folder: &Path) -> Result<Written, Failure> {
    let mut written = Written::default();
    let started = Instant::now();
    let of_page = page::asks();
    let of_reports: BTreeSet<Ask> = reports.iter().map(|r| Ask::of(&r.name, window(r))).collect();
    let asks: BTreeSet<Ask> = of_page.union(&of_reports).cloned().collect();
    let files: Mutex<Vec<ReportRecord>> = Mutex::default();
    let each = |ask: &Ask, answer: &Answer| -> Result<bool, Failure> {
        if of_reports.contains(ask) {
            let record = report_files(ask, answer, folder)?;
            files.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(record);
        }
        Ok(of_page.contains(ask))
    };
    // the timelines are drawn as soon as it is known which, while the other questions are answered
    let (answers, drawn) = thread::scope(|scope| {
        let (tell, told) = mpsc::channel::<Vec<String>>();
        let draw = scope.spawn(move || timelines(catalog, &told.recv().unwrap_or_default(), folder));
        let answers = page::ask_all(catalog, reports, &asks, period, &|ask, answer| {
            if let Some(ids) = page::conversations(ask, answer) {
                let _ = tell.send(ids);
            }
            each(ask, answer)
        });
        drop(tell);
        (answers, draw.join().unwrap_or_else(|_| Err(anyhow!("drawing the timelines ended").into())))
    });
    let (answers, drawn) = (answers?, drawn?);
    (beside.runs, written.pages) = (drawn.addresses, drawn.pages);
    written.reports = files.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    written.reports.sort_by(|a, b| a.report.cmp(&b.report));
    let left_out = answers.refused().filter(|(ask, _)| of_reports.contains(ask));
    written.left_out = left_out.map(|(ask, reason)| LeftOut { report: ask.report.clone(), reason: reason.to_owned() }).collect();
    written.times.push(("reports", started.elapsed()));
    written.times.push(("timelines", drawn.time));

    let started = Instant::now();
    beside.files = true;
    let html = page::page(&answers, period, &beside)?;
    written.pages.insert(0, file(folder, "index.html", html.as_bytes())?);
    written.summary = page::headline(&answers).into();
    written.times.push(("page", started.elapsed()));
    Ok(written)
}

fn report_files(ask: &Ask, answer: &Answer, folder: &Path) -> Result<ReportRecord, Failure> {
    let mut record = ReportRecord {
        report: ask.report.clone(),
        window: if ask.window == Window::Lake { "lake" } else { "period" }.to_owned(),
        rows: answer.height() as u64,
        files: Vec::new(),
    };
    for format in [Format::Csv, Format::Parquet] {
        record.files.push(file(folder, &format!("{}.{}", ask.report, format.extension()), &render(answer, format, None)?)?);
    }
    Ok(record)
}

fn file(folder: &Path, name: &str, bytes: &[u8]) -> Result<FileRecord, Failure> {
    write_file(&folder.join(name), bytes)?;
    Ok(FileRecord { file: name.to_owned(), bytes: bytes.len() as u64 })
}

/// The timelines as they were written.
#[derive(Debug, Default)]
struct Drawn {
    /// Address of each conversation's.
    addresses: BTreeMap<String, String>,
    pages: Vec<FileRecord>,
    time: Duration,
}

/// Writes the timelines.
fn timelines(catalog: &Catalog, ids: &[String], folder: &Path) -> Result<Drawn, Failure> {
    let started = Instant::now();
    let (mut addresses, mut pages) = (BTreeMap::new(), Vec::new());
    let mut taken = BTreeSet::new();
    let timelines = Timeline::several(catalog, ids)?;
    if !timelines.is_empty() {
        let runs = folder.join(RUNS);
        std::fs::create_dir_all(&runs).with_context(|| format!("{}", runs.display()))?;
    }
    for (timeline, page) in timelines.iter().zip(drawn(&timelines)) {
        let mut name = file_name(timeline.conversation());
        // ids may differ by what file systems do not tell apart
        while !taken.insert(name.to_lowercase()) {
            name.push('_');
        }
        let path = format!("{RUNS}/{name}.html");
        pages.push(file(folder, &path, page?.as_bytes())?);
        let _ = addresses.insert(timeline.conversation().to_owned(), path);
    }
    Ok(Drawn { addresses, pages, time: started.elapsed() })
}

/// The timelines as pages, each thread drawing a share of them.
fn drawn(timelines: &[Timeline]) -> Vec<Result<String, QueryError>> {
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    thread::scope(|scope| {
        let shares = timelines.chunks(timelines.len().div_ceil(threads).max(1));
        let draw = |share: &[Timeline]| share.iter().map(Timeline::page).collect::<Vec<_>>();
        let drawing: Vec<_> = shares.map(|share| (share.len(), scope.spawn(move || draw(share)))).collect();
        let ended = |len| (0..len).map(|_| Err(QueryError::EngineStopped("a thread that drew pages ended".to_owned()))).collect();
        drawing.into_iter().flat_map(|(len, pages)| pages.join().unwrap_or_else(|_| ended(len))).collect()
    })
}

/// A conversation's id as the name of a file, of characters that mean nothing to any file system or address: an id may hold anything.
fn file_name(id: &str) -> String {
    let plain: String = id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).take(NAME).collect();
    if plain.is_empty() { "_".to_owned() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_harmless_file_name() {
        for (id, want) in [("01a2-b", "01a2-b"), ("../../etc/passwd", "______etc_passwd"), ("a?b#c%2e", "a_b_c_2e"), ("", "_"), ("é\u{202e}", "__")]
        {
            assert_eq!(file_name(id), want);
        }
        assert_eq!(file_name(&"x".repeat(500)).len(), NAME);
    }
}
