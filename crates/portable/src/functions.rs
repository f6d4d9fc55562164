//! The functions known to mean the same on Spark, as they are or translated. Border: names and how they may be called; `spark` translates.
//!
//! To be in the list, a function has been compared on all engines by `tests/peers/engines.py`, nulls included: those of `queries/` and of
//! `tests/peers/reports/functions.sql`. `concat` is not in it because of nulls, regular expressions because each engine has its own.

use std::ops::RangeInclusive;

/// Where a function may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// One value of one row.
    Scalar,
    /// One value of many rows, in a group or a window.
    Aggregate,
    /// One value of many rows, in a group only.
    Group,
    /// In a window only.
    Window,
    /// Rows, as a column of its own.
    Rows,
}

/// A function by its name, where it may stand, and how many arguments it takes.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) stands: Use,
    pub(crate) arguments: RangeInclusive<usize>,
}

const fn function(name: &'static str, stands: Use, arguments: RangeInclusive<usize>) -> Function {
    Function { name, stands, arguments }
}

pub(crate) const KNOWN: &[Function] = &[
    function("abs", Use::Scalar, 1..=1),
    function("bool_and", Use::Group, 1..=1),
    function("bool_or", Use::Group, 1..=1),
    function("coalesce", Use::Scalar, 1..=usize::MAX),
    function("count", Use::Aggregate, 1..=1),
    function("date_trunc", Use::Scalar, 2..=2),
    function("dense_rank", Use::Window, 0..=0),
    function("exp", Use::Scalar, 1..=1),
    function("get_json_object", Use::Scalar, 2..=2),
    function("greatest", Use::Scalar, 2..=usize::MAX),
    function("lag", Use::Window, 1..=3),
    function("lead", Use::Window, 1..=3),
    function("least", Use::Scalar, 2..=usize::MAX),
    function("ln", Use::Scalar, 1..=1),
    function("max", Use::Aggregate, 1..=1),
    function("min", Use::Aggregate, 1..=1),
    function("nullif", Use::Scalar, 2..=2),
    function("quantile_cont", Use::Group, 2..=2),
    function("rank", Use::Window, 0..=0),
    function("round", Use::Scalar, 1..=2),
    function("row_number", Use::Window, 0..=0),
    function("split_part", Use::Scalar, 3..=3),
    function("sqrt", Use::Scalar, 1..=1),
    function("string_agg", Use::Group, 2..=2),
    function("string_to_array", Use::Scalar, 2..=2),
    function("sum", Use::Aggregate, 1..=1),
    function("unnest", Use::Rows, 1..=1),
];

/// The units to which both round a time down alike; weeks begin on Monday.
pub(crate) const UNITS: &[&str] = &["microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"];

pub(crate) fn known(name: &str) -> Option<&'static Function> {
    KNOWN.iter().find(|f| f.name.eq_ignore_ascii_case(name))
}

/// The names for a message; `ceil` and `floor` are grammar.
pub(crate) fn names() -> Vec<&'static str> {
    let mut all: Vec<_> = KNOWN.iter().map(|f| f.name).chain(["ceil", "floor"]).collect();
    all.sort_unstable();
    all
}
