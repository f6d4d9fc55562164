//! The table of span names and what their time is for: printed, changed, kept by the lake.

use crate::Bench;

#[test]
fn a_changed_table_of_categories_is_kept_by_the_lake() {
    let bench = Bench::with_sample(&["mcp"]);
    let network = |bench: &Bench| {
        let rows = bench.sql("SELECT category, SUM(attributed_ns) AS ns FROM latency WHERE name = 'stream_request' GROUP BY category");
        assert_eq!(rows.len(), 1);
        (rows[0]["category"].as_str().unwrap().to_owned(), rows[0]["ns"].as_i64().unwrap())
    };
    let total = |bench: &Bench| bench.sql("SELECT SUM(attributed_ns) AS ns FROM latency")[0]["ns"].as_i64().unwrap();
    let (before, sum) = (network(&bench), total(&bench));
    assert_eq!(before.0, "network");

    let printed = bench.run(&["categories"]).exits(0).out;
    let changed = printed.replace("\"stream_request\" = \"network\"", "\"stream_request\" = \"session\"");
    assert_ne!(printed, changed);
    let _ = bench.write("mine.toml", &changed);
    let _ = bench.run(&["normalize", "--categories", "mine.toml"]).exits(0);
    assert_eq!(network(&bench).0, "session");
    assert_eq!(total(&bench), sum);
    // kept: neither a build without the option nor another ingest goes back to the program's own
    let _ = bench.run(&["normalize"]).exits(0);
    assert_eq!(network(&bench).0, "session");
    assert_eq!(bench.run(&["categories"]).exits(0).out, changed);
}

#[test]
fn a_strange_table_of_categories_changes_nothing() {
    let bench = Bench::with_sample(&["mcp"]);
    let before = bench.run(&["latency", "--format", "csv"]).exits(0).out;
    let _ = bench.write("strange.toml", "[names]\nx = \"fun\"\n");
    let run = bench.run(&["normalize", "--categories", "strange.toml"]).exits(3);
    assert!(run.err.contains("strange.toml"), "{}", run.err);
    let run = bench.run(&["normalize", "--categories", "nowhere.toml"]).exits(2);
    assert!(run.err.contains("nowhere.toml"), "{}", run.err);
    assert_eq!(bench.run(&["latency", "--format", "csv"]).exits(0).out, before);
}
