//! What the spans of traces that several conversations share name. Most of these spans tell nothing else and are no facts. Border: raw spans
//! in, names into what is known; memory is for those traces, not for the archive.

use std::sync::Arc;

use tracemill_model::lake::Part;
use tracemill_model::read::{ReadError, rows};

use super::known::Known;
use crate::Error;
use crate::attributes::Reader;
use crate::dialect::{Claim, Dialects};
use crate::evidence::Evidence;
use crate::evidence::place::Place;
use crate::evidence::whose;
use crate::pool::Pool;
use crate::stamp::id;

const COLUMNS: [&str; 5] = ["trace_id", "span_id", "service_name", "scope_name", "attributes"];

/// Reads them.
pub fn read(known: &mut Known, dialects: &Dialects, evidence: &[Evidence], parts: &[&Part]) -> Result<(), Error> {
    let shared = known.shared();
    if shared.is_empty() {
        return Ok(());
    }
    let readers: Vec<Reader> = dialects.list().iter().map(Reader::new).collect();
    let mut pool = Pool::new(dialects.masks().clone());
    let mut claim = Claim::new(dialects);
    let nowhere = Place::default();
    for part in parts {
        for batch in rows(part, &COLUMNS)? {
            let batch = batch?;
            let [traces, ids, services, scopes, attributes] = [0, 1, 2, 3, 4].map(|column| batch.text(column));
            for row in 0..batch.len() {
                let Some(trace) = traces.get(row).map(id).filter(|t| shared.contains(t)) else { continue };
                let json = attributes.get(row).unwrap_or_default();
                let (Some(span), Some(of)) = (ids.get(row), claim.of(None, services.get(row), scopes.get(row), json)) else { continue };
                let fields = readers[of].read(json).map_err(|e| ReadError { path: part.path.clone(), reason: format!("attributes: {e}") })?;
                let Some((named, _)) = whose::named(&mut pool, &dialects.list()[of], &fields, &nowhere) else { continue };
                if let Some(conversation) = settled(&evidence[of], &dialects.list()[of].agent, &named) {
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
