//! The page of a night: one HTML document with all that it needs, for a browser without a network. Border: a pure function from answers
//! to bytes; which answers those are is told by [`asks`], where the page goes is the caller's business.
//!
//! Sections are data (`section`), how they look is the template's business (`page.html`, with its style sheet and script). Tables are
//! written out, so that the page reads without a script; the script only draws the charts and sorts. What the charts show travels as JSON
//! in a data block. Values are escaped by the template engine, in the data block so that no text of theirs can end it.

mod ask;
mod beside;
mod calls;
mod facts;
mod headline;
mod nights;
mod runs;
mod section;
mod spend;
mod time;
mod tools;
mod trust;
mod words;

use std::collections::BTreeSet;

use jiff::fmt::strtime;
use minijinja::value::Serde;
use minijinja::{Environment, Value, context};

pub use ask::{Answers, Ask, Period, Window, ask_all};
pub use beside::{Aside, Beside, LateDay};
pub use headline::Headline;
pub use nights::{Night, nights};

use crate::answer::Answer;
use crate::error::QueryError;
use facts::Facts;
use section::Section;

/// The document. Values are escaped by the engine, since the name ends in `.html`.
const TEMPLATE: (&str, &str) = ("page.html", include_str!("page/page.html"));
/// How every page writes a table.
const TABLE: (&str, &str) = ("table.html", include_str!("page/table.html"));
const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");
/// See `page/vendor/README.md`.
const LIBRARIES: [&str; 2] = [include_str!("page/vendor/d3.min.js"), include_str!("page/vendor/plot.umd.min.js")];

/// What a page needs to be asked.
pub fn asks() -> BTreeSet<Ask> {
    let of_sections = [headline::asks(), spend::asks(), tools::asks(), time::asks(), runs::asks(), calls::asks(), trust::asks()];
    of_sections.into_iter().flatten().collect()
}

/// The conversations whose timelines the page would link to, if it were told where they are; `None` of an answer that does not tell.
pub fn conversations(ask: &Ask, answer: &Answer) -> Option<Vec<String>> {
    (*ask == runs::runs()).then(|| runs::listed(answer))
}

/// The headline figures of the period.
pub fn headline(answers: &Answers) -> Headline {
    headline::headline(answers)
}

/// The page. The same answers give the same bytes.
pub fn page(answers: &Answers, period: &Period, beside: &Beside) -> Result<String, QueryError> {
    let facts = Facts { answers, period, beside };
    let mut sections = [
        spend::section(&facts),
        tools::section(&facts),
        time::section(&facts),
        runs::section(&facts),
        calls::mcp(&facts),
        calls::approvals(&facts),
        calls::errors(&facts),
        calls::secrets(&facts),
        trust::coverage(&facts),
        trust::intake(&facts),
    ];
    for section in sections.iter_mut().filter(|s| s.is_empty()) {
        section.lead.push("Nothing of it in this period.".to_owned());
    }
    let figures = headline::figures(&facts);
    let empty = facts.sum(&headline::daily(Window::Period), "model_calls").unwrap_or(0) == 0
        && facts.sum(&headline::daily(Window::Period), "tool_calls").unwrap_or(0) == 0;
    let data = Value::from_safe_string(data(&sections)?);
    let libraries: Vec<Value> = LIBRARIES.iter().map(|text| Value::from_safe_string((*text).to_owned())).collect();
    let (title, span) = title(period);
    render(
        TEMPLATE,
        context! {
            title,
            span,
            empty,
            figures => Value::from(Serde(figures)),
            sections => Value::from(Serde(sections)),
            data,
            libraries,
            style => Value::from_safe_string(STYLE.to_owned()),
            script => Value::from_safe_string(SCRIPT.to_owned()),
            files => beside.files,
            prices => beside.prices.as_deref().unwrap_or("none: the semantic tables are not built yet"),
            release => &beside.release,
        },
    )
}

fn render((name, text): (&str, &str), values: Value) -> Result<String, QueryError> {
    let fault = |error: minijinja::Error| QueryError::Page(error.to_string());
    let mut environment = Environment::new();
    environment.add_template(TABLE.0, TABLE.1).map_err(fault)?;
    environment.add_template(name, text).map_err(fault)?;
    environment.get_template(name).map_err(fault)?.render(values).map_err(fault)
}

/// What the page is called, and the exact period.
fn title(period: &Period) -> (String, String) {
    let (from, to) = (period.since().to_zoned(period.zone().clone()), period.until().to_zoned(period.zone().clone()));
    let name = period.zone().iana_name().unwrap_or("UTC");
    let long = |format: &str, z: &jiff::Zoned| strtime::format(format, z).unwrap_or_else(|_| z.to_string());
    let title = if period.noun() == "day" {
        long("%A, %-d %B %Y", &from)
    } else {
        format!("{} to {}", long("%Y-%m-%d %H:%M", &from), long("%Y-%m-%d %H:%M", &to))
    };
    (title, format!("{} to before {}, {name}", long("%Y-%m-%d %H:%M", &from), long("%Y-%m-%d %H:%M", &to)))
}

/// What the charts show, as JSON that no text in it can break out of: neither `</script>` nor `<!--` can stand in it.
fn data(sections: &[Section]) -> Result<String, QueryError> {
    let charts: serde_json::Map<String, serde_json::Value> =
        sections.iter().flat_map(|s| &s.charts).map(|chart| (chart.id.clone(), chart.data.clone())).collect();
    let text = serde_json::to_string(&charts).map_err(|e| QueryError::Page(e.to_string()))?;
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => safe.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => safe.push(c),
        }
    }
    Ok(safe)
}

#[cfg(test)]
mod tests;
