//! The waterfall as a page: one HTML document with all that it needs, for a browser without a network. Border: what stands where; how it
//! looks is the template's business.

use std::sync::OnceLock;

use minijinja::value::Serde;
use minijinja::{Environment, Value, context};
use serde::Serialize;

use super::entry::{Entry, Kind};
use super::waterfall::{self, Bar, Stretch};
use super::{Timeline, text};
use crate::error::QueryError;

/// The document. Values are escaped by the engine, since the name ends in `.html`.
const TEMPLATE: (&str, &str) = ("page.html", include_str!("page.html"));

#[derive(Debug, Serialize)]
struct Part {
    scale: Option<String>,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    offset: String,
    class: &'static str,
    word: &'static str,
    said: String,
    depth: i64,
    critical: bool,
    failed: bool,
    /// Left edge and width, per cent.
    bar: Option<(f64, f64)>,
    /// Texts in full, where the line shows their beginning.
    content: Option<String>,
    error: Option<String>,
}

pub(super) fn page(timeline: &Timeline) -> Result<String, QueryError> {
    let start = timeline.runs[0].start;
    let parts: Vec<Part> = waterfall::stretches(timeline).iter().map(|stretch| part(stretch, start)).collect();
    let mut head = text::head(&timeline.runs[0], timeline.runs.len() - 1).into_iter();
    static COMPILED: OnceLock<Environment<'static>> = OnceLock::new();
    let environment = match COMPILED.get() {
        Some(environment) => environment,
        None => {
            let mut environment = Environment::new();
            environment.add_template(TEMPLATE.0, TEMPLATE.1).map_err(fault)?;
            COMPILED.get_or_init(|| environment)
        }
    };
    let template = environment.get_template(TEMPLATE.0).map_err(fault)?;
    template.render(context! { title => head.next(), facts => head.collect::<Vec<_>>(), parts => Value::from(Serde(parts)) }).map_err(fault)
}

fn fault(error: minijinja::Error) -> QueryError {
    QueryError::Page(error.to_string())
}

fn part(stretch: &Stretch<'_>, start: Option<i64>) -> Part {
    Part { scale: (stretch.length > 0).then(|| text::span(stretch.length)), rows: stretch.bars.iter().map(|bar| row(bar, start)).collect() }
}

fn row(bar: &Bar<'_>, start: Option<i64>) -> Row {
    let entry = bar.entry();
    Row {
        offset: entry.time.zip(start).map_or_else(|| "?".to_owned(), |(t, s)| text::clock(t.saturating_sub(s))),
        class: bar.class.word(),
        word: text::word(entry.kind),
        said: if entry.kind == Kind::Time { text::shares(&bar.entries) } else { text::said(entry) },
        depth: entry.depth,
        critical: bar.critical,
        failed: bar.failed,
        bar: bar.place.map(|(from, to)| (from * 100.0, (to - from) * 100.0)),
        content: whole(entry, entry.content.as_deref()),
        error: whole(entry, entry.error.as_deref()),
    }
}

/// A text that the line cannot show whole.
fn whole(entry: &Entry, text: Option<&str>) -> Option<String> {
    const SHORT: usize = 80;
    text.filter(|t| !matches!(entry.kind, Kind::Time) && (t.chars().count() > SHORT || t.trim_end().contains('\n'))).map(str::to_owned)
}
