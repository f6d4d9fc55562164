//! WITH RECURSIVE: rows from rows until there are no new ones. Border: it runs while the statement is planned, for only then is known when
//! it ends.

use polars::prelude::*;
use sqlparser::ast::{Cte, SetExpr, SetOperator, SetQuantifier};

use super::block::{Block, parts};
use super::{Planner, refuse};
use crate::error::QueryError;

/// More steps than any tree of conversations or spans has levels.
const MOST_STEPS: usize = 10_000;

impl Planner<'_> {
    /// A common table expression that may name itself.
    pub(super) fn maybe_recursive(&mut self, cte: &Cte) -> Result<Block, QueryError> {
        let own = &cte.alias.name.value;
        let mut named = false;
        let _ = sqlparser::ast::visit_relations(&cte.query, |relation| {
            named |= parts(relation).as_slice() == [own.clone()] || matches!(parts(relation).as_slice(), [one] if one.eq_ignore_ascii_case(own));
            std::ops::ControlFlow::<()>::Continue(())
        });
        if !named {
            return self.common_table(cte);
        }
        let SetExpr::SetOperation { op: SetOperator::Union, set_quantifier, left, right } = cte.query.body.as_ref() else {
            return Err(refuse::part(cte.query.as_ref(), "a recursive table begins somewhere", "write it as start UNION ALL step"));
        };
        let all = matches!(set_quantifier, SetQuantifier::All);
        let columns: Vec<String> = cte.alias.columns.iter().map(|c| c.name.value.clone()).collect();
        let start = self.set(left)?.called(Vec::new(), &columns)?;
        let ids: Vec<PlSmallStr> = start.visible().map(|n| n.id.clone()).collect();
        let dtypes: Vec<DataType> = ids.iter().map(|id| start.schema.get(id).cloned().unwrap_or(DataType::Null)).collect();
        let cols = |ids: &[PlSmallStr]| ids.iter().cloned().map(col).collect::<Vec<_>>();
        if self.dry {
            return Ok(start);
        }
        let seen = |frame: LazyFrame| if all { frame } else { frame.unique(None, UniqueKeepStrategy::Any) };
        let mut found = self.tables.collect(seen(start.frame.clone().select(cols(&ids))))?;
        let mut newest = found.clone();
        for _ in 0..MOST_STEPS {
            if newest.height() == 0 {
                return Ok(Block { frame: found.lazy(), sort: None, ..start });
            }
            if let Some(scope) = self.common.last_mut() {
                let _ = scope.insert(own.to_lowercase(), Block { frame: newest.lazy(), sort: None, ..start.clone() });
            }
            let step = self.set(right)?;
            let given: Vec<PlSmallStr> = step.visible().map(|n| n.id.clone()).collect();
            if given.len() != ids.len() {
                return Err(refuse::part(
                    right.as_ref(),
                    &format!("the step has {} columns and the start {}", given.len(), ids.len()),
                    "both need as many",
                ));
            }
            let as_start = given.into_iter().zip(&ids).zip(&dtypes).map(|((from, to), t)| col(from).cast(t.clone()).alias(to.clone()));
            let mut next = seen(step.frame.select(as_start.collect::<Vec<_>>()));
            if !all {
                next = next.join(found.clone().lazy(), cols(&ids), cols(&ids), JoinArgs { nulls_equal: true, ..JoinArgs::new(JoinType::Anti) });
            }
            newest = self.tables.collect(next)?;
            found = found.vstack(&newest)?;
        }
        Err(refuse::part(cte.query.as_ref(), &format!("the recursion has not ended after {MOST_STEPS} steps"), "give the step a WHERE that ends it"))
    }
}
