//! What is compared: each figure is a sum over the runs of a set, divided by another. Border: sums of each run; spreads are `bootstrap`'s.

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::error::QueryError;
use crate::filters::Filters;
use crate::timeline::Cells;

/// A figure.
#[derive(Debug)]
pub(super) struct Figure {
    pub(super) name: &'static str,
    pub(super) unit: &'static str,
}

const fn figure(name: &'static str, unit: &'static str) -> Figure {
    Figure { name, unit }
}

/// The figures, in the order of a run's [`Run::sums`].
pub(super) static FIGURES: [Figure; 25] = [
    figure("cost", "USD/run"),
    figure("input_tokens", "tokens/run"),
    figure("cached_input_tokens", "tokens/run"),
    figure("output_tokens", "tokens/run"),
    figure("reasoning_tokens", "tokens/run"),
    figure("total_tokens", "tokens/run"),
    figure("turns", "turns/run"),
    figure("model_calls", "calls/run"),
    figure("model_call_failures", "failed/call"),
    figure("tool_calls", "calls/run"),
    figure("tool_call_failures", "failed/call"),
    figure("tool_call_denials", "denied/call"),
    figure("mcp_calls", "calls/run"),
    figure("active_time", "s/run"),
    figure("turn_time", "s/turn"),
    figure("time_to_first_token", "s/call"),
    figure("time_model", "s/run"),
    figure("time_network", "s/run"),
    figure("time_tool", "s/run"),
    figure("time_mcp", "s/run"),
    figure("time_approval", "s/run"),
    figure("time_startup", "s/run"),
    figure("time_session", "s/run"),
    figure("time_internal", "s/run"),
    figure("time_unobserved", "s/run"),
];
/// Where the figures of time by category begin; their names end in the category.
const CATEGORIES: usize = 16;

/// The sums of a run: of each figure what is divided, and by what. Both are 0 where the run says nothing of it.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) sums: [(f64, f64); FIGURES.len()],
    /// Model calls without a price.
    pub(super) unpriced: i64,
}

/// The figure of some runs; `None` where none of them says anything of it.
pub(super) fn ratio<'r>(runs: impl Iterator<Item = &'r Run>, figure: usize) -> Option<f64> {
    let (above, below) = runs.fold((0.0, 0.0), |(a, b), run| (a + run.sums[figure].0, b + run.sums[figure].1));
    (below > 0.0).then(|| above / below)
}

/// The runs whose conversations pass the filters. A conversation that another of the set started is part of that one's run.
pub(super) fn runs(catalog: &Catalog, filters: &Filters) -> Result<Vec<Run>, QueryError> {
    let chosen = catalog.sql(CONVERSATIONS, filters)?;
    let mut conversations = Facts::default();
    for row in Cells::rows(&chosen) {
        let id = row.text("conversation_id").unwrap_or_default();
        let parent = row.text("parent_conversation_id");
        let numbers = [
            "cost_nanousd",
            "input_tokens",
            "cached_input_tokens",
            "output_tokens",
            "reasoning_tokens",
            "total_tokens",
            "turns",
            "mcp_calls",
            "active_ns",
            "unpriced_calls",
        ];
        let _ = conversations.insert(id, (parent, numbers.map(|n| row.int(n))));
    }
    let facts = |sql: &str| -> Result<BTreeMap<String, Vec<Option<i64>>>, QueryError> {
        let answer = catalog.sql(sql, &Filters::default())?;
        let names: Vec<String> = answer.columns().skip(1).map(|(name, _)| name.to_owned()).collect();
        Ok(Cells::rows(&answer).map(|row| (row.text("conversation_id").unwrap_or_default(), names.iter().map(|n| row.int(n)).collect())).collect())
    };
    let (calls, tools, turns, times) = (facts(MODEL_CALLS)?, facts(TOOL_CALLS)?, facts(TURNS)?, facts(TIMES)?);
    let mut runs: BTreeMap<&str, Run> = BTreeMap::new();
    for (id, (_, numbers)) in &conversations {
        let root = root(&conversations, id);
        let run = runs.entry(root).or_insert_with(|| Run { sums: [(0.0, 0.0); FIGURES.len()], unpriced: 0 });
        let mut add = |figure: usize, above: Option<i64>, scale: f64, below: Option<i64>| {
            let Some((above, below)) = above.zip(below) else { return };
            run.sums[figure].0 += above as f64 / scale;
            run.sums[figure].1 += below as f64;
        };
        // a conversation that the run started adds to what is summed and not to the number of runs
        let one = Some(i64::from(root == id));
        let of = |facts: &BTreeMap<String, Vec<Option<i64>>>, n: usize| facts.get(id).and_then(|f| f[n]);
        let [cost, input, cached, output, reasoning, total, turn_count, mcp, active, unpriced] = *numbers;
        add(0, cost, 1e9, one);
        for (figure, tokens) in [(1, input), (2, cached), (3, output), (4, reasoning), (5, total)] {
            add(figure, tokens, 1.0, one);
        }
        add(6, turn_count, 1.0, one);
        add(7, of(&calls, 0).or(Some(0)), 1.0, one);
        add(8, of(&calls, 1), 1.0, of(&calls, 0));
        add(9, of(&tools, 0).or(Some(0)), 1.0, one);
        add(10, of(&tools, 1), 1.0, of(&tools, 2));
        add(11, of(&tools, 3), 1.0, of(&tools, 0));
        add(12, mcp, 1.0, one);
        add(13, active, 1e9, one);
        add(14, of(&turns, 0), 1e9, of(&turns, 1));
        add(15, of(&calls, 2), 1e9, of(&calls, 3));
        for category in 0..FIGURES.len() - CATEGORIES {
            // a run with no time in a category took none of it, if its time is known at all
            add(CATEGORIES + category, of(&times, category).or(active.map(|_| 0)), 1e9, one);
        }
        run.unpriced += unpriced.unwrap_or(0);
    }
    Ok(runs.into_values().collect())
}

/// A conversation's parent and numbers, by its id.
type Facts = BTreeMap<String, (Option<String>, [Option<i64>; 10])>;

/// The conversation of the set that started it, at whatever remove; itself where none did.
fn root<'c>(conversations: &'c Facts, id: &'c str) -> &'c str {
    let mut at = id;
    // longer than any chain there can be, where two are each other's parents
    for _ in 0..conversations.len() {
        let parent = conversations.get(at).and_then(|(parent, _)| parent.as_deref()).filter(|p| *p != at);
        match parent.and_then(|p| conversations.get_key_value(p)) {
            Some((known, _)) => at = known,
            None => return at,
        }
    }
    id
}

const CONVERSATIONS: &str = "
SELECT conversation_id, parent_conversation_id, cost_nanousd, input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, total_tokens,
    turns, mcp_calls, active_ns, unpriced_calls
FROM conversations";

const MODEL_CALLS: &str = "
SELECT conversation_id, COUNT(*) AS calls, COUNT(*) FILTER (WHERE outcome <> 'ok') AS failed, SUM(ttft_ns) AS ttft_ns, COUNT(ttft_ns) AS with_ttft
FROM model_calls WHERE conversation_id IS NOT NULL GROUP BY conversation_id";

const TOOL_CALLS: &str = "
SELECT conversation_id, COUNT(*) AS calls, COUNT(*) FILTER (WHERE outcome = 'failed') AS failed,
    COUNT(*) FILTER (WHERE outcome IN ('ok', 'failed')) AS ended, COUNT(*) FILTER (WHERE outcome = 'denied') AS denied
FROM tool_calls WHERE conversation_id IS NOT NULL GROUP BY conversation_id";

const TURNS: &str = "
SELECT conversation_id, SUM(duration_ns) AS duration_ns, COUNT(duration_ns) AS turns
FROM turns WHERE conversation_id IS NOT NULL GROUP BY conversation_id";

const TIMES: &str = "
SELECT conversation_id,
    SUM(attributed_ns) FILTER (WHERE category = 'model') AS model,
    SUM(attributed_ns) FILTER (WHERE category = 'network') AS network,
    SUM(attributed_ns) FILTER (WHERE category = 'tool') AS tool,
    SUM(attributed_ns) FILTER (WHERE category = 'mcp') AS mcp,
    SUM(attributed_ns) FILTER (WHERE category = 'approval') AS approval,
    SUM(attributed_ns) FILTER (WHERE category = 'startup') AS startup,
    SUM(attributed_ns) FILTER (WHERE category = 'session') AS session,
    SUM(attributed_ns) FILTER (WHERE category = 'internal') AS internal,
    SUM(attributed_ns) FILTER (WHERE category = 'unobserved') AS unobserved
FROM latency WHERE turn_id IS NOT NULL GROUP BY conversation_id";
