//! Native histograms: buckets told by their bounds → those of a data point. Border: bounds and counts; where they stand in JSON or text is
//! beside.
//!
//! A native histogram of the standard schemas is an exponential histogram (Prometheus documentation, "Native Histograms"): its bounds are
//! powers of 2^(2^-schema). One with custom buckets, or one whose buckets were cut at the zero bucket, has other bounds and stays a
//! histogram with them.

use super::number::whole;
use crate::record::{Buckets, Point};

/// A native histogram.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Histogram {
    pub count: Option<f64>,
    pub sum: Option<f64>,
    /// Lower bound, upper bound and number of values of each; ascending, empty ones left out.
    pub buckets: Vec<(f64, f64, f64)>,
}

/// Scales that are looked for: those of Prometheus, and all that OpenTelemetry has.
const SCALES: std::ops::RangeInclusive<i64> = -10..=20;

/// Buckets from the first to the last, at most: more are no histogram of anything.
const BUCKETS: i64 = 100_000;

impl Histogram {
    /// Fills a point with it; gives what kind of histogram it is.
    pub fn fill(&self, point: &mut Point) -> Result<&'static str, String> {
        let count = |value: f64| whole(value).ok_or_else(|| format!("a histogram with {value} values, which is no number of values"));
        point.sum = self.sum;
        match self.count {
            Some(value) => point.count = count(value)?,
            None => point.uncounted = true,
        }
        let counts = self.buckets.iter().map(|(_, _, n)| count(*n)).collect::<Result<Vec<u64>, String>>()?;
        if self.exponential(&counts, point).is_some() {
            return Ok("exponential_histogram");
        }
        let mut bounds: Vec<f64> = self.buckets.iter().flat_map(|(low, high, _)| [*low, *high]).filter(|b| b.is_finite()).collect();
        bounds.sort_by(f64::total_cmp);
        bounds.dedup();
        point.bucket_counts = vec![0; bounds.len() + 1];
        for ((_, high, _), n) in self.buckets.iter().zip(counts) {
            point.bucket_counts[bounds.partition_point(|b| b < high)] += n;
        }
        point.bounds = bounds;
        Ok("histogram")
    }

    /// Fills the point's exponential buckets, if they are such.
    fn exponential(&self, counts: &[u64], point: &mut Point) -> Option<()> {
        let is_zero = |low: f64, high: f64| low <= 0.0 && high >= 0.0;
        let scale = match self.buckets.iter().find(|(low, high, _)| !is_zero(*low, *high)) {
            Some((low, high, _)) => near_whole(-magnitude(*low, *high).0.log2())?,
            None => 0,
        };
        if !SCALES.contains(&scale) {
            return None;
        }
        let (mut zero, mut threshold, mut sides) = (0, 0.0, [Vec::new(), Vec::new()]);
        for ((low, high, _), n) in self.buckets.iter().zip(counts) {
            if is_zero(*low, *high) {
                // not symmetric: a bucket of another kind
                (zero, threshold) = if -low == *high { (*n, *high) } else { return None };
                continue;
            }
            let (width, upper) = magnitude(*low, *high);
            let base = (scale as f64).exp2();
            if near_whole(width * base)? != 1 {
                return None;
            }
            sides[usize::from(*high <= 0.0)].push((near_whole(upper * base)? - 1, *n));
        }
        let [positive, negative] = sides.map(dense);
        (point.positive, point.negative) = (positive?, negative?);
        (point.scale, point.zero_count, point.zero_threshold) = (scale, zero, threshold);
        Some(())
    }
}

/// Of a bucket on one side of zero: the logarithms of how much its bounds differ, and of the one farther from zero.
fn magnitude(low: f64, high: f64) -> (f64, f64) {
    let (near, far) = if high <= 0.0 { (-high, -low) } else { (low, high) };
    (far.log2() - near.log2(), far.log2())
}

fn near_whole(value: f64) -> Option<i64> {
    // bounds are written with all their digits, so that only the logarithm is not exact
    let whole = value.round();
    (whole.is_finite() && (value - whole).abs() < 1e-6 && whole.abs() < 1e15).then_some(whole as i64)
}

/// Counts from the first index to the last.
fn dense(mut counts: Vec<(i64, u64)>) -> Option<Buckets> {
    counts.sort_unstable();
    let Some(&(offset, _)) = counts.first() else { return Some(Buckets::default()) };
    let length = counts.last()?.0 - offset + 1;
    if length > BUCKETS {
        return None;
    }
    let mut all = vec![0; usize::try_from(length).ok()?];
    for (index, n) in counts {
        all[usize::try_from(index - offset).ok()?] += n;
    }
    Some(Buckets { offset, counts: all })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(count: f64, buckets: &[(f64, f64, f64)]) -> (Result<&'static str, String>, Point) {
        let mut point = Point::default();
        let kind = Histogram { count: Some(count), sum: Some(100.0), buckets: buckets.to_vec() }.fill(&mut point);
        (kind, point)
    }

    #[test]
    fn powers_are_an_exponential_histogram() {
        let (kind, point) = filled(
            9.0,
            &[
                (-1.0, -0.840_896_415_253_714_4, 1.0),
                (-1e-128, 1e-128, 1.0),
                (1.681_792_830_507_428_8, 2.0, 1.0),
                (2.378_414_230_005_442, 2.828_427_124_746_19, 4.0),
                (2.828_427_124_746_19, 3.363_585_661_014_857_6, 2.0),
            ],
        );
        assert_eq!(kind, Ok("exponential_histogram"));
        assert_eq!((point.count, point.sum, point.scale, point.zero_count, point.zero_threshold), (9, Some(100.0), 2, 1, 1e-128));
        // index 3 is (2^(3/4), 2]
        assert_eq!((point.positive.offset, point.positive.counts.as_slice()), (3, &[1, 0, 4, 2][..]));
        assert_eq!((point.negative.offset, point.negative.counts.as_slice()), (-1, &[1][..]));
        let (kind, point) = filled(3.0, &[(1.0, 16.0, 1.0), (16.0, 256.0, 2.0)]);
        assert_eq!((kind, point.scale, point.positive.offset), (Ok("exponential_histogram"), -2, 0));
        assert_eq!(filled(1.0, &[(-1e-128, 1e-128, 1.0)]).1.zero_count, 1);
    }

    #[test]
    fn other_bounds_are_a_histogram_with_these_bounds() {
        let (kind, point) = filled(6.0, &[(f64::NEG_INFINITY, 5.0, 1.0), (5.0, 10.0, 2.0), (100.0, f64::INFINITY, 3.0)]);
        assert_eq!(kind, Ok("histogram"));
        assert_eq!((point.bounds.as_slice(), point.bucket_counts.as_slice()), (&[5.0, 10.0, 100.0][..], &[1, 2, 0, 3][..]));
    }

    #[test]
    fn parts_of_values_are_refused() {
        assert!(filled(2.5, &[]).0.is_err());
        assert!(filled(2.0, &[(1.0, 2.0, 0.5)]).0.is_err());
    }
}
