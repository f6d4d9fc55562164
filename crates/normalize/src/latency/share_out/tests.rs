//! The path beside spans, and waits within each other, against what is written down plainly.

use super::*;
use crate::latency::tests::Numbers;

impl Numbers {
    /// An interval in 0..30.
    fn interval(&mut self) -> (i64, i64) {
        let (a, b) = (self.below(31), self.below(31));
        (a.min(b), a.max(b))
    }
}

fn part((start, end): (i64, i64), parent: u32, fills: Option<bool>) -> Part {
    let stretch = |fills| Stretch { turn: 0, start, end, category: Category::Tool, name: "", tool: None, within: None, fills };
    Part { member: Member { start, end, parent, class: 0 }, span: NONE, order: (start, 0), stretch: fills.map(stretch) }
}

fn by_member(sections: &[Section], members: usize) -> Vec<i64> {
    let mut sums = vec![0; members + 1];
    sections.iter().for_each(|s| sums[(s.member as usize).min(members)] += s.end - s.start);
    sums
}

#[test]
fn gaps_are_filled_as_if_all_events_were_looked_at_in_each() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for round in 0..4000 {
        let mut parts: Vec<Part> = (0..1 + numbers.below(12))
            .map(|_| {
                let fills = (numbers.below(3) > 0).then_some(true);
                part(numbers.interval(), NONE, fills)
            })
            .collect();
        parts.sort_by_key(|p| p.order);
        let members: Vec<Member> = parts.iter().map(|p| p.member).collect();
        let (events, spans): (Vec<u32>, Vec<u32>) = (0..members.len() as u32).partition(|n| parts[*n as usize].stretch.is_some());
        let pick = |places: &[u32]| -> Vec<Member> { places.iter().map(|p| members[*p as usize]).collect() };
        let mut plain = Vec::new();
        for section in sections(&pick(&spans), &vec![0; spans.len()], 0, 30) {
            if section.member != NONE {
                plain.push(Section { member: spans[section.member as usize], ..section });
                continue;
            }
            let mut cut = pick(&events);
            for event in &mut cut {
                (event.start, event.end) = (event.start.clamp(section.start, section.end), event.end.clamp(section.start, section.end));
            }
            let told = sections(&cut, &vec![0; cut.len()], section.start, section.end);
            plain.extend(told.into_iter().map(|s| Section { member: events.get(s.member as usize).copied().unwrap_or(NONE), ..s }));
        }
        let path = path(&members, &parts, 0, 30);
        assert_eq!(by_member(&path, members.len()), by_member(&plain, members.len()), "round {round}: {members:?}");
        assert_eq!(path.iter().map(|s| s.end - s.start).sum::<i64>(), 30);
    }
}

#[test]
fn waits_are_those_in_a_member_and_above_it() {
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    for round in 0..2000 {
        let mut parts = Vec::new();
        for n in 0..1 + numbers.below(20) {
            let parent = if n > 0 && numbers.below(5) > 0 { numbers.below(n) as u32 } else { NONE };
            // a wait has nothing within it
            let parent = if parts.get(parent as usize).is_some_and(|p: &Part| p.stretch.is_some()) { NONE } else { parent };
            parts.push(part(numbers.interval(), parent, (numbers.below(3) == 0).then_some(false)));
        }
        let members: Vec<Member> = parts.iter().map(|p| p.member).collect();
        let waits = Waits::new(&members, &parts);
        for member in 0..members.len() as u32 {
            let up = std::iter::successors(Some(member), |m| Some(members[*m as usize].parent).filter(|p| *p != NONE));
            let up: Vec<u32> = up.collect();
            let plain: Vec<u32> =
                (0..).zip(&parts).filter(|(n, p)| p.stretch.is_some() && *n != member && up.contains(&p.member.parent)).map(|(n, _)| n).collect();
            assert_eq!(waits.above(&members, member), plain, "round {round}, member {member}: {members:?}");
        }
        assert!(waits.above(&members, NONE).is_empty());
    }
}
