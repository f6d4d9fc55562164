//! The list of nights, as a page. Border: rows from the records; how it looks is the query library's business.

use jiff::civil::Date;
use tracemill_query::page::{Night, nights};

use super::folder::Nights;
use super::record::Record;
use crate::failure::Failure;

/// The page, the newest night first.
pub fn page(folder: &Nights, dates: &[Date]) -> Result<String, Failure> {
    let mut rows = Vec::new();
    for date in dates.iter().rev() {
        let Some(record) = Record::read(&folder.night(*date)) else { continue };
        let summary = record.summary;
        rows.push(Night {
            date: record.date,
            since: record.period.since,
            until: record.period.until,
            conversations: summary.conversations,
            model_calls: summary.model_calls,
            errors: summary.errors,
            tool_calls: summary.tool_calls,
            tool_failures: summary.tool_failures,
            total_tokens: summary.total_tokens,
            cost_nanousd: summary.cost_nanousd,
            unpriced_calls: summary.unpriced_calls,
            set_aside: record.set_aside.run,
            rewritten_by: record.rewritten_by,
        });
    }
    Ok(nights(&rows, env!("CARGO_PKG_VERSION"))?)
}
