//! Prices that were asked for before. Border: a question in, the same answer as from the tables out; to tell it takes a hundred times as long, and
//! an archive asks the same few questions for all of its calls.
//!
//! A price depends on the time and on the length of the input by steps only. Where the steps are is said here, for the embedded table and the
//! user's file; between two of them one answer stands for all.

use std::collections::hash_map::Entry;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::Found;
use super::file::FilePrice;

/// Answers remembered at most.
const REMEMBERED: usize = 20_000;

/// The embedded table has prices of a day, and prices of a time of the day; all of these begin on a half hour.
const STEP_NS: i64 = 30 * 60 * 1_000_000_000;

/// Inputs from which on, or above which, the embedded table has other prices; and none, which is priced as one token.
const EDGES: [i64; 11] = [0, 1, 32_000, 100_000, 128_000, 199_999, 200_000, 256_000, 272_000, 512_000, 524_288];

/// What a model costs, and what that is called.
pub type Answer = Option<(Found, String)>;

/// See the module.
#[derive(Debug)]
pub struct Known {
    edges: Vec<i64>,
    answers: Mutex<FxHashMap<String, Answer>>,
}

impl Known {
    /// Nothing yet, with the user's prices.
    pub fn new(file: &[FilePrice]) -> Known {
        let mut edges: Vec<i64> = EDGES.into_iter().chain(file.iter().filter_map(FilePrice::edge)).collect();
        edges.sort_unstable();
        Known { edges, answers: Mutex::default() }
    }

    /// The answer to a question, asked only where it has not been. It is shown to `take`, not given away.
    pub fn answer<T>(
        &self,
        (providers, model, time, tier, input): (&[&str], &str, i64, Option<&str>, i64),
        ask: impl FnOnce() -> Answer,
        take: impl FnOnce(&Answer) -> T,
    ) -> T {
        // an edge itself may be on either side of it
        let (below, through) = (self.edges.partition_point(|edge| *edge < input), self.edges.partition_point(|edge| *edge <= input));
        let mut question = String::with_capacity(64);
        // lengths, so that no two questions are written alike
        for text in providers.iter().copied().chain([model]) {
            let _ = write!(question, "{}:{text}", text.len());
        }
        let _ = write!(question, "{}.{below}.{through}", time.div_euclid(STEP_NS));
        if let Some(tier) = tier {
            let _ = write!(question, ".{tier}");
        }
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= REMEMBERED {
            answers.clear();
        }
        match answers.entry(question) {
            Entry::Occupied(known) => take(known.get()),
            Entry::Vacant(entry) => take(entry.insert(ask())),
        }
    }
}
