//! Functions of times and days, all in UTC. Border: a text as written counts as a time without a zone, a day as its first instant.

use jiff::ToSpan;
use polars::prelude::*;

use super::math::Doubles;
use super::udf::{Ints, Texts, doubles, each, ints, texts};
use super::units::{DAY, SECOND, Unit, civil, instant, month, months};
use super::{Call, literal};
use crate::error::QueryError;
use crate::sql::binary::Term;
use crate::sql::interval::Interval;
use crate::sql::types::{INSTANT, LOCAL, SPAN};

pub(in crate::sql) const NAMES: &[&str] = &[
    "date_diff",
    "date_part",
    "date_sub",
    "date_trunc",
    "datediff",
    "datepart",
    "datesub",
    "datetrunc",
    "day",
    "dayname",
    "dayofmonth",
    "dayofweek",
    "dayofyear",
    "epoch",
    "epoch_ms",
    "epoch_ns",
    "epoch_us",
    "hour",
    "isodow",
    "last_day",
    "make_date",
    "make_timestamp",
    "microsecond",
    "millisecond",
    "minute",
    "month",
    "monthname",
    "quarter",
    "second",
    "strftime",
    "strptime",
    "timezone",
    "to_days",
    "to_hours",
    "to_milliseconds",
    "to_minutes",
    "to_seconds",
    "to_timestamp",
    "try_strptime",
    "week",
    "weekday",
    "weekofyear",
    "year",
    "yearweek",
];

pub(in crate::sql) fn build(call: &Call) -> Option<Result<Expr, QueryError>> {
    if !NAMES.contains(&call.name) {
        return None;
    }
    Some(known(call))
}

fn known(call: &Call) -> Result<Expr, QueryError> {
    let unit = || call.word(0, "a unit as argument 1, such as 'hour'")?.parse::<Unit>().map_err(|e| QueryError::Sql(format!("{}: {e}", call.name)));
    match (call.name, call.args.len()) {
        ("date_trunc" | "datetrunc", 2) => {
            let (unit, (ns, dtype)) = (unit()?, time(call, 1)?);
            Ok(ints_of([ns], move |[ns]| unit.start(ns)).cast(dtype))
        }
        ("date_diff" | "datediff", 3) => {
            let (unit, (a, _), (b, _)) = (unit()?, time(call, 1)?, time(call, 2)?);
            Ok(ints_of([a, b], move |[a, b]| unit.between(a, b)))
        }
        ("date_sub" | "datesub", 3) => {
            let (unit, (a, _), (b, _)) = (unit()?, time(call, 1)?, time(call, 2)?);
            Ok(ints_of([a, b], move |[a, b]| unit.whole_between(a, b)))
        }
        ("date_part" | "datepart", 2) => part(call, &call.word(0, "a part as argument 1, such as 'hour'")?, 1),
        ("dayname" | "monthname", 1) => {
            let format = if call.name == "dayname" { "%A" } else { "%B" };
            Ok(formatted(time(call, 0)?.0, lit(format)))
        }
        ("strftime", 2) => match call.args.first().map(|a| &a.dtype) {
            Some(DataType::String) => Ok(formatted(time(call, 1)?.0, call.text(0)?)),
            _ => Ok(formatted(time(call, 0)?.0, call.text(1)?)),
        },
        ("strptime" | "try_strptime", 2) => {
            let zoned = call.args.get(1).and_then(|a| a.text.as_deref()).is_some_and(|f| f.contains("%z") || f.contains("%Z"));
            let strict = call.name == "strptime";
            let ns = each([call.text(0)?, call.text(1)?], DataType::Int64, move |c| read(c, strict));
            Ok(ns.cast(if zoned { INSTANT } else { LOCAL }))
        }
        ("to_timestamp", 1) => to_timestamp(call),
        ("epoch_ms", 1) if call.args.first().is_some_and(|a| a.dtype.is_integer()) => {
            Ok(ints_of([call.int(0)?], |[ms]| ms.checked_mul(1_000_000)).cast(LOCAL))
        }
        ("epoch_ms" | "epoch_us" | "epoch_ns", 1) => {
            let length = match call.name {
                "epoch_ms" => 1_000_000,
                "epoch_us" => 1_000,
                _ => 1,
            };
            Ok(ints_of([time(call, 0)?.0], move |[ns]| Some(ns.div_euclid(length))))
        }
        ("last_day", 1) => Ok(days(time(call, 0)?.0, |ns| {
            let date = civil(ns)?.date().last_of_month();
            instant(date.at(0, 0, 0, 0))
        })),
        ("make_date", 3) => {
            let ns = ints_of([call.int(0)?, call.int(1)?, call.int(2)?], |[y, m, d]| {
                let date = jiff::civil::Date::new(i16::try_from(y).ok()?, i8::try_from(m).ok()?, i8::try_from(d).ok()?).ok()?;
                instant(date.at(0, 0, 0, 0))
            });
            Ok(days(ns, Some))
        }
        ("make_timestamp", 1) => Ok(ints_of([call.int(0)?], |[us]| us.checked_mul(1_000)).cast(LOCAL)),
        ("timezone", 2) => zone(call),
        ("to_seconds" | "to_minutes" | "to_hours" | "to_days" | "to_milliseconds", 1) => {
            let length = match call.name {
                "to_seconds" => SECOND,
                "to_minutes" => 60 * SECOND,
                "to_hours" => 3_600 * SECOND,
                "to_milliseconds" => 1_000_000,
                _ => DAY,
            };
            Ok(each([call.double(0)?], DataType::Int64, move |c| {
                let n = Doubles::of(c, 0)?;
                Ok(ints(c, |row| n.at(row).map(|n| (n * length as f64).round() as i64)))
            })
            .cast(SPAN))
        }
        (name, 1) => part(call, name, 0),
        _ => call.wants("other arguments"),
    }
}

/// The argument's nanoseconds, and the type that a time made of it has.
pub(in crate::sql) fn time(call: &Call, at: usize) -> Result<(Expr, DataType), QueryError> {
    let Some(Term { expr, dtype, text }) = call.args.get(at) else { return call.wants("a time") };
    match (dtype, text) {
        (DataType::Datetime(..), _) => Ok((expr.clone().cast(DataType::Int64), dtype.clone())),
        (DataType::Date, _) => Ok((expr.clone().cast(LOCAL).cast(DataType::Int64), LOCAL)),
        (DataType::Null, _) => Ok((expr.clone().cast(DataType::Int64), LOCAL)),
        (DataType::String, Some(text)) => match literal::timestamp(text) {
            Some(ns) => Ok((lit(ns), LOCAL)),
            None => call.wants(&format!("a time, {text:?} is none")),
        },
        _ => call.wants(&format!("a time or a day as argument {}; CAST it to TIMESTAMP", at + 1)),
    }
}

fn ints_of<const N: usize>(args: [Expr; N], function: impl Fn([i64; N]) -> Option<i64> + Send + Sync + 'static) -> Expr {
    each(args, DataType::Int64, move |c| {
        let all = (0..N).map(|n| Ints::of(c, n)).collect::<PolarsResult<Vec<_>>>()?;
        Ok(ints(c, |row| {
            let mut cells = [0; N];
            for (cell, column) in cells.iter_mut().zip(&all) {
                *cell = column.at(row)?;
            }
            function(cells)
        }))
    })
}

/// Nanoseconds as the day that they lie in.
fn days(ns: Expr, function: fn(i64) -> Option<i64>) -> Expr {
    ints_of([ns], move |[ns]| function(ns).map(|ns| ns.div_euclid(DAY))).cast(DataType::Int32).cast(DataType::Date)
}

/// A part of a time by its name, as `EXTRACT` has them.
fn part(call: &Call, name: &str, at: usize) -> Result<Expr, QueryError> {
    let name = name.to_lowercase();
    if let Some(Term { expr, dtype: DataType::Duration(_), .. }) = call.args.get(at) {
        let ns = expr.clone().cast(DataType::Int64);
        return match name.as_str() {
            "epoch" => Ok(seconds(ns)),
            "nanosecond" | "nanoseconds" | "epoch_ns" => Ok(ns),
            "epoch_ms" | "milliseconds_total" => Ok(ints_of([ns], |[ns]| Some(ns / 1_000_000))),
            _ => call.wants("'epoch' (seconds) of a length of time"),
        };
    }
    let ns = time(call, at)?.0;
    let of: fn(i64) -> Option<i64> = match name.strip_suffix('s').filter(|w| w.len() > 3).unwrap_or(&name) {
        "epoch" => return Ok(seconds(ns)),
        "year" => |ns| Some(civil(ns)?.year().into()),
        "quarter" => |ns| Some((i64::from(civil(ns)?.month()) - 1) / 3 + 1),
        "month" => |ns| Some(civil(ns)?.month().into()),
        "week" | "weekofyear" => |ns| Some(civil(ns)?.date().iso_week_date().week().into()),
        "isoyear" => |ns| Some(civil(ns)?.date().iso_week_date().year().into()),
        "yearweek" => |ns| civil(ns).map(|t| t.date().iso_week_date()).map(|w| i64::from(w.year()) * 100 + i64::from(w.week())),
        "day" | "dayofmonth" => |ns| Some(civil(ns)?.day().into()),
        "dow" | "dayofweek" | "weekday" => |ns| Some(civil(ns)?.weekday().to_sunday_zero_offset().into()),
        "isodow" => |ns| Some(civil(ns)?.weekday().to_monday_one_offset().into()),
        "doy" | "dayofyear" => |ns| Some(civil(ns)?.day_of_year().into()),
        "hour" => |ns| Some(ns.rem_euclid(DAY) / (3_600 * SECOND)),
        "minute" => |ns| Some(ns.rem_euclid(3_600 * SECOND) / (60 * SECOND)),
        "second" => |ns| Some(ns.rem_euclid(60 * SECOND) / SECOND),
        "millisecond" => |ns| Some(ns.rem_euclid(60 * SECOND) / 1_000_000),
        "microsecond" => |ns| Some(ns.rem_euclid(60 * SECOND) / 1_000),
        "nanosecond" => |ns| Some(ns.rem_euclid(60 * SECOND)),
        "decade" => |ns| Some(i64::from(civil(ns)?.year()).div_euclid(10)),
        "century" => |ns| Some((i64::from(civil(ns)?.year()) - 1).div_euclid(100) + 1),
        _ => return call.wants("a part such as year, quarter, month, week, day, dow, isodow, doy, hour, minute, second, millisecond or epoch"),
    };
    Ok(ints_of([ns], move |[ns]| of(ns)))
}

fn seconds(ns: Expr) -> Expr {
    each([ns], DataType::Float64, |c| {
        let ns = Ints::of(c, 0)?;
        Ok(doubles(c, |row| ns.at(row).map(|ns| ns as f64 / SECOND as f64)))
    })
}

fn formatted(ns: Expr, format: Expr) -> Expr {
    each([ns, format], DataType::String, |c| {
        let (ns, format) = (Ints::of(c, 0)?, Texts::of(c, 1)?);
        for row in 0..c.get(1).map_or(0, Column::len) {
            if let Some(format) = format.at(row)
                && written(0, format).is_none()
            {
                polars_bail!(SQLInterface: "strftime: {format:?} is no format; want the like of '%Y-%m-%d %H:%M:%S'");
            }
        }
        Ok(texts(c, |row| written(ns.at(row)?, format.at(row)?)))
    })
}

/// A time in a format, with DuckDB's letters for parts of a second.
fn written(ns: i64, format: &str) -> Option<String> {
    let time = civil(ns)?;
    let mut ours = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            ours.push(c);
            continue;
        }
        match chars.next()? {
            'f' => ours.push_str(&format!("{:06}", time.subsec_nanosecond() / 1_000)),
            'g' => ours.push_str(&format!("{:03}", time.subsec_nanosecond() / 1_000_000)),
            'n' => ours.push_str(&format!("{:09}", time.subsec_nanosecond())),
            'x' => ours.push_str("%Y-%m-%d"),
            'X' => ours.push_str("%H:%M:%S"),
            'c' => ours.push_str("%Y-%m-%d %H:%M:%S"),
            'z' => ours.push_str("+00"),
            'Z' => ours.push_str("UTC"),
            other => {
                ours.push('%');
                ours.push(other);
            }
        }
    }
    jiff::fmt::strtime::format(&ours, time).ok()
}

fn read(c: &[Column], strict: bool) -> PolarsResult<Column> {
    let (t, format) = (Texts::of(c, 0)?, Texts::of(c, 1)?);
    let mut cells: Vec<Option<i64>> = Vec::new();
    for row in 0..super::udf::rows(c) {
        let (Some(text), Some(format)) = (t.at(row), format.at(row)) else {
            cells.push(None);
            continue;
        };
        let ns = parsed(text, format);
        if strict && ns.is_none() {
            polars_bail!(SQLInterface: "strptime: {text:?} is not in the format {format:?}; try_strptime makes it null");
        }
        cells.push(ns);
    }
    Ok(ints(c, |row| cells.get(row).copied().flatten()))
}

fn parsed(text: &str, format: &str) -> Option<i64> {
    let broken = jiff::fmt::strtime::parse(format, text).ok()?;
    if broken.offset().is_some() {
        return i64::try_from(broken.to_timestamp().ok()?.as_nanosecond()).ok();
    }
    let date = broken.to_date().ok()?;
    instant(date.to_datetime(broken.to_time().unwrap_or_else(|_| jiff::civil::Time::midnight())))
}

/// `to_timestamp(seconds)`, and of a text the time that it is: null where it is none.
fn to_timestamp(call: &Call) -> Result<Expr, QueryError> {
    let ns = match call.args.first().map(|a| &a.dtype) {
        Some(DataType::String | DataType::Null) => each([call.text(0)?], DataType::Int64, |c| {
            let t = Texts::of(c, 0)?;
            Ok(ints(c, |row| literal::timestamp(t.at(row)?)))
        }),
        _ => each([call.double(0)?], DataType::Int64, |c| {
            let n = Doubles::of(c, 0)?;
            Ok(ints(c, |row| n.at(row).map(|n| (n * 1e6).round() as i64 * 1_000)))
        }),
    };
    Ok(ns.cast(INSTANT))
}

/// `timezone(zone, time)`: what a clock there shows at an instant; of a time without a zone, the instant at which one there shows it.
fn zone(call: &Call) -> Result<Expr, QueryError> {
    let Some(name) = call.args.first().and_then(|a| a.text.clone()) else { return call.wants("a time zone as written, such as 'Europe/Berlin'") };
    let Ok(zone) = jiff::tz::TimeZone::get(&name) else { return call.wants(&format!("an IANA name such as 'Europe/Berlin'; {name:?} is none")) };
    let (ns, dtype) = time(call, 1)?;
    if dtype == INSTANT {
        let shown = move |ns: i64| instant(jiff::Timestamp::from_nanosecond(i128::from(ns)).ok()?.to_zoned(zone.clone()).datetime());
        return Ok(ints_of([ns], move |[ns]| shown(ns)).cast(LOCAL));
    }
    let at = move |ns: i64| i64::try_from(civil(ns)?.to_zoned(zone.clone()).ok()?.timestamp().as_nanosecond()).ok();
    Ok(ints_of([ns], move |[ns]| at(ns)).cast(INSTANT))
}

/// Times that many months and nanoseconds later; the last day of a month where that has no such day.
pub(in crate::sql) fn add_months(c: &[Column], by: i64, ns_more: i64) -> PolarsResult<Column> {
    let ns = Ints::of(c, 0)?;
    let later = |ns: i64| instant(civil(ns)?.checked_add(i32::try_from(by).ok()?.months()).ok()?)?.checked_add(ns_more);
    Ok(ints(c, |row| later(ns.at(row)?)))
}

/// `time_bucket(width, time)`: the start of the width that the time lies in, counted from an origin: 2000-01-01 for months, else
/// 2000-01-03, a Monday, moved by an offset or given.
pub(in crate::sql) fn bucket(call: &Call, width: Interval, offset: Option<Interval>) -> Result<Expr, QueryError> {
    const MONDAY: i64 = 946_857_600 * SECOND;
    if (width.months == 0) == (width.ns == 0) || width.months < 0 || width.ns < 0 {
        return call.wants("a width of months or of one length, greater than nothing");
    }
    let (ns, dtype) = time(call, 0)?;
    let origin = if call.args.len() > 1 { time(call, 1)?.0 } else { lit(NULL).cast(DataType::Int64) };
    let moved = offset.unwrap_or(Interval { months: 0, ns: 0 });
    if moved.months != 0 {
        return call.wants("an offset that has one length, such as INTERVAL '2 minutes'");
    }
    let is_day = call.args.first().is_some_and(|a| a.dtype == DataType::Date);
    let start = each([ns, origin], DataType::Int64, move |c| {
        let (ns, origin) = (Ints::of(c, 0)?, Ints::of(c, 1)?);
        Ok(ints(c, |row| {
            let (ns, origin) = (ns.at(row)?.checked_sub(moved.ns)?, origin.at(row));
            let start = if width.months > 0 {
                let from = origin.and_then(civil).map_or(2000 * 12, months);
                let first = (months(civil(ns)?) - from).div_euclid(width.months) * width.months + from;
                instant(month(first)?.at(0, 0, 0, 0))?
            } else {
                let from = origin.unwrap_or(MONDAY);
                ns.checked_sub(from)?.div_euclid(width.ns) * width.ns + from
            };
            start.checked_add(moved.ns)
        }))
    });
    Ok(if is_day { start.cast(LOCAL).cast(DataType::Date) } else { start.cast(dtype) })
}
