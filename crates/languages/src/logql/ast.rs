//! A LogQL question as a tree. Border: what is written, with the offsets that errors need; nothing is evaluated.

use regex::Regex;

use super::template::Template;
use crate::matcher::Matcher;
use crate::vector::{Aggregation, Grouping, Matching, Operator, Parameter};

/// A question.
#[derive(Debug)]
pub(crate) enum Expr {
    /// Records.
    Logs(LogExpr),
    /// A number.
    Number(f64),
    /// `vector(n)`.
    Vector(f64),
    /// A function of the records of a range.
    Range(Box<RangeExpr>),
    /// An aggregation over labels.
    Aggregate { how: Aggregation, grouping: Grouping, parameter: Parameter, of: Box<Expr> },
    /// `sort`, `sort_desc`.
    Sort { descending: bool, of: Box<Expr> },
    /// `label_replace(of, target, replacement, source, expression)`.
    LabelReplace { of: Box<Expr>, target: String, replacement: String, source: String, expression: Regex },
    /// An operator between two.
    Binary { operator: Operator, as_number: bool, matching: Matching, left: Box<Expr>, right: Box<Expr> },
}

/// A selector and what is done with its records, one stage after the other.
#[derive(Debug, Default)]
pub(crate) struct LogExpr {
    /// Conditions on the stream's labels.
    pub matchers: Vec<Matcher>,
    /// Stages.
    pub stages: Vec<Stage>,
}

/// A function of the records of a range.
#[derive(Debug)]
pub(crate) struct RangeExpr {
    /// Which.
    pub function: RangeFunction,
    /// `quantile_over_time`: the quantile.
    pub parameter: f64,
    /// The records.
    pub logs: LogExpr,
    /// The label whose number is taken instead of counting.
    pub unwrap: Option<Unwrap>,
    /// Length of the range in nanoseconds.
    pub range: i64,
    /// How far back it lies.
    pub offset: i64,
    /// Grouping of the unwrapped series.
    pub grouping: Option<Grouping>,
}

/// `| unwrap label` and the label filters behind it.
#[derive(Debug)]
pub(crate) struct Unwrap {
    /// Label.
    pub label: String,
    /// How its text is read.
    pub conversion: Conversion,
    /// Filters behind it.
    pub filters: Vec<Predicate>,
}

/// How a label's text becomes a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conversion {
    /// A number.
    Number,
    /// A duration, in seconds.
    Duration,
    /// An amount of bytes.
    Bytes,
}

/// A function over a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RangeFunction {
    Count,
    Rate,
    Bytes,
    BytesRate,
    Absent,
    RateCounter,
    Sum,
    Avg,
    Max,
    Min,
    First,
    Last,
    Stddev,
    Stdvar,
    Quantile,
}

/// A stage of a pipeline.
#[derive(Debug)]
pub(crate) enum Stage {
    /// A condition on the line.
    Line(LineFilter),
    /// A condition on labels.
    Label(Predicate),
    /// `json`: all fields.
    Json,
    /// `json a="path"`: some fields.
    JsonFields(Vec<(String, Vec<JsonStep>)>),
    /// `logfmt`.
    Logfmt { strict: bool, keep_empty: bool, fields: Vec<(String, String)> },
    /// `pattern`.
    Pattern(Vec<PatternPart>),
    /// `regexp`.
    Regexp(Regex),
    /// `unpack`.
    Unpack,
    /// `decolorize`.
    Decolorize,
    /// `line_format`.
    LineFormat(Template),
    /// `label_format`.
    LabelFormat(Vec<(String, LabelSource)>),
    /// `drop`.
    Drop(Vec<LabelChoice>),
    /// `keep`.
    Keep(Vec<LabelChoice>),
}

/// Where `label_format` takes a label from.
#[derive(Debug)]
pub(crate) enum LabelSource {
    /// Another label, which goes.
    Label(String),
    /// A template.
    Template(Template),
}

/// A label that `drop` or `keep` names, with a condition or without.
#[derive(Debug)]
pub(crate) enum LabelChoice {
    /// By name.
    Name(String),
    /// By name and value.
    Matching(Matcher),
}

/// A condition on the line: one of the texts must (or none may) be in it.
#[derive(Debug)]
pub(crate) struct LineFilter {
    /// Lines that hold one are taken away.
    pub negated: bool,
    /// The alternatives.
    pub any: Vec<LineTest>,
}

/// What is looked for in a line.
#[derive(Debug)]
pub(crate) enum LineTest {
    /// A text.
    Contains(String),
    /// An expression.
    Matches(Regex),
    /// A pattern of the whole line.
    Pattern(Vec<PatternPart>),
}

/// A piece of a pattern: `<name>`, `<_>` or text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PatternPart {
    /// Text as it is.
    Literal(String),
    /// Anything; named where it becomes a label.
    Capture(Option<String>),
}

/// A step of a path into JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum JsonStep {
    /// A field.
    Field(String),
    /// An element.
    Index(usize),
}

/// A condition on labels.
#[derive(Debug)]
pub(crate) enum Predicate {
    /// On a label's text.
    Text(Matcher),
    /// On a label's number.
    Compare { label: String, operator: Operator, with: Quantity },
    /// Both.
    And(Box<Predicate>, Box<Predicate>),
    /// One of them.
    Or(Box<Predicate>, Box<Predicate>),
}

/// A quantity a label is compared with; it says how the label is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Quantity {
    /// A number.
    Number(f64),
    /// Nanoseconds.
    Duration(i64),
    /// Bytes.
    Bytes(f64),
}

impl RangeFunction {
    /// By its name.
    pub fn named(name: &str) -> Option<RangeFunction> {
        Some(match name {
            "count_over_time" => RangeFunction::Count,
            "rate" => RangeFunction::Rate,
            "bytes_over_time" => RangeFunction::Bytes,
            "bytes_rate" => RangeFunction::BytesRate,
            "absent_over_time" => RangeFunction::Absent,
            "rate_counter" => RangeFunction::RateCounter,
            "sum_over_time" => RangeFunction::Sum,
            "avg_over_time" => RangeFunction::Avg,
            "max_over_time" => RangeFunction::Max,
            "min_over_time" => RangeFunction::Min,
            "first_over_time" => RangeFunction::First,
            "last_over_time" => RangeFunction::Last,
            "stddev_over_time" => RangeFunction::Stddev,
            "stdvar_over_time" => RangeFunction::Stdvar,
            "quantile_over_time" => RangeFunction::Quantile,
            _ => return None,
        })
    }

    /// Whether it needs `unwrap`; `None` where it may have one.
    pub fn needs_unwrap(self) -> Option<bool> {
        match self {
            RangeFunction::Rate | RangeFunction::Absent => None,
            RangeFunction::Count | RangeFunction::Bytes | RangeFunction::BytesRate => Some(false),
            _ => Some(true),
        }
    }

    /// Whether `by` and `without` may follow it.
    pub fn groups(self) -> bool {
        matches!(
            self,
            RangeFunction::Avg
                | RangeFunction::Max
                | RangeFunction::Min
                | RangeFunction::First
                | RangeFunction::Last
                | RangeFunction::Stddev
                | RangeFunction::Stdvar
                | RangeFunction::Quantile
        )
    }
}
