//! Programs that were given a service and a scope of the user's own: some of their records still show whose they are, by the name of an event or
//! a metric or of an attribute, and tell it of all others. Border: raw parts in, services and scopes with their dialects out; nothing is
//! learned for the dialect that many programs share.

use std::collections::BTreeMap;

use memchr::memmem::Finder;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use tracemill_model::lake::Part;

use super::set::Origin;
use super::{Claim, Dialects, starts_with_any};
use crate::Error;
use tracemill_model::read::rows;

/// Services and scopes of a day that no dialect claims, each with what its records show; sorted.
pub type Unclaimed = Vec<(Origin, Shows)>;

/// What records show of a service and scope that no dialect claims.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shows {
    /// The dialect that they are in, by names that are its own.
    pub dialect: Option<usize>,
    /// Some are in a dialect that many programs share.
    pub claimed: bool,
    /// Log records and spans that are in none.
    pub others: u64,
    /// Of these: those that name a model.
    pub of_models: u64,
}

/// What names of models begin with: a program whose records have one as a value has to do with a model.
const MODELS: [&str; 9] = ["claude-", "gpt-", "gemini-", "mistral", "llama", "qwen", "deepseek", "grok-", "kimi"];

/// Dialects of services and scopes that none claims.
pub type Origins = FxHashMap<Origin, usize>;

/// The services and scopes that no dialect claims among the records of these parts; `parts` gives those of a raw table.
///
/// # Errors
/// A part cannot be read.
pub fn unclaimed<'p, P: Iterator<Item = &'p Part>>(dialects: &Dialects, parts: impl Fn(&'static str) -> P) -> Result<Unclaimed, Error> {
    let models = MODELS.iter().map(|name| Finder::new(&format!("\"{name}")).into_owned()).collect();
    let mut learning = Learning { dialects, claim: Claim::new(dialects), origins: FxHashMap::default(), models };
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
    for (origin, place) in days.flatten().filter_map(|(origin, shows)| Some((origin, shows.dialect?))) {
        origins.entry(origin.clone()).and_modify(|known| *known = place.min(*known)).or_insert(place);
    }
    origins
}

/// Programs that look like agents, and of which no record is in any dialect: each with the number of its log records and spans, in order.
pub fn strangers<'u>(days: impl Iterator<Item = &'u Unclaimed>) -> Vec<(String, u64)> {
    let mut services: BTreeMap<&str, Shows> = BTreeMap::new();
    for ((service, scope), shows) in days.flatten() {
        let Some(name) = service.as_deref().or(scope.as_deref()) else { continue };
        let all = services.entry(name).or_default();
        all.claimed |= shows.claimed || shows.dialect.is_some();
        all.others += shows.others;
        all.of_models += shows.of_models;
    }
    services.into_iter().filter(|(_, s)| !s.claimed && s.of_models > 0).map(|(name, s)| (name.to_owned(), s.others)).collect()
}

struct Learning<'d> {
    dialects: &'d Dialects,
    claim: Claim<'d>,
    origins: FxHashMap<Origin, Shows>,
    models: Vec<Finder<'static>>,
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
                let json = batch.text(2).get(row).unwrap_or_default();
                let told = named.or_else(|| self.claim.of_attributes(json));
                let shows = self.origins.entry(origin).or_default();
                shows.dialect = [shows.dialect, told.filter(|place| !list[*place].agent_is_service)].into_iter().flatten().min();
                shows.claimed |= told.is_some();
                if told.is_none() && name != Some("metric") {
                    shows.others += 1;
                    shows.of_models += u64::from(self.models.iter().any(|model| model.find(json.as_bytes()).is_some()));
                }
            }
        }
        Ok(())
    }
}
