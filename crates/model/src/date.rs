//! The UTC day a row lies in, as the lake's partitions name it. Border: no time zones and no parsing of foreign
//! times; a report's `--timezone` is the query's business.

/// Nanoseconds in a day.
pub const DAY_NS: i64 = 86_400_000_000_000;
/// Nanoseconds of an hour.
pub const HOUR_NS: i64 = 3_600_000_000_000;

/// First nanosecond of the year 2000: times before it are taken as unknown.
pub const FIRST_NS: i64 = 946_684_800_000_000_000;

/// First nanosecond of the year 2101: times from it on are taken as unknown ("2000–2100" inclusive).
pub const END_NS: i64 = 4_133_980_800_000_000_000;

/// The time as the lake keeps it: nanoseconds since the epoch, or `None` for zero and for what lies outside 2000–2100.
pub fn plausible(unix_ns: u64) -> Option<i64> {
    i64::try_from(unix_ns).ok().filter(|ns| (FIRST_NS..END_NS).contains(ns))
}

/// Days since 1970-01-01 of a time in nanoseconds; an unknown time lies in day 0.
pub fn day_of(time_ns: Option<i64>) -> i32 {
    time_ns.map_or(0, |ns| i32::try_from(ns.div_euclid(DAY_NS)).unwrap_or(0))
}

/// `YYYY-MM-DD` of a day counted from 1970-01-01 (proleptic Gregorian; H. Hinnant, "chrono-compatible low-level date algorithms").
pub fn day_name(day: i32) -> String {
    let z = i64::from(day) + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The day of a name that [`day_name`] gives, counted from 1970-01-01; `None` for another text (the same source's algorithm for the way back).
pub fn day_named(name: &str) -> Option<i32> {
    let mut parts = name.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let shifted = year - i64::from(month <= 2);
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let number = i32::try_from(era * 146_097 + day_of_era - 719_468).ok()?;
    (day_name(number) == name).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_names() {
        for (day, name) in [(0, "1970-01-01"), (59, "1970-03-01"), (11_016, "2000-02-29"), (20_779, "2026-11-22"), (47_846, "2100-12-31")] {
            assert_eq!(day_name(day), name);
            assert_eq!(day_named(name), Some(day));
        }
    }

    #[test]
    fn other_names_are_none() {
        for name in ["", "2026", "2026-11", "2026-11-31", "2026-1-1", "2026-11-22 ", "x-y-z"] {
            assert_eq!(day_named(name), None, "{name}");
        }
    }

    #[test]
    fn implausible_times_are_unknown() {
        assert_eq!(plausible(0), None);
        assert_eq!(plausible(u64::MAX), None);
        assert_eq!(plausible(END_NS as u64), None);
        assert_eq!(plausible(FIRST_NS as u64), Some(FIRST_NS));
        assert_eq!(day_of(None), 0);
        assert_eq!(day_name(day_of(Some(1_795_369_212_209_923_746))), "2026-11-22");
    }
}
