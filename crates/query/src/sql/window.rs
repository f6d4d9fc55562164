//! Window functions: what a call means. Border: the window's clauses in, an expression out; the work on the rows is `kernel`'s.

use std::collections::HashMap;

use polars::prelude::*;
use polars::sql::FunctionOptions;
use sqlparser::ast::{
    Expr as Sql, Function, FunctionArg, FunctionArgExpr, NamedWindowDefinition, NamedWindowExpr, NullTreatment, WindowFrameBound, WindowFrameUnits,
    WindowSpec, WindowType,
};

use super::binary::cast_term;
use super::block::{Block, Step};
use super::call::{arguments, list, name};
use super::kernel::{Bound, Frame, Kind, Window};
use super::scalar::udf;
use super::types::Target;
use super::{Planner, aggregate, literal, refuse};
use crate::error::QueryError;

pub(super) const NAMES: &[&str] =
    &["cume_dist", "dense_rank", "first_value", "lag", "last_value", "lead", "nth_value", "ntile", "percent_rank", "rank", "row_number"];

pub(super) fn is(name: &str) -> bool {
    NAMES.contains(&name)
}

/// The windows that a SELECT gives names.
pub(super) fn named(definitions: &[NamedWindowDefinition]) -> Result<HashMap<String, WindowSpec>, QueryError> {
    let mut known: HashMap<String, WindowSpec> = HashMap::new();
    for NamedWindowDefinition(name, meant) in definitions {
        let spec = match meant {
            NamedWindowExpr::WindowSpec(spec) => resolved(spec, &known)?,
            NamedWindowExpr::NamedWindow(other) => known.get(&other.value.to_lowercase()).cloned().ok_or_else(|| unknown(&other.value))?,
        };
        let _ = known.insert(name.value.to_lowercase(), spec);
    }
    Ok(known)
}

fn unknown(name: &str) -> QueryError {
    QueryError::Sql(format!("no window {name:?}; name it with WINDOW {name} AS (…)"))
}

/// A window that may build on a named one.
fn resolved(spec: &WindowSpec, known: &HashMap<String, WindowSpec>) -> Result<WindowSpec, QueryError> {
    let mut spec = spec.clone();
    if let Some(base) = spec.window_name.take() {
        let base = known.get(&base.value.to_lowercase()).ok_or_else(|| unknown(&base.value))?;
        if spec.partition_by.is_empty() {
            spec.partition_by.clone_from(&base.partition_by);
        }
        if spec.order_by.is_empty() {
            spec.order_by.clone_from(&base.order_by);
        }
        if spec.window_frame.is_none() {
            spec.window_frame.clone_from(&base.window_frame);
        }
    }
    Ok(spec)
}

impl Planner<'_> {
    pub(super) fn window(&mut self, function: &Function, sql: &Sql, block: &mut Block) -> Result<Expr, QueryError> {
        let spec = match &function.over {
            Some(WindowType::WindowSpec(spec)) => resolved(spec, &self.windows)?,
            Some(WindowType::NamedWindow(name)) => self.windows.get(&name.value.to_lowercase()).cloned().ok_or_else(|| unknown(&name.value))?,
            None => return Err(refuse::part(sql, "a window function needs a window", "write OVER (…)")),
        };
        let name = name(function);
        let mut partition = Vec::new();
        for key in &spec.partition_by {
            let expr = self.expr(key, block)?;
            partition.push(self.column_of(expr, block)?);
        }
        if aggregate::is(&name) && spec.order_by.is_empty() && spec.window_frame.is_none() {
            // over the whole partition any aggregate will do
            let expr = self.aggregate_of(function, sql, block, false)?;
            return Ok(if partition.is_empty() { expr } else { expr.over(partition)? });
        }
        let mut order = Vec::new();
        let (mut descending, mut nulls_last) = (Vec::new(), Vec::new());
        for item in &spec.order_by {
            let expr = self.expr(&item.expr, block)?;
            order.push(self.column_of(expr, block)?);
            descending.push(item.options.asc == Some(false));
            nulls_last.push(item.options.nulls_first != Some(true));
        }
        let frame = frame(&spec, sql)?;
        let (kind, args, dtype) = self.kind(&name, function, sql, block)?;
        if !kind.has_frame() && spec.window_frame.is_some() {
            return Err(refuse::part(sql, &format!("{name} has no frame"), "leave out ROWS or RANGE"));
        }
        // equal rows are told apart by the row itself where it matters which is first
        let by_place = kind.by_place() || frame.rows;
        let ties = if by_place { ties(block) } else { Vec::new() };
        let window = Window { partition: partition.len(), order: order.len(), ties: ties.len(), descending, nulls_last, frame, kind };
        // a column of all rows, so that constants are known to stand for all
        let rows = block.active().iter_names().next().cloned().map(col);
        let columns: Vec<Expr> = partition.into_iter().chain(order).chain(ties).chain(args).chain(rows).collect();
        let expr = udf::with(columns, dtype.clone(), FunctionOptions::length_preserving(), move |c| window.compute(c));
        let id = self.fresh(&name);
        block.step(Step::Column(expr.alias(id.clone())), &[(id.clone(), dtype)]);
        Ok(col(id))
    }

    /// A column with the expression's values.
    fn column_of(&mut self, expr: Expr, block: &mut Block) -> Result<Expr, QueryError> {
        Ok(col(self.key_column(expr, block)?))
    }

    /// What is computed, of which columns, and its type.
    fn kind(&mut self, name: &str, function: &Function, sql: &Sql, block: &mut Block) -> Result<(Kind, Vec<Expr>, DataType), QueryError> {
        let ignore = function.null_treatment == Some(NullTreatment::IgnoreNulls)
            || list(function).is_some_and(|l| l.clauses.iter().any(|c| c.to_string().eq_ignore_ascii_case("ignore nulls")));
        let distinct = list(function).is_some_and(|l| l.duplicate_treatment.is_some_and(|d| d.to_string() == "DISTINCT"));
        let wants = |what: &str| Err(refuse::part(sql, &format!("{name} wants {what}"), "docs/sql.md has examples"));
        if distinct {
            return wants("no DISTINCT in a window with an order or a frame");
        }
        let filter = match &function.filter {
            Some(filter) => Some(self.condition(filter, block)?),
            None => None,
        };
        let kept = |expr: Expr| filter.as_ref().map_or_else(|| expr.clone(), |f| when(f.clone()).then(expr.clone()).otherwise(lit(NULL)));
        let star = matches!(list(function).map(|l| l.args.as_slice()), None | Some([] | [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)]));
        let whole = |kind| Ok((kind, Vec::new(), DataType::Int64));
        match name {
            "row_number" => return whole(Kind::RowNumber),
            "rank" => return whole(Kind::Rank),
            "dense_rank" => return whole(Kind::DenseRank),
            "percent_rank" => return Ok((Kind::PercentRank, Vec::new(), DataType::Float64)),
            "cume_dist" => return Ok((Kind::CumeDist, Vec::new(), DataType::Float64)),
            "count" if star => return Ok((Kind::Count, vec![kept(lit(1_i64))], DataType::Int64)),
            _ => {}
        }
        let asts = arguments(function, sql)?;
        let terms = asts.iter().map(|a| self.term(a, block)).collect::<Result<Vec<_>, _>>()?;
        let Some(first) = terms.first().cloned() else { return wants("an argument") };
        let number = |at: usize| asts.get(at).and_then(|a| literal::whole_of(a));
        let value = vec![kept(first.expr.clone())];
        let numeric = first.dtype.is_primitive_numeric() || matches!(first.dtype, DataType::Boolean | DataType::Null);
        Ok(match name {
            "ntile" => match number(0) {
                Some(n) if n > 0 => (Kind::Ntile(n), Vec::new(), DataType::Int64),
                _ => return wants("a number of buckets as written"),
            },
            "lag" | "lead" => {
                if ignore {
                    return wants("no IGNORE NULLS; filter the nulls out before");
                }
                let n = if terms.len() > 1 { number(1) } else { Some(1) };
                let Some(n) = n else { return wants("a number of rows as written as argument 2") };
                let mut args = value;
                if let Some(default) = terms.get(2) {
                    args.push(cast_term(default.clone(), &Target::Type(first.dtype.clone()), true)?);
                }
                (Kind::Shift { by: if name == "lag" { -n } else { n }, default: terms.len() > 2 }, args, first.dtype)
            }
            "first_value" | "first" => (Kind::Nth { n: 1, ignore }, value, first.dtype),
            "last_value" | "last" => (Kind::Nth { n: -1, ignore }, value, first.dtype),
            "nth_value" => match number(1) {
                Some(n) if n > 0 => (Kind::Nth { n, ignore }, value, first.dtype),
                _ => return wants("a number as written as argument 2"),
            },
            "count" => (Kind::Count, value, DataType::Int64),
            "min" | "max" | "any_value" => (Kind::Best { most: name == "max" }, value, first.dtype),
            "sum" if numeric => {
                let dtype = if first.dtype.is_float() { DataType::Float64 } else { DataType::Int64 };
                (Kind::Sum, vec![kept(first.expr).cast(dtype.clone())], dtype)
            }
            "avg" | "mean" if numeric => (Kind::Average, vec![kept(first.expr).cast(DataType::Float64)], DataType::Float64),
            "bool_and" | "bool_or" => (Kind::Best { most: name == "bool_or" }, value, first.dtype),
            _ => {
                return wants(
                    "a window without ORDER BY and frame; with one there are count, sum, avg, min, max, first_value, last_value and nth_value",
                );
            }
        })
    }
}

/// What tells equal rows apart: the record itself where there is one, else all columns.
fn ties(block: &Block) -> Vec<Expr> {
    let schema = block.active();
    if block.sort.is_some() && block.groups.is_none() && schema.contains("record_id") {
        return vec![col("record_id")];
    }
    schema.iter().filter(|(_, t)| !t.is_nested()).map(|(n, _)| col(n.clone())).collect()
}

fn frame(spec: &WindowSpec, sql: &Sql) -> Result<Frame, QueryError> {
    let Some(frame) = &spec.window_frame else {
        let end = if spec.order_by.is_empty() { Bound::Unbounded } else { Bound::Current };
        return Ok(Frame { rows: false, start: Bound::Unbounded, end });
    };
    let rows = frame.units == WindowFrameUnits::Rows;
    let refused = || refuse::part(sql, "this frame is not known here", "use ROWS BETWEEN n PRECEDING AND CURRENT ROW, or RANGE UNBOUNDED PRECEDING");
    let offset = |n: &Sql, sign: i64| literal::whole_of(n).filter(|n| rows && *n >= 0).map(|n| Bound::Offset(sign * n)).ok_or_else(refused);
    let start = match &frame.start_bound {
        WindowFrameBound::Preceding(None) => Bound::Unbounded,
        WindowFrameBound::CurrentRow => Bound::Current,
        WindowFrameBound::Preceding(Some(n)) => offset(n, -1)?,
        WindowFrameBound::Following(Some(n)) => offset(n, 1)?,
        WindowFrameBound::Following(None) => return Err(refused()),
    };
    let end = match &frame.end_bound {
        None | Some(WindowFrameBound::CurrentRow) => Bound::Current,
        Some(WindowFrameBound::Following(None)) => Bound::Unbounded,
        Some(WindowFrameBound::Following(Some(n))) => offset(n, 1)?,
        Some(WindowFrameBound::Preceding(Some(n))) => offset(n, -1)?,
        Some(WindowFrameBound::Preceding(None)) => return Err(refused()),
    };
    if frame.units == WindowFrameUnits::Groups {
        return Err(refused());
    }
    Ok(Frame { rows, start, end })
}
