//! What the sections are made from: the answers, the period, and what lies beside the page. Border: reading; no words, no layout.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::ask::{Answers, Ask, Period, Window};
use super::beside::Beside;
use crate::answer::Answer;
use crate::timeline::Cells;

/// Days that the charts over time go back.
pub(super) const DAYS: i64 = 90;
/// Groups that a chart shows by name; the rest is one.
const SERIES: usize = 7;
/// What the rest is called.
const OTHER: &str = "other";

/// What a section can look at.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub(super) answers: &'a Answers,
    pub(super) period: &'a Period,
    pub(super) beside: &'a Beside,
}

impl<'a> Facts<'a> {
    /// The rows of an answer; none where there is no answer.
    pub(super) fn rows(&self, ask: &Ask) -> Vec<Cells<'a>> {
        self.answers.get(ask).map(|answer| Cells::rows(answer).collect()).unwrap_or_default()
    }

    pub(super) fn answer(&self, ask: &Ask) -> Option<&'a Answer> {
        self.answers.get(ask)
    }

    /// Sum of a column.
    pub(super) fn sum(&self, ask: &Ask, column: &str) -> Option<i64> {
        self.answers.get(ask)?.sum(column)
    }

    /// The last day that the period touches.
    fn last_day(&self) -> Option<Date> {
        let last = Timestamp::from_nanosecond(self.period.until().as_nanosecond() - 1).ok()?;
        Some(last.to_zoned(self.period.zone().clone()).date())
    }

    /// A figure over time, from a report over the whole lake with a column `day`, by the group that `of` gives.
    pub(super) fn over_time(&self, report: &str, of: impl Fn(&Cells<'_>) -> String, column: &str) -> Series {
        let (Some(last), Some(answer)) = (self.last_day(), self.answers.get(&Ask::of(report, Window::Lake))) else { return Series::default() };
        let earliest = last.saturating_sub(jiff::Span::new().days(DAYS - 1));
        let mut days: BTreeMap<Date, BTreeMap<String, i64>> = BTreeMap::new();
        let mut totals: BTreeMap<String, i64> = BTreeMap::new();
        let mut earlier = false;
        for row in Cells::rows(answer) {
            let Some(day) = row.day("day").and_then(|d| d.parse::<Date>().ok()) else { continue };
            earlier |= day < earliest;
            if day < earliest || day > last {
                continue;
            }
            let (group, value) = (of(&row), row.int(column).unwrap_or(0));
            *totals.entry(group.clone()).or_default() += value;
            *days.entry(day).or_default().entry(group).or_default() += value;
        }
        let mut names: Vec<(&String, i64)> = totals.iter().map(|(name, total)| (name, *total)).filter(|(_, total)| *total > 0).collect();
        names.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let all = names.len();
        let named: Vec<String> = names.iter().take(SERIES).map(|(name, _)| (*name).clone()).collect();
        let rest = all > named.len();
        let mut series = Series { names: named.clone(), earlier, ..Series::default() };
        if rest {
            series.names.push(OTHER.to_owned());
        }
        let mut day = days.keys().next().copied().unwrap_or(last);
        while day <= last {
            let of_day = days.get(&day);
            let mut values: Vec<i64> = named.iter().map(|name| of_day.and_then(|d| d.get(name)).copied().unwrap_or(0)).collect();
            if rest {
                values.push(of_day.map_or(0, |d| d.iter().filter(|(name, _)| !named.contains(name)).map(|(_, n)| n).sum()));
            }
            series.days.push(day.to_string());
            series.values.push(values);
            match day.tomorrow() {
                Ok(next) => day = next,
                Err(_) => break,
            }
        }
        series
    }

    /// The first day of which the lake has a model call.
    pub(super) fn first_day(&self) -> Option<String> {
        self.rows(&Ask::of("daily", Window::Lake)).iter().filter_map(|row| row.day("day")).min()
    }
}

/// Values by day and group.
#[derive(Debug, Default)]
pub(super) struct Series {
    /// The groups, the greatest first.
    pub(super) names: Vec<String>,
    /// Every day from the first with a row to the last of the period.
    pub(super) days: Vec<String>,
    /// A row a day, a value a group.
    pub(super) values: Vec<Vec<i64>>,
    /// Whether there are days before the first shown.
    pub(super) earlier: bool,
}

impl Series {
    /// The sum of each day.
    pub(super) fn totals(&self) -> Vec<i64> {
        self.values.iter().map(|of_day| of_day.iter().sum()).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}
