//! Synthetic forests with figures worked out by hand, and random ones against a count nanosecond by nanosecond.

use super::attribution::{Member, share};
use super::critical::sections;
use super::forest::NONE;

/// Interval, parent and class of each member; ids are the places, from 1.
fn members(list: &[(i64, i64, u32, u8)]) -> Vec<Member> {
    list.iter().map(|(start, end, parent, class)| Member { start: *start, end: *end, parent: *parent, class: *class }).collect()
}

fn critical(members: &[Member], start: i64, end: i64) -> (Vec<i64>, i64) {
    let ids: Vec<u64> = (1..=members.len() as u64).collect();
    let (mut of, mut rest) = (vec![0; members.len()], 0);
    let mut until = end;
    for section in sections(members, &ids, start, end) {
        assert_eq!(section.end, until, "sections follow each other");
        until = section.start;
        *of.get_mut(section.member as usize).unwrap_or(&mut rest) += section.end - section.start;
    }
    assert_eq!(until, start);
    (of, rest)
}

#[track_caller]
fn figures(list: &[(i64, i64, u32, u8)], until: i64, attributed: (&[i64], i64), on_path: (&[i64], i64)) {
    let members = members(list);
    let shares = share(&members, 0, until);
    assert_eq!((shares.of.as_slice(), shares.unobserved), attributed, "attributed");
    let (of, rest) = critical(&members, 0, until);
    assert_eq!((of.as_slice(), rest), on_path, "critical");
}

const TOOL: u8 = 4;
const MODEL: u8 = 6;
const INTERNAL: u8 = 14;

#[test]
fn a_chain_gives_each_its_own() {
    // turn 0..100, child 10..60, grandchild 20..30
    let list = [(0, 100, NONE, INTERNAL), (10, 60, 0, MODEL), (20, 30, 1, MODEL)];
    figures(&list, 100, (&[50, 40, 10], 0), (&[50, 40, 10], 0));
}

#[test]
fn parallel_children_share_and_the_rest_goes_to_the_first() {
    // Three children of one class: all from 0 to 10 (3 each, and 1 to the first), two of them on to 15 (2 each, and 1 to the first of these).
    let list = [(0, 20, NONE, INTERNAL), (0, 10, 0, TOOL), (0, 15, 0, TOOL), (0, 15, 0, TOOL)];
    // 1: 4; 2: 3 + 3; 3: 3 + 2. On the path the last to end with the greatest id.
    figures(&list, 20, (&[5, 4, 6, 5], 0), (&[5, 0, 0, 15], 0));
}

#[test]
fn the_first_category_takes_all_and_a_wrapper_waits() {
    // A tool 0..10 beside the model 5..20, and a wrapper of the model's class (one behind it) 0..30.
    let list = [(0, 30, NONE, INTERNAL), (0, 10, 0, TOOL), (5, 20, 0, MODEL), (0, 30, 0, MODEL + 1)];
    figures(&list, 30, (&[0, 10, 10, 10], 0), (&[0, 0, 0, 30], 0));
}

#[test]
fn a_child_that_outlives_its_parent_counts_to_the_end_of_the_turn() {
    // Parent 10..20, child 15..40: the child is nobody's part on the path but the turn's, and the parent ends before it starts to matter.
    let list = [(0, 50, NONE, INTERNAL), (10, 20, 0, TOOL), (15, 40, 1, TOOL)];
    // 0..10 and 40..50 turn, 10..15 parent, 15..40 child. Path: 50..40 turn, 40..15 child, then nothing that ends by 15: turn.
    figures(&list, 50, (&[20, 5, 25], 0), (&[25, 0, 25], 0));
}

#[test]
fn a_child_before_its_parent_counts_too() {
    // Child 5..15 of a parent 10..30.
    let list = [(0, 30, NONE, INTERNAL), (10, 30, 0, TOOL), (5, 15, 1, MODEL)];
    // 0..5 turn, 5..15 child, 15..30 parent. Path: the parent 30..10 (the child is hung on the turn), then turn 10..0: the child ends at 15.
    figures(&list, 30, (&[5, 15, 10], 0), (&[10, 20, 0], 0));
}

#[test]
fn an_ended_parent_does_not_hide_who_is_above_it() {
    // 1 ends at 10, its child 2 goes on to 20: the turn has an active descendant until then.
    let list = [(0, 30, NONE, INTERNAL), (0, 10, 0, TOOL), (5, 20, 1, TOOL)];
    figures(&list, 30, (&[10, 5, 15], 0), (&[15, 0, 15], 0));
}

#[test]
fn no_length_is_no_time() {
    let list = [(0, 10, NONE, INTERNAL), (5, 5, 0, TOOL), (5, 5, 1, TOOL), (10, 10, 0, TOOL)];
    figures(&list, 10, (&[10, 0, 0, 0], 0), (&[10, 0, 0, 0], 0));
}

#[test]
fn what_nobody_saw_is_left() {
    // No span of the turn itself: estimates 10..20 and 30..40 of 0..50.
    let list = [(10, 20, NONE, MODEL), (30, 40, NONE, TOOL)];
    figures(&list, 50, (&[10, 10], 30), (&[10, 10], 30));
}

#[test]
fn irrelevant_changes_do_not_cut_a_stretch() {
    // Two tools share 0..9: 5 and 4. A model beside them from 3 to 5 must not make it 2+1, 1+1, 2+2.
    let list = [(0, 9, NONE, TOOL), (0, 9, NONE, TOOL), (3, 5, NONE, MODEL)];
    figures(&list, 9, (&[5, 4, 0], 0), (&[0, 9, 0], 0));
    // Nor does a child whose end is the start of its brother, both of a later class than what shares: internal 0..9 and, below a
    // session, two that follow each other.
    let list = [(0, 9, NONE, INTERNAL), (0, 9, NONE, INTERNAL), (0, 9, NONE, INTERNAL), (0, 4, 2, INTERNAL + 1), (4, 9, 2, INTERNAL + 1)];
    figures(&list, 9, (&[5, 4, 0, 0, 0], 0), (&[0, 0, 0, 4, 5], 0));
}

/// A generator of numbers that are always the same (Marsaglia 2003).
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn below(&mut self, limit: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as i64
    }

    fn forest(&mut self, most: i64, length: i64) -> Vec<Member> {
        let (rooted, deep) = (self.below(2) == 0, self.below(2) == 0);
        let mut members = Vec::new();
        for n in 0..1 + self.below(most) {
            let (a, b) = (self.below(length + 1), self.below(length + 1));
            // in some forests every parent is one of the last three, so that they are deep
            let up = if deep { n.min(3) } else { n };
            let parent = if n > 0 && (rooted || self.below(3) > 0) { (n - 1 - self.below(up)) as u32 } else { NONE };
            let (start, end) = if n == 0 && rooted { (0, length) } else { (a.min(b), a.max(b)) };
            members.push(Member { start, end, parent, class: self.below(3) as u8 });
        }
        members
    }
}

fn is_above(members: &[Member], above: usize, mut at: usize) -> bool {
    while members[at].parent != NONE {
        at = members[at].parent as usize;
        if at == above {
            return true;
        }
    }
    false
}

/// Each nanosecond looked at by itself.
fn by_hand(members: &[Member], length: i64) -> (Vec<i64>, i64) {
    let receivers = |t: i64| -> Vec<usize> {
        let active: Vec<usize> = (0..members.len()).filter(|m| members[*m].start <= t && t < members[*m].end).collect();
        let lowest: Vec<usize> = active.iter().copied().filter(|m| !active.iter().any(|other| is_above(members, *m, *other))).collect();
        let first = lowest.iter().map(|m| members[*m].class).min();
        lowest.into_iter().filter(|m| Some(members[*m].class) == first).collect()
    };
    let (mut shares, mut rest) = (vec![0; members.len()], 0);
    let mut from = 0;
    while from < length {
        let those = receivers(from);
        let to = (from..length).find(|t| receivers(*t) != those).unwrap_or(length);
        let (stretch, among) = (to - from, those.len() as i64);
        for (n, member) in those.iter().enumerate() {
            shares[*member] += stretch / among + i64::from((n as i64) < stretch % among);
        }
        rest += if those.is_empty() { stretch } else { 0 };
        from = to;
    }
    (shares, rest)
}

/// The walk as it is written down: a search for the last child, again and again.
fn walk(members: &[Member], at: Option<usize>, start: i64, mut until: i64, shares: &mut Vec<i64>, rest: &mut i64) {
    let contains = |outer: usize, inner: usize| members[outer].start <= members[inner].start && members[inner].end <= members[outer].end;
    let hung = |m: usize| {
        let mut above = members[m].parent;
        while above != NONE && !contains(above as usize, m) {
            above = members[above as usize].parent;
        }
        (above != NONE).then_some(above as usize)
    };
    let mut children: Vec<usize> = (0..members.len()).filter(|m| hung(*m) == at).collect();
    let mut give = |ns: i64| *at.map_or(&mut *rest, |m| &mut shares[m]) += ns;
    let mut inner = Vec::new();
    while let Some(last) = children.iter().copied().filter(|c| members[*c].end <= until).max_by_key(|c| (members[*c].end, members[*c].start, *c)) {
        give(until - members[last].end);
        inner.push(last);
        until = members[last].start;
        children.retain(|c| *c != last);
    }
    give(until - start);
    for child in inner {
        walk(members, Some(child), members[child].start, members[child].end, shares, rest);
    }
}

#[test]
fn random_forests_agree_with_a_count_by_hand() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for round in 0..4000 {
        let (most, length) = if round % 40 == 0 { (120, 90) } else { (9, 24) };
        let members = numbers.forest(most, length);
        let shares = share(&members, 0, length);
        assert_eq!((shares.of.clone(), shares.unobserved), by_hand(&members, length), "round {round}: {members:?}");
        assert_eq!(shares.of.iter().sum::<i64>() + shares.unobserved, length);
        let (mut of, mut rest) = (vec![0; members.len()], 0);
        walk(&members, None, 0, length, &mut of, &mut rest);
        assert_eq!(critical(&members, 0, length), (of, rest), "round {round}: {members:?}");
    }
}

#[test]
fn shapes_of_many_are_gone_through() {
    const MANY: u32 = 200_000;
    let turn = Member { start: 0, end: 4 * i64::from(MANY), parent: NONE, class: INTERNAL };
    let half = MANY / 2;
    let shapes: [&dyn Fn(u32) -> Member; 6] = [
        // one after the other, all at once, each within the one before, and each a little later than the one it hangs on
        &|n| Member { start: i64::from(n), end: i64::from(n) + 1, parent: 0, class: TOOL },
        &|n| Member { start: i64::from(n), end: 2 * i64::from(MANY) + i64::from(n), parent: 0, class: TOOL },
        &|n| Member { start: i64::from(n), end: 4 * i64::from(MANY) - i64::from(n), parent: n - 1, class: TOOL },
        &|n| Member { start: i64::from(n), end: 2 * i64::from(MANY) + i64::from(n), parent: n - 1, class: TOOL },
        // a chain with many at its bottom that none of it contains: all begin too early, or every other one too late and the rest end too early
        &|n| Member { start: i64::from(if n < half { n } else { 0 }), end: i64::from(MANY), parent: n.min(half) - 1, class: TOOL },
        &|n| match (n < half, n % 2) {
            (true, 0) => Member { start: i64::from(MANY + n), end: 4 * i64::from(MANY), parent: n - 1, class: TOOL },
            (true, _) => Member { start: 0, end: i64::from(MANY - n), parent: n - 1, class: TOOL },
            (false, _) => Member { start: i64::from(MANY), end: i64::from(MANY + 1), parent: half - 1, class: TOOL },
        },
    ];
    for shape in shapes {
        let members: Vec<Member> = std::iter::once(turn).chain((1..MANY).map(shape)).collect();
        let shares = share(&members, turn.start, turn.end);
        assert_eq!(shares.of.iter().sum::<i64>(), turn.end);
        let (of, rest) = critical(&members, turn.start, turn.end);
        assert_eq!((of.iter().sum::<i64>(), rest), (turn.end, 0));
    }
}
