//! A conversation put together: its turns, calls and tools with their prices, and the sums over them. Border: the rules for
//! each part are in its own module; here they meet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::coverage::{Built, Coverage};
use crate::dialect::Dialect;
use crate::evidence::{Evidence, Thread, What};
use crate::lineage::Origin;
use crate::model_calls::{self, Call, Signal, count_lost};
use crate::pricing::Prices;
use crate::rows::call::CallRow;
use crate::rows::conversation::ConversationRow;
use crate::rows::phase::PhaseRow;
use crate::rows::prompt::PromptRow;
use crate::rows::tool::ToolRow;
use crate::rows::turn::{TurnOutcome, TurnRow};
use crate::stamp::Latest;
use crate::tokens::add;
use crate::tool_calls::{self, Outcome, ToolCall};
use crate::totals::Totals;
use crate::turns::{self, Turn};

/// Rows of all conversations.
#[derive(Debug, Default)]
pub struct Rows<'a> {
    /// Of `conversations`.
    pub conversations: Vec<ConversationRow>,
    /// Of `turns`.
    pub turns: Vec<TurnRow>,
    /// Of `prompts`.
    pub prompts: Vec<PromptRow<'a>>,
    /// Of `model_calls`.
    pub calls: Vec<CallRow>,
    /// Of `tool_calls`.
    pub tools: Vec<ToolRow>,
    /// Of `startup_phases`.
    pub phases: Vec<PhaseRow<'a>>,
    /// What signals say, for `coverage`.
    pub coverage: Coverage,
}

impl Rows<'_> {
    /// Leaves the rows of those conversations; of `conversations` also those that `moved` has.
    pub fn retain(&mut self, wanted: impl Fn(&str) -> bool, moved: &BTreeSet<Arc<str>>) {
        self.conversations.retain(|row| wanted(&row.id) || moved.contains(&row.id));
        self.turns.retain(|row| wanted(&row.conversation));
        self.prompts.retain(|row| wanted(&row.conversation));
        self.calls.retain(|row| wanted(&row.conversation));
        self.tools.retain(|row| wanted(&row.conversation));
        self.phases.retain(|row| wanted(&row.conversation));
    }

    /// Sorts every table as the model says.
    pub fn sort(&mut self) {
        self.conversations.sort_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
        self.turns.sort_by(|a, b| (a.turn.start, &a.turn.id, &a.conversation).cmp(&(b.turn.start, &b.turn.id, &b.conversation)));
        self.prompts.sort_by(|a, b| (a.event.stamp.time, &a.conversation, a.event.stamp).cmp(&(b.event.stamp.time, &b.conversation, b.event.stamp)));
        self.phases.sort_by(|a, b| (a.event.stamp.time, &a.conversation, a.event.stamp).cmp(&(b.event.stamp.time, &b.conversation, b.event.stamp)));
        let call = |r: &CallRow| (r.call.stamp.time, Arc::clone(&r.conversation), r.call.stamp);
        self.calls.sort_by_cached_key(call);
        self.tools.sort_by_cached_key(|r| (r.call.time, Arc::clone(&r.conversation), r.call.call_id.clone(), r.call.record));
    }
}

/// Adds a conversation's rows.
pub fn build<'a>(
    rows: &mut Rows<'a>,
    (dialect, prices): (&Dialect, &Prices),
    evidence: &'a Evidence,
    (id, thread): (&Arc<str>, &'a Thread),
    origin: Origin,
    level: impl Fn(Option<&Arc<str>>) -> Option<Signal>,
) {
    let agent = agent(dialect, thread);
    let turns = turns::build(dialect, evidence, id, thread);
    let turn_id = |turn: Option<usize>| turn.map(|t| Arc::clone(&turns[t].id));
    let prompted: FxHashMap<u128, usize> = turns.iter().enumerate().flat_map(|(t, turn)| turn.prompts.iter().map(move |p| (*p, t))).collect();
    let mut settings = Start::default();
    for event in thread.events() {
        if matches!(event.what, What::Prompt { .. }) {
            let turn_id = turn_id(prompted.get(&event.stamp.record).copied());
            rows.prompts.push(PromptRow { conversation: Arc::clone(id), turn_id, agent: Arc::clone(&agent), event });
        }
        if matches!(event.what, What::StartupPhase(_)) {
            rows.phases.push(PhaseRow { conversation: Arc::clone(id), agent: Arc::clone(&agent), event });
        }
        if let What::Start(s) = &event.what {
            settings.provider.offer(event.stamp, || s.provider.clone());
            settings.approval_policy.offer(event.stamp, || s.approval_policy.clone());
            settings.sandbox_policy.offer(event.stamp, || s.sandbox_policy.clone());
            settings.reasoning_effort.offer(event.stamp, || s.reasoning_effort.clone());
            settings.mcp_servers.offer(event.stamp, || s.mcp_servers.clone());
        }
    }
    let provider = flat(&settings.provider);
    let mut calls: Vec<CallRow> = model_calls::build(dialect, evidence, thread, &turns, level)
        .into_iter()
        .map(|call| {
            let turn = turns::of(&turns, call.turn_id.as_ref(), call.trace.filter(|_| dialect.spans.turn_is_trace), call.stamp.time);
            let tier = call.service_tier.as_deref();
            let providers = providers(dialect, &call);
            let price = call.model.as_ref().and_then(|m| prices.price(&providers, m, call.stamp.time, tier, &call.tokens?));
            let provider = call.provider.clone().or_else(|| provider.clone());
            let conversation = Arc::clone(id);
            let agent = own_agent(dialect, call.service.as_ref(), &agent);
            let turn_id = turn_id(turn);
            let reported_nanousd = call.reported_nanousd;
            let unit = call.cost_units.map(|_| Arc::from(dialect.cost.unit.as_str()));
            CallRow { conversation, turn, turn_id, agent, provider, call, price, reported_nanousd, unit }
        })
        .collect();
    let mut attempts: BTreeMap<Option<usize>, Vec<&mut Call>> = BTreeMap::new();
    for call in &mut calls {
        attempts.entry(call.turn).or_default().push(&mut call.call);
    }
    attempts.into_values().for_each(count_lost);
    let tools: Vec<ToolRow> = tool_calls::build(dialect, evidence, thread, &turns)
        .into_iter()
        .map(|call| {
            let agent = own_agent(dialect, call.service.as_ref(), &agent);
            ToolRow { conversation: Arc::clone(id), turn_id: turn_id(call.turn), agent, call }
        })
        .collect();

    let mut totals = Totals::default();
    let mut by_turn = vec![Totals::default(); turns.len()];
    for call in &calls {
        totals.add_call(call);
        if let Some(turn) = call.turn {
            by_turn[turn].add_call(call);
        }
    }
    for tool in &tools {
        totals.add_tool(tool);
        if let Some(turn) = tool.call.turn {
            by_turn[turn].add_tool(tool);
        }
    }
    // A turn's reported cost is a call's only where the turn has no other.
    for call in calls.iter_mut().filter(|c| c.reported_nanousd.is_none()) {
        call.reported_nanousd = call.turn.filter(|t| by_turn[*t].model_calls == 1).and_then(|t| turns[t].reported_nanousd);
    }
    let turn_rows: Vec<TurnRow> = turns
        .iter()
        .zip(by_turn)
        .enumerate()
        .map(|(t, (turn, totals))| {
            let answered = calls.iter().rev().find(|c| c.turn == Some(t) && c.call.ok == Some(true)).and_then(|c| c.call.model.clone());
            let outcome = outcome(turn, t, turns.len(), &calls, &tools);
            let model = answered.or_else(|| turn.model.clone());
            TurnRow { conversation: Arc::clone(id), agent: Arc::clone(&agent), turn: turn.clone(), model, totals, outcome }
        })
        .collect();

    let unfinished = turn_rows.last().is_some_and(|t| t.outcome == TurnOutcome::Unknown);
    let built = Built { agent: &agent, turns: &turns, calls: calls.iter().map(|c| &c.call).collect(), unfinished };
    rows.coverage.add(dialect, evidence, (id, thread), &built);

    let labels = thread.labels.settle();
    // What the dialect takes for an account may be an installation's: anything that the usual attributes tell goes before it.
    let user = labels.mapped("user").or(thread.user_email.get()).or(labels.get("user")).or(thread.user_account.get());
    let mut row = ConversationRow {
        id: Arc::clone(id),
        origin,
        agent,
        agent_version: thread.program.version.get().cloned(),
        service_name: thread.program.service.get().cloned(),
        originator: thread.originator.get().cloned(),
        user_id: user.cloned(),
        host: thread.program.host.get().cloned(),
        environment: thread.program.environment.get().cloned(),
        start: None,
        end: None,
        active_ns: active(&turns),
        models: joined(calls.iter().filter_map(|c| c.call.model.as_deref())),
        turns: i64::try_from(turns.len()).unwrap_or(i64::MAX),
        totals,
        reported_nanousd: None,
        cost_nanousd: None,
        unit: calls.iter().find_map(|c| c.unit.clone()),
        unpriced: 0,
        approval_policy: flat(&settings.approval_policy),
        sandbox_policy: flat(&settings.sandbox_policy),
        reasoning_effort: flat(&settings.reasoning_effort),
        mcp_servers: flat(&settings.mcp_servers).and_then(|s| joined(s.split(',').map(str::trim).filter(|s| !s.is_empty()))),
        labels,
        evidence: calls
            .first()
            .map_or(if thread.log.is_empty() && thread.times.is_empty() { Signal::Span } else { Signal::Log }, |c| c.call.evidence),
    };
    let times = || thread.times.iter().copied().chain(thread.copies.iter().filter_map(|e| e.stamp.time));
    row.start = times().chain(turns.iter().filter_map(|t| t.start)).chain(tools.iter().filter_map(|t| t.call.time)).min();
    row.end = times().chain(turns.iter().filter_map(|t| t.end)).chain(tools.iter().filter_map(|t| t.call.time)).max();
    for turn in &turn_rows {
        add(&mut row.reported_nanousd, turn.reported_nanousd());
        add(&mut row.cost_nanousd, turn.cost_nanousd());
        row.unpriced += turn.unpriced();
    }
    for call in calls.iter().filter(|c| c.turn.is_none()) {
        let list = call.price.as_ref().map(|p| p.nanousd);
        add(&mut row.reported_nanousd, call.reported_nanousd);
        add(&mut row.cost_nanousd, call.reported_nanousd.or(list));
        row.unpriced += i64::from(call.call.has_cost() && list.is_none() && call.reported_nanousd.is_none());
    }
    rows.conversations.push(row);
    rows.turns.extend(turn_rows);
    rows.calls.extend(calls);
    rows.tools.extend(tools);
}

/// Who works in a conversation: the dialect's agent, or the service where the dialect is one of many programs.
fn agent(dialect: &Dialect, thread: &Thread) -> Arc<str> {
    let service = thread.program.service.get().filter(|_| dialect.agent_is_service);
    service.cloned().unwrap_or_else(|| Arc::from(dialect.agent.as_str()))
}

/// Who made a call: the service of its own record where the dialect is one of many programs, else who works in the conversation.
fn own_agent(dialect: &Dialect, service: Option<&Arc<str>>, agent: &Arc<str>) -> Arc<str> {
    Arc::clone(service.filter(|_| dialect.agent_is_service).unwrap_or(agent))
}

/// Who is asked for a call's price: those whose models the agent uses, else who answered, as the telemetry names them.
fn providers<'a>(dialect: &'a Dialect, call: &'a Call) -> Vec<&'a str> {
    let told = call.provider.as_deref().filter(|_| dialect.price_providers.is_empty());
    dialect.price_providers.iter().map(String::as_str).chain(told).collect()
}

/// Settings of the latest start.
#[derive(Default)]
struct Start {
    provider: Latest<Option<Arc<str>>>,
    approval_policy: Latest<Option<Arc<str>>>,
    sandbox_policy: Latest<Option<Arc<str>>>,
    reasoning_effort: Latest<Option<Arc<str>>>,
    mcp_servers: Latest<Option<Arc<str>>>,
}

fn flat(latest: &Latest<Option<Arc<str>>>) -> Option<Arc<str>> {
    latest.get().cloned().flatten()
}

/// Distinct words, sorted, joined by comma and space.
fn joined<'a>(words: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut words: Vec<&str> = words.collect();
    words.sort_unstable();
    words.dedup();
    (!words.is_empty()).then(|| words.join(", "))
}

/// How a turn ended, from the strongest evidence there is: an interrupt; a failed last attempt; the agent's own mark of completion; and
/// without one, a last response after which nothing was left to do.
fn outcome(turn: &Turn, place: usize, turns: usize, calls: &[CallRow], tools: &[ToolRow]) -> TurnOutcome {
    let mut tools = tools.iter().filter(|t| t.call.turn == Some(place)).map(|t| &t.call);
    let last = calls.iter().rev().find(|c| c.turn == Some(place));
    // A call that was cut off while it ran, or while the user was asked; one with a result that says no lets the turn go on.
    let cut = |t: &ToolCall| t.outcome == Outcome::Aborted || (t.outcome == Outcome::Denied && t.decision.is_none() && t.reported_success.is_none());
    if turn.interrupted || tools.clone().any(cut) {
        return TurnOutcome::Interrupted;
    }
    match last.map(|c| c.call.ok) {
        Some(Some(false)) => return TurnOutcome::Failed,
        _ if turn.completed => return TurnOutcome::Completed,
        Some(Some(true)) => {}
        _ => return TurnOutcome::Unknown,
    }
    let lost = tools.clone().any(|t| t.error_type == Some("no_result"));
    let answered = last.and_then(|c| c.call.stamp.time);
    // In the middle of a turn every result is followed by another response.
    let waiting = tools.any(|t| t.time > answered);
    if !lost && (!waiting || !turn.estimated || place + 1 < turns) { TurnOutcome::Completed } else { TurnOutcome::Unknown }
}

/// Time in turns, overlaps counted once.
fn active(turns: &[Turn]) -> Option<i64> {
    let mut intervals: Vec<(i64, i64)> = turns.iter().filter_map(|t| Some((t.start?, t.end?))).collect();
    intervals.sort_unstable();
    let mut active = None;
    let mut until = i64::MIN;
    for (start, end) in intervals {
        add(&mut active, Some((end - start.max(until)).max(0)));
        until = until.max(end);
    }
    active
}

#[cfg(test)]
mod tests;
