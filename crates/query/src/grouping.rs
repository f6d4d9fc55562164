//! What `--by` can name, and how a table gets the columns that it has not of its own. Border: columns in; the
//! grouping itself is in the report's SQL.

use polars::prelude::*;
use tracemill_model::tables::{CONVERSATIONS, Table};

use crate::error::QueryError;
use crate::filters::time_column;

/// Short words for columns; any other name is the column's own.
const SHORT: [(&str, &str); 5] =
    [("version", "agent_version"), ("conversation", "conversation_id"), ("user", "user_id"), ("tool", "tool_name"), ("turn", "turn_id")];

/// The column that the word of `--by` means.
pub(crate) fn column_of(word: &str) -> &str {
    SHORT.iter().find(|(short, _)| *short == word).map_or(word, |(_, column)| column)
}

/// The table with the columns `by`: its own, else the day of its time in `timezone`, else its conversation's.
pub(crate) fn widen(
    table: &'static Table,
    mut rows: LazyFrame,
    by: &[String],
    timezone: &str,
    scan: &dyn Fn(&'static Table) -> Result<LazyFrame, QueryError>,
) -> Result<LazyFrame, QueryError> {
    if by.iter().any(|c| c == "day") {
        // the name was found among the IANA names when the filters were read
        let zone = TimeZone::opt_try_new(Some(timezone))?.unwrap_or(TimeZone::UTC);
        rows = rows.with_columns([col(time_column(table)).dt().convert_time_zone(zone).dt().date().alias("day")]);
    }
    let foreign: Vec<Expr> = by.iter().filter(|c| table.index(c).is_none() && CONVERSATIONS.index(c).is_some()).map(|c| col(c.as_str())).collect();
    if !foreign.is_empty() && table.index("conversation_id").is_some() {
        let conversations = scan(&CONVERSATIONS)?.select([vec![col("conversation_id")], foreign].concat());
        rows = rows.join(conversations, [col("conversation_id")], [col("conversation_id")], JoinArgs::new(JoinType::Left));
    }
    Ok(rows)
}
