//! Secrets and personal data: found in every field, masked in what is printed, and after `--redact` in no byte of a lake.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use arrow_array::StructArray;
use arrow_array::cast::AsArray;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};

use crate::{Bench, project, sample};

/// What was planted, and the rule that is to find it; in parts, so that it stands in no file of the project.
fn planted() -> [(String, &'static str); 6] {
    let fake = "FAKEfake";
    [
        (format!("AKIAIOSF{}", "ODNN7EXAMPLE"), "aws-access-token"),
        (format!("wJalrXUtnFEMI/{}", "K7MDENG/bPxRfiCYEXAMPLEKEY"), "aws-secret-access-key"),
        (format!("sk-proj-{}1234567890", fake.repeat(3)), "openai-project-key"),
        (format!("ghp_{}1234", fake.repeat(4)), "github-pat"),
        (format!("hunter2-{}", "example"), "password-assignment"),
        (format!("jane.doe@{}", "example.com"), "email-address"),
    ]
}

fn files() -> Vec<PathBuf> {
    ["secrets-logs.jsonl.gz", "v55-logs.jsonl.gz", "v100-traces.jsonl.gz"].map(|f| project("data/privacy").join(f)).to_vec()
}

fn unzipped(path: &Path) -> String {
    let mut text = String::new();
    let _ = flate2::read::MultiGzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text
}

/// Every string of a request.
fn strings(value: &Value, visit: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(values) => values.iter().for_each(|v| strings(v, visit)),
        Value::Object(members) => members.values().for_each(|v| strings(v, visit)),
        _ => {}
    }
}

/// The words of a run: a command, files, options.
fn run(bench: &Bench, command: &str, files: &[PathBuf], options: &[&str]) -> crate::Run {
    let words: Vec<&str> = std::iter::once(command).chain(files.iter().map(|f| f.to_str().unwrap())).chain(options.iter().copied()).collect();
    bench.run(&words)
}

/// Visits the text of every file below a folder: as it lies there, and of Parquet every text of every column.
fn texts(folder: &Path, visit: &mut dyn FnMut(&Path, &[u8])) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, visit);
            continue;
        }
        visit(&path, &std::fs::read(&path).unwrap());
        if path.extension().is_some_and(|e| e == "parquet") {
            let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(&path).unwrap()).unwrap().build().unwrap();
            for batch in reader {
                columns(&StructArray::from(batch.unwrap()), &mut |text| visit(&path, text.as_bytes()));
            }
        }
    }
}

fn columns(rows: &StructArray, visit: &mut dyn FnMut(&str)) {
    for column in rows.columns() {
        if let Some(texts) = column.as_string_opt::<i32>() {
            texts.iter().flatten().for_each(&mut *visit);
        } else if let Some(texts) = column.as_string_opt::<i64>() {
            texts.iter().flatten().for_each(&mut *visit);
        } else if let Some(texts) = column.as_string_view_opt() {
            texts.iter().flatten().for_each(&mut *visit);
        }
    }
}

/// Asserts that none of the texts occurs below a folder.
#[track_caller]
fn nowhere(folder: &Path, secrets: &[String]) {
    let mut looked = 0;
    texts(folder, &mut |path, text| {
        looked += text.len();
        for secret in secrets {
            assert!(!text.windows(secret.len()).any(|w| w == secret.as_bytes()), "{secret} in {}", path.display());
        }
    });
    assert!(looked > 10_000, "{looked}");
}

#[test]
fn what_was_planted_is_found_in_every_field_and_as_often_as_it_is_there() {
    let bench = Bench::new();
    let _ = bench.run_files("ingest", &files()).exits(0);
    let mut expected: BTreeMap<&str, i64> = BTreeMap::new();
    for line in files().iter().map(|f| unzipped(f)).collect::<String>().lines() {
        strings(&serde_json::from_str(line).unwrap(), &mut |text| {
            for (secret, rule) in planted() {
                *expected.entry(rule).or_default() += text.matches(&secret).count() as i64;
            }
        });
    }
    assert!(expected.values().all(|n| *n > 1), "{expected:?}");
    let found =
        bench.sql("SELECT rule, SUM(records) AS n, COUNT(DISTINCT fingerprint) AS secrets FROM findings WHERE rule <> 'home-folder' GROUP BY rule");
    let found: BTreeMap<&str, (i64, i64)> =
        found.iter().map(|r| (r["rule"].as_str().unwrap(), (r["n"].as_i64().unwrap(), r["secrets"].as_i64().unwrap()))).collect();
    assert_eq!(found, expected.iter().map(|(rule, n)| (*rule, (*n, 1))).collect());
    // prompts, arguments, outputs, attributes of spans, events that are called by what they say
    let fields = bench.sql("SELECT DISTINCT findings.table AS t, field FROM findings WHERE kind = 'secret' ORDER BY t, field");
    let fields: Vec<String> = fields.iter().map(|r| format!("{}.{}", r["t"].as_str().unwrap(), r["field"].as_str().unwrap())).collect();
    for field in ["events.attributes.prompt", "events.attributes.arguments", "events.attributes.output", "events.event_name", "spans.attributes.call"]
    {
        assert!(fields.iter().any(|f| f == field), "{field}: {fields:?}");
    }
    // every finding is of a conversation, those of Codex 0.100 by their traces
    assert_eq!(bench.sql("SELECT COUNT(*) AS n FROM findings WHERE conversation_id IS NULL OR agent IS NULL")[0]["n"], 0);
    let rows = bench.sql("SELECT preview, fingerprint FROM findings");
    for (secret, _) in planted() {
        assert!(rows.iter().all(|r| !r["preview"].as_str().unwrap().contains(&secret) && r["fingerprint"].as_str().unwrap().len() == 32));
    }
}

#[test]
fn reports_and_runs_never_print_a_secret() {
    let bench = Bench::new();
    let _ = bench.run_files("ingest", &files()).exits(0);
    let ids = bench.sql("SELECT conversation_id FROM conversations ORDER BY conversation_id");
    let mut printed: Vec<String> = bench.reports().iter().map(|report| bench.run(&[report, "--format", "csv"]).exits(0).out).collect();
    for id in ids.iter().map(|row| row["conversation_id"].as_str().unwrap()) {
        for words in [&["show", id][..], &["show", id, "--html"], &["show", id, "--prompts"], &["show", id, "--format", "json"]] {
            printed.push(bench.run(words).exits(0).out);
        }
    }
    for (secret, _) in planted().iter().filter(|(_, rule)| *rule != "email-address") {
        assert!(printed.iter().all(|out| !out.contains(secret)), "{secret}");
    }
    assert!(printed.iter().any(|out| out.contains("[secret:aws-access-token]")) && printed.iter().any(|out| out.contains("[secret:github-pat]")));
    // whose work it was is still told
    assert!(printed.iter().any(|out| out.contains("jane.doe@")));
}

/// A request that has a secret wherever a text may stand.
fn everywhere(secret: &str) -> Vec<Value> {
    let text = |text: &str| json!({"stringValue": text});
    let at = |key: &str| json!({"key": key, "value": text(&format!("see {secret}"))});
    let nested = json!([
        at("plain"),
        {"key": "list", "value": {"arrayValue": {"values": [text(secret), {"kvlistValue": {"values": [at("deep")]}}]}}},
        {"key": "json", "value": text(&json!({"a": {"b": json!({"c": secret}).to_string()}}).to_string())},
        {"key": "cut", "value": text(&format!("{{\"cmd\": \"echo \\\"{secret}\\\" and then"))},
        {"key": "bytes", "value": {"bytesValue": base64(secret.as_bytes())}},
        {"key": secret, "value": {"intValue": "1"}},
    ]);
    let resource = json!({"attributes": [{"key": "service.name", "value": text("codex_exec")}, at("of.resource")]});
    let scope = json!({"name": "s", "attributes": [at("of.scope")]});
    let time = "1795369212209923746";
    let ids = json!({"traceId": "0102030405060708090a0b0c0d0e0f10", "spanId": "0102030405060708"});
    let with = |mut value: Value, other: &Value| {
        value.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
        value
    };
    let link = with(json!({"traceState": format!("k={secret}"), "attributes": [at("of.link")]}), &ids);
    let span = json!({
        "name": format!("run {secret}"), "startTimeUnixNano": time, "endTimeUnixNano": "1795369212209923999", "attributes": nested, "links": [link],
        "traceState": format!("a={secret}"), "status": {"message": format!("failed: {secret}"), "code": 2},
        "events": [{"name": format!("event {secret}"), "timeUnixNano": time, "attributes": nested}],
    });
    let record =
        json!({"timeUnixNano": time, "eventName": format!("e {secret}"), "attributes": nested, "body": {"kvlistValue": {"values": [at("text")]}}});
    let exemplar = with(json!({"timeUnixNano": time, "asDouble": 1.0, "filteredAttributes": [at("of.exemplar")]}), &ids);
    let point = json!({"timeUnixNano": time, "asInt": "1", "attributes": nested, "exemplars": [exemplar]});
    let metric = json!({"name": "m", "description": secret, "unit": format!("{secret} per s"), "sum": {"dataPoints": [point], "aggregationTemporality": 1}, "metadata": [at("of.metric")]});
    vec![
        json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": scope, "spans": [with(span, &ids)]}]}]}),
        json!({"resourceLogs": [{"resource": resource, "scopeLogs": [{"scope": scope, "logRecords": [record]}]}]}),
        json!({"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"scope": scope, "metrics": [metric]}]}]}),
    ]
}

/// Standard base64, with padding.
fn base64(bytes: &[u8]) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = |chunk: &[u8]| {
        let number = chunk.iter().chain([0, 0].iter()).take(3).fold(0_usize, |n, b| n << 8 | usize::from(*b));
        (0..4).map(|n| if n > chunk.len() { '=' } else { char::from(letters[number >> (18 - 6 * n) & 63]) }).collect::<String>()
    };
    bytes.chunks(3).map(digits).collect()
}

#[test]
fn a_secret_is_found_and_redacted_wherever_a_text_may_stand() {
    let secret = planted()[3].0.clone();
    let lines: String = everywhere(&secret).iter().map(|request| format!("{request}\n")).collect();
    let plain = Bench::new();
    let file = plain.write("all.jsonl", &lines);
    let _ = plain.run_files("ingest", std::slice::from_ref(&file)).exits(0);
    let fields = plain.sql("SELECT findings.table AS t, field, SUM(records) AS n FROM findings GROUP BY t, field ORDER BY t, field");
    let fields: Vec<String> = fields.iter().map(|r| format!("{}.{}", r["t"].as_str().unwrap(), r["field"].as_str().unwrap())).collect();
    let nested = [".plain", ".list[0]", ".list[1].deep", ".json", ".cut", ".bytes.bytesValue", ".[secret:github-pat]"];
    for (table, own) in [
        ("spans", &["name", "status_message", "trace_state", "links[0].attributes.of.link", "links[0].trace_state"][..]),
        ("events", &["event_name", "body.text"]),
        ("metrics", &["exemplars[0].filtered_attributes.of.exemplar", "metadata.of.metric"]),
    ] {
        let shared = ["resource.of.resource", "scope_attributes.of.scope"];
        let expected = own.iter().chain(&shared).map(|f| format!("{table}.{f}")).chain(nested.iter().map(|f| format!("{table}.attributes{f}")));
        let missing: Vec<String> = expected.filter(|f| !fields.contains(f)).collect();
        assert!(missing.is_empty(), "{missing:?} of {fields:?}");
    }
    let redacted = Bench::new();
    let run = run(&redacted, "nightly", &[file], &["--out", "out", "--redact"]).exits(0);
    assert!(!run.err.contains(&secret));
    nowhere(&redacted.path("lake"), &[secret.clone(), base64(secret.as_bytes()).trim_end_matches('=').to_owned()]);
    nowhere(&redacted.path("out"), &[secret]);
    // what was redacted is still told of, place by place; of bytes nothing is left
    let count = "SELECT COUNT(*) AS n FROM findings WHERE field NOT LIKE '%bytes%'";
    assert_eq!(redacted.sql(count), plain.sql(count));
    assert_eq!(redacted.sql("SELECT COUNT(*) AS n FROM findings WHERE fingerprint IS NOT NULL OR preview IS NOT NULL")[0]["n"], 0);
}

#[test]
fn after_redact_nothing_planted_is_in_any_byte_of_lake_quarantine_reports_and_messages() {
    let secrets: Vec<String> = planted().into_iter().map(|(secret, _)| secret).collect();
    let bench = Bench::new();
    let mut inputs = files();
    // lines that cannot be taken: torn, of a wrong type, and no telemetry at all
    let first = unzipped(&inputs[0]).lines().next().unwrap().to_owned();
    let at = first.rfind(&secrets[4]).unwrap();
    let wrong = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"timeUnixNano":"{}"}}]}}]}}]}}"#, secrets[0]);
    // a key that no rule knows is not quoted either
    let keys = [&secrets[2], &secrets[4]].map(|key| format!("{{\"{key}\":\"{}\"}}\n", secrets[3])).concat();
    inputs.push(bench.write("bad.jsonl", format!("{}\n{wrong}\n{keys}", &first[..at + 20])));
    inputs.push(bench.write("bad.txt", format!("{} {}\n", secrets[1], secrets[5])));
    let run = run(&bench, "nightly", &inputs, &["--out", "out", "--redact"]).exits(1);
    assert!(run.err.contains("set aside"), "{}", run.err);
    for secret in &secrets {
        assert!(!run.err.contains(secret), "{secret}: {}", run.err);
    }
    nowhere(&bench.path("lake"), &secrets);
    nowhere(&bench.path("out"), &secrets);
    // what was set aside is listed with its size and reason, and nothing else is kept of it
    let listed: Vec<BTreeMap<String, Value>> = serde_json::from_str(&bench.run(&["quarantine", "--format", "json"]).exits(0).out).unwrap();
    let torn = listed.iter().find(|e| e["kind"] == "document" && e["source"].as_str().unwrap().ends_with("bad.jsonl")).unwrap();
    let shown = bench.run(&["quarantine", "show", torn["id"].as_str().unwrap()]).exits(2);
    assert!(shown.err.contains("withheld"), "{}", shown.err);
    assert!(!bench.path("lake/_tracemill/quarantine").read_dir().unwrap().any(|f| f.unwrap().file_name().to_string_lossy().starts_with("packed")));
    // without --redact it is not tried again, since that would take it as it is
    let _ = bench.run(&["quarantine", "retry", torn["id"].as_str().unwrap()]).exits(1);
    nowhere(&bench.path("lake"), &secrets);
}

#[test]
fn reasons_of_what_is_set_aside_are_printed_without_the_secrets_that_they_quote() {
    let bench = Bench::new();
    let secret = &planted()[3].0;
    let wrong = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"timeUnixNano":"{secret}"}}]}}]}}]}}"#);
    let file = bench.write("bad.jsonl", format!("{wrong}\n{{\"x {secret}\":1,\"cut {secret}{secret}\":2}}\n"));
    let night = run(&bench, "nightly", &[file, project("data/sample/mcp-logs.jsonl")], &["--out", "out", "--date", "2026-11-23"]).exits(1);
    let printed = [night.err, bench.run(&["quarantine", "--format", "csv"]).exits(0).out, bench.run(&["page"]).exits(0).out];
    for text in &printed {
        assert!(text.contains("(its keys: ") && text.contains("[secret:github-pat]") && !text.contains(&secret[..20]), "{text}");
    }
    nowhere(&bench.path("out"), std::slice::from_ref(secret));
}

#[test]
fn no_delivery_weakens_what_an_earlier_one_replaced() {
    let rows = |bench: &Bench, table: &str| {
        let columns = if table == "spans" { "name, status_message" } else { "event_name, body" };
        bench.sql(&format!("SELECT record_id, redacted, attributes, {columns} FROM {table} ORDER BY record_id"))
    };
    let of = |orders: &[&str]| {
        let bench = Bench::new();
        for (n, redact) in orders.iter().enumerate() {
            let copy = |f: &PathBuf| bench.write(&format!("{n}/{}", f.file_name().unwrap().to_str().unwrap()), std::fs::read(f).unwrap());
            let copies: Vec<PathBuf> = files().iter().map(copy).collect();
            let told = run(&bench, "ingest", &copies, &[redact]).exits(0);
            assert!(!told.err.contains("conflicting"), "{}", told.err);
        }
        assert_eq!(bench.sql("SELECT COUNT(prompt) AS n FROM prompts")[0]["n"], 0, "{orders:?}");
        // equal lakes have equal keys only where one was copied, so that ids are no part of what is compared
        ["spans", "events"].map(|table| {
            let mut rows = rows(&bench, table);
            rows.iter_mut().for_each(|row| drop(row.remove("record_id")));
            rows.sort_by_key(|row| serde_json::to_string(row).unwrap());
            rows
        })
    };
    let mixed = Bench::new();
    let mcp = [project("data/sample/mcp-logs.jsonl")];
    let _ = run(&mixed, "ingest", &mcp, &["--redact=prompts"]).exits(0);
    let refused = run(&mixed, "ingest", &files(), &["--redact=outputs"]).exits(2);
    assert!(refused.err.contains("add prompts"), "{}", refused.err);
    let _ = run(&mixed, "ingest", &mcp, &["--redact=prompts,outputs"]).exits(0);
    let all = of(&["--redact=all"]);
    assert!(of(&["--redact=all", "--redact"]) == all);
    assert!(of(&["--redact", "--redact=all"]) == all);
}

#[test]
fn redacted_and_plain_deliveries_are_one_record_and_the_redacted_one_stands() {
    let secrets: Vec<String> = planted().into_iter().map(|(secret, _)| secret).collect();
    let has = |bench: &Bench| {
        let out = ["spans", "events"].map(|t| bench.run(&["sql", &format!("SELECT * FROM {t}"), "--format", "ndjson"]).exits(0).out).concat();
        secrets.iter().filter(|s| out.contains(*s)).count()
    };
    let rows =
        |bench: &Bench| bench.sql("SELECT (COUNT(*)) AS n, COUNT(redacted) AS r FROM events UNION ALL SELECT COUNT(*), COUNT(redacted) FROM spans");
    let alone = Bench::new();
    let _ = run(&alone, "ingest", &files(), &["--redact"]).exits(0);
    let expected = rows(&alone);
    assert_eq!(has(&alone), 0);
    for redacted_first in [true, false] {
        let bench = Bench::new();
        // the lake is one that takes redacted telemetry from its beginning
        let _ = run(&bench, "ingest", &[project("data/sample/mcp-logs.jsonl")], &["--redact"]).exits(0);
        let other: Vec<PathBuf> = files().iter().map(|f| bench.write(f.file_name().unwrap().to_str().unwrap(), std::fs::read(f).unwrap())).collect();
        let (first, second) = if redacted_first { (["--redact"].as_slice(), [].as_slice()) } else { ([].as_slice(), ["--redact"].as_slice()) };
        let _ = run(&bench, "ingest", &files(), first).exits(0);
        assert_eq!(has(&bench) == 0, redacted_first);
        // the same file is read again where it is to be redacted now and was not
        let again = if redacted_first { &other } else { &files() };
        let told = run(&bench, "ingest", again, second).exits(0);
        assert!(told.err.contains("repeated") && !told.err.contains("conflicting"), "{}", told.err);
        assert_eq!(has(&bench), 0);
        let with_sample = rows(&bench);
        let sum = |rows: &[BTreeMap<String, Value>], column: &str| rows.iter().map(|r| r[column].as_i64().unwrap()).sum::<i64>();
        let of_sample =
            bench.sql("SELECT COUNT(*) AS n FROM events WHERE source_id IN (SELECT source_id FROM events WHERE event_name = 'codex.tool_result')");
        assert!(of_sample[0]["n"].as_i64().unwrap() > 0);
        assert_eq!(sum(&with_sample, "n") - sum(&expected, "n"), 59);
    }
}

#[test]
fn a_lake_whose_ids_are_plain_refuses_redaction() {
    let bench = Bench::new();
    let _ = run(&bench, "ingest", &[project("data/sample/mcp-logs.jsonl")], &[]).exits(0);
    let refused = run(&bench, "ingest", &files(), &["--redact"]).exits(3);
    assert!(refused.err.contains("made without --redact") && refused.err.contains("new lake"), "{}", refused.err);
    assert_eq!(bench.sql("SELECT COUNT(*) AS n FROM spans")[0]["n"], 0);
    let keyed = Bench::new();
    let _ = run(&keyed, "ingest", &[project("data/sample/mcp-logs.jsonl")], &["--redact"]).exits(0);
    let ids = "SELECT record_id FROM events ORDER BY record_id";
    assert!(bench.sql(ids).iter().all(|id| !keyed.sql(ids).contains(id)));
    assert_eq!(bench.sql(ids).len(), keyed.sql(ids).len());
}

#[test]
fn one_record_from_two_systems_is_one_when_both_are_redacted() {
    let loki = project("data/dumps/loki/mcp-v3.8-backward.json.gz");
    for order in
        [[vec![project("data/sample/mcp-logs.jsonl")], vec![loki.clone()]], [vec![loki.clone()], vec![project("data/sample/mcp-logs.jsonl")]]]
    {
        let bench = Bench::new();
        for files in order {
            let _ = run(&bench, "ingest", &files, &["--redact=all"]).exits(0);
        }
        assert_eq!(bench.sql("SELECT DISTINCT system FROM events WHERE origin = 'log'").len(), 1);
        assert_eq!(bench.sql("SELECT COUNT(*) AS n FROM events")[0]["n"], 59);
        assert!(bench.sql("SELECT COUNT(*) AS n FROM events WHERE redacted LIKE '%arguments%'")[0]["n"].as_i64().unwrap() > 0);
    }
}

#[test]
fn prompts_arguments_and_outputs_are_replaced_whole() {
    let plain = Bench::with_sample(&["tools-shell", "mcp"]);
    for (word, gone, stays) in [
        (
            "prompts",
            "SELECT COUNT(prompt) AS n FROM prompts",
            "SELECT COUNT(arguments) AS n FROM tool_calls WHERE arguments <> '[redacted:arguments]'",
        ),
        (
            "arguments",
            "SELECT COUNT(arguments) AS n FROM tool_calls WHERE arguments <> '[redacted:arguments]'",
            "SELECT COUNT(prompt) AS n FROM prompts",
        ),
    ] {
        let bench = Bench::new();
        let _ = run(&bench, "ingest", &sample(&["tools-shell", "mcp"]), &[&format!("--redact={word}")]).exits(0);
        assert!(plain.sql(gone)[0]["n"].as_i64().unwrap() > 0 && bench.sql(gone)[0]["n"] == 0, "{word}");
        assert_eq!(plain.sql(stays), bench.sql(stays), "{word}");
        let same = "SELECT conversation_id, turns, model_calls, input_tokens, output_tokens FROM conversations ORDER BY conversation_id";
        assert_eq!(plain.sql(same), bench.sql(same));
    }
    let bench = Bench::new();
    let _ = run(&bench, "ingest", &sample(&["tools-shell", "mcp"]), &["--redact=prompts"]).exits(0);
    let lengths = "SELECT prompt_chars, redacted FROM prompts ORDER BY time, prompt_chars";
    assert!(bench.sql(lengths).iter().all(|r| r["prompt_chars"].as_i64() > Some(0) && r["redacted"] == true));
    let unknown = run(&bench, "ingest", &sample(&["mcp"]), &["--redact=everything"]).exits(2);
    assert!(unknown.err.contains("everything"), "{}", unknown.err);
}

#[test]
fn rules_of_ones_own_are_kept_by_the_lake() {
    let bench = Bench::new();
    let rules = bench.write("rules.toml", "[[rules]]\nid = \"tool-name\"\nregex = '''fail_tool'''\nkeywords = [\"fail_tool\"]\nseverity = \"low\"\n");
    let wrong = bench.write("wrong.toml", "[[rules]]\nid = \"x\"\nregex = '''('''\n");
    let refused = run(&bench, "ingest", &[project("data/sample/mcp-logs.jsonl")], &["--rules", wrong.to_str().unwrap()]).exits(3);
    assert!(refused.err.contains("wrong.toml") && refused.err.contains("rule x"), "{}", refused.err);
    assert!(!bench.path("lake").exists());
    let _ = run(&bench, "ingest", &[project("data/sample/mcp-logs.jsonl")], &["--rules", rules.to_str().unwrap()]).exits(0);
    let found = "SELECT COUNT(*) AS n FROM findings WHERE rule = 'tool-name' AND severity = 'low'";
    assert!(bench.sql(found)[0]["n"].as_i64().unwrap() > 0);
    std::fs::remove_file(&rules).unwrap();
    let _ = bench.run(&["normalize"]).exits(0);
    assert!(bench.sql(found)[0]["n"].as_i64().unwrap() > 0);
    assert!(bench.run(&["failures", "--format", "csv"]).exits(0).out.contains("[secret:tool-name]"));
}
