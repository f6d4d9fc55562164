//! Prompts in full. The table of prompts has their first 2,048 bytes; the rest is in the raw records they were taken from. Border: which
//! attribute of a record it was is not known here, so the value is found by its beginning.

use std::collections::BTreeMap;

use serde_json::Value;
use tracemill_secrets::{Kinds, Rules};

use crate::catalog::Catalog;
use crate::error::QueryError;
use crate::filters::Filters;
use crate::timeline::cells::Cells;
use crate::timeline::entry::Entry;

/// Texts of this length may have been cut.
const CUT_BYTES: usize = 2048;

/// A prompt's text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Full {
    pub(super) text: String,
    /// Whether its end is missing.
    pub(super) cut: bool,
}

/// The text of each of the prompts; `None` where none was exported.
pub(super) fn texts(catalog: &Catalog, prompts: &[&Entry]) -> Result<Vec<Option<Full>>, QueryError> {
    let long = |e: &&&Entry| e.content.as_ref().is_some_and(|t| t.len() + 4 > CUT_BYTES);
    let ids: Vec<String> = prompts.iter().filter(long).filter_map(|e| e.call_id.as_ref()).map(|id| format!("'{}'", id.replace('\'', "''"))).collect();
    let mut records: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for table in ["events", "spans"] {
        if ids.is_empty() {
            break;
        }
        let body = if table == "events" { "body" } else { "links" };
        let sql = format!("SELECT record_id, attributes, {body} AS body FROM {table} WHERE record_id IN ({})", ids.join(", "));
        let answer = catalog.sql(&sql, &Filters::default())?;
        for row in Cells::rows(&answer) {
            let values = ["attributes", "body"].iter().filter_map(|c| serde_json::from_str(&row.text(c)?).ok());
            records.entry(row.text("record_id").unwrap_or_default()).or_default().extend(values);
        }
    }
    let rules = catalog.secret_rules()?;
    let full = |entry: &&Entry| {
        let beginning = entry.content.clone()?;
        let values = entry.call_id.as_ref().and_then(|id| records.get(id));
        let found = values.and_then(|values| values.iter().find_map(|v| find(v, &beginning, &rules)));
        // a text of exactly that length was found as itself
        let cut = found.is_none() && long(&entry);
        Some(Full { text: found.unwrap_or(beginning), cut })
    };
    Ok(prompts.iter().map(full).collect())
}

/// The first text in the value, or in JSON within its texts, that begins so, as the beginning does without its secrets.
fn find(value: &Value, beginning: &str, rules: &Rules) -> Option<String> {
    match value {
        Value::String(text) => {
            let masked = rules.mask(text, Kinds::SECRETS).unwrap_or_else(|| text.clone());
            if masked.starts_with(beginning) {
                return Some(masked);
            }
            let inner = text.starts_with(['[', '{']).then(|| serde_json::from_str(text).ok()).flatten()?;
            find(&inner, beginning, rules)
        }
        Value::Array(values) => values.iter().find_map(|v| find(v, beginning, rules)),
        Value::Object(members) => members.values().find_map(|v| find(v, beginning, rules)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_is_found_by_its_beginning_also_in_json_within_texts() {
        let record = json!({"a": 1, "messages": "[{\"parts\": [{\"content\": \"mend it, all of it\"}]}]"});
        let rules = Rules::embedded().unwrap();
        assert_eq!(find(&record, "mend it", &rules).as_deref(), Some("mend it, all of it"));
        assert_eq!(find(&record, "break it", &rules), None);
        // written by steps through the alphabet: as varied as a token is, and none that someone could have
        let letters: String = (0..36).map(|i| char::from(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"[i * 17 % 62])).collect();
        let secret = json!({"prompt": format!("use gh{}_{letters} now", 'p')});
        assert_eq!(find(&secret, "use [secr", &rules).as_deref(), Some("use [secret:github-pat] now"));
    }
}
