//! The buckets of one histogram point, and what was added to them since another (OTLP metrics data model, "Histogram",
//! "ExponentialHistogram"). Border: counts and bounds; which point follows which is `metric_deltas`' business.

use std::cmp::Reverse;
use std::sync::Arc;

/// Values per bucket; empty buckets are left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Buckets {
    layout: Layout,
    /// In the order of the slots, each once.
    counts: Vec<(Slot, i64)>,
}

/// Where the bounds of the slots lie.
#[derive(Debug, Clone, PartialEq)]
enum Layout {
    /// Upper bounds, inclusive, ascending; the slots are positive, 0 that of the values up to the first bound.
    Explicit(Arc<[f64]>),
    /// Powers of 2^(2^-scale), and a bucket of the values up to the threshold on both sides of zero.
    Exponential { scale: i64, zero_threshold: f64 },
}

/// A bucket's place, in the order of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Slot {
    Negative(Reverse<i64>),
    Zero,
    Positive(i64),
}

/// A bucket's bounds and values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// Lower bound; `None` where it has none.
    pub low: Option<f64>,
    /// Upper bound; `None` where it has none.
    pub high: Option<f64>,
    /// Whether its values are spread over the logarithm.
    pub logarithmic: bool,
    /// Number of values.
    pub count: i64,
}

/// What happened to the buckets between two points.
#[derive(Debug, PartialEq)]
pub enum Change {
    /// So many values were added.
    Added(Buckets),
    /// One has fewer values than before: all were counted anew.
    Fell,
    /// The bounds are others, so that nobody can tell.
    Unknown,
}

/// An exponential histogram point. Of each side: the index of the first bucket, and counts from there.
#[derive(Debug, Clone, Copy)]
pub struct Exponential<'a> {
    pub scale: i64,
    pub zero_count: i64,
    pub zero_threshold: f64,
    pub positive: (i64, &'a [i64]),
    pub negative: (i64, &'a [i64]),
}

impl Buckets {
    /// Buckets with explicit bounds, one more than those; `None` where bounds and counts do not fit together.
    pub fn explicit(bounds: &[f64], counts: &[i64]) -> Option<Buckets> {
        // a comparison with NaN is false
        let ascending = bounds.windows(2).all(|pair| pair[0] < pair[1]) && bounds.first().is_none_or(|b| !b.is_nan());
        let fit = ascending && counts.len() == bounds.len() + 1;
        fit.then(|| Buckets { layout: Layout::Explicit(Arc::from(bounds)), counts: filled(0, counts, Slot::Positive).collect() })
    }

    /// Buckets of powers of a base.
    pub fn exponential(point: &Exponential<'_>) -> Buckets {
        let mut counts: Vec<(Slot, i64)> = filled(point.negative.0, point.negative.1, |n| Slot::Negative(Reverse(n))).collect();
        counts.reverse();
        counts.extend((point.zero_count != 0).then_some((Slot::Zero, point.zero_count)));
        counts.extend(filled(point.positive.0, point.positive.1, Slot::Positive));
        Buckets { layout: Layout::Exponential { scale: point.scale, zero_threshold: point.zero_threshold }, counts }
    }

    /// Number of values in all of them; `None` where that is no int64.
    pub fn total(&self) -> Option<i64> {
        self.counts.iter().try_fold(0_i64, |sum, (_, count)| sum.checked_add(*count))
    }

    /// What was added since `before`, at the coarser resolution of the two.
    pub fn since(&self, before: &Buckets) -> Change {
        let scale = self.scale().min(before.scale());
        let (mut now, before) = (self.coarser(scale), before.coarser(scale));
        if now.layout != before.layout {
            return Change::Unknown;
        }
        for (slot, count) in before.counts {
            match now.counts.binary_search_by_key(&slot, |(s, _)| *s) {
                Ok(at) if now.counts[at].1 >= count => now.counts[at].1 -= count,
                _ => return Change::Fell,
            }
        }
        now.counts.retain(|(_, count)| *count != 0);
        Change::Added(now)
    }

    /// The buckets with their bounds, in the order of their values.
    pub fn iter(&self) -> impl Iterator<Item = Bucket> {
        self.counts.iter().map(|&(slot, count)| self.layout.bucket(slot, count))
    }

    fn scale(&self) -> Option<i64> {
        match self.layout {
            Layout::Explicit(_) => None,
            Layout::Exponential { scale, .. } => Some(scale),
        }
    }

    /// The same values at that scale, which is not above its own: each step down makes two neighbours one.
    fn coarser(&self, to: Option<i64>) -> Buckets {
        let (Layout::Exponential { scale, zero_threshold }, Some(to)) = (&self.layout, to) else { return self.clone() };
        let steps = (scale - to).clamp(0, 63);
        let mut counts: Vec<(Slot, i64)> = Vec::with_capacity(self.counts.len());
        for &(slot, count) in &self.counts {
            let slot = match slot {
                Slot::Negative(Reverse(index)) => Slot::Negative(Reverse(index >> steps)),
                Slot::Zero => Slot::Zero,
                Slot::Positive(index) => Slot::Positive(index >> steps),
            };
            match counts.last_mut() {
                Some((last, sum)) if *last == slot => *sum = sum.saturating_add(count),
                _ => counts.push((slot, count)),
            }
        }
        Buckets { layout: Layout::Exponential { scale: to, zero_threshold: *zero_threshold }, counts }
    }
}

impl Layout {
    fn bucket(&self, slot: Slot, count: i64) -> Bucket {
        let bounds = match (self, slot) {
            (Layout::Explicit(bounds), Slot::Positive(n)) => {
                let at = |n: i64| usize::try_from(n).ok().and_then(|n| bounds.get(n)).copied();
                (at(n - 1), at(n))
            }
            (Layout::Explicit(_), _) => (None, None),
            // not -0.0, which is another number to who groups by it
            (Layout::Exponential { zero_threshold, .. }, Slot::Zero) => (Some(0.0 - zero_threshold), Some(*zero_threshold)),
            (Layout::Exponential { scale, .. }, Slot::Positive(n)) => (Some(power(*scale, n)), Some(power(*scale, n.saturating_add(1)))),
            (Layout::Exponential { scale, .. }, Slot::Negative(Reverse(n))) => {
                (Some(-power(*scale, n.saturating_add(1))), Some(0.0 - power(*scale, n)))
            }
        };
        let [low, high] = [bounds.0, bounds.1].map(|b| b.filter(|b| b.is_finite()));
        Bucket { low, high, logarithmic: matches!(self, Layout::Exponential { .. }) && slot != Slot::Zero, count }
    }
}

/// 2^(2^-scale) to the power of `index`.
fn power(scale: i64, index: i64) -> f64 {
    // at extreme scales the exponent of the base is beyond a double, and zero times infinity is no number
    if index == 0 { 1.0 } else { (index as f64 * (-scale as f64).exp2()).exp2() }
}

/// The buckets with values, numbered from `first`.
fn filled(first: i64, counts: &[i64], slot: impl Fn(i64) -> Slot) -> impl Iterator<Item = (Slot, i64)> {
    let numbers = (0_i64..).map(move |n| first.saturating_add(n));
    numbers.zip(counts).filter(|(_, count)| **count != 0).map(move |(n, count)| (slot(n), *count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exponential(scale: i64, zero: i64, positive: (i64, &[i64]), negative: (i64, &[i64])) -> Buckets {
        Buckets::exponential(&Exponential { scale, zero_count: zero, zero_threshold: 0.25, positive, negative })
    }

    fn shown(buckets: &Buckets) -> Vec<(Option<f64>, Option<f64>, i64)> {
        buckets.iter().map(|b| (b.low, b.high, b.count)).collect()
    }

    #[test]
    fn explicit_bounds_enclose_and_the_ends_are_open() {
        let buckets = Buckets::explicit(&[0.0, 5.0, 10.0], &[1, 0, 2, 3]).unwrap();
        assert_eq!(shown(&buckets), [(None, Some(0.0), 1), (Some(5.0), Some(10.0), 2), (Some(10.0), None, 3)]);
        assert_eq!(shown(&Buckets::explicit(&[], &[4]).unwrap()), [(None, None, 4)]);
        assert_eq!(shown(&Buckets::explicit(&[1.0, f64::INFINITY], &[1, 2, 0]).unwrap()), [(None, Some(1.0), 1), (Some(1.0), None, 2)]);
        assert_eq!(buckets.total(), Some(6));
        assert!(!buckets.iter().any(|b| b.logarithmic));
    }

    #[test]
    fn what_does_not_fit_together_is_none() {
        for (bounds, counts) in [(&[1.0, 2.0][..], &[1, 2][..]), (&[], &[]), (&[2.0, 1.0], &[1, 2, 3]), (&[f64::NAN], &[1, 2])] {
            assert_eq!(Buckets::explicit(bounds, counts), None, "{bounds:?}");
        }
        assert_eq!(Buckets::explicit(&[1.0], &[i64::MAX, 1]).unwrap().total(), None);
    }

    #[test]
    fn exponential_bounds_are_powers_of_the_base() {
        // scale 1: base √2; index 2 is (2, 2√2], index -2 (1/2, 1/√2]
        let root = 2.0_f64.sqrt();
        let buckets = exponential(1, 7, (2, &[1, 0, 3]), (-2, &[5, 6]));
        let close = |got: Option<f64>, want: f64| (got.unwrap() - want).abs() < 1e-12;
        let got: Vec<Bucket> = buckets.iter().collect();
        for (bucket, (low, high, count)) in
            got.iter().zip([(-1.0, -1.0 / root, 6), (-1.0 / root, -0.5, 5), (-0.25, 0.25, 7), (2.0, 2.0 * root, 1), (4.0, 4.0 * root, 3)])
        {
            assert!(close(bucket.low, low) && close(bucket.high, high) && bucket.count == count, "{bucket:?}");
            assert_eq!(bucket.logarithmic, high != 0.25);
        }
        assert_eq!(got.len(), 5);
    }

    #[test]
    fn extreme_scales_have_no_bounds_but_no_wrong_ones() {
        // scale -11: the base is 2^2048
        assert_eq!(shown(&exponential(-11, 0, (-1, &[1, 2]), (0, &[]))), [(Some(0.0), Some(1.0), 1), (Some(1.0), None, 2)]);
        assert_eq!(shown(&exponential(-5000, 0, (0, &[2]), (0, &[]))), [(Some(1.0), None, 2)]);
        assert_eq!(shown(&exponential(0, 0, (i64::MAX, &[2]), (0, &[]))), [(None, None, 2)]);
    }

    #[test]
    fn the_coarser_scale_of_two_points_counts() {
        // scale 1, indexes 0..=3: (1, √2], (√2, 2], (2, 2√2], (2√2, 4]; at scale 0 two buckets: (1, 2], (2, 4]
        let before = exponential(1, 1, (0, &[1, 2, 0, 4]), (-1, &[1]));
        let now = exponential(0, 3, (0, &[5, 4, 1]), (-1, &[2]));
        let Change::Added(added) = now.since(&before) else { panic!("no increase") };
        assert_eq!(shown(&added), [(Some(-1.0), Some(-0.5), 1), (Some(-0.25), Some(0.25), 2), (Some(1.0), Some(2.0), 2), (Some(4.0), Some(8.0), 1)]);
        // and the other way round: a finer point after a coarse one
        let finer = exponential(1, 3, (0, &[3, 3, 2, 2, 1, 0]), (-2, &[1, 1]));
        let Change::Added(added) = finer.since(&now) else { panic!("no increase") };
        assert_eq!(shown(&added), [(Some(1.0), Some(2.0), 1)]);
    }

    #[test]
    fn a_bucket_that_falls_and_bounds_that_change() {
        let of = |counts: &[i64]| Buckets::explicit(&[1.0, 2.0], counts).unwrap();
        assert_eq!(of(&[1, 2, 3]).since(&of(&[1, 0, 3])), Change::Added(of(&[0, 2, 0])));
        assert_eq!(of(&[9, 9, 0]).since(&of(&[1, 0, 3])), Change::Fell);
        assert_eq!(of(&[1, 2, 3]).since(&Buckets::explicit(&[1.0, 3.0], &[1, 0, 3]).unwrap()), Change::Unknown);
        assert_eq!(of(&[1, 2, 3]).since(&exponential(0, 0, (0, &[1]), (0, &[]))), Change::Unknown);
        let wider = Buckets::exponential(&Exponential { scale: 0, zero_count: 1, zero_threshold: 0.5, positive: (0, &[1]), negative: (0, &[]) });
        assert_eq!(wider.since(&exponential(0, 1, (0, &[1]), (0, &[]))), Change::Unknown);
    }
}
