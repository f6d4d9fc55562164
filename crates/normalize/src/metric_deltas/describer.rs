//! What a row of `metric_deltas` says beside its figures: metric, agent, labels, and whose tokens it counts. Border: texts of a raw row in, shared
//! ones out.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::raw::RawPoint;
use super::tokens::Counted;
use crate::attributes::{Reader, json};
use crate::attribution::{Attribution, Labeller};
use crate::dialect::{Claim, Dialect, Dialects, starts_with_any};
use crate::pool::Pool;
use crate::rows::delta::{DeltaRow, Labels};
use crate::stamp::id;
use crate::tool_name::ToolNames;

/// Makes rows without figures, with one copy of each text.
#[derive(Debug)]
pub struct Describer<'d> {
    dialects: &'d Dialects,
    /// Of each dialect.
    names: Vec<&'d ToolNames>,
    claim: Claim<'d>,
    /// Finds whose tokens are counted, in what this reads of the labels.
    labellers: Vec<Labeller<'d>>,
    reader: Reader,
    pool: Pool,
    /// By their text; those of each agent's own metrics, and at the end those of others.
    labels: Vec<FxHashMap<Arc<str>, Arc<Labels>>>,
}

impl<'d> Describer<'d> {
    /// Knows no text yet; `names` resolve the spelling of tools.
    pub fn new((dialects, attribution): (&'d Dialects, &'d Attribution), names: Vec<&'d ToolNames>) -> Describer<'d> {
        let labels = vec![FxHashMap::default(); dialects.list().len() + 1];
        let labellers = Labeller::of_each(attribution, dialects);
        let reader = Reader::default().watching(attribution.watched());
        Describer { dialects, names, claim: Claim::new(dialects), labellers, reader, pool: Pool::new(dialects.masks().clone()), labels }
    }

    /// The row of a point of that metric, as yet without figures.
    pub fn row(&mut self, raw: RawPoint<'_>, metric: &str) -> DeltaRow {
        let kind = raw.kind();
        let of = self.dialect_of(raw, metric);
        let dialect = of.map(|of| &self.dialects.list()[of]);
        let agent = dialect.map(|d| raw.service_name().filter(|_| d.agent_is_service).unwrap_or(&d.agent));
        DeltaRow {
            time: raw.time(),
            start: raw.start(),
            metric: self.pool.share(metric),
            kind: kind.map(|t| self.pool.share(t)),
            unit: raw.unit().map(|t| self.pool.share(t)),
            monotonic: if kind == Some("sum") { raw.monotonic() } else { None },
            agent: agent.map(|a| self.pool.share(a)),
            labels: raw.labels().map(|json| self.labels(json, of)),
            value: None,
            count: None,
            min: None,
            max: None,
            service_name: raw.service_name().map(|t| self.pool.share(t)),
            record: raw.record_id().map_or(0, id),
            dialect: of,
            counted: of.and_then(|of| self.counted(raw, metric, of)).map(Box::new),
        }
    }

    /// The agent of a row's dialect, as the dialect has it.
    pub fn agent(&self, row: &DeltaRow) -> &'d str {
        row.dialect.map_or("", |of| &self.dialects.list()[of].agent)
    }

    /// Which tokens of whom the point counts.
    fn counted(&mut self, raw: RawPoint<'_>, metric: &str, of: usize) -> Option<Counted> {
        let mut counted = Counted::of(&self.dialects.list()[of], of, &mut self.pool, raw, metric)?;
        if let Ok(fields) = self.reader.read(raw.labels().unwrap_or_default()) {
            counted.owner = self.labellers[of].labels(counted.conversation(), raw.resource().unwrap_or_default(), &fields);
        }
        Some(counted)
    }

    /// Whose a metric is, its name says; a service's name would also name the Collector that measures the agent's spans. Names that agents share
    /// say it together with the program that exports them.
    fn dialect_of(&mut self, raw: RawPoint<'_>, metric: &str) -> Option<usize> {
        let list = self.dialects.list();
        let own = list.iter().position(|d| starts_with_any(metric, &d.metrics.prefixes));
        let shares = |d: &Dialect| starts_with_any(metric, &d.metrics.shared_prefixes);
        own.or_else(|| {
            if !list.iter().any(shares) {
                return None;
            }
            match self.claim.of_origin(raw.service_name(), raw.scope_name()) {
                Some(of) => Some(of).filter(|of| shares(&list[*of])),
                None => list.iter().position(|d| d.agent_is_service && shares(d)),
            }
        })
    }

    /// The labels in that text; what they are called in a metric that no agent is known for, nobody can tell.
    fn labels(&mut self, text: &str, of: Option<usize>) -> Arc<Labels> {
        let place = of.unwrap_or(self.labels.len() - 1);
        if let Some(labels) = self.labels[place].get(text) {
            return Arc::clone(labels);
        }
        let mut labels = Labels { json: Arc::from(&*self.pool.masks().mask(text)), model: None, tool: None, token_type: None, spelling: None };
        if let Some(of) = of {
            let dialect = &self.dialects.list()[of];
            let json = json::members(text);
            let label = |keys: &[String]| keys.iter().find_map(|key| json.get(key)?.as_str().filter(|t| !t.is_empty()));
            let names = &dialect.metrics;
            let spelling = label(&names.tool);
            let tool = spelling.map(|t| self.names[of].resolve(&dialect.tools, t, None, None).name);
            labels.model = label(&names.model).map(|m| self.pool.share(m));
            labels.tool = tool.map(|t| self.pool.share(&t));
            labels.spelling = spelling.map(|t| self.pool.share(t));
            labels.token_type = label(&names.token_type).map(|t| self.pool.share(t));
        }
        let labels = Arc::new(labels);
        self.labels[place].insert(Arc::from(text), Arc::clone(&labels));
        labels
    }
}
