//! Metrics: Copilot CLI's lines (one metric each), and `ResourceMetrics` of the JavaScript SDK (all that a reader collected at a time).
//!
//! A line of Copilot CLI says neither type nor temporality. Its values tell the type, and the same metrics sent as OTLP are cumulative and,
//! where they are sums, monotonic without an exception.

use std::borrow::Cow;

use super::{Result, first_of, is_repeated, origin, read, value};
use crate::decode::json::{Cursor, Fields, lenient};
use crate::decode::{DecodeError, Scratch, SetAside};
use crate::record::{Buckets, Metric, Number, Point};
use crate::rows::Rows;
use repeated::Repeated;

mod repeated;

/// All metrics of a collection.
pub fn collection<'a>(fields: &Fields<'a>, scratch: &mut Scratch<'a>, rows: &mut Rows, aside: &mut SetAside) -> Result<()> {
    let mut repeated = Repeated::default();
    let Some(mut scopes) = fields.get("scopeMetrics") else { return Ok(()) };
    let mut first = true;
    if !scopes.begin_array()? {
        return Ok(());
    }
    while scopes.element(&mut first)? {
        let from = rows.counts();
        let fields = Fields::read(&mut scopes)?;
        let (scope, schema_url) = origin::scope(first_of(&fields, &origin::SCOPES), scratch)?;
        rows.set_scope(scope);
        let (mut first_metric, metrics) = (true, fields.get("metrics"));
        let Some(mut metrics) = metrics else {
            aside.push(DecodeError::value(fields.position(), "a scope without metrics".to_owned()));
            continue;
        };
        if metrics.begin_array()? {
            while metrics.element(&mut first_metric)? {
                metric(&Fields::read(&mut metrics)?, &mut repeated, scratch, rows, aside)?;
            }
        }
        rows.fill_schema_url(from, &schema_url);
    }
    Ok(())
}

/// The metric of a line.
pub fn one<'a>(fields: &Fields<'a>, scratch: &mut Scratch<'a>, rows: &mut Rows, aside: &mut SetAside) -> Result<()> {
    metric(fields, &mut Repeated::default(), scratch, rows, aside)
}

/// What the points of a metric need of it.
struct Instrument<'a> {
    metric: Metric<'a>,
    /// Whether its integers are integers (`ValueType`); `None` where the digits decide.
    integers: Option<bool>,
    observable: bool,
}

fn metric<'a>(fields: &Fields<'a>, repeated: &mut Repeated, scratch: &mut Scratch<'a>, rows: &mut Rows, aside: &mut SetAside) -> Result<()> {
    let mut points = match fields.get("dataPoints") {
        Some(points) => points,
        None => {
            aside.push(DecodeError::value(fields.position(), "a metric without points".to_owned()));
            return Ok(());
        }
    };
    let instrument = instrument(fields, &points)?;
    repeated.begin_metric();
    let mut first = true;
    if !points.begin_array()? {
        return Ok(());
    }
    while points.element(&mut first)? {
        let at = points.clone();
        match point(&mut points, &instrument, repeated, scratch) {
            Ok(()) => rows.point(&instrument.metric, &scratch.point, &scratch.texts),
            Err(error) if error.recoverable => {
                points.rewind(&at);
                points.skip()?;
                aside.push(error);
            }
            Err(error) => return Err(error),
        }
        rows.check_size(points.position())?;
    }
    Ok(())
}

fn instrument<'a>(fields: &Fields<'a>, points: &Cursor<'a>) -> Result<Instrument<'a>> {
    let descriptor = fields.get("descriptor").map(|mut c| Fields::read(&mut c)).transpose()?;
    let said = |key: &str| -> Result<Option<Cow<'a, str>>> {
        match &descriptor {
            Some(descriptor) => read(descriptor, &[key], lenient::text),
            // the type of a line is that it is a metric
            None if key == "type" => Ok(None),
            None => read(fields, &[key], lenient::text),
        }
    };
    let kind_of_instrument = said("type")?.unwrap_or_default();
    let kind = read(fields, &["dataPointType"], lenient::text)?.as_deref().and_then(data_point_type);
    let Some(kind) = kind.or_else(|| data_type(&kind_of_instrument)).or_else(|| first_value(points.clone())) else {
        return Err(DecodeError::syntax(fields.position(), "a metric of unknown type".to_owned()));
    };
    let mut metric = Metric {
        name: said("name")?.unwrap_or_default(),
        description: said("description")?.unwrap_or_default(),
        unit: said("unit")?.unwrap_or_default(),
        kind,
        ..Metric::default()
    };
    if kind != "gauge" {
        let known = read(fields, &["aggregationTemporality"], |c| lenient::enumeration(c, "aggregation_temporality_", temporality))?;
        metric.temporality = known.unwrap_or(Cow::Borrowed("cumulative"));
    }
    if kind == "sum" {
        let up_and_down = kind_of_instrument.contains("UP_DOWN");
        metric.monotonic = read(fields, &["isMonotonic"], lenient::boolean)?.or(Some(!up_and_down));
    }
    let integers = said("valueType")?.and_then(|t| match t.as_ref() {
        "0" | "INT" => Some(true),
        "1" | "DOUBLE" => Some(false),
        _ => None,
    });
    Ok(Instrument { metric, integers, observable: kind_of_instrument.starts_with("OBSERVABLE") })
}

/// The word for a temporality by JavaScript's number: one less than OTLP's.
fn temporality(number: i64) -> Cow<'static, str> {
    crate::record::temporality(number.saturating_add(1))
}

/// `DataPointType` of the SDK, by number or name.
fn data_point_type(word: &str) -> Option<&'static str> {
    match word {
        "0" | "HISTOGRAM" => Some("histogram"),
        "1" | "EXPONENTIAL_HISTOGRAM" => Some("exponential_histogram"),
        "2" | "GAUGE" => Some("gauge"),
        "3" | "SUM" => Some("sum"),
        _ => None,
    }
}

/// What an instrument's points are by default (`InstrumentType` of the SDK).
fn data_type(instrument: &str) -> Option<&'static str> {
    match instrument {
        "COUNTER" | "UP_DOWN_COUNTER" | "OBSERVABLE_COUNTER" | "OBSERVABLE_UP_DOWN_COUNTER" => Some("sum"),
        "HISTOGRAM" => Some("histogram"),
        "GAUGE" | "OBSERVABLE_GAUGE" => Some("gauge"),
        _ => None,
    }
}

/// What the value of the first point shows the metric to be; without points it is as good as a sum.
fn first_value(mut points: Cursor) -> Option<&'static str> {
    if !points.begin_array().ok()? || !points.element(&mut true).ok()? {
        return Some("sum");
    }
    let mut value = Fields::read(&mut points).ok()?.get("value")?;
    if value.peek() != Some(b'{') {
        return Some("sum");
    }
    let value = Fields::read(&mut value).ok()?;
    Some(if value.has("scale") { "exponential_histogram" } else { "histogram" })
}

fn point<'a>(cursor: &mut Cursor<'a>, instrument: &Instrument, repeated: &mut Repeated, scratch: &mut Scratch<'a>) -> Result<()> {
    let Scratch { kv, texts, point, .. } = scratch;
    texts.clear();
    point.clear();
    let fields = Fields::read(cursor)?;
    match fields.get("attributes") {
        Some(place) if is_repeated(&place) => {
            let reason = "attributes that are not written out: they are those of a point before it, but it is not told of which";
            return Err(DecodeError::value(place.position(), reason.to_owned()));
        }
        Some(mut attributes) => value::attributes(&mut attributes, kv, &mut texts.attributes)?,
        None => texts.attributes.push_str("{}"),
    }
    point.start_ns = read(&fields, &["startTime"], |c| repeated.start(c, instrument.observable))?.unwrap_or(0);
    point.time_ns = read(&fields, &["endTime", "time"], |c| repeated.end(c))?.unwrap_or(0);
    let Some(mut value) = fields.get("value") else { return Ok(()) };
    match value.peek() {
        Some(b'{') => histogram(&Fields::read(&mut value)?, repeated, point),
        _ => {
            point.value = number(&mut value, instrument.integers)?;
            Ok(())
        }
    }
}

/// The value of a gauge or sum; null stands for what JSON cannot say (NaN, infinities).
fn number(cursor: &mut Cursor, integers: Option<bool>) -> Result<Option<Number>> {
    if integers != Some(false) {
        let mut place = cursor.clone();
        if let Ok(Some(value)) = lenient::text(&mut place).map(|digits| digits.parse().ok()) {
            return Ok(Some(Number::Int(value)));
        }
    }
    Ok(lenient::double(cursor)?.map(Number::Double))
}

fn histogram(value: &Fields, repeated: &mut Repeated, point: &mut Point) -> Result<()> {
    point.count = read(value, &["count"], lenient::uint)?.flatten().unwrap_or(0);
    point.sum = read(value, &["sum"], lenient::double)?.flatten();
    point.min = read(value, &["min"], lenient::double)?.flatten();
    point.max = read(value, &["max"], lenient::double)?.flatten();
    if let Some(mut buckets) = value.get("buckets") {
        let buckets = Fields::read(&mut buckets)?;
        counts(buckets.get("counts"), &mut point.bucket_counts)?;
        if let Some(mut bounds) = buckets.get("boundaries") {
            repeated.bounds(&mut bounds, point.bucket_counts.len(), &mut point.bounds)?;
        }
    }
    point.scale = read(value, &["scale"], lenient::int)?.flatten().unwrap_or(0);
    point.zero_count = read(value, &["zeroCount"], lenient::uint)?.flatten().unwrap_or(0);
    point.zero_threshold = read(value, &["zeroThreshold"], lenient::double)?.flatten().unwrap_or(0.0);
    side(value.get("positive"), &mut point.positive)?;
    side(value.get("negative"), &mut point.negative)
}

fn side(cursor: Option<Cursor>, out: &mut Buckets) -> Result<()> {
    let Some(mut cursor) = cursor else { return Ok(()) };
    let fields = Fields::read(&mut cursor)?;
    out.offset = read(&fields, &["offset"], lenient::int)?.flatten().unwrap_or(0);
    counts(fields.get("bucketCounts"), &mut out.counts)
}

fn counts(cursor: Option<Cursor>, out: &mut Vec<u64>) -> Result<()> {
    let Some(mut cursor) = cursor else { return Ok(()) };
    let mut first = true;
    if cursor.begin_array()? {
        while cursor.element(&mut first)? {
            out.push(lenient::uint(&mut cursor)?.unwrap_or(0));
        }
    }
    Ok(())
}
