//! A build of the semantic tables, from the raw rows to the commit. Border: what is gathered and made in which order, of the whole lake or of
//! what new rows can change; each step is its own module's business.

mod before;
mod finds;
mod gathered;
mod made;
mod pieces;
mod raw;

use std::sync::Arc;
use std::thread;

use tracemill_model::Lake;
use tracemill_model::date::day_name;

use tracemill_model::lake::{Lock, Transaction};
use tracemill_secrets::{Fingerprints, Rules};

use crate::attribution::Attribution;
use crate::dialect::Dialects;
use crate::latency::category::Categories;
use crate::pricing::Prices;
use crate::settings::{self, ForgottenHours, Options, Settings};
use crate::{Error, Rebuilt, Summary};
use before::Before;
use finds::Finds;
use gathered::Gathered;
use made::Made;
use raw::RawDays;

/// What a build works with.
#[derive(Debug)]
struct Build<'a> {
    raw: RawDays<'a>,
    prices: Prices,
    categories: Categories,
    attribution: Attribution,
    dialects: Dialects,
    rules: Arc<Rules>,
    fingerprints: Fingerprints,
    forgotten: ForgottenHours,
}

/// Why a build has to be about the whole lake.
type Reason = String;

/// Builds the tables in one commit: with `update` only what new rows can change, where that can be told.
pub fn build(lake: &Lake, lock: &Lock, options: &Options, update: bool) -> Result<Summary, Error> {
    Prices::prepare();
    let snapshot = lake.snapshot()?;
    let settings = Settings::load(lake, options)?;
    // They are copied first: should the run end here, the tables no longer match them and the next run builds again.
    settings::keep(lake, options)?;
    let built_with = settings.built_with(&snapshot);
    let Settings { prices, categories, attribution, dialects, rules } = settings;
    let fingerprints = Fingerprints::new(lake.key()?.derive(tracemill_secrets::PURPOSE));
    let mut build =
        Build { raw: RawDays::new(&snapshot), prices, categories, attribution, dialects, rules, fingerprints, forgotten: options.forgotten.clone() };
    let before = if update { Before::read(&snapshot, &built_with) } else { Err("asked for".to_owned()) };

    let updated = match before {
        Ok(before) => update_with(&mut build, before, || Ok(Transaction::begin(lake, lock)?), &snapshot)?,
        Err(reason) => Err(reason),
    };
    let (made, reason) = match updated {
        Ok(made) => (made, None),
        Err(reason) => {
            let unclaimed = build.raw.unclaimed(&build.dialects, |_| true)?;
            build.dialects.learn(crate::dialect::learning::origins(unclaimed.values()));
            let made = thread::scope(|threads| {
                let gathered = Gathered::of_all(&build, unclaimed)?;
                // all threads were gathering; while rows are made one after the other there is one to spare
                let finds = Finds::start(threads, &build, build.raw.days().collect());
                Made::all(&build, gathered, finds, Transaction::begin(lake, lock)?, &snapshot)
            });
            (made?, Some(reason))
        }
    };
    let Made { mut transaction, changed, mut summary } = made;
    transaction.built_with(built_with);
    transaction.commit()?;
    summary.prices = build.prices.describe();
    summary.changed_days = changed.iter().copied().map(day_name).collect();
    if let Some(reason) = reason {
        summary.rebuilt = Rebuilt::All(reason);
    }
    Ok(summary)
}

/// Makes what new rows can change; gives the reason where the whole lake has to be built.
fn update_with<'a>(
    build: &mut Build<'a>,
    before: Before,
    begin: impl FnOnce() -> Result<Transaction<'a>, Error>,
    snapshot: &'a tracemill_model::lake::Snapshot,
) -> Result<Result<Made<'a>, Reason>, Error> {
    let unclaimed = build.raw.unclaimed(&build.dialects, |day| before.dirty.contains(&day))?;
    match before.learned(&unclaimed) {
        Ok(origins) => build.dialects.learn(origins),
        Err(reason) => return Ok(Err(reason)),
    }
    let build = &*build;
    thread::scope(|threads| {
        let changed = before.dirty.union(&before.profiled).copied().collect();
        match Gathered::of_changes(build, before, unclaimed)? {
            Ok(gathered) => {
                let finds = Finds::start(threads, build, changed);
                Made::changes(build, gathered, finds, begin()?, snapshot)
            }
            Err(reason) => Ok(Err(reason)),
        }
    })
}
