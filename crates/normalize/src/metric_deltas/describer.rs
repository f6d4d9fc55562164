//! What a row of `metric_deltas` says beside its figures: metric, agent, labels. Border: texts of a raw row in, shared ones out.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::raw::RawPoint;
use crate::dialect::Dialect;
use crate::pool::Pool;
use crate::rows::delta::{DeltaRow, Labels};
use crate::stamp::id;
use crate::tool_name::ToolNames;

/// Makes rows without figures, with one copy of each text.
#[derive(Debug)]
pub struct Describer<'d> {
    dialect: &'d Dialect,
    names: &'d ToolNames,
    pool: Pool,
    /// By their text; those of an agent's own metrics, and those of others.
    labels: [FxHashMap<Arc<str>, Arc<Labels>>; 2],
}

impl<'d> Describer<'d> {
    /// Knows no text yet; `names` resolves the spelling of tools.
    pub fn new(dialect: &'d Dialect, names: &'d ToolNames) -> Describer<'d> {
        Describer { dialect, names, pool: Pool::default(), labels: Default::default() }
    }

    /// The row of a point of that metric, as yet without figures.
    pub fn row(&mut self, raw: RawPoint<'_>, metric: &str) -> DeltaRow {
        let kind = raw.kind();
        // whose a metric is, its name says; a service's name would also name the Collector that measures the agent's spans
        let of_agent = metric.starts_with(self.dialect.metric_prefix.as_str());
        DeltaRow {
            time: raw.time(),
            start: raw.start(),
            metric: self.pool.share(metric),
            kind: kind.map(|t| self.pool.share(t)),
            unit: raw.unit().map(|t| self.pool.share(t)),
            monotonic: if kind == Some("sum") { raw.monotonic() } else { None },
            agent: of_agent.then(|| self.pool.share(&self.dialect.agent)),
            labels: raw.labels().map(|json| self.labels(json, of_agent)),
            value: None,
            count: None,
            min: None,
            max: None,
            service_name: raw.service_name().map(|t| self.pool.share(t)),
            record: raw.record_id().map_or(0, id),
        }
    }

    /// The labels in that text; what they are called in a metric that no agent is known for, nobody can tell.
    fn labels(&mut self, text: &str, of_agent: bool) -> Arc<Labels> {
        let known = &self.labels[usize::from(of_agent)];
        if let Some(labels) = known.get(text) {
            return Arc::clone(labels);
        }
        let mut labels = Labels { json: Arc::from(text), model: None, tool: None, token_type: None };
        if of_agent {
            let json: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
            let label = |key: &str| json.get(key).and_then(|v| v.as_str()).filter(|t| !t.is_empty());
            let names = &self.dialect.metrics;
            let tool = label(&names.tool).map(|t| self.names.resolve(&self.dialect.tools, t, None, None).name);
            labels.model = label(&names.model).map(|m| self.pool.share(m));
            labels.tool = tool.map(|t| self.pool.share(&t));
            labels.token_type = label(&names.token_type).map(|t| self.pool.share(t));
        }
        let labels = Arc::new(labels);
        self.labels[usize::from(of_agent)].insert(Arc::clone(&labels.json), Arc::clone(&labels));
        labels
    }
}
