//! Functions that work on labels. Border: one vector.

use promql_parser::label::MatchOp;
use promql_parser::parser::Expr;

use super::super::evaluate::wrong;
use crate::error::Error;
use crate::labels::Labels;
use crate::matcher::anchored;
use crate::vector::{NAME, Sample};

/// The labels that a selector fixes: those compared with `=`, once.
pub(super) fn of_selector(expr: &Expr) -> Labels {
    let selector = match expr {
        Expr::VectorSelector(selector) => selector,
        Expr::MatrixSelector(range) => &range.vs,
        Expr::Paren(p) => return of_selector(&p.expr),
        _ => return Labels::default(),
    };
    let matchers = &selector.matchers.matchers;
    let fixed = matchers.iter().filter(|m| m.op == MatchOp::Equal && m.name != NAME && matchers.iter().filter(|o| o.name == m.name).count() == 1);
    fixed.map(|m| (&m.name, &m.value)).collect()
}

/// `label_replace(v, target, replacement, source, expression)`.
pub(super) fn replace(mut samples: Vec<Sample>, texts: &[String]) -> Result<Vec<Sample>, Error> {
    let [target, replacement, source, expression] = texts else { return Err(wrong("label_replace needs four texts")) };
    let expression = anchored(expression).map_err(|e| wrong(format!("invalid regular expression in label_replace(): {e}")))?;
    for sample in &mut samples {
        let mut made = None;
        if let Some(captures) = expression.captures(sample.labels.get(source)) {
            let mut text = String::new();
            captures.expand(replacement, &mut text);
            made = Some(text);
        }
        if let Some(made) = made {
            sample.labels.set(target, &made);
        }
    }
    Ok(samples)
}

/// `label_join(v, target, separator, source…)`.
pub(super) fn join(mut samples: Vec<Sample>, texts: &[String]) -> Result<Vec<Sample>, Error> {
    let [target, separator, sources @ ..] = texts else { return Err(wrong("label_join needs a label and a separator")) };
    for sample in &mut samples {
        let joined = sources.iter().map(|s| sample.labels.get(s)).collect::<Vec<_>>().join(separator);
        sample.labels.set(target, &joined);
    }
    Ok(samples)
}
