//! What a point has added up, and what was added since another. Border: figures of two points of one segment; which points
//! make a segment is `metric_deltas`' business.

use super::buckets::{Buckets, Change};

/// What has been added up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Amount {
    /// The sum: of a counter its value, of a histogram or summary that of the values.
    pub value: Option<f64>,
    /// The same, where it is an integer.
    pub exact: Option<i64>,
    /// Number of values.
    pub count: Option<i64>,
    /// Smallest value.
    pub min: Option<f64>,
    /// Greatest value.
    pub max: Option<f64>,
    /// How the values are spread; where it is known, it has `count` values.
    pub buckets: Option<Buckets>,
}

impl Amount {
    /// What was added since `before` of the same segment. Of a counter a value below the last one says that it was counted anew, so that all
    /// of it was added; of a histogram a count or a bucket does (its sum may fall). Smallest and greatest are those since the start of the
    /// count, so nothing is known of those of the interval unless it begins there.
    pub fn since(&self, before: &Amount, monotonic: bool) -> Amount {
        let change = match (&self.buckets, &before.buckets) {
            (Some(now), Some(before)) => now.since(before),
            _ => Change::Unknown,
        };
        if monotonic && (self.fell_below(before) || change == Change::Fell) {
            return self.clone();
        }
        let exact = self.exact.zip(before.exact).and_then(|(a, b)| a.checked_sub(b));
        Amount {
            value: exact.map(|n| n as f64).or_else(|| self.value.zip(before.value).map(|(a, b)| a - b)),
            exact,
            count: self.count.zip(before.count).and_then(|(a, b)| a.checked_sub(b)),
            min: None,
            max: None,
            buckets: match change {
                Change::Added(buckets) => Some(buckets),
                Change::Fell | Change::Unknown => None,
            },
        }
    }

    fn fell_below(&self, before: &Amount) -> bool {
        match (self.count, before.count) {
            (Some(now), Some(before)) => now < before,
            _ => self.value.zip(before.value).is_some_and(|(now, before)| now < before),
        }
    }
}
