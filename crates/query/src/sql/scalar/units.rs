//! Units of time in UTC: where one begins, how many lie between two instants. Border: nanoseconds in, nanoseconds or numbers out.

use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

pub(super) const SECOND: i64 = 1_000_000_000;
pub(super) const DAY: i64 = 86_400 * SECOND;

/// A unit; weeks begin on Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// So many nanoseconds.
    Fixed(i64),
    Week,
    /// So many months.
    Months(i64),
}

impl FromStr for Unit {
    type Err = String;

    fn from_str(word: &str) -> Result<Unit, String> {
        let word = word.to_ascii_lowercase();
        let singular = word.strip_suffix('s').filter(|w| w.len() > 1).unwrap_or(&word);
        Ok(match singular {
            "nanosecond" | "n" if word != "n" => Unit::Fixed(1),
            "microsecond" | "u" => Unit::Fixed(1_000),
            "millisecond" | "m" if word != "m" => Unit::Fixed(1_000_000),
            "second" | "sec" | "s" => Unit::Fixed(SECOND),
            "minute" | "min" | "m" => Unit::Fixed(60 * SECOND),
            "hour" | "hr" | "h" => Unit::Fixed(3_600 * SECOND),
            "day" | "d" => Unit::Fixed(DAY),
            "week" | "w" => Unit::Week,
            "month" | "mon" => Unit::Months(1),
            "quarter" => Unit::Months(3),
            "year" | "yr" | "y" => Unit::Months(12),
            "decade" => Unit::Months(120),
            _ => {
                return Err(format!("unit {word:?}; want microsecond, millisecond, second, minute, hour, day, week, month, quarter, year or decade"));
            }
        })
    }
}

impl Unit {
    /// First nanosecond of the unit that an instant lies in; `None` outside the range of the calendar.
    pub(super) fn start(self, ns: i64) -> Option<i64> {
        match self {
            Unit::Fixed(length) => ns.div_euclid(length).checked_mul(length),
            Unit::Week => {
                let day = civil(ns)?.date();
                of_date(day.checked_sub(i64::from(day.weekday().to_monday_zero_offset()).days()).ok()?)
            }
            Unit::Months(length) => {
                let first = months(civil(ns)?).div_euclid(length) * length;
                of_date(month(first)?)
            }
        }
    }

    /// How many beginnings of the unit lie between two instants; of weeks, how often seven days.
    pub(super) fn between(self, from: i64, to: i64) -> Option<i64> {
        match self {
            Unit::Fixed(length) => Some(to.div_euclid(length) - from.div_euclid(length)),
            Unit::Week => Some((to.div_euclid(DAY) - from.div_euclid(DAY)) / 7),
            Unit::Months(length) => Some(months(civil(to)?).div_euclid(length) - months(civil(from)?).div_euclid(length)),
        }
    }

    /// How often the whole unit fits between two instants.
    pub(super) fn whole_between(self, from: i64, to: i64) -> Option<i64> {
        match self {
            Unit::Fixed(length) => Some(to.checked_sub(from)? / length),
            Unit::Week => Some(to.checked_sub(from)? / (7 * DAY)),
            Unit::Months(length) => {
                if to < from {
                    return self.whole_between(to, from).map(|n| -n);
                }
                let (a, b) = (civil(from)?, civil(to)?);
                let mut whole = months(b) - months(a);
                // the last day of a month is as good as a later one that it has not
                let day = |t: DateTime| if t.day() == t.days_in_month() && t == b { 31 } else { t.day() };
                if (day(b), b.time()) < (a.day(), a.time()) {
                    whole -= 1;
                }
                Some(whole / length)
            }
        }
    }
}

/// What a clock shows in UTC.
pub(super) fn civil(ns: i64) -> Option<DateTime> {
    Some(Timestamp::from_nanosecond(i128::from(ns)).ok()?.to_zoned(TimeZone::UTC).datetime())
}

/// The instant at which a clock in UTC shows this.
pub(super) fn instant(civil: DateTime) -> Option<i64> {
    i64::try_from(civil.to_zoned(TimeZone::UTC).ok()?.timestamp().as_nanosecond()).ok()
}

fn of_date(date: Date) -> Option<i64> {
    instant(date.at(0, 0, 0, 0))
}

/// Months since the year 0.
pub(super) fn months(time: DateTime) -> i64 {
    i64::from(time.year()) * 12 + i64::from(time.month()) - 1
}

/// The first day of a month, counted so.
pub(super) fn month(months: i64) -> Option<Date> {
    Date::new(i16::try_from(months.div_euclid(12)).ok()?, i8::try_from(months.rem_euclid(12) + 1).ok()?, 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ns(text: &str) -> i64 {
        i64::try_from(text.parse::<Timestamp>().unwrap().as_nanosecond()).unwrap()
    }

    #[test]
    fn starts() {
        let at = ns("2026-11-22T10:23:45.678901234Z");
        for (unit, want) in [
            ("millisecond", "2026-11-22T10:23:45.678Z"),
            ("second", "2026-11-22T10:23:45Z"),
            ("minute", "2026-11-22T10:23:00Z"),
            ("HOUR", "2026-11-22T10:00:00Z"),
            ("day", "2026-11-22T00:00:00Z"),
            ("week", "2026-11-16T00:00:00Z"),
            ("month", "2026-11-01T00:00:00Z"),
            ("quarter", "2026-10-01T00:00:00Z"),
            ("year", "2026-01-01T00:00:00Z"),
            ("decade", "2020-01-01T00:00:00Z"),
        ] {
            assert_eq!(unit.parse::<Unit>().unwrap().start(at), Some(ns(want)), "{unit}");
        }
        assert_eq!("hour".parse::<Unit>().unwrap().start(ns("1969-12-31T23:59:59Z")), Some(ns("1969-12-31T23:00:00Z")));
        assert!("fortnight".parse::<Unit>().is_err());
    }

    #[test]
    fn differences() {
        let of = |unit: &str, a: &str, b: &str| {
            let unit: Unit = unit.parse().unwrap();
            (unit.between(ns(a), ns(b)).unwrap(), unit.whole_between(ns(a), ns(b)).unwrap())
        };
        assert_eq!(of("day", "2026-11-21T23:00:00Z", "2026-11-22T01:00:00Z"), (1, 0));
        assert_eq!(of("month", "2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z"), (1, 1));
        assert_eq!(of("month", "2026-02-27T10:00:00Z", "2026-01-29T00:00:00Z"), (-1, 0));
        assert_eq!(of("year", "2025-12-31T00:00:00Z", "2026-01-01T00:00:00Z"), (1, 0));
        assert_eq!(of("week", "2026-11-21T10:00:00Z", "2026-11-23T09:00:00Z"), (0, 0));
    }
}
