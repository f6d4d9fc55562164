//! What a page, or a night, asks of a lake: reports over stretches of time. Border: questions and their answers; what is made of them is
//! others' business.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::answer::Answer;
use crate::catalog::Catalog;
use crate::error::QueryError;
use crate::filters::{FilterWords, Filters};
use crate::report::Report;

/// A stretch of time, seen from a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Window {
    /// The period itself.
    Period,
    /// As long a stretch before it.
    Before,
    /// Seven times as long a stretch before it.
    Week,
    /// All time.
    Lake,
}

/// The period that a page is about, and all filters but its ends.
#[derive(Debug, Clone)]
pub struct Period {
    words: FilterWords,
    zone: TimeZone,
    since: Timestamp,
    until: Timestamp,
    before: Timestamp,
    week: Timestamp,
}

impl Period {
    /// The day before `date`, in the zone of the words: from its first instant to the first of `date`. A day that the zone has left out is none; the
    /// one before it stands in its place. `--since` and `--until` among the words stand in for either end; ages count back from `now`.
    pub fn night(words: &FilterWords, date: Date, now: Timestamp) -> Result<Period, QueryError> {
        let typed = Filters::parse(words, now)?;
        let zone = zone(&typed)?;
        let start = |date: Date| date.to_zoned(zone.clone()).map(|z| z.timestamp()).map_err(|e| out_of_range("--date", &date, &e));
        let earlier = |date: Date| date.yesterday().map_err(|e| out_of_range("--date", &date, &e));
        let (first, mut day_before) = (start(date)?, earlier(date)?);
        // a zone can have left a day out, which then begins no earlier than the next
        while start(day_before)? >= first {
            day_before = earlier(day_before)?;
        }
        let given = |ns: Option<i64>| ns.map(|ns| Timestamp::from_nanosecond(ns.into()).map_err(|e| out_of_range("--since", &ns, &e))).transpose();
        let since = given(typed.since())?.map_or_else(|| start(day_before), Ok)?;
        let until = given(typed.until())?.unwrap_or(first);
        Period::new(words, since, until)
    }

    /// From `since` to before `until`.
    pub fn new(words: &FilterWords, since: Timestamp, until: Timestamp) -> Result<Period, QueryError> {
        let words = FilterWords { since: Some(since.to_string()), until: Some(until.to_string()), ..words.clone() };
        let zone = zone(&Filters::parse(&words, until)?)?;
        let words = FilterWords { since: None, until: None, ..words };
        let (before, week) = before(&zone, since, until).ok_or_else(|| out_of_range("--since", &since, &"nothing lies before it"))?;
        Ok(Period { words, zone, since, until, before, week })
    }

    /// Its beginning.
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// Its end, which is not in it.
    pub fn until(&self) -> Timestamp {
        self.until
    }

    /// The zone of its days.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The filters of a window.
    pub fn filters(&self, window: Window) -> Result<Filters, QueryError> {
        let (since, until) = match window {
            Window::Period => (Some(self.since), Some(self.until)),
            Window::Before => (Some(self.before), Some(self.since)),
            Window::Week => (Some(self.week), Some(self.since)),
            Window::Lake => (None, None),
        };
        let words = FilterWords { since: since.map(|t| t.to_string()), until: until.map(|t| t.to_string()), ..self.words.clone() };
        Filters::parse(&words, self.until)
    }

    /// What it is: a day of its zone, or some other stretch.
    pub(super) fn noun(&self) -> &'static str {
        let (from, to) = (self.since.to_zoned(self.zone.clone()), self.until.to_zoned(self.zone.clone()));
        let midnight = |z: &jiff::Zoned| z.start_of_day().is_ok_and(|start| start == *z);
        if midnight(&from) && midnight(&to) && from.date().tomorrow().is_ok_and(|next| next == to.date()) { "day" } else { "period" }
    }

    /// How many of the seven stretches before the period begin on or after the day.
    pub(super) fn stretches_since(&self, day: &str) -> i64 {
        let Ok(first) = day.parse::<Date>().and_then(|d| d.to_zoned(self.zone.clone())) else { return 7 };
        let length = self.until.duration_since(self.since).as_secs().max(1);
        // half a stretch to spare: days are not all of one length
        let covered = self.since.duration_since(first.timestamp()).as_secs() + length / 2;
        (covered / length).clamp(0, 7)
    }
}

/// The beginnings of as long a stretch before, and of the seven before. Whole days are days of the calendar, whatever the clock does.
fn before(zone: &TimeZone, since: Timestamp, until: Timestamp) -> Option<(Timestamp, Timestamp)> {
    let (from, to) = (since.to_zoned(zone.clone()), until.to_zoned(zone.clone()));
    let midnight = |z: &jiff::Zoned| z.start_of_day().is_ok_and(|start| start == *z);
    if midnight(&from) && midnight(&to) {
        let days = i64::from(from.date().until(to.date()).ok()?.get_days());
        let earlier = |days: i64| from.checked_sub(Span::new().try_days(days).ok()?).ok().map(|z| z.timestamp());
        // a day that the zone has left out is none
        let back = |times: i64| earlier(days.checked_mul(times)?).filter(|t| *t < since).or_else(|| earlier(days.checked_mul(times)? + 1));
        return back(1).zip(back(7));
    }
    let length = until.duration_since(since);
    let back = |times: i32| since.checked_sub(length.checked_mul(times)?).ok();
    back(1).zip(back(7))
}

fn zone(filters: &Filters) -> Result<TimeZone, QueryError> {
    TimeZone::get(filters.timezone()).map_err(|e| out_of_range("--timezone", &filters.timezone(), &e))
}

fn out_of_range(option: &'static str, value: &dyn ToString, reason: &dyn ToString) -> QueryError {
    QueryError::Value { option, value: value.to_string(), reason: reason.to_string() }
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ask {
    /// Name of a report.
    pub report: String,
    /// Words of `--by`, joined by commas; none for the report's own grouping.
    pub by: String,
    /// `--top`.
    pub top: Option<NonZeroUsize>,
    /// Of which time.
    pub window: Window,
}

impl Ask {
    /// A report as it stands.
    pub fn of(report: &str, window: Window) -> Ask {
        Ask { report: report.to_owned(), by: String::new(), top: None, window }
    }

    pub(super) fn by(report: &str, by: &str, window: Window) -> Ask {
        Ask { by: by.to_owned(), ..Ask::of(report, window) }
    }

    pub(super) fn top(self, top: usize) -> Ask {
        Ask { top: NonZeroUsize::new(top), ..self }
    }
}

/// Questions and what came of them: an answer, or why there can be none.
#[derive(Debug, Default)]
pub struct Answers(BTreeMap<Ask, Result<Answer, String>>);

impl Answers {
    /// The answer; `None` where it was not asked, or where there can be none.
    pub fn get(&self, ask: &Ask) -> Option<&Answer> {
        self.0.get(ask)?.as_ref().ok()
    }

    /// Questions that have no answer here, and why: most of all that a filter has nothing to hold on to.
    pub fn refused(&self) -> impl Iterator<Item = (&Ask, &str)> {
        self.0.iter().filter_map(|(ask, outcome)| Some((ask, outcome.as_ref().err()?.as_str())))
    }
}

/// Puts the questions, several at a time, to one state of the lake. `each` sees every answer as it comes, in any order, and says whether
/// it is to be kept. A question about a report that is not among `reports` is refused, as is one that the filters do not fit.
pub fn ask_all<E: From<QueryError> + Send>(
    catalog: &Catalog,
    reports: &[Report],
    asks: &BTreeSet<Ask>,
    period: &Period,
    each: &(dyn Fn(&Ask, &Answer) -> Result<bool, E> + Sync),
) -> Result<Answers, E> {
    let asks: Vec<&Ask> = asks.iter().collect();
    let next = AtomicUsize::new(0);
    let answers = Mutex::new(Answers::default());
    let work = || -> Result<(), E> {
        while let Some(ask) = asks.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = answer(catalog, reports, ask, period)?;
            let keep = if let Ok(answer) = &outcome { each(ask, answer)? } else { true };
            if keep {
                let mut held = answers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                let _ = held.0.insert((*ask).clone(), outcome);
            }
        }
        Ok(())
    };
    let workers = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(asks.len()).max(1);
    thread::scope(|scope| {
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let ended = running.into_iter().map(|w| w.join().unwrap_or_else(|_| Err(QueryError::EngineStopped("a worker ended".to_owned()).into())));
        ended.collect::<Result<Vec<()>, E>>()
    })?;
    Ok(answers.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
}

fn answer(catalog: &Catalog, reports: &[Report], ask: &Ask, period: &Period) -> Result<Result<Answer, String>, QueryError> {
    let Some(report) = reports.iter().find(|r| r.name == ask.report) else { return Ok(Err(format!("there is no report {}", ask.report))) };
    let by = if ask.by.is_empty() { Vec::new() } else { vec![ask.by.clone()] };
    match catalog.report_top(report, &period.filters(ask.window)?, &by, ask.top) {
        Ok(answer) => Ok(Ok(answer)),
        Err(error @ (QueryError::Filter { .. } | QueryError::By { .. } | QueryError::Top { .. })) => Ok(Err(error.to_string())),
        Err(error) => Err(error.of_report(&ask.report)),
    }
}
