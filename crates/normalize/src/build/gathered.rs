//! What is gathered from the raw rows before rows are made. Border: raw parts in, facts and the scope of the build out.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::before::{Before, SAMPLES};
use super::{Build, Reason, pieces};
use crate::Error;
use crate::activities::Activities;
use crate::dialect::Dialects;
use crate::dialect::learning::Unclaimed;
use crate::evidence::{self, Evidence, Gatherer};
use crate::metric_deltas::Deltas;
use crate::scope::{Scope, States, Window};
use crate::survey::{Day, Points};
use crate::tool_name::{Shown, ToolNames};

/// Facts, and what they are of.
#[derive(Debug)]
pub struct Gathered<'d> {
    /// What the build is about.
    pub scope: Scope,
    /// Facts by dialect.
    pub evidence: Vec<Evidence>,
    /// Tools' names by dialect.
    pub names: Vec<Arc<ToolNames>>,
    /// Activities of events and spans.
    pub activities: Activities<'d>,
    /// What was known of each day; of a build of everything nothing.
    pub before: States,
    /// What is known now of the days that were gone through whole.
    pub now: States,
}

impl<'d> Gathered<'d> {
    /// From the whole lake.
    pub fn of_all(build: &'d Build<'_>, mut unclaimed: BTreeMap<i32, Unclaimed>) -> Result<Gathered<'d>, Error> {
        let mut gatherer = Gatherer::new(&build.dialects, &build.attribution);
        let mut now = pieces::gather(&mut gatherer, build, build.raw.days(), &mut unclaimed)?;
        let names = names(&build.dialects, now.values());
        let mut activities = Activities::new(&build.dialects, names.clone());
        for (date, day) in &mut now {
            tell(&mut activities, build, *date, day)?;
        }
        let evidence = named(gatherer.evidence, &names);
        Ok(Gathered { scope: Scope::All, evidence, names, activities, before: States::new(), now })
    }

    /// From what new rows can change; gives the reason where that is more than can be told.
    pub fn of_changes(build: &'d Build<'_>, before: Before, mut unclaimed: BTreeMap<i32, Unclaimed>) -> Result<Result<Gathered<'d>, Reason>, Error> {
        let mut gatherer = Gatherer::new(&build.dialects, &build.attribution);
        let mut now = pieces::gather(&mut gatherer, build, before.dirty.iter().copied(), &mut unclaimed)?;
        let clean: Vec<&Day> = before.clean().map(|(_, day)| day).collect();
        let known = names(&build.dialects, before.states.values());
        let names = names(&build.dialects, clean.iter().copied().chain(now.values()));
        for (place, (dialect, shown)) in build.dialects.list().iter().zip(shown(&build.dialects, clean.into_iter())).enumerate() {
            if !known[place].agree(&names[place], &dialect.tools, &shown) {
                return Ok(Err(format!("records show other names of tools of {} than before", dialect.agent)));
            }
        }
        let mut activities = Activities::new(&build.dialects, names.clone());
        let borrowed: Vec<&ToolNames> = names.iter().map(|n| &**n).collect();
        let mut deltas = Deltas::new((&build.dialects, &build.attribution), borrowed, std::iter::empty())?;
        for (date, day) in &mut now {
            let mut points = Points::default();
            deltas.survey(build.raw.metrics(*date), &mut points)?;
            points.finish(day);
            tell(&mut activities, build, *date, day)?;
        }
        if now.values().any(|day| day.samples) {
            return Ok(Err(SAMPLES.to_owned()));
        }
        let within = build.dialects.list().iter().filter(|d| d.adopts()).map(|d| d.conversations.helper_within_ms.saturating_mul(1_000_000)).max();
        let window = Window::new(&before.states, &now, before.dirty, within.unwrap_or(0));
        let mut gatherer = gatherer.wanting(&window.wanted);
        for day in &window.records {
            build.raw.events(*day).try_for_each(|part| evidence::events::gather(&mut gatherer, part))?;
            build.raw.spans(*day).try_for_each(|part| evidence::spans::gather(&mut gatherer, part))?;
        }
        let evidence = named(gatherer.evidence, &names);
        // spans of other days may have ended on a day whose activities are made anew
        for (date, day) in before.states.iter().filter(|(date, _)| !window.dirty.contains(date)) {
            if window.activities.contains(date) || day.activities.iter().any(|day| window.activities.contains(day)) {
                build.raw.events(*date).try_for_each(|part| activities.events(part))?;
                build.raw.spans(*date).try_for_each(|part| activities.spans(part))?;
            }
        }
        Ok(Ok(Gathered { scope: Scope::Window(Box::new(window)), evidence, names, activities, before: before.states, now }))
    }
}

/// Takes the activities of a day, and notes on which other days they lie.
fn tell(activities: &mut Activities<'_>, build: &Build<'_>, date: i32, day: &mut Day) -> Result<(), Error> {
    let from = activities.len();
    build.raw.events(date).try_for_each(|part| activities.events(part))?;
    build.raw.spans(date).try_for_each(|part| activities.spans(part))?;
    day.activities = activities.days(from).into_iter().filter(|day| *day != date).collect();
    day.ask(&activities.asked());
    Ok(())
}

/// What the days show of tools' names, by dialect.
fn shown<'s>(dialects: &Dialects, days: impl Iterator<Item = &'s Day>) -> Vec<Shown> {
    let mut shown = vec![Shown::default(); dialects.list().len()];
    days.for_each(|day| shown.iter_mut().zip(&day.shown).for_each(|(all, of_day)| all.extend(of_day)));
    shown
}

/// Tools' names as the days show them, by dialect.
fn names<'s>(dialects: &Dialects, days: impl Iterator<Item = &'s Day>) -> Vec<Arc<ToolNames>> {
    let shown = shown(dialects, days);
    ToolNames::of_each(dialects.list().iter().map(|d| &d.tools).zip(&shown)).into_iter().map(Arc::new).collect()
}

fn named(mut evidence: Vec<Evidence>, names: &[Arc<ToolNames>]) -> Vec<Evidence> {
    evidence.iter_mut().zip(names).for_each(|(evidence, names)| evidence.names = Arc::clone(names));
    evidence
}
