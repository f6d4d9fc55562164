//! Columns of the table `metrics`, in the order of `tracemill_model::tables::METRICS`.

use arrow_array::ArrayRef;
use arrow_schema::ArrowError;
use tracemill_model::Table;
use tracemill_model::date::{day_of, plausible};
use tracemill_model::tables::METRICS;

use super::{BoolColumn, Columns, FloatColumn, Form, IntColumn, ListColumn, Origin, OriginColumns, RowKey, TextColumn};
use crate::privacy::level;
use crate::record::{Metric, Number, Point, Texts};

/// See the module.
#[derive(Debug, Default)]
pub struct MetricColumns {
    /// Identity and place of each row.
    pub keys: Vec<RowKey>,
    time: IntColumn,
    start_time: IntColumn,
    metric: TextColumn,
    description: TextColumn,
    kind: TextColumn,
    unit: TextColumn,
    temporality: TextColumn,
    monotonic: BoolColumn,
    value: FloatColumn,
    value_int: IntColumn,
    count: IntColumn,
    sum: FloatColumn,
    min: FloatColumn,
    max: FloatColumn,
    bounds: ListColumn<f64>,
    bucket_counts: ListColumn<i64>,
    scale: IntColumn,
    zero_count: IntColumn,
    zero_threshold: FloatColumn,
    positive_offset: IntColumn,
    positive_counts: ListColumn<i64>,
    negative_offset: IntColumn,
    negative_counts: ListColumn<i64>,
    quantiles: TextColumn,
    exemplars: TextColumn,
    flags: IntColumn,
    metadata: TextColumn,
    /// Origin of each row.
    pub origin: OriginColumns,
    attributes: TextColumn,
    series: TextColumn,
}

/// Counts are unsigned in OTLP and signed in the lake; one above 2⁶³ is no count of anything and is held at the limit.
fn count(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

impl MetricColumns {
    /// Appends a data point.
    pub fn push(&mut self, origin: &Origin, metric: &Metric, point: &Point, texts: &Texts, identity: u128) {
        let time = plausible(point.time_ns);
        let sort_time = time.unwrap_or(i64::MIN);
        self.keys.push(RowKey {
            key: identity,
            identity,
            time: sort_time,
            rank: i64::MIN,
            day: day_of(time),
            source: origin.source,
            redacted: level(origin.redacted),
        });
        self.time.push(time);
        self.start_time.push(plausible(point.start_ns));
        self.metric.push(&metric.name);
        self.description.push(&metric.description);
        self.kind.push(metric.kind);
        self.unit.push(&metric.unit);
        self.temporality.push(&metric.temporality);
        self.monotonic.push(metric.monotonic);
        self.value.push(point.value.map(|v| match v {
            Number::Int(value) => value as f64,
            Number::Double(value) => value,
        }));
        self.value_int.push(match point.value {
            Some(Number::Int(value)) => Some(value),
            _ => None,
        });
        let counted = if metric.series.is_empty() { !matches!(metric.kind, "gauge" | "sum") } else { point.counted };
        self.count.push(counted.then_some(count(point.count)));
        self.sum.push(point.sum);
        self.min.push(point.min);
        self.max.push(point.max);
        self.bounds.push(point.bounds.iter().copied());
        self.bucket_counts.push(point.bucket_counts.iter().copied().map(count));
        let exponential = metric.kind == "exponential_histogram";
        self.scale.push(exponential.then_some(point.scale));
        self.zero_count.push(exponential.then_some(count(point.zero_count)));
        self.zero_threshold.push(exponential.then_some(point.zero_threshold));
        self.positive_offset.push(exponential.then_some(point.positive.offset));
        self.positive_counts.push(point.positive.counts.iter().copied().map(count));
        self.negative_offset.push(exponential.then_some(point.negative.offset));
        self.negative_counts.push(point.negative.counts.iter().copied().map(count));
        self.quantiles.push(&texts.quantiles);
        self.exemplars.push(&texts.exemplars);
        self.flags.push(Some(point.flags.into()));
        self.metadata.push(&metric.metadata);
        self.origin.push(origin);
        self.attributes.push(&texts.attributes);
        self.series.push(&metric.series);
    }

    /// Bytes of text and lists, without the origins.
    fn own_size(&self) -> usize {
        // asked for with each record, mostly of other tables
        if self.keys.is_empty() {
            return 0;
        }
        let own = [&self.attributes, &self.exemplars, &self.quantiles, &self.metric, &self.description, &self.unit, &self.metadata, &self.series];
        let counts = [&self.bucket_counts, &self.positive_counts, &self.negative_counts];
        own.map(TextColumn::size).iter().sum::<usize>() + counts.map(ListColumn::size).iter().sum::<usize>() + self.bounds.size()
    }
}

impl Columns for MetricColumns {
    fn table(&self) -> &'static Table {
        &METRICS
    }

    fn keys(&self) -> &[RowKey] {
        &self.keys
    }

    fn arrays(&self, rows: &[u32], form: Form) -> Result<Vec<ArrayRef>, ArrowError> {
        let mut columns = vec![
            self.record_ids(rows)?,
            self.time.times(rows),
            self.start_time.times(rows),
            self.metric.array(rows)?,
            self.description.array(rows)?,
            self.kind.array(rows)?,
            self.unit.array(rows)?,
            self.temporality.array(rows)?,
            self.monotonic.array(rows),
            self.value.array(rows),
            self.value_int.array(rows),
            self.count.array(rows),
            self.sum.array(rows),
            self.min.array(rows),
            self.max.array(rows),
            self.bounds.array(rows)?,
            self.bucket_counts.array(rows)?,
            self.scale.array(rows),
            self.zero_count.array(rows),
            self.zero_threshold.array(rows),
            self.positive_offset.array(rows),
            self.positive_counts.array(rows)?,
            self.negative_offset.array(rows),
            self.negative_counts.array(rows)?,
            self.quantiles.array(rows)?,
            self.exemplars.array(rows)?,
            self.flags.array(rows),
            self.metadata.array(rows)?,
        ];
        self.origin.arrays(&mut columns, &self.attributes, rows, form)?;
        columns.push(self.series.array(rows)?);
        Ok(columns)
    }

    fn size(&self) -> usize {
        self.own_size() + self.origin.size() + self.rows() * 600
    }

    fn held(&self) -> usize {
        self.own_size() + self.origin.held() + self.rows() * 400
    }

    fn truncate(&mut self, rows: usize) {
        self.keys.truncate(rows);
        for column in [
            &mut self.metric,
            &mut self.description,
            &mut self.kind,
            &mut self.unit,
            &mut self.temporality,
            &mut self.quantiles,
            &mut self.exemplars,
            &mut self.metadata,
            &mut self.attributes,
            &mut self.series,
        ] {
            column.truncate(rows);
        }
        for column in [
            &mut self.time,
            &mut self.start_time,
            &mut self.value_int,
            &mut self.count,
            &mut self.scale,
            &mut self.zero_count,
            &mut self.positive_offset,
            &mut self.negative_offset,
            &mut self.flags,
        ] {
            column.truncate(rows);
        }
        for column in [&mut self.value, &mut self.sum, &mut self.min, &mut self.max, &mut self.zero_threshold] {
            column.truncate(rows);
        }
        for column in [&mut self.bucket_counts, &mut self.positive_counts, &mut self.negative_counts] {
            column.truncate(rows);
        }
        self.bounds.truncate(rows);
        self.monotonic.truncate(rows);
        self.origin.truncate(rows);
    }
}
