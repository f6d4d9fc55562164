//! Pipelines over a small trace: root(a) with children b and c, b with child d; e hangs on a span that is missing.

use std::sync::Arc;

use super::trace::Span;
use super::value::Value;
use super::*;

fn trace() -> Trace {
    let span = |id: &str, parent: Option<&str>, start: i64, duration: i64, status: &str| Span {
        id: id.into(),
        parent_id: parent.map(Arc::from),
        name: format!("span {id}").into(),
        service: "s".into(),
        start,
        duration,
        kind: "internal".into(),
        status: status.into(),
        parent: None,
        left: 0,
        right: 0,
        children: 0,
        connected: false,
        values: Vec::new(),
    };
    let spans = vec![
        span("d", Some("b"), 30, 10, "error"),
        span("a", None, 10, 100, "unset"),
        span("b", Some("a"), 20, 40, "ok"),
        span("c", Some("a"), 60, 20, "error"),
        span("e", Some("gone"), 70, 5, "unset"),
    ];
    Trace::arranged("t".into(), spans)
}

fn asked_of(question: &str) -> String {
    let parsed = parse::parse(question).unwrap_or_else(|f| panic!("{question}: {}", f.reason));
    let (wanted, _) = asked(&parsed);
    let trace = trace();
    let over = Over { trace: &trace, wanted: &wanted };
    let sets: Vec<String> = over.pipeline(&parsed.stages).iter().map(|set| set.spans.iter().map(|s| &*trace.spans[*s].id).collect()).collect();
    sets.join("|")
}

#[test]
fn structural_operators() {
    let cases = [
        (r#"{ name = "span a" } > { }"#, "bc"),
        (r#"{ name = "span a" } >> { }"#, "bdc"),
        (r#"{ } >> { status = error }"#, "dc"),
        (r#"{ name = "span d" } < { }"#, "b"),
        (r#"{ name = "span d" } << { }"#, "ab"),
        (r#"{ name = "span b" } ~ { }"#, "c"),
        (r#"{ } ~ { }"#, "bc"),
        (r#"{ name = "span a" } !>> { }"#, "ae"),
        (r#"{ name = "span a" } !> { status = error }"#, "d"),
        (r#"{ name = "nothing" } !>> { status = error }"#, "dc"),
        (r#"{ name = "nothing" } >> { }"#, ""),
        (r#"{ name = "span a" } &>> { name = "span d" }"#, "ad"),
        (r#"{ name = "span b" } &~ { name = "span c" }"#, "bc"),
        (r#"{ status = error } && { status = ok }"#, "bdc"),
        (r#"{ status = error } && { name = "nothing" }"#, ""),
        (r#"{ status = error } || { name = "nothing" }"#, "dc"),
    ];
    for (question, expected) in cases {
        assert_eq!(asked_of(question), expected, "{question}");
    }
}

#[test]
fn properties_and_aggregates() {
    let cases = [
        ("{ nestedSetParent < 0 }", "a"),
        ("{ childCount > 1 }", "a"),
        ("{ parent.x = nil && duration >= 20ns }", "abc"),
        ("{ traceDuration = 100ns && span:id = \"e\" }", "e"),
        ("{ rootName = \"span a\" } | count() > 4", "abdce"),
        ("{ } | by(status) | count() > 1", "ae|dc"),
        ("{ } | by(status) | coalesce() | count() = 5", "abdce"),
        ("{ } | max(duration) > 100ns", ""),
        ("{ } | avg(duration) * 2 = 70ns", "abdce"),
        ("{ status = error } | min(duration) + sum(duration) = 40ns", "dc"),
        ("{ !(status = error) && kind = internal }", "abe"),
        ("{ name =~ \"span [ab]\" && -duration < -50ns }", "a"),
    ];
    for (question, expected) in cases {
        assert_eq!(asked_of(question), expected, "{question}");
    }
}

#[test]
fn a_circle_of_parents_ends() {
    let mut spans = trace().spans;
    spans.retain(|s| &*s.id == "b" || &*s.id == "d");
    spans[0].parent_id = Some("d".into());
    let circle = Trace::arranged("t".into(), spans);
    assert!(circle.spans.iter().all(|s| s.right > s.left && !s.connected));
    assert_eq!(Value::Nil.shown(), Value::Nil);
}
