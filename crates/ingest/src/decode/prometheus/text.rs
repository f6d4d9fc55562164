//! Samples as lines of text: the exposition format and OpenMetrics (`/metrics`, `/federate`, `promtool tsdb dump-openmetrics`), and `promtool tsdb
//! dump`. Border: lines in, samples out.
//!
//! ```text
//! name{label="value",…} value time          exposition (milliseconds), OpenMetrics (seconds); the time may be missing
//! {"utf8.name",label="value"} value time    names that need quotes
//! {__name__="name", label="value"} value time
//! ```
//!
//! A dump of a database can be of any size and has no line that explains another. What begins with `# HELP` or `# TYPE` is the answer of a scrape and
//! read as one, because its types stand before its samples.

use std::borrow::Cow;

use super::number;
use super::sample::{Declared, Samples};
use crate::decode::text::{Aside, Cut, Form, Text};
use crate::decode::{Scratch, labels};
use crate::rows::Rows;

/// `promtool tsdb dump`, and `dump-openmetrics`.
pub static DUMP: Form = Form { name: "prometheus-dump", recognises: is_dump, cut: Cut::Lines, decode };

/// The answer of a scrape.
pub static EXPOSITION: Form = Form { name: "prometheus-text", recognises: is_exposition, cut: Cut::Nowhere, decode };

const LAST_VALUES: &str = "the answer of a scrape: the last value of each series, without what came before it; dump the server's database (promtool tsdb \
                           dump-openmetrics) instead";
const NO_TIMES: &str = "samples without a time: they are kept, but nothing can be counted by day";

fn first_line(head: &[u8]) -> Option<Cow<'_, str>> {
    head.split(|b| *b == b'\n').find(|line| !line.trim_ascii().is_empty()).map(String::from_utf8_lossy)
}

fn is_dump(head: &[u8], complete: bool) -> bool {
    let whole = complete || head.contains(&b'\n');
    let line = first_line(head).filter(|_| whole);
    line.is_some_and(|line| line.contains('{') && sample(line.trim_end()).is_some_and(|s| !s.name.is_empty()))
}

fn is_exposition(head: &[u8], _: bool) -> bool {
    first_line(head).is_some_and(|line| ["# HELP ", "# TYPE ", "# UNIT "].iter().any(|begin| line.starts_with(begin)) || line.trim_end() == "# EOF")
}

/// A line with a sample.
struct Line<'t> {
    name: Cow<'t, str>,
    labels: Vec<(Cow<'t, str>, Cow<'t, str>)>,
    /// The line up to its value: equal for all samples of a series.
    series: &'t str,
    value: f64,
    time_ns: Option<u64>,
}

/// The sample of a line; `None` where it has none.
fn sample(line: &str) -> Option<Line<'_>> {
    let open = line.find('{').filter(|open| *open < line.find(' ').unwrap_or(line.len()));
    let (mut name, labels, rest) = match open {
        Some(open) => {
            let (quoted, set) = quoted_name(&line[open..]);
            let (labels, rest) = match &set {
                Cow::Borrowed(set) => labels::parse(set)?,
                // the name was taken out of the set, which moved
                Cow::Owned(set) => {
                    let (labels, rest) = labels::parse(set)?;
                    let owned = labels.into_iter().map(|(n, v)| (Cow::Owned(n.into_owned()), Cow::Owned(v.into_owned()))).collect();
                    (owned, &line[line.len() - rest.len()..])
                }
            };
            (quoted.unwrap_or(Cow::Borrowed(&line[..open])), labels, rest)
        }
        None => {
            let (name, rest) = line.split_once(' ')?;
            (Cow::Borrowed(name), Vec::new(), rest)
        }
    };
    if name.is_empty() {
        name = labels.iter().find(|(label, _)| label == "__name__").map(|(_, name)| name.clone())?;
    }
    let series = &line[..line.len() - rest.len()];
    // an exemplar stands behind the sample
    let rest = rest.split(" # ").next()?;
    let mut words = rest.split_ascii_whitespace();
    let value = number::value(words.next()?)?;
    let time_ns = match words.next() {
        Some(time) => Some(number::time(time)?),
        None => None,
    };
    let plain = name.chars().all(|c| !c.is_whitespace() && !c.is_control()) && !name.is_empty();
    (words.next().is_none() && plain).then_some(Line { name, labels, series, value, time_ns })
}

/// The name that stands quoted at the beginning of a set of labels, and the set without it.
fn quoted_name(set: &str) -> (Option<Cow<'_, str>>, Cow<'_, str>) {
    let inner = set.strip_prefix("{\"").and_then(|inner| inner.find('"').map(|end| (&inner[..end], &inner[end + 1..])));
    match inner {
        Some((name, rest)) if rest.starts_with([',', '}']) => {
            let rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
            (Some(Cow::Owned(name.to_owned())), Cow::Owned(format!("{{{rest}")))
        }
        _ => (None, Cow::Borrowed(set)),
    }
}

/// What a comment line declares: its word, the family and the rest.
fn declaration(line: &str) -> Option<(&str, &str, &str)> {
    let rest = line.strip_prefix("# ")?;
    let (word, rest) = rest.split_once(' ')?;
    let (family, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    matches!(word, "HELP" | "TYPE" | "UNIT").then_some((word, family.trim_matches('"'), rest))
}

fn decode(text: &Text, rows: &mut Rows, aside: &mut Vec<Aside>) -> u64 {
    let head = first_line(text.head).unwrap_or_default();
    // milliseconds without types are what VictoriaMetrics writes under /federate
    let (form, last_values) = match head.rsplit(' ').next() {
        _ if head.starts_with('#') => ("Prometheus exposition text", true),
        _ if head.starts_with("{__name__=") => ("promtool tsdb dump", false),
        Some(time) if time.contains('.') => ("promtool tsdb dump-openmetrics", false),
        _ => ("Prometheus exposition text without types", true),
    };
    let before = rows.begin_request();
    let mut scratch = Scratch::default();
    let mut samples = Samples::begin(form, false, &mut scratch, rows);
    if last_values {
        rows.told().warn(LAST_VALUES);
    }
    let (mut declared, mut series, mut at) = (Declared::default(), "", 0);
    let whole = String::from_utf8_lossy(text.bytes);
    // a byte that is no UTF-8 moves what follows: then places are those of the text as it is read
    let place = |start: usize, line: &str| start.min(text.bytes.len())..(start + line.len()).min(text.bytes.len());
    let mut taken = false;
    for line in whole.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        if line.trim().is_empty() {
            continue;
        }
        if line.starts_with('#') {
            if let Some((word, family, rest)) = declaration(line) {
                if declared.family != family {
                    declared = Declared { family: family.to_owned(), ..Declared::default() };
                }
                match word {
                    "HELP" => rest.clone_into(&mut declared.help),
                    "TYPE" => rest.trim().clone_into(&mut declared.kind),
                    _ => rest.trim().clone_into(&mut declared.unit),
                }
            } else if !line.starts_with("# ") && line.strip_prefix('#').is_some_and(|rest| sample(rest).is_some()) {
                // one damaged bit makes a comment of a name that begins with a `c`
                aside.push(Aside { range: place(start, line), reason: "a comment that could be a sample".to_owned() });
            }
            continue;
        }
        let Some(found) = sample(line) else {
            let reason = "no sample: a name, labels, a value and perhaps a time are expected".to_owned();
            aside.push(Aside { range: place(start, line), reason });
            continue;
        };
        if found.series != series {
            let own = !declared.family.is_empty() && found.name.starts_with(declared.family.as_str());
            samples.series(&found.name, &found.labels, own.then_some(&declared), rows);
            series = found.series;
        }
        if found.time_ns.is_none() {
            rows.told().warn(NO_TIMES);
        }
        samples.sample(found.time_ns.unwrap_or(0), found.value, rows);
        taken = true;
        if let Err(error) = rows.check_size(start) {
            // a long help text is that of every sample behind it
            rows.rollback(before);
            aside.clear();
            aside.push(Aside { range: 0..text.bytes.len(), reason: error.to_string() });
            return 0;
        }
    }
    u64::from(taken)
}
