//! A series: which metric it is of, which part of it, and whose. Border: a name, labels and a declared type in, what all its samples share
//! out.

use std::borrow::Cow;

use super::labels::{self, Label, Origin};
use super::number;
use super::spelling::{PARTS, Part, Spellings};
use crate::canonical::KeyValues;
use crate::record::Metric;

/// What a series' samples share.
#[derive(Debug)]
pub struct Series {
    /// Its metric; the kind is empty where nothing tells it.
    pub metric: Metric<'static>,
    /// What its samples are of the metric.
    pub part: Part,
    /// What of the values its samples tell.
    pub range: Range,
    /// Whose it is.
    pub origin: Origin,
}

/// The values that a sample is about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Range {
    All,
    /// Up to this one: label `le`.
    UpTo(f64),
    /// Between these: label `vmrange` of VictoriaMetrics.
    Between(f64, f64),
    /// Label `quantile`.
    Quantile(f64),
}

/// What `# TYPE`, `# UNIT` and `# HELP` say of a metric family.
#[derive(Debug, Clone, Default)]
pub struct Family {
    pub kind: String,
    pub unit: String,
    pub help: String,
}

impl Series {
    /// A series with these labels, its name among them under `__name__`. `family` gives what is declared of the family of a name. `None`
    /// where there is no name: then it is the answer to a question about series, and no series.
    pub fn read<'f>(
        spellings: &Spellings,
        labels: &[Label<'_>],
        family: impl Fn(&str) -> Option<&'f Family>,
        kv: &mut KeyValues,
    ) -> Option<Series> {
        let name = labels::get(labels, "__name__")?;
        let mut metric = Metric { series: Cow::Owned(name.to_owned()), ..Metric::default() };
        let mut part = Part::Whole;
        let declared = family(name);
        let mut of = None;
        let known = spellings.metric(name);
        if let Some((word, its, words)) = known {
            (part, of) = (its, Some(words));
            metric.name = Cow::Owned(word.name.clone());
            metric.unit = Cow::Owned(word.unit.clone());
            metric.kind = kind(&word.kind);
            metric.monotonic = (word.kind == "sum").then_some(word.monotonic);
        }
        // the declaration stands before the series' own name, or before that of the family which it is a part of
        let mut family_of = |stem: &str, its: Part, wanted: &[&str]| {
            let declared = family(stem).filter(|f| wanted.contains(&f.kind.as_str()))?;
            if known.is_none() {
                (metric.name, part) = (Cow::Owned(stem.to_owned()), its);
            }
            Some(declared)
        };
        let parts = PARTS.into_iter().filter_map(|(suffix, its)| Some((name.strip_suffix(suffix)?, its)));
        let declared = parts
            .filter_map(|(stem, its)| family_of(stem, its, if its == Part::Bucket { &["histogram"] } else { &["histogram", "summary"] }))
            .next()
            .or_else(|| family_of(name.strip_suffix("_total")?, Part::Whole, &["counter"]))
            .or(declared);
        if let Some(declared) = declared {
            metric.description = Cow::Owned(declared.help.clone());
            if known.is_none() {
                metric.unit = Cow::Owned(declared.unit.clone());
                (metric.kind, metric.monotonic) = declared_kind(&declared.kind);
            }
        }
        if metric.name.is_empty() {
            // `# TYPE x_total counter`, as the text format before OpenMetrics has it
            let stem = if metric.monotonic == Some(true) { name.strip_suffix("_total").unwrap_or(name) } else { name };
            metric.name = Cow::Owned(stem.to_owned());
        }
        let (range, taken) = range(labels, &metric, part);
        let origin = labels::origin(spellings, labels, of, &taken, kv);
        Some(Series { metric, part, range, origin })
    }

    /// Whether its samples are counted up, each from the one before it: counters and the parts of histograms and summaries.
    pub fn is_counted(&self) -> bool {
        self.part != Part::Whole || self.metric.monotonic == Some(true)
    }
}

/// The values that the samples are about, and the labels that say so.
fn range(labels: &[Label<'_>], metric: &Metric<'_>, part: Part) -> (Range, Vec<&'static str>) {
    let number = |label: &str| labels::get(labels, label).and_then(number::value);
    let between = || labels::get(labels, "vmrange")?.split_once("...").and_then(|(low, high)| Some((number::value(low)?, number::value(high)?)));
    let quantile = || number("quantile").filter(|_| metric.kind == "summary");
    match part {
        Part::Bucket => match (number("le"), between()) {
            (Some(le), _) => (Range::UpTo(le), vec!["le"]),
            (None, Some((low, high))) => (Range::Between(low, high), vec!["vmrange"]),
            (None, None) => (Range::All, Vec::new()),
        },
        Part::Whole => quantile().map_or((Range::All, Vec::new()), |q| (Range::Quantile(q), vec!["quantile"])),
        Part::Sum | Part::Count => (Range::All, Vec::new()),
    }
}

/// The kind under its static name; empty for an unknown one.
fn kind(word: &str) -> &'static str {
    ["gauge", "sum", "histogram", "exponential_histogram", "summary"].into_iter().find(|k| *k == word).unwrap_or_default()
}

/// The kind that a declared type is, and whether it only grows.
fn declared_kind(declared: &str) -> (&'static str, Option<bool>) {
    match declared {
        "counter" => ("sum", Some(true)),
        "gauge" | "info" | "stateset" => ("gauge", None),
        other => (kind(other), None),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tracemill_model::vocabulary::MetricWord;
    use tracemill_model::{Vocabulary, Words};

    use super::*;

    fn read(labels: &[(&str, &str)], declared: &[(&str, &str)]) -> Series {
        let word = |name: &str, kind: &str, unit: &str| MetricWord { name: name.to_owned(), kind: kind.to_owned(), unit: unit.to_owned(), monotonic: kind == "sum" };
        let words = Words {
            agent: "codex".to_owned(),
            metrics: vec![word("codex.tool.call", "sum", ""), word("codex.turn.e2e_duration_ms", "histogram", "ms"), word("codex.s", "summary", "")],
            ..Words::default()
        };
        let spellings = Spellings::new(&Arc::new(Vocabulary { words: vec![words] }));
        let families: Vec<(String, Family)> =
            declared.iter().map(|(name, kind)| ((*name).to_owned(), Family { kind: (*kind).to_owned(), help: "h".to_owned(), ..Family::default() })).collect();
        let labels: Vec<Label<'_>> = labels.iter().map(|(n, v)| (Cow::Borrowed(*n), Cow::Borrowed(*v))).collect();
        let family = |name: &str| families.iter().find(|(n, _)| n == name).map(|(_, f)| f);
        Series::read(&spellings, &labels, family, &mut KeyValues::default()).unwrap()
    }

    fn told(series: &Series) -> (&str, &str, Part, Range) {
        (series.metric.name.as_ref(), series.metric.kind, series.part, series.range)
    }

    #[test]
    fn known_metrics_have_their_names_and_kinds_back() {
        let series = read(&[("__name__", "codex_turn_e2e_duration_ms_milliseconds_bucket"), ("le", "+Inf")], &[]);
        assert_eq!(told(&series), ("codex.turn.e2e_duration_ms", "histogram", Part::Bucket, Range::UpTo(f64::INFINITY)));
        assert_eq!((series.metric.unit.as_ref(), series.origin.attributes.as_str(), series.is_counted()), ("ms", "{}", true));
        let series = read(&[("__name__", "codex_turn_e2e_duration_ms_milliseconds_bucket"), ("vmrange", "1.682e+00...2.000e+00")], &[]);
        assert_eq!(series.range, Range::Between(1.682, 2.0));
        let series = read(&[("__name__", "codex_tool_call_total")], &[]);
        assert_eq!(told(&series), ("codex.tool.call", "sum", Part::Whole, Range::All));
        assert_eq!((series.metric.monotonic, series.metric.series.as_ref()), (Some(true), "codex_tool_call_total"));
        // what is declared adds nothing but the description: `untyped` is what a federation says of everything
        let series = read(&[("__name__", "codex_tool_call_total")], &[("codex_tool_call_total", "untyped")]);
        assert_eq!((told(&series).1, series.metric.description.as_ref()), ("sum", "h"));
        assert_eq!(told(&read(&[("__name__", "codex_s"), ("quantile", "0.5")], &[])).3, Range::Quantile(0.5));
    }

    #[test]
    fn unknown_series_keep_their_names_unless_their_type_is_declared() {
        let series = read(&[("__name__", "x_bucket"), ("le", "5")], &[]);
        assert_eq!((told(&series), series.origin.attributes.as_str()), (("x_bucket", "", Part::Whole, Range::All), r#"{"le":"5"}"#));
        assert_eq!(told(&read(&[("__name__", "x_bucket"), ("le", "5")], &[("x", "histogram")])), ("x", "histogram", Part::Bucket, Range::UpTo(5.0)));
        assert_eq!(told(&read(&[("__name__", "x_sum")], &[("x", "summary")])), ("x", "summary", Part::Sum, Range::All));
        assert_eq!(told(&read(&[("__name__", "x"), ("quantile", "0.9")], &[("x", "summary")])), ("x", "summary", Part::Whole, Range::Quantile(0.9)));
        for declared in ["x", "x_total"] {
            assert_eq!(told(&read(&[("__name__", "x_total")], &[(declared, "counter")])), ("x", "sum", Part::Whole, Range::All), "{declared}");
        }
        assert_eq!(told(&read(&[("__name__", "x_count")], &[("x_count", "gauge")])), ("x_count", "gauge", Part::Whole, Range::All));
        assert_eq!(told(&read(&[("__name__", "x_total")], &[("x_total", "untyped")])), ("x_total", "", Part::Whole, Range::All));
    }
}
