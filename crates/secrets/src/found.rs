//! What was found in a text, each place once. Border: overlaps of matches; the matching is the rules'.

use std::ops::Range;

/// A place in a text where a rule matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The rule, by its place in the list.
    pub rule: usize,
    /// Where, in bytes of the text as it is.
    pub at: Range<usize>,
    /// What is to be replaced where it is to be: also what weaker matches that overlap it cover.
    pub cover: Range<usize>,
}

/// A match, and what decides between it and another one that overlaps it.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The rule, by its place in the list.
    pub rule: usize,
    /// Where.
    pub at: Range<usize>,
    /// The smaller is the stronger: fallbacks come after all others, personal data after secrets.
    pub weight: (bool, bool, usize),
    /// The layer of escapes it was found under.
    pub depth: usize,
}

/// Of matches that overlap the strongest stands: no fallback, a secret, what lies deepest (its ends are those of the value itself), what is
/// longest, the rule listed first. Gives them in the order of their places.
pub fn settle(mut candidates: Vec<Candidate>) -> Vec<Found> {
    candidates.sort_by_key(|c| (c.weight.0, c.weight.1, usize::MAX - c.depth, usize::MAX - c.at.len(), c.at.start, c.weight.2));
    let mut found: Vec<Found> = Vec::new();
    for Candidate { rule, at, .. } in candidates {
        match found.iter_mut().find(|f| f.cover.start < at.end && at.start < f.cover.end) {
            Some(stronger) => stronger.cover = stronger.cover.start.min(at.start)..stronger.cover.end.max(at.end),
            None => found.push(Found { rule, cover: at.clone(), at }),
        }
    }
    found.sort_by_key(|f| f.at.start);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stronger_stands_and_covers_the_weaker() {
        let of = |rule: usize, at: Range<usize>, fallback: bool, depth: usize| Candidate { rule, at, weight: (fallback, false, rule), depth };
        let found = settle(vec![of(0, 2..9, true, 0), of(1, 4..12, false, 0), of(2, 20..24, false, 0), of(2, 20..23, false, 1)]);
        assert_eq!(found, [Found { rule: 1, at: 4..12, cover: 2..12 }, Found { rule: 2, at: 20..23, cover: 20..24 }]);
    }
}
