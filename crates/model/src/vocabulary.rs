//! The names that agents and conventions use, for those who must find them again in what a poorer system made of them: Loki and Prometheus
//! turn dots into underscores, Prometheus adds units. Border: names and what they are of; how a system spells them is said where it is
//! read, and what they mean is the dialects' business.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The names of all agents and conventions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// One for each agent, then the conventions that all share.
    pub words: Vec<Words>,
}

/// The names that one agent, or a convention, uses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Words {
    /// The agent, as the dialects name it; empty for a convention.
    pub agent: String,
    /// What its `service.name` begins with (case, `_` and `-` folded); empty for a convention.
    pub services: Vec<String>,
    /// What stands before an event's name in its body, where that is all that the body is; empty where it is not so.
    pub body_prefix: String,
    /// Resource attributes. A name that is among `attributes` too stands in both places.
    pub resource: Vec<String>,
    /// Attributes of log records, data points, spans and scopes: those that underscores would hide, and those that look like a hidden name
    /// but are none. Of two that underscores make one, a record has both, except where its event lacks one.
    pub attributes: Vec<String>,
    /// Attributes that every event's records have.
    pub common: Vec<String>,
    /// Events. The same may stand here several times, for its different shapes.
    pub events: Vec<EventWord>,
    /// Metrics.
    pub metrics: Vec<MetricWord>,
}

/// An event, and how it is known where its name is lost: of those that fit a record the first is its event. The record's fields `trace_id`,
/// `span_id` and `event_name` count as attributes of these names. Where there is neither `has` nor `body`, the name cannot be recovered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EventWord {
    /// Its name.
    pub name: String,
    /// What its body begins with; empty where that tells nothing.
    pub body: String,
    /// Attributes that every record of it has.
    pub has: Vec<String>,
    /// Attributes that no record of it has.
    pub lacks: Vec<String>,
    /// Attributes that have the same value in all such records, which may be lost because of that.
    pub constants: BTreeMap<String, String>,
}

/// A metric as its agent defines it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricWord {
    /// Its name.
    pub name: String,
    /// Its unit (UCUM), as the agent gives it.
    pub unit: String,
    /// gauge, sum, histogram, exponential_histogram or summary.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether a sum only grows.
    pub monotonic: bool,
}
