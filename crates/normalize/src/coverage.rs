//! What each signal says of each conversation and day, and what is known to be missing. Border: what the other tables are made of in, rows
//! beside them out; nothing here changes a figure of another table.
//!
//! A conversation is taken with all that work within it, because one signal tells apart what another has in one.

mod few;
mod losses;
mod said;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tracemill_model::date::day_of;

use crate::dialect::Dialect;
use crate::evidence::{Evidence, SpanWhat, Thread, What};
use crate::model_calls::{Call, Signal, whole};
use crate::rows::coverage::CoverageRow;
use crate::scope::Scope;
use crate::turns::Turn;
use few::Few;
pub use losses::{FORGOTTEN, Losses, OfProcess, Seen};
pub use said::{Said, Teller};

/// An agent, its process where it is told, and the day.
type ProcessDay = (Arc<str>, Option<Arc<str>>, i32);

/// What was said, by conversation.
#[derive(Debug, Default)]
pub struct Coverage {
    conversations: BTreeMap<Arc<str>, Entry>,
    /// What spans of responses say of each process. A conversation may go on in another one.
    processes: BTreeMap<ProcessDay, Said>,
}

#[derive(Debug)]
struct Entry {
    agent: Arc<str>,
    service: Option<Arc<str>>,
    process: Option<Arc<str>>,
    /// Those that its records name, by day: a conversation may go on in another process.
    processes: Few<i32, Vec<Arc<str>>>,
    /// What the dialect believes first.
    best: Signal,
    /// Its log records may come as spans.
    bridged: bool,
    /// What it can export.
    tellers: Vec<Teller>,
    chosen: Option<Teller>,
    /// Something was asked of the agent, or done.
    worked: bool,
    /// Why a signal is known to be missing.
    known: BTreeMap<Teller, Arc<str>>,
    days: Few<i32, Day>,
}

#[derive(Debug, Default)]
struct Day {
    first: Option<i64>,
    said: Few<Teller, Said>,
    causes: BTreeSet<&'static str>,
}

/// A conversation as the tables have it.
pub struct Built<'a> {
    pub agent: &'a Arc<str>,
    pub turns: &'a [Turn],
    /// The calls that count.
    pub calls: Vec<&'a Call>,
    /// Its last turn has no end that is told.
    pub unfinished: bool,
}

impl Coverage {
    /// Adds a conversation.
    pub fn add(&mut self, dialect: &Dialect, evidence: &Evidence, (id, thread): (&Arc<str>, &Thread), built: &Built<'_>) {
        let root = whole::family(evidence, id);
        for span in thread.usage_spans.iter().map(|i| &evidence.spans[*i]) {
            if let SpanWhat::Response(response) = &span.what
                && let Some(tokens) = response.tokens
            {
                let process = evidence.instance(span.place).cloned();
                let agent = evidence.service(dialect, span.place).unwrap_or(built.agent);
                let key = (Arc::clone(agent), process, day_of(span.end.or(span.start)));
                *self.processes.entry(key).or_default() += Said { records: 1, responses: 1, tokens, ..Said::default() };
            }
        }
        let originator = thread.originator.get();
        let entry = self.conversations.entry(Arc::clone(root)).or_insert_with(|| Entry {
            agent: Arc::clone(built.agent),
            service: None,
            process: None,
            processes: Few::default(),
            best: whole::rank(dialect).first().copied().unwrap_or(Signal::Log),
            bridged: !dialect.spans.log_marker.is_empty(),
            tellers: Teller::of(dialect),
            chosen: None,
            worked: false,
            known: BTreeMap::new(),
            days: Few::default(),
        });
        if root == id || entry.service.is_none() {
            entry.service = thread.program.service.get().cloned().or(entry.service.take());
            entry.process = thread.program.instance.get().cloned().or(entry.process.take());
        }
        for missing in &dialect.coverage {
            if originator.is_some_and(|o| missing.originators.iter().any(|known| **o == **known)) {
                entry.known.insert(Teller::from(missing.signal), Arc::from(missing.cause.as_str()));
            }
        }
        let prompted = thread.events().iter().any(|e| matches!(e.what, What::Prompt { .. }));
        entry.worked |= prompted || !thread.tool_spans.is_empty() || !thread.turn_spans.is_empty() || !thread.usage_spans.is_empty();
        let of_spans = thread.usage_spans.iter().chain(&thread.tool_spans).chain(&thread.turn_spans).map(|i| &evidence.spans[*i]);
        let of_spans = of_spans.flat_map(|span| [span.start, span.end].map(|time| (time, span.place)));
        for (time, place) in thread.events().iter().map(|e| (e.stamp.time, e.place)).chain(of_spans) {
            if let (Some(instance), Some(time)) = (evidence.instance(place), time) {
                let processes = entry.processes.entry(day_of(Some(time)));
                if !processes.contains(instance) {
                    processes.push(Arc::clone(instance));
                }
            }
        }
        for (teller, said) in said::all(dialect, evidence, thread, built.turns) {
            for (day, said) in said {
                let of_day = entry.days.entry(day);
                of_day.first = [of_day.first, said.first].into_iter().flatten().min();
                *of_day.said.entry(teller) += said;
            }
        }
        for call in &built.calls {
            entry.chosen =
                entry.chosen.max(Some(if call.whole_turn && call.evidence == Signal::Span { Teller::TurnSpan } else { call.evidence.into() }));
            let day = entry.days.entry(day_of(call.stamp.time));
            day.first = [day.first, call.stamp.time].into_iter().flatten().min();
            if call.ok.is_none() {
                day.causes.insert("open_calls");
            }
            if call.ok == Some(true) && call.tokens.is_none_or(|t| t.total().is_none()) {
                day.causes.insert("calls_without_tokens");
            }
        }
        let cut = thread.usage_spans.iter().chain(&thread.turn_spans).chain(&thread.tool_spans).any(|i| evidence.spans[*i].cut);
        if let Some(last) = entry.days.last_mut() {
            if built.unfinished {
                last.causes.insert("unfinished_turn");
            }
            if cut {
                last.causes.insert("cut_attributes");
            }
        }
    }

    /// The rows of what is touched, sorted; `lost` are the spans of each conversation whose parent never arrived, `others` agents and days of
    /// conversations that keep their rows.
    pub fn rows(self, lost: &BTreeMap<Arc<str>, i64>, losses: &Losses, scope: &Scope, others: &BTreeSet<(Arc<str>, i32)>) -> Vec<CoverageRow> {
        let mut rows = Vec::with_capacity(self.conversations.values().map(|entry| entry.days.len() * entry.tellers.len()).sum());
        let mut of_family: BTreeMap<&str, i64> = BTreeMap::new();
        for (conversation, n) in lost {
            // what works within a conversation has its id in front of its own
            let root = self
                .conversations
                .keys()
                .rfind(|root| conversation.strip_prefix(&***root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
            *of_family.entry(root.map_or(&**conversation, |r| &**r)).or_default() += n;
        }
        for (id, entry) in self.conversations.iter().filter(|(id, _)| scope.touches_conversation(id)) {
            let last = entry.days.iter().last().map(|(day, _)| day);
            for (day, said) in entry.days.iter() {
                let lost = of_family.get(&**id).copied().filter(|n| *n > 0 && Some(day) == last);
                entry.rows(id, said, lost, &mut rows);
                entry.known_missing(id, said, |signal| losses.saw(&entry.agent, signal, day), &mut rows);
            }
        }
        let own = self.conversations.values().flat_map(|e| e.days.iter().map(|(day, _)| (Arc::clone(&e.agent), day)));
        let days: BTreeSet<(Arc<str>, i32)> = own.chain(others.iter().cloned()).collect();
        losses.rows(&days, |of| self.of_process(of), &mut rows);
        rows.sort_by(|a, b| a.order().cmp(&b.order()));
        rows
    }

    /// What is believed of a process on a day: by its spans, else by the conversations that it had then.
    fn of_process(&self, of: &OfProcess) -> Option<Said> {
        if let Some(said) = self.processes.get(&(Arc::clone(&of.agent), of.process.clone(), of.day)) {
            return Some(said.clone());
        }
        let is_its = |e: &Entry| match (e.processes.get(of.day), &of.process) {
            (Some(processes), Some(process)) => processes.contains(process),
            (Some(_), None) => false,
            (None, process) => e.process == *process,
        };
        let entries = self.conversations.values().filter(|e| e.agent == of.agent && is_its(e));
        let said: Vec<&Said> = entries.filter_map(|e| e.days.get(of.day)?.said.get(e.chosen?)).collect();
        (!said.is_empty()).then(|| {
            said.into_iter().fold(Said::default(), |mut sum, said| {
                sum += said.clone();
                sum
            })
        })
    }
}

impl Entry {
    fn rows(&self, id: &Arc<str>, day: &Day, lost: Option<i64>, rows: &mut Vec<CoverageRow>) {
        let chosen = self.chosen.and_then(|teller| Some((teller, day.said.get(teller)?)));
        let mut judged = false;
        for teller in &self.tellers {
            let said = day.said.get(*teller).filter(|s| s.records > 0);
            let is_chosen = said.is_some() && chosen.is_some_and(|(c, _)| c == *teller);
            let mut row = CoverageRow {
                time: said.and_then(|s| s.first).or(day.first),
                conversation: Some(Arc::clone(id)),
                agent: Some(Arc::clone(&self.agent)),
                service: self.service.clone(),
                process: None,
                teller: Some(*teller),
                chosen: is_chosen,
                status: "missing",
                causes: Vec::new(),
                detail: None,
                said: said.cloned(),
                difference: None,
                lost_spans: lost.filter(|_| is_chosen),
            };
            match (said, chosen) {
                (Some(said), Some((_, believed))) if is_chosen => {
                    judged = true;
                    row.causes = self.causes(day, believed, lost);
                    row.detail = lost.map(|n| format!("spans whose parent never arrived: {n}"));
                    row.status = if row.causes.is_empty() { "complete" } else { "incomplete" };
                    row.said = Some(said.clone());
                }
                (Some(said), Some((_, believed))) if said.has_tokens() => {
                    row.difference = Some(said.less(believed));
                    row.status = if row.difference == Some((Some(0), Some(0))) { "agrees" } else { "differs" };
                }
                (Some(said), None) if said.has_tokens() => row.status = "differs",
                (Some(_), _) => row.status = "without_tokens",
                (None, _) => row.causes = vec![self.known.get(teller).map_or_else(|| Arc::from("not_exported"), Arc::clone)],
            }
            rows.push(row);
        }
        if !judged && self.chosen.is_none() && self.worked {
            // nobody tells of any response: the first signal that is there has to say so
            let own = rows.iter_mut().rev().take(self.tellers.len()).filter(|r| r.said.is_some()).last();
            if let Some(row) = own {
                (row.status, row.lost_spans) = ("incomplete", lost);
                row.causes = self.causes(day, &Said::default(), lost);
                row.causes.insert(0, Arc::from("no_responses"));
            }
        }
    }

    /// Signals that the conversation's front end is known not to export, and that nothing of the agent came by on that day.
    fn known_missing(&self, id: &Arc<str>, day: &Day, saw: impl Fn(Signal) -> bool, rows: &mut Vec<CoverageRow>) {
        for (teller, cause) in self.known.iter().filter(|(teller, _)| !self.tellers.contains(teller) && !saw(teller.signal())) {
            rows.push(CoverageRow {
                time: day.first,
                conversation: Some(Arc::clone(id)),
                agent: Some(Arc::clone(&self.agent)),
                service: self.service.clone(),
                process: None,
                teller: Some(*teller),
                chosen: false,
                status: "missing",
                causes: vec![Arc::clone(cause)],
                detail: None,
                said: None,
                difference: None,
                lost_spans: None,
            });
        }
    }

    /// Why what is believed may be too little.
    fn causes(&self, day: &Day, believed: &Said, lost: Option<i64>) -> Vec<Arc<str>> {
        let mut causes: Vec<Arc<str>> = day.causes.iter().map(|c| Arc::from(*c)).collect();
        if lost.is_some() {
            causes.push("spans_lost".into());
        }
        let others = || day.said.iter().filter(|(teller, said)| Some(*teller) != self.chosen && said.has_tokens());
        let agreed = others().any(|(_, said)| said.less(believed) == (Some(0), Some(0)));
        let second = self.chosen.is_some_and(|c| c.signal() != self.best && !(self.bridged && c == Teller::Span));
        // one that is there and has no tokens misses nothing that is believed of another
        let there = day.said.iter().any(|(teller, said)| teller.signal() == self.best && said.records > 0);
        if second && !agreed && !there {
            causes.push(format!("{}_missing", self.best.word()).into());
        }
        for (teller, said) in others() {
            let (input, output) = said.less(believed);
            if input > Some(0) || output > Some(0) {
                causes.push(format!("{}_says_more", teller.word()).into());
            }
        }
        causes
    }
}

#[cfg(test)]
mod tests;
