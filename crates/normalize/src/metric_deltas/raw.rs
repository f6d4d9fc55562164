//! A data point as the raw table has it. Border: cells in, amounts and names out; no point is compared to another here.

use arrow_array::types::{Float64Type, Int64Type};
use xxhash_rust::xxh3::Xxh3Default;

use super::amount::Amount;
use super::buckets::{Buckets, Exponential};
use crate::attributes::json;
use tracemill_model::read::Rows;

/// The columns read.
pub const COLUMNS: [&str; 32] = [
    "record_id",
    "time",
    "start_time",
    "metric",
    "type",
    "unit",
    "temporality",
    "monotonic",
    "value",
    "value_int",
    "count",
    "sum",
    "min",
    "max",
    "bounds",
    "bucket_counts",
    "scale",
    "zero_count",
    "zero_threshold",
    "positive_offset",
    "positive_counts",
    "negative_offset",
    "negative_counts",
    "flags",
    "service_name",
    "scope_name",
    "scope_version",
    "scope_attributes",
    "attributes",
    "resource",
    "metadata",
    "system",
];

/// What the rows of Prometheus' samples have in the last of the columns.
pub const SAMPLES: &str = "prometheus";

/// What makes a series; whether it is monotonic is part of its type.
const SERIES: [usize; 10] = [
    at("metric"),
    at("type"),
    at("unit"),
    at("temporality"),
    at("service_name"),
    at("scope_name"),
    at("scope_version"),
    at("scope_attributes"),
    at("attributes"),
    at("resource"),
];

/// What makes a series of Prometheus: its labels, wherever they went, and what its metric is. Not its own name, which has the part of a
/// histogram in it and differs between servers, nor the unit, which some forms tell and others do not.
const SAMPLED: [usize; 8] =
    [at("metric"), at("type"), at("service_name"), at("scope_name"), at("scope_version"), at("scope_attributes"), at("attributes"), at("resource")];

/// Flag of a point that only says that the series ended (`DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK`).
const NO_RECORDED_VALUE: i64 = 1;

/// The place of a column among [`COLUMNS`].
const fn at(name: &str) -> usize {
    let mut place = 0;
    while !same(COLUMNS[place].as_bytes(), name.as_bytes()) {
        place += 1;
    }
    place
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut n = 0;
    while n < a.len() && n < b.len() && a[n] == b[n] {
        n += 1;
    }
    n == a.len() && n == b.len()
}

/// One row of a batch.
#[derive(Debug, Clone, Copy)]
pub struct RawPoint<'b> {
    pub batch: &'b Rows,
    pub row: usize,
}

impl<'b> RawPoint<'b> {
    pub fn record_id(self) -> Option<&'b str> {
        self.text(const { at("record_id") })
    }

    pub fn metric(self) -> Option<&'b str> {
        self.text(const { at("metric") })
    }

    pub fn kind(self) -> Option<&'b str> {
        self.text(const { at("type") })
    }

    pub fn unit(self) -> Option<&'b str> {
        self.text(const { at("unit") })
    }

    pub fn service_name(self) -> Option<&'b str> {
        self.text(const { at("service_name") })
    }

    pub fn scope_name(self) -> Option<&'b str> {
        self.text(const { at("scope_name") })
    }

    pub fn resource(self) -> Option<&'b str> {
        self.text(const { at("resource") })
    }

    pub fn labels(self) -> Option<&'b str> {
        self.text(const { at("attributes") })
    }

    pub fn time(self) -> Option<i64> {
        self.batch.times(const { at("time") }).get(self.row)
    }

    pub fn start(self) -> Option<i64> {
        self.batch.times(const { at("start_time") }).get(self.row)
    }

    /// Of a sum: whether it only grows.
    pub fn monotonic(self) -> Option<bool> {
        self.batch.bools(const { at("monotonic") }).get(self.row)
    }

    /// Whether its figures are of its own interval alone.
    pub fn is_delta(self) -> bool {
        self.text(const { at("temporality") }) == Some("delta")
    }

    /// Whether it is a sample that Prometheus, or what speaks like it, has kept.
    pub fn is_sample(self) -> bool {
        self.text(const { at("system") }) == Some(SAMPLES)
    }

    /// Whether it is what a server answered for a place on a grid, where it may repeat the last value.
    pub fn is_resampled(self) -> bool {
        let metadata = self.text(const { at("metadata") }).filter(|json| json.contains("resampled"));
        metadata.and_then(|json| json::value_at(json, &["resampled"])?.as_bool()) == Some(true)
    }

    /// Of a sample of a classic histogram's bucket: the upper bound, and the number of values up to it.
    pub fn cumulative_bucket(self) -> Option<(f64, i64)> {
        let bounds = self.batch.lists::<Float64Type>(const { at("bounds") }).get(self.row);
        let &[count] = self.batch.lists::<Int64Type>(const { at("bucket_counts") }).get(self.row) else { return None };
        let alone = self.int(const { at("count") }).is_none() && self.float(const { at("sum") }).is_none();
        let bound = match bounds {
            [] => f64::INFINITY,
            [bound] if !bound.is_nan() => *bound,
            _ => return None,
        };
        alone.then_some((bound, count))
    }

    /// The fingerprint of its series: resource, scope, metric, unit, type, temporality and attributes.
    pub fn series(self) -> u128 {
        self.fingerprint(&SERIES)
    }

    /// The fingerprint of the series of a sample, the same for all parts of a histogram.
    pub fn sampled_series(self) -> u128 {
        self.fingerprint(&SAMPLED)
    }

    fn fingerprint(self, columns: &[usize]) -> u128 {
        let mut hash = Xxh3Default::new();
        for &column in columns {
            let part = self.text(column);
            hash.update(part.unwrap_or_default().as_bytes());
            hash.update(&[u8::from(part.is_some()), 0xff]);
        }
        hash.digest128()
    }

    /// What it has added up, of a gauge its value; `None` for a point that only says that the series ended, or has no finite value.
    pub fn amount(self) -> Option<Amount> {
        if self.int(const { at("flags") }).unwrap_or(0) & NO_RECORDED_VALUE != 0 {
            return None;
        }
        if matches!(self.kind(), Some("gauge" | "sum")) {
            let value = Some(self.float(const { at("value") })?);
            return Some(Amount { value, exact: self.int(const { at("value_int") }), ..Amount::default() });
        }
        let count = self.int(const { at("count") });
        // a count that differs from that of the buckets is against the protocol, and nobody can tell which of them is right
        let buckets = self.buckets().filter(|buckets| buckets.total() == count);
        Some(Amount {
            value: self.float(const { at("sum") }),
            exact: None,
            count,
            min: self.float(const { at("min") }),
            max: self.float(const { at("max") }),
            buckets,
        })
    }

    fn buckets(self) -> Option<Buckets> {
        let ints = |column| self.batch.lists::<Int64Type>(column).get(self.row);
        match self.kind()? {
            "histogram" => {
                Buckets::explicit(self.batch.lists::<Float64Type>(const { at("bounds") }).get(self.row), ints(const { at("bucket_counts") }))
            }
            "exponential_histogram" => Some(Buckets::exponential(&Exponential {
                scale: self.int(const { at("scale") })?,
                zero_count: self.int(const { at("zero_count") }).unwrap_or(0),
                zero_threshold: self.float(const { at("zero_threshold") }).unwrap_or(0.0),
                positive: (self.int(const { at("positive_offset") }).unwrap_or(0), ints(const { at("positive_counts") })),
                negative: (self.int(const { at("negative_offset") }).unwrap_or(0), ints(const { at("negative_counts") })),
            })),
            _ => None,
        }
    }

    fn text(self, column: usize) -> Option<&'b str> {
        self.batch.text(column).get(self.row)
    }

    fn int(self, column: usize) -> Option<i64> {
        self.batch.ints(column).get(self.row)
    }

    fn float(self, column: usize) -> Option<f64> {
        self.batch.floats(column).get(self.row).filter(|value| value.is_finite())
    }
}
