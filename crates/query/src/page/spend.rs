//! Cost and tokens: over time by model and by agent, and of the period by model.

use serde_json::json;

use super::ask::{Ask, Window};
use super::facts::{DAYS, Facts, Series};
use super::section::{Cell, Chart, Section, Table};
use super::words::{self, short, usd};
use crate::timeline::Cells;

/// Models that the table names.
const MODELS: usize = 30;

pub(super) fn asks() -> Vec<Ask> {
    vec![cost(), Ask::of("trends", Window::Lake)]
}

pub(super) fn cost() -> Ask {
    Ask::by("cost", "agent,model", Window::Period)
}

pub(super) fn section(facts: &Facts<'_>) -> Section {
    let measures = [("Cost", "cost_nanousd", "usd"), ("Tokens", "total_tokens", "count")];
    let mut charts = Vec::new();
    for group in ["model", "agent"] {
        let both = facts.side_by_side("trends", |row| name(row, group), &measures.map(|(_, column, _)| column));
        for ((measure, column, unit), series) in measures.into_iter().zip(both) {
            charts.extend(stack(&format!("{column}-{group}"), &format!("{measure} per day by {group}"), &series, unit));
        }
    }
    Section { id: "spend", title: "Cost and tokens", lead: Vec::new(), warnings: warnings(facts), charts, tables: table(facts).into_iter().collect() }
}

/// A chart of a figure over time, stacked by group; nothing where there is nothing to draw.
pub(super) fn stack(id: &str, title: &str, series: &Series, unit: &'static str) -> Option<Chart> {
    if series.is_empty() {
        return None;
    }
    let written = |n: i64| if unit == "usd" { usd(n) } else { short(n) };
    let mut columns = vec!["day", "all#"];
    let numbered: Vec<String> = series.names.iter().map(|name| format!("{name}#")).collect();
    columns.extend(numbered.iter().map(String::as_str));
    let mut table = Table::new(title, &columns);
    for (day, values) in series.days.iter().zip(&series.values).rev() {
        let all = values.iter().sum();
        let mut row = vec![Cell::text(day.as_str()), Cell::int(Some(all), written)];
        row.extend(values.iter().map(|n| Cell::int(Some(*n), written)));
        table.rows.push(row);
    }
    if series.earlier {
        table.more = format!("days before the last {DAYS}");
        table.file = "trends.csv".to_owned();
    }
    let scale = if unit == "usd" { 1e-9 } else { 1.0 };
    let values: Vec<Vec<f64>> = series.values.iter().map(|of_day| of_day.iter().map(|n| *n as f64 * scale).collect()).collect();
    Some(Chart {
        id: id.to_owned(),
        title: title.to_owned(),
        label: format!("{title}, stacked bars from {} to {}; the table below it has the same figures", first(&series.days), last(&series.days)),
        wide: false,
        data: json!({"kind": "stack", "unit": unit, "days": series.days, "names": series.names, "values": values}),
        table: Some(table),
    })
}

fn first(days: &[String]) -> &str {
    days.first().map_or("", String::as_str)
}

fn last(days: &[String]) -> &str {
    days.last().map_or("", String::as_str)
}

/// The group of a row; what is not known has a name, too.
pub(super) fn name(row: &Cells<'_>, column: &str) -> String {
    row.text(column).unwrap_or_else(|| "unknown".to_owned())
}

fn warnings(facts: &Facts<'_>) -> Vec<String> {
    let rows = facts.rows(&cost());
    let unpriced: Vec<String> = rows
        .iter()
        .filter_map(|row| Some((name(row, "model"), row.int("unpriced_calls").filter(|n| *n > 0)?)))
        .map(|(model, calls)| format!("{model} ({})", words::counted(calls, "call", "calls")))
        .collect();
    let mut warnings = Vec::new();
    if !unpriced.is_empty() {
        let shown = unpriced.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
        let more = if unpriced.len() > 8 { format!(" and {} more", unpriced.len() - 8) } else { String::new() };
        warnings.push(format!("No price is known for {shown}{more}: costs that include their calls are lower bounds, marked ≥."));
    }
    let estimated: i64 = rows.iter().filter_map(|row| row.int("tier_estimated_calls")).sum();
    if estimated > 0 {
        let calls = words::counted(estimated, "call", "calls");
        warnings.push(format!("{calls} of a service tier without a dated price are shown at the standard rate."));
    }
    warnings
}

fn table(facts: &Facts<'_>) -> Option<Table> {
    let mut rows = facts.rows(&cost());
    if rows.is_empty() {
        return None;
    }
    rows.sort_by_key(|row| (std::cmp::Reverse((row.int("cost_nanousd"), row.int("total_tokens"))), name(row, "agent"), name(row, "model")));
    let greatest = rows.iter().filter_map(|row| row.int("cost_nanousd")).max().unwrap_or(0) as f64;
    let all = rows.len();
    let mut table = Table::new(
        "Models of the period",
        &["agent", "model", "calls#", "input#", "from cache#", "output#", "tokens#", "cost#", "by price table#", "reported by the agent#"],
    );
    for row in rows.iter().take(MODELS) {
        let (input, cached) = (row.int("input_tokens"), row.int("cached_input_tokens"));
        let hit = input.zip(cached).filter(|(input, _)| *input > 0).map(|(input, cached)| cached as f64 / input as f64);
        let cost = Cell {
            text: words::cost(row.int("cost_nanousd"), row.int("unpriced_calls")).unwrap_or_else(|| "no price".to_owned()),
            ..Cell::int(row.int("cost_nanousd"), usd)
        };
        table.rows.push(vec![
            Cell::known(row.text("agent")),
            Cell::known(row.text("model")),
            Cell::int(row.int("calls"), short),
            Cell::int(input, short),
            Cell::number(hit, words::percent),
            Cell::int(row.int("output_tokens"), short),
            Cell::int(row.int("total_tokens"), short),
            cost.of(greatest),
            Cell::int(row.int("list_cost_nanousd"), usd),
            Cell::int(row.int("reported_cost_nanousd"), usd),
        ]);
    }
    Some(table.cut(all, "models").file("cost"))
}
