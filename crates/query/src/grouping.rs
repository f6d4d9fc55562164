//! What `--by` can name, and how a table gets the columns to group by. Border: columns in; the grouping itself is in the
//! report's SQL.
//!
//! The columns stand beside the table's own as `by_<name>`, so that a report can go on counting conversations while its rows are
//! grouped by a few of them and `(other)`.

use std::borrow::Cow;

use polars::prelude::*;
use tracemill_model::tables::{CONVERSATIONS, Table};

use crate::answer::Answer;
use crate::error::QueryError;
use crate::filters::time_column;
use crate::label;

/// Short words for columns; any other name is the column's own.
const SHORT: [(&str, &str); 9] = [
    ("version", "agent_version"),
    ("conversation", "conversation_id"),
    ("user", "user_id"),
    ("tool", "tool_name"),
    ("turn", "turn_id"),
    ("call", "call_id"),
    ("cost-center", "cost_center"),
    ("cost_centre", "cost_center"),
    ("cost-centre", "cost_center"),
];
/// Words for what a conversation's row tells of whose work it was. Every report that can be grouped, and whose tables lead to a
/// conversation, can be grouped by them, without its header saying so.
pub(crate) const OF_CONVERSATIONS: [&str; 7] = ["user", "team", "project", "repository", "branch", "cost_center", label::ANY];
/// Words for units of a row's time, in the zone asked for.
const DAY: &str = "day";
const HOUR: &str = "hour";
/// What the groups beyond the greatest are called.
const OTHER: &str = "(other)";
/// Marks the greatest groups while tables are joined with them.
const KEPT: &str = "by_kept";

/// The column that the word of `--by` means.
pub(crate) fn column_of(word: &str) -> Cow<'_, str> {
    let column = SHORT.iter().find(|(short, _)| *short == word).map_or(word, |(_, column)| column);
    label::named(word).map_or(Cow::Borrowed(column), |label| Cow::Owned(label::column(label)))
}

/// What a table calls that column: the same, or the short word for it.
fn own_column<'a>(table: &Table, column: &'a str) -> Option<&'a str> {
    let short = SHORT.iter().filter(|(_, long)| *long == column).map(|(short, _)| *short);
    std::iter::once(column).chain(short).find(|name| table.index(name).is_some())
}

/// Whether every row of these tables is of a conversation, as far as they are known.
pub(crate) fn reaches_conversations<'t>(mut tables: impl Iterator<Item = &'t Table>) -> bool {
    let of_one = |table: &Table| table.index("conversation_id").is_some();
    tables.next().is_some_and(of_one) && tables.all(of_one)
}

/// Whether a column depends on the time zone, so that a report's own text cannot know it.
pub(crate) fn is_of_zone(column: &str) -> bool {
    matches!(column, DAY | HOUR)
}

/// The columns that a report is grouped by instead of its own; none where it stays as it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grouping {
    columns: Vec<String>,
    /// Columns that are labels, and these.
    labels: Vec<(String, String)>,
    kept: Option<Kept>,
}

/// The groups that keep their names, where the others are to be one.
#[derive(Debug, Clone)]
struct Kept {
    /// A row each: their keys, and [`KEPT`].
    keys: DataFrame,
    /// The column that says which groups are the greatest.
    rank: String,
}

impl Grouping {
    pub(crate) fn of(columns: Vec<String>) -> Grouping {
        Grouping { columns, ..Grouping::default() }
    }

    /// The same grouping, knowing the labels among the words it was made of.
    pub(crate) fn with_labels<'w>(self, words: impl Iterator<Item = &'w str>) -> Grouping {
        let labels = words.filter_map(label::named).map(|label| (label::column(label), label.to_owned())).collect();
        Grouping { labels, ..self }
    }

    /// The columns' names within the SQL.
    pub(crate) fn in_sql(&self) -> Vec<String> {
        self.columns.iter().map(|c| in_sql(c)).collect()
    }

    /// The same grouping with all but the `top` groups of the answer, by its column `rank`, made one; `None` where there are no more.
    /// Groups of the same rank follow in the order of their keys.
    pub(crate) fn top(&self, answer: &Answer, rank: &str, top: usize) -> Result<Option<Grouping>, QueryError> {
        if answer.height() <= top {
            return Ok(None);
        }
        let mut keys = self.ranked(answer.frame(), rank)?.head(Some(top)).select(&self.columns)?;
        for column in &self.columns {
            let _ = keys.rename(column, in_sql(column).into())?;
        }
        let _ = keys.with_column(Column::new(KEPT.into(), vec![true; keys.height()]))?;
        Ok(Some(Grouping { kept: Some(Kept { keys, rank: rank.to_owned() }), ..self.clone() }))
    }

    /// The rows with the greatest first.
    fn ranked(&self, rows: &DataFrame, rank: &str) -> PolarsResult<DataFrame> {
        let by = std::iter::once(rank).chain(self.columns.iter().map(String::as_str));
        let descending: Vec<bool> = std::iter::once(true).chain(self.columns.iter().map(|_| false)).collect();
        let order = SortMultipleOptions::default().with_order_descending_multi(descending).with_nulls_last(true);
        rows.sort(by.map(PlSmallStr::from).collect::<Vec<_>>(), order)
    }

    /// The table with the columns to group by: its own, else the day or hour of its time in `timezone`, else its conversation's.
    pub(crate) fn widen(
        &self,
        table: &'static Table,
        mut rows: LazyFrame,
        timezone: &str,
        scan: &dyn Fn(&'static Table) -> Result<LazyFrame, QueryError>,
    ) -> Result<LazyFrame, QueryError> {
        let mut foreign = Vec::new();
        for name in &self.columns {
            if is_of_zone(name) {
                // the name was found among the IANA names when the filters were read
                let zone = TimeZone::opt_try_new(Some(timezone))?.unwrap_or(TimeZone::UTC);
                let time = col(time_column(table)).dt().convert_time_zone(zone).dt();
                let unit = if name == DAY { time.date() } else { time.truncate(lit("1h")).dt().convert_time_zone(TimeZone::UTC) };
                rows = rows.with_columns([unit.alias(in_sql(name))]);
            } else if let Some((_, label)) = self.labels.iter().find(|(column, _)| column == name) {
                if table.index(label::LABELS).is_some() {
                    rows = rows.with_columns([label::values(label).alias(in_sql(name))]);
                } else {
                    foreign.push(label::values(label).alias(in_sql(name)));
                }
            } else if let Some(own) = own_column(table, name) {
                rows = rows.with_columns([col(own).alias(in_sql(name))]);
            } else if CONVERSATIONS.index(name).is_some() {
                foreign.push(col(name.as_str()).alias(in_sql(name)));
            }
        }
        if !foreign.is_empty() && table.index("conversation_id").is_some() {
            let conversations = scan(&CONVERSATIONS)?.select([vec![col("conversation_id")], foreign].concat());
            rows = rows.join(conversations, [col("conversation_id")], [col("conversation_id")], JoinArgs::new(JoinType::Left));
        }
        if let Some(kept) = &self.kept {
            let keys: Vec<Expr> = self.in_sql().iter().map(|c| col(c.as_str())).collect();
            let nulls_equal = JoinArgs { nulls_equal: true, ..JoinArgs::new(JoinType::Left) };
            let other = kept.keys.columns().iter().filter(|c| c.name() != KEPT).map(|c| {
                let rest = if c.dtype() == &DataType::String { lit(OTHER) } else { lit(NULL).cast(c.dtype().clone()) };
                when(col(KEPT).is_not_null()).then(col(c.name().clone())).otherwise(rest).alias(c.name().clone())
            });
            rows = rows.join(kept.keys.clone().lazy(), keys.clone(), keys, nulls_equal).with_columns(other.collect::<Vec<_>>());
        }
        Ok(rows)
    }

    /// The answer as the user is to see it: the columns under their own names, and of the greatest groups the greatest first and
    /// what was made one last.
    pub(crate) fn shown(&self, answer: &mut Answer) -> Result<(), QueryError> {
        for column in &self.columns {
            answer.rename(&in_sql(column), column)?;
        }
        if let Some(kept) = &self.kept {
            let ranked = self.ranked(answer.frame(), &kept.rank)?;
            answer.reorder(ranked);
            answer.move_last(&self.columns, OTHER)?;
        }
        Ok(())
    }
}

fn in_sql(column: &str) -> String {
    format!("by_{column}")
}
