//! A team's own dialect: the example of docs/dialects.md, kept by the lake, listed, and refused with a reason where it is wrong.

use crate::{Bench, project};

fn own() -> String {
    project("data/dialects/own").display().to_string()
}

fn archive() -> String {
    project("data/dialects/fable.jsonl").display().to_string()
}

#[test]
fn the_page_has_the_example_as_it_is() {
    let page = std::fs::read_to_string(project("docs/dialects.md")).unwrap();
    assert!(page.contains(&std::fs::read_to_string(project("data/dialects/own/fable.toml")).unwrap()));
}

#[test]
fn the_lake_keeps_the_dialects_it_was_built_with() {
    let bench = Bench::new();
    let tokens = |bench: &Bench| bench.run(&["tokens", "--format", "csv"]).exits(0).out;
    let _ = bench.run(&["ingest", &archive(), "--dialects", &own()]).exits(0);
    let told = tokens(&bench);
    assert!(told.contains("fable,claude-sonnet-4-5,4,3,0,3260"), "{told}");
    let _ = bench.run(&["normalize"]).exits(0);
    assert_eq!(tokens(&bench), told);
    assert!(bench.run(&["dialects", "--format", "csv"]).exits(0).out.starts_with("agent,from,services,scopes,events,attributes,fields\nfable,"));
    assert_eq!(bench.run(&["dialects", "fable"]).exits(0).out, std::fs::read_to_string(project("data/dialects/own/fable.toml")).unwrap());

    let other = bench.write("other/tale.toml", "agent = \"tale\"\n[claims]\nservices = [\"tale\"]\n");
    let other = other.parent().unwrap().display().to_string();
    let _ = bench.run(&["normalize", "--dialects", &other]).exits(0);
    assert!(!tokens(&bench).contains("fable"), "another folder takes the place of the first");
    assert!(bench.run(&["dialects"]).exits(0).out.contains("tale"));
}

#[test]
fn a_wrong_dialect_is_refused_before_any_work() {
    let bench = Bench::new();
    let _ = bench.write("none/readme.txt", "no dialect");
    let _ = bench.write("bad/a.toml", "agent = \"a\"\n[claims]\nservices = [\"a\"]\n[fields]\nmodle = [\"m\"]\n");
    for (folder, code, words) in
        [("nowhere", 2, "nowhere"), ("none", 2, "no file *.toml"), ("bad", 3, "line 5: unknown field modle (did you mean model?)")]
    {
        let run = bench.run(&["ingest", &archive(), "--dialects", folder]).exits(code);
        assert!(run.err.contains(words), "{}", run.err);
    }
    let _ = bench.run(&["tokens"]).exits(2);
    assert!(bench.run(&["dialects", "nobody"]).exits(2).err.contains("there are codex, claude-code"));
}

#[test]
fn what_options_name_is_no_archive_and_one_file_will_do() {
    let bench = Bench::new();
    let folder = bench.write("work/own/fable.toml", std::fs::read_to_string(project("data/dialects/own/fable.toml")).unwrap());
    let _ = bench.write("work/fable.jsonl", std::fs::read_to_string(archive()).unwrap());
    let (file, work) = (folder.display().to_string(), folder.parent().unwrap().parent().unwrap().display().to_string());
    let run = bench.run(&["ingest", &work, "--dialects", &format!("{work}/own")]).exits(0);
    assert!(run.err.contains("1 files read"), "{}", run.err);
    assert!(bench.run(&["tokens", "--format", "csv"]).exits(0).out.contains("fable,claude-sonnet-4-5,4,3,0,3260"));

    let one = Bench::new();
    let _ = one.run(&["ingest", &archive(), "--dialects", &file]).exits(0);
    assert!(one.run(&["dialects", "--format", "csv"]).exits(0).out.contains("\nfable,"));
    let none = one.write("notes.md", "# notes\n");
    let refused = one.run(&["ingest", &archive(), "--dialects", &none.display().to_string()]).exits(2);
    assert!(refused.err.contains("want a file *.toml"), "{}", refused.err);
    let aside = one.run_files("ingest", &[none]).exits(1);
    assert!(aside.err.contains("no telemetry: a page in Markdown"), "{}", aside.err);
}

#[test]
fn an_agent_that_no_dialect_knows_is_told() {
    let bench = Bench::new();
    let run = bench.run(&["ingest", &archive()]).exits(0);
    assert!(run.err.contains("10 records of service fable-cli belong to no known agent; docs/dialects.md shows how to teach one"), "{}", run.err);
    let run = bench.run(&["normalize", "--dialects", &own()]).exits(0);
    assert!(!run.err.contains("no known agent"), "{}", run.err);
}
