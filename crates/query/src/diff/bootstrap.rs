//! Intervals of changes by resampling. Border: runs in, a pair of numbers a figure out; what a figure is does not matter.

use super::figures::{FIGURES, Run};

/// Resamples; enough for the 2.5 and 97.5 % points to stand still in their second digit.
const RESAMPLES: usize = 2000;
/// With so many draws in all, fewer resamples must do: with many runs a percentile needs fewer of them.
const DRAWS: usize = 40_000_000;
/// No fewer than these.
const FEWEST: usize = 200;
/// The same runs give the same interval.
const SEED: u64 = 0x7472_6163_656d_696c;

/// Of each figure the 2.5 and 97.5 % points of the change from `a` to `b`; `None` where too few resamples say anything of it.
pub(super) fn intervals(a: &[Run], b: &[Run]) -> Vec<Option<(f64, f64)>> {
    let mut random = fastrand::Rng::with_seed(SEED);
    let resamples = (DRAWS / (a.len() + b.len()).max(1)).clamp(FEWEST, RESAMPLES);
    let mut changes: Vec<Vec<f64>> = vec![Vec::with_capacity(resamples); FIGURES.len()];
    for _ in 0..resamples {
        let (of_a, of_b) = (drawn(a, &mut random), drawn(b, &mut random));
        for (n, changes) in changes.iter_mut().enumerate() {
            if let (Some(a), Some(b)) = (of_a[n], of_b[n]) {
                changes.push(b - a);
            }
        }
    }
    changes.into_iter().map(|changes| interval(changes, resamples)).collect()
}

/// The figures of as many runs as there are, drawn with replacement.
fn drawn(runs: &[Run], random: &mut fastrand::Rng) -> [Option<f64>; FIGURES.len()] {
    let mut sums = [(0.0, 0.0); FIGURES.len()];
    for _ in 0..runs.len() {
        let run = &runs[random.usize(..runs.len())];
        for (sum, of_run) in sums.iter_mut().zip(&run.sums) {
            sum.0 += of_run.0;
            sum.1 += of_run.1;
        }
    }
    sums.map(|(above, below)| (below > 0.0).then(|| above / below))
}

fn interval(mut changes: Vec<f64>, resamples: usize) -> Option<(f64, f64)> {
    if changes.len() * 2 < resamples {
        return None;
    }
    changes.sort_by(f64::total_cmp);
    let at = |share: f64| changes.get(((changes.len() - 1) as f64 * share).round() as usize).copied();
    at(0.025).zip(at(0.975))
}
