//! Tokens that metrics count: the last level of evidence for model calls, for conversations of which neither records nor spans are there. Border:
//! increases of token metrics in, sums by conversation, model and interval out; whether they are believed, `model_calls` decides.
//!
//! A metric without a conversation in its labels is a process'. It counts only where no response of that process is known otherwise.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::raw::RawPoint;
use crate::attributes::json;
use crate::attribution::{Labels, Told};
use crate::coverage::{OfProcess, Said};
use crate::dialect::{Dialect, Field, TokenKind, TokenMetric};
use crate::evidence::{Event, Evidence, MetricTokens, SpanWhat, What};
use crate::lineage::services;
use crate::pool::Pool;
use crate::rows::delta::DeltaRow;
use crate::scope::Scope;
use crate::settings::ForgottenHours;
use crate::stamp::Stamp;
use crate::survey::key;
use crate::tokens::Tokens;
use tracemill_model::date::{DAY_NS, day_name, day_of};

/// A process' first points may be a little older than its first spans, and its last a little younger.
const SLACK_NS: i64 = 2_000_000_000;
/// A point counts what was since the one before: within so many days, or it is a mistake.
const LONGEST: i64 = 366 * DAY_NS;

/// Which tokens of whom a point counts.
#[derive(Debug, Clone)]
pub struct Counted {
    dialect: usize,
    conversation: Option<Arc<str>>,
    instance: Option<Arc<str>>,
    /// The service, where the dialect is of many.
    service: Option<Arc<str>>,
    generation: u8,
    kind: TokenKind,
    /// Of calls that have no output.
    only_input: bool,
    /// Whose work it was.
    pub owner: Arc<Labels>,
}

impl Counted {
    /// What a point of that metric counts; `None` where that is no tokens.
    pub fn of(dialect: &Dialect, place: usize, pool: &mut Pool, raw: RawPoint<'_>, metric: &str) -> Option<Counted> {
        let rule = dialect.metrics.tokens.iter().find(|t| t.metric == metric)?;
        let parse = |text: Option<&str>| text.map(json::members).unwrap_or_default();
        let (labels, resource) = (parse(raw.labels()), parse(raw.resource()));
        let kind = kind(rule, &labels)?;
        let mut find = |keys: &[String], places: &[&serde_json::Value]| {
            let text = places.iter().find_map(|json| keys.iter().find_map(|k| json.get(k)?.as_str().filter(|t| !t.is_empty())))?;
            Some(pool.share(text))
        };
        Some(Counted {
            dialect: place,
            conversation: find(&dialect.metrics.conversation, &[&labels, &resource]),
            instance: find(&dialect.resource.instance, &[&resource]),
            only_input: find(dialect.fields.get(Field::Operation.name()).map_or(&[], Vec::as_slice), &[&labels])
                .is_some_and(|operation| dialect.has_no_output(&operation)),
            service: raw.service_name().filter(|_| dialect.agent_is_service).map(|s| pool.share(s)),
            generation: rule.generation,
            kind,
            owner: Arc::default(),
        })
    }

    /// The conversation, where the metric tells it.
    pub fn conversation(&self) -> Option<&str> {
        self.conversation.as_deref()
    }

    /// Place of the dialect.
    pub fn dialect(&self) -> usize {
        self.dialect
    }

    /// The process.
    pub fn instance(&self) -> Option<&str> {
        self.instance.as_deref()
    }
}

fn kind(rule: &TokenMetric, labels: &serde_json::Value) -> Option<TokenKind> {
    rule.counts.or_else(|| rule.values.get(labels.get(&rule.label)?.as_str()?).copied())
}

/// Whose tokens: dialect, conversation, process, and the service where the dialect is of many.
type Whose = (usize, Option<Arc<str>>, Option<Arc<str>>, Option<Arc<str>>);
/// Of an interval: its end, and the model.
type Interval = (Option<i64>, Option<Arc<str>>);

/// All tokens counted, by whose they are, generation of the metric, and interval.
#[derive(Debug, Default)]
pub struct Sums(BTreeMap<Whose, BTreeMap<u8, BTreeMap<Interval, Sum>>>);

#[derive(Debug, Default)]
struct Sum {
    start: Option<i64>,
    record: Option<u128>,
    service: Option<Arc<str>>,
    owner: Told,
    /// Some of it is of calls that have an output, though that be unknown.
    with_output: bool,
    counts: BTreeMap<TokenKind, i64>,
}

impl Sums {
    /// Adds an increase.
    pub fn add(&mut self, row: &DeltaRow) {
        let (Some(counted), Some(value)) = (&row.counted, row.value) else { return };
        if !value.is_finite() || value < 0.0 {
            return;
        }
        let whose = (counted.dialect, counted.conversation.clone(), counted.instance.clone(), counted.service.clone());
        let model = row.labels.as_ref().and_then(|l| l.model.clone());
        let sum = self.0.entry(whose).or_default().entry(counted.generation).or_default().entry((row.time, model)).or_default();
        sum.with_output |= !counted.only_input;
        *sum.counts.entry(counted.kind).or_default() += value.round() as i64;
        sum.start = [sum.start, row.start].into_iter().flatten().min();
        sum.record = Some(sum.record.map_or(row.record, |known| known.min(row.record)));
        sum.owner.offer(Stamp { time: row.time, observed: None, record: row.record }, &counted.owner);
        sum.service = sum.service.take().max(row.service_name.clone());
    }

    /// Gives them to the conversations of an agent; those of a process to one of its own, unless responses of that process are known: gives back
    /// what metrics say of these, and what may count responses that were forgotten, which is nobody's. Conversations and processes that are none of the build's business get nothing.
    pub fn give(&self, place: usize, dialect: &Dialect, evidence: &mut Evidence, (scope, forgotten): (&Scope, &ForgottenHours)) -> Vec<OfProcess> {
        let mut processes = BTreeMap::new();
        let responses = responses(dialect, evidence);
        for ((of, conversation, instance, service), generations) in self.0.iter().filter(|((of, ..), _)| *of == place) {
            debug_assert_eq!(*of, place);
            let process = key::process(place, instance.as_deref());
            let is_wanted = |time: Option<i64>| match conversation {
                Some(id) => scope.wants(key::conversation(id)),
                None => scope.touches(key::counted(process, day_of(time))),
            };
            let Some((_, sums)) = generations.first_key_value() else { continue };
            let counts = |sum: &Sum| sum.counts.values().any(|n| *n > 0);
            for ((time, model), sum) in sums.iter().filter(|((time, _), sum)| is_wanted(*time) && counts(sum)) {
                let known = conversation.is_none()
                    && time.is_some_and(|time| {
                        let (from, until) = interval(sum.start, time);
                        let times = responses.get(&(service.clone(), instance.clone())).map_or(&[][..], Vec::as_slice);
                        times.get(times.partition_point(|t| *t < from)).is_some_and(|t| *t <= until)
                    });
                let mut tokens = tokens(dialect, &sum.counts);
                if !sum.with_output {
                    tokens.has_no_output();
                }
                // However long the interval is: nothing that is left tells of a response in it, and that may well be because the one that did was forgotten. As
                // a conversation of the process it would come back, and the others' sums would be more than before.
                let withheld = || {
                    let process = instance.as_ref().or(sum.service.as_ref()).filter(|_| conversation.is_none());
                    process.zip(*time).is_some_and(|(process, time)| forgotten.any(process, interval(sum.start, time)))
                };
                if let Some(withheld) = if known { Some(false) } else { withheld().then_some(true) } {
                    let day = day_of(*time);
                    let of = processes.entry((instance, service, day, withheld)).or_insert_with(|| OfProcess {
                        agent: Arc::from(dialect.agent_of(sum.service.as_deref())),
                        process: instance.clone(),
                        day,
                        said: Said::default(),
                        withheld,
                    });
                    of.said += Said { first: *time, records: 1, responses: 1, tokens, ..Said::default() };
                    continue;
                }
                let id = conversation.clone().unwrap_or_else(|| {
                    let process = instance.as_ref().or(sum.service.as_ref()).map_or(dialect.agent.as_str(), |name| name);
                    evidence.pool.share(&format!("{process}@{}", day_name(day_of(*time))))
                });
                let id = service.as_ref().map_or(Arc::clone(&id), |service| services::of_service(&mut evidence.pool, &id, service));
                let thread = evidence.threads.entry(id).or_default();
                thread.metrics.push(MetricTokens {
                    time: *time,
                    start: sum.start,
                    model: model.clone(),
                    tokens,
                    service: service.clone(),
                    record: sum.record.unwrap_or(0),
                });
                thread.labels.extend(&sum.owner);
                if let Some(service) = &sum.service {
                    let stamp = Stamp { time: *time, observed: None, record: sum.record.unwrap_or(0) };
                    thread.program.service.offer(stamp, || Arc::clone(service));
                }
            }
        }
        processes.into_values().collect()
    }
}

/// When the responses may have been that a point counts.
fn interval(start: Option<i64>, time: i64) -> (i64, i64) {
    let start = start.unwrap_or(time).max(time.saturating_sub(LONGEST));
    (start.saturating_sub(SLACK_NS), time.saturating_add(SLACK_NS))
}

/// The days of these responses.
pub fn days(start: Option<i64>, time: Option<i64>) -> RangeInclusive<i32> {
    let Some(time) = time else { return day_of(None)..=day_of(None) };
    let (from, until) = interval(start, time);
    day_of(Some(from))..=day_of(Some(until))
}

/// A process of a service; the service is told where the dialect is of many.
type Process = (Option<Arc<str>>, Option<Arc<str>>);

/// When responses with tokens ended, by process, in order.
fn responses(dialect: &Dialect, evidence: &Evidence) -> BTreeMap<Process, Vec<i64>> {
    let mut times: BTreeMap<Process, Vec<i64>> = BTreeMap::new();
    for span in &evidence.spans {
        let tells = match &span.what {
            SpanWhat::Response(r) => r.tokens.is_some(),
            SpanWhat::Turn { tokens, .. } => tokens.is_some(),
            _ => false,
        };
        if let Some(time) = span.end.or(span.start).filter(|_| tells) {
            let instance = evidence.instance(span.place).cloned();
            times.entry((evidence.service(dialect, span.place).cloned(), instance)).or_default().push(time);
        }
    }
    let mut note = |event: &Event, instance: Option<&Arc<str>>| {
        if let (What::Response(r), Some(time)) = (&event.what, event.stamp.time)
            && r.tokens.is_some()
        {
            times.entry((evidence.service(dialect, event.place).cloned(), instance.cloned())).or_default().push(time);
        }
    };
    for thread in evidence.threads.values() {
        thread.log.iter().chain(&thread.copies).for_each(|event| note(event, evidence.instance(event.place).or(thread.program.instance.get())));
    }
    for (event, ..) in &evidence.unplaced {
        note(event, evidence.instance(event.place));
    }
    times.values_mut().for_each(|times| times.sort_unstable());
    times
}

/// Tokens as the tables have them, from what the metric's types count.
fn tokens(dialect: &Dialect, counts: &BTreeMap<TokenKind, i64>) -> Tokens {
    let of = |kind: TokenKind| counts.get(&kind).copied();
    let plus = |sum: Option<i64>, part: Option<i64>| part.map_or(sum, |part| Some(sum.unwrap_or(0).saturating_add(part)));
    let (cached, cache_write, reasoning) = (of(TokenKind::Cached), of(TokenKind::CacheWrite), of(TokenKind::Reasoning));
    let mut input = plus(of(TokenKind::Input), of(TokenKind::ToolInput));
    if dialect.tokens.input_excludes_cache {
        input = plus(plus(input, cached), cache_write);
    }
    let output = of(TokenKind::Output);
    let output = if dialect.tokens.output_excludes_reasoning { plus(output, reasoning) } else { output };
    Tokens { input, cached, cache_write, cache_write_1h: None, output, reasoning }
}
