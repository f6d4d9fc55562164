//! For DuckDB: the text as it is, but for the one function that rounds otherwise. Border: names exchanged where the parser found them, so that
//! comments and lines stay.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Ident, ObjectNamePart, Query, Visit, Visitor};

use crate::PortableError;

/// `round` there goes away from zero at a tie, in reports to the even neighbour; casts to integers do that, too. From 2^52 on there is nothing to
/// round. Text that is no JSON gives null.
pub(crate) const PRELUDE: &str = "\
CREATE OR REPLACE MACRO round_ties_even
    (x) AS CASE WHEN abs(x) < 4503599627370496 THEN CAST(CAST(CAST(x AS DOUBLE) AS BIGINT) AS DOUBLE) ELSE CAST(x AS DOUBLE) END,
    (x, n) AS CASE
        WHEN abs(x * power(10, n)) < 4503599627370496 THEN CAST(x * power(10, n) AS BIGINT) / power(10, n)
        WHEN isfinite(x * power(10, n)) THEN x * power(10, n) / power(10, n)
        ELSE CAST(x AS DOUBLE)
    END;
CREATE OR REPLACE MACRO get_json_object(json, path) AS CASE WHEN json_valid(json) THEN json_extract_string(json, path) END;
";

/// What a function is called there.
const RENAMED: &[(&str, &str)] = &[("round", "round_ties_even")];

pub(crate) fn statement(query: &Query, sql: &str) -> Result<String, PortableError> {
    let mut calls = Calls(Vec::new());
    let _ = query.visit(&mut calls);
    let mut places = Vec::new();
    for (name, instead) in calls.0 {
        let found = place(sql, &name).ok_or_else(|| PortableError::Parse(format!("function {} was not found again in the text", name.value)))?;
        places.push((found, name.value.len(), instead));
    }
    places.sort_unstable();
    let mut text = sql.to_owned();
    for (from, length, instead) in places.into_iter().rev() {
        text.replace_range(from..from + length, instead);
    }
    Ok(text)
}

/// The byte at which a name begins that the parser knows by line and column, both from 1, columns in characters.
fn place(sql: &str, name: &Ident) -> Option<usize> {
    let line = usize::try_from(name.span.start.line).ok()?.checked_sub(1)?;
    let column = usize::try_from(name.span.start.column).ok()?.checked_sub(1)?;
    let before: usize = sql.split_inclusive('\n').take(line).map(str::len).sum();
    let at = before + sql.get(before..)?.char_indices().nth(column)?.0;
    sql.get(at..)?.starts_with(&name.value).then_some(at)
}

/// The names of calls that are called otherwise there, and how.
struct Calls(Vec<(Ident, &'static str)>);

impl Visitor for Calls {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Function(call) = expr
            && let [ObjectNamePart::Identifier(name)] = call.name.0.as_slice()
            && let Some((_, instead)) = RENAMED.iter().find(|(from, _)| name.value.eq_ignore_ascii_case(from))
        {
            self.0.push((name.clone(), instead));
        }
        ControlFlow::Continue(())
    }
}
