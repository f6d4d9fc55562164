//! Tools: how often each failed, with the interval in which its rate lies, and how long it took.

use serde_json::json;

use super::ask::{Ask, Window};
use super::facts::Facts;
use super::section::{Cell, Chart, Section, Table};
use super::spend::stack;
use super::words::{count, counted, millis, percent, short};
use crate::timeline::Cells;

/// Tools that the chart shows.
const DRAWN: usize = 20;
/// Tools that the table names.
const LISTED: usize = 40;
/// Tools that are asked for.
const ASKED: usize = 200;

pub(super) fn asks() -> Vec<Ask> {
    vec![tools(), Ask::of("tooltrends", Window::Lake)]
}

fn tools() -> Ask {
    Ask::by("tools", "mcp_server,tool", Window::Period).top(ASKED)
}

/// A tool's name with its server in front.
pub(super) fn tool(row: &Cells<'_>) -> String {
    let tool = row.text("tool_name").unwrap_or_else(|| "unknown".to_owned());
    row.text("mcp_server").map_or(tool.clone(), |server| format!("{server}/{tool}"))
}

pub(super) fn section(facts: &Facts<'_>) -> Section {
    let mut rows = facts.rows(&tools());
    rows.sort_by_key(|row| (std::cmp::Reverse(row.int("calls")), tool(row)));
    let failing = facts.over_time("tooltrends", tool, "failed");
    let charts = whiskers(&rows).into_iter().chain(stack("tool-failures", "Failed tool calls per day by tool", &failing, "count"));
    let reported_ok: i64 = rows.iter().filter_map(|row| row.int("reported_ok_failed")).sum();
    let lead = if reported_ok > 0 {
        vec![format!(
            "{} ended in failure though the agent reported success; the figures here are what happened.",
            counted(reported_ok, "call", "calls")
        )]
    } else {
        Vec::new()
    };
    Section { id: "tools", title: "Tools", lead, warnings: Vec::new(), charts: charts.collect(), tables: table(&rows).into_iter().collect() }
}

/// Failure rates as points, their Wilson intervals as lines.
fn whiskers(rows: &[Cells<'_>]) -> Option<Chart> {
    let judged = |row: &&Cells<'_>| row.float("failure_rate").is_some();
    let mut drawn: Vec<&Cells<'_>> = rows.iter().filter(judged).take(DRAWN).collect();
    if drawn.is_empty() {
        return None;
    }
    drawn.sort_by(|a, b| b.float("failure_rate").unwrap_or(0.0).total_cmp(&a.float("failure_rate").unwrap_or(0.0)));
    let point = |row: &&Cells<'_>| {
        let [rate, low, high] = ["failure_rate", "failure_rate_low", "failure_rate_high"].map(|c| row.float(c).unwrap_or(0.0));
        json!({"name": tool(row), "rate": rate, "low": low, "high": high, "failed": row.int("failed"), "judged": row.int("ok").unwrap_or(0) + row.int("failed").unwrap_or(0)})
    };
    let label = format!(
        "Failure rates of the {} most called tools, each with its Wilson 95 % interval; the table of tools below has the same figures",
        drawn.len()
    );
    Some(Chart {
        id: "failure-rates".to_owned(),
        title: "Failure rate by tool, with its 95 % interval".to_owned(),
        label,
        wide: false,
        data: json!({"kind": "whiskers", "points": drawn.iter().map(point).collect::<Vec<_>>()}),
        table: None,
    })
}

fn table(rows: &[Cells<'_>]) -> Option<Table> {
    // with as many as were asked for, the last is all others
    let other = |row: &&Cells<'_>| row.text("tool_name").as_deref() != Some("(other)");
    let known: Vec<&Cells<'_>> = rows.iter().filter(other).collect();
    if known.is_empty() {
        return None;
    }
    let greatest = known.iter().filter_map(|row| row.int("calls")).max().unwrap_or(0) as f64;
    let columns = [
        "tool",
        "calls#",
        "ok#",
        "failed#",
        "failure rate#",
        "95 % interval#",
        "refused or interrupted#",
        "unknown#",
        "median#",
        "95 %#",
        "longest#",
        "time in all#",
    ];
    let mut table = Table::new("Tools of the period", &columns);
    for row in known.iter().take(LISTED) {
        let interval = row.float("failure_rate_low").zip(row.float("failure_rate_high"));
        let failed = row.int("failed").is_some_and(|n| n > 0);
        table.rows.push(vec![
            Cell::text(tool(row)),
            Cell::int(row.int("calls"), short).of(greatest),
            Cell::int(row.int("ok"), short),
            Cell::int(row.int("failed"), short).class(if failed { "bad" } else { "" }),
            Cell::number(row.float("failure_rate"), percent),
            Cell { sort: interval.map(|(low, _)| low), ..Cell::known(interval.map(|(low, high)| format!("{} – {}", percent(low), percent(high)))) },
            Cell::int(Some(row.int("denied").unwrap_or(0) + row.int("aborted").unwrap_or(0)), count),
            Cell::int(row.int("unknown"), count),
            Cell::number(row.float("p50_ms"), millis),
            Cell::number(row.float("p95_ms"), millis),
            Cell::number(row.float("max_ms"), millis),
            Cell::number(row.float("total_ms"), millis),
        ]);
    }
    let all = if rows.len() > known.len() { table.rows.len() + 1 } else { known.len() };
    let mut table = table.cut(all, "tools").file("tools");
    if rows.len() > known.len() {
        table.more = "more tools".to_owned();
    }
    Some(table)
}
