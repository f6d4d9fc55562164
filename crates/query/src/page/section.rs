//! What a page is made of: figures, sections, charts, tables. Border: data; the template says how it looks.

use serde::Serialize;
use serde_json::Value;

/// Characters of a cell's text: names come from outside and may be of any length.
const LONGEST: usize = 200;

/// A headline figure.
#[derive(Debug, Serialize)]
pub(super) struct Figure {
    pub(super) name: &'static str,
    pub(super) value: String,
    /// What to know about it: a lower bound, a share, an interval.
    pub(super) note: String,
    /// Against the period before, and the mean of the seven before.
    pub(super) changes: Vec<Change>,
    /// Heights between 0 and 1, the last one the period's.
    pub(super) spark: Vec<f64>,
}

/// A change.
#[derive(Debug, Serialize)]
pub(super) struct Change {
    /// up, down or same.
    pub(super) way: &'static str,
    /// Whether it is bad news.
    pub(super) bad: bool,
    pub(super) text: String,
    pub(super) against: String,
}

/// A part of the page under one heading.
#[derive(Debug, Default, Serialize)]
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// What the reader should know first, a paragraph each.
    pub(super) lead: Vec<String>,
    /// What to beware of.
    pub(super) warnings: Vec<String>,
    pub(super) charts: Vec<Chart>,
    pub(super) tables: Vec<Table>,
}

/// A picture.
#[derive(Debug, Serialize)]
pub(super) struct Chart {
    pub(super) id: String,
    pub(super) title: String,
    /// What it shows, in words, for who cannot see it.
    pub(super) label: String,
    /// Whether it takes the whole width.
    pub(super) wide: bool,
    /// What the script draws.
    #[serde(skip)]
    pub(super) data: Value,
    /// The same as a table; none where a table of the section has it.
    pub(super) table: Option<Table>,
}

/// A table.
#[derive(Debug, Default, Serialize)]
pub(super) struct Table {
    pub(super) caption: String,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// What is left out, in words.
    pub(super) more: String,
    /// File beside the page that has it all.
    pub(super) file: String,
}

/// A column.
#[derive(Debug, Serialize)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) number: bool,
}

/// A cell.
#[derive(Debug, Default, Serialize)]
pub(super) struct Cell {
    pub(super) text: String,
    /// What it is sorted by, where that is not its text.
    pub(super) sort: Option<f64>,
    /// Length of its bar, per cent.
    pub(super) bar: Option<f64>,
    pub(super) href: String,
    /// bad, soft or nothing.
    pub(super) class: &'static str,
}

impl Section {
    /// Whether it says nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.lead.is_empty() && self.warnings.is_empty() && self.charts.is_empty() && self.tables.is_empty()
    }
}

impl Cell {
    /// A text, cut where it is longer than anyone reads in a table.
    pub(super) fn text(text: impl Into<String>) -> Cell {
        let mut text = text.into();
        if let Some((end, _)) = text.char_indices().nth(LONGEST) {
            text.truncate(end);
            text.push('…');
        }
        Cell { text, ..Cell::default() }
    }

    /// A text that may be unknown.
    pub(super) fn known(text: Option<String>) -> Cell {
        text.map_or_else(|| Cell { text: "–".to_owned(), class: "soft", ..Cell::default() }, Cell::text)
    }

    /// A number, and how it is written; nothing where it is unknown.
    pub(super) fn number<N: Copy + Into<f64>>(number: Option<N>, written: impl FnOnce(N) -> String) -> Cell {
        match number {
            Some(n) => Cell { text: written(n), sort: Some(n.into()), ..Cell::default() },
            None => Cell { text: "–".to_owned(), sort: Some(-1.0), class: "soft", ..Cell::default() },
        }
    }

    /// A whole number.
    pub(super) fn int(number: Option<i64>, written: impl FnOnce(i64) -> String) -> Cell {
        let text = number.map(written);
        Cell {
            sort: Some(number.map_or(-1.0, |n| n as f64)),
            class: if number.is_none() { "soft" } else { "" },
            text: text.unwrap_or_else(|| "–".to_owned()),
            ..Cell::default()
        }
    }

    /// The same, with a bar as long as the share of the greatest.
    pub(super) fn of(self, greatest: f64) -> Cell {
        let bar = self.sort.filter(|n| *n > 0.0 && greatest > 0.0).map(|n| n / greatest * 100.0);
        Cell { bar, ..self }
    }

    pub(super) fn class(self, class: &'static str) -> Cell {
        Cell { class, ..self }
    }

    pub(super) fn href(self, href: Option<&String>) -> Cell {
        Cell { href: href.cloned().unwrap_or_default(), ..self }
    }
}

impl Table {
    /// A table with these columns; a name that ends in `#` is one of numbers.
    pub(super) fn new(caption: impl Into<String>, columns: &[&str]) -> Table {
        let column = |name: &&str| Column { name: name.trim_end_matches('#').to_owned(), number: name.ends_with('#') };
        Table { caption: caption.into(), columns: columns.iter().map(column).collect(), ..Table::default() }
    }

    /// The file beside the page that has all of it.
    pub(super) fn file(self, report: &str) -> Table {
        Table { file: format!("{report}.csv"), ..self }
    }

    /// Says how many rows are left out.
    pub(super) fn cut(mut self, all: usize, noun: &str) -> Table {
        if all > self.rows.len() {
            self.more = format!("{} more {noun}", super::words::count((all - self.rows.len()) as i64));
        }
        self
    }
}
