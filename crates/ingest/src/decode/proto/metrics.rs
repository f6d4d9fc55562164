//! Metrics and their data points (`metrics.proto`).

use std::borrow::Cow;

use super::wire::{Message, Value};
use super::{Context, DecodeError, Result, Scratch, value};
use crate::canonical::{self, KeyValues};
use crate::record::{Buckets, Metric, Number, temporality};

/// The kind of data by its field number in `Metric`.
fn kind(number: u32) -> Option<&'static str> {
    match number {
        5 => Some("gauge"),
        7 => Some("sum"),
        9 => Some("histogram"),
        10 => Some("exponential_histogram"),
        11 => Some("summary"),
        _ => None,
    }
}

impl<'a> Context<'_, 'a> {
    /// `Metric`: name 1, description 2, unit 3, data 5, 7, 9, 10, 11, metadata 12.
    pub(super) fn metric(&mut self, message: &Message<'a>) -> Result<()> {
        let mut metric = Metric::default();
        let (mut data, mut unknown) = (None, None);
        let kv = &mut self.scratch.kv;
        kv.clear();
        let mark = kv.begin();
        let mut fields = message.clone();
        while let Some((number, value)) = fields.field()? {
            match (number, value) {
                (1, Value::Bytes(bytes)) => metric.name = Cow::Borrowed(fields.text(bytes)?),
                (2, Value::Bytes(bytes)) => metric.description = Cow::Borrowed(fields.text(bytes)?),
                (3, Value::Bytes(bytes)) => metric.unit = Cow::Borrowed(fields.text(bytes)?),
                (12, Value::Bytes(bytes)) => value::key_value(fields.nested(bytes), kv, 0)?,
                (number, Value::Bytes(bytes)) if kind(number).is_some() => {
                    metric.kind = kind(number).unwrap_or_default();
                    data = Some(fields.nested(bytes));
                }
                _ => unknown = Some((fields.position(), number)),
            }
        }
        if !kv.is_empty(mark) {
            kv.finish(mark, &mut metric.metadata);
        }
        if let Some((_, number)) = unknown.filter(|_| data.is_some()) {
            self.rows.told().left_out(&format!("number {number} of a metric"));
        }
        let Some(data) = data else {
            // what cannot be told from points must not be lost
            self.aside.extend(
                unknown.map(|(at, number)| {
                    DecodeError::value(at, format!("a metric without points, but with field {number}, which OTLP does not have"))
                }),
            );
            return Ok(());
        };
        // Sum, Histogram, ExponentialHistogram: temporality 2; Sum: monotonic 3
        if matches!(metric.kind, "sum" | "histogram" | "exponential_histogram") {
            metric.temporality = temporality(0);
            metric.monotonic = (metric.kind == "sum").then_some(false);
            let mut fields = data.clone();
            while let Some((number, value)) = fields.field()? {
                match (number, value) {
                    (2, value @ Value::Varint(_)) => metric.temporality = temporality(value.int() as i64),
                    (3, Value::Varint(truth)) if metric.kind == "sum" => metric.monotonic = Some(truth != 0),
                    _ => {}
                }
            }
        }
        let mut fields = data;
        while let Some((number, value)) = fields.field()? {
            let (1, Value::Bytes(bytes)) = (number, value) else {
                if !matches!((number, value), (2 | 3, Value::Varint(_))) {
                    self.left_out(&fields, number, "a metric's data");
                }
                continue;
            };
            match point(fields.nested(bytes), &metric, &mut self.scratch) {
                Ok(()) => self.rows.point(&metric, &self.scratch.point, &self.scratch.texts),
                // a point with a value that is none is set aside; the others go through
                Err(error) if error.recoverable => self.aside.push(error),
                Err(error) => return Err(error),
            }
            self.rows.check_size(fields.position())?;
        }
        Ok(())
    }
}

fn point<'a>(mut message: Message<'a>, metric: &Metric<'a>, scratch: &mut Scratch<'a>) -> Result<()> {
    scratch.texts.clear();
    scratch.point.clear();
    scratch.kv.clear();
    let mark = scratch.kv.begin();
    let mut exemplars = message.clone();
    let exemplar_field = match metric.kind {
        "gauge" | "sum" => 5,
        "histogram" => 8,
        "exponential_histogram" => 11,
        _ => 0,
    };
    while let Some((number, value)) = message.field()? {
        match metric.kind {
            "gauge" | "sum" => number_field(&mut message, number, value, scratch)?,
            "histogram" => histogram_field(&mut message, number, value, scratch)?,
            "exponential_histogram" => exponential_field(&mut message, number, value, scratch)?,
            _ => summary_field(&mut message, number, value, scratch)?,
        }
    }
    scratch.kv.finish(mark, &mut scratch.texts.attributes);
    canonical::end_list(&mut scratch.texts.quantiles);
    while let Some((number, value)) = exemplars.field()? {
        if let (number, Value::Bytes(bytes)) = (number, value)
            && number == exemplar_field
        {
            exemplar(exemplars.nested(bytes), &mut scratch.kv, &mut scratch.texts.exemplars)?;
        }
    }
    canonical::end_list(&mut scratch.texts.exemplars);
    if metric.kind == "summary" {
        // not optional in a summary: absent is zero
        scratch.point.sum.get_or_insert(0.0);
    }
    Ok(())
}

/// `NumberDataPoint`: start 2, time 3, as_double 4, as_int 6, attributes 7, flags 8.
fn number_field<'a>(message: &mut Message<'a>, number: u32, value: Value<'a>, scratch: &mut Scratch<'a>) -> Result<()> {
    let point = &mut scratch.point;
    match (number, value) {
        (2, value) => point.start_ns = value.int(),
        (3, value) => point.time_ns = value.int(),
        (4, value @ Value::Fixed64(_)) => point.value = Some(Number::Double(value.double())),
        (6, value @ Value::Fixed64(_)) => point.value = Some(Number::Int(value.int() as i64)),
        (7, Value::Bytes(bytes)) => value::key_value(message.nested(bytes), &mut scratch.kv, 0)?,
        (8, value) => point.flags = value.int() as u32,
        _ => {}
    }
    Ok(())
}

/// `HistogramDataPoint`: start 2, time 3, count 4, sum 5, bucket_counts 6, bounds 7, attributes 9, flags 10, min 11, max 12.
fn histogram_field<'a>(message: &mut Message<'a>, number: u32, value: Value<'a>, scratch: &mut Scratch<'a>) -> Result<()> {
    let point = &mut scratch.point;
    match (number, value) {
        (2, value) => point.start_ns = value.int(),
        (3, value) => point.time_ns = value.int(),
        (4, value) => point.count = value.int(),
        (5, value) => point.sum = Some(value.double()),
        (6, Value::Bytes(bytes)) => message.packed_fixed64(bytes, |n| point.bucket_counts.push(n))?,
        (6, value) => point.bucket_counts.push(value.int()),
        (7, Value::Bytes(bytes)) => message.packed_fixed64(bytes, |n| point.bounds.push(f64::from_bits(n)))?,
        (7, value) => point.bounds.push(value.double()),
        (9, Value::Bytes(bytes)) => value::key_value(message.nested(bytes), &mut scratch.kv, 0)?,
        (10, value) => point.flags = value.int() as u32,
        (11, value) => point.min = Some(value.double()),
        (12, value) => point.max = Some(value.double()),
        _ => {}
    }
    Ok(())
}

/// `ExponentialHistogramDataPoint`: attributes 1, start 2, time 3, count 4, sum 5, scale 6, zero_count 7, positive 8, negative 9,
/// flags 10, min 12, max 13, zero_threshold 14.
fn exponential_field<'a>(message: &mut Message<'a>, number: u32, value: Value<'a>, scratch: &mut Scratch<'a>) -> Result<()> {
    let point = &mut scratch.point;
    match (number, value) {
        (1, Value::Bytes(bytes)) => value::key_value(message.nested(bytes), &mut scratch.kv, 0)?,
        (2, value) => point.start_ns = value.int(),
        (3, value) => point.time_ns = value.int(),
        (4, value) => point.count = value.int(),
        (5, value) => point.sum = Some(value.double()),
        (6, value) => point.scale = value.zigzag(),
        (7, value) => point.zero_count = value.int(),
        (8, Value::Bytes(bytes)) => buckets(message.nested(bytes), &mut point.positive)?,
        (9, Value::Bytes(bytes)) => buckets(message.nested(bytes), &mut point.negative)?,
        (10, value) => point.flags = value.int() as u32,
        (12, value) => point.min = Some(value.double()),
        (13, value) => point.max = Some(value.double()),
        (14, value) => point.zero_threshold = value.double(),
        _ => {}
    }
    Ok(())
}

/// `SummaryDataPoint`: start 2, time 3, count 4, sum 5, quantiles 6, attributes 7, flags 8.
fn summary_field<'a>(message: &mut Message<'a>, number: u32, value: Value<'a>, scratch: &mut Scratch<'a>) -> Result<()> {
    let point = &mut scratch.point;
    match (number, value) {
        (2, value) => point.start_ns = value.int(),
        (3, value) => point.time_ns = value.int(),
        (4, value) => point.count = value.int(),
        (5, value) => point.sum = Some(value.double()),
        (6, Value::Bytes(bytes)) => {
            let mut pair = message.nested(bytes);
            let (mut quantile, mut of) = (0.0, 0.0);
            while let Some((number, value)) = pair.field()? {
                match number {
                    1 => quantile = value.double(),
                    2 => of = value.double(),
                    _ => {}
                }
            }
            canonical::quantile(&mut scratch.texts.quantiles, quantile, of);
        }
        (7, Value::Bytes(bytes)) => value::key_value(message.nested(bytes), &mut scratch.kv, 0)?,
        (8, value) => point.flags = value.int() as u32,
        _ => {}
    }
    Ok(())
}

/// `Buckets`: offset 1 (zigzag), counts 2.
fn buckets<'a>(mut message: Message<'a>, out: &mut Buckets) -> Result<()> {
    while let Some((number, value)) = message.field()? {
        match (number, value) {
            (1, value) => out.offset = value.zigzag(),
            (2, Value::Bytes(bytes)) => message.packed_varint(bytes, |n| out.counts.push(n))?,
            (2, value) => out.counts.push(value.int()),
            _ => {}
        }
    }
    Ok(())
}

/// `Exemplar`: time 2, as_double 3, span_id 4, trace_id 5, as_int 6, filtered_attributes 7.
fn exemplar<'a>(mut message: Message<'a>, kv: &mut KeyValues, out: &mut String) -> Result<()> {
    let (mut time_ns, mut of, mut trace_id, mut span_id) = (0, None, None, None);
    kv.clear();
    let mark = kv.begin();
    while let Some((number, value)) = message.field()? {
        match (number, value) {
            (2, value) => time_ns = value.int(),
            (3, value @ Value::Fixed64(_)) => of = Some(Number::Double(value.double())),
            (4, Value::Bytes(bytes)) => span_id = message.id(bytes)?,
            (5, Value::Bytes(bytes)) => trace_id = message.id(bytes)?,
            (6, value @ Value::Fixed64(_)) => of = Some(Number::Int(value.int() as i64)),
            (7, Value::Bytes(bytes)) => value::key_value(message.nested(bytes), kv, 0)?,
            _ => {}
        }
    }
    let mut filtered = String::new();
    kv.finish(mark, &mut filtered);
    canonical::exemplar(out, time_ns, of, trace_id, span_id, &filtered);
    Ok(())
}
