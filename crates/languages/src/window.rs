//! The time that a question is about, as the options give it. Border: what a language does with it is its own business.

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
