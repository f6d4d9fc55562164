//! What agents count or tell beside calls, by the rules `[[activities]]` of the dialects: of each kind an agent has one rule, so that nothing
//! that both a metric and an event tell is counted twice. Border: increases of metrics, events and spans in, rows out.

mod records;

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde_json::Value;
use tracemill_model::date::day_of;

use crate::attributes::json;
use crate::dialect::{Activity, Dialect, Dialects};
use crate::model_calls::Signal;
use crate::pool::Pool;
use crate::rows::activity::ActivityRow;
use crate::rows::delta::DeltaRow;
use crate::tool_name::ToolNames;

/// Gathers them.
#[derive(Debug)]
pub struct Activities<'d> {
    dialects: &'d Dialects,
    names: Vec<Arc<ToolNames>>,
    /// Rules by the name of the metric: dialect and rule.
    metrics: FxHashMap<&'d str, Vec<(usize, &'d Activity)>>,
    pool: Pool,
    rows: Vec<ActivityRow>,
    /// Dialect, and how a record spells a tool.
    asked: BTreeSet<(usize, Arc<str>)>,
}

/// What a row says beside what its attributes do.
struct Frame {
    dialect: usize,
    time: Option<i64>,
    agent: Arc<str>,
    service: Option<Arc<str>>,
    evidence: Signal,
    record: u128,
}

impl<'d> Activities<'d> {
    /// Has gathered nothing yet; `names` resolve the spelling of tools.
    pub fn new(dialects: &'d Dialects, names: Vec<Arc<ToolNames>>) -> Activities<'d> {
        let mut metrics: FxHashMap<&str, Vec<(usize, &Activity)>> = FxHashMap::default();
        for (place, dialect) in dialects.list().iter().enumerate() {
            for rule in dialect.activities.iter().filter(|r| !r.metric.is_empty()) {
                metrics.entry(&rule.metric).or_default().push((place, rule));
            }
        }
        Activities { dialects, names, metrics, pool: Pool::new(dialects.masks().clone()), rows: Vec::new(), asked: BTreeSet::new() }
    }

    /// Takes the increase of a metric.
    pub fn metric(&mut self, row: &DeltaRow) {
        let Some(rules) = self.metrics.get(&*row.metric) else { return };
        let Some((dialect, rule)) = rules.iter().find(|(place, _)| row.dialect == Some(*place)).copied() else { return };
        let Some(increase) = row.value.filter(|v| v.is_finite() && *v != 0.0) else { return };
        let labels = row.labels.as_ref().map(|l| Arc::clone(&l.json));
        let attributes = labels.as_deref().map(json::members).unwrap_or_default();
        let agent = row.agent.clone().unwrap_or_else(|| Arc::from(self.dialects.list()[dialect].agent.as_str()));
        let (service, evidence, record) = (row.service_name.clone(), Signal::Metric, row.record);
        let conversation = text(&attributes, &self.dialects.list()[dialect].metrics.conversation);
        let frame = Frame { dialect, time: row.time, agent, service, evidence, record };
        self.add(rule, frame, conversation, &attributes, labels, increase);
    }

    fn add(&mut self, rule: &Activity, frame: Frame, conversation: Option<String>, attributes: &Value, labels: Option<Arc<str>>, amount: f64) {
        let dialect = &self.dialects.list()[frame.dialect];
        let word = text(attributes, std::slice::from_ref(&rule.label));
        let Some(kind) = rule.kind_of(word.as_deref()) else { return };
        let pool = &mut self.pool;
        let tool = text(attributes, &rule.tool).map(|t| {
            let name = self.names[frame.dialect].resolve(&dialect.tools, &t, None, None).name;
            self.asked.insert((frame.dialect, pool.share(&t)));
            name
        });
        let mut share = |value: Option<String>| value.map(|v| pool.share(&v));
        let lower = |value: Option<String>| value.map(|v| v.to_lowercase());
        self.rows.push(ActivityRow {
            time: frame.time,
            conversation: share(conversation),
            agent: frame.agent,
            kind: pool_kind(&mut share, kind),
            amount,
            detail: share(text(attributes, &rule.detail)),
            tool: share(tool),
            decision: share(lower(text(attributes, &rule.decision))),
            source: share(lower(text(attributes, &rule.source))),
            language: share(text(attributes, &rule.language)),
            terminal: share(text(attributes, &rule.terminal)),
            model: share(text(attributes, &rule.model)),
            labels,
            service: frame.service,
            evidence: frame.evidence,
            record: frame.record,
        });
    }

    /// Number of rows so far.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The days of the rows from that one on.
    pub fn days(&self, from: usize) -> BTreeSet<i32> {
        self.rows[from..].iter().map(|row| day_of(row.time)).collect()
    }

    /// Names of tools that were asked for since this was last called, with their dialects.
    pub fn asked(&mut self) -> BTreeSet<(usize, Arc<str>)> {
        std::mem::take(&mut self.asked)
    }

    /// The rows of the days that are wanted, sorted.
    pub fn rows(mut self, wanted: impl Fn(i32) -> bool) -> Vec<ActivityRow> {
        self.rows.retain(|row| wanted(day_of(row.time)));
        self.rows.sort_by(|a, b| (a.time, &a.kind, a.record).cmp(&(b.time, &b.kind, b.record)));
        self.rows
    }
}

fn pool_kind(share: &mut impl FnMut(Option<String>) -> Option<Arc<str>>, kind: &str) -> Arc<str> {
    share(Some(kind.to_owned())).unwrap_or_else(|| Arc::from(kind))
}

/// The first of the attributes that is there, as text.
fn text(attributes: &Value, keys: &[String]) -> Option<String> {
    keys.iter().find_map(|key| match attributes.get(key)? {
        Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        other => Some(other.to_string()),
    })
}

impl Activity {
    /// What it is, by the value of its label where it has one.
    fn kind_of(&self, value: Option<&str>) -> Option<&str> {
        if self.values.is_empty() { Some(&self.kind) } else { self.values.get(value?).map(String::as_str) }
    }
}

/// The conversation that a record's attributes name.
fn conversation(dialect: &Dialect, attributes: &Value) -> Option<String> {
    text(attributes, dialect.fields.get("conversation_id")?)
}
