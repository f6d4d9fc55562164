//! Every output block of the README, and of the pages on dialects, languages and SQL, is what the program prints.

use std::process::Command;

use crate::project;

/// Commands of the README's `console` blocks, with the output that stands below each.
fn blocks(text: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            _ if inside && line.starts_with("$ ") => found.push((line[2..].to_owned(), String::new())),
            _ if inside => {
                let output = &mut found.last_mut().unwrap().1;
                output.push_str(line);
                output.push('\n');
            }
            _ => {}
        }
    }
    found
}

#[test]
fn commands_print_what_the_readme_says() {
    check("README.md", 6);
}

#[test]
fn commands_print_what_the_page_on_dialects_says() {
    check("docs/dialects.md", 4);
}

#[test]
fn commands_print_what_the_page_on_sql_says() {
    check("docs/sql.md", 9);
}

#[test]
fn commands_print_what_the_page_on_languages_says() {
    check("docs/languages.md", 9);
}

/// Runs the commands of a page, one after another in one folder.
fn check(page: &str, at_least: usize) {
    let text = std::fs::read_to_string(project(page)).unwrap();
    let blocks = blocks(&text);
    assert!(blocks.iter().filter(|(c, _)| c.starts_with("tracemill ")).count() >= at_least);
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(project("data"), folder.path().join("data")).unwrap();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_tracemill"));
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap_or_default());
    for (command, expected) in blocks {
        if !command.contains("tracemill ") && !command.ends_with("tracemill sql") {
            assert!(["make demo", "make test", "make release"].contains(&command.as_str()) && expected.is_empty(), "not checked: {command}");
            continue;
        }
        let run =
            Command::new("sh").args(["-c", &command]).current_dir(folder.path()).env("PATH", &path).env("TRACEMILL_LAKE", "lake").output().unwrap();
        let printed = [run.stdout, run.stderr].concat();
        let printed: String = String::from_utf8(printed).unwrap().lines().map(|l| l.trim_end().to_owned() + "\n").collect();
        assert_eq!(printed, expected, "$ {command}");
    }
}
