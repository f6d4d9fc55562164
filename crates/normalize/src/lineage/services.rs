//! Services that share a conversation, and those that only call theirs the same. In a dialect of many programs an id means one conversation for
//! the services that meet in a trace of it; of two programs that count from 1 each has its own. Border: the ids that each service's records
//! name in, one id for each conversation out, and at the end the program that a conversation is of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::dialect::Dialect;
use crate::evidence::{Evidence, SpanFact, SpanWhat, Thread, What, Within};
use crate::pool::Pool;
use crate::stamp::Stamp;

/// What stands between a conversation's id and the service whose records name it, until [`tell_apart`].
pub const SERVICE: char = '\u{1f}';

/// The id as the records of that service name it.
pub fn of_service(pool: &mut Pool, id: &str, service: &str) -> Arc<str> {
    pool.share(&format!("{id}{SERVICE}{service}"))
}

/// The id as the records have it.
pub fn plain(id: &str) -> &str {
    id.split_once(SERVICE).map_or(id, |(plain, _)| plain)
}

/// Id and service; the service is empty where none is told.
fn parts(id: &str) -> (&str, &str) {
    id.split_once(SERVICE).unwrap_or((id, ""))
}

/// The id that a record's conversation, or the one that it works within, hangs on: what works within one has its id in front of its own.
fn root<'i>(id: &'i str, within: Option<&'i Within>) -> (&'i str, &'i str) {
    let (own, service) = parts(id);
    let parent = within.map(|w| plain(&w.parent)).filter(|parent| own.strip_prefix(parent).is_some_and(|rest| rest.starts_with('/')));
    (parent.unwrap_or(own), service)
}

/// A text, or none, for each service.
type ByService = BTreeMap<Arc<str>, Option<Arc<str>>>;

/// How much a record says of whose it is, when, and the service.
type Owner = (u8, Stamp, Option<Arc<str>>);

/// What is put behind the id of each service's conversations, where that is anything: services, by id.
#[derive(Debug, Default)]
pub struct Suffixes(FxHashMap<Arc<str>, ByService>);

impl Suffixes {
    fn of(&self, root: &str, service: &str) -> Option<&str> {
        self.0.get(root)?.get(service)?.as_deref()
    }

    /// The settled id.
    fn settle(&self, pool: &mut Pool, id: &str, within: Option<&Within>) -> Arc<str> {
        let (root, service) = root(id, within);
        let rest = &plain(id)[root.len()..];
        match self.of(root, service) {
            Some(suffix) => pool.share(&format!("{root}@{suffix}{rest}")),
            None => pool.share(plain(id)),
        }
    }

    /// The id of the conversation that a record of that service names; `None` where several have it and the service is not known with it.
    pub fn settle_named(&self, pool: &mut Pool, id: &str, within: Option<&Within>, service: Option<&str>) -> Option<Arc<str>> {
        let of_root = self.0.get(root(id, within).0);
        let tells = |service: &str, of: &ByService| of.contains_key(service) || of.values().all(Option::is_none);
        match (service, of_root) {
            (Some(service), Some(of)) if !tells(service, of) => None,
            (Some(service), Some(_)) => Some(self.settle(pool, &format!("{id}{SERVICE}{service}"), within)),
            _ => Some(self.settle(pool, id, within)),
        }
    }

    fn settle_within(&self, pool: &mut Pool, within: Option<&Within>) -> Option<Within> {
        within.map(|w| Within { parent: self.settle(pool, &w.parent, None), role: w.role })
    }
}

/// Gives every conversation its id: the one that records name, and to those of further services under the same id `<id>@<service>`.
pub fn tell_apart(dialect: &Dialect, evidence: &mut Evidence) {
    if !dialect.agent_is_service {
        return;
    }
    let suffixes = suffixes(dialect, evidence);
    let Evidence { threads, spans, pool, .. } = evidence;
    for span in spans {
        if let Some(id) = &span.conversation {
            span.conversation = Some(suffixes.settle(pool, id, span.within.as_ref()));
        }
        span.within = suffixes.settle_within(pool, span.within.as_ref());
    }
    for (id, mut thread) in std::mem::take(threads) {
        let settled = suffixes.settle(pool, &id, thread.within.as_ref());
        thread.within = suffixes.settle_within(pool, thread.within.as_ref());
        let service = thread.program.service.get().cloned();
        let program = std::mem::take(&mut thread.program);
        thread.programs.entry(service).or_default().merge(program);
        threads.entry(settled).or_default().join(thread);
    }
    evidence.suffixes = suffixes;
}

fn suffixes(dialect: &Dialect, evidence: &Evidence) -> Suffixes {
    let mut services: FxHashMap<&str, BTreeSet<&str>> = FxHashMap::default();
    let named = evidence.threads.iter().map(|(id, thread)| (id, thread.within.as_ref()));
    let of_spans = evidence.spans.iter().filter_map(|span| Some((span.conversation.as_ref()?, span.within.as_ref())));
    for (id, within) in named.chain(of_spans) {
        let (root, service) = root(id, within);
        services.entry(root).or_default().insert(service);
    }
    services.retain(|_, services| services.len() > 1);
    if services.is_empty() {
        return Suffixes::default();
    }
    let met = meetings(dialect, evidence, &services);
    let suffix = |(root, services): (&str, BTreeSet<&str>)| {
        let groups = groups(&services, met.get(root).map_or(&[][..], Vec::as_slice));
        let first = groups.iter().find(|(service, _)| !service.is_empty()).map(|(_, group)| *group);
        let of = groups.iter().map(|(service, group)| {
            // records without a service are taken to be of the first
            let apart = !service.is_empty() && Some(*group) != first;
            (Arc::from(*service), apart.then(|| Arc::from(*group)))
        });
        (Arc::from(root), of.collect())
    };
    Suffixes(services.into_iter().map(suffix).collect())
}

/// The services that meet in each trace of which a record names the id.
fn meetings<'e>(
    dialect: &Dialect,
    evidence: &'e Evidence,
    services: &FxHashMap<&'e str, BTreeSet<&'e str>>,
) -> FxHashMap<&'e str, Vec<Vec<&'e str>>> {
    let mut traces: FxHashMap<u128, (FxHashSet<&str>, FxHashSet<&str>)> = FxHashMap::default();
    let mut note = |trace: u128, service: Option<&'e Arc<str>>, named: Option<&'e str>| {
        let (of, ids) = traces.entry(trace).or_default();
        of.extend(service.map(|s| &**s));
        ids.extend(named.filter(|id| services.contains_key(id)));
    };
    for span in evidence.spans.iter().filter(|s| s.trace != 0) {
        let named = span.conversation.as_deref().map(|id| root(id, span.within.as_ref()).0);
        note(span.trace, evidence.service(dialect, span.place), named);
    }
    for (id, thread) in &evidence.threads {
        let named = root(id, thread.within.as_ref()).0;
        for event in thread.log.iter().chain(&thread.copies) {
            if let Some(trace) = event.trace {
                note(trace, evidence.service(dialect, event.place), Some(named));
            }
        }
    }
    let mut met: FxHashMap<&str, Vec<Vec<&str>>> = FxHashMap::default();
    for (of, ids) in traces.into_values().filter(|(of, _)| of.len() > 1) {
        for id in ids {
            met.entry(id).or_default().push(of.iter().copied().collect());
        }
    }
    met
}

/// Services by the group that they are in through those that have met: the group's first in the order of names.
fn groups<'s>(services: &BTreeSet<&'s str>, met: &[Vec<&'s str>]) -> BTreeMap<&'s str, &'s str> {
    let mut group: BTreeMap<&str, &str> = services.iter().map(|service| (*service, *service)).collect();
    for meeting in met {
        let joined: BTreeSet<&str> = meeting.iter().filter_map(|service| group.get(service).copied()).collect();
        if let Some(first) = joined.first() {
            group.values_mut().filter(|of| joined.contains(*of)).for_each(|of| *of = first);
        }
    }
    group
}

/// Says of each conversation whose it is: of several services that of its agent's spans, else of its responses, else of what it has; of several
/// of these the first. A server that answers a call has a span in the trace, and the conversation is not its own.
pub fn settle_programs(dialect: &Dialect, evidence: &mut Evidence) {
    if !dialect.agent_is_service {
        return;
    }
    let mut owners: FxHashMap<Arc<str>, Owner> = FxHashMap::default();
    let mut offer = |id: &Arc<str>, rank: u8, stamp: Stamp, service: Option<&Arc<str>>| {
        let better = |(r, s, _): &(u8, Stamp, Option<Arc<str>>)| (rank, *s) > (*r, stamp);
        if service.is_some() && owners.get(id).is_none_or(better) {
            owners.insert(Arc::clone(id), (rank, stamp, service.cloned()));
        }
    };
    for span in &evidence.spans {
        if let Some(id) = &span.conversation {
            offer(id, rank(span), span.stamp(span.start), evidence.service(dialect, span.place));
        }
    }
    for (id, thread) in &evidence.threads {
        for event in thread.log.iter().chain(&thread.copies) {
            let rank = if matches!(event.what, What::Response(_) | What::Prompt { .. }) { RESPONSE } else { OTHER };
            offer(id, rank, event.stamp, evidence.service(dialect, event.place));
        }
    }
    let owner = |id: &Arc<str>| owners.get(id).and_then(|(.., service)| service.as_ref());
    for (id, thread) in &mut evidence.threads {
        let programs = std::mem::take(&mut thread.programs);
        let owner = owner(id).or_else(|| programs.keys().flatten().next()).cloned();
        let own = |service: &Option<Arc<str>>| service.is_none() || *service == owner;
        programs.into_iter().filter(|(service, _)| own(service)).for_each(|(_, program)| thread.program.merge(program));
    }
    let Evidence { threads, spans, places, .. } = evidence;
    for span in spans {
        let Some(id) = &span.conversation else { continue };
        let place = places.get(span.place as usize).filter(|place| place.service.is_none() || place.service.as_ref() == owner(id));
        if let Some((thread, place)) = threads.get_mut(id).zip(place) {
            thread.program.takes_place(span.stamp(span.start), place);
        }
    }
}

const AGENT: u8 = 2;
const RESPONSE: u8 = 1;
const OTHER: u8 = 0;

fn rank(span: &SpanFact) -> u8 {
    match span.what {
        SpanWhat::Turn { .. } | SpanWhat::PlainTurn => AGENT,
        SpanWhat::Response(_) | SpanWhat::Usage { .. } => RESPONSE,
        _ => OTHER,
    }
}

impl Thread {
    /// Takes over what is known of the same conversation under another name.
    fn join(&mut self, other: Thread) {
        self.log.extend(other.log);
        self.copies.extend(other.copies);
        self.times.extend(other.times);
        self.originator.merge(other.originator);
        self.user_email.merge(other.user_email);
        self.user_account.merge(other.user_account);
        self.labels.extend(&other.labels);
        self.delegated |= other.delegated;
        self.within = self.within.take().max(other.within);
        self.metrics.extend(other.metrics);
        self.program.merge(other.program);
        for (service, program) in other.programs {
            self.programs.entry(service).or_default().merge(program);
        }
    }
}

#[cfg(test)]
mod tests;
