//! What the totals rest on: which signal was believed, what is missing, late or set aside.

use std::collections::{BTreeMap, BTreeSet};

use super::ask::{Ask, Window};
use super::facts::Facts;
use super::section::{Cell, Section, Table};
use super::words::{count, counted, percent};
use crate::timeline::Cells;

/// Rows that a table shows.
const LISTED: usize = 40;

pub(super) fn asks() -> Vec<Ask> {
    vec![covered(), tokens()]
}

fn covered() -> Ask {
    Ask::of("coverage", Window::Period)
}

fn tokens() -> Ask {
    Ask::by("tokens", "agent,model", Window::Period)
}

/// Conversations of an agent, by what the signal that is believed of them says about itself.
#[derive(Debug, Default)]
struct Stand {
    all: BTreeSet<String>,
    incomplete: BTreeSet<String>,
    causes: BTreeMap<String, BTreeSet<String>>,
    signals: BTreeMap<String, BTreeSet<String>>,
}

pub(super) fn coverage(facts: &Facts<'_>) -> Section {
    let rows = facts.rows(&covered());
    let mut agents: BTreeMap<String, Stand> = BTreeMap::new();
    let mut checks: BTreeMap<(String, String, String), BTreeSet<String>> = BTreeMap::new();
    let mut losses: BTreeMap<(String, String, String), i64> = BTreeMap::new();
    for row in &rows {
        let get = |column: &str| row.text(column).unwrap_or_else(|| "–".to_owned());
        let (agent, signal, status) = (get("agent"), get("signal"), get("status"));
        let Some(id) = row.text("conversation_id") else {
            if let Some(causes) = row.text("causes") {
                *losses.entry((agent, signal, causes)).or_default() += row.int("records").unwrap_or(0).max(1);
            }
            continue;
        };
        if row.bool("chosen") != Some(true) {
            let _ = checks.entry((agent, signal, status)).or_default().insert(id);
            continue;
        }
        let stand = agents.entry(agent).or_default();
        let _ = stand.all.insert(id.clone());
        let _ = stand.signals.entry(signal).or_default().insert(id.clone());
        if status != "complete" {
            let _ = stand.incomplete.insert(id.clone());
            for cause in row.text("causes").unwrap_or_else(|| "unknown".to_owned()).split(", ") {
                let _ = stand.causes.entry(cause.to_owned()).or_default().insert(id.clone());
            }
        }
    }
    let tables = [believed(&agents), others(&checks), lost(&losses)];
    Section {
        id: "coverage",
        title: "What the totals rest on",
        lead: vec![
            "Of the signals that tell the same, one is believed for each conversation and the others check it. What an agent did not export is \
             in no total."
                .to_owned(),
        ],
        warnings: warnings(facts),
        tables: tables.into_iter().filter(|t| !t.rows.is_empty()).map(|t| t.file("coverage")).collect(),
        ..Section::default()
    }
}

fn warnings(facts: &Facts<'_>) -> Vec<String> {
    let without = |row: &Cells<'_>| row.int("calls_without_tokens").filter(|n| *n > 0);
    let calls: i64 = facts.rows(&tokens()).iter().filter_map(without).sum();
    let mut warnings = Vec::new();
    if calls > 0 {
        warnings.push(format!(
            "{} succeeded without telling tokens: sums of tokens and cost are lower bounds.",
            counted(calls, "model call", "model calls")
        ));
    }
    let refused: BTreeSet<&str> = facts.answers.refused().filter(|(ask, _)| ask.report != "secrets").map(|(ask, _)| ask.report.as_str()).collect();
    if !refused.is_empty() {
        let names = refused.into_iter().collect::<Vec<_>>().join(", ");
        warnings.push(format!("The filters do not fit these reports, so parts of the page are empty: {names}."));
    }
    warnings
}

fn joined<'n>(counts: impl Iterator<Item = (&'n String, usize)>) -> String {
    let mut counts: Vec<(&String, usize)> = counts.collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    counts.iter().map(|(name, n)| format!("{} ({})", name.replace('_', " "), count(*n as i64))).collect::<Vec<_>>().join(", ")
}

fn believed(agents: &BTreeMap<String, Stand>) -> Table {
    let mut table = Table::new(
        "Conversations by what is known of them",
        &["agent", "conversations#", "complete#", "incomplete#", "complete, share#", "believed signal", "why incomplete"],
    );
    for (agent, stand) in agents {
        let (all, incomplete) = (stand.all.len(), stand.incomplete.len());
        let share = (all - incomplete) as f64 / all.max(1) as f64;
        table.rows.push(vec![
            Cell::text(agent.as_str()),
            Cell::int(Some(all as i64), count),
            Cell::int(Some((all - incomplete) as i64), count),
            Cell::int(Some(incomplete as i64), count).class(if incomplete > 0 { "bad" } else { "" }),
            Cell::number(Some(share), percent).of(1.0),
            Cell::text(joined(stand.signals.iter().map(|(s, ids)| (s, ids.len())))),
            Cell::text(joined(stand.causes.iter().map(|(c, ids)| (c, ids.len())))),
        ]);
    }
    table
}

fn others(checks: &BTreeMap<(String, String, String), BTreeSet<String>>) -> Table {
    let mut table = Table::new("What the other signals say", &["agent", "signal", "status", "conversations#"]);
    for ((agent, signal, status), ids) in checks.iter().take(LISTED) {
        let class = if status == "differs" { "bad" } else { "" };
        table.rows.push(vec![
            Cell::text(agent.as_str()),
            Cell::text(signal.replace('_', " ")),
            Cell::text(status.replace('_', " ")).class(class),
            Cell::int(Some(ids.len() as i64), count),
        ]);
    }
    table.cut(checks.len(), "rows")
}

fn lost(losses: &BTreeMap<(String, String, String), i64>) -> Table {
    let mut table = Table::new("Known of no one conversation", &["agent", "signal", "what", "records#"]);
    for ((agent, signal, causes), records) in losses.iter().take(LISTED) {
        table.rows.push(vec![
            Cell::text(agent.as_str()),
            Cell::text(signal.replace('_', " ")),
            Cell::text(causes.replace('_', " ")),
            Cell::int(Some(*records), count),
        ]);
    }
    table.cut(losses.len(), "rows")
}

/// Late data and what was set aside.
pub(super) fn intake(facts: &Facts<'_>) -> Section {
    let beside = facts.beside;
    let mut late = Table::new("Days before the period that changed since the night before", &["day (UTC)", "records"]);
    for day in &beside.late {
        let records: Vec<String> = day.records.iter().map(|(table, n)| format!("{n:+} {table}").replace('-', "−")).collect();
        let records = if records.is_empty() { "as many, some replaced".to_owned() } else { records.join(", ") };
        late.rows.push(vec![Cell::text(day.day.as_str()).href(day.page.as_ref()), Cell::text(records)]);
    }
    let mut aside = Table::new("Set aside", &["source", "position", "bytes#", "why"]);
    for entry in &beside.set_aside {
        aside.rows.push(vec![
            Cell::text(entry.source.as_str()).class("id"),
            Cell::text(entry.position.as_str()),
            Cell::int(Some(i64::try_from(entry.bytes).unwrap_or(i64::MAX)), count),
            Cell::text(entry.reason.as_str()).class("long"),
        ]);
    }
    let total = usize::try_from(beside.set_aside_total).unwrap_or(usize::MAX);
    aside = aside.cut(total, "entries: tracemill quarantine lists them");
    let mut lead = Vec::new();
    if beside.late.is_empty() {
        lead.push("No day before the period changed by late data.".to_owned());
    }
    lead.push(match beside.set_aside_total {
        0 => "Nothing is set aside: all that came could be read.".to_owned(),
        n => format!("{} cannot be read and is in no figure. The bytes are kept.", counted(n as i64, "piece of what came", "pieces of what came")),
    });
    let tables = [late, aside].into_iter().filter(|t| !t.rows.is_empty()).collect();
    Section { id: "intake", title: "Late and set aside", lead, tables, ..Section::default() }
}
