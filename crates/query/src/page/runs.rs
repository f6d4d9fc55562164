//! The conversations that cost most and took longest in the period, each with a way to its timeline.

use super::ask::{Ask, Window};
use super::facts::Facts;
use super::section::{Cell, Section, Table};
use super::words::{self, count, short, time, usd};
use crate::answer::Answer;
use crate::timeline::Cells;

/// Conversations of each table.
const LISTED: usize = 15;

pub(super) fn asks() -> Vec<Ask> {
    vec![runs()]
}

/// What each conversation did in the period.
pub(super) fn runs() -> Ask {
    Ask::by("daily", "conversation,agent,kind,user", Window::Period)
}

/// Ids of the conversations that the tables name, each once.
pub(super) fn listed(answer: &Answer) -> Vec<String> {
    let rows: Vec<Cells<'_>> = Cells::rows(answer).collect();
    let mut ids: Vec<String> = Vec::new();
    for id in dearest(&rows).into_iter().chain(slowest(&rows)).filter_map(|row| row.text("conversation_id")) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

/// The greatest rows by a column, and by another where they are equal; none of nothing.
fn greatest<'r, 'a>(rows: &'r [Cells<'a>], column: &str, then: &str) -> Vec<&'r Cells<'a>> {
    let mut keyed: Vec<(i64, i64, String, &Cells<'_>)> = rows
        .iter()
        .filter_map(|row| Some((row.int(column).unwrap_or(0), row.int(then).unwrap_or(0), row.text("conversation_id")?, row)))
        .filter(|(a, b, ..)| *a > 0 || *b > 0)
        .collect();
    keyed.sort_by(|a, b| (b.0, b.1).cmp(&(a.0, a.1)).then_with(|| a.2.cmp(&b.2)));
    keyed.into_iter().take(LISTED).map(|(.., row)| row).collect()
}

fn dearest<'r, 'a>(rows: &'r [Cells<'a>]) -> Vec<&'r Cells<'a>> {
    greatest(rows, "cost_nanousd", "total_tokens")
}

fn slowest<'r, 'a>(rows: &'r [Cells<'a>]) -> Vec<&'r Cells<'a>> {
    greatest(rows, "turn_ns", "turn_ns")
}

pub(super) fn section(facts: &Facts<'_>) -> Section {
    let rows = facts.rows(&runs());
    let tables =
        [table(facts, "Dearest conversations", &dearest(&rows), rows.len()), table(facts, "Slowest conversations", &slowest(&rows), rows.len())];
    let lead =
        if rows.is_empty() { Vec::new() } else { vec!["Figures are those of the period; a conversation may have begun before it.".to_owned()] };
    Section { id: "runs", title: "Dearest and slowest conversations", lead, tables: tables.into_iter().flatten().collect(), ..Section::default() }
}

fn table(facts: &Facts<'_>, caption: &str, rows: &[&Cells<'_>], all: usize) -> Option<Table> {
    if rows.is_empty() {
        return None;
    }
    let most = |column: &str| rows.iter().filter_map(|row| row.int(column)).max().unwrap_or(0) as f64;
    let (most_cost, most_time) = (most("cost_nanousd"), most("turn_ns"));
    let columns = [
        "conversation",
        "agent",
        "kind",
        "user",
        "models",
        "prompts#",
        "model calls#",
        "tool calls#",
        "failed#",
        "tokens#",
        "cost#",
        "time in turns#",
        "waiting for people#",
    ];
    let mut table = Table::new(caption, &columns);
    for row in rows {
        let id = row.text("conversation_id").unwrap_or_default();
        let failed = row.int("tool_failures").unwrap_or(0);
        let cost = Cell {
            text: words::cost(row.int("cost_nanousd"), row.int("unpriced_calls")).unwrap_or_else(|| "–".to_owned()),
            ..Cell::int(row.int("cost_nanousd"), usd)
        };
        table.rows.push(vec![
            Cell::text(id.as_str()).href(facts.beside.runs.get(&id)).class("id"),
            Cell::known(row.text("agent")),
            Cell::known(row.text("kind")),
            Cell::known(row.text("user_id")),
            Cell::known(row.text("models")),
            Cell::int(row.int("prompts"), count),
            Cell::int(row.int("model_calls"), count),
            Cell::int(row.int("tool_calls"), count),
            Cell::int(Some(failed), count).class(if failed > 0 { "bad" } else { "" }),
            Cell::int(row.int("total_tokens"), short),
            cost.of(most_cost),
            Cell::int(row.int("turn_ns"), time).of(most_time),
            Cell::int(row.int("wait_ns"), time),
        ]);
    }
    Some(table.cut(all, "conversations").file("conversations"))
}
