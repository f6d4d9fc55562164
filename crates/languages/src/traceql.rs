//! TraceQL (Grafana Tempo 2 and 3) over the lake's spans. Border: the language; how an answer is printed is the program's business.

mod answer;
mod ast;
mod evaluate;
mod metrics;
mod parse;
#[cfg(test)]
mod tests;
mod trace;
mod value;

pub use answer::Answer;

use std::collections::BTreeMap;

use tracemill_model::lake::Snapshot;

use self::answer::{Found, Hit, HitSet, HitTrace};
use self::ast::{Attribute, Query, Scope};
use self::evaluate::{Over, SpanSet, attributes_of_stages};
use self::metrics::{Steps, Sums};
use self::trace::{NO_ROOT, Trace, Wanted};
use crate::error::{Error, Position};
use crate::variables;
use crate::window::Window;

pub(crate) const LANGUAGE: &str = "traceql";

/// What is asked besides the text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// A search takes the traces that reach into the range; metrics take the spans that start in it, at once or in steps.
    /// Where a bound is missing it is the lake's.
    pub window: Window,
    /// At most so many traces, the latest.
    pub limit: Option<usize>,
    /// At most so many spans of a set.
    pub spans_per_set: Option<usize>,
}

/// Answers a question. A search is complete. Errors: [`Error`]; what Tempo refuses is refused as well, with the place.
pub fn query(snapshot: &Snapshot, question: &str, options: &Options) -> Result<Answer, Error> {
    let Window { start, end, step } = options.window;
    if step.is_some_and(|step| step <= 0) {
        return Err(Error::Window("the step must be longer than nothing".to_string()));
    }
    if start.zip(end).is_some_and(|(start, end)| start > end) {
        return Err(Error::Window("the time range ends before it begins".to_string()));
    }
    if let Some((at, name)) = variables::foreign(question) {
        return Err(Error::Syntax { language: LANGUAGE, position: Position::of(question, at), reason: variables::refusal(name) });
    }
    let parsed = parse::parse(question).map_err(|fault| {
        let position = Position::of(question, fault.at);
        match fault.instead {
            Some(instead) => Error::Unsupported { language: LANGUAGE, position, what: fault.reason, instead },
            None => Error::Syntax { language: LANGUAGE, position, reason: fault.reason },
        }
    })?;
    let (wanted, shown) = asked(&parsed);
    let traces = trace::read(snapshot, &wanted)?;
    let mut answer = Answer {
        found: Found::Traces(Vec::new()),
        traces: traces.len(),
        spans: traces.iter().map(|t| t.spans.len()).sum(),
        matched: (0, 0),
        named: shown.iter().any(|a| a.scope == Scope::Intrinsic && a.name == "name"),
    };
    let Some(asked) = &parsed.metrics else {
        let mut found = Vec::new();
        for trace in traces.iter().filter(|t| end.is_none_or(|end| t.start <= end) && start.is_none_or(|start| t.end >= start)) {
            let over = Over { trace, wanted: &wanted };
            let sets = over.pipeline(&parsed.stages);
            if sets.is_empty() || options.limit.is_some_and(|limit| found.len() >= limit) {
                continue;
            }
            answer.matched.0 += sets.iter().map(|s| s.spans.len()).sum::<usize>();
            found.push(hit(&over, sets, &shown, options.spans_per_set));
        }
        answer.matched.1 = found.len();
        answer.found = Found::Traces(found);
        return Ok(answer);
    };
    let extent = if start.is_none() || end.is_none() { trace::extent(snapshot)? } else { None };
    let (first, last) = extent.unwrap_or((0, 0));
    let steps = Steps { start: start.unwrap_or(first), end: end.unwrap_or(last), step };
    if step.is_some_and(|step| (steps.end - steps.start) / step > 1_000_000) {
        return Err(Error::Window("the time range has more than a million steps; choose a longer step".to_string()));
    }
    let mut sums = Sums::new(asked, steps);
    for trace in &traces {
        let over = Over { trace, wanted: &wanted };
        let counted = over.pipeline(&parsed.stages).iter().flat_map(|set| &set.spans).filter(|span| sums.add(&over, **span)).count();
        answer.matched.0 += counted;
        answer.matched.1 += usize::from(counted > 0);
    }
    answer.found = Found::Series(sums.series(), step.is_some(), asked.function.name());
    Ok(answer)
}

/// The attributes that must be read, and those that are shown.
fn asked(query: &Query) -> (Wanted, Vec<Attribute>) {
    let mut found = Vec::new();
    attributes_of_stages(&query.stages, &mut found);
    let mut shown: Vec<Attribute> = Vec::new();
    for attribute in &found {
        if !shown.contains(attribute) {
            shown.push((*attribute).clone());
        }
    }
    if let Some(metrics) = &query.metrics {
        found.extend(&metrics.of);
        found.extend(&metrics.by);
    }
    let mut wanted = Wanted::default();
    found.into_iter().for_each(|attribute| wanted.add(attribute));
    (wanted, shown)
}

fn hit(over: &Over<'_>, sets: Vec<SpanSet>, shown: &[Attribute], most: Option<usize>) -> HitTrace {
    let trace: &Trace = over.trace;
    let mut services: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for span in &trace.spans {
        let entry = services.entry(&span.service).or_default();
        entry.0 += 1;
        entry.1 += usize::from(&*span.status == "error");
    }
    // what the whole trace has in common is said of the trace, not of each of its spans
    let of_span = |a: &&Attribute| {
        !(a.scope == Scope::Intrinsic
            && matches!(a.name.as_str(), "duration" | "traceDuration" | "rootName" | "rootServiceName" | "trace:id" | "span:id"))
    };
    let hit = |span: usize| {
        let one = &trace.spans[span];
        Hit {
            id: one.id.to_string(),
            name: one.name.to_string(),
            service: one.service.to_string(),
            start: one.start,
            duration: one.duration,
            attributes: shown.iter().filter(of_span).map(|a| (a.to_string(), trace.value(over.wanted, span, a).shown())).collect(),
        }
    };
    let set = |set: SpanSet| HitSet {
        matched: set.spans.len(),
        hits: set.spans.iter().take(most.unwrap_or(usize::MAX)).map(|span| hit(*span)).collect(),
        notes: set.notes,
    };
    HitTrace {
        id: trace.id.to_string(),
        root_service: trace.root.as_ref().map_or_else(|| NO_ROOT.to_string(), |(service, _)| service.to_string()),
        root_name: trace.root.as_ref().map_or_else(String::new, |(_, name)| name.to_string()),
        start: trace.start,
        duration: trace.end - trace.start,
        sets: sets.into_iter().map(set).collect(),
        services: services.into_iter().map(|(name, (spans, failed))| (name.to_string(), spans, failed)).collect(),
    }
}
