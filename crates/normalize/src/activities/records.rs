//! The pass over events and spans for what the rules name. Border: raw parts in; names that no rule has cost one look-up.

use rustc_hash::FxHashMap;
use tracemill_model::lake::Part;

use super::{Activities, Frame, conversation, text};
use crate::Error;
use crate::attributes::json::members;
use crate::dialect::{Activity, Claim};
use crate::model_calls::Signal;
use crate::stamp::id;
use tracemill_model::read::rows;

impl Activities<'_> {
    /// Takes the log records and span events of a part of `events`.
    ///
    /// # Errors
    /// The part cannot be read.
    pub fn events(&mut self, part: &Part) -> Result<(), Error> {
        self.pass(part, ["record_id", "time", "event_name", "service_name", "scope_name", "attributes", "origin"], |rule| &rule.event)
    }

    /// Takes the spans of a part of `spans`.
    ///
    /// # Errors
    /// The part cannot be read.
    pub fn spans(&mut self, part: &Part) -> Result<(), Error> {
        self.pass(part, ["record_id", "end_time", "name", "service_name", "scope_name", "attributes", "kind"], |rule| &rule.span)
    }

    fn pass(&mut self, part: &Part, columns: [&str; 7], named: fn(&Activity) -> &String) -> Result<(), Error> {
        let dialects = self.dialects;
        let mut rules: FxHashMap<&str, Vec<(usize, &Activity)>> = FxHashMap::default();
        for (place, dialect) in dialects.list().iter().enumerate() {
            for rule in dialect.activities.iter().filter(|r| !named(r).is_empty()) {
                rules.entry(named(rule)).or_default().push((place, rule));
            }
        }
        // most parts have none of these, and their attributes are not read
        if rules.is_empty() || !has(part, columns[2], |name| rules.contains_key(name))? {
            return Ok(());
        }
        let mut claim = Claim::new(dialects);
        for batch in rows(part, &columns)? {
            let batch = batch?;
            for row in 0..batch.len() {
                let Some(rules) = batch.text(2).get(row).and_then(|name| rules.get(name)) else { continue };
                let (service, json) = (batch.text(3).get(row), batch.text(5).get(row).unwrap_or_default());
                let Some(of) = claim.of(batch.text(2).get(row), service, batch.text(4).get(row), json) else { continue };
                let Some((_, rule)) = rules.iter().find(|(place, _)| *place == of) else { continue };
                let attributes = members(json);
                let amount = text(&attributes, std::slice::from_ref(&rule.amount)).and_then(|t| t.parse().ok()).filter(|a: &f64| a.is_finite());
                let dialect = &dialects.list()[of];
                let frame = Frame {
                    dialect: of,
                    time: batch.times(1).get(row),
                    agent: self.pool.share(dialect.agent_of(service)),
                    service: service.map(|s| self.pool.share(s)),
                    evidence: if batch.text(6).get(row) == Some("log") { Signal::Log } else { Signal::Span },
                    record: batch.text(0).get(row).map_or(0, id),
                };
                let labels = Some(self.pool.share(json));
                self.add(rule, frame, conversation(dialect, &attributes), &attributes, labels, amount.unwrap_or(1.0));
            }
        }
        Ok(())
    }
}

/// Whether any row of the part has a name that is wanted.
fn has(part: &Part, column: &str, wanted: impl Fn(&str) -> bool) -> Result<bool, Error> {
    for batch in rows(part, &[column])? {
        let batch = batch?;
        if (0..batch.len()).any(|row| batch.text(0).get(row).is_some_and(&wanted)) {
            return Ok(true);
        }
    }
    Ok(false)
}
