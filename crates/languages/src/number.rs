//! Numbers as Prometheus and Loki write and read them (Go's `strconv`). Border: text only.

/// The shortest text that reads back as the number, without an exponent; `NaN`, `+Inf`, `-Inf`.
pub(crate) fn text(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_string()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.to_string()
    } else {
        value.to_string()
    }
}

/// A number as Go's `ParseFloat` reads it: decimal, `0x` hexadecimal integers, `Inf`, `NaN`.
pub(crate) fn parse(text: &str) -> Option<f64> {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let value = if let Some(hexadecimal) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        i64::from_str_radix(hexadecimal, 16).ok()? as f64
    } else if digits.starts_with(['+', '-']) {
        return None;
    } else {
        digits.replace('_', "").parse::<f64>().ok()?
    };
    Some(if negative { -value } else { value })
}

/// Seconds with up to three decimals, as the systems' answers give times.
pub(crate) fn seconds(ns: i64) -> String {
    let ms = ns.div_euclid(1_000_000);
    match ms.rem_euclid(1000) {
        0 => ms.div_euclid(1000).to_string(),
        rest => format!("{}.{:03}", ms.div_euclid(1000), rest).trim_end_matches('0').to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        assert_eq!((text(3.0), text(0.1), text(1e21)), ("3".into(), "0.1".into(), "1000000000000000000000".into()));
        assert_eq!((text(f64::INFINITY), text(-0.0)), ("+Inf".into(), "-0".into()));
        assert_eq!(
            (parse("-1.5e3"), parse("0x10"), parse("abc"), parse("--1"), parse("+Inf")),
            (Some(-1500.0), Some(16.0), None, None, Some(f64::INFINITY))
        );
        assert_eq!((seconds(1_500_000_000), seconds(2_000_000_000), seconds(1_050_000_000)), ("1.5".into(), "2".into(), "1.05".into()));
    }
}
