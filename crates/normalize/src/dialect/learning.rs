//! Programs that were given a service and a scope of the user's own: some of their records still show whose they are, by the name of an event or
//! a metric or of an attribute, and tell it of all others. Border: raw parts in, services and scopes with their dialects out; nothing is
//! learned for the dialect that many programs share.

use rustc_hash::{FxHashMap, FxHashSet};
use tracemill_model::lake::Part;

use super::set::Origin;
use super::{Claim, Dialects, starts_with_any};
use crate::Error;
use tracemill_model::read::rows;

/// Services and scopes of a day that no dialect claims, each with the dialect that its records show, if they do; sorted.
pub type Unclaimed = Vec<(Origin, Option<usize>)>;

/// Dialects of services and scopes that none claims.
pub type Origins = FxHashMap<Origin, usize>;

/// The services and scopes that no dialect claims among the records of these parts; `parts` gives those of a raw table.
///
/// # Errors
/// A part cannot be read.
pub fn unclaimed<'p, P: Iterator<Item = &'p Part>>(dialects: &Dialects, parts: impl Fn(&'static str) -> P) -> Result<Unclaimed, Error> {
    let mut learning = Learning { dialects, claim: Claim::new(dialects), origins: FxHashMap::default() };
    for (table, name) in [("spans", None), ("events", Some("event_name")), ("metrics", Some("metric"))] {
        for part in parts(table) {
            if learning.has_unclaimed(part)? {
                learning.read(part, name)?;
            }
        }
    }
    let mut unclaimed: Unclaimed = learning.origins.into_iter().collect();
    unclaimed.sort();
    Ok(unclaimed)
}

/// What the records of several days show of services and scopes: of several dialects the first, so that the order of records does not matter.
pub fn origins<'u>(days: impl Iterator<Item = &'u Unclaimed>) -> Origins {
    let mut origins = Origins::default();
    for (origin, place) in days.flatten().filter_map(|(origin, place)| Some((origin, (*place)?))) {
        origins.entry(origin.clone()).and_modify(|known| *known = place.min(*known)).or_insert(place);
    }
    origins
}

struct Learning<'d> {
    dialects: &'d Dialects,
    claim: Claim<'d>,
    origins: FxHashMap<Origin, Option<usize>>,
}

impl Learning<'_> {
    /// Whether a part has records of a service and scope that no dialect claims. Most parts have none, and their attributes are not read.
    fn has_unclaimed(&mut self, part: &Part) -> Result<bool, Error> {
        for batch in rows(part, &["service_name", "scope_name"])? {
            let batch = batch?;
            for row in 0..batch.len() {
                let (service, scope) = (batch.text(0).get(row), batch.text(1).get(row));
                if service.or(scope).is_some() && self.claim.of_origin(service, scope).is_none() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn read(&mut self, part: &Part, name: Option<&'static str>) -> Result<(), Error> {
        let list = self.dialects.list();
        let mut seen: FxHashSet<(Origin, Option<String>)> = FxHashSet::default();
        for batch in rows(part, &["service_name", "scope_name", "attributes", name.unwrap_or("name")])? {
            let batch = batch?;
            for row in 0..batch.len() {
                let (service, scope) = (batch.text(0).get(row), batch.text(1).get(row));
                if service.or(scope).is_none() || self.claim.of_origin(service, scope).is_some() {
                    continue;
                }
                let word = batch.text(3).get(row).filter(|_| name.is_some());
                let by_name =
                    |word: &str| list.iter().position(|d| starts_with_any(word, &d.claims.events) || starts_with_any(word, &d.metrics.prefixes));
                let origin = (service.map(str::to_owned), scope.map(str::to_owned));
                let named = word.filter(|w| seen.insert((origin.clone(), Some((*w).to_owned())))).and_then(by_name);
                let told = named.or_else(|| batch.text(2).get(row).and_then(|json| self.claim.of_attributes(json)));
                let told = told.filter(|place| !list[*place].agent_is_service);
                let known = self.origins.entry(origin).or_default();
                *known = [*known, told].into_iter().flatten().min();
            }
        }
        Ok(())
    }
}
