//! What GROUP BY groups by, and the groups. Border: keys and aggregates as columns; which they are is `select`'s business.

use polars::prelude::*;
use sqlparser::ast::Expr as Sql;

use super::block::Block;
use super::refuse;
use crate::error::QueryError;

/// The sets of keys that a GROUP BY means, as positions among its keys, and the keys.
pub(super) fn expand(list: &[Sql]) -> Result<(Vec<Vec<usize>>, Vec<Sql>), QueryError> {
    let mut keys: Vec<Sql> = Vec::new();
    let mut sets: Vec<Vec<usize>> = vec![Vec::new()];
    for element in list {
        let mut number = |part: &[Sql]| -> Vec<usize> { part.iter().map(|e| position(&mut keys, e)).collect() };
        let choices: Vec<Vec<usize>> = match element {
            Sql::GroupingSets(parts) => parts.iter().map(|p| number(p)).collect(),
            Sql::Rollup(parts) => (0..=parts.len()).rev().map(|n| parts[..n].iter().flat_map(|p| number(p)).collect()).collect(),
            Sql::Cube(parts) if parts.len() <= 12 => {
                let chosen = |mask: usize| parts.iter().enumerate().filter(move |(n, _)| mask & (1 << n) == 0).map(|(_, p)| p);
                (0..1 << parts.len()).map(|mask| chosen(mask).flat_map(|p| number(p)).collect()).collect()
            }
            Sql::Cube(_) => {
                return Err(refuse::part(element, "CUBE of more than 12 columns makes too many groups", "name the sets with GROUPING SETS"));
            }
            Sql::Tuple(parts) => vec![number(parts)],
            other => vec![number(std::slice::from_ref(other))],
        };
        sets = sets.iter().flat_map(|set| choices.iter().map(|c| [set.as_slice(), c].concat())).collect();
    }
    Ok((sets, keys))
}

fn position(keys: &mut Vec<Sql>, key: &Sql) -> usize {
    keys.iter().position(|k| k.to_string() == key.to_string()).unwrap_or_else(|| {
        keys.push(key.clone());
        keys.len() - 1
    })
}

/// The block's rows, grouped where they are to be, with all that is done with the groups.
pub(super) fn grouped(block: Block, sets: Vec<Vec<usize>>) -> Result<LazyFrame, QueryError> {
    let Some(groups) = block.groups else { return Ok(block.frame) };
    let mut aggregates: Vec<Expr> = groups.aggregates.iter().map(|a| a.expr.clone().alias(a.id.clone())).collect();
    if aggregates.is_empty() {
        // a frame must have a column
        aggregates.push(len().alias("rows\u{1}"));
    }
    let mut parts = Vec::new();
    for set in &sets {
        let mut by: Vec<PlSmallStr> = set.iter().map(|n| groups.keys[*n].1.clone()).collect();
        by.sort();
        by.dedup();
        let mut frame = match by.as_slice() {
            [] => block.frame.clone().select(aggregates.clone()),
            by => block.frame.clone().group_by(by.iter().cloned().map(col).collect::<Vec<_>>()).agg(aggregates.clone()),
        };
        if let Some(missing) = &groups.missing {
            let absent = |n: &usize| !by.contains(&groups.keys[*n].1);
            let bits: i64 = (0..groups.keys.len()).filter(absent).map(|n| 1 << n).sum();
            let mut ids: Vec<PlSmallStr> = groups.keys.iter().map(|(_, id)| id.clone()).collect();
            ids.sort();
            ids.dedup();
            let nulls = ids.iter().filter(|id| !by.contains(id)).map(|id| {
                let dtype = groups.schema.get(id).cloned().unwrap_or(DataType::Null);
                lit(NULL).cast(dtype).alias(id.clone())
            });
            frame = frame.with_columns(nulls.chain([lit(bits).alias(missing.clone())]).collect::<Vec<_>>());
            let columns = ids.into_iter().chain(groups.aggregates.iter().map(|a| a.id.clone())).chain([missing.clone()]);
            frame = frame.select(columns.map(col).collect::<Vec<_>>());
        }
        parts.push(frame);
    }
    let frame = if parts.len() == 1 { parts.remove(0) } else { concat(parts, UnionArgs { maintain_order: true, ..UnionArgs::default() })? };
    Ok(groups.steps.into_iter().fold(frame, |frame, step| step.apply(frame)))
}
