//! Commands that take turns: each runs once a round, so that what else the machine does in a minute falls on all of them alike.
//!
//! Figures are medians of the rounds; ratios are medians of the rounds' ratios. A command that fails is left out of later rounds and says so.

use std::fs;
use std::path::{Path, PathBuf};

use crate::measure::{Cost, bytes_below, median, run};

/// A command and what its runs cost.
pub struct Entrant {
    /// As the table calls it.
    pub name: String,
    /// Bytes that it reads; none where a rate says nothing.
    pub reads: Option<u64>,
    /// Name of the entrant that it is compared with.
    pub against: Option<String>,
    program: PathBuf,
    words: Vec<String>,
    /// Folders that are emptied before each run and searched for Parquet after it.
    fresh: Vec<PathBuf>,
    /// Takes the standard output of each run.
    pub answer: Option<PathBuf>,
    runs: Vec<Cost>,
    /// Why it did not run, or not to its end.
    missing: Option<String>,
}

impl Entrant {
    pub fn new(name: impl Into<String>, program: impl Into<PathBuf>, words: impl IntoIterator<Item = impl Into<String>>) -> Entrant {
        Entrant {
            name: name.into(),
            reads: None,
            against: None,
            program: program.into(),
            words: words.into_iter().map(Into::into).collect(),
            fresh: Vec::new(),
            answer: None,
            runs: Vec::new(),
            missing: None,
        }
    }

    /// An entrant that is not on this machine.
    pub fn absent(name: impl Into<String>) -> Entrant {
        Entrant { missing: Some("not available".to_owned()), ..Entrant::new(name, "", [""; 0]) }
    }

    pub fn reading(self, bytes: u64) -> Entrant {
        Entrant { reads: Some(bytes), ..self }
    }

    pub fn against(self, other: &str) -> Entrant {
        Entrant { against: Some(other.to_owned()), ..self }
    }

    pub fn writing(self, folders: &[&Path]) -> Entrant {
        Entrant { fresh: folders.iter().map(|f| (*f).to_owned()).collect(), ..self }
    }

    pub fn answering(self, file: PathBuf) -> Entrant {
        Entrant { answer: Some(file), ..self }
    }

    fn take_turn(&mut self, errors: &Path) {
        if self.missing.is_some() {
            return;
        }
        for folder in &self.fresh {
            let _ = fs::remove_dir_all(folder);
        }
        match run(&self.program, &self.words, errors, self.answer.as_deref()) {
            Ok(mut cost) => {
                cost.written = self.fresh.iter().map(|f| bytes_below(f, "parquet")).sum();
                self.runs.push(cost);
            }
            Err(error) => self.missing = Some(format!("failed: {}", error.to_string().replace('|', "/"))),
        }
    }

    /// Medians of the runs, each figure for itself; why there are none.
    pub fn cost(&self) -> Result<Cost, &str> {
        if let Some(why) = &self.missing {
            return Err(why);
        }
        let middle = |figure: fn(&Cost) -> f64| median(self.runs.iter().map(figure));
        let written = self.runs.last().map_or(0, |r| r.written);
        Ok(Cost { wall: middle(|c| c.wall), cpu: middle(|c| c.cpu), peak: middle(|c| c.peak), written })
    }

    /// Median of the rounds' ratios of a figure to another's.
    pub fn ratio(&self, other: &Entrant, figure: fn(&Cost) -> f64) -> Option<f64> {
        let found = median(self.runs.iter().zip(&other.runs).map(|(ours, theirs)| figure(ours) / figure(theirs)));
        (self.missing.is_none() && other.missing.is_none() && found.is_finite()).then_some(found)
    }
}

/// All commands, round by round.
pub fn take_turns(entrants: &mut [Entrant], rounds: usize, errors: &Path) {
    for _ in 0..rounds {
        entrants.iter_mut().for_each(|e| e.take_turn(errors));
    }
}
