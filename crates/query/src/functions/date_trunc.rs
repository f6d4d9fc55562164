//! The start of the unit of time that an instant lies in, in UTC. Border: nanoseconds in, nanoseconds out.

use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

const SECOND: i64 = 1_000_000_000;

/// A unit; weeks begin on Monday.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl FromStr for Unit {
    type Err = String;

    fn from_str(word: &str) -> Result<Unit, String> {
        Ok(match word.to_ascii_lowercase().as_str() {
            "second" => Unit::Second,
            "minute" => Unit::Minute,
            "hour" => Unit::Hour,
            "day" => Unit::Day,
            "week" => Unit::Week,
            "month" => Unit::Month,
            "quarter" => Unit::Quarter,
            "year" => Unit::Year,
            _ => return Err(format!("unit {word:?}; want second, minute, hour, day, week, month, quarter or year")),
        })
    }
}

impl Unit {
    /// First nanosecond of the unit; `None` outside the range of the calendar.
    pub(super) fn start(self, ns: i64) -> Option<i64> {
        let floor = |length: i64| ns.div_euclid(length).checked_mul(length);
        match self {
            Unit::Second => floor(SECOND),
            Unit::Minute => floor(60 * SECOND),
            Unit::Hour => floor(3_600 * SECOND),
            Unit::Day => floor(86_400 * SECOND),
            Unit::Week | Unit::Month | Unit::Quarter | Unit::Year => {
                let day = Timestamp::from_nanosecond(i128::from(ns)).ok()?.to_zoned(TimeZone::UTC).date();
                let first = self.first_day(day)?;
                i64::try_from(first.to_zoned(TimeZone::UTC).ok()?.timestamp().as_nanosecond()).ok()
            }
        }
    }

    fn first_day(self, day: Date) -> Option<Date> {
        match self {
            Unit::Week => day.checked_sub(i64::from(day.weekday().to_monday_zero_offset()).days()).ok(),
            Unit::Month => Some(day.first_of_month()),
            Unit::Quarter => Date::new(day.year(), (day.month() - 1) / 3 * 3 + 1, 1).ok(),
            Unit::Year => Some(day.first_of_year()),
            Unit::Second | Unit::Minute | Unit::Hour | Unit::Day => Some(day),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts() {
        let ns = |text: &str| i64::try_from(text.parse::<Timestamp>().unwrap().as_nanosecond()).unwrap();
        let at = ns("2026-11-22T10:23:45.678901234Z");
        for (unit, want) in [
            ("second", "2026-11-22T10:23:45Z"),
            ("minute", "2026-11-22T10:23:00Z"),
            ("HOUR", "2026-11-22T10:00:00Z"),
            ("day", "2026-11-22T00:00:00Z"),
            ("week", "2026-11-16T00:00:00Z"),
            ("month", "2026-11-01T00:00:00Z"),
            ("quarter", "2026-10-01T00:00:00Z"),
            ("year", "2026-01-01T00:00:00Z"),
        ] {
            assert_eq!(unit.parse::<Unit>().unwrap().start(at), Some(ns(want)), "{unit}");
        }
        assert_eq!(Unit::Hour.start(ns("1969-12-31T23:59:59Z")), Some(ns("1969-12-31T23:00:00Z")));
        assert!("fortnight".parse::<Unit>().is_err());
    }
}
