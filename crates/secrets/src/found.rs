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
/// longest, the rule listed first. Gives them in the order of their places, no cover overlapping another.
pub fn settle(mut candidates: Vec<Candidate>) -> Vec<Found> {
    candidates.sort_by_key(|c| c.at.start);
    let mut found = Vec::new();
    // matches are held against those only that they hang together with: a text can have very many
    let mut rest = candidates.into_iter().peekable();
    while let Some(first) = rest.next() {
        let mut end = first.at.end;
        let mut together = vec![first];
        while let Some(next) = rest.next_if(|c| c.at.start < end) {
            end = end.max(next.at.end);
            together.push(next);
        }
        found.extend(strongest(together));
    }
    found
}

/// The strongest of matches that hang together.
fn strongest(mut candidates: Vec<Candidate>) -> Vec<Found> {
    candidates.sort_by_key(|c| (c.weight.0, c.weight.1, usize::MAX - c.depth, usize::MAX - c.at.len(), c.at.start, c.weight.2));
    let mut found: Vec<Found> = Vec::new();
    for Candidate { rule, at, .. } in candidates {
        match found.iter_mut().find(|f| f.cover.start < at.end && at.start < f.cover.end) {
            Some(stronger) => stronger.cover = stronger.cover.start.min(at.start)..stronger.cover.end.max(at.end),
            None => found.push(Found { rule, cover: at.clone(), at }),
        }
    }
    found.sort_by_key(|f| f.at.start);
    part(&mut found);
    found
}

/// Parts covers that overlap, as they do where a weaker match reaches from one stronger to the next: each ends where the next one's own place
/// begins, and what was covered stays so.
fn part(found: &mut [Found]) {
    let mut from = 0;
    while from < found.len() {
        let (mut start, mut end, mut to) = (found[from].cover.start, found[from].cover.end, from + 1);
        while to < found.len() && found[to..].iter().any(|f| f.cover.start < end) {
            start = start.min(found[to].cover.start);
            end = end.max(found[to].cover.end);
            to += 1;
        }
        let next: Vec<usize> = found[from + 1..to].iter().map(|f| f.at.start).collect();
        let ends = next.iter().copied().chain([end]);
        let starts = std::iter::once(start).chain(next.iter().copied());
        if to - from > 1 {
            found[from..to].iter_mut().zip(starts.zip(ends)).for_each(|(f, (start, end))| f.cover = start..end);
        }
        from = to;
    }
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

    #[test]
    fn a_weak_match_over_two_strong_ones_is_covered_and_covers_do_not_overlap() {
        let of = |at: Range<usize>, fallback: bool| Candidate { rule: 0, at, weight: (fallback, false, 0), depth: 0 };
        let found = settle(vec![of(0..10, false), of(20..30, false), of(5..25, true), of(28..50, true), of(60..61, true)]);
        let places: Vec<_> = found.iter().map(|f| (f.at.clone(), f.cover.clone())).collect();
        assert_eq!(places, [(0..10, 0..20), (20..30, 20..50), (60..61, 60..61)]);
    }

    #[test]
    fn whatever_matches_all_of_it_is_covered_once() {
        let mut random = 7_u64;
        let mut below = |n: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) as usize % n as usize
        };
        for _ in 0..2_000 {
            let candidates: Vec<Candidate> = (0..below(12))
                .map(|rule| {
                    let start = below(60);
                    Candidate { rule, at: start..start + 1 + below(20), weight: (below(2) == 0, below(2) == 0, rule), depth: below(3) }
                })
                .collect();
            let found = settle(candidates.clone());
            let covered = |n: usize| found.iter().filter(|f| f.cover.contains(&n)).count();
            assert!((0..100).all(|n| covered(n) == usize::from(candidates.iter().any(|c| c.at.contains(&n)))), "{candidates:?} {found:?}");
            assert!(found.iter().all(|f| f.cover.start <= f.at.start && f.at.end <= f.cover.end));
            assert!(found.is_sorted_by(|a, b| a.cover.end <= b.cover.start));
        }
    }

    #[test]
    fn a_text_full_of_matches_takes_no_time_for_each_pair() {
        let began = std::time::Instant::now();
        let candidates = (0..300_000).map(|n| Candidate { rule: 0, at: 4 * n..4 * n + 3, weight: (false, false, 0), depth: 0 }).collect();
        assert_eq!(settle(candidates).len(), 300_000);
        assert!(began.elapsed().as_secs() < 30, "{:?}", began.elapsed());
    }
}
