//! A TraceQL question as a tree. Border: what is written; nothing is evaluated.

use std::fmt;

use super::value::Value;

/// A question: what is done with the spans of each trace, and perhaps numbers over all of them.
#[derive(Debug)]
pub(super) struct Query {
    pub stages: Vec<Stage>,
    pub metrics: Option<Metrics>,
}

/// A stage of a pipeline.
#[derive(Debug)]
pub(super) enum Stage {
    /// Spans of the trace that match.
    Spans(Spans),
    /// `count() > 2`: keeps the sets of spans that fulfil it.
    Compare(Scalar, Compare, Scalar),
    /// `by(x)`: a set for each value.
    By(Field),
    /// `coalesce()`: one set again.
    Coalesce,
    /// `select(x, …)`: attributes that are shown.
    Select(Vec<Attribute>),
}

/// An expression of which the value is a set of spans.
#[derive(Debug)]
pub(super) enum Spans {
    /// `{ … }`; none for `{ }`.
    Filter(Option<Field>),
    /// An operator between two.
    Both(SpanOperator, Box<Spans>, Box<Spans>),
    /// A pipeline in brackets.
    Pipeline(Vec<Stage>),
}

/// How two sets are brought together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SpanOperator {
    And,
    Or,
    /// The spans of the right (`union`: of both) that stand in the relation; `not`: that do not.
    Related {
        relation: Relation,
        not: bool,
        union: bool,
    },
}

/// Where the right span stands to the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Child,
    Descendant,
    Parent,
    Ancestor,
    Sibling,
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compare {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Matches,
    MatchesNot,
}

/// Arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
}

/// An expression over one span.
#[derive(Debug)]
pub(super) enum Field {
    Value(Value),
    Attribute(Attribute),
    Compare(Compare, Box<Field>, Box<Field>),
    /// `=~` and `!~` with a text, which is compiled once.
    Matches {
        not: bool,
        of: Box<Field>,
        expression: regex::Regex,
    },
    Compute(Arithmetic, Box<Field>, Box<Field>),
    And(Box<Field>, Box<Field>),
    Or(Box<Field>, Box<Field>),
    Not(Box<Field>),
    Negative(Box<Field>),
}

/// Where an attribute is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Scope {
    /// `.x`: the span's, else the resource's.
    Any,
    Span,
    Resource,
    Event,
    Link,
    Instrumentation,
    /// A property of the span, trace, event, link or scope; `name` is its canonical name.
    Intrinsic,
}

/// An attribute or property.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Attribute {
    pub scope: Scope,
    pub name: String,
    /// Of the parent span.
    pub parent: bool,
}

/// A number over a set of spans.
#[derive(Debug)]
pub(super) enum Scalar {
    Value(Value),
    Aggregate(Aggregate, Option<Field>),
    Compute(Arithmetic, Box<Scalar>, Box<Scalar>),
}

/// An aggregate of a set of spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aggregate {
    Count,
    Avg,
    Min,
    Max,
    Sum,
}

/// Numbers over the spans of all traces.
#[derive(Debug)]
pub(super) struct Metrics {
    pub function: Function,
    /// What is measured.
    pub of: Option<Attribute>,
    pub quantiles: Vec<f64>,
    pub by: Vec<Attribute>,
    pub then: Vec<Then>,
}

/// A metrics function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Rate,
    Count,
    Min,
    Max,
    Avg,
    Sum,
    Quantile,
    Histogram,
}

impl Function {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Function::Rate => "rate",
            Function::Count => "count_over_time",
            Function::Min => "min_over_time",
            Function::Max => "max_over_time",
            Function::Avg => "avg_over_time",
            Function::Sum => "sum_over_time",
            Function::Quantile => "quantile_over_time",
            Function::Histogram => "histogram_over_time",
        }
    }
}

/// What is done with the series.
#[derive(Debug)]
pub(super) enum Then {
    /// `topk`.
    Top(usize),
    /// `bottomk`.
    Bottom(usize),
    /// A comparison with a number.
    Compare(Compare, f64),
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scope = match self.scope {
            Scope::Any => ".",
            Scope::Span => "span.",
            Scope::Resource => "resource.",
            Scope::Event => "event.",
            Scope::Link => "link.",
            Scope::Instrumentation => "instrumentation.",
            Scope::Intrinsic => "",
        };
        let quote = self.name.contains(|c: char| c.is_whitespace() || "{}()=~!<>&|^,".contains(c));
        write!(f, "{}{scope}", if self.parent { "parent." } else { "" })?;
        if quote { write!(f, "{:?}", self.name) } else { f.write_str(&self.name) }
    }
}
