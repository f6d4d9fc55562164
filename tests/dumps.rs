//! What the stack leaves behind beside clean OTLP: the same run of an agent from Loki, Tempo, Prometheus and Grafana, alone and together with what
//! was sent. The figures are those of the run, by its OTLP.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::order::answers;
use crate::{Bench, sample};

fn dumps(names: &[&str]) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/dumps");
    names.iter().map(|name| folder.join(name)).collect()
}

/// The archive `mcp` of the sample: one of its signals, or all.
fn sent(signal: &str) -> Vec<PathBuf> {
    sample(&["mcp"]).into_iter().filter(|p| p.file_name().unwrap().to_str().unwrap().contains(signal)).collect()
}

/// The reports of a lake by name.
fn reports(bench: &Bench) -> Vec<(String, String)> {
    bench.reports().into_iter().map(|report| (report.clone(), bench.run(&[&report, "--format", "csv"]).exits(0).out)).collect()
}

#[track_caller]
fn same(left: &[(String, String)], right: &[(String, String)]) {
    for ((name, left), (_, right)) in left.iter().zip(right) {
        let different: Vec<_> = left.lines().zip(right.lines()).filter(|(a, b)| a != b).take(3).collect();
        assert!(left == right, "{name}: {} and {} lines, the first that differ: {different:#?}", left.lines().count(), right.lines().count());
    }
}

#[test]
fn loki_tells_what_the_logs_tell() {
    let logs = Bench::new();
    let _ = logs.run_files("ingest", &sent("logs")).exits(0);
    let told = reports(&logs);
    assert!(told.iter().any(|(name, out)| name == "tools" && out.contains("fail_tool")));
    for form in ["loki/mcp-v3.8-backward.json.gz", "loki/mcp-v3.7-categorized.json.gz"] {
        let loki = Bench::new();
        let _ = loki.run_files("ingest", &dumps(&[form])).exits(0);
        same(&told, &reports(&loki));
        // the event's name, which Loki 3.8 hides behind a source line, is the agent's again
        let names = "SELECT event_name, COUNT(*) AS n FROM events WHERE event_name NOT LIKE 'event %' GROUP BY event_name ORDER BY event_name";
        assert_eq!(loki.sql(names), logs.sql(names));
    }
}

#[test]
fn systems_together_count_once_in_either_order() {
    let others = dumps(&[
        "loki/mcp-v3.8-backward.json.gz",
        "loki/mcp-v3.7-categorized.json.gz",
        "loki/mcp-nolabels.jsonl.gz",
        "tempo/mcp-v2.json.gz",
        "tempo/mcp-grafana.json.gz",
    ]);
    let alone = Bench::new();
    let _ = alone.run_files("ingest", &sent("")).exits(0);
    let expected = answers(&alone);
    for order in [[sent(""), others.clone()].as_slice(), &[others.clone(), sent("")], &[[sent(""), others.clone()].concat()]] {
        let bench = Bench::new();
        for files in order {
            let _ = bench.run_files("ingest", files).exits(0);
        }
        same(&expected, &answers(&bench));
        // each record is there once, as the richest system has it
        let systems = bench.sql("SELECT DISTINCT system FROM events UNION SELECT DISTINCT system FROM spans");
        assert_eq!(systems.iter().map(|row| row["system"].as_str().unwrap()).collect::<Vec<_>>(), ["otlp"]);
    }
}

#[test]
fn a_block_of_tempo_tells_what_the_spans_tell() {
    let spans = Bench::new();
    let _ = spans.run_files("ingest", &dumps(&["tempo/blocks/traces.jsonl.gz", "tempo/blocks/corners.pb"])).exits(0);
    for version in ["tempo/blocks/vParquet4", "tempo/blocks/vParquet5"] {
        let block = Bench::new();
        let _ = block.run_files("ingest", &dumps(&[version])).exits(0);
        same(&reports(&spans), &reports(&block));
        let both = Bench::new();
        let _ = both.run_files("ingest", &dumps(&[version, "tempo/blocks/traces.jsonl.gz", "tempo/blocks/corners.pb"])).exits(0);
        same(&answers(&spans), &answers(&both));
    }
}

/// Sums of the deltas of a metric by one of its labels.
fn sums(bench: &Bench, metric: &str, label: &str) -> Vec<(String, f64)> {
    let query = format!("SELECT {label} AS label, SUM(value) AS sum FROM metric_deltas WHERE metric = '{metric}' GROUP BY {label} ORDER BY {label}");
    bench.sql(&query).iter().map(|row| (row["label"].as_str().unwrap().to_owned(), row["sum"].as_f64().unwrap())).collect()
}

#[test]
fn prometheus_adds_up_only_what_it_can() {
    let cumulative = Bench::new();
    let _ = cumulative.run_files("ingest", &dumps(&["prometheus/cumulative.txt.gz"])).exits(0);
    // what the points of the same runs add up to as they were sent
    let tokens = sums(&cumulative, "codex.turn.token_usage", "token_type");
    let of = |kind: &str| tokens.iter().find(|(label, _)| label == kind).map(|(_, sum)| *sum);
    assert_eq!((of("total"), of("input"), of("cached_input"), of("output")), (Some(166_450.0), Some(164_383.0), Some(127_700.0), Some(2_067.0)));
    let tools = sums(&cumulative, "codex.tool.call", "tool");
    assert_eq!(tools.iter().find(|(tool, _)| tool == "exec_command").map(|(_, calls)| *calls), Some(41.0));
    let increments = Bench::new();
    let run = increments.run_files("ingest", &dumps(&["prometheus/increments.txt.gz"])).exits(0);
    assert!(run.err.contains("warning: ") && run.err.contains("raw increments"), "{}", run.err);
    assert_eq!(sums(&increments, "codex.turn.token_usage", "token_type"), []);
    // repeated values are no increments either
    let resampled = Bench::new();
    let run = resampled.run_files("ingest", &dumps(&["prometheus/resampled.json"])).exits(0);
    assert!(run.err.contains("values on a grid of times"), "{}", run.err);
    assert_eq!(sums(&resampled, "codex.turn.token_usage", "token_type"), []);
    assert!(resampled.sql("SELECT COUNT(*) AS n FROM metrics WHERE metadata LIKE '%resampled%'")[0]["n"].as_u64().unwrap() > 10);
}

#[test]
fn prometheus_beside_what_was_sent_changes_nothing() {
    let archives = ["mcp", "v130-full", "api-errors", "subagent", "tools-shell"];
    let alone = Bench::with_sample(&archives);
    let both = Bench::with_sample(&archives);
    let _ = both.run_files("ingest", &dumps(&["prometheus/cumulative.txt.gz"])).exits(0);
    // what was exported is another matter: there `coverage` tells of metrics too, and what is in their labels is found there as well
    let counted = |bench: &Bench| reports(bench).into_iter().filter(|(name, _)| !["coverage", "findings", "secrets"].contains(&name.as_str())).collect::<Vec<_>>();
    same(&counted(&alone), &counted(&both));
}

#[test]
fn each_form_is_called_by_its_name() {
    let bench = Bench::new();
    let run = bench.run_files("inspect", &dumps(&["agents", "loki", "prometheus", "tempo"]));
    assert_eq!(run.code, 1, "search results are refused");
    let words = ["inspect", "--format", "ndjson"].map(str::to_owned);
    let folder = dumps(&["."]).remove(0).display().to_string();
    let run = bench.run(&[&words[0], &words[1], &words[2], &folder]);
    let rows: Vec<Value> = run.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let form = |name: &str| {
        let row = rows.iter().find(|row| row["source"].as_str().unwrap().ends_with(name)).unwrap_or_else(|| panic!("{name} is missing"));
        row["forms"].as_str().unwrap_or_default().to_owned()
    };
    for (name, expected) in [
        ("agents/copilot-cli.jsonl", "Copilot CLI file"),
        ("loki/mcp-v3.8-backward.json.gz", "Loki 3.8 or later, Loki query_range"),
        ("loki/mcp-v3.7-categorized.json.gz", "Loki query_range, categorized labels"),
        ("prometheus/cumulative.txt.gz", "promtool tsdb dump-openmetrics"),
        ("prometheus/increments.txt.gz", "promtool tsdb dump"),
        ("prometheus/matrix.json", "Prometheus query, matrix"),
        ("prometheus/resampled.json", "Prometheus query_range, matrix"),
        ("prometheus/victoriametrics.jsonl", "VictoriaMetrics export"),
        ("tempo/api/traces-v1.json", "Tempo /api/traces JSON"),
        ("tempo/api/traces-v2.pb", "Tempo /api/v2/traces protobuf"),
        ("tempo/blocks/vParquet4/data.parquet", "Tempo block vParquet4"),
        ("tempo/blocks/vParquet5/data.parquet", "Tempo block vParquet5"),
        ("tempo/mcp-grafana.json.gz", "Grafana trace download"),
    ] {
        assert_eq!(form(name), expected, "{name}");
    }
    let lacks = rows.iter().find(|row| row["source"].as_str().unwrap().ends_with("loki/mcp-v3.8-backward.json.gz")).unwrap()["lacks"].clone();
    assert!(lacks.as_str().unwrap().contains("attribute types"), "{lacks}");
}
