//! Whose work it was: grouping and filtering by the labels of conversations.

use super::*;

/// A report's rows as CSV: the first columns of each, as many as are asked for.
fn rows(test: &fixture::TestLake, report: &str, filters: &Filters, by: &[&str], top: Option<usize>, columns: usize) -> Vec<String> {
    let report = report::builtin().unwrap().into_iter().find(|r| r.name == report).unwrap();
    let by: Vec<String> = by.iter().map(|w| (*w).to_owned()).collect();
    let answer = Catalog::open(&test.lake).unwrap().report_top(&report, filters, &by, top.and_then(NonZeroUsize::new)).unwrap();
    let text = String::from_utf8(render(&answer, Format::Csv, None).unwrap()).unwrap();
    text.lines().skip(1).map(|line| line.split(',').take(columns).collect::<Vec<_>>().join(",")).collect()
}

#[test]
fn reports_are_grouped_by_labels_of_conversations() {
    let test = fixture::small("whose-by");
    let all = Filters::default();
    assert_eq!(rows(&test, "tokens", &all, &["team"], None, 2), ["platform,3", ",1"]);
    assert_eq!(rows(&test, "tools", &all, &["label.squad,user"], None, 3), ["red,ann,4", ",bob,2"]);
    assert_eq!(rows(&test, "cost", &all, &["cost-centre"], None, 2), [",4"]);
    assert_eq!(rows(&test, "tools", &all, &["label.squad"], Some(1), 2), ["red,4", "(other),2"]);
    assert_eq!(rows(&test, "failures", &all, &["team"], None, 1).len(), 2);
}

#[test]
fn what_is_of_no_conversation_has_no_label() {
    let test = fixture::small("whose-none");
    test.add(&tables::MODEL_CALLS, &[serde_json::json!({"record_id": "x", "time": "2026-11-21T11:00:00Z", "model": "gpt-a", "outcome": "ok"})]);
    assert_eq!(rows(&test, "tokens", &Filters::default(), &["team"], None, 2), ["platform,3", ",2"]);
}

#[test]
fn labels_of_conversations_are_filters() {
    let test = fixture::small("whose-filter");
    let platform = filters(|w| w.team = vec!["platform".into()]);
    assert_eq!(rows(&test, "tokens", &platform, &["user"], None, 2), ["ann,3"]);
    assert_eq!(rows(&test, "conversations", &platform, &[], None, 2).len(), 1);
    assert!(rows(&test, "tools", &filters(|w| w.branch = vec!["main".into()]), &[], None, 1).is_empty());
    assert!(rows(&test, "tools", &filters(|w| w.cost_center = vec!["1".into()]), &[], None, 1).is_empty());
}
