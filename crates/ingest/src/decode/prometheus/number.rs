//! Numbers and times as Prometheus' formats write them. Border: text in, values out.

/// A sample's value: a double, `NaN`, `+Inf` or `-Inf`.
pub fn value(text: &str) -> Option<f64> {
    match text {
        "NaN" | "nan" => Some(f64::NAN),
        "+Inf" | "Inf" | "inf" | "Infinity" | "+inf" => Some(f64::INFINITY),
        "-Inf" | "-inf" | "-Infinity" => Some(f64::NEG_INFINITY),
        // what Rust reads beyond numbers is none here
        _ => text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')).then(|| text.parse().ok()).flatten(),
    }
}

/// A time as nanoseconds since the epoch. Seconds and milliseconds are told apart by their size: 10¹¹ seconds are the year 5138, as
/// many milliseconds 1973. What has a fraction or an exponent is in seconds (OpenMetrics 1.0, "Timestamps").
pub fn time(text: &str) -> Option<u64> {
    if let Ok(whole) = text.parse::<u64>() {
        return if whole < 100_000_000_000 { whole.checked_mul(1_000_000_000) } else { whole.checked_mul(1_000_000) };
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let plain = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit());
    if !plain(whole) || !plain(fraction) {
        // with an exponent: Prometheus keeps milliseconds, so that rounding to them undoes the way through a double
        let seconds: f64 = text.parse().ok().filter(|s: &f64| s.is_finite() && *s >= 0.0 && *s < 1e11)?;
        return Some((seconds * 1e3).round() as u64 * 1_000_000);
    }
    let nanos = format!("{:0<9.9}", fraction).parse::<u64>().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(1_000_000_000)?.checked_add(nanos)
}

/// Milliseconds as nanoseconds.
pub fn milliseconds(text: &str) -> Option<u64> {
    text.parse::<u64>().ok()?.checked_mul(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_all_writers_are_exact() {
        for (text, ns) in [
            ("1795370127.852", 1_795_370_127_852_000_000),
            ("1795371000", 1_795_371_000_000_000_000),
            ("1795370127852", 1_795_370_127_852_000_000),
            ("1.795370127852e+09", 1_795_370_127_852_000_000),
            ("1795370127.000000001", 1_795_370_127_000_000_001),
        ] {
            assert_eq!(time(text), Some(ns), "{text}");
        }
        for bad in ["", "-1", "x", "1e300", "NaN"] {
            assert_eq!(time(bad), None, "{bad}");
        }
    }

    #[test]
    fn values_are_numbers_and_their_three_exceptions() {
        assert_eq!(
            (value("1"), value("-2.5e3"), value("+Inf"), value("-Inf")),
            (Some(1.0), Some(-2500.0), Some(f64::INFINITY), Some(f64::NEG_INFINITY))
        );
        assert!(value("NaN").is_some_and(f64::is_nan));
        assert_eq!((value("x"), value(""), value("infinity!")), (None, None, None));
    }
}
