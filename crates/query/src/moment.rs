//! Points in time as a person types them. Border: text to nanoseconds; which rows they select is `filters`' business.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

/// What is accepted, for messages.
const FORMS: &str = "want a date (2026-11-22), an RFC 3339 time (2026-11-22T10:00:00Z), an age (7d, 24h, 30m, 2w) or Unix time (1795370700)";

/// The time as nanoseconds since the epoch.
///
/// * a date is its first instant in `zone`; a time without an offset is read in `zone`;
/// * Unix time is in seconds, with decimals or without, or whole in milliseconds (13 digits), microseconds (16) or nanoseconds (19);
/// * an age counts back from `now`; days and weeks are those of the calendar in `zone`, so that across a change of the clock
///   `1d` is the same hour of the day before.
pub fn parse(text: &str, zone: &TimeZone, now: Timestamp) -> Result<i64, String> {
    let text = text.trim();
    if let Some(ns) = unix(text) {
        return Ok(ns);
    }
    let timestamp = match age(text) {
        Some(span) => Zoned::new(now, zone.clone()).checked_sub(span?).map_err(|e| e.to_string())?.timestamp(),
        None => match text.parse::<Timestamp>() {
            Ok(timestamp) => timestamp,
            // a civil date parses as its midnight, which `to_zoned` moves to the day's first instant where there is no midnight
            Err(_) => text.parse::<DateTime>().ok().and_then(|d| d.to_zoned(zone.clone()).ok()).ok_or(FORMS)?.timestamp(),
        },
    };
    i64::try_from(timestamp.as_nanosecond()).map_err(|_| FORMS.to_owned())
}

/// Unix time; `None` for what does not look like it. Fewer than nine digits may be a date without dashes.
fn unix(text: &str) -> Option<i64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if !whole.bytes().chain(decimals.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    let unit = match whole.len() {
        9..=11 => 1_000_000_000,
        13 => 1_000_000,
        16 => 1_000,
        19 => 1,
        _ => return None,
    };
    let fraction: i64 = format!("{decimals:0<9}").get(..9)?.parse().ok()?;
    number.checked_mul(unit)?.checked_add(if unit == 1_000_000_000 { fraction } else { 0 })
}

/// `7d` and the like; `None` for what does not look like it.
fn age(text: &str) -> Option<Result<Span, String>> {
    let unit = text.chars().next_back()?;
    let count = text.strip_suffix(unit)?;
    if count.is_empty() || !count.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let span = Span::new();
    let Ok(count) = count.parse::<i64>() else { return Some(Err(FORMS.to_owned())) };
    let span = match unit {
        's' => span.try_seconds(count),
        'm' => span.try_minutes(count),
        'h' => span.try_hours(count),
        'd' => span.try_days(count),
        'w' => span.try_weeks(count),
        _ => return None,
    };
    Some(span.map_err(|e| e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, zone: &str) -> Result<String, String> {
        let now: Timestamp = "2026-03-30T10:00:00Z".parse().unwrap();
        let ns = parse(text, &TimeZone::get(zone).unwrap(), now)?;
        Ok(Timestamp::from_nanosecond(i128::from(ns)).unwrap().to_string())
    }

    #[test]
    fn forms() {
        for (text, zone, want) in [
            ("1795370700", "UTC", "2026-11-22T18:05:00Z"),
            ("1795370700.25", "UTC", "2026-11-22T18:05:00.25Z"),
            ("1795370700000000001", "UTC", "2026-11-22T18:05:00.000000001Z"),
            ("1795370700500", "UTC", "2026-11-22T18:05:00.5Z"),
            ("2026-11-22", "UTC", "2026-11-22T00:00:00Z"),
            ("2026-11-22", "Europe/Berlin", "2026-11-21T23:00:00Z"),
            ("2026-11-22T10:00:00.5+02:00", "Europe/Berlin", "2026-11-22T08:00:00.5Z"),
            ("2026-07-22T10:00", "Europe/Berlin", "2026-07-22T08:00:00Z"),
            ("24h", "Europe/Berlin", "2026-03-29T10:00:00Z"),
            ("7d", "UTC", "2026-03-23T10:00:00Z"),
            // the clock went forward on the 29th: the same hour of the day is 47 hours back
            ("2d", "Europe/Berlin", "2026-03-28T11:00:00Z"),
        ] {
            assert_eq!(at(text, zone).as_deref(), Ok(want), "{text} in {zone}");
        }
    }

    #[test]
    fn other_words_are_refused_with_the_forms() {
        for text in ["yesterday", "7", "d", "7y", "2026-13-01", "", "99999999999999999999d"] {
            assert!(at(text, "UTC").is_err(), "{text}");
        }
    }
}
