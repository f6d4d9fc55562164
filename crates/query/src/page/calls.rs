//! MCP servers, approvals, errors and retries, secrets: sections that are a table or two.

use super::ask::{Ask, Window};
use super::facts::Facts;
use super::section::{Cell, Column, Section, Table};
use super::spend::{name, stack};
use super::words::{count, counted, millis, percent, short};
use crate::answer::Type;
use crate::timeline::Cells;

/// Rows that a table shows.
const LISTED: usize = 30;

pub(super) fn asks() -> Vec<Ask> {
    vec![mcp_asked(), approvals_asked(), waits_asked(), errors_asked(), retries_asked(), secrets_asked()]
}

fn mcp_asked() -> Ask {
    Ask::of("mcp", Window::Period)
}

fn approvals_asked() -> Ask {
    Ask::by("approvals", "agent,decision,decision_source", Window::Period)
}

fn waits_asked() -> Ask {
    Ask::by("approvals", "tool", Window::Period)
}

fn errors_asked() -> Ask {
    Ask::of("errors", Window::Period)
}

fn retries_asked() -> Ask {
    Ask::by("retries", "agent,model", Window::Period)
}

fn secrets_asked() -> Ask {
    Ask::by("secrets", "severity,rule,kind", Window::Period)
}

pub(super) fn mcp(facts: &Facts<'_>) -> Section {
    let mut rows = facts.rows(&mcp_asked());
    rows.sort_by_key(|row| (std::cmp::Reverse(row.int("calls")), name(row, "mcp_server"), row.text("tool_name")));
    let most = rows.iter().filter_map(|row| row.int("calls")).max().unwrap_or(0) as f64;
    let columns = [
        "server",
        "tool",
        "configured in conversations#",
        "called in conversations#",
        "calls#",
        "failed#",
        "failure rate#",
        "median#",
        "95 %#",
        "time in all#",
    ];
    let mut table = Table::new("MCP servers and their tools", &columns);
    for row in rows.iter().take(LISTED) {
        let failed = row.int("failed").unwrap_or(0);
        table.rows.push(vec![
            Cell::known(row.text("mcp_server")),
            Cell::known(row.text("tool_name").or_else(|| (row.int("calls") == Some(0)).then(|| "never called".to_owned()))),
            Cell::int(row.int("configured_conversations"), count),
            Cell::int(row.int("conversations"), count),
            Cell::int(row.int("calls"), short).of(most),
            Cell::int(Some(failed), short).class(if failed > 0 { "bad" } else { "" }),
            Cell::number(row.float("failure_rate"), percent),
            Cell::number(row.float("p50_ms"), millis),
            Cell::number(row.float("p95_ms"), millis),
            Cell::number(row.float("total_ms"), millis),
        ]);
    }
    let lead = if rows.is_empty() { vec!["No MCP server was configured or called, as far as the telemetry tells.".to_owned()] } else { Vec::new() };
    Section { id: "mcp", title: "MCP", lead, tables: filled(table.cut(rows.len(), "tools").file("mcp")), ..Section::default() }
}

pub(super) fn approvals(facts: &Facts<'_>) -> Section {
    let mut rows = facts.rows(&approvals_asked());
    rows.sort_by_key(|row| (std::cmp::Reverse(row.int("calls")), name(row, "agent"), row.text("decision"), row.text("decision_source")));
    let most = rows.iter().filter_map(|row| row.int("calls")).max().unwrap_or(0) as f64;
    let mut decisions = Table::new(
        "Decisions on tool calls",
        &["agent", "decision", "decided by", "calls#", "conversations#", "waited#", "median wait#", "95 %#", "wait in all#"],
    );
    for row in rows.iter().take(LISTED) {
        decisions.rows.push(vec![
            Cell::known(row.text("agent")),
            Cell::known(row.text("decision").or_else(|| Some("none on record".to_owned()))),
            Cell::known(row.text("decision_source")),
            Cell::int(row.int("calls"), short).of(most),
            Cell::int(row.int("conversations"), count),
            Cell::int(row.int("waited"), count),
            Cell::number(row.float("p50_wait_ms"), millis),
            Cell::number(row.float("p95_wait_ms"), millis),
            Cell::number(row.float("wait_ms"), millis),
        ]);
    }
    let mut waits = facts.rows(&waits_asked());
    waits.retain(|row| row.int("by_person").is_some_and(|n| n > 0) || row.int("wait_ns").is_some_and(|n| n > 0));
    waits.sort_by_key(|row| (std::cmp::Reverse(row.int("wait_ns")), name(row, "tool_name")));
    let mut people = Table::new(
        "Tools that people were asked about",
        &["tool", "calls#", "decided by a person#", "median wait#", "longest wait#", "wait in all#"],
    );
    for row in waits.iter().take(LISTED) {
        people.rows.push(vec![
            Cell::known(row.text("tool_name")),
            Cell::int(row.int("calls"), short),
            Cell::int(row.int("by_person"), count),
            Cell::number(row.float("p50_wait_ms"), millis),
            Cell::number(row.float("max_wait_ms"), millis),
            Cell::number(row.float("wait_ms"), millis),
        ]);
    }
    let tables = [decisions.cut(rows.len(), "kinds of decision").file("approvals"), people.cut(waits.len(), "tools").file("approvals")];
    let lead = if rows.is_empty() { vec!["No tool was called.".to_owned()] } else { Vec::new() };
    Section { id: "approvals", title: "Approvals", lead, tables: tables.into_iter().flat_map(filled).collect(), ..Section::default() }
}

pub(super) fn errors(facts: &Facts<'_>) -> Section {
    let mut rows = facts.rows(&errors_asked());
    rows.sort_by_key(|row| {
        (std::cmp::Reverse(row.int("errors")), name(row, "agent"), name(row, "model"), row.text("error_type"), row.int("http_status"))
    });
    let most = rows.iter().filter_map(|row| row.int("errors")).max().unwrap_or(0) as f64;
    let mut failed = Table::new(
        "Model calls that failed",
        &["agent", "model", "error", "HTTP status#", "errors#", "of all attempts#", "tried again#", "recovered#", "time lost#", "for example"],
    );
    for row in rows.iter().take(LISTED) {
        failed.rows.push(vec![
            Cell::known(row.text("agent")),
            Cell::known(row.text("model")),
            Cell::known(row.text("error_type")),
            Cell::int(row.int("http_status"), |n| n.to_string()),
            Cell::int(row.int("errors"), count).of(most),
            Cell::number(row.float("error_share"), percent),
            Cell::int(row.int("retried"), count),
            Cell::int(row.int("recovered"), count),
            Cell::number(row.float("lost_ms"), millis),
            Cell::known(row.text("example").map(|text| shortened(&text))).class("long"),
        ]);
    }
    let mut tried = facts.rows(&retries_asked());
    tried.retain(|row| row.int("failed").is_some_and(|n| n > 0));
    tried.sort_by_key(|row| (std::cmp::Reverse(row.int("failed")), name(row, "agent"), name(row, "model")));
    let mut retries = Table::new(
        "Attempts per response",
        &["agent", "model", "attempts#", "completed#", "failed#", "rate limited#", "provider failed#", "attempts per response#"],
    );
    for row in tried.iter().take(LISTED) {
        retries.rows.push(vec![
            Cell::known(row.text("agent")),
            Cell::known(row.text("model")),
            Cell::int(row.int("attempts"), short),
            Cell::int(row.int("ok"), short),
            Cell::int(row.int("failed"), short),
            Cell::int(row.int("rate_limited"), count),
            Cell::int(row.int("overloaded"), count),
            Cell::number(row.float("attempts_per_ok"), |x| format!("{x:.2}")),
        ]);
    }
    let over_time = facts.over_time("trends", |row| name(row, "agent"), "errors");
    let lead = if rows.is_empty() { vec!["No model call failed.".to_owned()] } else { Vec::new() };
    let tables = [failed.cut(rows.len(), "kinds of error").file("errors"), retries.cut(tried.len(), "models").file("retries")];
    Section {
        id: "errors",
        title: "Errors and retries",
        lead,
        charts: stack("errors-agent", "Failed model calls per day by agent", &over_time, "count").into_iter().collect(),
        tables: tables.into_iter().flat_map(filled).collect(),
        ..Section::default()
    }
}

/// What the report of secrets says, rule by rule. Its columns are taken as they come; none of them is ever a secret.
pub(super) fn secrets(facts: &Facts<'_>) -> Section {
    let section = Section { id: "secrets", title: "Secrets found", ..Section::default() };
    let Some(answer) = facts.answer(&secrets_asked()) else {
        let lead = vec!["There is no report of secrets here: the archive was not searched for them.".to_owned()];
        return Section { lead, ..section };
    };
    // neither a masked beginning nor a fingerprint belongs on a page
    let shown: Vec<(&str, Type)> = answer.columns().filter(|(n, t)| !matches!(*n, "preview" | "fingerprint" | "example") && *t != Type::Nested).collect();
    let columns = shown.iter().map(|(n, t)| Column { name: n.replace('_', " "), number: t.is_number() }).collect();
    let mut table = Table { columns, ..Table::new("Findings by rule", &[]) };
    let cell = |row: &Cells<'_>, name: &str, kind: Type| match kind {
        Type::Int => Cell::int(row.int(name), count),
        Type::Float => Cell::number(row.float(name), |x| format!("{x:.3}")),
        Type::Time => Cell::known(row.int(name).map(|ns| crate::render::time(ns)[..16].replace('T', " ") + "Z")),
        Type::Date => Cell::known(row.day(name)),
        Type::Bool => Cell::known(row.bool(name).map(|b| if b { "yes" } else { "no" }.to_owned())),
        Type::Text | Type::Nested => Cell::known(row.text(name)),
    };
    let mut rows: Vec<Cells<'_>> = Cells::rows(answer).collect();
    // the gravest first, and of these the most
    let grade = |row: &Cells<'_>| ["critical", "high", "medium", "low"].iter().position(|s| row.text("severity").as_deref() == Some(s)).unwrap_or(4);
    rows.sort_by_key(|row| (grade(row), std::cmp::Reverse(row.int("records")), row.text("rule")));
    table.rows = rows.iter().take(LISTED * 2).map(|row| shown.iter().map(|(n, t)| cell(row, n, *t)).collect()).collect();
    let found = answer.height();
    let lead = if found == 0 {
        vec!["None was found.".to_owned()]
    } else {
        vec![format!("{} matched; the secrets themselves are nowhere on this page.", counted(found as i64, "rule", "rules"))]
    };
    Section { lead, tables: filled(table.cut(found, "rules").file("secrets")), ..section }
}

fn filled(table: Table) -> Vec<Table> {
    if table.rows.is_empty() { Vec::new() } else { vec![table] }
}

/// The first line, cut where it is long.
fn shortened(text: &str) -> String {
    const CHARACTERS: usize = 160;
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() > CHARACTERS { line.chars().take(CHARACTERS).chain(['…']).collect() } else { line.to_owned() }
}
