//! What lies beside the page or is known beside the reports. Border: data that the caller gives.

use std::collections::BTreeMap;

/// What a page tells beside what the reports answer.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// Release of the program.
    pub release: String,
    /// The price table in force.
    pub prices: Option<String>,
    /// Whether every report lies beside the page as `<report>.csv` and `<report>.parquet`.
    pub files: bool,
    /// Timelines of conversations: id, and the address of the page from this one.
    pub runs: BTreeMap<String, String>,
    /// Days before the period that got new records since the night before.
    pub late: Vec<LateDay>,
    /// What is set aside in the lake: the first of it, most bytes first.
    pub set_aside: Vec<Aside>,
    /// How much is set aside in all.
    pub set_aside_total: u64,
}

/// A day that late data changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LateDay {
    /// UTC day, `YYYY-MM-DD`.
    pub day: String,
    /// Records more than before, or less, by raw table.
    pub records: BTreeMap<String, i64>,
    /// Address of the day's own page, where there is one.
    pub page: Option<String>,
}

/// Something set aside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aside {
    /// The file it came in.
    pub source: String,
    /// Where in it.
    pub position: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Why.
    pub reason: String,
}
