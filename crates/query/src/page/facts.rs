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
        self.side_by_side(report, of, &[column]).remove(0)
    }

    /// Several figures over time, each of the same groups in the same order, so that they can be compared: a group's place follows from its
    /// shares of all the figures.
    pub(super) fn side_by_side(&self, report: &str, of: impl Fn(&Cells<'_>) -> String, columns: &[&str]) -> Vec<Series> {
        let (Some(last), Some(answer)) = (self.last_day(), self.answers.get(&Ask::of(report, Window::Lake))) else {
            return columns.iter().map(|_| Series::default()).collect();
        };
        let earliest = last.saturating_sub(jiff::Span::new().days(DAYS - 1));
        let mut days: BTreeMap<Date, BTreeMap<String, Vec<i64>>> = BTreeMap::new();
        let mut earlier = false;
        for row in Cells::rows(answer) {
            let Some(day) = row.day("day").and_then(|d| d.parse::<Date>().ok()) else { continue };
            earlier |= day < earliest;
            if day < earliest || day > last {
                continue;
            }
            let sums = days.entry(day).or_default().entry(of(&row)).or_insert_with(|| vec![0; columns.len()]);
            sums.iter_mut().zip(columns).for_each(|(sum, column)| *sum += row.int(column).unwrap_or(0));
        }
        let ranked = ranked(&days, columns.len());
        let named = &ranked[..ranked.len().min(SERIES)];
        let mut names = named.to_vec();
        if ranked.len() > named.len() {
            names.push(OTHER.to_owned());
        }
        let first = days.keys().next().copied().unwrap_or(last);
        let span: Vec<Date> = first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last).collect();
        let of_column = |n: usize| {
            let values = span.iter().map(|day| {
                let of_day = days.get(day);
                let mut values: Vec<i64> = named.iter().map(|name| of_day.and_then(|d| d.get(name)).map_or(0, |sums| sums[n])).collect();
                if ranked.len() > named.len() {
                    values.push(of_day.map_or(0, |d| d.iter().filter(|(name, _)| !named.contains(name)).map(|(_, sums)| sums[n]).sum()));
                }
                values
            });
            Series { names: names.clone(), days: span.iter().map(Date::to_string).collect(), values: values.collect(), earlier }
        };
        (0..columns.len()).map(of_column).collect()
    }

    /// The first day of which the lake has a model call.
    pub(super) fn first_day(&self) -> Option<String> {
        self.rows(&Ask::of("daily", Window::Lake)).iter().filter_map(|row| row.day("day")).min()
    }
}

/// The groups by the sum of their shares of each figure; those that have nothing of any are left out.
fn ranked(days: &BTreeMap<Date, BTreeMap<String, Vec<i64>>>, figures: usize) -> Vec<String> {
    let mut totals: BTreeMap<&String, Vec<i64>> = BTreeMap::new();
    for (name, sums) in days.values().flatten() {
        let total = totals.entry(name).or_insert_with(|| vec![0; figures]);
        total.iter_mut().zip(sums).for_each(|(total, n)| *total += n);
    }
    let all: Vec<i64> = (0..figures).map(|n| totals.values().map(|t| t[n]).sum()).collect();
    let share = |total: &Vec<i64>| total.iter().zip(&all).map(|(n, all)| *n as f64 / (*all).max(1) as f64).sum::<f64>();
    let mut shares: Vec<(&String, f64)> = totals.iter().map(|(name, total)| (*name, share(total))).filter(|(_, share)| *share > 0.0).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    shares.into_iter().map(|(name, _)| name.clone()).collect()
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

    /// Whether there is nothing to draw.
    pub(super) fn is_empty(&self) -> bool {
        self.totals().iter().all(|n| *n == 0)
    }
}
