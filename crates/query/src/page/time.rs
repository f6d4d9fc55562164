//! Where the turns' time went: by category, and the tools, MCP servers and models that took most of it.

use serde_json::json;

use super::ask::{Ask, Window};
use super::facts::Facts;
use super::section::{Cell, Chart, Section, Table};
use super::spend::name;
use super::tools::tool;
use super::words::{count, millis, percent, time};
use crate::timeline::Cells;

/// Contributors that the chart shows.
const DRAWN: usize = 15;
/// Contributors that the table names.
const LISTED: usize = 25;

pub(super) fn asks() -> Vec<Ask> {
    vec![by_category(), by_tool(), by_model()]
}

fn by_category() -> Ask {
    Ask::by("latency", "category", Window::Period)
}

fn by_tool() -> Ask {
    Ask::by("latency", "category,mcp_server,tool", Window::Period).top(200)
}

fn by_model() -> Ask {
    Ask::by("latency", "category,model", Window::Period).top(50)
}

/// What each category is, for who has not read the documentation.
fn meaning(category: &str) -> &'static str {
    match category {
        "approval" => "waiting for people",
        "mcp" => "inside calls to MCP servers",
        "tool" => "other tools, and the way to them",
        "model" => "the model at work",
        "network" => "on the way to the model and back",
        "startup" => "getting ready before the first turn",
        "session" => "the turn's own work",
        "internal" => "upkeep within turns",
        "unobserved" => "nobody saw",
        _ => "",
    }
}

pub(super) fn section(facts: &Facts<'_>) -> Section {
    let mut categories = facts.rows(&by_category());
    categories.sort_by_key(|row| (std::cmp::Reverse(row.int("attributed_ns")), name(row, "category")));
    let all: i64 = categories.iter().filter_map(|row| row.int("attributed_ns")).sum();
    let mut contributors = facts.rows(&by_tool());
    contributors.retain(|row| row.text("tool_name").or_else(|| row.text("mcp_server")).is_some_and(|t| t != "(other)"));
    let of_model = |row: &Cells<'_>| matches!(row.text("category").as_deref(), Some("model" | "network")) && row.text("model").is_some();
    contributors.extend(facts.rows(&by_model()).into_iter().filter(of_model));
    contributors.sort_by_key(|row| (std::cmp::Reverse(row.int("attributed_ns")), contributor(row), name(row, "category")));
    let mut charts = Vec::new();
    charts.extend(chart("latency-category", "Share of the turns' time by category", &categories, |row| name(row, "category"), all));
    // what is too short to be seen is in the table
    let seen = contributors.iter().take_while(|row| row.int("attributed_ns").unwrap_or(0).saturating_mul(200) >= all).count();
    let drawn = &contributors[..seen.min(DRAWN)];
    charts.extend(chart(
        "latency-top",
        "Tools, MCP servers and models that took most",
        drawn,
        |row| format!("{}: {}", name(row, "category"), contributor(row)),
        all,
    ));
    let lead = vec![
        "Each instant of a turn counts once, so the shares add up to the turns' time. What lay on the critical path is what could be \
         saved at the most."
            .to_owned(),
    ];
    let part = |column: &str| categories.iter().filter_map(|row| row.int(column)).sum::<i64>() as f64 / all.max(1) as f64;
    let mut warnings = Vec::new();
    if part("unobserved_ns") > 0.1 {
        warnings.push(format!("Nobody observed {} of the time: spans or events are missing there.", percent(part("unobserved_ns"))));
    }
    let tables = [category_table(&categories, all), contributor_table(&contributors, all)];
    Section {
        id: "time",
        title: "Where the time went",
        lead: if all > 0 { lead } else { Vec::new() },
        warnings,
        charts,
        tables: tables.into_iter().flatten().collect(),
    }
}

fn contributor(row: &Cells<'_>) -> String {
    if row.text("tool_name").is_some() {
        tool(row)
    } else {
        row.text("mcp_server").or_else(|| row.text("model")).unwrap_or_else(|| "unknown".to_owned())
    }
}

fn chart(id: &str, title: &str, rows: &[Cells<'_>], name: impl Fn(&Cells<'_>) -> String, all: i64) -> Option<Chart> {
    if rows.is_empty() || all <= 0 {
        return None;
    }
    let bar = |row: &Cells<'_>| {
        let [took, critical] = ["attributed_ns", "critical_ns"].map(|c| row.int(c).unwrap_or(0));
        json!({"name": name(row), "share": took as f64 / all as f64, "critical": critical.min(took) as f64 / all as f64, "took": time(took)})
    };
    let bars: Vec<_> = rows.iter().map(bar).collect();
    Some(Chart {
        id: id.to_owned(),
        title: title.to_owned(),
        label: format!("{title}, bars; the tables below have the same figures"),
        wide: false,
        data: json!({"kind": "bars", "bars": bars}),
        table: None,
    })
}

fn category_table(rows: &[Cells<'_>], all: i64) -> Option<Table> {
    if rows.is_empty() {
        return None;
    }
    let mut table = Table::new(
        "Time by category",
        &["category", "what it is", "time#", "share#", "on the critical path#", "turns#", "median of a turn#", "95 %#", "from events only#"],
    );
    for row in rows {
        let category = name(row, "category");
        let took = row.int("attributed_ns");
        table.rows.push(vec![
            Cell::text(category.as_str()),
            Cell::text(meaning(&category)),
            Cell::int(took, time),
            share(took, all),
            Cell::number(row.float("critical_ms"), millis),
            Cell::int(row.int("turns"), count),
            Cell::number(row.float("p50_ms"), millis),
            Cell::number(row.float("p95_ms"), millis),
            Cell::number(row.float("estimated_ms"), millis),
        ]);
    }
    Some(table.file("latency"))
}

fn contributor_table(rows: &[Cells<'_>], all: i64) -> Option<Table> {
    if rows.is_empty() {
        return None;
    }
    let mut table = Table::new(
        "What took most",
        &["category", "tool, MCP server or model", "time#", "share#", "on the critical path#", "turns#", "median of a turn#", "95 %#", "longest#"],
    );
    for row in rows.iter().take(LISTED) {
        let took = row.int("attributed_ns");
        table.rows.push(vec![
            Cell::known(row.text("category")),
            Cell::text(contributor(row)),
            Cell::int(took, time),
            share(took, all),
            Cell::number(row.float("critical_ms"), millis),
            Cell::int(row.int("turns"), count),
            Cell::number(row.float("p50_ms"), millis),
            Cell::number(row.float("p95_ms"), millis),
            Cell::number(row.float("max_ms"), millis),
        ]);
    }
    Some(table.cut(rows.len(), "contributors").file("latency"))
}

fn share(took: Option<i64>, all: i64) -> Cell {
    let share = took.filter(|_| all > 0).map(|t| t as f64 / all as f64);
    Cell::number(share, percent).of(1.0)
}
