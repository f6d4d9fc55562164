//! The tables as a statement finds them: names to rows, and how many rows were read. Border: which table a name means; how it is scanned is the
//! catalog's business.

use std::cell::RefCell;
use std::collections::BTreeMap;

use polars::prelude::*;
use tracemill_model::tables;

use super::{Catalog, MAIN, Reading, collect};
use crate::error::QueryError;
use crate::filters::Filters;
use crate::sql;

/// Where a statement's tables come from.
pub(super) struct Source<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) reading: &'a Reading,
    pub(super) filters: &'a Filters,
    pub(super) engine: Engine,
    /// The tables read so far, with how many rows the lake has in the files opened for each.
    pub(super) read: RefCell<BTreeMap<String, u64>>,
}

impl sql::Tables for Source<'_> {
    fn rows(&self, name: &[String]) -> Result<Option<sql::Rows>, QueryError> {
        let (catalog, table) = match name {
            [table] => (self.catalog, table),
            [lake, table] if lake.eq_ignore_ascii_case(MAIN) => (self.catalog, table),
            [lake, table] => match self.catalog.attached.iter().find(|(n, _)| n.eq_ignore_ascii_case(lake)) {
                Some((_, catalog)) => (catalog, table),
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        let Some(table) = tables::by_name(&table.to_lowercase()) else { return Ok(None) };
        let frame = catalog.rows(table, self.reading, self.filters, self.engine)?;
        let _ = self.read.borrow_mut().insert(name.join(".").to_lowercase(), super::scan::rows(&catalog.snapshot, table, self.filters));
        Ok(Some(sql::Rows { frame, sort: table.sort.iter().map(|s| (*s).to_owned()).collect() }))
    }

    fn names(&self) -> Vec<String> {
        self.catalog.tables().into_iter().map(|(name, _)| name).collect()
    }

    fn rounding(&self) -> RoundMode {
        if self.reading.to_even { RoundMode::HalfToEven } else { RoundMode::HalfAwayFromZero }
    }

    fn collect(&self, plan: LazyFrame) -> Result<DataFrame, QueryError> {
        collect(plan, self.engine)
    }
}
