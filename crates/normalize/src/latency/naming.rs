//! What the spans of traces that several conversations share name: by their own attributes, else by their resource's. Most of these spans tell nothing
//! else and are no facts. Border: raw spans in, names into what is known; memory is for those traces, not for the archive.

use std::sync::Arc;

use tracemill_model::lake::Part;
use tracemill_model::read::{ReadError, rows};

use super::known::Known;
use crate::Error;
use crate::attributes::Reader;
use crate::dialect::{Claim, Dialects};
use crate::evidence::Evidence;
use crate::evidence::place::Places;
use crate::evidence::whose;
use crate::pool::Pool;
use crate::stamp::id;

const COLUMNS: [&str; 6] = ["trace_id", "span_id", "service_name", "scope_name", "attributes", "resource"];

/// Reads them.
pub fn read(known: &mut Known, dialects: &Dialects, evidence: &[Evidence], parts: &[&Part]) -> Result<(), Error> {
    let shared = known.shared();
    if shared.is_empty() {
        return Ok(());
    }
    let readers: Vec<Reader> = dialects.list().iter().map(Reader::new).collect();
    let mut pool = Pool::new(dialects.masks().clone());
    let mut claim = Claim::new(dialects);
    let mut places = vec![Places::default(); dialects.list().len()];
    for part in parts {
        for batch in rows(part, &COLUMNS)? {
            let batch = batch?;
            let [traces, ids, services, scopes, attributes, resources] = [0, 1, 2, 3, 4, 5].map(|column| batch.text(column));
            for row in 0..batch.len() {
                let Some(trace) = traces.get(row).map(id).filter(|t| shared.contains(t)) else { continue };
                let json = attributes.get(row).unwrap_or_default();
                let (Some(span), Some(of)) = (ids.get(row), claim.of(None, services.get(row), scopes.get(row), json)) else { continue };
                let fields = readers[of].read(json).map_err(|e| ReadError { path: part.path.clone(), reason: format!("attributes: {e}") })?;
                let dialect = &dialects.list()[of];
                let place = places[of].of(dialect, &mut pool, resources.get(row).unwrap_or_default());
                let Some((named, within)) = whose::named(&mut pool, dialect, &fields, place) else { continue };
                // programs that count from 1 have a conversation each
                let of_service = evidence[of].suffixes.settle_named(&mut pool, &named, within.as_ref(), services.get(row));
                if let Some(conversation) = of_service.and_then(|named| settled(&evidence[of], &dialect.agent, &named)) {
                    known.name(trace, id(span) as u64, conversation);
                }
            }
        }
    }
    Ok(())
}

/// The conversation as the tables have it; none that no other record tells of: an attribute of that name may mean something else.
fn settled(evidence: &Evidence, agent: &str, named: &str) -> Option<Arc<str>> {
    let known = |id: &str| evidence.threads.get_key_value(id).map(|(id, _)| Arc::clone(id));
    known(named).or_else(|| known(&format!("{named}@{agent}")))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tracemill_model::tables::LATENCY;

    use crate::tests::Archive;

    /// Span, and the conversation whose it is.
    fn owners(a: &Archive) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().trim_start_matches('0').to_owned();
        let mut owners: Vec<_> = a.build().pick(&LATENCY, &["span_id", "conversation_id"]).iter().map(|r| (text(&r[0]), text(&r[1]))).collect();
        owners.retain(|(span, _)| !span.is_empty());
        owners.sort();
        owners
    }

    fn owned(owners: &[(&str, &str)]) -> Vec<(String, String)> {
        owners.iter().map(|(span, conversation)| ((*span).to_owned(), (*conversation).to_owned())).collect()
    }

    #[test]
    fn what_a_span_names_is_its_services() {
        let of = |operation: &str, conversation: &str| json!({"gen_ai.operation.name": operation, "gen_ai.conversation.id": conversation});
        let chat = |conversation: &str| json!({"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 5, "gen_ai.conversation.id": conversation});
        let mut a = Archive::default();
        a.span_of("one", (0, 90), "invoke_agent", ["a", "a1", ""], of("invoke_agent", "1"))
            .span_of("one", (10, 20), "chat", ["a", "a2", "a1"], chat("1"))
            // two conversations in one trace, one of which has an id that another program has too
            .span_of("two", (0, 90), "invoke_agent", ["b", "b1", ""], of("invoke_agent", "1"))
            .span_of("two", (10, 20), "chat", ["b", "b2", "b1"], chat("1"))
            .span_of("two", (30, 80), "invoke_agent", ["b", "b3", "b1"], of("invoke_agent", "x"))
            .span_of("two", (40, 50), "note", ["b", "b4", "b3"], of("note", "1"))
            // whose `1` is it?
            .span_of("three", (60, 70), "note", ["b", "b5", "b3"], of("note", "1"));
        let expected = [("a1", "1"), ("a2", "1"), ("b1", "1@two"), ("b2", "1@two"), ("b3", "x"), ("b4", "1@two"), ("b5", "x")];
        assert_eq!(owners(&a), owned(&expected));
    }

    #[test]
    fn what_a_span_does_not_name_its_resource_may() {
        let mut a = Archive::default();
        let mut span = |session: &str, ms, name: &str, ids: [&str; 3], attributes: Value| {
            a.span_of("gemini-cli", ms, name, ids, attributes).last()["resource"] = json!(json!({"session.id": session}).to_string());
        };
        let call = |tool: &str| json!({"gen_ai.operation.name": "tool_call", "gen_ai.tool.name": tool});
        span("s1", (0, 90), "tool_call", ["a", "a1", ""], call("shell"));
        span("s1", (5, 85), "wait", ["a", "a2", "a1"], json!({}));
        // another process, started by the tool
        span("s2", (10, 80), "schedule", ["a", "a3", "a2"], json!({}));
        span("s2", (20, 70), "tool_call", ["a", "a4", "a3"], call("look"));
        // what a span names goes before
        span("s2", (30, 60), "note", ["a", "a5", "a4"], json!({"session.id": "s1"}));
        assert_eq!(owners(&a), owned(&[("a1", "s1"), ("a2", "s1"), ("a3", "s2"), ("a4", "s2"), ("a5", "s1")]));
    }
}
