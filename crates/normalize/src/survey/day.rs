//! A day as it is kept: what its raw rows tie together and tell of other days. Border: lists; how they lie in a file is `file`'s business.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::groups::{Group, Groups};
use super::key::Key;
use crate::dialect::learning::Unclaimed;
use crate::model_calls::Signal;
use crate::tool_name::Shown;

/// What points of a process count on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counting {
    /// The process.
    pub process: Key,
    /// The one that stands for those of its agent that are not told: a record that names none may be of this one.
    pub unnamed: Key,
    /// The points.
    pub group: Group,
    /// First and last day of the responses that they may count.
    pub from: i32,
    /// See there.
    pub until: i32,
}

/// What is known of a day of the raw tables. All lists are sorted.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Day {
    /// Its log records and spans, by what joins them.
    pub records: Groups,
    /// Its data points that count tokens.
    pub points: Groups,
    /// Other days on which its spans ended.
    pub reach: Vec<(Group, i32)>,
    /// Conversations that have rows on it in the tables although it has no records of theirs: an estimate begins before its first record.
    pub strays: Vec<Key>,
    /// Processes of its records.
    pub instances: Vec<(Key, Group)>,
    /// Turns that its spans name. An interrupt may stand in another trace, and name its turn alone.
    pub turns: Vec<(Key, Group)>,
    /// Turns that its spans say were interrupted.
    pub interrupts: Vec<(Key, Group)>,
    /// What its points count of no conversation.
    pub counting: Vec<Counting>,
    /// Prompts to agents whose front ends have helpers.
    pub prompts: Vec<(i64, Group)>,
    /// First facts of the conversations of these agents.
    pub firsts: Vec<(i64, Group)>,
    /// Segments of series that are counted from a start.
    pub segments: Vec<u64>,
    /// There are samples of Prometheus.
    pub samples: bool,
    /// Other days that activities told by its spans lie on.
    pub activities: Vec<i32>,
    /// Records of agents, by signal and day.
    pub seen: Vec<(String, Signal, i32, i64)>,
    /// Programs that no dialect claims.
    pub unclaimed: Unclaimed,
    /// What is shown of tools' names, by dialect.
    pub shown: Vec<Shown>,
}

impl Day {
    /// Notes names of tools that rows were made of, with their dialects.
    pub fn ask(&mut self, asked: &BTreeSet<(usize, Arc<str>)>) {
        for (dialect, name) in asked {
            if self.shown.len() <= *dialect {
                self.shown.resize(dialect + 1, Shown::default());
            }
            self.shown[*dialect].ask(name, None);
        }
    }

    /// Brings the lists into order, each entry once.
    pub fn sort(&mut self) {
        fn sort<T: Ord>(list: &mut Vec<T>) {
            list.sort_unstable();
            list.dedup();
        }
        sort(&mut self.reach);
        sort(&mut self.strays);
        sort(&mut self.instances);
        sort(&mut self.turns);
        sort(&mut self.interrupts);
        sort(&mut self.counting);
        self.prompts.sort_unstable();
        sort(&mut self.firsts);
        sort(&mut self.segments);
        sort(&mut self.activities);
        sort(&mut self.seen);
    }

    /// The entries of a list by time that lie between two times, both included.
    pub fn between(list: &[(i64, Group)], from: i64, until: i64) -> &[(i64, Group)] {
        let begin = list.partition_point(|(time, _)| *time < from);
        &list[begin..begin + list[begin..].partition_point(|(time, _)| *time <= until)]
    }
}
