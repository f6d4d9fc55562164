//! The functions of templates that work on moments, with Go's layouts (package `time`). Border: UTC and named zones.

use jiff::{Timestamp, civil, tz::TimeZone};

use super::Value;

/// Calls a function.
pub(super) fn call(name: &str, a: &[Value]) -> Result<Value, String> {
    let t = |n: usize| a[n].text();
    let time = |n: usize| match &a[n] {
        Value::Time(time) => Ok(*time),
        other => Err(format!("{name}: {:?} is no time; make one with toDate or unixToTime", other.text())),
    };
    Ok(match name {
        "date" => Value::Text(time(1)?.to_zoned(TimeZone::UTC).strftime(&format_of(&t(0))).to_string()),
        "toDate" => Value::Time(parsed(&t(0), &t(1), &TimeZone::UTC)?),
        "toDateInZone" => Value::Time(parsed(&t(0), &t(2), &TimeZone::get(&t(1)).map_err(|e| e.to_string())?)?),
        "unixEpoch" => Value::Text(time(0)?.as_second().to_string()),
        "unixEpochMillis" => Value::Text(time(0)?.as_millisecond().to_string()),
        "unixEpochNanos" => Value::Text(time(0)?.as_nanosecond().to_string()),
        "unixToTime" => {
            let text = t(0);
            let number: i128 = text.parse().map_err(|_| format!("unable to parse time {text:?}"))?;
            // the number of digits tells days, seconds, milliseconds, microseconds and nanoseconds apart
            let unit = match text.len() {
                5 => 86_400_000_000_000,
                10 => 1_000_000_000,
                13 => 1_000_000,
                16 => 1_000,
                19 => 1,
                _ => return Err(format!("unable to parse time {text:?}: it has neither 5, 10, 13, 16 nor 19 digits")),
            };
            Value::Time(Timestamp::from_nanosecond(number * unit).map_err(|e| e.to_string())?)
        }
        _ => return Err(format!("function {name:?} not defined")),
    })
}

/// Go's layout as a `strftime` format.
fn format_of(layout: &str) -> String {
    const PARTS: [(&str, &str); 33] = [
        ("January", "%B"),
        ("Jan", "%b"),
        ("Monday", "%A"),
        ("Mon", "%a"),
        ("2006", "%Y"),
        ("01", "%m"),
        ("02", "%d"),
        ("002", "%j"),
        ("03", "%I"),
        ("04", "%M"),
        ("05", "%S"),
        ("06", "%y"),
        ("15", "%H"),
        ("PM", "%p"),
        ("pm", "%P"),
        ("MST", "%Z"),
        ("Z07:00", "%:Q"),
        ("-07:00", "%:z"),
        ("-0700", "%z"),
        (".000000000", "%.9f"),
        (".000000", "%.6f"),
        (".000", "%.3f"),
        (".999999999", "%.f"),
        (".999999", "%.6f"),
        (".999", "%.3f"),
        (",000", ",%3f"),
        ("_2", "%e"),
        ("Z0700", "%z"),
        ("1", "%-m"),
        ("2", "%-d"),
        ("3", "%-I"),
        ("4", "%-M"),
        ("5", "%-S"),
    ];
    let (mut out, mut rest) = (String::new(), layout);
    while let Some(c) = rest.chars().next() {
        let longest = PARTS.iter().filter(|(part, _)| rest.starts_with(part)).max_by_key(|(part, _)| part.len());
        match longest {
            Some((part, format)) => {
                out.push_str(if *part == "Z07:00" { "Z" } else { format });
                rest = &rest[part.len()..];
            }
            None => {
                if c == '%' {
                    out.push('%');
                }
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out
}

fn parsed(layout: &str, text: &str, zone: &TimeZone) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let wrong = |e: jiff::Error| format!("parsing time {text:?} as {layout:?}: {e}");
    let broken = jiff::fmt::strtime::parse(format_of(layout), text).map_err(wrong)?;
    if let Ok(time) = broken.to_timestamp() {
        return Ok(time);
    }
    let date = broken.to_date().map_err(wrong)?;
    let time = broken.to_time().unwrap_or(civil::Time::midnight());
    zone.to_timestamp(date.to_datetime(time)).map_err(wrong)
}
