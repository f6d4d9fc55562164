use super::*;
use crate::survey::Counting;
use crate::survey::groups::Groups;

fn day(keys: &[(Key, Group)]) -> Day {
    let groups = Groups { keys: keys.iter().map(|k| k.0).collect(), of: keys.iter().map(|k| k.1).collect() };
    Day { records: groups, ..Day::default() }
}

/// The window when day 5 gets keys 1 and 2.
fn window(before: States) -> Window {
    Window::new(&before, &States::from([(5, day(&[(1, 0), (2, 0)]))]), BTreeSet::from([5]), 10)
}

fn sorted(keys: &FxHashSet<Key>) -> Vec<Key> {
    let mut keys: Vec<Key> = keys.iter().copied().collect();
    keys.sort_unstable();
    keys
}

#[test]
fn what_shares_a_key_is_touched_over_days_and_nothing_else() {
    let window = window(States::from([(3, day(&[(2, 0), (7, 0), (8, 1)])), (4, day(&[(7, 0), (9, 1)])), (6, day(&[(10, 0)]))]));
    assert_eq!(sorted(&window.touched), [1, 2, 7]);
    assert_eq!(window.records, BTreeSet::from([3, 4]));
    assert_eq!(window.rows, BTreeSet::from([0, 3, 4, 5]));
}

#[test]
fn the_next_point_of_a_series_is_counted_anew_and_the_last_is_read() {
    let with = |segments: &[u64]| Day { segments: segments.to_vec(), ..Day::default() };
    let before = States::from([(2, with(&[1, 2])), (3, with(&[3])), (5, with(&[1, 3])), (7, with(&[2])), (8, with(&[1])), (9, with(&[1, 3]))]);
    let window = Window::new(&before, &States::from([(5, with(&[1, 3]))]), BTreeSet::from([5]), 0);
    assert_eq!(window.metrics, BTreeSet::from([5, 8, 9]));
    let states = before.iter().map(|(date, day)| (*date, day)).collect();
    assert_eq!(predecessors(&states, &window.metrics), BTreeSet::from([2, 3, 5, 8]));
}

/// A day with two groups of records, the second of a process.
fn responding(process: Key, keys: [Key; 2]) -> Day {
    Day { instances: vec![(process, 1)], ..day(&[(keys[0], 0), (keys[1], 1)]) }
}

/// A day whose points count what the process did on these days.
fn counting(process: Key, date: i32, (from, until): (i32, i32)) -> Day {
    let keys = Groups { keys: vec![key::counted(process, date)], of: vec![0] };
    Day { points: keys, counting: vec![Counting { process, unnamed: 98, group: 0, from, until }], ..Day::default() }
}

#[test]
fn what_a_process_counts_is_made_with_the_responses_of_the_time_that_it_counts() {
    let process = 99;
    let touching = Day { instances: vec![(process, 0)], ..day(&[(1, 0)]) };
    let counts = counting(process, 4, (3, 4));
    let days = |counts: Day| {
        let of_four = Day { instances: touching.instances.clone(), ..day(&[(1, 0)]) };
        let of_four = Day { points: counts.points, counting: counts.counting, ..of_four };
        States::from([(2, responding(process, [5, 6])), (3, responding(process, [3, 4])), (4, of_four), (6, counting(process, 6, (6, 6)))])
    };
    let found = window(days(counts));
    let mut touched = vec![1, 2, key::counted(process, 4)];
    touched.sort_unstable();
    assert_eq!(sorted(&found.touched), touched);
    // the responses of day 3 are counted in what is made anew, those of day 2 are not
    let mut wanted = vec![1, 2, 4, key::counted(process, 4)];
    wanted.sort_unstable();
    assert_eq!(sorted(&found.wanted), wanted);
    assert_eq!((found.rows, found.records), (BTreeSet::from([0, 4, 5]), BTreeSet::from([3, 4])));
}

#[test]
fn a_record_that_names_no_process_may_be_of_any_and_a_span_counts_where_it_ends() {
    let unnamed = 98;
    let reaching = Day { reach: vec![(1, 4)], ..responding(unnamed, [3, 4]) };
    let before = States::from([(2, reaching), (4, counting(99, 4, (4, 5)))]);
    let now = States::from([(5, Day { instances: vec![(99, 0)], ..day(&[(1, 0)]) })]);
    let found = Window::new(&before, &now, BTreeSet::from([5]), 10);
    assert!(found.touched.contains(&key::counted(99, 4)));
    assert!(found.wanted.contains(&4) && !found.wanted.contains(&3));
}

#[test]
fn an_interrupt_and_its_turn_find_each_other() {
    let turn = |key: Key, group: Group, keys: [Key; 2]| Day { turns: vec![(key, group)], ..day(&[(keys[0], 0), (keys[1], 1)]) };
    let interrupt = |key: Key, group: Group, keys: [Key; 2]| Day { interrupts: vec![(key, group)], ..day(&[(keys[0], 0), (keys[1], 1)]) };
    let before = States::from([(3, turn(70, 1, [3, 4])), (4, interrupt(71, 0, [5, 6])), (6, turn(71, 1, [7, 8]))]);
    let now = Day { interrupts: vec![(70, 0)], turns: vec![(71, 0)], ..day(&[(1, 0)]) };
    let found = Window::new(&before, &States::from([(5, now)]), BTreeSet::from([5]), 10);
    assert_eq!(sorted(&found.touched), [1, 4]);
    assert_eq!(sorted(&found.wanted), [1, 4, 5]);
}

#[test]
fn conversations_that_began_after_a_prompt_are_looked_at_again() {
    let at = |ms: i64| 4 * 86_400_000_000_000 + ms;
    let prompting = Day { prompts: vec![(at(100), 0), (at(103), 1), (at(150), 2)], ..day(&[(1, 0), (3, 1), (4, 2), (5, 3), (6, 4)]) };
    let before = Day { firsts: vec![(at(99), 3), (at(108), 3), (at(111), 4)], ..prompting };
    let window = window(States::from([(4, before)]));
    assert_eq!(sorted(&window.touched), [1, 2]);
    // 5 began within ten after the touched prompt, and 3 was prompted shortly before it did
    assert_eq!(sorted(&window.wanted), [1, 2, 3, 5]);
    assert!(window.judges(at(100)) && window.judges(at(110)) && !window.judges(at(99)) && !window.judges(at(111)));
}
