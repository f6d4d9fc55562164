//! One run as a timeline: its turns, prompts, model calls, tool calls and waits in the order of time, with those of the conversations that
//! it started. Border: what happened and when; how it looks to a reader is `text`'s business, as data it is an [`Answer`].

mod cells;
mod entry;
mod family;
mod page;
mod spans;
pub(crate) mod text;
mod transcript;
mod waterfall;

use std::collections::BTreeMap;
use std::thread;

use crate::answer::Answer;
use crate::catalog::Catalog;
use crate::error::QueryError;
use crate::filters::{FilterWords, Filters};

pub(crate) use cells::Cells;
use entry::{Entry, Kind};
use family::Families;

/// Shorter times between two turns are no gap.
const GAP_NS: i64 = 1_000_000_000;

/// A run.
#[derive(Debug)]
pub struct Timeline {
    /// The conversation, then those it started, in the order of their start.
    runs: Vec<Run>,
    entries: Vec<Entry>,
}

/// A conversation of the run.
#[derive(Debug, Clone)]
struct Run {
    /// Its row of `conversations`.
    row: BTreeMap<String, String>,
    id: String,
    parent: Option<String>,
    /// 0 for the run itself, 1 for a conversation it started, and so on.
    depth: i64,
    start: Option<i64>,
    end: Option<i64>,
    tokens: [Option<i64>; 5],
    cost_nanousd: Option<i64>,
    lower_bound: bool,
    wall_ns: Option<i64>,
    active_ns: Option<i64>,
    turns: Option<i64>,
}

impl Timeline {
    /// The run whose conversation id is `id`, or the only one that begins so.
    pub fn of(catalog: &Catalog, id: &str) -> Result<Timeline, QueryError> {
        let families = Families::of(catalog)?;
        let id = families.found(id)?.to_owned();
        let mut one = read(catalog, &families, &[id])?;
        Ok(one.remove(0))
    }

    /// The runs of these conversations, in the same order; one that the lake has not is left out. They are read together, so that many
    /// cost little more than one.
    pub fn several(catalog: &Catalog, ids: &[String]) -> Result<Vec<Timeline>, QueryError> {
        let families = Families::of(catalog)?;
        let known: Vec<String> = ids.iter().filter(|id| families.ids.contains(*id)).cloned().collect();
        if known.is_empty() { Ok(Vec::new()) } else { read(catalog, &families, &known) }
    }

    /// The id of its conversation.
    pub fn conversation(&self) -> &str {
        &self.runs[0].id
    }

    /// As data, a row an entry.
    pub fn answer(&self) -> Result<Answer, QueryError> {
        entry::answer(&self.entries, self.runs[0].start)
    }

    /// As a waterfall for a reader, cut to `width` columns where one is given; in colour for a terminal that has it.
    pub fn text(&self, width: Option<usize>, colour: bool) -> String {
        text::lines(self, width, colour)
    }

    /// As a page: one HTML document that asks for nothing else.
    pub fn page(&self) -> Result<String, QueryError> {
        page::page(self)
    }

    /// What the user asked, whole, as a script that asks it again.
    pub fn transcript(&self, catalog: &Catalog) -> Result<String, QueryError> {
        transcript::script(self, catalog)
    }

    /// Gives the entries what only their neighbours tell, and sorts them. A turn stands before all that belongs to it, even where the
    /// prompt was written down a moment before the turn began.
    fn place(&mut self) {
        let depths: BTreeMap<&str, i64> = self.runs.iter().map(|r| (r.id.as_str(), r.depth)).collect();
        let mut turns: BTreeMap<(String, String), (Option<i64>, Option<i64>)> = BTreeMap::new();
        for turn in self.entries.iter().filter(|e| e.kind == Kind::Turn) {
            let _ = turns.insert(turn.turn_key(), (turn.turn_index, turn.end()));
        }
        let mut first: BTreeMap<(String, String), i64> = BTreeMap::new();
        for entry in &mut self.entries {
            entry.depth = depths.get(entry.conversation_id.as_str()).copied().unwrap_or(0);
            if let Some((index, end)) = turns.get(&entry.turn_key()) {
                entry.turn_index = *index;
                if entry.kind == Kind::Time {
                    entry.time = *end;
                }
            }
            if let (Some(time), Some(_)) = (entry.time, &entry.turn_id) {
                let _ = first.entry(entry.turn_key()).and_modify(|t| *t = time.min(*t)).or_insert(time);
            }
        }
        let gaps = self.gaps();
        self.entries.extend(gaps);
        let place = |e: &Entry| if e.kind == Kind::Turn { first.get(&e.turn_key()).copied().or(e.time) } else { e.time };
        self.entries.sort_by_cached_key(|e| (place(e).is_none(), place(e), e.kind, e.depth, e.conversation_id.clone(), e.turn_index, e.serial));
    }

    /// The times between two turns of a conversation in which it waited for the next prompt.
    fn gaps(&self) -> Vec<Entry> {
        let mut turns: Vec<&Entry> = self.entries.iter().filter(|e| e.kind == Kind::Turn).collect();
        turns.sort_by_key(|t| (&t.conversation_id, t.turn_index, t.time));
        let mut gaps = Vec::new();
        for pair in turns.windows(2).filter(|p| p[0].conversation_id == p[1].conversation_id) {
            let (Some(end), Some(start)) = (pair[0].end(), pair[1].time) else { continue };
            if start.saturating_sub(end) >= GAP_NS {
                let gap = Entry::new(Kind::Gap, pair[0].conversation_id.clone(), Some(end));
                gaps.push(Entry { duration_ns: Some(start - end), depth: pair[0].depth, ..gap });
            }
        }
        gaps
    }
}

impl Run {
    fn read(row: &Cells<'_>) -> Run {
        let words = [
            "agent",
            "agent_version",
            "kind",
            "models",
            "originator",
            "user_id",
            "environment",
            "approval_policy",
            "sandbox_policy",
            "reasoning_effort",
            "mcp_servers",
        ];
        Run {
            row: words.iter().filter_map(|w| Some(((*w).to_owned(), row.text(w).filter(|t| !t.is_empty())?))).collect(),
            id: row.text("conversation_id").unwrap_or_default(),
            parent: row.text("parent_conversation_id"),
            depth: 0,
            start: row.int("start_time"),
            end: row.int("end_time"),
            tokens: ["input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens", "total_tokens"].map(|c| row.int(c)),
            cost_nanousd: row.int("cost_nanousd"),
            lower_bound: row.int("unpriced_calls").is_some_and(|n| n > 0),
            wall_ns: row.int("wall_ns"),
            active_ns: row.int("active_ns"),
            turns: row.int("turns"),
        }
    }

    /// The start of a conversation that the run started.
    fn entry(&self) -> Entry {
        let entry = Entry::new(Kind::Conversation, self.id.clone(), self.start);
        Entry {
            name: self.row.get("kind").cloned(),
            model: self.row.get("models").cloned(),
            duration_ns: self.wall_ns,
            total_tokens: self.tokens[4],
            cost_nanousd: self.cost_nanousd,
            ..entry
        }
    }
}

/// The runs of these conversations, all of which the lake has.
fn read(catalog: &Catalog, families: &Families, ids: &[String]) -> Result<Vec<Timeline>, QueryError> {
    let members: Vec<Vec<(String, i64)>> = ids.iter().map(|id| families.members(id)).collect();
    let mut owners: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (n, (id, _)) in members.iter().enumerate().flat_map(|(n, m)| m.iter().map(move |member| (n, member))) {
        owners.entry(id).or_default().push(n);
    }
    let words = FilterWords { conversation: owners.keys().map(|id| (*id).to_owned()).collect(), ..FilterWords::default() };
    let mut filters = Filters::parse(&words, jiff::Timestamp::UNIX_EPOCH)?;
    let conversations = catalog.sql(RUNS, &filters)?;
    let found: BTreeMap<String, Run> = Cells::rows(&conversations).map(|row| Run::read(&row)).map(|run| (run.id.clone(), run)).collect();
    // where all have a time nothing of them lies far from it
    let spans: Option<Vec<(i64, i64)>> = found.values().map(|run| Some((run.start?, run.end.or(run.start)?))).collect();
    if let Some((first, last)) = spans.and_then(|s| Some((s.iter().map(|t| t.0).min()?, s.iter().map(|t| t.1).max()?))) {
        filters = filters.within(first, last);
    }
    let mut timelines = Vec::new();
    for members in &members {
        let run = |(id, depth): &(String, i64)| found.get(id).map(|run| Run { depth: *depth, ..run.clone() });
        let mut runs: Vec<Run> = members.iter().filter_map(run).collect();
        runs[1..].sort_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
        let entries = runs[1..].iter().map(Run::entry).collect();
        timelines.push(Timeline { runs, entries });
    }
    let asked = [TURNS, PROMPTS, MODEL_CALLS, TOOL_CALLS, TIMES, spans::SPANS];
    let [turns, prompts, calls, tools, times, spans] = thread::scope(|threads| {
        let (filters, end) = (&filters, |_| Err(QueryError::EngineStopped("a question's thread ended".to_owned())));
        asked.map(|sql| threads.spawn(move || catalog.sql(sql, filters))).map(|asked| asked.join().unwrap_or_else(end))
    });
    let answers = [(Kind::Turn, turns), (Kind::Prompt, prompts), (Kind::ModelCall, calls), (Kind::ToolCall, tools), (Kind::Time, times)];
    for (kind, answer) in answers {
        for entry in Cells::rows(&answer?).map(|row| Entry::read(kind, &row)) {
            for owner in owners.get(entry.conversation_id.as_str()).into_iter().flatten() {
                timelines[*owner].entries.push(entry.clone());
            }
        }
    }
    let spans = spans::read(&spans?);
    for timeline in &mut timelines {
        spans::add(&mut timeline.entries, &spans);
        timeline.place();
    }
    Ok(timelines)
}

const RUNS: &str = "SELECT * FROM conversations ORDER BY start_time, conversation_id";

const TURNS: &str = "
SELECT start_time AS time, conversation_id, turn_id, turn_index, model, outcome, duration_ns, ttft_ns, estimated, input_tokens, cached_input_tokens,
    output_tokens, reasoning_tokens, total_tokens, cost_nanousd
FROM turns ORDER BY start_time, turn_id";

const PROMPTS: &str = "
SELECT time, conversation_id, turn_id, model, prompt AS content, prompt_chars, redacted, record_id AS call_id FROM prompts ORDER BY time, conversation_id, record_id";

const MODEL_CALLS: &str = "
SELECT time, conversation_id, turn_id, model, model AS name, outcome, duration_ns, ttft_ns, lost_ns, attempt, http_status, error_type, error,
    input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, total_tokens, cost_nanousd
FROM model_calls ORDER BY time, conversation_id, record_id";

const TOOL_CALLS: &str = "
SELECT time, conversation_id, turn_id, model, tool_name AS name, mcp_server, call_id, outcome, duration_ns, wait_ns, decision, decision_source, exit_code,
    error_type, error,
    COALESCE(GET_JSON_OBJECT(arguments, '$.cmd'), GET_JSON_OBJECT(arguments, '$.command[2]'), GET_JSON_OBJECT(arguments, '$.command'), arguments) AS content
FROM tool_calls ORDER BY time, conversation_id, call_id, tool_name, arguments";

const TIMES: &str = "
SELECT conversation_id, turn_id, category AS name, MAX(estimated) AS estimated, SUM(attributed_ns) AS duration_ns, SUM(critical_ns) AS critical_ns
FROM latency WHERE turn_id IS NOT NULL GROUP BY conversation_id, turn_id, category ORDER BY duration_ns DESC, name";

#[cfg(test)]
mod tests;
