//! Figures for the eye: money, counts, times, shares. Border: letters; exact values are in the CSV beside the page.

use crate::render::thousands;
use crate::timeline;

/// `1,234`.
pub(super) fn count(n: i64) -> String {
    thousands(&n.to_string())
}

/// `1.23 M`: three digits that count.
pub(super) fn short(n: i64) -> String {
    let x = n as f64;
    let magnitude = x.abs();
    let (scaled, unit) = match magnitude {
        m if m < 10_000.0 => return count(n),
        m if m < 999_500.0 => (x / 1e3, "k"),
        m if m < 999_500_000.0 => (x / 1e6, "M"),
        m if m < 999_500_000_000.0 => (x / 1e9, "G"),
        _ => (x / 1e12, "T"),
    };
    let decimals = if scaled.abs() < 9.995 { 2 } else { usize::from(scaled.abs() < 99.95) };
    format!("{scaled:.decimals$} {unit}")
}

/// 10⁻⁹ USD as dollars: cents where there are enough of them, else what counts.
pub(super) fn usd(nano: i64) -> String {
    let dollars = nano as f64 / 1e9;
    let text = match dollars.abs() {
        0.0 => "0".to_owned(),
        d if d < 0.01 => format!("{dollars:.6}").trim_end_matches('0').trim_end_matches('.').to_owned(),
        d if d < 1.0 => format!("{dollars:.4}"),
        d if d < 10_000.0 => thousands(&format!("{dollars:.2}")),
        _ => thousands(&format!("{dollars:.0}")),
    };
    // what is too little for six decimals is not nothing
    if nano != 0 && text == "0" { "< 0.000001 $".to_owned() } else { format!("{text} $") }
}

/// A cost that unpriced calls may lie under.
pub(super) fn cost(nano: Option<i64>, unpriced: Option<i64>) -> Option<String> {
    let lower = unpriced.is_some_and(|n| n > 0);
    nano.map(|n| if lower { format!("≥ {}", usd(n)) } else { usd(n) })
}

/// A share as per cent.
pub(super) fn percent(share: f64) -> String {
    let per_cent = share * 100.0;
    match per_cent.abs() {
        p if p == 0.0 || p == 100.0 => format!("{per_cent:.0} %"),
        p if p < 0.1 => format!("{per_cent:.2} %"),
        _ => format!("{per_cent:.1} %"),
    }
}

/// Milliseconds as a length of time.
pub(super) fn millis(ms: f64) -> String {
    time((ms * 1e6) as i64)
}

/// Nanoseconds as a length of time.
pub(super) fn time(ns: i64) -> String {
    timeline::text::span(ns)
}

/// `1 call`, `2 calls`.
pub(super) fn counted(n: i64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_for_the_eye() {
        for (n, want) in [(0, "0"), (9_999, "9,999"), (12_345, "12.3 k"), (999_999, "1.00 M"), (123_456_789, "123 M"), (-1_234_567, "-1.23 M")] {
            assert_eq!(short(n), want);
        }
        for (nano, want) in [
            (0, "0 $"),
            (1, "< 0.000001 $"),
            (4_200_000, "0.0042 $"),
            (123_450_000, "0.1235 $"),
            (1_234_567_000_000, "1,234.57 $"),
            (98_765_432_100_000, "98,765 $"),
        ] {
            assert_eq!(usd(nano), want);
        }
        assert_eq!((cost(Some(0), Some(3)), cost(None, Some(3))), (Some("≥ 0 $".to_owned()), None));
        for (share, want) in [(0.0, "0 %"), (1.0, "100 %"), (0.00042, "0.04 %"), (0.12345, "12.3 %")] {
            assert_eq!(percent(share), want);
        }
    }
}
