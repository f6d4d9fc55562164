//! Evaluation of a parsed question (Prometheus 3, `promql/engine.go`), moment by moment. Border: vectors; what functions compute is
//! in files of its own.

use std::collections::BTreeSet;
use std::time::{Duration, UNIX_EPOCH};

use promql_parser::parser::token::{
    T_ADD, T_ATAN2, T_AVG, T_BOTTOMK, T_COUNT, T_COUNT_VALUES, T_DIV, T_EQLC, T_GROUP, T_GTE, T_GTR, T_LAND, T_LOR, T_LSS, T_LTE, T_LUNLESS, T_MAX,
    T_MIN, T_MOD, T_MUL, T_NEQ, T_POW, T_QUANTILE, T_STDDEV, T_STDVAR, T_SUB, T_SUM, T_TOPK, TokenType,
};
use promql_parser::parser::{
    AggregateExpr, AtModifier, BinaryExpr, Expr, LabelModifier, MatrixSelector, Offset, SubqueryExpr, VectorMatchCardinality, VectorSelector,
};
use rustc_hash::{FxHashMap, FxHashSet};

use super::LANGUAGE;
use super::functions;
use super::series::{Series, Taken};
use crate::error::Error;
use crate::labels::Labels;
use crate::vector::{
    Aggregation, Cardinality, Grouping, Matching, NAME, Operator, Parameter, Sample, Value, aggregate, scalars, shown, with_scalar, with_vector,
};

/// What an expression is at a moment.
#[derive(Debug, Clone)]
pub(super) enum Now {
    Scalar(f64),
    Text(String),
    Vector(Vec<Sample>),
    Matrix(Vec<Range>),
}

/// A series' samples within a range.
#[derive(Debug, Clone)]
pub(super) struct Range {
    pub labels: Labels,
    /// Milliseconds and values.
    pub samples: Vec<(i64, Value)>,
}

/// A question at work. Times are milliseconds.
pub(super) struct Run {
    /// Series of each selector, by its address in the tree, which stays where it is.
    pub selected: FxHashMap<*const VectorSelector, Vec<Series>>,
    pub start: i64,
    pub end: i64,
    /// Default step of subqueries.
    pub step: i64,
    pub lookback: i64,
    /// What a reader of the answer should know.
    pub hints: std::cell::RefCell<Hints>,
    /// Vectors of subqueries that are known already.
    pub remembered: std::cell::RefCell<FxHashMap<(*const Expr, i64), Vec<Sample>>>,
    /// Steps of subqueries so far.
    pub subquery_steps: std::cell::Cell<u64>,
}

/// Steps of all subqueries of a question: each vector of one is kept, and gone through again at every step of the question.
const MAX_SUBQUERY_STEPS: u64 = 10_000_000;

/// Why an answer may be less than its reader expects, though Prometheus' would be the same.
#[derive(Debug, Default)]
pub(super) struct Hints {
    /// Series of which a function that compares samples met one sample only.
    pub single: FxHashSet<Labels>,
    /// The function.
    pub comparing: String,
    /// The latest sample that was too old to be the current one.
    pub stale: Option<i64>,
}

pub(super) fn wrong(reason: impl Into<String>) -> Error {
    Error::Evaluation { language: LANGUAGE, reason: reason.into() }
}

fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

/// Every selector of a tree.
pub(super) fn selectors<'e>(expr: &'e Expr, found: &mut Vec<&'e VectorSelector>) {
    match expr {
        Expr::VectorSelector(selector) => found.push(selector),
        Expr::MatrixSelector(range) => found.push(&range.vs),
        Expr::Aggregate(a) => {
            selectors(&a.expr, found);
            a.param.iter().for_each(|p| selectors(p, found));
        }
        Expr::Unary(u) => selectors(&u.expr, found),
        Expr::Binary(b) => {
            selectors(&b.lhs, found);
            selectors(&b.rhs, found);
        }
        Expr::Paren(p) => selectors(&p.expr, found),
        Expr::Subquery(s) => selectors(&s.expr, found),
        Expr::Call(c) => c.args.args.iter().for_each(|a| selectors(a, found)),
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => {}
    }
}

/// The labels that a question groups, matches or replaces by; those that it takes from the other side of an operator are not.
pub(super) fn asked(expr: &Expr, into: &mut BTreeSet<String>, taken: &mut BTreeSet<String>) {
    match expr {
        Expr::Aggregate(a) => {
            if let Some(LabelModifier::Include(labels)) = &a.modifier {
                into.extend(labels.labels.iter().cloned());
            }
            asked(&a.expr, into, taken);
        }
        Expr::Binary(b) => {
            if let Some(modifier) = &b.modifier {
                if let Some(LabelModifier::Include(labels)) = &modifier.matching {
                    into.extend(labels.labels.iter().cloned());
                }
                taken.extend(modifier.card.labels().into_iter().flat_map(|l| l.labels.iter().cloned()));
            }
            asked(&b.lhs, into, taken);
            asked(&b.rhs, into, taken);
        }
        Expr::Call(c) => {
            // label_replace and label_join name labels as texts
            if c.func.name.starts_with("label_") {
                into.extend(c.args.args.iter().skip(2).filter_map(|a| if let Expr::StringLiteral(s) = &**a { Some(s.val.clone()) } else { None }));
            }
            c.args.args.iter().for_each(|a| asked(a, into, taken));
        }
        Expr::Unary(u) => asked(&u.expr, into, taken),
        Expr::Paren(p) => asked(&p.expr, into, taken),
        Expr::Subquery(s) => asked(&s.expr, into, taken),
        _ => {}
    }
}

impl Run {
    /// An expression at a moment.
    pub fn at(&self, expr: &Expr, time: i64) -> Result<Now, Error> {
        match expr {
            Expr::Paren(p) => self.at(&p.expr, time),
            Expr::NumberLiteral(n) => Ok(Now::Scalar(n.val)),
            Expr::StringLiteral(s) => Ok(Now::Text(s.val.clone())),
            Expr::VectorSelector(selector) => Ok(Now::Vector(self.instant(selector, time, |labels, _, value| Sample { labels, value }))),
            Expr::MatrixSelector(selector) => Ok(Now::Matrix(self.matrix(selector, time).0)),
            Expr::Subquery(subquery) => Ok(Now::Matrix(self.subquery(subquery, time)?.0)),
            Expr::Unary(unary) => Ok(match self.at(&unary.expr, time)? {
                Now::Scalar(number) => Now::Scalar(-number),
                Now::Vector(samples) => Now::Vector(with_scalar(Operator::Mul, false, samples, -1.0, false)),
                other => other,
            }),
            Expr::Binary(binary) => self.binary(binary, time),
            Expr::Aggregate(a) => self.aggregate(a, time),
            Expr::Call(call) => functions::call(self, call, time),
            Expr::Extension(_) => Err(wrong("an extension of the parser")),
        }
    }

    /// A vector at a moment.
    pub fn vector(&self, expr: &Expr, time: i64) -> Result<Vec<Sample>, Error> {
        match self.at(expr, time)? {
            Now::Vector(samples) => Ok(samples),
            _ => Err(wrong("a vector was expected")),
        }
    }

    /// A number at a moment.
    pub fn scalar(&self, expr: &Expr, time: i64) -> Result<f64, Error> {
        match self.at(expr, time)? {
            Now::Scalar(number) => Ok(number),
            _ => Err(wrong("a scalar was expected")),
        }
    }

    fn moved(&self, time: i64, at: Option<&AtModifier>, offset: Option<&Offset>) -> i64 {
        let time = match at {
            None => time,
            Some(AtModifier::Start) => self.start,
            Some(AtModifier::End) => self.end,
            Some(AtModifier::At(moment)) => match moment.duration_since(UNIX_EPOCH) {
                Ok(after) => ms(after),
                Err(before) => -ms(before.duration()),
            },
        };
        match offset {
            None => time,
            Some(Offset::Pos(back)) => time.saturating_sub(ms(*back)),
            Some(Offset::Neg(on)) => time.saturating_add(ms(*on)),
        }
    }

    /// The last samples of a selector's series, none older than the look-back; with their times.
    pub fn instant<T>(&self, selector: &VectorSelector, time: i64, make: impl Fn(Labels, i64, Value) -> T) -> Vec<T> {
        let time = self.moved(time, selector.at.as_ref(), selector.offset.as_ref());
        let series = self.selected.get(&std::ptr::from_ref(selector)).map(Vec::as_slice).unwrap_or_default();
        let found = series.iter().filter_map(|s| {
            let (at, taken) = s.samples[..s.samples.partition_point(|(t, _)| *t <= time)].last()?;
            match taken {
                Taken::Value(value) if *at > time.saturating_sub(self.lookback) => Some(make(s.labels.clone(), *at, value.clone())),
                _ => {
                    let mut hints = self.hints.borrow_mut();
                    hints.stale = hints.stale.max(Some(*at));
                    None
                }
            }
        });
        found.collect()
    }

    /// A range selector's samples, after its beginning up to its end; with the end.
    pub fn matrix(&self, selector: &MatrixSelector, time: i64) -> (Vec<Range>, i64) {
        let end = self.moved(time, selector.vs.at.as_ref(), selector.vs.offset.as_ref());
        let begin = end.saturating_sub(ms(selector.range));
        let series = self.selected.get(&std::ptr::from_ref(&selector.vs)).map(Vec::as_slice).unwrap_or_default();
        let found = series.iter().filter_map(|s| {
            let within = &s.samples[s.samples.partition_point(|(t, _)| *t <= begin)..s.samples.partition_point(|(t, _)| *t <= end)];
            let samples: Vec<(i64, Value)> = within
                .iter()
                .filter_map(|(t, taken)| match taken {
                    Taken::Value(value) => Some((*t, value.clone())),
                    Taken::Stale => None,
                })
                .collect();
            (!samples.is_empty()).then(|| Range { labels: s.labels.clone(), samples })
        });
        (found.collect(), end)
    }

    /// A subquery's samples, at multiples of its step; with the end.
    pub fn subquery(&self, subquery: &SubqueryExpr, time: i64) -> Result<(Vec<Range>, i64), Error> {
        let end = self.moved(time, subquery.at.as_ref(), subquery.offset.as_ref());
        let begin = end.saturating_sub(ms(subquery.range));
        let step = subquery.step.map_or(self.step, ms).max(1);
        let steps = self.subquery_steps.get().saturating_add(end.abs_diff(begin) / step.unsigned_abs());
        if steps > MAX_SUBQUERY_STEPS {
            return Err(wrong(format!("subqueries come to more than {MAX_SUBQUERY_STEPS} steps; choose longer ones, as in `[1h:5m]`")));
        }
        self.subquery_steps.set(steps);
        let mut ranges: Vec<Range> = Vec::new();
        let mut places: FxHashMap<Labels, usize> = FxHashMap::default();
        let mut at = (begin.div_euclid(step) + 1).saturating_mul(step);
        while at <= end {
            let key = (std::ptr::from_ref(&*subquery.expr), at);
            let known = self.remembered.borrow().get(&key).cloned();
            let samples = match known {
                Some(samples) => samples,
                None => {
                    let samples = match self.at(&subquery.expr, at)? {
                        Now::Vector(samples) => samples,
                        Now::Scalar(number) => vec![Sample::float(Labels::default(), number)],
                        _ => return Err(wrong("a subquery needs a vector")),
                    };
                    self.remembered.borrow_mut().insert(key, samples.clone());
                    samples
                }
            };
            for sample in samples {
                let place = *places.entry(sample.labels.clone()).or_insert_with(|| {
                    ranges.push(Range { labels: sample.labels, samples: Vec::new() });
                    ranges.len() - 1
                });
                ranges[place].samples.push((at, sample.value));
            }
            at = match at.checked_add(step) {
                Some(next) => next,
                None => break,
            };
        }
        Ok((ranges, end))
    }

    fn binary(&self, binary: &BinaryExpr, time: i64) -> Result<Now, Error> {
        let operator = operator_of(binary.op).ok_or_else(|| wrong("an unknown operator"))?;
        let as_number = binary.return_bool();
        Ok(match (self.at(&binary.lhs, time)?, self.at(&binary.rhs, time)?) {
            (Now::Scalar(a), Now::Scalar(b)) => Now::Scalar(scalars(operator, a, b)),
            (Now::Vector(a), Now::Scalar(b)) => Now::Vector(with_scalar(operator, as_number, a, b, false)),
            (Now::Scalar(a), Now::Vector(b)) => Now::Vector(with_scalar(operator, as_number, b, a, true)),
            (Now::Vector(a), Now::Vector(b)) => {
                let mut matching = Matching::default();
                if let Some(modifier) = &binary.modifier {
                    if let Some(labels) = &modifier.matching {
                        matching.on = labels.is_include();
                        matching.labels.clone_from(&labels.labels().labels);
                    }
                    matching.cardinality = match &modifier.card {
                        VectorMatchCardinality::ManyToOne(labels) => Cardinality::ManyToOne(labels.labels.clone()),
                        VectorMatchCardinality::OneToMany(labels) => Cardinality::OneToMany(labels.labels.clone()),
                        _ => Cardinality::OneToOne,
                    };
                }
                Now::Vector(with_vector(operator, as_number, &matching, a, b).map_err(wrong)?)
            }
            _ => return Err(wrong("binary expression must contain only scalar and instant vector types")),
        })
    }

    fn aggregate(&self, a: &AggregateExpr, time: i64) -> Result<Now, Error> {
        let how = aggregation_of(a.op).ok_or_else(|| wrong("an unknown aggregation"))?;
        let grouping = match &a.modifier {
            None => Grouping::default(),
            Some(modifier) => Grouping { without: !modifier.is_include(), labels: modifier.labels().labels.clone() },
        };
        let parameter = match &a.param {
            None => Parameter::None,
            Some(expr) => match self.at(expr, time)? {
                Now::Scalar(number) => Parameter::Number(number),
                Now::Text(label) => Parameter::Label(label),
                _ => return Err(wrong("the parameter of an aggregation must be a number or a text")),
            },
        };
        Ok(Now::Vector(aggregate(how, &grouping, &parameter, self.vector(&a.expr, time)?)))
    }
}

/// Refuses two samples with the same labels, which functions make that take names away.
pub(super) fn unique(samples: Vec<Sample>) -> Result<Vec<Sample>, Error> {
    let mut seen = FxHashSet::default();
    for sample in &samples {
        if !seen.insert(&sample.labels) {
            return Err(wrong(format!(
                "vector cannot contain metrics with the same labelset: {}; aggregate them, or select one metric",
                shown(&sample.labels)
            )));
        }
    }
    drop(seen);
    Ok(samples)
}

/// Labels without the series' name.
pub(super) fn unnamed(labels: &Labels) -> Labels {
    labels.keeping(|name| name != NAME)
}

fn operator_of(token: TokenType) -> Option<Operator> {
    Some(match token.id() {
        T_ADD => Operator::Add,
        T_SUB => Operator::Sub,
        T_MUL => Operator::Mul,
        T_DIV => Operator::Div,
        T_MOD => Operator::Mod,
        T_POW => Operator::Pow,
        T_ATAN2 => Operator::Atan2,
        T_EQLC => Operator::Eq,
        T_NEQ => Operator::Ne,
        T_LSS => Operator::Lt,
        T_LTE => Operator::Le,
        T_GTR => Operator::Gt,
        T_GTE => Operator::Ge,
        T_LAND => Operator::And,
        T_LOR => Operator::Or,
        T_LUNLESS => Operator::Unless,
        _ => return None,
    })
}

/// The aggregation of a token; `None` for those that are not evaluated.
pub(super) fn aggregation_of(token: TokenType) -> Option<Aggregation> {
    Some(match token.id() {
        T_SUM => Aggregation::Sum,
        T_AVG => Aggregation::Avg,
        T_MIN => Aggregation::Min,
        T_MAX => Aggregation::Max,
        T_COUNT => Aggregation::Count,
        T_GROUP => Aggregation::Group,
        T_STDDEV => Aggregation::Stddev,
        T_STDVAR => Aggregation::Stdvar,
        T_TOPK => Aggregation::Topk,
        T_BOTTOMK => Aggregation::Bottomk,
        T_QUANTILE => Aggregation::Quantile,
        T_COUNT_VALUES => Aggregation::CountValues,
        _ => return None,
    })
}
