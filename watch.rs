//! What the samples of a source say about what can be made of them. Border: consecutive samples of counted series in, words for the reader
//! out; the judgement over all samples of a lake is made where increases are.

use crate::told::Told;

/// Samples of a series that go down.
const FELL: &str = "samples fall within a series of counts: single increments or counters that began anew, which a dump does not tell apart; \
                    no totals are derived; use logs or spans, or a Prometheus with --enable-feature=otlp-deltatocumulative";

/// Samples of a series that do not.
const FROM_THE_BEGINNING: &str = "counters are taken as counted up from their first sample in the lake: what a series had counted before the \
                                  dump begins is counted with it; begin a dump where the series begin";

/// One sample a series.
const LAST_ONLY: &str = "the last value of each series only, from which no increase can be told; export the samples: the selector with a \
                         range through /api/v1/query (metric{…}[30d]), or promtool tsdb dump";

/// Samples that a server made up on a grid.
pub const RESAMPLED: &str = "values on an even grid of times, as query_range makes them up from the last sample before each: they are marked \
                             as resampled, and nothing is added up from them; export the samples: the selector with a range through \
                             /api/v1/query (metric{…}[30d]), or promtool tsdb dump";

/// See the module.
#[derive(Debug, Default)]
pub struct Watch {
    fell: bool,
    followed: bool,
    counted: bool,
    previous: Option<f64>,
}

impl Watch {
    /// A series begins.
    pub fn series(&mut self) {
        self.previous = None;
    }

    /// The next sample of a counted series.
    pub fn sample(&mut self, value: f64) {
        self.counted = true;
        if value.is_nan() {
            return;
        }
        if let Some(previous) = self.previous {
            self.followed = true;
            self.fell |= value < previous;
        }
        self.previous = Some(value);
    }

    /// Says what was seen; `whole` where all samples were, and not a stretch of them.
    pub fn tell(&self, whole: bool, told: &mut Told) {
        if self.fell {
            told.warn(FELL);
        } else if self.followed {
            told.warn(FROM_THE_BEGINNING);
        } else if self.counted && whole {
            told.warn(LAST_ONLY);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warnings(series: &[&[f64]], whole: bool) -> Vec<String> {
        let (mut watch, mut told) = (Watch::default(), Told::default());
        for samples in series {
            watch.series();
            samples.iter().for_each(|s| watch.sample(*s));
        }
        watch.tell(whole, &mut told);
        told.warnings.all().0.map(str::to_owned).collect()
    }

    #[test]
    fn what_falls_cannot_be_added_up() {
        assert_eq!(warnings(&[&[1.0, 2.0], &[5.0, f64::NAN, 4.0]], false), [FELL]);
        assert_eq!(warnings(&[&[5.0], &[4.0, 4.0]], false), [FROM_THE_BEGINNING]);
        assert_eq!(warnings(&[&[5.0], &[4.0]], true), [LAST_ONLY]);
        assert_eq!(warnings(&[&[5.0]], false), [""; 0]);
        assert_eq!(warnings(&[], true), [""; 0]);
    }
}
