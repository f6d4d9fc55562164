//! Native histograms (Prometheus, "Native Histograms", specification; buckets of OpenTelemetry's exponential histograms).
//! Border: the arithmetic of one or two histograms; where they come from and what asks for them is not known here.

use std::collections::BTreeMap;

/// A histogram with exponential buckets, its counts as doubles. Bucket `i` of schema `s` holds the values in
/// `(2^((i−1)/2^s), 2^(i/2^s)]`; OpenTelemetry's index is one lower.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Histogram {
    /// Resolution: 2^schema buckets from one power of two to the next; −4 to 8 in Prometheus.
    pub schema: i32,
    /// Values nearer to zero than this are in the zero bucket.
    pub zero_threshold: f64,
    /// Values in the zero bucket.
    pub zero_count: f64,
    /// All values.
    pub count: f64,
    /// Their sum.
    pub sum: f64,
    /// Buckets of positive values by index.
    pub positive: BTreeMap<i32, f64>,
    /// Buckets of negative values by the index of their absolute values.
    pub negative: BTreeMap<i32, f64>,
}

/// A bucket with its bounds; the lower is exclusive, the upper inclusive (for positive values).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bucket {
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
    /// Values in it.
    pub count: f64,
}

impl Histogram {
    /// The upper bound of a positive bucket.
    pub fn bound(&self, index: i32) -> f64 {
        2f64.powf(f64::from(index) * 2f64.powi(-self.schema))
    }

    /// The same values in the buckets of a coarser schema.
    pub fn coarser(&self, schema: i32) -> Histogram {
        let by = self.schema.saturating_sub(schema);
        if by <= 0 {
            return self.clone();
        }
        let merged = |buckets: &BTreeMap<i32, f64>| {
            let mut coarse = BTreeMap::new();
            for (index, count) in buckets {
                *coarse.entry(((index - 1) >> by.min(31)) + 1).or_insert(0.0) += count;
            }
            coarse
        };
        Histogram { schema, positive: merged(&self.positive), negative: merged(&self.negative), ..self.clone() }
    }

    /// The buckets that lie within a wider zero bucket moved into it; widened further where the threshold cuts one.
    fn with_zero_threshold(mut self, threshold: f64) -> Histogram {
        if threshold <= self.zero_threshold {
            return self;
        }
        self.zero_threshold = threshold;
        let scale = 2f64.powi(-self.schema);
        for buckets in [&mut self.positive, &mut self.negative] {
            let inside: Vec<i32> = buckets.keys().copied().filter(|i| 2f64.powf(f64::from(i - 1) * scale) < threshold).collect();
            for index in inside {
                self.zero_count += buckets.remove(&index).unwrap_or(0.0);
                self.zero_threshold = self.zero_threshold.max(2f64.powf(f64::from(index) * scale));
            }
        }
        self
    }

    /// Sum of two, at the coarser of their schemas and the wider of their zero buckets; `sign` −1 subtracts.
    pub fn plus(&self, other: &Histogram, sign: f64) -> Histogram {
        let schema = self.schema.min(other.schema);
        let (mut a, mut b) = (self.coarser(schema), other.coarser(schema));
        while a.zero_threshold != b.zero_threshold {
            let wider = a.zero_threshold.max(b.zero_threshold);
            (a, b) = (a.with_zero_threshold(wider), b.with_zero_threshold(wider));
        }
        for (into, from) in [(&mut a.positive, &b.positive), (&mut a.negative, &b.negative)] {
            for (index, count) in from {
                *into.entry(*index).or_insert(0.0) += sign * count;
            }
            into.retain(|_, count| *count != 0.0);
        }
        a.zero_count += sign * b.zero_count;
        a.count += sign * b.count;
        a.sum += sign * b.sum;
        a
    }

    /// Every count and the sum times a factor.
    pub fn times(&self, factor: f64) -> Histogram {
        let scaled = |buckets: &BTreeMap<i32, f64>| buckets.iter().map(|(i, c)| (*i, c * factor)).collect();
        Histogram {
            zero_count: self.zero_count * factor,
            count: self.count * factor,
            sum: self.sum * factor,
            positive: scaled(&self.positive),
            negative: scaled(&self.negative),
            ..*self
        }
    }

    /// Whether a bucket, the zero bucket or the count is smaller than before: the series began anew.
    pub fn reset_since(&self, before: &Histogram) -> bool {
        if self.count < before.count || self.schema > before.schema || self.zero_threshold < before.zero_threshold {
            return true;
        }
        let before = before.coarser(self.schema).with_zero_threshold(self.zero_threshold);
        let less = |now: &BTreeMap<i32, f64>, was: &BTreeMap<i32, f64>| was.iter().any(|(i, c)| now.get(i).copied().unwrap_or(0.0) < *c);
        self.zero_count < before.zero_count || less(&self.positive, &before.positive) || less(&self.negative, &before.negative)
    }

    /// All buckets that hold something, from the lowest to the highest.
    pub fn buckets(&self) -> Vec<Bucket> {
        let mut all: Vec<Bucket> = Vec::with_capacity(self.positive.len() + self.negative.len() + 1);
        for (index, count) in self.negative.iter().rev() {
            all.push(Bucket { lower: -self.bound(*index), upper: -self.bound(index - 1), count: *count });
        }
        if self.zero_count != 0.0 {
            let lower = if self.negative.is_empty() && !self.positive.is_empty() { 0.0 } else { -self.zero_threshold };
            let upper = if self.positive.is_empty() && !self.negative.is_empty() { 0.0 } else { self.zero_threshold };
            all.push(Bucket { lower, upper, count: self.zero_count });
        }
        for (index, count) in &self.positive {
            all.push(Bucket { lower: self.bound(index - 1), upper: self.bound(*index), count: *count });
        }
        all
    }

    /// The value below which a share of the values lies (Prometheus 3, `promql/quantile.go`): exponential interpolation within
    /// a bucket, linear within the zero bucket.
    pub fn quantile(&self, q: f64) -> f64 {
        if q < 0.0 {
            return f64::NEG_INFINITY;
        }
        if q > 1.0 {
            return f64::INFINITY;
        }
        if self.count == 0.0 || q.is_nan() {
            return f64::NAN;
        }
        let buckets = self.buckets();
        let rank = q * self.count;
        let mut seen = 0.0;
        let mut found = None;
        for bucket in &buckets {
            seen += bucket.count;
            if bucket.count > 0.0 {
                found = Some(bucket);
                if seen >= rank {
                    break;
                }
            }
        }
        let Some(bucket) = found else { return f64::NAN };
        if seen < rank {
            return bucket.upper;
        }
        let fraction = ((rank - (seen - bucket.count)) / bucket.count).clamp(0.0, 1.0);
        interpolated(bucket, fraction)
    }

    /// The share of the values between two bounds.
    pub fn fraction(&self, lower: f64, upper: f64) -> f64 {
        if self.count == 0.0 || lower.is_nan() || upper.is_nan() {
            return f64::NAN;
        }
        if lower >= upper {
            return 0.0;
        }
        let below = |bound: f64| -> f64 {
            let counts = self.buckets().into_iter().map(|b| {
                if bound >= b.upper {
                    b.count
                } else if bound <= b.lower {
                    0.0
                } else {
                    b.count * position(&b, bound)
                }
            });
            counts.sum()
        };
        (below(upper) - below(lower)) / self.count
    }

    /// Variance of the values, each taken at the geometric mean of its bucket (the arithmetic where it spans zero).
    pub fn variance(&self) -> f64 {
        let mean = self.sum / self.count;
        let squares: f64 = self
            .buckets()
            .iter()
            .map(|b| {
                let value = if b.lower <= 0.0 && b.upper >= 0.0 { 0.0 } else { (b.lower * b.upper).sqrt() * b.upper.signum() };
                b.count * (value - mean) * (value - mean)
            })
            .sum();
        squares / self.count
    }
}

/// The value at a share of a bucket.
fn interpolated(bucket: &Bucket, fraction: f64) -> f64 {
    let Bucket { lower, upper, .. } = *bucket;
    if lower <= 0.0 && upper >= 0.0 {
        lower + (upper - lower) * fraction
    } else if lower > 0.0 {
        2f64.powf(lower.log2() + (upper.log2() - lower.log2()) * fraction)
    } else {
        let (far, near) = ((-lower).log2(), (-upper).log2());
        -(2f64.powf(far + (near - far) * fraction))
    }
}

/// The share of a bucket that lies below a value within it.
fn position(bucket: &Bucket, value: f64) -> f64 {
    let Bucket { lower, upper, .. } = *bucket;
    if lower <= 0.0 && upper >= 0.0 {
        (value - lower) / (upper - lower)
    } else if lower > 0.0 {
        (value.log2() - lower.log2()) / (upper.log2() - lower.log2())
    } else {
        let (far, near) = ((-lower).log2(), (-upper).log2());
        (far - (-value).log2()) / (far - near)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(schema: i32, positive: &[(i32, f64)]) -> Histogram {
        let count = positive.iter().map(|(_, c)| c).sum();
        Histogram { schema, count, sum: count, positive: positive.iter().copied().collect(), ..Histogram::default() }
    }

    #[test]
    fn a_sum_is_as_coarse_as_the_coarser() {
        // schema 1: bucket 3 is (2, 2.83], bucket 4 (2.83, 4]: both lie in bucket 2 of schema 0, (2, 4]
        let sum = histogram(1, &[(3, 2.0), (4, 1.0)]).plus(&histogram(0, &[(2, 5.0)]), 1.0);
        assert_eq!((sum.schema, sum.count), (0, 8.0));
        assert_eq!(sum.positive, BTreeMap::from([(2, 8.0)]));
        assert_eq!(sum.plus(&sum, -1.0).positive, BTreeMap::new());
    }

    #[test]
    fn quantiles_are_interpolated_exponentially() {
        let h = histogram(0, &[(1, 2.0), (2, 2.0)]);
        assert_eq!(h.quantile(0.5), 2.0);
        assert_eq!(h.quantile(0.75), 2f64.powf(1.5));
        assert_eq!(h.quantile(1.0), 4.0);
        assert!(h.quantile(f64::NAN).is_nan() && h.quantile(2.0).is_infinite());
        assert_eq!(h.fraction(1.0, 2.0), 0.5);
        assert_eq!(h.fraction(0.0, 2f64.powf(1.5)), 0.75);
    }

    #[test]
    fn a_smaller_bucket_is_a_reset() {
        assert!(histogram(0, &[(1, 1.0), (2, 3.0)]).reset_since(&histogram(0, &[(1, 2.0), (2, 1.0)])));
        assert!(!histogram(0, &[(1, 2.0), (2, 3.0)]).reset_since(&histogram(0, &[(1, 2.0), (2, 1.0)])));
    }
}
