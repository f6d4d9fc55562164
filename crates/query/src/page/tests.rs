use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tracemill_model::tables::{CONVERSATIONS, LATENCY, MODEL_CALLS, TOOL_CALLS, TURNS};

use super::*;
use crate::catalog::Catalog;
use crate::filters::FilterWords;
use crate::fixture::{self, TestLake};
use crate::report;

fn words(zone: &str) -> FilterWords {
    FilterWords { timezone: Some(zone.to_owned()), ..FilterWords::default() }
}

fn night(zone: &str, date: &str) -> Period {
    Period::night(&words(zone), date.parse().unwrap(), "2026-11-30T00:00:00Z".parse().unwrap()).unwrap()
}

fn answers(test: &TestLake, period: &Period) -> Answers {
    let catalog = Catalog::open(&test.lake).unwrap();
    ask_all::<QueryError>(&catalog, &report::builtin().unwrap(), &asks(), period, &|_, _| Ok(true)).unwrap()
}

/// The page without the libraries, which are checked by their sums.
fn ours(page: &str) -> String {
    LIBRARIES.iter().fold(page.to_owned(), |page, library| page.replace(library, ""))
}

fn page_of(test: &TestLake, date: &str) -> String {
    let period = night("UTC", date);
    let runs = std::collections::BTreeMap::from([("c1".to_owned(), "runs/c1.html".to_owned())]);
    let beside = Beside { release: "0".to_owned(), files: true, runs, ..Beside::default() };
    ours(&page(&answers(test, &period), &period, &beside).unwrap())
}

/// What the charts are drawn from.
fn data_of(page: &str) -> Value {
    let text = page.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
    assert!(!text.contains(['<', '>', '&', '\u{2028}']), "{text}");
    serde_json::from_str(text).unwrap()
}

#[test]
fn it_asks_for_nothing_and_is_the_same_twice() {
    let test = fixture::small("page-same");
    let page = page_of(&test, "2026-11-22");
    assert_eq!(page, page_of(&test, "2026-11-22"));
    for reference in ["http:", "https:", "//", "src=", "@import", "url(", "eval(", "innerHTML"] {
        let found = page.match_indices(reference).find(|(at, _)| !page[*at..].starts_with("// "));
        assert!(found.is_none(), "{reference}: {:?}", found.map(|(at, _)| page[at..].chars().take(80).collect::<String>()));
    }
    let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";
    assert!(page.contains(policy));
}

#[test]
fn it_says_what_the_reports_say() {
    let test = fixture::small("page-says");
    let page = page_of(&test, "2026-11-22");
    for text in [
        "Saturday, 21 November 2026",
        // 0.001 USD, under which lies a call of a model without a price
        "≥ 0.001 $",
        "No price is known for gpt-new (1 call)",
        // one of two
        "50.0 %",
        "exec_command",
        "demo",
        "rate_limited",
        "slow down",
        "<a href=\"runs&#x2f;c1.html\">c1</a>",
        "<a href=\"tools.csv\">tools.csv</a>",
        "Nothing is set aside",
    ] {
        assert!(page.contains(text), "{text}");
    }
    let charts = data_of(&page);
    assert_eq!(charts["cost_nanousd-model"]["names"], json!(["gpt-a", "gpt-new"]));
    assert_eq!(charts["cost_nanousd-model"]["values"], json!([[0.001, 0.0]]));
    let next = page_of(&test, "2026-11-23");
    // 200 + 20 tokens against 1,000 + 100 and 500 + 50
    assert!(next.contains("−87 %"), "no change of tokens");
}

#[test]
fn an_empty_lake_has_a_page() {
    let page = page_of(&fixture::empty("page-empty"), "2026-11-22");
    assert!(page.contains("The lake has no model call") && !page.contains("<figure"));
}

#[test]
fn texts_from_outside_stay_texts() {
    let test = fixture::empty("page-hostile");
    let bad = "</script><img src=x onerror=alert(1)>\u{2028}<!--\"'&{{ 191*7 }}";
    let time = "2026-11-21T10:00:00Z";
    test.add(
        &CONVERSATIONS,
        &[json!({"conversation_id": bad, "kind": "main", "agent": bad, "user_id": bad, "start_time": time, "end_time": time, "mcp_servers": bad})],
    );
    test.add(
        &TURNS,
        &[json!({"turn_id": "t", "conversation_id": bad, "agent": bad, "model": bad, "start_time": time, "duration_ns": 5_000_000_000_i64})],
    );
    let call = |outcome: &str, error: Option<&str>| {
        json!({"record_id": outcome, "conversation_id": bad, "turn_id": "t", "time": time, "agent": bad, "model": bad, "outcome": outcome, "error": error, "error_type": error,
            "total_tokens": 10, "cost_nanousd": 5, "list_cost_nanousd": 5})
    };
    test.add(&MODEL_CALLS, &[call("ok", None), call("error", Some(bad))]);
    test.add(&TOOL_CALLS, &[json!({"call_id": "1", "conversation_id": bad, "turn_id": "t", "time": time, "agent": bad, "tool_name": bad, "mcp_server": bad, "outcome": "failed",
        "decision": bad, "decision_source": "user", "wait_ns": 5, "duration_ns": 5})]);
    test.add(&LATENCY, &[json!({"conversation_id": bad, "turn_id": "t", "start_time": time, "category": "tool", "name": bad, "attributed_ns": 5_000_000_000_i64, "critical_ns": 5,
        "agent": bad, "model": bad, "tool_name": bad})]);
    let period = night("UTC", "2026-11-22");
    let beside = Beside {
        prices: Some(bad.to_owned()),
        runs: std::collections::BTreeMap::from([(bad.to_owned(), bad.to_owned())]),
        set_aside: vec![Aside { source: bad.to_owned(), position: bad.to_owned(), bytes: 1, reason: bad.to_owned() }],
        set_aside_total: 1,
        ..Beside::default()
    };
    let whole = page(&answers(&test, &period), &period, &beside).unwrap();
    let page = ours(&whole);
    assert!(!page.contains("<img") && !page.contains("<!--") && !page.contains("\"'&{") && !page.contains("1337"), "{page}");
    assert!(page.matches("&lt;img").count() > 10);
    // the data block, the two libraries and the script: no other script begins or ends
    assert_eq!((whole.matches("<script").count(), whole.matches("</script").count()), (4, 4));
    assert_eq!(data_of(&page)["cost_nanousd-model"]["names"][0], bad);
}

#[test]
fn its_size_has_a_bound() {
    let test = fixture::empty("page-many");
    let long = "x".repeat(3000);
    let (mut calls, mut tools, mut runs, mut turns) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for n in 0..120 {
        let (id, time) = (format!("c{n}{long}"), format!("2026-{:02}-{:02}T10:00:00Z", 1 + n % 11, 1 + n % 28));
        runs.push(
            json!({"conversation_id": id, "kind": "main", "agent": "codex", "start_time": time, "end_time": time, "user_id": format!("u{n}{long}")}),
        );
        turns.push(json!({"turn_id": id, "conversation_id": id, "agent": "codex", "start_time": time, "duration_ns": n}));
        calls.push(json!({"record_id": id, "conversation_id": id, "time": time, "agent": format!("a{}{long}", n % 50), "model": format!("m{n}{long}"), "outcome": "error",
            "error_type": format!("e{n}"), "error": long, "total_tokens": n, "cost_nanousd": n}));
        tools.push(json!({"call_id": id, "conversation_id": id, "time": time, "agent": "codex", "tool_name": format!("t{n}{long}"), "mcp_server": format!("s{n}{long}"),
            "outcome": "failed", "decision": format!("d{n}{long}"), "decision_source": "user", "wait_ns": n}));
    }
    test.add(&CONVERSATIONS, &runs);
    test.add(&TURNS, &turns);
    test.add(&MODEL_CALLS, &calls);
    test.add(&TOOL_CALLS, &tools);
    let period = Period::new(&words("UTC"), "2026-01-01T00:00:00Z".parse().unwrap(), "2026-11-28T00:00:00Z".parse().unwrap()).unwrap();
    let answers = answers(&test, &period);
    let bytes = page(&answers, &period, &Beside::default()).unwrap().len();
    assert!(bytes < 2 << 20, "{bytes}");
    let listed = asks().iter().find_map(|ask| conversations(ask, answers.get(ask)?)).unwrap();
    assert!(!listed.is_empty() && listed.len() <= 30);
}

#[test]
fn the_libraries_are_those_of_the_readme() {
    let readme = include_str!("vendor/README.md");
    for library in LIBRARIES {
        let sum: String = Sha256::digest(library.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(readme.contains(&sum), "{sum} is not in vendor/README.md");
        // what would end the element that holds it, or turn the text behind it into something else
        assert!(!library.contains("</script") && !library.contains("<!--"));
    }
}

#[test]
fn a_night_is_a_day_of_its_zone() {
    let period = night("Europe/Berlin", "2026-10-26");
    // the day on which the clock went back
    assert_eq!((period.since().to_string().as_str(), period.until().to_string().as_str()), ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"));
    let before = |window| {
        let filters = period.filters(window).unwrap();
        (filters.since().unwrap() / 1_000_000_000, filters.until().unwrap() / 1_000_000_000)
    };
    let second = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_second();
    assert_eq!(before(Window::Before), (second("2026-10-23T22:00:00Z"), second("2026-10-24T22:00:00Z")));
    assert_eq!(before(Window::Week), (second("2026-10-17T22:00:00Z"), second("2026-10-24T22:00:00Z")));
    assert_eq!((period.noun(), period.stretches_since("2026-10-22"), period.stretches_since("2026-01-01")), ("day", 3, 7));
    let typed = FilterWords { since: Some("2026-11-01T06:00:00Z".to_owned()), ..words("UTC") };
    let period = Period::night(&typed, "2026-11-03".parse().unwrap(), "2026-11-30T00:00:00Z".parse().unwrap()).unwrap();
    assert_eq!((period.until().to_string().as_str(), period.noun()), ("2026-11-03T00:00:00Z", "period"));
    assert_eq!(
        period.filters(Window::Before).unwrap().since(),
        Some("2026-10-30T12:00:00Z".parse::<jiff::Timestamp>().unwrap().as_nanosecond() as i64)
    );
}
