//! `tracemill nightly`: ingest, then the night's folder: every report as CSV and Parquet, the page, the timelines that it links to, and
//! `run.json`. Nights that late data changed are written anew. The same lake, after the same nights, gives the same bytes.

mod folder;
mod nights;
mod record;
mod state;
mod write;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::civil::Date;
use jiff::{Timestamp, Zoned};
use tracemill_model::lake::{Entry, LakeError, SetAside as Told, Snapshot};
use tracemill_model::tables;
use tracemill_query::page::{Aside, Beside, LateDay, Period};
use tracemill_query::{Catalog, FilterWords, Filters, Report};

use crate::args::{NightlyArgs, say};
use crate::failure::{End, Failure};
use crate::ingest::{self, Taken};
use crate::plan::reports;
use crate::reasons::Reasons;
use crate::{lake_path, report};
use folder::Nights;
use record::{ByTable, Commits, InputRecord, Inputs, Options, PeriodRecord, Record, SCHEMA, SetAside, TableRecord, Versions};

/// Set-asides that the page lists.
const LISTED: usize = 20;

/// Runs `tracemill nightly`.
pub fn run(args: &NightlyArgs) -> Result<End, Failure> {
    let (now, started) = (Timestamp::now(), Instant::now());
    let reports = reports(&args.queries)?;
    let words = args.filters.words();
    let date = args.date.map_or_else(|| today(&words, now), Ok)?;
    let period = Period::night(&words, date, now)?;
    // a folder that cannot be written is said before the work, not after it
    let nights = Nights::open(&args.out)?;
    let before = lake_path::existing(args.ingest.lake.lake.as_deref())?.map(|lake| lake.snapshot()).transpose()?.unwrap_or_default();
    let (days_before, tables_before, commit_before) = (state::days(&before), state::tables(&before), before.commit);
    drop(before);
    let taken = ingest::take(&args.ingest)?;
    let (catalog, snapshot) = (Catalog::open(&taken.lake)?.for_many_questions(), taken.lake.snapshot()?);
    let run = Run { nights, catalog, snapshot, reports, words, date, reasons: Reasons::of(&taken.lake) };
    let days = state::days(&run.snapshot);
    let end = if taken.summary.set_aside() == 0 { End::Done } else { End::SetAside };
    let mut record = Record {
        schema: SCHEMA,
        date: date.to_string(),
        period: period_record(&period),
        versions: run.versions(),
        started: now.to_string(),
        options: Options { command: std::env::args().skip(1).collect(), lake: taken.lake.name(), out: args.out.display().to_string() },
        inputs: inputs(&taken, &run.reasons),
        tables: changes(&tables_before, &state::tables(&run.snapshot)),
        commits: Commits { before: commit_before, after: run.snapshot.commit },
        semantic_tables: if taken.built.is_some() { "built" } else { "unchanged" }.to_owned(),
        days_touched: state::touched(&days_before, &days),
        exit_code: u8::from(end == End::SetAside),
        days,
        ..Record::default()
    };
    record.set_aside.run = taken.summary.set_aside();
    let mut seconds = BTreeMap::from([("ingest".to_owned(), taken.raw_time), ("semantic".to_owned(), taken.semantic_time)]);
    let late_started = Instant::now();
    record.nights_rewritten = run.rewrite_late(&record.days)?.iter().map(Date::to_string).collect();
    let _ = seconds.insert("nights_rewritten".to_owned(), late_started.elapsed());
    run.write(&mut record, &period, &mut seconds)?;
    record.peak_memory_bytes = peak_memory();
    let _ = seconds.insert("total".to_owned(), started.elapsed());
    record.seconds = seconds.into_iter().map(|(step, time)| (step, (time.as_secs_f64() * 1e3).round() / 1e3)).collect();
    record.finished = Timestamp::now().to_string();
    run.settle(&record)?;
    tell(&record, &run.nights.night(date).join("index.html").display().to_string());
    Ok(end)
}

/// Today in the zone of the words.
pub fn today(words: &FilterWords, now: Timestamp) -> Result<Date, Failure> {
    let zone = Filters::parse(&FilterWords { timezone: words.timezone.clone(), ..FilterWords::default() }, now)?.timezone().to_owned();
    Ok(Zoned::new(now, jiff::tz::TimeZone::get(&zone).map_err(Failure::usage)?).date())
}

/// What stands in the quarantine: the largest entries, and how many there are.
pub fn set_aside(snapshot: &Snapshot, reasons: &Reasons) -> Result<(Vec<Aside>, u64), Failure> {
    let entries: Vec<Entry> =
        snapshot.quarantine().entries()?.filter(|e| e.as_ref().map_or(true, Entry::is_open)).collect::<Result<_, LakeError>>()?;
    let total = entries.len() as u64;
    let mut entries: Vec<(u64, String, Aside)> = entries
        .into_iter()
        .map(|entry| {
            let place = entry.places.first();
            let (source, position) = (place.map(|p| p.path.clone()), place.map(|p| p.position.clone()));
            let aside =
                Aside { source: source.unwrap_or_default(), position: position.unwrap_or_default(), bytes: entry.bytes, reason: entry.reason };
            (entry.bytes, entry.id, aside)
        })
        .collect();
    entries.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let shown = |(.., aside): (u64, String, Aside)| Aside { reason: reasons.shown(&aside.reason), ..aside };
    Ok((entries.into_iter().take(LISTED).map(shown).collect(), total))
}

/// A run whose lake is up to date.
struct Run {
    nights: Nights,
    catalog: Catalog,
    snapshot: Snapshot,
    reports: Vec<Report>,
    words: FilterWords,
    date: Date,
    reasons: Reasons,
}

impl Run {
    fn versions(&self) -> Versions {
        let built = self.snapshot.built_with.as_ref();
        Versions {
            tracemill: env!("CARGO_PKG_VERSION").to_owned(),
            prices: built.map(|b| b.prices.clone()),
            dialects: built.map(|b| b.dialects.clone()),
        }
    }

    /// Writes the night, unless its files are what they would be.
    fn write(&self, record: &mut Record, period: &Period, seconds: &mut BTreeMap<String, Duration>) -> Result<(), Failure> {
        self.fill(record, self.date, period)?;
        let folder = self.nights.night(self.date);
        if let Some(old) = Record::read(&folder).filter(|old| old.made_from == record.made_from && old.is_whole(&folder)) {
            let Record { reports, reports_left_out, pages, summary, period_rows, written_at, .. } = old;
            *record = Record { reports, reports_left_out, pages, summary, period_rows, written_at, reused: true, ..record.clone() };
            return Ok(());
        }
        let written = self.make(record, self.date, period)?;
        seconds.extend(written.iter().map(|(step, time)| ((*step).to_owned(), *time)));
        Ok(())
    }

    /// What the record says of the lake beside a night.
    fn fill(&self, record: &mut Record, date: Date, period: &Period) -> Result<(), Failure> {
        let earlier = self.nights.dates()?.into_iter().rev().filter(|d| *d < date).find_map(|d| Record::read(&self.nights.night(d)));
        let late = earlier.map_or_else(Vec::new, |earlier| state::late(&earlier.days, earlier.commits.after, &self.snapshot, period));
        record.made_from = state::fingerprint(&self.snapshot, &self.reports, period, &self.words, &late);
        record.late_days = late.into_iter().map(|l| (l.day, l.records)).collect();
        record.set_aside = SetAside { lake: set_aside(&self.snapshot, &self.reasons)?.1, ..record.set_aside };
        Ok(())
    }

    /// Makes a night's files in a folder of their own, and says in the record what they are.
    fn make(&self, record: &mut Record, date: Date, period: &Period) -> Result<Vec<(&'static str, Duration)>, Failure> {
        let (aside, total) = set_aside(&self.snapshot, &self.reasons)?;
        let dates = self.nights.dates()?;
        let page_of = |day: &str| {
            let night = day.parse::<Date>().and_then(|d| d.tomorrow()).ok()?;
            dates.contains(&night).then(|| format!("../{night}/index.html"))
        };
        let late = record.late_days.iter();
        let beside = Beside {
            release: env!("CARGO_PKG_VERSION").to_owned(),
            prices: self.catalog.prices().map(str::to_owned),
            late: late.map(|(day, records)| LateDay { day: day.clone(), records: records.clone(), page: page_of(day) }).collect(),
            set_aside: aside,
            set_aside_total: total,
            ..Beside::default()
        };
        let written = write::night(&self.catalog, &self.reports, period, beside, &self.nights.begin(date)?)?;
        for left_out in &written.left_out {
            say(&format!("{} is left out: {}", left_out.report, left_out.reason));
        }
        record.written_at = self.snapshot.commit;
        record.period_rows = self.period_rows(period)?;
        record.reports = written.reports;
        record.reports_left_out = written.left_out;
        record.pages = written.pages;
        record.summary = written.summary;
        Ok(written.times)
    }

    /// Rows of the raw tables within a period.
    fn period_rows(&self, period: &Period) -> Result<ByTable, Failure> {
        let filters = Filters::parse(
            &FilterWords { since: Some(period.since().to_string()), until: Some(period.until().to_string()), ..FilterWords::default() },
            period.until(),
        )?;
        let mut rows = ByTable::new();
        for table in tables::RAW {
            let answer = self.catalog.sql(&format!("SELECT COUNT(*) AS n FROM {}", table.name), &filters)?;
            let _ = rows.insert(table.name.to_owned(), answer.sum("n").and_then(|n| u64::try_from(n).ok()).unwrap_or(0));
        }
        Ok(rows)
    }

    /// Writes older nights anew whose period has other rows now than when they were written; gives which.
    fn rewrite_late(&self, days: &BTreeMap<String, ByTable>) -> Result<Vec<Date>, Failure> {
        let mut rewritten = Vec::new();
        for date in self.nights.dates()?.into_iter().filter(|d| *d < self.date) {
            let folder = self.nights.night(date);
            let Some(mut record) = Record::read(&folder) else { continue };
            let Ok(period) = record.period.read(&self.words) else { continue };
            // most nights are told apart by the days that have changed; the rest by a count, and rows may have been replaced by as many
            let mut changed = state::touched(&record.days, days);
            changed.extend(state::changed(&self.snapshot, record.written_at, false));
            let replaced = state::overlaps(&period, &state::changed(&self.snapshot, record.written_at, true));
            if !state::overlaps(&period, &changed) || !replaced && self.period_rows(&period)? == record.period_rows {
                continue;
            }
            self.fill(&mut record, date, &period)?;
            record.versions = self.versions();
            record.rewritten_by = Some(self.date.to_string());
            let _ = self.make(&mut record, date, &period)?;
            record.write(&self.nights.begun(date))?;
            self.nights.settle(date)?;
            rewritten.push(date);
        }
        Ok(rewritten)
    }

    /// Puts the night into its place, and the list of nights beside it.
    fn settle(&self, record: &Record) -> Result<(), Failure> {
        if record.reused {
            record.write(&self.nights.night(self.date))?;
        } else {
            record.write(&self.nights.begun(self.date))?;
            self.nights.settle(self.date)?;
        }
        let dates = self.nights.dates()?;
        if let Some(newest) = dates.last() {
            self.nights.point_to(*newest)?;
        }
        let listed = nights::page(&self.nights, &dates)?;
        report::write_file(&self.nights.file("index.html"), listed.as_bytes())
    }
}

impl PeriodRecord {
    fn read(&self, words: &FilterWords) -> Result<Period, Failure> {
        let words = FilterWords { timezone: Some(self.timezone.clone()), ..words.clone() };
        let time = |text: &str| text.parse::<Timestamp>().map_err(Failure::usage);
        Ok(Period::new(&words, time(&self.since)?, time(&self.until)?)?)
    }
}

fn period_record(period: &Period) -> PeriodRecord {
    let timezone = period.zone().iana_name().unwrap_or("UTC").to_owned();
    PeriodRecord { since: period.since().to_string(), until: period.until().to_string(), timezone }
}

fn inputs(taken: &Taken, reasons: &Reasons) -> Inputs {
    let shown = |e: &Told| Told { position: e.position.clone(), reason: reasons.shown(&e.reason) };
    let read = taken.summary.sources.iter().map(|s| InputRecord {
        path: s.path.clone(),
        bytes: s.bytes,
        format: s.format.clone(),
        requests: s.requests,
        records: s.records.clone(),
        duplicates: s.duplicates,
        conflicts: s.conflicts,
        timeless: s.timeless,
        set_aside: s.set_aside,
        examples: s.examples.iter().map(shown).collect(),
    });
    Inputs { unchanged: taken.summary.unchanged, read: read.collect() }
}

fn changes(before: &ByTable, after: &ByTable) -> BTreeMap<String, TableRecord> {
    let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let one = |(table, rows): (&String, &u64)| {
        let added = signed(*rows) - signed(before.get(table).copied().unwrap_or(0));
        (table.clone(), TableRecord { rows: *rows, added })
    };
    after.iter().map(one).collect()
}

/// The most memory that this process has held, in bytes; `None` where the system does not tell.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// The one line that says how the night was.
fn tell(record: &Record, page: &str) {
    let summary = &record.summary;
    let cost = summary.cost_nanousd.map_or_else(
        || "unknown cost".to_owned(),
        |nano| format!("{}{:.2} USD", if summary.unpriced_calls > 0 { "at least " } else { "" }, nano as f64 / 1e9),
    );
    let mut line = format!(
        "night of {}: {cost}, {} tokens, {} model calls ({} failed), {} tool calls ({} failed)",
        record.date, summary.total_tokens, summary.model_calls, summary.errors, summary.tool_calls, summary.tool_failures
    );
    if let Some(secrets) = summary.secrets.filter(|n| *n > 0) {
        line += &format!(", {secrets} secrets found");
    }
    line += &format!(", {} set aside", record.set_aside.run);
    if !record.nights_rewritten.is_empty() {
        line += &format!(", written anew for late data: {}", record.nights_rewritten.join(", "));
    }
    say(&format!("{line}; {page}"));
}
