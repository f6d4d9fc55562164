//! Metrics and their data points (`metrics.proto`).
//!
//! A metric's name, unit and temporality govern its points but may follow them in the text, so a metric is walked twice: once
//! for these, once for the points.

use super::{Context, Cursor, DecodeError, Result, Scratch, left_out, lenient, value};
use crate::canonical::{self, KeyValues};
use crate::record::{Buckets, Metric, Number, temporality};

fn kind(key: &str) -> Option<&'static str> {
    match key {
        "gauge" | "intGauge" | "doubleGauge" => Some("gauge"),
        "sum" | "intSum" | "doubleSum" => Some("sum"),
        "histogram" | "intHistogram" | "doubleHistogram" => Some("histogram"),
        "exponentialHistogram" | "exponential_histogram" => Some("exponential_histogram"),
        "summary" | "doubleSummary" => Some("summary"),
        _ => None,
    }
}

impl<'a> Context<'_, 'a> {
    /// A metric with all its points.
    pub(super) fn metric(&mut self, cursor: &mut Cursor<'a>) -> Result<()> {
        let mut metric = Metric::default();
        let (mut data, mut unknown): (Option<Cursor<'a>>, _) = (None, None);
        let mut first = true;
        if !cursor.begin_object()? {
            return Ok(());
        }
        while let Some(key) = cursor.key(&mut first)? {
            match key.as_ref() {
                "name" => metric.name = lenient::text(cursor)?,
                "description" => metric.description = lenient::text(cursor)?,
                "unit" => metric.unit = lenient::text(cursor)?,
                "metadata" => {
                    metric.metadata.clear();
                    value::attributes(cursor, &mut self.scratch.kv, &mut metric.metadata)?;
                    if metric.metadata == "{}" {
                        metric.metadata.clear();
                    }
                }
                key => {
                    let kind = kind(key);
                    if kind.is_none() {
                        unknown = Some(DecodeError::value(
                            cursor.position(),
                            format!("a metric without points, but with {key:?}, which OTLP does not have"),
                        ));
                        self.rows.told().left_out(&format!("{key:?} of a metric"));
                    }
                    if let Some(kind) = kind {
                        cursor.peek();
                        let place = cursor.clone();
                        if !cursor.null() {
                            metric.kind = kind;
                            // only the last one is read
                            data.replace(place).map_or(Ok(()), |mut before| before.skip())?;
                            cursor.pass_over()?;
                        }
                        continue;
                    }
                    cursor.skip()?;
                }
            }
        }
        match data {
            Some(mut place) => self.points(&mut place, metric),
            // what cannot be told from points must not be lost
            None => {
                self.aside.extend(unknown);
                Ok(())
            }
        }
    }

    /// The points of a metric. One with a value that is none is set aside; the others go through.
    fn points(&mut self, cursor: &mut Cursor<'a>, mut metric: Metric<'a>) -> Result<()> {
        let mut places: Vec<Cursor<'a>> = Vec::new();
        let mut first = true;
        if matches!(metric.kind, "sum" | "histogram" | "exponential_histogram") {
            metric.temporality = temporality(0);
        }
        if metric.kind == "sum" {
            metric.monotonic = Some(false);
        }
        if !cursor.begin_object()? {
            return Ok(());
        }
        while let Some(key) = cursor.key(&mut first)? {
            match key.as_ref() {
                "dataPoints" | "data_points" => {
                    places.push(cursor.clone());
                    cursor.pass_over()?;
                }
                "aggregationTemporality" | "aggregation_temporality" => {
                    metric.temporality = lenient::enumeration(cursor, "aggregation_temporality_", temporality)?;
                }
                "isMonotonic" | "is_monotonic" => metric.monotonic = Some(lenient::boolean(cursor)?),
                other => left_out(cursor, other, "a metric's data", self.rows, self.aside)?,
            }
        }
        for mut place in places {
            let mut first = true;
            if place.begin_array()? {
                while place.element(&mut first)? {
                    // as a span or a log record that is null
                    if place.null() {
                        continue;
                    }
                    let start = place.clone();
                    match point(&mut place, &metric, self.scratch) {
                        Ok(()) => self.rows.point(&metric, &self.scratch.point, &self.scratch.texts),
                        Err(error) if error.recoverable => {
                            place.rewind(&start);
                            place.skip()?;
                            self.aside.push(error);
                        }
                        Err(error) => return Err(error),
                    }
                    self.rows.check_size(place.position())?;
                }
            }
        }
        Ok(())
    }
}

fn point<'a>(cursor: &mut Cursor<'a>, metric: &Metric<'a>, scratch: &mut Scratch<'a>) -> Result<()> {
    let Scratch { kv, texts, point, .. } = scratch;
    texts.clear();
    point.clear();
    let mut first = true;
    if !cursor.begin_object()? {
        return Ok(());
    }
    while let Some(key) = cursor.key(&mut first)? {
        match key.as_ref() {
            "startTimeUnixNano" | "start_time_unix_nano" => point.start_ns = lenient::uint(cursor)?.unwrap_or(0),
            "timeUnixNano" | "time_unix_nano" => point.time_ns = lenient::uint(cursor)?.unwrap_or(0),
            "asInt" | "as_int" => point.value = lenient::int(cursor)?.map(Number::Int).or(point.value),
            "asDouble" | "as_double" => point.value = lenient::double(cursor)?.map(Number::Double).or(point.value),
            "value" => point.value = old_value(cursor)?.or(point.value),
            "count" => point.count = lenient::uint(cursor)?.unwrap_or(0),
            "sum" => point.sum = lenient::double(cursor)?,
            "min" => point.min = lenient::double(cursor)?,
            "max" => point.max = lenient::double(cursor)?,
            "bucketCounts" | "bucket_counts" => list(cursor, &mut point.bucket_counts, |c| Ok(lenient::uint(c)?.unwrap_or(0)))?,
            "explicitBounds" | "explicit_bounds" => list(cursor, &mut point.bounds, |c| Ok(lenient::double(c)?.unwrap_or(0.0)))?,
            "scale" => point.scale = lenient::int(cursor)?.unwrap_or(0),
            "zeroCount" | "zero_count" => point.zero_count = lenient::uint(cursor)?.unwrap_or(0),
            "zeroThreshold" | "zero_threshold" => point.zero_threshold = lenient::double(cursor)?.unwrap_or(0.0),
            "positive" => buckets(cursor, &mut point.positive)?,
            "negative" => buckets(cursor, &mut point.negative)?,
            "quantileValues" | "quantile_values" => quantiles(cursor, &mut texts.quantiles)?,
            "exemplars" => exemplars(cursor, kv, &mut texts.exemplars)?,
            "flags" => point.flags = lenient::uint32(cursor)?,
            // labels: StringKeyValue of OTLP before 0.9
            "attributes" | "labels" => {
                texts.attributes.clear();
                value::attributes(cursor, kv, &mut texts.attributes)?;
            }
            _ => cursor.skip()?,
        }
    }
    if texts.attributes.is_empty() {
        texts.attributes.push_str("{}");
    }
    if matches!(metric.kind, "summary") {
        // not optional in a summary: absent is zero (metrics.proto, SummaryDataPoint)
        point.sum.get_or_insert(0.0);
    }
    Ok(())
}

/// The value of an `IntDataPoint` (a string, as 64-bit integers are) or `DoubleDataPoint` (a number) of OTLP before 0.9.
fn old_value(cursor: &mut Cursor) -> Result<Option<Number>> {
    if cursor.peek() == Some(b'"') { Ok(lenient::int(cursor)?.map(Number::Int)) } else { Ok(lenient::double(cursor)?.map(Number::Double)) }
}

fn list<'a, T>(cursor: &mut Cursor<'a>, out: &mut Vec<T>, read: impl Fn(&mut Cursor<'a>) -> Result<T>) -> Result<()> {
    let mut first = true;
    out.clear();
    if cursor.begin_array()? {
        while cursor.element(&mut first)? {
            out.push(read(cursor)?);
        }
    }
    Ok(())
}

fn buckets(cursor: &mut Cursor, out: &mut Buckets) -> Result<()> {
    let mut first = true;
    if cursor.begin_object()? {
        while let Some(key) = cursor.key(&mut first)? {
            match key.as_ref() {
                "offset" => out.offset = lenient::int(cursor)?.unwrap_or(0),
                "bucketCounts" | "bucket_counts" => list(cursor, &mut out.counts, |c| Ok(lenient::uint(c)?.unwrap_or(0)))?,
                _ => cursor.skip()?,
            }
        }
    }
    Ok(())
}

fn quantiles(cursor: &mut Cursor, out: &mut String) -> Result<()> {
    let mut first = true;
    out.clear();
    if cursor.begin_array()? {
        while cursor.element(&mut first)? {
            let (mut quantile, mut value, mut first_key) = (0.0, 0.0, true);
            if cursor.begin_object()? {
                while let Some(key) = cursor.key(&mut first_key)? {
                    match key.as_ref() {
                        "quantile" => quantile = lenient::double(cursor)?.unwrap_or(0.0),
                        "value" => value = lenient::double(cursor)?.unwrap_or(0.0),
                        _ => cursor.skip()?,
                    }
                }
            }
            canonical::quantile(out, quantile, value);
        }
    }
    canonical::end_list(out);
    Ok(())
}

fn exemplars(cursor: &mut Cursor, kv: &mut KeyValues, out: &mut String) -> Result<()> {
    let mut first = true;
    out.clear();
    if cursor.begin_array()? {
        while cursor.element(&mut first)? {
            let (mut time_ns, mut value, mut trace_id, mut span_id, mut filtered) = (0, None, None, None, String::new());
            let mut first_key = true;
            if cursor.begin_object()? {
                while let Some(key) = cursor.key(&mut first_key)? {
                    match key.as_ref() {
                        "timeUnixNano" | "time_unix_nano" => time_ns = lenient::uint(cursor)?.unwrap_or(0),
                        "asInt" | "as_int" => value = lenient::int(cursor)?.map(Number::Int).or(value),
                        "asDouble" | "as_double" => value = lenient::double(cursor)?.map(Number::Double).or(value),
                        "traceId" | "trace_id" => trace_id = lenient::id(cursor)?,
                        "spanId" | "span_id" => span_id = lenient::id(cursor)?,
                        "filteredAttributes" | "filtered_attributes" => {
                            filtered.clear();
                            value::attributes(cursor, kv, &mut filtered)?;
                        }
                        _ => cursor.skip()?,
                    }
                }
            }
            canonical::exemplar(out, time_ns, value, trace_id, span_id, &filtered);
        }
    }
    canonical::end_list(out);
    Ok(())
}
