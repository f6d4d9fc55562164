//! Native histograms as the HTTP API writes them: `{"count","sum","buckets":[[boundary rule,"lower","upper","count"],…]}` (Prometheus, "Native
//! histograms" of the HTTP API). Border: one histogram in, a point out.
//!
//! An exponential histogram of OTLP became one of these; its scale and offsets follow from the bounds, which are powers of
//! 2^(2^−scale). Buckets with other bounds are kept as explicit ones.

use super::number;
use crate::decode::DecodeError;
use crate::decode::json::{Cursor, Fields, lenient};
use crate::record::{Buckets, Point};

type Result<T> = std::result::Result<T, DecodeError>;

/// Indices that a side may span: what the schema of the widest known writer needs, and far below what would cost memory.
const WIDEST: i64 = 100_000;

/// One bucket.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    lower: f64,
    upper: f64,
    count: u64,
}

/// Reads a histogram into the point. Gives the point's type.
pub fn read(cursor: &mut Cursor, point: &mut Point) -> Result<&'static str> {
    let fields = Fields::read(cursor)?;
    let number = |key: &str| -> Result<Option<f64>> {
        let Some(mut at) = fields.get(key) else { return Ok(None) };
        let text = lenient::text(&mut at)?;
        number::value(&text).map(Some).ok_or_else(|| DecodeError::value(at.position(), format!("{text:?} is no number")))
    };
    point.count = number("count")?.map_or(0, |count| count as u64);
    point.sum = number("sum")?;
    let buckets = fields.get("buckets").map_or(Ok(Vec::new()), |mut list| read_buckets(&mut list))?;
    if exponential(&buckets, point) {
        return Ok("exponential_histogram");
    }
    // neighbours share their bound; what lies between two buckets that do not is empty
    for bucket in &buckets {
        if point.bounds.last() != Some(&bucket.lower) {
            point.bounds.push(bucket.lower);
            point.bucket_counts.push(0);
        }
        point.bounds.push(bucket.upper);
        point.bucket_counts.push(bucket.count);
    }
    if !point.bounds.is_empty() {
        point.bucket_counts.push(0);
    }
    Ok("histogram")
}

fn read_buckets(list: &mut Cursor) -> Result<Vec<Bucket>> {
    let mut buckets = Vec::new();
    let mut first = true;
    if list.begin_array()? {
        while list.element(&mut first)? {
            let (mut fields, mut start) = (Vec::new(), true);
            list.begin_array()?;
            while list.element(&mut start)? {
                let text = lenient::text(list)?;
                fields.push(number::value(&text).ok_or_else(|| DecodeError::value(list.position(), format!("{text:?} is no number")))?);
            }
            let [_, lower, upper, count] = fields[..] else {
                return Err(DecodeError::value(list.position(), "a bucket has a rule, two bounds and a count".to_owned()));
            };
            buckets.push(Bucket { lower, upper, count: count as u64 });
        }
    }
    Ok(buckets)
}

/// Fills in the buckets as those of an exponential histogram, if they are.
fn exponential(buckets: &[Bucket], point: &mut Point) -> bool {
    let (mut scale, mut zero) = (None, None);
    let mut sides = [Vec::new(), Vec::new()];
    for bucket in buckets {
        if bucket.lower <= 0.0 && bucket.upper >= 0.0 {
            zero = Some(*bucket);
            continue;
        }
        let positive = bucket.lower > 0.0;
        let (near, far) = if positive { (bucket.lower, bucket.upper) } else { (-bucket.upper, -bucket.lower) };
        let own = -(far / near).log2().log2();
        let index = near.log2() * own.exp2();
        let whole = |x: f64| x.is_finite() && (x - x.round()).abs() < 1e-6;
        if !whole(own) || !whole(index) || scale.is_some_and(|s| s != own.round() as i64) {
            return false;
        }
        scale = Some(own.round() as i64);
        sides[usize::from(!positive)].push((index.round() as i64, bucket.count));
    }
    if scale.is_none() && zero.is_none() {
        return false;
    }
    let [positive, negative] = sides.map(dense);
    let (Some(positive), Some(negative)) = (positive, negative) else { return false };
    point.scale = scale.unwrap_or(0);
    point.zero_count = zero.map_or(0, |z| z.count);
    // the width that is written where none was set
    point.zero_threshold = zero.map(|z| z.upper).filter(|w| *w > 1e-128).unwrap_or(0.0);
    (point.positive, point.negative) = (positive, negative);
    true
}

/// Counts by index as a list without gaps; `None` where that would be too long.
fn dense(mut counts: Vec<(i64, u64)>) -> Option<Buckets> {
    counts.sort_unstable();
    let (Some(first), Some(last)) = (counts.first().map(|c| c.0), counts.last().map(|c| c.0)) else { return Some(Buckets::default()) };
    if last.saturating_sub(first) > WIDEST {
        return None;
    }
    let mut buckets = Buckets { offset: first, counts: vec![0; (last - first + 1) as usize] };
    for (index, count) in counts {
        let sum = &mut buckets.counts[(index - first) as usize];
        *sum = sum.saturating_add(count);
    }
    Some(buckets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(json: &str) -> (&'static str, Point) {
        let mut point = Point::default();
        let kind = read(&mut Cursor::new(json), &mut point).unwrap();
        (kind, point)
    }

    #[test]
    fn an_exponential_histogram_comes_back_as_one() {
        let (kind, point) = point(
            r#"{"count":"9","sum":"100","buckets":[[1,"-1","-0.8408964152537144","1"],[3,"-1e-128","1e-128","1"],
               [0,"1.6817928305074288","2","1"],[0,"2.378414230005442","2.82842712474619","4"],[0,"2.82842712474619","3.3635856610148576","2"]]}"#,
        );
        assert_eq!(
            (kind, point.count, point.sum, point.scale, point.zero_count, point.zero_threshold),
            ("exponential_histogram", 9, Some(100.0), 2, 1, 0.0)
        );
        assert_eq!((point.positive.offset, point.positive.counts), (3, vec![1, 0, 4, 2]));
        assert_eq!((point.negative.offset, point.negative.counts), (-1, vec![1]));
    }

    #[test]
    fn other_bounds_are_explicit_ones() {
        let (kind, point) = point(r#"{"count":"3","sum":"9","buckets":[[0,"1","5","2"],[0,"7","8","1"]]}"#);
        assert_eq!((kind, point.bounds, point.bucket_counts), ("histogram", vec![1.0, 5.0, 7.0, 8.0], vec![0, 2, 0, 1, 0]));
    }

    #[test]
    fn bounds_and_counts_beyond_all_numbers_are_taken() {
        // one step of 2^(2^-52) apart at both ends of the doubles: the indices differ by more than an i64 holds
        let wide = r#"{"buckets":[[0,"1.7976931348623155e308","1.7976931348623157e308","1"],[0,"5e-324","1e-323","1"]]}"#;
        assert_eq!(point(wide).0, "histogram");
        assert!(dense(vec![(i64::MIN, 1), (i64::MAX, 1)]).is_none());
        let same = r#"{"buckets":[[0,"1","2","1e300"],[0,"1","2","1e300"]]}"#;
        assert_eq!(point(same).1.positive.counts, [u64::MAX]);
    }

    #[test]
    fn a_broken_bucket_is_a_broken_value() {
        for bad in [r#"{"buckets":[[0,"1"]]}"#, r#"{"buckets":[[0,"x","1","1"]]}"#, r#"{"count":"many"}"#] {
            assert!(read(&mut Cursor::new(bad), &mut Point::default()).is_err(), "{bad}");
        }
    }
}
