//! What a collection's printer left out because it had printed the same object before (`"[Circular]"`): the points of a collection share
//! the object of their end time, and histograms of one aggregation that of their bounds.

use std::collections::HashMap;

use super::super::{Result, is_repeated, time::time};
use crate::decode::DecodeError;
use crate::decode::json::{Cursor, lenient};

/// The bounds that the SDK gives a histogram for which nothing is said, one object for all of them.
const USUAL_BOUNDS: [f64; 15] = [0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1000.0, 2500.0, 5000.0, 7500.0, 10000.0];

/// What was printed so far in a document.
#[derive(Debug, Default)]
pub struct Repeated {
    end: Option<u64>,
    /// The last start of a counted and of an observed instrument.
    starts: [Option<u64>; 2],
    latest_start: Option<u64>,
    bounds: Vec<Vec<f64>>,
    /// Where each of them lies, by its bits.
    places: HashMap<Vec<u64>, usize>,
    /// The first of each length, and whether it is the only one: of several it is not told which is meant.
    of_length: HashMap<usize, (usize, bool)>,
    usual: Option<usize>,
    /// Which of them the metric at hand has.
    of_metric: Option<usize>,
}

impl Repeated {
    /// Begins a metric.
    pub fn begin_metric(&mut self) {
        self.of_metric = None;
    }

    /// A point's start. Those that share an object are the last collection's time (deltas) or the time of a first observation, which may
    /// be that of this collection.
    pub fn start(&mut self, cursor: &mut Cursor, observable: bool) -> Result<u64> {
        let last = &mut self.starts[usize::from(observable)];
        if is_repeated(cursor) {
            return (*last).or(self.end).ok_or_else(|| unknown(cursor, "start"));
        }
        let start = time(cursor)?;
        *last = Some(start);
        self.latest_start = self.latest_start.max(Some(start));
        Ok(start)
    }

    /// A point's end: one object in all points of a collection. Nothing has started later, so that it is the latest start where it was
    /// printed as one before.
    pub fn end(&mut self, cursor: &mut Cursor) -> Result<u64> {
        if is_repeated(cursor) {
            return self.end.or(self.latest_start).ok_or_else(|| unknown(cursor, "end"));
        }
        let end = time(cursor)?;
        self.end = Some(end);
        Ok(end)
    }

    /// The bounds of a histogram with so many buckets: its metric's; else those for which nothing was said, which are the only ones that
    /// metrics share unless an application set up a view for several.
    pub fn bounds(&mut self, cursor: &mut Cursor, buckets: usize, out: &mut Vec<f64>) -> Result<()> {
        if !is_repeated(cursor) {
            let mut first = true;
            if cursor.begin_array()? {
                while cursor.element(&mut first)? {
                    out.push(lenient::double(cursor)?.unwrap_or(f64::NAN));
                }
            }
            self.of_metric = Some(self.known(out));
            return Ok(());
        }
        let found = self.of_metric.or_else(|| self.shared(buckets));
        let known = found.and_then(|n| self.bounds.get(n)).filter(|b| b.len() + 1 == buckets);
        out.extend(known.ok_or_else(|| unknown(cursor, "bounds"))?);
        self.of_metric = found;
        Ok(())
    }

    fn known(&mut self, bounds: &[f64]) -> usize {
        let bits: Vec<u64> = bounds.iter().map(|b| b.to_bits()).collect();
        if let Some(known) = self.places.get(&bits) {
            return *known;
        }
        let place = self.bounds.len();
        let _ = self.places.insert(bits, place);
        let _ = self.of_length.entry(bounds.len()).and_modify(|(_, only)| *only = false).or_insert((place, true));
        if bounds == USUAL_BOUNDS {
            self.usual = Some(place);
        }
        self.bounds.push(bounds.to_owned());
        place
    }

    fn shared(&self, buckets: usize) -> Option<usize> {
        let length = buckets.checked_sub(1)?;
        let usual = self.usual.filter(|_| length == USUAL_BOUNDS.len());
        usual.or_else(|| self.of_length.get(&length).filter(|(_, only)| *only).map(|(place, _)| *place))
    }
}

fn unknown(cursor: &Cursor, what: &str) -> DecodeError {
    let reason = format!("{what} not written out: the same as before in the document, but it is not told which");
    DecodeError::value(cursor.position(), reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(repeated: &mut Repeated, text: &str, buckets: usize) -> Option<Vec<f64>> {
        let mut out = Vec::new();
        repeated.bounds(&mut Cursor::new(text), buckets, &mut out).ok().map(|()| out)
    }

    #[test]
    fn bounds_are_those_of_the_metric_else_the_usual_else_the_only_fitting() {
        const AGAIN: &str = "\"[Circular]\"";
        let mut repeated = Repeated::default();
        assert_eq!(bounds(&mut repeated, AGAIN, 3), None);
        assert_eq!(bounds(&mut repeated, "[1,2]", 3), Some(vec![1.0, 2.0]));
        assert_eq!(bounds(&mut repeated, AGAIN, 3), Some(vec![1.0, 2.0]));
        repeated.begin_metric();
        assert_eq!(bounds(&mut repeated, AGAIN, 3), Some(vec![1.0, 2.0]));
        repeated.begin_metric();
        assert_eq!(bounds(&mut repeated, "[3,4]", 3), Some(vec![3.0, 4.0]));
        repeated.begin_metric();
        assert_eq!(bounds(&mut repeated, AGAIN, 3), None, "either could be meant");
        assert_eq!(bounds(&mut repeated, &format!("{USUAL_BOUNDS:?}"), 16), Some(USUAL_BOUNDS.to_vec()));
        repeated.begin_metric();
        assert_eq!(bounds(&mut repeated, &format!("{:?}", [7.0; 15]), 16), Some(vec![7.0; 15]));
        repeated.begin_metric();
        assert_eq!(bounds(&mut repeated, AGAIN, 16), Some(USUAL_BOUNDS.to_vec()));
        assert_eq!(bounds(&mut repeated, AGAIN, 15), None, "as many as the counts need");
    }

    #[test]
    fn times_are_those_of_the_collection() {
        const AGAIN: &str = "\"[Circular]\"";
        let mut repeated = Repeated::default();
        assert!(repeated.end(&mut Cursor::new(AGAIN)).is_err_and(|e| e.recoverable));
        assert!(repeated.start(&mut Cursor::new(AGAIN), false).is_err());
        assert_eq!(repeated.start(&mut Cursor::new("[5,0]"), false), Ok(5_000_000_000));
        assert_eq!(repeated.end(&mut Cursor::new(AGAIN)), Ok(5_000_000_000));
        assert_eq!(repeated.end(&mut Cursor::new("[9,0]")), Ok(9_000_000_000));
        assert_eq!(repeated.end(&mut Cursor::new(AGAIN)), Ok(9_000_000_000));
        assert_eq!(repeated.start(&mut Cursor::new(AGAIN), false), Ok(5_000_000_000));
        assert_eq!(repeated.start(&mut Cursor::new(AGAIN), true), Ok(9_000_000_000), "first observed now");
    }
}
