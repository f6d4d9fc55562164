//! Times as the JavaScript SDK has them. Border: one value in, nanoseconds since the epoch out.

use super::Result;
use crate::decode::DecodeError;
use crate::decode::json::{Cursor, lenient};

const NANOS: u64 = 1_000_000_000;

/// A time: `[seconds, nanoseconds]`; elsewhere also a text (RFC 3339), or a number of milliseconds (what `TimeInput` is), microseconds,
/// nanoseconds or seconds, told apart by their size. Null is 0, which stands for absent.
pub fn time(cursor: &mut Cursor) -> Result<u64> {
    cursor.peek();
    let at = cursor.position();
    let found = match cursor.peek() {
        Some(b'[') => pair(cursor)?,
        Some(b'"') => {
            let text = cursor.string()?;
            let iso = || text.parse::<jiff::Timestamp>().ok().and_then(|t| u64::try_from(t.as_nanosecond()).ok());
            number(&text).or_else(iso)
        }
        Some(b'n') if cursor.null() => return Ok(0),
        Some(b'-' | b'0'..=b'9') => number(cursor.number()?),
        _ => {
            cursor.skip()?;
            None
        }
    };
    found.ok_or_else(|| DecodeError::value(at, "no time where one is expected".to_owned()))
}

fn pair(cursor: &mut Cursor) -> Result<Option<u64>> {
    let (mut first, mut parts) = (true, Vec::with_capacity(2));
    cursor.begin_array()?;
    while cursor.element(&mut first)? {
        parts.push(lenient::double(cursor)?.unwrap_or(0.0));
    }
    let fits = |part: f64| part.is_finite() && (0.0..1e12).contains(&part);
    Ok(match parts[..] {
        // below 2⁵³ a double is exact; old versions of the SDK had fractions of a nanosecond
        [seconds, nanos] if fits(seconds) && fits(nanos) => (seconds as u64).checked_mul(NANOS).and_then(|n| n.checked_add(nanos.round() as u64)),
        _ => None,
    })
}

/// A decimal number of some unit since the epoch; all digits count down to a nanosecond.
fn number(digits: &str) -> Option<u64> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let value: u64 = whole.parse().ok()?;
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let places = match value {
        0..100_000_000_000 => 9,
        100_000_000_000..100_000_000_000_000 => 6,
        100_000_000_000_000..100_000_000_000_000_000 => 3,
        _ => 0,
    };
    let below: String = fraction.chars().chain(std::iter::repeat('0')).take(places).collect();
    let below = if below.is_empty() { 0 } else { below.parse().ok()? };
    value.checked_mul(10_u64.pow(places as u32))?.checked_add(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_every_form_are_one() {
        let expected = 1_795_369_409_666_000_000;
        for text in [
            "[1795369409,666000000]",
            "[ 1795369409 , 665999999.6 ]",
            "[\"1795369409\",666000000]",
            "\"2026-11-22T17:43:29.666Z\"",
            "\"2026-11-22T18:43:29.666+01:00\"",
            "1795369409666",
            "\"1795369409666\"",
            "1795369409.666",
            "1795369409666000",
            "1795369409666000000",
        ] {
            assert_eq!(time(&mut Cursor::new(text)), Ok(expected), "{text}");
        }
        assert_eq!(time(&mut Cursor::new("1795369409666.0000019")), Ok(expected + 1));
        assert_eq!(time(&mut Cursor::new("null")), Ok(0));
        assert_eq!(time(&mut Cursor::new("[0,0]")), Ok(0));
        for bad in ["\"yesterday\"", "[1]", "[-1,0]", "{}", "true", "-5", "1e12", "\"\"", "[1e300,0]"] {
            assert!(time(&mut Cursor::new(bad)).is_err_and(|e| e.recoverable), "{bad}");
        }
    }
}
