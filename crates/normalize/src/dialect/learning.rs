//! Programs that were given a service and a scope of the user's own: some of their records still show whose they are, by the name of an event or
//! a metric or of an attribute, and tell it of all others. Border: raw parts in, services and scopes with their dialects out; nothing is
//! learned for the dialect that many programs share.

use rustc_hash::{FxHashMap, FxHashSet};
use tracemill_model::lake::{Part, Snapshot};

use super::set::Origin;
use super::{Claim, Dialects, starts_with_any};
use crate::Error;
use tracemill_model::read::rows;

/// The services and scopes that no dialect claims, and whose records show it.
///
/// # Errors
/// A part cannot be read.
pub fn origins(dialects: &Dialects, snapshot: &Snapshot) -> Result<FxHashMap<Origin, usize>, Error> {
    let mut learning = Learning { dialects, claim: Claim::new(dialects), origins: FxHashMap::default() };
    for (table, name) in [("spans", None), ("events", Some("event_name")), ("metrics", Some("metric"))] {
        for part in snapshot.parts(table) {
            if learning.has_unclaimed(part)? {
                learning.read(part, name)?;
            }
        }
    }
    Ok(learning.origins)
}

struct Learning<'d> {
    dialects: &'d Dialects,
    claim: Claim<'d>,
    origins: FxHashMap<Origin, usize>,
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
                if let Some(place) = told.filter(|place| !list[*place].agent_is_service) {
                    // of several the first dialect, so that the order of records does not matter
                    self.origins.entry(origin).and_modify(|known| *known = place.min(*known)).or_insert(place);
                }
            }
        }
        Ok(())
    }
}
