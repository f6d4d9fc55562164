//! The list of nights as a page. Border: rows in, bytes out.

use minijinja::value::Serde;
use minijinja::{Value, context};

use super::section::{Cell, Table};
use super::words::{self, count, percent, short, usd};
use super::{SCRIPT, STYLE, render};
use crate::error::QueryError;

const TEMPLATE: (&str, &str) = ("nights.html", include_str!("nights.html"));

/// A night, as its run said.
#[derive(Debug, Clone, Default)]
pub struct Night {
    /// `YYYY-MM-DD`: the name of its folder.
    pub date: String,
    /// Beginning of its period, RFC 3339.
    pub since: String,
    /// End of its period.
    pub until: String,
    /// Conversations started.
    pub conversations: i64,
    /// Model calls.
    pub model_calls: i64,
    /// Of these: failed.
    pub errors: i64,
    /// Tool calls.
    pub tool_calls: i64,
    /// Of these: failed.
    pub tool_failures: i64,
    /// Tokens.
    pub total_tokens: i64,
    /// Cost, 10⁻⁹ USD; `None` where no call has a price.
    pub cost_nanousd: Option<i64>,
    /// Calls without a price.
    pub unpriced_calls: i64,
    /// Set aside in the run's inputs.
    pub set_aside: u64,
    /// The night whose run wrote this one anew.
    pub rewritten_by: Option<String>,
}

/// The page that lists the nights, in the order given.
pub fn nights(nights: &[Night], release: &str) -> Result<String, QueryError> {
    let columns = [
        "night",
        "from (UTC)",
        "to before (UTC)",
        "conversations#",
        "model calls#",
        "failed#",
        "tool calls#",
        "failed, share#",
        "tokens#",
        "cost#",
        "set aside#",
        "written anew by",
    ];
    let mut table = Table::new("Nights", &columns);
    let most = nights.iter().filter_map(|n| n.cost_nanousd).max().unwrap_or(0) as f64;
    for night in nights {
        let address = format!("{}/index.html", night.date);
        let cost = Cell {
            text: words::cost(night.cost_nanousd, Some(night.unpriced_calls)).unwrap_or_else(|| "–".to_owned()),
            ..Cell::int(night.cost_nanousd, usd)
        };
        let failed = (night.tool_calls > 0).then(|| night.tool_failures as f64 / night.tool_calls as f64);
        let set_aside = i64::try_from(night.set_aside).unwrap_or(i64::MAX);
        table.rows.push(vec![
            Cell::text(night.date.as_str()).href(Some(&address)),
            Cell::text(night.since.trim_end_matches('Z').replace('T', " ")),
            Cell::text(night.until.trim_end_matches('Z').replace('T', " ")),
            Cell::int(Some(night.conversations), count),
            Cell::int(Some(night.model_calls), short),
            Cell::int(Some(night.errors), count),
            Cell::int(Some(night.tool_calls), short),
            Cell::number(failed, percent),
            Cell::int(Some(night.total_tokens), short),
            cost.of(most),
            Cell::int(Some(set_aside), count).class(if set_aside > 0 { "bad" } else { "" }),
            Cell::text(night.rewritten_by.clone().unwrap_or_default()),
        ]);
    }
    render(
        TEMPLATE,
        context! {
            table => Value::from(Serde(table)),
            style => Value::from_safe_string(STYLE.to_owned()),
            script => Value::from_safe_string(SCRIPT.to_owned()),
            release,
        },
    )
}
