//! The name of an entry's event. Loki knows two: the attribute `event.name` and the record's own field `event_name`, and makes one label
//! `event_name` of both. Before 3.8 it is the attribute's. From 3.8 on it is one of the two, another one for each record; and Codex writes
//! the Rust source line into the field (`event otel/src/events/session_telemetry.rs:1153`). Border: which name is which; where the attribute
//! is hidden or left out it is recovered by the dictionary.

use crate::decode::loki::Entry;
use crate::dictionary::{Agent, Dictionary};
use crate::told::Told;
use tracemill_model::EventWord;

/// What is known of an entry's event.
#[derive(Debug, Default)]
pub struct Named<'e> {
    /// Whose names the entry's labels are.
    pub agent: Option<&'e Agent>,
    /// The event, if it is one of the agent's.
    pub event: Option<&'e EventWord>,
    /// The attribute `event.name`; empty where there is none.
    pub attribute: &'e str,
    /// The field `event_name`; empty where it is not known.
    pub record: &'e str,
    /// Attributes that the event has, but the entry has lost.
    pub constants: Vec<(&'e str, &'e str)>,
    /// Whether it is an event whose name is hidden and could not be recovered.
    pub nameless: bool,
}

impl Named<'_> {
    /// Tells what a reader should know.
    pub fn tell(&self, told: &mut Told) {
        if !self.record.is_empty() {
            told.form("Loki 3.8 or later");
        }
        if self.nameless {
            told.warn(
                "Loki 3.8 and later shows the source line in place of some events' names, and what they are could not be told by their \
                 other labels: they stand under the source line",
            );
        }
    }
}

/// Finds out the name of an entry's event.
pub fn name<'e>(entry: &'e Entry, dictionary: &'e Dictionary) -> Named<'e> {
    let label = |name: &str| entry.labels.iter().find(|(label, _)| label == name).map_or("", |(_, value)| value.as_ref());
    let (service, shown) = (label("service_name"), label("event_name"));
    let hidden = is_source_line(shown);
    let agent = dictionary.agent(service, shown);
    let mut named = Named { agent, record: if hidden { shown } else { "" }, ..Named::default() };
    if !shown.is_empty() && !hidden {
        named.attribute = shown;
        named.event = agent.and_then(|a| a.event(shown));
        return named;
    }
    // other programs' records have no names that could be lost
    if agent.is_none() && !hidden && !service.is_empty() {
        return named;
    }
    let has = |name: &str| !label(name).is_empty();
    if let Some((agent, event)) = dictionary.recover(agent, entry.line, has) {
        named.agent = Some(agent);
        named.attribute = &event.name;
        let lost = event.constants.iter().filter(|(name, _)| !entry.labels.iter().any(|(label, _)| dictionary.is(agent, label, name)));
        named.constants = lost.map(|(name, value)| (name.as_str(), value.as_str())).collect();
        named.event = Some(event);
    } else {
        named.nameless = hidden && agent.is_some_and(|a| a.has_event(has));
    }
    named
}

/// Whether a name is that of a callsite, as Rust's `tracing` gives it to a record without a name.
fn is_source_line(name: &str) -> bool {
    let place = name.strip_prefix("event ").and_then(|place| place.rsplit_once(':'));
    place.is_some_and(|(file, line)| file.ends_with(".rs") && !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_lines_are_no_events() {
        assert!(is_source_line("event otel/src/events/session_telemetry.rs:1153"));
        assert!(is_source_line("event otel\\src\\tool_result.rs:54"));
        for name in ["codex.sse_event", "event", "event store", "event at 12:30", "src/lib.rs:7", "event a.rs:"] {
            assert!(!is_source_line(name), "{name}");
        }
    }
}
