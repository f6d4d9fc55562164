//! The semantic tables about metrics. Border: as those above; series and their buckets.

use super::METRIC_AGENT;
use crate::tables::{Table, boolean, float, int, text, time};

/// A row is a series' increase over an interval.
pub static METRIC_DELTAS: Table = Table {
    name: "metric_deltas",
    row: "a metric series' increase over an interval, delta and cumulative made one; or a gauge's value",
    columns: &[
        time("time", "end of the interval"),
        time("start_time", "start of the interval"),
        text("metric", "metric as the agent names it"),
        METRIC_AGENT,
        text("model", "label model"),
        text("tool", "label tool, as one tool with the logs' spelling where they show it"),
        text("token_type", "label token_type"),
        text("labels", "all attributes of the point as JSON"),
        float("value", "increase of the sum (counters: of the value; histograms: of the sum); of a gauge the value itself, which is no increase"),
        int("count", "increase of the number of values (histograms); null for counters"),
        text("service_name", "resource attribute service.name"),
        text("record_id", "the raw data point that ends the interval"),
        text("type", "gauge | sum | histogram | exponential_histogram | summary"),
        text("unit", "unit as the agent gives it"),
        float("min", "smallest value of the interval, where the point is of that interval alone and tells it"),
        float("max", "greatest value of the same"),
        boolean("monotonic", "of a sum: true where it only grows; null for other types"),
    ],
    sort: &["time", "metric", "record_id"],
};

/// A row is the increase of one bucket of a histogram.
pub static METRIC_BUCKETS: Table = Table {
    name: "metric_buckets",
    row: "the increase of one bucket of a histogram over an interval; buckets without an increase have no row",
    columns: &[
        time("time", "end of the interval"),
        time("start_time", "start of the interval"),
        text("metric", "metric as the agent names it"),
        METRIC_AGENT,
        text("model", "label model"),
        text("tool", "label tool, as one tool with the logs' spelling where they show it"),
        text("token_type", "label token_type"),
        text("labels", "all attributes of the point as JSON"),
        text("service_name", "resource attribute service.name"),
        float("low", "lower bound of the bucket, exclusive; null where it has none"),
        float("high", "upper bound of the bucket, inclusive; null where it has none"),
        boolean("logarithmic", "true for a bucket of an exponential histogram, in which values are spread over the logarithm"),
        int("count", "increase of the number of values in the bucket; per record_id they sum to the count of its delta"),
        text("record_id", "the raw data point that ends the interval"),
        text("type", "histogram | exponential_histogram"),
        text("unit", "unit as the agent gives it"),
    ],
    sort: &["time", "metric", "record_id", "low"],
};
