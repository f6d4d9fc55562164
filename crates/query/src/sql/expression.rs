//! An expression of the statement as one over a block's columns. Border: what each kind of expression means; operators are `binary`'s
//! business, functions `call`'s, subqueries `subquery`'s.

use polars::prelude::*;
use sqlparser::ast::{AccessExpr, CaseWhen, CastKind, Expr as Sql, Ident, Subscript, TrimWhereField, UnaryOperator, ValueWithSpan};

use super::binary::{self, Term};
use super::block::{Block, Name};
use super::{Planner, fingerprint, interval, literal, refuse, scalar, types};
use crate::error::QueryError;

impl Planner<'_> {
    /// The expression with its type, and its text where it is one.
    pub(super) fn term(&mut self, sql: &Sql, block: &mut Block) -> Result<Term, QueryError> {
        let expr = self.expr(sql, block)?;
        let dtype = block.type_of(&expr).map_err(|e| refuse::placed(e, sql))?;
        Ok(Term { expr, dtype, text: literal::text_of(sql).map(str::to_owned) })
    }

    /// The expression as a condition.
    pub(super) fn condition(&mut self, sql: &Sql, block: &mut Block) -> Result<Expr, QueryError> {
        let term = self.term(sql, block)?;
        match &term.dtype {
            DataType::Boolean => Ok(term.expr),
            DataType::Null => Ok(term.expr.cast(DataType::Boolean)),
            t if t.is_primitive_numeric() => Ok(term.expr.neq(lit(0))),
            other => Err(refuse::part(sql, &format!("a condition is true or false, this is {}", types::name(other)), "compare it with something")),
        }
    }

    /// The expression over the block's columns.
    pub(super) fn expr(&mut self, sql: &Sql, block: &mut Block) -> Result<Expr, QueryError> {
        if let Some(groups) = &block.groups
            && !groups.keys.is_empty()
            && !matches!(sql, Sql::Value(_))
        {
            let print = fingerprint::of(sql, block);
            if let Some((_, id)) = groups.keys.iter().find(|(key, _)| *key == print) {
                return Ok(col(id.clone()));
            }
        }
        if let Some(interval) = interval::of(sql) {
            if interval.months != 0 {
                return Err(refuse::part(sql, "an interval of months has no length of its own", "add it to a time or a date, or use days"));
            }
            return Ok(literal::span(interval.ns));
        }
        match sql {
            Sql::Nested(inner) => self.expr(inner, block),
            Sql::Value(value) => literal::value(&value.value, sql),
            Sql::Identifier(name) => self.named_column(std::slice::from_ref(name), block).map_err(|e| refuse::placed(e, sql)),
            Sql::CompoundIdentifier(names) => self.named_column(names, block).map_err(|e| refuse::placed(e, sql)),
            Sql::BinaryOp { left, op, right } => self.binary(left, op, right, block).map_err(|e| refuse::placed(e, sql)),
            Sql::UnaryOp { op, expr } => self.unary(sql, *op, expr, block),
            Sql::IsNull(e) => Ok(self.expr(e, block)?.is_null()),
            Sql::IsNotNull(e) => Ok(self.expr(e, block)?.is_not_null()),
            Sql::IsTrue(e) => Ok(self.condition(e, block)?.fill_null(lit(false))),
            Sql::IsNotTrue(e) => Ok(self.condition(e, block)?.fill_null(lit(false)).not()),
            Sql::IsFalse(e) => Ok(self.condition(e, block)?.fill_null(lit(true)).not()),
            Sql::IsNotFalse(e) => Ok(self.condition(e, block)?.fill_null(lit(true))),
            Sql::IsDistinctFrom(a, b) => {
                let (a, b) = self.pair(a, b, block).map_err(|e| refuse::placed(e, sql))?;
                Ok(a.neq_missing(b))
            }
            Sql::IsNotDistinctFrom(a, b) => {
                let (a, b) = self.pair(a, b, block).map_err(|e| refuse::placed(e, sql))?;
                Ok(a.eq_missing(b))
            }
            Sql::Between { expr, negated, low, high } => {
                let (a, low) = self.pair(expr, low, block).map_err(|e| refuse::placed(e, sql))?;
                let (b, high) = self.pair(expr, high, block).map_err(|e| refuse::placed(e, sql))?;
                Ok(not_if(*negated, a.gt_eq(low).and(b.lt_eq(high))))
            }
            Sql::InList { expr, list, negated } => {
                let equal = list.iter().map(|item| self.pair(expr, item, block).map(|(a, b)| a.eq(b)).map_err(|e| refuse::placed(e, item)));
                Ok(not_if(*negated, any(equal.collect::<Result<Vec<_>, _>>()?)))
            }
            Sql::Like { negated, any: false, expr, pattern, escape_char } => {
                self.like(sql, expr, pattern, escape_char.as_ref(), (*negated, false), block)
            }
            Sql::ILike { negated, any: false, expr, pattern, escape_char } => {
                self.like(sql, expr, pattern, escape_char.as_ref(), (*negated, true), block)
            }
            Sql::SimilarTo { negated, expr, pattern, escape_char: None } => {
                Ok(not_if(*negated, self.function("regexp_full_match", &[expr, pattern], sql, block)?))
            }
            Sql::RLike { negated, expr, pattern, .. } => Ok(not_if(*negated, self.function("regexp_matches", &[expr, pattern], sql, block)?)),
            Sql::Cast { kind, expr, data_type, format: None, .. } => {
                let term = self.term(expr, block)?;
                let to = types::cast_word(data_type).map_err(|e| refuse::placed(e, expr.as_ref()))?;
                let strict = !matches!(kind, CastKind::TryCast | CastKind::SafeCast);
                binary::cast_term(term, &to, strict).map_err(|e| refuse::placed(e, expr.as_ref()))
            }
            Sql::TypedString(typed) => {
                let to = types::cast_word(&typed.data_type).map_err(|e| refuse::placed(e, &typed.value))?;
                let text = literal::text(&typed.value.value).unwrap_or_default();
                let term = Term { expr: lit(text), dtype: DataType::String, text: Some(text.to_owned()) };
                binary::cast_term(term, &to, true).map_err(|e| refuse::placed(e, &typed.value))
            }
            Sql::Case { operand, conditions, else_result, .. } => self.case(operand.as_deref(), conditions, else_result.as_deref(), block),
            Sql::Function(function) => self.call(function, sql, block).map_err(|e| refuse::placed(e, sql)),
            Sql::Ceil { expr, .. } => self.function("ceil", &[expr], sql, block),
            Sql::Floor { expr, .. } => self.function("floor", &[expr], sql, block),
            Sql::Position { expr, r#in } => self.function("strpos", &[r#in, expr], sql, block),
            Sql::Extract { field, expr, .. } => {
                let field =
                    Sql::Value(ValueWithSpan::from(sqlparser::ast::Value::SingleQuotedString(field.to_string().trim_matches('\'').to_owned())));
                self.function("date_part", &[&field, expr], sql, block)
            }
            Sql::Substring { expr, substring_from, substring_for, .. } => {
                let one = Sql::Value(ValueWithSpan::from(sqlparser::ast::Value::Number("1".to_owned(), false)));
                let args: Vec<&Sql> =
                    [expr.as_ref(), substring_from.as_deref().unwrap_or(&one)].into_iter().chain(substring_for.as_deref()).collect();
                self.function("substr", &args, sql, block)
            }
            Sql::Trim { expr, trim_where, trim_what, trim_characters } => {
                let name = match trim_where {
                    Some(TrimWhereField::Leading) => "ltrim",
                    Some(TrimWhereField::Trailing) => "rtrim",
                    Some(TrimWhereField::Both) | None => "trim",
                };
                let what = trim_what.as_deref().or(trim_characters.as_ref().and_then(|c| c.first()));
                let args: Vec<&Sql> = std::iter::once(expr.as_ref()).chain(what).collect();
                self.function(name, &args, sql, block)
            }
            Sql::Array(array) => {
                let terms = array.elem.iter().map(|e| self.term(e, block)).collect::<Result<Vec<_>, _>>()?;
                let (exprs, dtype) = self.unified(terms).map_err(|e| refuse::placed(e, sql))?;
                Ok(if exprs.is_empty() { lit(Series::new_empty(PlSmallStr::EMPTY, &dtype)).implode(true) } else { concat_list(exprs)? })
            }
            Sql::CompoundFieldAccess { root, access_chain } => {
                let mut found = self.term(root, block)?;
                for access in access_chain {
                    let AccessExpr::Subscript(Subscript::Index { index }) = access else {
                        return Err(refuse::part(
                            sql,
                            "only an element can be taken, by its number from 1",
                            "write list[1], or text->>'key' for JSON",
                        ));
                    };
                    let index = self.term(index, block)?;
                    let expr = scalar::build("list_extract", vec![found, index], sql, self)?;
                    found = Term { dtype: block.type_of(&expr)?, expr, text: None };
                }
                Ok(found.expr)
            }
            Sql::AtTimeZone { timestamp, time_zone } => self.function("timezone", &[time_zone, timestamp], sql, block),
            Sql::Subquery(query) => self.scalar_subquery(query, block),
            Sql::Exists { subquery, negated } => Ok(not_if(*negated, self.exists(subquery, block)?)),
            Sql::InSubquery { expr, subquery, negated } => Ok(not_if(*negated, self.in_subquery(expr, subquery, block)?)),
            Sql::AnyOp { left, compare_op: sqlparser::ast::BinaryOperator::Eq, right, .. } => match right.as_ref() {
                Sql::Subquery(query) => self.in_subquery(left, query, block),
                list => self.function("list_contains", &[list, left], sql, block),
            },
            other => Err(refuse::part(other, &format!("this expression is not known here: {}", shortened(other)), "docs/sql.md lists what is")),
        }
    }

    /// A scalar function of expressions.
    pub(super) fn function(&mut self, name: &str, args: &[&Sql], place: &Sql, block: &mut Block) -> Result<Expr, QueryError> {
        let terms = args.iter().map(|a| self.term(a, block)).collect::<Result<Vec<_>, _>>()?;
        scalar::build(name, terms, place, self).map_err(|e| refuse::placed(e, place))
    }

    /// Two expressions, so that they can be compared.
    pub(super) fn pair(&mut self, a: &Sql, b: &Sql, block: &mut Block) -> Result<(Expr, Expr), QueryError> {
        let (a, b) = (self.term(a, block)?, self.term(b, block)?);
        binary::comparable(a, b)
    }

    /// A column by its name.
    fn named_column(&mut self, name: &[Ident], block: &mut Block) -> Result<Expr, QueryError> {
        if let Some(found) = block.find(name)? {
            return self.column(&found, block);
        }
        if let [one] = name
            && let Some(at) = block.aliases.iter().position(|(alias, _)| alias.eq_ignore_ascii_case(&one.value))
        {
            // a name of the SELECT list cannot be made of itself
            let (alias, meant) = block.aliases.remove(at);
            let expr = self.expr(&meant, block);
            block.aliases.insert(at, (alias, meant));
            return expr;
        }
        if let Some(found) = super::block::find(&block.outer, name)? {
            return self.column(&found, block);
        }
        if let Some(found) = self.outer(name)? {
            let dtype = self.around.iter().rev().find_map(|a| a.schema.get(&found.id).cloned()).unwrap_or(DataType::Null);
            let _ = block.schema.insert(found.id.clone(), dtype.clone());
            if let Some(groups) = &mut block.groups {
                let _ = groups.schema.insert(found.id.clone(), dtype);
            }
            return Ok(col(found.id));
        }
        match name {
            [one] if one.quote_style.is_none() && scalar::WITHOUT_PARENTHESES.contains(&one.value.to_lowercase().as_str()) => {
                scalar::build(&one.value.to_lowercase(), Vec::new(), &Sql::Identifier(one.clone()), self)
            }
            _ => {
                let known = |n: &Name| if n.table.is_empty() { n.column.clone() } else { format!("{}.{}", n.table.join("."), n.column) };
                let name = name.iter().map(|n| n.value.as_str()).next_back().unwrap_or_default().to_owned();
                Err(QueryError::UnknownColumn { name, known: block.visible().map(known).collect() })
            }
        }
    }

    /// A column of the block; of grouped rows, one that they are grouped by.
    pub(super) fn column(&mut self, name: &Name, block: &mut Block) -> Result<Expr, QueryError> {
        if let Some(groups) = &block.groups
            && !groups.schema.contains(&name.id)
        {
            return Err(QueryError::Sql(format!(
                "column {:?} has several values in a group; name it in GROUP BY, or say which: any_value({0}), max({0})",
                name.column
            )));
        }
        Ok(col(name.id.clone()))
    }

    fn unary(&mut self, sql: &Sql, op: UnaryOperator, expr: &Sql, block: &mut Block) -> Result<Expr, QueryError> {
        match op {
            UnaryOperator::Not | UnaryOperator::BangNot => Ok(self.condition(expr, block)?.not()),
            UnaryOperator::Plus => self.expr(expr, block),
            UnaryOperator::Minus => {
                if let Some(n) = literal::whole_of(sql) {
                    return Ok(literal::int(n));
                }
                let term = self.term(expr, block)?;
                match &term.dtype {
                    t if t.is_primitive_numeric() => Ok(lit(0).cast(t.clone()) - term.expr),
                    DataType::Duration(_) => Ok(literal::span(0) - term.expr),
                    other => Err(refuse::part(sql, &format!("- wants a number, this is {}", types::name(other)), "CAST it")),
                }
            }
            _ => Err(refuse::part(sql, &format!("the operator {op} is not known here"), "docs/sql.md lists what is")),
        }
    }

    fn like(
        &mut self,
        sql: &Sql,
        expr: &Sql,
        pattern: &Sql,
        escape: Option<&ValueWithSpan>,
        (negated, any_case): (bool, bool),
        block: &mut Block,
    ) -> Result<Expr, QueryError> {
        let escape = escape.and_then(|e| literal::text(&e.value)).and_then(|e| e.chars().next());
        let (text, pattern) = (self.term(expr, block)?, self.term(pattern, block)?);
        for term in [&text, &pattern] {
            if !matches!(term.dtype, DataType::String | DataType::Null) {
                return Err(refuse::part(sql, &format!("LIKE wants texts, this is {}", types::name(&term.dtype)), "CAST it to VARCHAR"));
            }
        }
        Ok(not_if(negated, scalar::text::like(text.expr, pattern, escape, any_case)))
    }

    fn case(&mut self, operand: Option<&Sql>, whens: &[CaseWhen], otherwise: Option<&Sql>, block: &mut Block) -> Result<Expr, QueryError> {
        let mut conditions = Vec::new();
        let mut results = Vec::new();
        for when in whens {
            conditions.push(match operand {
                None => self.condition(&when.condition, block)?,
                Some(operand) => {
                    let (a, b) = self.pair(operand, &when.condition, block).map_err(|e| refuse::placed(e, &when.condition))?;
                    a.eq(b)
                }
            });
            results.push(self.term(&when.result, block)?);
        }
        results.push(match otherwise {
            Some(otherwise) => self.term(otherwise, block)?,
            None => Term { expr: lit(NULL), dtype: DataType::Null, text: None },
        });
        let (mut results, _) =
            self.unified(results).map_err(|e| whens.first().map_or(QueryError::Sql(String::new()), |w| refuse::placed(e, &w.result)))?;
        let last = results.pop().unwrap_or_else(|| lit(NULL));
        Ok(conditions.into_iter().zip(results).rev().fold(last, |otherwise, (condition, result)| when(condition).then(result).otherwise(otherwise)))
    }

    /// The expressions made one type.
    pub(super) fn unified(&self, terms: Vec<Term>) -> Result<(Vec<Expr>, DataType), QueryError> {
        // a bare text next to a time is a time
        let typed: Vec<&Term> = terms.iter().filter(|t| t.text.is_none()).collect();
        let time = typed.iter().find(|t| matches!(t.dtype, DataType::Date | DataType::Datetime(..))).map(|t| t.dtype.clone());
        let mut common = DataType::Null;
        let mut all = Vec::new();
        for term in terms {
            let term = match &time {
                Some(time) if term.text.is_some() => {
                    let expr = binary::cast_term(term, &types::Target::Type(time.clone()), true)?;
                    Term { expr, dtype: time.clone(), text: None }
                }
                _ => term,
            };
            common = self.common_type(&common, &term.dtype).ok_or_else(|| {
                QueryError::Sql(format!("{} and {} cannot be one column; CAST one of them", types::name(&common), types::name(&term.dtype)))
            })?;
            all.push(term);
        }
        let cast = |t: Term| if t.dtype == common { t.expr } else { t.expr.cast(common.clone()) };
        Ok((all.into_iter().map(cast).collect(), common))
    }
}

/// Whether any is true; a tree, so that a long list is not deep.
pub(super) fn any(mut conditions: Vec<Expr>) -> Expr {
    while conditions.len() > 1 {
        let pairs = conditions.chunks(2);
        conditions = pairs.map(|p| p.iter().cloned().reduce(Expr::or).unwrap_or_else(|| lit(false))).collect();
    }
    conditions.pop().unwrap_or_else(|| lit(false))
}

fn not_if(negated: bool, condition: Expr) -> Expr {
    if negated { condition.not() } else { condition }
}

fn shortened(sql: &Sql) -> String {
    let text = sql.to_string();
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{} …", &text[..at]),
        None => text,
    }
}
