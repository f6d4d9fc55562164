//! JSON from the HTTP API of Prometheus (`query`, `query_range`) and from VictoriaMetrics' `export`. Border: which documents hold samples, and
//! how; those that hold none are `refused`.
//!
//! A range selector asked of `query` (`metric[30d]`) answers with the samples as they are stored. `query_range` answers with values on a grid
//! of times, each the last within five minutes: the same sample many times. Both are a matrix; the grid tells them apart.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::number;
use super::refused::{self, NO_NAME};
use super::sample::Samples;
use crate::decode::json::{Cursor, Fields, lenient};
use crate::decode::{DecodeError, Scratch, SetAside};
use crate::rows::Rows;

type Result<T> = std::result::Result<T, DecodeError>;

const RESAMPLED: &str = "values on a grid of times, as query_range and instant queries give them: the same sample many times, and not when it was taken; \
                         they are kept and marked, and no totals are made of them: ask `query` for metric[30d], or use promtool tsdb dump-openmetrics";

const NOTHING: &str = "the query found nothing";

/// A document that holds samples.
enum Document<'a> {
    /// A list of series with one value each.
    Vector(Cursor<'a>),
    /// A list of series with values.
    Matrix(Cursor<'a>),
    /// One series as VictoriaMetrics exports it.
    Exported,
    /// One series of a matrix by itself.
    Series,
}

impl<'a> Document<'a> {
    fn of(fields: &Fields<'a>) -> Option<Document<'a>> {
        let begins = |key: &str| fields.get(key).and_then(|mut cursor| cursor.peek());
        if begins("metric") == Some(b'{') {
            return match (begins("values"), begins("timestamps")) {
                (Some(b'['), Some(b'[')) => Some(Document::Exported),
                _ => ["values", "value", "histograms", "histogram"].into_iter().any(|k| begins(k) == Some(b'[')).then_some(Document::Series),
            };
        }
        let data = match begins("data") {
            Some(b'{') => Fields::read(&mut fields.get("data")?).ok()?,
            _ => fields.clone(),
        };
        let kind = lenient::text(&mut data.get("resultType")?).ok()?;
        match kind.as_ref() {
            "vector" => data.get("result").map(Document::Vector),
            "matrix" => data.get("result").map(Document::Matrix),
            _ => None,
        }
    }
}

/// Whether a document is one of these.
pub fn recognises(fields: &Fields) -> bool {
    Document::of(fields).is_some() || refused::recognises(fields)
}

/// Reads a document.
pub fn request<'a>(fields: &Fields<'a>, scratch: &mut Scratch<'a>, rows: &mut Rows, aside: &mut SetAside) -> Result<()> {
    match Document::of(fields) {
        Some(Document::Vector(mut result)) => series(&mut result, "Prometheus query, instant vector", true, scratch, rows, aside),
        Some(Document::Matrix(mut result)) => {
            let resampled = on_a_grid(&mut result.clone())?;
            let form = if resampled { "Prometheus query_range, matrix" } else { "Prometheus query, matrix" };
            series(&mut result, form, resampled, scratch, rows, aside)
        }
        Some(Document::Exported) => {
            let mut samples = Samples::begin("VictoriaMetrics export", false, scratch, rows);
            exported(fields, &mut samples, rows, aside)
        }
        Some(Document::Series) => {
            let mut samples = Samples::begin("Prometheus series", false, scratch, rows);
            one_series(fields, &mut samples, rows, aside)
        }
        None => Err(DecodeError::syntax(fields.position(), refused::reason(fields))),
    }
}

/// A list of series. One without a name is set aside; where none has one, all of the document is.
fn series<'a>(list: &mut Cursor<'a>, form: &str, resampled: bool, scratch: &mut Scratch<'a>, rows: &mut Rows, aside: &mut SetAside) -> Result<()> {
    let (position, before) = (list.position(), aside.len());
    let mut samples = Samples::begin(form, resampled, scratch, rows);
    let (mut first, mut number) = (true, 0);
    if list.begin_array()? {
        while list.element(&mut first)? {
            number += 1;
            let fields = Fields::read(list)?;
            match one_series(&fields, &mut samples, rows, aside) {
                Err(error) if error.recoverable => aside.push(error),
                other => other?,
            }
            rows.check_size(list.position())?;
        }
    }
    if number > 0 && aside.len() - before == number && aside[before..].iter().all(|e| e.reason == NO_NAME) {
        aside.truncate(before);
        return Err(DecodeError::syntax(position, NO_NAME.to_owned()));
    }
    if number == 0 {
        rows.told().warn(NOTHING);
    } else if resampled {
        rows.told().warn(RESAMPLED);
    }
    Ok(())
}

/// One series of a vector or matrix.
fn one_series<'a>(fields: &Fields<'a>, samples: &mut Samples<'_, 'a>, rows: &mut Rows, aside: &mut SetAside) -> Result<()> {
    begin(fields, samples, rows)?;
    if !fields.any(|key| matches!(key, "value" | "values" | "histogram" | "histograms")) {
        return Err(DecodeError::value(fields.position(), "a series without values".to_owned()));
    }
    for key in ["value", "values"] {
        each(fields, key, aside, |time_ns, cursor| {
            let text = lenient::text(cursor)?;
            let value = number::value(&text).ok_or_else(|| DecodeError::value(cursor.position(), format!("{text:?} is no value of a sample")))?;
            samples.sample(time_ns, value, rows);
            rows.check_size(cursor.position())
        })?;
    }
    for key in ["histogram", "histograms"] {
        // a few bytes can tell of buckets far apart, and all between them are written
        each(fields, key, aside, |time_ns, cursor| samples.histogram(time_ns, cursor, rows).and_then(|()| rows.check_size(cursor.position())))?;
    }
    Ok(())
}

/// Begins the series that `metric` names.
fn begin<'a>(fields: &Fields<'a>, samples: &mut Samples<'_, 'a>, rows: &mut Rows) -> Result<()> {
    let mut labels: Vec<(Cow<str>, Cow<str>)> = Vec::new();
    let mut cursor = fields.get("metric").ok_or_else(|| DecodeError::value(fields.position(), NO_NAME.to_owned()))?;
    let mut first = true;
    if cursor.begin_object()? {
        while let Some(key) = cursor.key(&mut first)? {
            labels.push((key, lenient::text(&mut cursor)?));
        }
    }
    let name = labels.iter().find(|(label, _)| label == "__name__").map(|(_, name)| name.clone());
    let name = name.ok_or_else(|| DecodeError::value(fields.position(), NO_NAME.to_owned()))?;
    samples.series(&name, &labels, None, rows);
    Ok(())
}

/// Visits the pairs of a time and a value under a key: one pair, or a list of them.
fn each<'a>(fields: &Fields<'a>, key: &str, aside: &mut SetAside, mut visit: impl FnMut(u64, &mut Cursor<'a>) -> Result<()>) -> Result<()> {
    let Some(mut list) = fields.get(key) else { return Ok(()) };
    let mut one = |cursor: &mut Cursor<'a>| -> Result<()> {
        let mut start = true;
        cursor.begin_array()?;
        let lacks = |cursor: &Cursor| DecodeError::value(cursor.position(), "a sample has a time and a value".to_owned());
        if !cursor.element(&mut start)? {
            return Err(lacks(cursor));
        }
        let text = scalar(cursor)?;
        let time_ns = number::time(&text).ok_or_else(|| DecodeError::value(cursor.position(), format!("{text:?} is no time")))?;
        if !cursor.element(&mut start)? {
            return Err(lacks(cursor));
        }
        visit(time_ns, cursor)
    };
    if !key.ends_with('s') {
        return one(&mut list);
    }
    let mut first = true;
    if list.begin_array()? {
        while list.element(&mut first)? {
            let place = list.clone();
            if let Err(error) = one(&mut list) {
                if !error.recoverable {
                    return Err(error);
                }
                aside.push(error);
            }
            list.rewind(&place);
            list.skip()?;
        }
    }
    Ok(())
}

/// A number or a text, as text.
fn scalar<'a>(cursor: &mut Cursor<'a>) -> Result<Cow<'a, str>> {
    if cursor.peek() == Some(b'"') { cursor.string() } else { cursor.number().map(Cow::Borrowed) }
}

/// One series of VictoriaMetrics' export: values, and times in milliseconds. A null is a sample that is no number.
fn exported<'a>(fields: &Fields<'a>, samples: &mut Samples<'_, 'a>, rows: &mut Rows, aside: &mut SetAside) -> Result<()> {
    begin(fields, samples, rows)?;
    let (Some(mut values), Some(mut times)) = (fields.get("values"), fields.get("timestamps")) else {
        return Err(DecodeError::value(fields.position(), "a series without values or without their timestamps".to_owned()));
    };
    let (mut first_value, mut first_time) = (true, true);
    let (more, at) = (values.begin_array()?, values.position());
    if !times.begin_array()? || !more {
        return Ok(());
    }
    loop {
        match (values.element(&mut first_value)?, times.element(&mut first_time)?) {
            (true, true) => {}
            (false, false) => return Ok(()),
            _ => return Err(DecodeError::value(at, "as many values as timestamps are expected".to_owned())),
        }
        let value = if values.null() { Cow::Borrowed("NaN") } else { scalar(&mut values)? };
        let time = scalar(&mut times)?;
        match (number::value(&value), number::milliseconds(&time)) {
            (Some(value), Some(time_ns)) => {
                samples.sample(time_ns, value, rows);
                rows.check_size(times.position())?;
            }
            (None, _) => aside.push(DecodeError::value(values.position(), format!("{value:?} is no value of a sample"))),
            (_, None) => aside.push(DecodeError::value(times.position(), format!("{time:?} is no time in milliseconds"))),
        }
    }
}

/// Whether all times of a matrix lie on one grid that begins at a whole step or second, and most samples follow each other by one step of it.
/// Scrapes are as regular, but begin at any millisecond.
fn on_a_grid(list: &mut Cursor) -> Result<bool> {
    const MOST: usize = 50_000;
    let mut times = BTreeSet::new();
    let mut gaps: BTreeMap<u64, u64> = BTreeMap::new();
    let mut first = true;
    if !list.begin_array()? {
        return Ok(false);
    }
    while list.element(&mut first)? {
        let fields = Fields::read(list)?;
        for key in ["values", "histograms"] {
            let mut last = None;
            each(&fields, key, &mut Vec::new(), |time_ns, _| {
                let time = time_ns / 1_000_000;
                if let Some(gap) = last.and_then(|last| time.checked_sub(last)) {
                    *gaps.entry(gap).or_default() += 1;
                }
                last = Some(time);
                times.insert(time);
                Ok(())
            })?;
        }
        if times.len() > MOST {
            return Ok(false);
        }
    }
    let all: u64 = gaps.values().sum();
    let (Some((step, steps)), Some(start)) = (gaps.first_key_value(), times.first()) else { return Ok(false) };
    let even = *step > 0 && times.iter().all(|time| (time - start) % step == 0);
    Ok(even && all >= 2 && steps * 2 >= all && (start % step == 0 || start % 1000 == 0))
}
