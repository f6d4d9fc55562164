//! From the name of a series back to the metric that became it. Border: names and what a sample of the series is; labels are not looked at.
//!
//! A metric's name is spelled in one of four ways (`otlptranslator`, `metric_namer.go`; the `translation_strategy` of Prometheus): with dots
//! as they are or underscores, with suffixes for unit and type or without. A spelling cannot be undone, because underscores and suffixes are
//! parts of names too; so all spellings of all known metrics are looked up.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use tracemill_model::{MetricWord, Vocabulary};

/// What a sample of a series is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Part {
    /// The metric's value; of a native histogram all of it.
    #[default]
    Whole,
    /// A histogram's or summary's sum.
    Sum,
    /// Its number of values.
    Count,
    /// One of a histogram's buckets.
    Bucket,
    /// One of a summary's quantiles.
    Quantile,
}

impl Part {
    /// The suffix of the series' name.
    pub fn suffix(self) -> &'static str {
        match self {
            Part::Whole | Part::Quantile => "",
            Part::Sum => "_sum",
            Part::Count => "_count",
            Part::Bucket => "_bucket",
        }
    }
}

/// A known series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The metric.
    pub word: MetricWord,
    /// What a sample is.
    pub part: Part,
    /// What the `service.name` of its agent begins with; empty where it is no agent's.
    pub service: String,
}

/// See the module.
#[derive(Debug, Default)]
pub struct SeriesNames(HashMap<String, Known>);

impl SeriesNames {
    /// All spellings of a vocabulary's metrics. Of two metrics with one spelling the first stands.
    pub fn of(vocabulary: &Vocabulary) -> SeriesNames {
        let mut names = HashMap::new();
        for words in &vocabulary.words {
            let service = words.services.first().cloned().unwrap_or_default();
            for word in &words.metrics {
                for base in spellings(word) {
                    for part in parts(&word.kind) {
                        if let Entry::Vacant(place) = names.entry(format!("{base}{}", part.suffix())) {
                            place.insert(Known { word: word.clone(), part: *part, service: service.clone() });
                        }
                    }
                }
            }
        }
        SeriesNames(names)
    }

    /// What is known of a series.
    pub fn get(&self, series: &str) -> Option<&Known> {
        self.0.get(series)
    }
}

/// The series that a metric of a type becomes.
pub fn parts(kind: &str) -> &'static [Part] {
    match kind {
        "histogram" | "exponential_histogram" => &[Part::Whole, Part::Sum, Part::Count, Part::Bucket],
        "summary" => &[Part::Quantile, Part::Sum, Part::Count],
        _ => &[Part::Whole],
    }
}

/// All that a metric may be called, without the suffix of a part.
fn spellings(word: &MetricWord) -> Vec<String> {
    let counter = word.kind == "sum" && word.monotonic;
    let ratio = word.kind == "gauge" && word.unit == "1";
    let unit = unit(&word.unit);
    let plain: String = word.name.chars().map(|c| if c.is_ascii_alphanumeric() || c == ':' { c } else { '_' }).collect();
    let mut tokens: Vec<&str> = word.name.split(|c: char| !c.is_ascii_alphanumeric() && c != ':').filter(|t| !t.is_empty()).collect();
    let collapsed = tokens.join("_");
    for token in unit.split('_').filter(|t| !t.is_empty()) {
        if !tokens.contains(&token) {
            tokens.push(token);
        }
    }
    if counter {
        tokens.retain(|t| *t != "total");
        tokens.push("total");
    }
    if ratio {
        tokens.retain(|t| *t != "ratio");
        tokens.push("ratio");
    }
    let mut dotted = word.name.clone();
    let ends = |name: &str, suffix: &str| name.ends_with(suffix);
    if !unit.is_empty() && !ends(&dotted, &unit) {
        dotted = format!("{dotted}_{unit}");
    }
    for suffix in [counter.then_some("_total"), ratio.then_some("_ratio")].into_iter().flatten() {
        if !ends(&dotted, suffix) {
            dotted.push_str(suffix);
        }
    }
    let mut all = vec![word.name.clone(), tokens.join("_"), dotted, plain, collapsed];
    if counter {
        // without the unit, as exporters do that know none
        all.push(format!("{}_total", word.name));
        all.push(format!("{}_total", all[4]));
    }
    all
}

/// A unit (UCUM) as a suffix; an annotation in braces is none.
fn unit(unit: &str) -> String {
    let (main, per) = unit.split_once('/').map_or((unit, None), |(main, per)| (main, Some(per)));
    let main = suffix(main, &[]);
    match per.map(|per| suffix(per, &PER)).filter(|per| !per.is_empty()) {
        Some(per) if main.is_empty() => format!("per_{per}"),
        Some(per) => format!("{main}_per_{per}"),
        None => main,
    }
}

/// Units behind a slash, in the singular.
const PER: [(&str, &str); 7] = [("s", "second"), ("m", "minute"), ("h", "hour"), ("d", "day"), ("w", "week"), ("mo", "month"), ("y", "year")];

fn suffix(unit: &str, words: &[(&str, &str)]) -> String {
    const UNITS: [(&str, &str); 28] = [
        ("d", "days"),
        ("h", "hours"),
        ("min", "minutes"),
        ("s", "seconds"),
        ("ms", "milliseconds"),
        ("us", "microseconds"),
        ("ns", "nanoseconds"),
        ("By", "bytes"),
        ("KiBy", "kibibytes"),
        ("MiBy", "mebibytes"),
        ("GiBy", "gibibytes"),
        ("TiBy", "tibibytes"),
        ("KBy", "kilobytes"),
        ("MBy", "megabytes"),
        ("GBy", "gigabytes"),
        ("TBy", "terabytes"),
        ("m", "meters"),
        ("V", "volts"),
        ("A", "amperes"),
        ("J", "joules"),
        ("W", "watts"),
        ("g", "grams"),
        ("Cel", "celsius"),
        ("Hz", "hertz"),
        ("%", "percent"),
        ("1", ""),
        ("", ""),
        ("B", "bytes"),
    ];
    if unit.contains(['{', '}']) {
        return String::new();
    }
    let known = words.iter().chain(&UNITS).find(|(symbol, _)| *symbol == unit).map(|(_, word)| (*word).to_owned());
    known.unwrap_or_else(|| unit.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect::<String>().trim_matches('_').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracemill_model::Words;

    fn names(name: &str, unit: &str, kind: &str, monotonic: bool) -> SeriesNames {
        let word = MetricWord { name: name.to_owned(), unit: unit.to_owned(), kind: kind.to_owned(), monotonic };
        SeriesNames::of(&Vocabulary { words: vec![Words { metrics: vec![word], ..Words::default() }] })
    }

    #[test]
    fn every_spelling_leads_back_to_the_metric() {
        for (name, unit, kind, monotonic, series, part) in [
            ("codex.turn.token_usage", "", "histogram", false, "codex_turn_token_usage_sum", Part::Sum),
            ("codex.turn.token_usage", "", "histogram", false, "codex.turn.token_usage_count", Part::Count),
            ("codex.api_request.duration_ms", "ms", "histogram", false, "codex_api_request_duration_ms_milliseconds_bucket", Part::Bucket),
            ("codex.api_request.duration_ms", "ms", "histogram", false, "codex.api_request.duration_ms_milliseconds_sum", Part::Sum),
            ("codex.api_request.duration_ms", "ms", "histogram", false, "codex_api_request_duration_ms_sum", Part::Sum),
            ("codex.tool.call", "", "sum", true, "codex_tool_call_total", Part::Whole),
            ("codex.tool.call", "", "sum", true, "codex.tool.call", Part::Whole),
            ("claude_code.cost.usage", "USD", "sum", true, "claude_code_cost_usage_USD_total", Part::Whole),
            ("claude_code.token.usage", "tokens", "sum", true, "claude_code_token_usage_tokens_total", Part::Whole),
            ("claude_code.active_time.total", "s", "sum", true, "claude_code_active_time_seconds_total", Part::Whole),
            ("gen_ai.client.token.usage", "{token}", "histogram", false, "gen_ai_client_token_usage_count", Part::Count),
            ("qwen-code.token.usage", "", "sum", true, "qwen_code_token_usage_total", Part::Whole),
            ("a.share", "1", "gauge", false, "a_share_ratio", Part::Whole),
            ("a.rate", "By/s", "gauge", false, "a_rate_bytes_per_second", Part::Whole),
        ] {
            let known = names(name, unit, kind, monotonic).0.remove(series);
            assert_eq!(known.map(|k| (k.word.name, k.part)), Some((name.to_owned(), part)), "{series}");
        }
        assert!(names("codex.tool.call", "", "sum", true).get("codex_tool_calls_total").is_none());
    }
}
