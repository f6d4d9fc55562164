//! The names that agents and conventions use, for those who must find them again in what a poorer system made of them: Loki and Prometheus
//! turn dots into underscores, Prometheus adds units. Border: names and what they are of; how a system spells them is said where it is
//! read, and what they mean is the dialects' business.

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
    /// Resource attributes.
    pub resource: Vec<String>,
    /// Attributes of log records, data points, spans and scopes.
    pub attributes: Vec<String>,
    /// Events.
    pub events: Vec<EventWord>,
    /// Metrics.
    pub metrics: Vec<MetricWord>,
}

/// An event, and how it is known where its name is lost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EventWord {
    /// Its name.
    pub name: String,
    /// Attributes that every record of it has and that, all together, no other event's record has.
    pub has: Vec<String>,
    /// Attributes that no record of it has.
    pub lacks: Vec<String>,
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
