//! Evaluation of a pipeline over one trace. Border: sets of spans out; numbers over all traces are made elsewhere.

use rustc_hash::FxHashSet;

use super::ast::{Aggregate, Attribute, Compare, Field, Relation, Scalar, SpanOperator, Spans, Stage};
use super::trace::{Trace, Wanted};
use super::value::{Value, compares, compute};

/// A set of a trace's spans.
#[derive(Debug, Clone, Default)]
pub(super) struct SpanSet {
    /// Places in the trace, ascending.
    pub spans: Vec<usize>,
    /// What `by` and aggregates say of it: the expression and its value.
    pub notes: Vec<(String, Value)>,
}

/// A trace with a question's attributes.
pub(super) struct Over<'a> {
    pub trace: &'a Trace,
    pub wanted: &'a Wanted,
}

impl Over<'_> {
    /// The sets of spans that a pipeline leaves; none where the trace does not match.
    pub fn pipeline(&self, stages: &[Stage]) -> Vec<SpanSet> {
        let mut sets = vec![SpanSet { spans: (0..self.trace.spans.len()).collect(), notes: Vec::new() }];
        for stage in stages {
            sets = match stage {
                Stage::Spans(expr) => sets.into_iter().map(|set| SpanSet { spans: self.spans(expr, &set.spans), notes: set.notes }).collect(),
                Stage::Compare(left, how, right) => sets.into_iter().filter_map(|set| self.compared(set, left, *how, right)).collect(),
                Stage::By(field) => sets.into_iter().flat_map(|set| self.grouped(&set, field)).collect(),
                Stage::Coalesce => {
                    let mut spans: Vec<usize> = sets.into_iter().flat_map(|set| set.spans).collect();
                    spans.sort_unstable();
                    spans.dedup();
                    vec![SpanSet { spans, notes: Vec::new() }]
                }
                Stage::Select(_) => sets,
            };
            sets.retain(|set| !set.spans.is_empty());
        }
        sets
    }

    fn spans(&self, expr: &Spans, among: &[usize]) -> Vec<usize> {
        match expr {
            Spans::Filter(None) => among.to_vec(),
            Spans::Filter(Some(field)) => among.iter().copied().filter(|span| self.field(field, *span) == Value::Bool(true)).collect(),
            Spans::Pipeline(stages) => {
                let mut spans: Vec<usize> =
                    self.pipeline(stages).into_iter().flat_map(|set| set.spans).filter(|span| among.binary_search(span).is_ok()).collect();
                spans.sort_unstable();
                spans.dedup();
                spans
            }
            Spans::Both(operator, left, right) => {
                let (left, right) = (self.spans(left, among), self.spans(right, among));
                match operator {
                    SpanOperator::And if left.is_empty() || right.is_empty() => Vec::new(),
                    SpanOperator::And | SpanOperator::Or => united(left, right),
                    SpanOperator::Related { relation, not, union } => self.related(*relation, *not, *union, &left, &right),
                }
            }
        }
    }

    fn related(&self, relation: Relation, not: bool, union: bool, left: &[usize], right: &[usize]) -> Vec<usize> {
        if left.is_empty() || right.is_empty() {
            return if not { right.to_vec() } else { Vec::new() };
        }
        let found = self.standing(relation, left, right);
        if not {
            let found: FxHashSet<usize> = found.into_iter().collect();
            return right.iter().copied().filter(|span| !found.contains(span)).collect();
        }
        if !union || found.is_empty() {
            return found;
        }
        let opposite = match relation {
            Relation::Child => Relation::Parent,
            Relation::Parent => Relation::Child,
            Relation::Descendant => Relation::Ancestor,
            Relation::Ancestor => Relation::Descendant,
            Relation::Sibling => Relation::Sibling,
        };
        let others = self.standing(opposite, right, left);
        united(found, others)
    }

    /// Those of `right` that stand in a relation to one of `left`.
    fn standing(&self, relation: Relation, left: &[usize], right: &[usize]) -> Vec<usize> {
        let spans = &self.trace.spans;
        match relation {
            Relation::Child => {
                let parents: FxHashSet<usize> = left.iter().copied().collect();
                right.iter().copied().filter(|s| spans[*s].parent.is_some_and(|p| parents.contains(&p))).collect()
            }
            Relation::Parent => {
                let parents: FxHashSet<usize> = left.iter().filter_map(|s| spans[*s].parent).collect();
                right.iter().copied().filter(|s| parents.contains(s)).collect()
            }
            Relation::Sibling => {
                // a span is no sibling of itself: one of two with its parent must be another
                let mut of_parent = rustc_hash::FxHashMap::<usize, (usize, usize)>::default();
                for span in left {
                    if let Some(parent) = spans[*span].parent {
                        let entry = of_parent.entry(parent).or_insert((0, *span));
                        entry.0 += 1;
                    }
                }
                let is_sibling = |s: &usize| {
                    let among = spans[*s].parent.and_then(|p| of_parent.get(&p));
                    among.is_some_and(|(count, first)| *count > 1 || first != s)
                };
                right.iter().copied().filter(is_sibling).collect()
            }
            Relation::Descendant => {
                // intervals of nested sets: the outermost of the left, in order, do not overlap
                let mut intervals: Vec<(i64, i64)> = left.iter().map(|s| (spans[*s].left, spans[*s].right)).collect();
                intervals.sort_unstable();
                let mut outer: Vec<(i64, i64)> = Vec::new();
                for interval in intervals {
                    if outer.last().is_none_or(|last| interval.0 > last.1) {
                        outer.push(interval);
                    }
                }
                let inside = |s: &usize| {
                    let at = outer.partition_point(|i| i.0 < spans[*s].left);
                    at > 0 && spans[*s].left < outer[at - 1].1
                };
                right.iter().copied().filter(inside).collect()
            }
            Relation::Ancestor => {
                let mut starts: Vec<i64> = left.iter().map(|s| spans[*s].left).collect();
                starts.sort_unstable();
                let holds = |s: &usize| {
                    let at = starts.partition_point(|left| *left <= spans[*s].left);
                    at < starts.len() && starts[at] < spans[*s].right
                };
                right.iter().copied().filter(holds).collect()
            }
        }
    }

    fn grouped(&self, set: &SpanSet, field: &Field) -> Vec<SpanSet> {
        let mut groups: Vec<(Value, Vec<usize>)> = Vec::new();
        for span in &set.spans {
            let value = self.field(field, *span);
            match groups.iter_mut().find(|(known, _)| *known == value) {
                Some((_, spans)) => spans.push(*span),
                None => groups.push((value, vec![*span])),
            }
        }
        let note = format!("by({})", shown(field));
        let make = |(value, spans): (Value, Vec<usize>)| {
            let mut notes = set.notes.clone();
            notes.push((note.clone(), value));
            SpanSet { spans, notes }
        };
        groups.into_iter().map(make).collect()
    }

    fn compared(&self, mut set: SpanSet, left: &Scalar, how: Compare, right: &Scalar) -> Option<SpanSet> {
        let (a, b) = (self.scalar(left, &set.spans), self.scalar(right, &set.spans));
        if !compares(how, &a, &b) {
            return None;
        }
        for (scalar, value) in [(left, a), (right, b)] {
            if let Scalar::Aggregate(..) = scalar {
                set.notes.push((scalar_shown(scalar), value));
            }
        }
        Some(set)
    }

    fn scalar(&self, scalar: &Scalar, spans: &[usize]) -> Value {
        match scalar {
            Scalar::Value(value) => value.clone(),
            Scalar::Compute(how, a, b) => compute(*how, &self.scalar(a, spans), &self.scalar(b, spans)),
            Scalar::Aggregate(Aggregate::Count, _) => Value::Int(spans.len() as i64),
            Scalar::Aggregate(how, of) => {
                let Some(of) = of else { return Value::Nil };
                let values: Vec<Value> = spans.iter().map(|s| self.field(of, *s)).filter(|v| v.number().is_some()).collect();
                let Some(first) = values.first() else { return Value::Nil };
                let sum = || values.iter().skip(1).fold(first.clone(), |sum, v| compute(super::ast::Arithmetic::Add, &sum, v));
                match how {
                    Aggregate::Sum => sum(),
                    Aggregate::Avg => match sum() {
                        Value::Duration(ns) => Value::Duration((ns as f64 / values.len() as f64) as i64),
                        other => Value::Float(other.number().unwrap_or(f64::NAN) / values.len() as f64),
                    },
                    _ => {
                        let wanted = if *how == Aggregate::Max { Compare::Gt } else { Compare::Lt };
                        values.iter().fold(first, |best, v| if compares(wanted, v, best) { v } else { best }).clone()
                    }
                }
            }
        }
    }

    /// An expression's value for a span.
    pub fn field(&self, field: &Field, span: usize) -> Value {
        let truth = |field: &Field| self.field(field, span) == Value::Bool(true);
        match field {
            Field::Value(value) => value.clone(),
            Field::Attribute(attribute) => self.trace.value(self.wanted, span, attribute),
            Field::And(a, b) => Value::Bool(truth(a) && truth(b)),
            Field::Or(a, b) => Value::Bool(truth(a) || truth(b)),
            Field::Not(of) => match self.field(of, span) {
                Value::Bool(value) => Value::Bool(!value),
                _ => Value::Nil,
            },
            Field::Negative(of) => compute(super::ast::Arithmetic::Mul, &Value::Int(-1), &self.field(of, span)),
            Field::Compute(how, a, b) => compute(*how, &self.field(a, span), &self.field(b, span)),
            Field::Compare(how, a, b) => match (how, &**a, &**b) {
                // whether something is there: of lists, whether there is any
                (Compare::Eq | Compare::Ne, of, Field::Value(Value::Nil)) | (Compare::Eq | Compare::Ne, Field::Value(Value::Nil), of) => {
                    Value::Bool((self.field(of, span) == Value::Nil) == (*how == Compare::Eq))
                }
                _ => Value::Bool(compares(*how, &self.field(a, span), &self.field(b, span))),
            },
            Field::Matches { not, of, expression } => Value::Bool(match self.field(of, span) {
                Value::Text(text) => expression.is_match(&text) != *not,
                Value::List(values) => {
                    let mut matches = values.iter().filter_map(|v| if let Value::Text(text) = v { Some(expression.is_match(text)) } else { None });
                    if *not { matches.all(|m| !m) } else { matches.any(|m| m) }
                }
                _ => false,
            }),
        }
    }
}

fn united(mut a: Vec<usize>, b: Vec<usize>) -> Vec<usize> {
    a.extend(b);
    a.sort_unstable();
    a.dedup();
    a
}

/// An expression as Tempo writes it.
fn shown(field: &Field) -> String {
    match field {
        Field::Attribute(attribute) => attribute.to_string(),
        Field::Value(value) => value.text(),
        _ => "…".to_string(),
    }
}

fn scalar_shown(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Aggregate(Aggregate::Count, _) => "count()".to_string(),
        Scalar::Aggregate(how, of) => {
            let name = format!("{how:?}").to_lowercase();
            format!("{name}({})", of.as_ref().map(shown).unwrap_or_default())
        }
        _ => String::new(),
    }
}

/// Every attribute of an expression.
pub(super) fn attributes_of<'f>(field: &'f Field, found: &mut Vec<&'f Attribute>) {
    match field {
        Field::Attribute(attribute) => found.push(attribute),
        Field::Compare(_, a, b) | Field::Compute(_, a, b) | Field::And(a, b) | Field::Or(a, b) => {
            attributes_of(a, found);
            attributes_of(b, found);
        }
        Field::Matches { of, .. } | Field::Not(of) | Field::Negative(of) => attributes_of(of, found),
        Field::Value(_) => {}
    }
}

/// Every attribute of a pipeline.
pub(super) fn attributes_of_stages<'s>(stages: &'s [Stage], found: &mut Vec<&'s Attribute>) {
    fn of_spans<'s>(spans: &'s Spans, found: &mut Vec<&'s Attribute>) {
        match spans {
            Spans::Filter(Some(field)) => attributes_of(field, found),
            Spans::Filter(None) => {}
            Spans::Both(_, a, b) => {
                of_spans(a, found);
                of_spans(b, found);
            }
            Spans::Pipeline(stages) => attributes_of_stages(stages, found),
        }
    }
    fn of_scalar<'s>(scalar: &'s Scalar, found: &mut Vec<&'s Attribute>) {
        match scalar {
            Scalar::Aggregate(_, Some(of)) => attributes_of(of, found),
            Scalar::Compute(_, a, b) => {
                of_scalar(a, found);
                of_scalar(b, found);
            }
            _ => {}
        }
    }
    for stage in stages {
        match stage {
            Stage::Spans(spans) => of_spans(spans, found),
            Stage::Compare(a, _, b) => {
                of_scalar(a, found);
                of_scalar(b, found);
            }
            Stage::By(field) => attributes_of(field, found),
            Stage::Select(attributes) => found.extend(attributes),
            Stage::Coalesce => {}
        }
    }
}
