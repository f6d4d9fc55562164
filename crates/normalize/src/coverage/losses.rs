//! What is lost of no one conversation: records of an agent that name none, what the Collector says that it refused, metrics of processes, also where
//! a part of what they count is forgotten, and samples of which nobody can tell what they count. Border: counts in, rows out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tracemill_model::date::{DAY_NS, day_of};

use super::said::{Said, Teller};
use crate::model_calls::Signal;
use crate::rows::coverage::CoverageRow;
use crate::rows::delta::DeltaRow;

/// Agent, signal and day.
type Origin = (Arc<str>, Signal, i32);

/// Records of agents, by agent, signal and day.
#[derive(Debug, Default)]
pub struct Seen {
    counts: BTreeMap<Origin, i64>,
    /// Records of one agent and day follow one another: those of the last are added up here first.
    last: Option<(Origin, i64)>,
}

impl Seen {
    /// Notes a record.
    pub fn note(&mut self, agent: &str, signal: Signal, time: Option<i64>) {
        let day = day_of(time);
        match &mut self.last {
            Some(((a, s, d), n)) if **a == *agent && *s == signal && *d == day => *n += 1,
            _ => {
                self.put_last();
                self.last = Some(((Arc::from(agent), signal, day), 1));
            }
        }
    }

    fn put_last(&mut self) {
        if let Some((key, n)) = self.last.take() {
            *self.counts.entry(key).or_default() += n;
        }
    }

    /// Takes over the counts of others.
    pub fn merge(&mut self, mut other: Seen) {
        other.put_last();
        other.counts.into_iter().for_each(|(origin, n)| *self.counts.entry(origin).or_default() += n);
    }

    /// The counts, by agent, signal and day.
    pub fn into_list(mut self) -> Vec<(String, Signal, i32, i64)> {
        self.put_last();
        self.counts.into_iter().map(|((agent, signal, day), n)| (agent.to_string(), signal, day, n)).collect()
    }

    /// Takes over a count.
    fn add(&mut self, agent: &str, signal: Signal, day: i32, n: i64) {
        *self.counts.entry((Arc::from(agent), signal, day)).or_default() += n;
    }
}

/// A Collector's count of what it did not pass on.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Refused {
    day: i32,
    metric: Arc<str>,
    service: Option<Arc<str>>,
}

/// What metrics of a process say of a day.
#[derive(Debug, Clone)]
pub struct OfProcess {
    /// Agent.
    pub agent: Arc<str>,
    /// Process.
    pub process: Option<Arc<str>>,
    /// Day.
    pub day: i32,
    /// What they say.
    pub said: Said,
    /// They say it of hours of which a part is forgotten, and nothing that is left says it too: it is in no other table.
    pub withheld: bool,
}

/// Why tokens that a process counted are withheld.
pub const FORGOTTEN: &str = "partly_forgotten";

/// All of it.
#[derive(Debug, Default)]
pub struct Losses {
    seen: Seen,
    refused: BTreeMap<Refused, (Option<i64>, i64)>,
    processes: Vec<OfProcess>,
    undecided: Vec<String>,
}

impl Losses {
    /// Takes over counts of records.
    pub fn seen(&mut self, seen: &[(String, Signal, i32, i64)]) {
        seen.iter().for_each(|(agent, signal, day, n)| self.seen.add(agent, *signal, *day, *n));
    }

    /// Whether any record of an agent came by that signal on a day.
    pub fn saw(&self, agent: &Arc<str>, signal: Signal, day: i32) -> bool {
        self.seen.counts.contains_key(&(Arc::clone(agent), signal, day))
    }

    /// Takes over what metrics of processes say whose responses are known otherwise, or of which some are forgotten.
    pub fn processes(&mut self, processes: Vec<OfProcess>) {
        self.processes.extend(processes);
    }

    /// Takes over what cannot be told of samples.
    pub fn undecided(&mut self, lines: &[String]) {
        self.undecided.extend_from_slice(lines);
    }

    /// Looks whether a metric is one of the Collector's own about losses (`otelcol_receiver_refused_*`, `otelcol_exporter_send_failed_*`,
    /// `otelcol_exporter_enqueue_failed_*`, `otelcol_processor_dropped_*`), and of an agent's that it was seen.
    pub fn metric(&mut self, row: &DeltaRow) {
        if let Some(agent) = &row.agent {
            *self.seen.counts.entry((Arc::clone(agent), Signal::Metric, day_of(row.time))).or_default() += 1;
        }
        if row.metric.starts_with("otelcol_")
            && cause(&row.metric).is_some()
            && let Some(n) = row.value.filter(|v| v.is_finite() && *v >= 1.0)
        {
            let key = Refused { day: day_of(row.time), metric: Arc::clone(&row.metric), service: row.service_name.clone() };
            let (first, sum) = self.refused.entry(key).or_default();
            *first = [*first, row.time].into_iter().flatten().min();
            *sum += n.round() as i64;
        }
    }

    /// The rows; `days` are those of which conversations of an agent are known, `believed` what is of a process' conversations.
    pub fn rows(&self, days: &BTreeSet<(Arc<str>, i32)>, believed: impl Fn(&OfProcess) -> Option<Said>, rows: &mut Vec<CoverageRow>) {
        for ((agent, signal, day), n) in self.seen.counts.iter().filter(|((agent, _, day), _)| !days.contains(&(Arc::clone(agent), *day))) {
            let said = Said { first: Some(i64::from(*day) * DAY_NS), records: *n, ..Said::default() };
            rows.push(CoverageRow {
                agent: Some(Arc::clone(agent)),
                teller: Some((*signal).into()),
                causes: vec!["no_conversation".into()],
                ..row(said)
            });
        }
        for of in &self.processes {
            if of.withheld {
                let detail = "tokens counted in hours of which a part is forgotten: whose they are cannot be told, and they are in no conversation";
                rows.push(CoverageRow {
                    agent: Some(Arc::clone(&of.agent)),
                    process: of.process.clone(),
                    teller: Some(Teller::Metric),
                    causes: vec![FORGOTTEN.into()],
                    detail: Some(detail.to_owned()),
                    ..row(of.said.clone())
                });
                continue;
            }
            let difference = believed(of).map(|believed| of.said.less(&believed));
            let status = if difference == Some((Some(0), Some(0))) { "agrees" } else { "differs" };
            let (agent, process) = (Some(Arc::clone(&of.agent)), of.process.clone());
            rows.push(CoverageRow { agent, process, teller: Some(Teller::Metric), status, difference, ..row(of.said.clone()) });
        }
        for (refused, (first, n)) in &self.refused {
            let teller = [("spans", Teller::Span), ("log_records", Teller::Log), ("metric_points", Teller::Metric)];
            let teller = teller.into_iter().find(|(word, _)| refused.metric.contains(word)).map(|(_, teller)| teller);
            let causes = cause(&refused.metric).map(Arc::from).into_iter().collect();
            let detail = Some(format!("{}: {n}", refused.metric));
            let said = Said { first: *first, records: *n, ..Said::default() };
            rows.push(CoverageRow { service: refused.service.clone(), teller, causes, detail, ..row(said) });
        }
        for line in &self.undecided {
            let detail = Some(line.clone());
            rows.push(CoverageRow {
                teller: Some(Teller::Metric),
                causes: vec!["resampled_metrics".into()],
                detail,
                said: None,
                ..row(Said::default())
            });
        }
    }
}

fn cause(metric: &str) -> Option<&'static str> {
    let causes = [("refused", "collector_refused"), ("failed", "collector_failed"), ("dropped", "collector_dropped")];
    causes.into_iter().find(|(word, _)| metric.contains(word)).map(|(_, cause)| cause)
}

/// A row about no conversation.
fn row(said: Said) -> CoverageRow {
    CoverageRow {
        time: said.first,
        conversation: None,
        agent: None,
        service: None,
        process: None,
        teller: None,
        chosen: false,
        status: "incomplete",
        causes: Vec::new(),
        detail: None,
        said: Some(said),
        difference: None,
        lost_spans: None,
    }
}
