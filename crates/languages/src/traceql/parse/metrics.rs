//! Metrics functions: `| rate() by (x) | topk(5)`. Border: what stands behind the pipeline of spans.

use super::super::ast::{Attribute, Compare, Function, Metrics, Then};
use super::super::value::Value;
use super::{comparison, field};
use crate::scanner::{Fault, Scanner};

/// The function that comes next, if one does.
pub(super) fn metrics(s: &mut Scanner<'_>) -> Result<Option<Metrics>, Fault> {
    let word = s.word_ahead();
    let function = match word {
        "rate" => Function::Rate,
        "count_over_time" => Function::Count,
        "min_over_time" => Function::Min,
        "max_over_time" => Function::Max,
        "avg_over_time" => Function::Avg,
        "sum_over_time" => Function::Sum,
        "quantile_over_time" => Function::Quantile,
        "histogram_over_time" => Function::Histogram,
        "compare" => {
            let instead = "ask for each side with `| count_over_time() by (…)`".to_string();
            return Err(Fault { at: s.at, reason: "`compare`".to_string(), instead: Some(instead) });
        }
        _ => return Ok(None),
    };
    s.advance(word.len());
    s.expect("(")?;
    let mut metrics = Metrics { function, of: None, quantiles: Vec::new(), by: Vec::new(), then: Vec::new() };
    if !matches!(function, Function::Rate | Function::Count) {
        metrics.of = Some(attribute(s)?);
    }
    if function == Function::Quantile {
        while s.take(",") {
            let at = s.at;
            let quantile = field::number(s).and_then(|v| v.number()).filter(|q| (0.0..=1.0).contains(q));
            metrics.quantiles.push(quantile.ok_or_else(|| s.fault(at, "a quantile lies between 0 and 1"))?);
        }
        if metrics.quantiles.is_empty() {
            return Err(s.unexpected("`,` and a quantile"));
        }
    }
    s.expect(")")?;
    if s.take_word("by") {
        s.expect("(")?;
        loop {
            metrics.by.push(attribute(s)?);
            if !s.take(",") {
                break;
            }
        }
        s.expect(")")?;
    }
    Ok(Some(metrics))
}

fn attribute(s: &mut Scanner<'_>) -> Result<Attribute, Fault> {
    field::attribute(s)?.ok_or_else(|| s.unexpected("an attribute, as in `span.x` or `duration`"))
}

/// What is done with the series: `topk(5)`, `> 2`.
pub(super) fn then(s: &mut Scanner<'_>, metrics: &mut Metrics) -> Result<(), Fault> {
    loop {
        if let Some(compare) = comparison(s).filter(|c| !matches!(c, Compare::Matches | Compare::MatchesNot)) {
            let value = field::number(s).ok_or_else(|| s.unexpected("a number"))?;
            // durations are measured in seconds
            let number = if let Value::Duration(ns) = value { ns as f64 / 1e9 } else { value.number().unwrap_or(f64::NAN) };
            metrics.then.push(Then::Compare(compare, number));
        } else if s.take("|") {
            let word = s.word_ahead();
            if !matches!(word, "topk" | "bottomk") {
                return Err(s.unexpected("`topk` or `bottomk`"));
            }
            s.advance(word.len());
            s.expect("(")?;
            let k = s.number().filter(|k| *k >= 1.0).ok_or_else(|| s.unexpected("how many"))?;
            s.expect(")")?;
            metrics.then.push(if word == "topk" { Then::Top(k as usize) } else { Then::Bottom(k as usize) });
        } else {
            return Ok(());
        }
    }
}
