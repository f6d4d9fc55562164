//! Operators between vectors and scalars, with Prometheus' rules of matching. Border: one moment.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{NAME, Sample, Value};
use crate::labels::Labels;

/// A binary operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    Atan2,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    And,
    Or,
    Unless,
}

impl Operator {
    /// Whether it compares.
    pub fn compares(self) -> bool {
        matches!(self, Operator::Eq | Operator::Ne | Operator::Lt | Operator::Le | Operator::Gt | Operator::Ge)
    }

    /// Whether it works on sets.
    pub fn on_sets(self) -> bool {
        matches!(self, Operator::And | Operator::Or | Operator::Unless)
    }

    fn number(self, a: f64, b: f64) -> f64 {
        match self {
            Operator::Add => a + b,
            Operator::Sub => a - b,
            Operator::Mul => a * b,
            Operator::Div => a / b,
            Operator::Mod => a % b,
            Operator::Pow => a.powf(b),
            Operator::Atan2 => a.atan2(b),
            _ => f64::from(u8::from(self.holds(a, b))),
        }
    }

    fn holds(self, a: f64, b: f64) -> bool {
        match self {
            Operator::Eq => a == b,
            Operator::Ne => a != b,
            Operator::Lt => a < b,
            Operator::Le => a <= b,
            Operator::Gt => a > b,
            Operator::Ge => a >= b,
            _ => false,
        }
    }

    /// What becomes of two values; `None` where the pair falls out.
    fn values(self, a: &Value, b: &Value, as_number: bool) -> Option<Value> {
        match (a, b) {
            (Value::Float(x), Value::Float(y)) if self.compares() && !as_number => self.holds(*x, *y).then(|| a.clone()),
            (Value::Float(x), Value::Float(y)) => Some(Value::Float(self.number(*x, *y))),
            (Value::Histogram(h), Value::Float(by)) => match self {
                Operator::Mul => Some(Value::Histogram(Arc::new(h.times(*by)))),
                Operator::Div => Some(Value::Histogram(Arc::new(h.times(1.0 / by)))),
                _ => None,
            },
            (Value::Float(by), Value::Histogram(h)) => (self == Operator::Mul).then(|| Value::Histogram(Arc::new(h.times(*by)))),
            (Value::Histogram(g), Value::Histogram(h)) => match self {
                Operator::Add => Some(Value::Histogram(Arc::new(g.plus(h, 1.0)))),
                Operator::Sub => Some(Value::Histogram(Arc::new(g.plus(h, -1.0)))),
                Operator::Eq | Operator::Ne if as_number => Some(Value::Float(f64::from(u8::from((g == h) == (self == Operator::Eq))))),
                Operator::Eq | Operator::Ne => ((g == h) == (self == Operator::Eq)).then(|| a.clone()),
                _ => None,
            },
        }
    }
}

/// How many samples of one side belong to one of the other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Cardinality {
    /// One.
    #[default]
    OneToOne,
    /// `group_left`: many on the left; these labels are taken from the right.
    ManyToOne(Vec<String>),
    /// `group_right`.
    OneToMany(Vec<String>),
}

/// Which samples of two vectors belong together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Matching {
    /// `on`: only these labels count; else (`ignoring`) all but these.
    pub on: bool,
    /// Labels.
    pub labels: Vec<String>,
    /// How many.
    pub cardinality: Cardinality,
}

impl Matching {
    fn key(&self, labels: &Labels) -> Labels {
        labels.keeping(|name| self.labels.iter().any(|l| l == name) == self.on && (self.on || name != NAME))
    }
}

/// Two scalars. A comparison gives 0 or 1.
pub(crate) fn scalars(operator: Operator, a: f64, b: f64) -> f64 {
    operator.number(a, b)
}

/// A vector and a scalar, which stands left if `swapped`.
pub(crate) fn with_scalar(operator: Operator, as_number: bool, samples: Vec<Sample>, scalar: f64, swapped: bool) -> Vec<Sample> {
    let scalar = Value::Float(scalar);
    let keep_name = operator.compares() && !as_number;
    let made = samples.into_iter().filter_map(|Sample { labels, value }| {
        let result = if swapped { operator.values(&scalar, &value, as_number) } else { operator.values(&value, &scalar, as_number) }?;
        // a comparison keeps the vector's value, on whichever side it stands
        let result = if keep_name { value } else { result };
        Some(Sample { labels: if keep_name { labels } else { labels.keeping(|n| n != NAME) }, value: result })
    });
    made.collect()
}

/// Two vectors. Errors: a match that is not unique, two results with the same labels.
pub(crate) fn with_vector(
    operator: Operator,
    as_number: bool,
    matching: &Matching,
    left: Vec<Sample>,
    right: Vec<Sample>,
) -> Result<Vec<Sample>, String> {
    if operator.on_sets() {
        return Ok(sets(operator, matching, left, right));
    }
    let (many, one, swapped, extra) = match &matching.cardinality {
        Cardinality::OneToOne => (left, right, false, None),
        Cardinality::ManyToOne(labels) => (left, right, false, Some(labels)),
        Cardinality::OneToMany(labels) => (right, left, true, Some(labels)),
    };
    let mut singles: FxHashMap<Labels, Sample> = FxHashMap::default();
    for sample in one {
        let key = matching.key(&sample.labels);
        if let Some(other) = singles.get(&key) {
            let side = if swapped { "left" } else { "right" };
            return Err(format!(
                "found duplicate series for the match group {} on the {side} side of the operation: {} and {}; many-to-many matching is not allowed: match by labels that make one side unique",
                shown(&key),
                shown(&other.labels),
                shown(&sample.labels)
            ));
        }
        singles.insert(key, sample);
    }
    let (mut results, mut taken, mut matched) = (Vec::new(), FxHashSet::default(), FxHashSet::default());
    for sample in many {
        let key = matching.key(&sample.labels);
        let Some(single) = singles.get(&key) else { continue };
        let value = if swapped {
            operator.values(&single.value, &sample.value, as_number).map(|v| if operator.compares() && !as_number { single.value.clone() } else { v })
        } else {
            operator.values(&sample.value, &single.value, as_number)
        };
        if extra.is_none() && !matched.insert(key) {
            return Err("multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)".to_string());
        }
        let Some(value) = value else { continue };
        let mut labels = sample.labels.clone();
        if !operator.compares() || as_number {
            labels.set(NAME, "");
        }
        match extra {
            None => labels = labels.keeping(|name| kept(matching, name)),
            Some(extra) => extra.iter().for_each(|name| labels.set(name, single.labels.get(name))),
        }
        if !taken.insert(labels.clone()) {
            return Err("multiple matches for labels: grouping labels must ensure unique matches".to_string());
        }
        results.push(Sample { labels, value });
    }
    Ok(results)
}

fn kept(matching: &Matching, name: &str) -> bool {
    matching.labels.iter().any(|l| l == name) == matching.on
}

fn sets(operator: Operator, matching: &Matching, left: Vec<Sample>, right: Vec<Sample>) -> Vec<Sample> {
    let keys = |samples: &[Sample]| samples.iter().map(|s| matching.key(&s.labels)).collect::<FxHashSet<_>>();
    match operator {
        Operator::Or => {
            let present = keys(&left);
            let added = right.into_iter().filter(|s| !present.contains(&matching.key(&s.labels)));
            left.into_iter().chain(added).collect()
        }
        _ => {
            let present = keys(&right);
            left.into_iter().filter(|s| present.contains(&matching.key(&s.labels)) == (operator == Operator::And)).collect()
        }
    }
}

/// Labels as people read them.
pub(crate) fn shown(labels: &Labels) -> String {
    let inside: Vec<String> = labels.iter().map(|(n, v)| format!("{n}={v:?}")).collect();
    format!("{{{}}}", inside.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(samples: &[(&[(&str, &str)], f64)]) -> Vec<Sample> {
        samples.iter().map(|(labels, value)| Sample::float(labels.iter().copied().collect(), *value)).collect()
    }

    fn asked(
        operator: Operator,
        matching: &Matching,
        a: &[(&[(&str, &str)], f64)],
        b: &[(&[(&str, &str)], f64)],
    ) -> Result<Vec<(String, f64)>, String> {
        let result = with_vector(operator, false, matching, vector(a), vector(b))?;
        Ok(result.iter().map(|s| (shown(&s.labels), s.value.float().unwrap())).collect())
    }

    #[test]
    fn matched_by_all_labels_but_the_name() {
        let result = asked(
            Operator::Div,
            &Matching::default(),
            &[(&[(NAME, "a"), ("x", "1")], 6.0), (&[("x", "2")], 1.0)],
            &[(&[(NAME, "b"), ("x", "1")], 2.0)],
        );
        assert_eq!(result.unwrap(), [("{x=\"1\"}".into(), 3.0)]);
    }

    #[test]
    fn many_to_one_must_be_asked_for() {
        let left: &[(&[(&str, &str)], f64)] = &[(&[("x", "1"), ("y", "1")], 6.0), (&[("x", "1"), ("y", "2")], 8.0)];
        let right: &[(&[(&str, &str)], f64)] = &[(&[("x", "1"), ("z", "9")], 2.0)];
        let mut matching = Matching { on: true, labels: vec!["x".into()], cardinality: Cardinality::OneToOne };
        assert!(asked(Operator::Add, &matching, left, right).is_err());
        matching.cardinality = Cardinality::ManyToOne(vec!["z".into()]);
        let result = asked(Operator::Add, &matching, left, right).unwrap();
        assert_eq!(result, [("{x=\"1\", y=\"1\", z=\"9\"}".into(), 8.0), ("{x=\"1\", y=\"2\", z=\"9\"}".into(), 10.0)]);
        assert!(asked(Operator::Add, &matching, right, left).is_err());
    }

    #[test]
    fn comparisons_filter_and_sets_keep() {
        let a: &[(&[(&str, &str)], f64)] = &[(&[("x", "1")], 1.0), (&[("x", "2")], 5.0)];
        let b: &[(&[(&str, &str)], f64)] = &[(&[("x", "1")], 3.0), (&[("x", "2")], 3.0), (&[("x", "3")], 3.0)];
        assert_eq!(asked(Operator::Gt, &Matching::default(), a, b).unwrap(), [("{x=\"2\"}".into(), 5.0)]);
        assert_eq!(asked(Operator::Unless, &Matching::default(), b, a).unwrap(), [("{x=\"3\"}".into(), 3.0)]);
        assert_eq!(asked(Operator::Or, &Matching::default(), a, b).unwrap().len(), 3);
        let above = with_scalar(Operator::Lt, false, vector(a), 3.0, true);
        assert_eq!(above, vector(&[(&[("x", "2")], 5.0)]));
    }
}
