//! SQL answers as DuckDB does on the same files: each statement of `data/sql/cases.sql`, over two lakes, against the answer that DuckDB
//! gave. And what the prompt does with a script.

use std::path::Path;

use serde_json::Value;

use crate::{Bench, project};

/// A statement with its name; whether the order of its rows counts.
struct Case<'a> {
    name: &'a str,
    ordered: bool,
    statement: &'a str,
}

fn cases(text: &str) -> Vec<Case<'_>> {
    let case = |part| {
        let (name, statement) = str::split_once(part, '\n').unwrap();
        let ordered = name.ends_with(" ordered");
        Case { name: name.trim_end_matches(" ordered"), ordered, statement: statement.trim() }
    };
    text.split("-- case: ").skip(1).map(case).collect()
}

/// The sample in the lake, and the other agents' archives in a second one.
fn two_lakes() -> Bench {
    let bench = Bench::with_sample(&[]);
    let folders = ["claude-code", "copilot", "gemini", "opencode", "qwen"].map(|agent| project("data/agents").join(agent));
    let words: Vec<&str> = ["ingest", "--lake", "agents"].into_iter().chain(folders.iter().map(|f| f.to_str().unwrap())).collect();
    let _ = bench.run(&words).exits(0);
    bench
}

/// A value with numbers to 12 digits and times to the microsecond, which is what DuckDB was asked for.
fn plain(value: &Value) -> Value {
    let text = |text: &str| {
        let time: jiff::Timestamp = text.parse().ok()?;
        let rounded = time.round(jiff::TimestampRound::new().smallest(jiff::Unit::Microsecond)).ok()?;
        Some(Value::from(rounded.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()))
    };
    match value {
        Value::Number(n) => Value::from(format!("{:.11e}", n.as_f64().unwrap())),
        Value::String(t) if t.ends_with('Z') => text(t).unwrap_or_else(|| value.clone()),
        Value::Array(all) => Value::Array(all.iter().map(plain).collect()),
        other => other.clone(),
    }
}

fn rows(rows: Vec<Vec<Value>>, ordered: bool) -> Vec<String> {
    let mut rows: Vec<String> = rows.into_iter().map(|row| Value::Array(row.iter().map(plain).collect()).to_string()).collect();
    if !ordered {
        rows.sort();
    }
    rows
}

/// The answer of a file in JSON: names and rows. A JSON object does not tell the order of its names, so its text is read for them.
fn answer(file: &Path) -> (Vec<String>, Vec<Vec<Value>>) {
    let text = std::fs::read_to_string(file).unwrap();
    let mut names: Vec<String> = Vec::new();
    let mut all = Vec::new();
    for line in text.lines().map(|l| l.trim_end_matches(',')).filter(|l| l.starts_with('{')) {
        let row: serde_json::Map<String, Value> = serde_json::from_str(line).unwrap();
        if names.is_empty() {
            names = row.keys().cloned().collect();
            names.sort_by_key(|name| line.find(&format!("{}:", Value::from(name.as_str()))).unwrap());
        }
        all.push(names.iter().map(|n| row[n].clone()).collect());
    }
    (names, all)
}

/// The second column of one name is called as DuckDB calls it in a table made of the answer.
fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    names.fold(Vec::new(), |mut given, name| {
        let free = (0..).map(|n| if n == 0 { name.clone() } else { format!("{name}_{n}") }).find(|candidate| !given.contains(candidate));
        given.extend(free);
        given
    })
}

#[test]
fn statements_are_answered_as_duckdb_does() {
    let bench = two_lakes();
    let text = std::fs::read_to_string(project("data/sql/cases.sql")).unwrap();
    let answers: Value = serde_json::from_slice(&std::fs::read(project("data/sql/answers.json")).unwrap()).unwrap();
    let cases = cases(&text);
    assert!(cases.len() >= 110 && cases.len() == answers.as_object().unwrap().len(), "make test-duckdb records the answers");
    let output = |n: usize| format!(".output answer-{n}.json\n");
    let script: String = cases.iter().enumerate().map(|(n, case)| output(n) + case.statement + "\n").collect();
    let script = bench.write("script.sql", format!(".mode json\n{script}"));
    let _ = bench.run_with(&["sql", "--attach", "agents=agents"], Some(&script)).exits(0);
    let mut wrong = Vec::new();
    for (n, case) in cases.iter().enumerate() {
        let (names, found) = answer(&bench.path(&format!("answer-{n}.json")));
        let recorded = &answers[case.name];
        let columns = distinct(recorded["columns"].as_array().unwrap().iter().map(|c| c.as_str().unwrap().to_owned()));
        let expected = recorded["rows"].as_array().unwrap().iter().map(|row| row.as_array().unwrap().clone()).collect();
        let (found, expected) = (rows(found, case.ordered), rows(expected, case.ordered));
        if found != expected {
            let first = found.iter().zip(&expected).find(|(a, b)| a != b);
            wrong.push(format!("{}: {} rows against {}; {first:?}", case.name, found.len(), expected.len()));
        } else if !found.is_empty() && names != columns {
            wrong.push(format!("{}: columns {names:?} against {columns:?}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn what_is_not_answered_is_refused_with_its_place() {
    let bench = Bench::with_sample(&["mcp"]);
    for (statement, place, words) in [
        ("SELECT random()", "line 1, column 8", "same each time"),
        ("SELECT * FROM events\nTABLESAMPLE (10)", "line 1, column 15", "sample"),
        ("SELECT model, COUNT(*) FROM model_calls", "line 1, column 8", "GROUP BY"),
        ("SELECT first(model) FROM model_calls", "line 1, column 8", "first(x ORDER BY time)"),
        ("SELECT COUNT(*) FROM model_calls WHERE COUNT(*) > 1", "line 1, column 40", "HAVING"),
        ("SELECT (SELECT model FROM model_calls)", "line 1, column 9", "more than one row"),
        ("SELECT regexp_extract(model, '(') FROM model_calls", "line 1, column 8", "regular expression"),
        ("SELECT percentile_cont(2) WITHIN GROUP (ORDER BY duration_ns) FROM model_calls", "line 1, column 8", "fraction"),
        (
            "SELECT a.time FROM model_calls a ASOF JOIN turns b MATCH_CONDITION (a.time >= b.start_time) ON a.turn_id = b.turn_id",
            "line 1, column",
            "ASOF JOIN",
        ),
        (
            "SELECT SUM(duration_ns) OVER (ORDER BY time RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM model_calls",
            "line 1, column 8",
            "ROWS BETWEEN",
        ),
        ("SELECT attributes->>'$.a[*]' FROM events", "line 1, column 8", "path"),
        ("SELECT time = 'noon' FROM events", "line 1, column 8", "'2026-11-22T10:00:00Z'"),
        ("SELECT end_time - start_time > 5 FROM turns", "line 1, column 8", "INTERVAL"),
        ("SELECT jsn_extract(attributes, 'a') FROM events", "line 1, column 8", "json_extract"),
        ("WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n FROM r) SELECT * FROM r", "line 1, column", "ends it"),
        (
            "SELECT (SELECT COUNT(*) FROM tool_calls t WHERE t.turn_id = m.turn_id GROUP BY tool_name) FROM model_calls m",
            "line 1, column",
            "join it as a table",
        ),
    ] {
        let run = bench.run(&["sql", statement]).exits(2);
        assert!(run.err.contains(place) && run.err.contains(words), "{statement}: {}", run.err);
        assert_eq!(run.err.lines().count(), 1, "{}", run.err);
    }
}

#[test]
fn a_script_has_several_statements_and_commands() {
    let bench = Bench::with_sample(&["mcp"]);
    let _ = bench.write("inner.sql", "SELECT 'read' AS x;");
    let script = bench.write(
        "script.sql",
        ".mode csv\nSELECT 1 AS a; SELECT ';' AS b;\n.read inner.sql\n.tables %_calls\n.output out.ndjson\n.mode ndjson\nSELECT 2 AS c;\nSELECT 3 AS c;\n.output stdout\n.schema turns\n.quit\nSELECT broken;",
    );
    let run = bench.run_with(&["sql"], Some(&script)).exits(0);
    let start = "a\n1\nb\n;\nx\nread\ntable,row,rows\nmodel_calls,one attempt at a model response,";
    assert!(run.out.starts_with(start), "{}", run.out);
    assert!(run.out.contains("\"column\":\"turn_id\"") && !run.out.contains("spans"), "{}", run.out);
    assert_eq!(std::fs::read_to_string(bench.path("out.ndjson")).unwrap(), "{\"c\":2}\n{\"c\":3}\n");
    let failed = bench.write("failed.sql", "SELECT 1 AS a;\nSELECT nothing FROM turns;\nSELECT 2 AS b;");
    let run = bench.run_with(&["sql", "--format", "csv"], Some(&failed)).exits(2);
    assert_eq!(run.out, "a\n1\n");
    let _ = bench.run(&["sql", "SELECT 1; SELECT 2", "-o", "x.csv"]).exits(2);
}

#[test]
fn a_second_lake_needs_a_name_of_its_own() {
    let bench = Bench::with_sample(&["mcp"]);
    for (attach, words) in [("main=lake", "has this name already"), ("1x=lake", "letters"), ("other", "NAME=DIR"), ("other=nowhere", "nowhere")] {
        let run = bench.run(&["sql", "SELECT 1", "--attach", attach]).exits(2);
        assert!(run.err.contains(words), "{attach}: {}", run.err);
    }
    let of = |name: &str| bench.run(&["sql", &format!("SELECT COUNT(*) AS n FROM {name}"), "--attach", "other=lake", "--format", "csv"]).exits(0).out;
    assert_eq!(of("events"), of("other.events"));
    assert_eq!(of("events"), of("main.events"));
}
