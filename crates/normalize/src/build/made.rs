//! Rows made of what was gathered, and written. Border: facts in, a transaction that is ready to be committed out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashSet;
use tracemill_model::date::{day_name, day_named};
use tracemill_model::lake::{Part, Snapshot, Transaction};
use tracemill_model::read::rows;
use tracemill_model::tables::{CONVERSATIONS, FINDINGS, LATENCY, METRIC_DELTAS, MODEL_CALLS, TOOL_CALLS, TURNS};

use super::finds::Finds;
use super::gathered::Gathered;
use super::{Build, Reason};
use crate::activities::Activities;
use crate::coverage::{FORGOTTEN, Losses};
use crate::dialect::learning::strangers;
use crate::evidence::Evidence;
use crate::latency::Source;
use crate::metric_deltas::{self, Deltas, Sums};
use crate::scope::{Scope, States, predecessors};
use crate::survey::{self, BUILT, Day, Points, key};
use crate::tool_name::ToolNames;
use crate::write::Tables;
use crate::{Error, Rebuilt, Summary, conversations, latency, lineage, model_calls};

/// What is to be committed.
#[derive(Debug)]
pub struct Made<'a> {
    /// Parts written and taken out.
    pub transaction: Transaction<'a>,
    /// Days of which a part is another than before.
    pub changed: BTreeSet<i32>,
    /// What was built.
    pub summary: Summary,
}

impl<'a> Made<'a> {
    /// Makes all tables.
    pub fn all(
        build: &Build<'_>,
        gathered: Gathered<'_>,
        finds: Finds<'_>,
        transaction: Transaction<'a>,
        snapshot: &'a Snapshot,
    ) -> Result<Made<'a>, Error> {
        match Made::changes(build, gathered, finds, transaction, snapshot)? {
            Ok(made) => Ok(made),
            Err(reason) => Err(Error::Row { table: METRIC_DELTAS.name, reason }),
        }
    }

    /// Makes what the scope has; gives the reason where the whole lake has to be built.
    pub fn changes(
        build: &Build<'_>,
        gathered: Gathered<'_>,
        finds: Finds<'_>,
        transaction: Transaction<'a>,
        snapshot: &'a Snapshot,
    ) -> Result<Result<Made<'a>, Reason>, Error> {
        let Gathered { scope, mut evidence, names, mut activities, before, mut now, .. } = gathered;
        let known = before.iter().filter(|(date, _)| !now.contains_key(date)).chain(&now);
        let strangers = strangers(known.map(|(_, day)| &day.unclaimed));
        let mut tables = Tables::new(transaction, snapshot, &scope)?;
        let mut losses = Losses::default();
        for (_, day) in before.iter().filter(|(date, _)| !now.contains_key(date)).chain(&now).filter(|(date, _)| scope.has_day(**date)) {
            losses.seen(&day.seen);
        }
        let counted = {
            let names: Vec<&ToolNames> = names.iter().map(|n| &**n).collect();
            match metrics(build, (&scope, &before, &mut now), names, (&mut tables, &mut losses, &mut activities), snapshot)? {
                Ok(counted) => counted,
                Err(reason) => return Ok(Err(reason)),
            }
        };
        let made = if let Scope::Window(window) = &scope { window.activities.clone() } else { BTreeSet::new() };
        let is_made = |day: i32| matches!(scope, Scope::All) || made.contains(&day);
        tables.whole_days(&activities.rows(is_made), &made)?;
        let undecided = counted.1;
        losses.undecided(&undecided);
        for (place, (dialect, evidence)) in build.dialects.list().iter().zip(&mut evidence).enumerate() {
            losses.processes(counted.0.give(place, dialect, evidence, (&scope, &build.forgotten)));
        }
        conversations(build, (evidence, &losses), &scope, &mut tables)?;
        // what a day's spans are said to belong to may be another than before
        let shared: BTreeSet<i32> = if let Scope::All = scope { BTreeSet::new() } else { tables.shared().copied().collect() };
        finds.make(&shared, &mut tables)?;
        days(build, &scope, (before, now), &mut tables, snapshot)?;
        let summary = Summary {
            conversations: tables.rows(&CONVERSATIONS),
            turns: tables.rows(&TURNS),
            model_calls: tables.rows(&MODEL_CALLS),
            tool_calls: tables.rows(&TOOL_CALLS),
            latency: tables.rows(&LATENCY),
            metric_deltas: tables.rows(&METRIC_DELTAS),
            findings: tables.rows(&FINDINGS),
            undecided,
            strangers,
            rebuilt: match &scope {
                Scope::All => Rebuilt::default(),
                Scope::Window(window) => Rebuilt::Days { new: names_of(&window.dirty), with: names_of(&window.records) },
            },
            ..Summary::default()
        };
        let changed = tables.changed.clone();
        Ok(Ok(Made { transaction: tables.finish()?, changed, summary }))
    }
}

/// What metrics count, and what cannot be told of them.
type Counted = (Sums, Vec<String>);

/// Makes the tables about metrics, and tells the losses and activities that metrics tell.
fn metrics<'d>(
    build: &'d Build<'_>,
    (scope, before, now): (&Scope, &States, &mut States),
    names: Vec<&'d ToolNames>,
    (tables, losses, activities): (&mut Tables<'_, '_>, &mut Losses, &mut Activities<'d>),
    snapshot: &Snapshot,
) -> Result<Result<Counted, Reason>, Error> {
    let (told, passed) = match scope {
        Scope::All => (build.raw.days().collect(), BTreeSet::new()),
        Scope::Window(window) => {
            let told: BTreeSet<i32> = window.rows.union(&window.records).copied().collect();
            let states: BTreeMap<i32, &Day> = before.iter().chain(now.iter()).map(|(date, day)| (*date, day)).collect();
            let passed = predecessors(&states, &told);
            (told, passed)
        }
    };
    // samples are judged over all parts; a window has none
    let sampled: Vec<&Part> = told.iter().filter(|_| matches!(scope, Scope::All)).flat_map(|day| build.raw.metrics(*day)).collect();
    let mut deltas = Deltas::new((&build.dialects, &build.attribution), names, sampled.into_iter())?;
    let undecided = deltas.undecided();
    for date in told.union(&passed).copied() {
        let parts = build.raw.metrics(date);
        if !told.contains(&date) {
            deltas.pass(parts)?;
            continue;
        }
        let mut notes = Points::default();
        let points = deltas.day(&day_name(date), parts, matches!(scope, Scope::All).then_some(&mut notes))?;
        if let (Scope::All, Some(day)) = (scope, now.get_mut(&date)) {
            notes.finish(day);
        }
        let (is_made, counts) = match scope {
            Scope::All => (true, true),
            Scope::Window(window) => (window.metrics.contains(&date), window.activities.contains(&date)),
        };
        for point in points.iter().filter(|_| scope.has_day(date)) {
            losses.metric(point.row());
            if counts {
                activities.metric(point.row());
            }
        }
        let asked = activities.asked();
        if !asked.is_empty() {
            let day = now.entry(date).or_insert_with(|| before.get(&date).cloned().unwrap_or_default());
            day.ask(&asked);
        }
        if !is_made {
            continue;
        }
        if let Scope::Window(window) = scope
            && !window.dirty.contains(&date)
        {
            let agents: BTreeSet<Option<&str>> = points.iter().map(|point| point.row().agent.as_deref()).collect();
            if !same_agents(snapshot, date, &agents)? {
                // whether conversations lack metrics is told by this
                return Ok(Err("new points tell of agents on days of which no other records are new".to_owned()));
            }
        }
        let made = BTreeSet::from([date]);
        tables.whole_days(&points, &made)?;
        tables.whole_days(&metric_deltas::buckets(&points), &made)?;
    }
    Ok(Ok((deltas.counted(), undecided)))
}

/// Whether the increases of a day as they were are of these agents.
fn same_agents(snapshot: &Snapshot, date: i32, agents: &BTreeSet<Option<&str>>) -> Result<bool, Error> {
    let mut before: BTreeSet<Option<String>> = BTreeSet::new();
    for part in snapshot.parts(METRIC_DELTAS.name).filter(|part| day_named(&part.date) == Some(date)) {
        for batch in rows(part, &["agent"])? {
            let batch = batch?;
            before.extend((0..batch.len()).map(|row| batch.text(0).get(row).map(str::to_owned)));
        }
    }
    Ok(before.iter().map(Option::as_deref).eq(agents.iter().copied()))
}

/// Makes the tables about conversations.
fn conversations(
    build: &Build<'_>,
    (mut evidence, losses): (Vec<Evidence>, &Losses),
    scope: &Scope,
    tables: &mut Tables<'_, '_>,
) -> Result<(), Error> {
    let days: BTreeSet<i32> = match scope {
        Scope::All => build.raw.days().collect(),
        Scope::Window(window) => window.dirty.union(&window.records).copied().collect(),
    };
    let spans: Vec<&Part> = days.iter().flat_map(|day| build.raw.spans(*day)).collect();
    let list = build.dialects.list();
    let mut nested = Vec::new();
    for (dialect, evidence) in list.iter().zip(&mut evidence) {
        nested.push(lineage::settle_spans(dialect, evidence, spans.iter().copied())?);
    }
    lineage::apart::keep_apart(list, &mut evidence);
    let mut rows = conversations::Rows::default();
    let mut judged: FxHashSet<Arc<str>> = FxHashSet::default();
    for ((dialect, evidence), nested) in list.iter().zip(&evidence).zip(&nested) {
        let mut origins = lineage::origins(dialect, evidence, nested);
        let levels = model_calls::whole::levels(dialect, evidence);
        for (id, thread) in &evidence.threads {
            let origin = origins.remove(id).unwrap_or_default();
            conversations::build(&mut rows, (dialect, &build.prices), evidence, (id, thread), origin, |service| levels.of(evidence, id, service));
            if let Scope::Window(window) = scope
                && !scope.touches_conversation(id)
                && thread.events().iter().map(|e| e.stamp).min().is_some_and(|first| first.time.is_some_and(|time| window.judges(time)))
            {
                judged.insert(Arc::clone(id));
            }
        }
    }
    rows.sort();
    let none = BTreeSet::new();
    if let Scope::Window(_) = scope {
        let moved = tables.moved(rows.conversations.iter().filter(|row| judged.contains(&row.id)))?;
        rows.retain(|id| scope.touches_conversation(id), &moved);
        tables.conversations(&rows.conversations, &moved)?;
        rows.conversations.retain(|row| !moved.contains(&row.id));
    } else {
        tables.conversations(&rows.conversations, &none)?;
    }
    tables.conversations(&rows.turns, &none)?;
    tables.conversations(&rows.calls, &none)?;
    tables.conversations(&rows.tools, &none)?;
    tables.conversations(&rows.prompts, &none)?;
    tables.conversations(&rows.phases, &none)?;
    let source = Source { spans: &spans, dialects: &build.dialects, evidence: &evidence, categories: &build.categories, scope };
    let lost = latency::build(tables, &source, &rows)?;
    let others = tables.covered()?;
    // an agent that is called as its service has the dialect of many programs
    let named = |agent: Option<&str>| list.iter().position(|d| Some(d.agent.as_str()) == agent);
    let is_touched = |agent: Option<&str>, process: Option<&str>, day: i32| {
        let counted = |dialect: usize| scope.touches(key::counted(key::process(dialect, process), day));
        named(agent).map_or_else(|| (0..list.len()).filter(|d| list[*d].agent_is_service).any(counted), counted)
    };
    let coverage = rows.coverage.rows(&lost, losses, scope, &others);
    tables.where_told(&coverage, |cells, row, date| match cells.text("conversation_id", row) {
        Some(id) => !scope.touches_conversation(id),
        None => {
            let of_process = matches!(cells.text("status", row), Some("agrees" | "differs")) || cells.text("causes", row) == Some(FORGOTTEN);
            !scope.has_day(date) || (of_process && !is_touched(cells.text("agent", row), cells.text("process", row), date))
        }
    })
}

/// Writes what is known of the days, and on which of them conversations have rows but no records.
fn days(
    build: &Build<'_>,
    scope: &Scope,
    (mut before, mut now): (States, States),
    tables: &mut Tables<'_, '_>,
    snapshot: &Snapshot,
) -> Result<(), Error> {
    let dates: BTreeSet<i32> = match scope {
        Scope::All => now.keys().chain(tables.owners.keys()).copied().collect(),
        Scope::Window(window) => window.rows.iter().chain(now.keys()).chain(tables.owners.keys()).copied().collect(),
    };
    if let Scope::All = scope {
        snapshot.parts(BUILT).for_each(|part| tables.transaction().remove(&part.file));
    }
    for date in dates {
        let (old, new) = (before.remove(&date), now.remove(&date));
        let (is_new, mut day) = (new.is_some(), new.or_else(|| old.clone()).unwrap_or_default());
        let kept = old.iter().flat_map(|day| &day.strays).filter(|key| !scope.touches(**key));
        let own = tables.owners.get(&date).into_iter().flatten();
        let own = own.filter(|key| day.records.group(**key).is_none() && day.points.group(**key).is_none());
        day.strays = kept.chain(own).copied().collect();
        day.sort();
        if !is_new && old.as_ref().map_or(day.strays.is_empty(), |old| *old == day) {
            continue;
        }
        if let Scope::Window(_) = scope {
            snapshot.parts(BUILT).filter(|part| survey::date_of(part) == Some(date)).for_each(|part| tables.transaction().remove(&part.file));
        }
        if build.raw.has(date) || !day.strays.is_empty() {
            let transaction = tables.transaction();
            let (file, path) = transaction.new_kept(BUILT, &survey::name_of(date, transaction.number()))?;
            survey::write(&day, &path)?;
            transaction.add_kept(BUILT, file, (day.records.keys.len() + day.points.keys.len()) as u64)?;
        }
    }
    Ok(())
}

fn names_of(days: &BTreeSet<i32>) -> Vec<String> {
    days.iter().copied().map(day_name).collect()
}
