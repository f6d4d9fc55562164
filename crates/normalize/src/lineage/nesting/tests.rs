//! Facts that lie in one another, many deep and in cycles.

use std::time::{Duration, Instant};

use super::*;
use crate::attribution::Labels;
use crate::evidence::ToolRef;
use crate::tokens::Tokens;

const DEEP: u128 = 100_000;

/// Longer than any machine takes for one pass over [`DEEP`] facts, and far shorter than for one a fact.
const PATIENCE: Duration = Duration::from_secs(90);

fn span(n: u128, parent: Option<u128>, what: SpanWhat) -> SpanFact {
    SpanFact {
        record: n,
        trace: 1,
        span: n,
        parent,
        start: Some(n as i64),
        end: None,
        conversation: None,
        within: None,
        place: 0,
        cut: false,
        of_call: None,
        turn_id: None,
        model: None,
        requested_model: None,
        labels: Arc::new(Labels::default()),
        what,
    }
}

fn turn(agent: Option<&str>, tokens: Option<Tokens>) -> SpanWhat {
    SpanWhat::Turn { kind: TurnKind::Turn, tokens, agent: agent.map(Arc::from), succeeded: None }
}

fn tool(name: &str) -> SpanWhat {
    let tool = ToolRef { call_id: None, name: Some(Arc::from(name)), namespace: None, server: None, placeholder: false };
    SpanWhat::Tool { tool, aborted: None, result: None }
}

/// A chain of facts from the top, settled.
fn chain(deep: u128, mut what: impl FnMut(u128) -> SpanWhat) -> Vec<SpanFact> {
    let mut evidence = Evidence { spans: (1..=deep).map(|n| span(n, (n > 1).then(|| n - 1), what(n))).collect(), ..Evidence::default() };
    evidence.spans[0].conversation = Some(Arc::from("c"));
    let before = Instant::now();
    settle(&Dialect::embedded("genai").unwrap(), &mut evidence, std::iter::empty()).unwrap();
    assert!(before.elapsed() < PATIENCE, "{:?}", before.elapsed());
    evidence.spans
}

#[test]
fn turns_of_one_agent_deep_in_one_another_are_one_conversation() {
    let spans = chain(DEEP, |_| turn(Some("a"), None));
    assert!(spans.iter().all(|s| s.conversation.as_deref() == Some("c")));
}

#[test]
fn a_turn_of_another_agent_deep_within_is_a_conversation_of_its_own() {
    let spans = chain(DEEP, |n| turn(Some(if n == DEEP { "b" } else { "a" }), None));
    let (last, others) = spans.split_last().unwrap();
    assert!(others.iter().all(|s| s.conversation.as_deref() == Some("c")));
    assert_eq!(last.conversation.as_deref(), Some("c/00000000000186a0"));
    assert_eq!(last.within.as_ref().map(|w| (&*w.parent, w.role)), Some(("c", Role::Subagent)));
}

#[test]
fn of_turns_the_agent_of_which_is_not_told_each_works_for_the_one_above() {
    let spans = chain(DEEP, |_| turn(None, None));
    for (outer, inner) in spans.iter().zip(&spans[1..]) {
        assert_eq!(inner.within.as_ref().map(|w| &w.parent), outer.conversation.as_ref());
    }
}

#[test]
fn calls_of_one_tool_deep_in_one_another_are_parts_of_the_first() {
    let spans = chain(DEEP, |n| tool(if n == DEEP { "other" } else { "t" }));
    assert_eq!((spans[0].of_call, spans[DEEP as usize - 1].of_call), (None, None));
    assert!(spans[1..DEEP as usize - 1].iter().all(|s| s.of_call == Some(1)));
}

#[test]
fn only_the_outermost_turn_with_tokens_keeps_them() {
    let spans = chain(DEEP, |n| turn(Some("a"), (n % 3 == 2).then(Tokens::default)));
    let kept = spans.iter().filter(|s| matches!(s.what, SpanWhat::Turn { tokens: Some(_), .. }));
    assert_eq!(kept.map(|s| s.span).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_cycle_of_parents_begins_somewhere() {
    let above = Above::from_the_top(vec![Some(1), Some(2), Some(0), Some(0), None]);
    assert_eq!((0..5).map(|i| above.nearest(i)).collect::<Vec<_>>(), [Some(1), Some(2), None, Some(0), None]);
    assert_eq!(above.within_any(|i| i == 2), [true, true, false, true, false]);
}
