//! Labels for records as they are read, worked out once for all that say the same. Border: a record's texts in, its labels out.

use std::fmt::Write;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde_json::Value;

use super::{Attribution, Facts, Labels};
use crate::attributes::{Picked, json};
use crate::dialect::Dialects;
use crate::masks::Masks;

/// Sets of values remembered for one resource. They are few, unless a map asks for what differs from record to record.
const REMEMBERED: usize = 4096;

/// Finds the labels of an agent's records.
#[derive(Debug)]
pub struct Labeller<'a> {
    attribution: &'a Attribution,
    /// The agent; `None` where it is whatever the service is called.
    agent: Option<&'a str>,
    places: Vec<Place>,
    /// Their places in the list by their texts.
    by_text: FxHashMap<Arc<str>, usize>,
    /// The one that was asked for last: records of a process come together.
    last: usize,
    key: String,
    masks: Masks,
}

/// A resource, and the labels of its records by what these say themselves.
#[derive(Debug)]
struct Place {
    text: Arc<str>,
    resource: Value,
    /// Those of records that say nothing.
    plain: Option<Arc<Labels>>,
    told: FxHashMap<String, Arc<Labels>>,
}

impl<'a> Labeller<'a> {
    /// For the records of an agent, or of agents that are called as their services.
    pub fn new(attribution: &'a Attribution, agent: Option<&'a str>) -> Labeller<'a> {
        Labeller { attribution, agent, places: Vec::new(), by_text: FxHashMap::default(), last: 0, key: String::new(), masks: Masks::default() }
    }

    /// One for each dialect, in their order.
    pub fn of_each(attribution: &'a Attribution, dialects: &'a Dialects) -> Vec<Labeller<'a>> {
        let of = |agent| Labeller { masks: dialects.masks().clone(), ..Labeller::new(attribution, agent) };
        dialects.list().iter().map(|d| of((!d.agent_is_service).then_some(d.agent.as_str()))).collect()
    }

    /// The labels of a record: `resource` is the raw tables' JSON, `fields` were read by a reader that watches for
    /// [`Attribution::watched`]. A record that has none of those costs one look at its resource's text.
    pub fn labels(&mut self, conversation: Option<&str>, resource: &str, fields: &Picked<'_>) -> Arc<Labels> {
        self.go_to(resource);
        let Labeller { attribution, agent, places, last, key, masks, .. } = self;
        let Some(place) = places.get_mut(*last) else { return Arc::default() };
        let conversation = conversation.filter(|_| attribution.asks_for_conversation());
        let work = |resource: &Value| {
            let watched = attribution.watched();
            let record = |name: &str| fields.watched(watched.binary_search_by(|w| w.as_str().cmp(name)).ok()?).map(str::to_owned);
            let mut labels = attribution.of(&Facts { agent: *agent, conversation, resource, record: &record });
            labels.values_mut().for_each(|(_, value)| *value = Arc::from(&*masks.mask(value)));
            Arc::new(labels)
        };
        let Place { resource, plain, told, .. } = place;
        if conversation.is_none() && fields.all_watched().is_empty() {
            return Arc::clone(plain.get_or_insert_with(|| work(resource)));
        }
        key.clear();
        key.push_str(conversation.unwrap_or_default());
        for (name, value) in fields.all_watched() {
            // with its length, because a value may hold any character
            let _ = write!(key, "\n{name} {} {value}", value.len());
        }
        if let Some(labels) = told.get(key.as_str()) {
            return Arc::clone(labels);
        }
        let labels = work(resource);
        if told.len() == REMEMBERED {
            told.clear();
        }
        told.insert(key.clone(), Arc::clone(&labels));
        labels
    }
    /// Makes the resource the last one asked for.
    fn go_to(&mut self, resource: &str) {
        if self.places.get(self.last).is_some_and(|place| *place.text == *resource) {
            return;
        }
        self.last = self.by_text.get(resource).copied().unwrap_or(self.places.len());
        if self.last == self.places.len() {
            let text: Arc<str> = Arc::from(resource);
            self.by_text.insert(Arc::clone(&text), self.last);
            self.places.push(Place { text, resource: json::members(resource), plain: None, told: FxHashMap::default() });
        }
    }
}
