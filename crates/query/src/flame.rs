//! Flame graphs (Gregg, "The Flame Graph", CACM 59(6), 2016): time, or what profiles counted, summed by stack. Border: stacks and their
//! sums; the picture is drawn by `inferno`.

mod picture;
mod profiles;
mod time;

use std::collections::BTreeMap;

use crate::answer::Answer;
use crate::catalog::Catalog;
use crate::error::QueryError;
use crate::filters::Filters;
use crate::listing::{Cell, listing};

/// Between two frames of a stack, as the folded format has it.
const SEPARATOR: char = ';';

/// Sums by stack.
#[derive(Debug, Default)]
pub struct Flame {
    /// Frames from the outermost on, joined by `;`.
    stacks: BTreeMap<String, i64>,
    /// By frame, the category that most of the time in it went to.
    categories: BTreeMap<String, String>,
    /// What is summed, in the words of a title.
    what: String,
    /// Unit of the sums: `ns`, `count`, `bytes`, …
    unit: String,
    /// Rows that the sums rest on.
    rows: usize,
}

impl Flame {
    /// The attributed time of turns by the path of spans, below a frame for each of the words of `by`: columns of `latency`.
    ///
    /// Attributed time sums to the duration of the turns, so that nothing is counted twice however many spans ran at once.
    pub fn of_time(catalog: &Catalog, filters: &Filters, by: &[String]) -> Result<Flame, QueryError> {
        time::flame(catalog, filters, by)
    }

    /// What profiles counted, by their stacks. `sample_type` says what, where the lake has profiles of several types.
    pub fn of_profiles(catalog: &Catalog, filters: &Filters, sample_type: Option<&str>) -> Result<Flame, QueryError> {
        profiles::flame(catalog, filters, sample_type)
    }

    /// Sum of all stacks.
    pub fn total(&self) -> i64 {
        self.stacks.values().sum()
    }

    /// Unit of the sums.
    pub fn unit(&self) -> &str {
        &self.unit
    }

    /// Number of rows the sums rest on.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The folded format: a line a stack, its sum at the end.
    pub fn folded(&self) -> String {
        self.stacks.iter().map(|(stack, sum)| format!("{stack} {sum}\n")).collect()
    }

    /// As rows: `stack`, and its sum.
    pub fn answer(&self) -> Result<Answer, QueryError> {
        let rows: Vec<[Cell; 2]> = self.stacks.iter().map(|(stack, sum)| [Cell::text(stack), Cell::Int(Some(*sum))]).collect();
        listing([("stack", Cell::Text(None)), (if self.unit == "ns" { "attributed_ns" } else { "value" }, Cell::Int(None))], &rows)
    }

    /// The picture: an SVG document that asks for nothing else, to be searched and zoomed in a browser.
    pub fn svg(&self) -> Result<Vec<u8>, QueryError> {
        picture::svg(self)
    }

    fn add(&mut self, frames: &[String], value: i64) {
        let joined = frames.iter().map(|f| frame(f)).collect::<Vec<_>>().join(&SEPARATOR.to_string());
        *self.stacks.entry(joined).or_insert(0) += value;
        self.rows += 1;
    }
}

/// A name as a frame: without what the folded format reads as something else.
fn frame(name: &str) -> String {
    let name = name.trim();
    if name.is_empty() {
        return "?".to_owned();
    }
    name.chars().map(|c| if c.is_control() || c == SEPARATOR { '_' } else { c }).collect()
}

#[cfg(test)]
mod tests;
