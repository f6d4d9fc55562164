//! A single value as text and as JSON: the one place where numbers and times get their letters.

use std::borrow::Cow;

use polars::prelude::{AnyValue, Field, TimeUnit};
use tracemill_model::date::{DAY_NS, day_name};

/// The value as text; `None` for null.
pub(super) fn text<'a>(value: &'a AnyValue<'_>) -> Option<Cow<'a, str>> {
    Some(match value {
        AnyValue::Null => return None,
        AnyValue::String(s) => Cow::Borrowed(s),
        AnyValue::StringOwned(s) => Cow::Borrowed(s.as_str()),
        AnyValue::Boolean(b) => Cow::Borrowed(if *b { "true" } else { "false" }),
        AnyValue::Float64(x) => Cow::Owned(double(*x)),
        AnyValue::Date(day) => Cow::Owned(day_name(*day)),
        AnyValue::Datetime(..) | AnyValue::DatetimeOwned(..) => Cow::Owned(nanoseconds(value).map(time).unwrap_or_default()),
        AnyValue::List(_) | AnyValue::Struct(..) | AnyValue::StructOwned(_) => {
            let mut out = Vec::new();
            json(value, &mut out);
            Cow::Owned(String::from_utf8_lossy(&out).into_owned())
        }
        other => Cow::Owned(other.to_string()),
    })
}

/// Appends the value as JSON.
pub(super) fn json(value: &AnyValue<'_>, out: &mut Vec<u8>) {
    match value {
        AnyValue::Null => out.extend_from_slice(b"null"),
        AnyValue::Float64(x) if x.is_finite() => out.extend_from_slice(double(*x).as_bytes()),
        AnyValue::Float32(x) => json(&AnyValue::Float64(f64::from(*x)), out),
        AnyValue::Boolean(_) => out.extend_from_slice(text(value).unwrap_or_default().as_bytes()),
        AnyValue::List(series) => {
            out.push(b'[');
            for (n, item) in series.iter().enumerate() {
                comma(n, out);
                json(&item, out);
            }
            out.push(b']');
        }
        AnyValue::Struct(_, _, fields) => object(fields, value._iter_struct_av(), out),
        AnyValue::StructOwned(inner) => object(&inner.1, inner.0.iter().cloned(), out),
        other if other.is_integer() => out.extend_from_slice(other.to_string().as_bytes()),
        other => string(&text(other).unwrap_or_default(), out),
    }
}

fn object<'a>(fields: &[Field], values: impl Iterator<Item = AnyValue<'a>>, out: &mut Vec<u8>) {
    out.push(b'{');
    for (n, (field, value)) in fields.iter().zip(values).enumerate() {
        comma(n, out);
        string(field.name(), out);
        out.push(b':');
        json(&value, out);
    }
    out.push(b'}');
}

/// Appends a comma before all but the first.
pub(super) fn comma(n: usize, out: &mut Vec<u8>) {
    if n > 0 {
        out.push(b',');
    }
}

/// Appends a JSON string.
pub(super) fn string(text: &str, out: &mut Vec<u8>) {
    // `Value`'s display is infallible, where writing to a Vec would hand back a Result that cannot be an error
    out.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes());
}

/// A double that reads back the same, always with `.` or an exponent where finite.
fn double(x: f64) -> String {
    if x.is_nan() {
        "NaN".to_owned()
    } else if x.is_infinite() {
        if x > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else {
        ryu::Buffer::new().format_finite(x).to_owned()
    }
}

/// A time value's nanoseconds since the epoch.
pub(super) fn nanoseconds(value: &AnyValue<'_>) -> Option<i64> {
    let (count, unit) = match value {
        AnyValue::Datetime(count, unit, _) => (*count, *unit),
        AnyValue::DatetimeOwned(count, unit, _) => (*count, *unit),
        _ => return None,
    };
    match unit {
        TimeUnit::Nanoseconds => Some(count),
        TimeUnit::Microseconds => count.checked_mul(1_000),
        TimeUnit::Milliseconds => count.checked_mul(1_000_000),
    }
}

/// RFC 3339 with nanoseconds, UTC.
pub(crate) fn time(ns: i64) -> String {
    let day = i32::try_from(ns.div_euclid(DAY_NS)).unwrap_or(0);
    let in_day = ns.rem_euclid(DAY_NS);
    let seconds = in_day / 1_000_000_000;
    format!("{}T{:02}:{:02}:{:02}.{:09}Z", day_name(day), seconds / 3600, seconds / 60 % 60, seconds % 60, in_day % 1_000_000_000)
}

/// 10⁻⁹ USD as USD, exactly.
pub(crate) fn usd(nano: i64) -> String {
    let sign = if nano < 0 { "-" } else { "" };
    format!("{sign}{}.{:09}", nano.unsigned_abs() / 1_000_000_000, nano.unsigned_abs() % 1_000_000_000)
}
