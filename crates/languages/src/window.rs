//! The time that a question is about, as the options give it. Border: what a language does with it is its own business.

use crate::error::Error;

/// Times in nanoseconds since 1970-01-01 UTC. Where a bound is missing the lake's own first or last record of the table stands for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    /// From then on, inclusive.
    pub start: Option<i64>,
    /// Until then; an instant query is evaluated then.
    pub end: Option<i64>,
    /// Nanoseconds from step to step; `None` for an instant query.
    pub step: Option<i64>,
}

impl Window {
    /// Refuses an end before the start. `from` and `until` are the bounds as they will be used, `extent` the first and last record.
    pub(crate) fn check(&self, from: i64, until: i64) -> Result<(), Error> {
        if from <= until {
            return Ok(());
        }
        let time = |ns: i64| jiff::Timestamp::from_nanosecond(i128::from(ns)).map_or_else(|_| ns.to_string(), |t| t.to_string());
        Err(Error::Window(match (self.start, self.end) {
            (Some(_), None) => format!("the start lies behind the lake's last record ({})", time(until)),
            (None, Some(_)) => format!("the time lies before the lake's first record ({})", time(from)),
            _ => "the time range ends before it begins".to_string(),
        }))
    }
}
