use serde_json::json;
use tracemill_model::tables::{LATENCY, PROFILES, SPANS};

use super::*;
use crate::fixture;

fn of(id: &str, parent: Option<&str>, name: &str, category: &str, tool: Option<&str>, ns: i64) -> [serde_json::Value; 2] {
    [
        json!({"trace_id": "t", "span_id": id, "parent_span_id": parent, "name": name, "start_time": "2026-11-22T10:00:00Z", "record_id": id}),
        json!({"trace_id": "t", "span_id": id, "turn_id": "1", "conversation_id": "c", "start_time": "2026-11-22T10:00:00Z", "name": name,
            "category": category, "tool_name": tool, "attributed_ns": ns, "agent": "codex"}),
    ]
}

#[test]
fn a_stack_is_the_way_from_the_root_and_a_tool_a_frame_of_its_own() {
    let test = fixture::empty("flame");
    let (spans, mut shares): (Vec<_>, Vec<_>) = [
        of("a", None, "turn", "internal", None, 5),
        of("b", Some("a"), "call; \u{7}", "tool", Some("exec"), 0),
        of("c", Some("b"), "wait", "tool", Some("exec"), 7),
        of("d", Some("a"), "ask", "model", None, 3),
        // its own ancestor
        of("e", Some("e"), "odd", "internal", None, 1),
    ]
    .into_iter()
    .map(|[span, share]| (span, share))
    .unzip();
    shares.push(json!({"turn_id": "1", "conversation_id": "c", "category": "unobserved", "attributed_ns": 2, "agent": "codex"}));
    test.add(&SPANS, &spans);
    test.add(&LATENCY, &shares);
    let catalog = Catalog::open(&test.lake).unwrap();
    let flame = Flame::of_time(&catalog, &Filters::default(), &[]).unwrap();
    assert_eq!(flame.folded(), "odd 1\nturn 5\nturn;ask 3\nturn;tool exec;call_ _;wait 7\nunobserved 2\n");
    assert_eq!((flame.total(), flame.rows(), flame.unit()), (18, 5, "ns"));
    let by = Flame::of_time(&catalog, &Filters::default(), &["agent".to_owned(), "tool".to_owned()]).unwrap();
    assert!(by.folded().contains("codex;exec;turn;tool exec;call_ _;wait 7\n"), "{}", by.folded());
    assert!(Flame::of_time(&catalog, &Filters::default(), &["weather".to_owned()]).is_err());
    let svg = String::from_utf8(flame.svg().unwrap()).unwrap();
    assert!(svg.contains("tool exec") && svg.contains("rgb(122,167,232)") && !svg.contains("src=\"http"), "{svg}");
}

#[test]
fn of_profiles_the_type_must_be_clear() {
    let test = fixture::empty("flame-profiles");
    let row = |kind: &str, value: i64| {
        json!({"record_id": kind, "time": "2026-11-22T10:00:00Z", "sample_type": kind, "sample_unit": "nanoseconds", "value": value, "service_name": "s",
            "stack": "[{\"function\":\"leaf\"},{\"address\":\"0x1\",\"mapping\":\"libc\"},{\"function\":\"main\"}]"})
    };
    test.add(&PROFILES, &[row("cpu", 5), row("cpu", 6), row("wall", 9)]);
    let catalog = Catalog::open(&test.lake).unwrap();
    let error = Flame::of_profiles(&catalog, &Filters::default(), None).unwrap_err().to_string();
    assert!(error.contains("cpu, wall"), "{error}");
    let flame = Flame::of_profiles(&catalog, &Filters::default(), Some("cpu")).unwrap();
    assert_eq!((flame.folded().as_str(), flame.rows()), ("s;main;libc+0x1;leaf 11\n", 2));
}
