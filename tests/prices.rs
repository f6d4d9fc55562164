//! Costs against calculations by hand, from the built-in table and from a user's own.

use crate::Bench;

/// Token records of Codex: (conversation, model, day, input, cached, output, service tier).
fn archive(calls: &[(&str, &str, &str, u64, u64, u64, &str)]) -> String {
    let record = |(conversation, model, day, input, cached, output, tier): &(&str, &str, &str, u64, u64, u64, &str)| {
        let text = |key: &str, value: &str| format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#);
        let int = |key: &str, value: u64| format!(r#"{{"key":"{key}","value":{{"intValue":"{value}"}}}}"#);
        let mut attributes = vec![
            text("event.name", "codex.sse_event"),
            text("event.kind", "response.completed"),
            text("event.timestamp", &format!("{day}T12:00:00.000Z")),
            text("conversation.id", conversation),
            text("model", model),
            text("slug", model),
            text("input_token_count", &input.to_string()),
            text("output_token_count", &output.to_string()),
            int("cached_token_count", *cached),
            int("ttft_ms", 5),
        ];
        if !tier.is_empty() {
            attributes.push(text("service_tier", tier));
        }
        format!(r#"{{"attributes":[{}]}}"#, attributes.join(","))
    };
    let records: Vec<String> = calls.iter().map(record).collect();
    format!(
        r#"{{"resourceLogs":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"codex_exec"}}}}]}},"scopeLogs":[{{"logRecords":[{}]}}]}}]}}"#,
        records.join(",")
    )
}

/// Cost of each conversation in nano-USD.
fn costs(bench: &Bench) -> Vec<(String, Option<i64>, i64)> {
    let rows = bench.sql("SELECT conversation_id, cost_nanousd, unpriced_calls FROM conversations ORDER BY conversation_id");
    rows.iter()
        .map(|r| (r["conversation_id"].as_str().unwrap().to_owned(), r["cost_nanousd"].as_i64(), r["unpriced_calls"].as_i64().unwrap()))
        .collect()
}

#[test]
fn built_in_prices_are_applied_by_hand_too() {
    let bench = Bench::new();
    // gpt-5.5: 5, cached 0.5, output 30 USD per million; above 272,000 tokens of input the whole request costs 10, 1 and 45
    let file = bench.write(
        "a.jsonl",
        archive(&[
            ("cached", "gpt-5.5", "2026-11-22", 1200, 1024, 37, ""),
            ("two", "gpt-5.5", "2026-11-22", 1000, 0, 10, ""),
            ("two", "gpt-5-codex", "2026-11-22", 1000, 500, 10, ""),
            ("long", "gpt-5.5", "2026-11-22", 300_000, 100_000, 1000, ""),
            ("unknown", "some-model-nobody-knows", "2026-11-22", 1000, 0, 10, ""),
        ]),
    );
    let _ = bench.run_files("ingest", &[file]).exits(0);
    // 176·5 + 1024·0.5 + 37·30 = 2502 µUSD; 1000·5 + 10·30 = 5300 and 500·1.25 + 500·0.125 + 10·10 = 787.5;
    // 200000·10 + 100000·1 + 1000·45 = 2145000
    let expected = [("cached", Some(2_502_000), 0), ("long", Some(2_145_000_000), 0), ("two", Some(5_300_000 + 787_500), 0), ("unknown", None, 1)];
    assert_eq!(costs(&bench), expected.map(|(c, n, u)| (c.to_owned(), n, u)));
    let report = bench.run(&["cost"]).exits(0).out;
    assert!(report.contains("some-model-nobody-knows") && report.contains("prices: genai-prices"), "{report}");
    let unpriced = bench.run(&["cost", "--model", "some-model-nobody-knows", "--format", "json"]).exits(0).out;
    assert!(unpriced.contains("\"cost_usd\":null") && unpriced.contains("\"lower_bound\":true"), "{unpriced}");
}

const OWN: &str = r#"
[[price]]
model = "acme-1"
from = "2026-01-01"
to = "2026-07-01"
input_mtok = "2"
output_mtok = "8"

[[price]]
model = "acme-1"
from = "2026-07-01"
input_mtok = "1.5"
cached_input_mtok = "0.15"
output_mtok = "6"
[price.long_context]
above = 200000
input_mtok = "3"
cached_input_mtok = "0.3"
output_mtok = "9"

[[price]]
model = "gpt-5.5"
input_mtok = "0.0000333333"
output_mtok = "0"
"#;

#[test]
fn own_prices_override_change_over_time_and_stay_with_the_lake() {
    let bench = Bench::new();
    let prices = bench.write("prices.toml", OWN);
    let file = bench.write(
        "a.jsonl",
        archive(&[
            ("before", "acme-1", "2026-06-30", 1000, 400, 10, ""),
            ("after", "acme-1", "2026-07-01", 1000, 400, 10, ""),
            ("edge", "acme-1", "2026-07-01", 200_000, 0, 0, ""),
            ("long", "acme-1", "2026-07-01", 200_001, 1, 1, ""),
            ("round", "gpt-5.5", "2026-07-01", 15, 0, 0, ""),
            ("tier", "acme-1", "2026-07-01", 1000, 0, 0, "priority"),
            ("early", "acme-1", "2025-12-31", 1000, 0, 0, ""),
        ]),
    );
    let _ = bench.run(&["ingest", file.to_str().unwrap(), "--prices", prices.to_str().unwrap()]).exits(0);
    // before: 1000·2 + 10·8, no cached rate; after: 600·1.5 + 400·0.15 + 10·6; long: 200000·3 + 0.3 + 9;
    // round: 15 · 0.0000333333 µUSD = 0.4999995 nano-USD, which rounds to 0
    let expected = [
        ("after", Some(1_020_000), 0),
        ("before", Some(2_080_000), 0),
        ("early", None, 1),
        ("edge", Some(300_000_000), 0),
        ("long", Some(600_009_300), 0),
        ("round", Some(0), 0),
        ("tier", Some(1_500_000), 0),
    ];
    let expected = expected.map(|(c, n, u)| (c.to_owned(), n, u));
    assert_eq!(costs(&bench), expected);
    assert_eq!(bench.sql("SELECT COUNT(*) AS n FROM model_calls WHERE tier_estimated")[0]["n"], 1);
    let _ = bench.run(&["normalize"]).exits(0);
    assert_eq!(costs(&bench), expected, "a later run without --prices keeps them");
}
