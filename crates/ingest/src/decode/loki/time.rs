//! Times as Loki's clients write them. Border: text in, nanoseconds since the epoch out; what a time is of is the callers' business.

/// A time in RFC 3339, in any zone, with up to nine digits of a second's fraction.
pub fn rfc3339(text: &str) -> Option<u64> {
    let time: jiff::Timestamp = text.parse().ok()?;
    u64::try_from(time.as_nanosecond()).ok()
}

/// A number of nanoseconds.
pub fn nanoseconds(text: &str) -> Option<u64> {
    text.parse().ok()
}

/// A number of milliseconds.
pub fn milliseconds(text: &str) -> Option<u64> {
    text.parse::<u64>().ok()?.checked_mul(1_000_000)
}

/// A time in nanoseconds or RFC 3339.
pub fn either(text: &str) -> Option<u64> {
    nanoseconds(text).or_else(|| rfc3339(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_any_zone_and_precision() {
        for (text, ns) in [
            ("2026-11-22T18:03:06Z", 1_795_370_586_000_000_000),
            ("2026-11-22T13:03:06.5-05:00", 1_795_370_586_500_000_000),
            ("2026-11-22T18:03:01.000000001Z", 1_795_370_581_000_000_001),
            ("1795370581000000001", 1_795_370_581_000_000_001),
        ] {
            assert_eq!(either(text), Some(ns), "{text}");
        }
        assert_eq!(milliseconds("1795370581000"), Some(1_795_370_581_000_000_000));
        for bad in ["", "2026-11-22", "18:03", "-1", "1960-01-01T00:00:00Z"] {
            assert_eq!(either(bad), None, "{bad}");
        }
    }
}
