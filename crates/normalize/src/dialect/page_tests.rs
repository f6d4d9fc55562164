//! The page on dialects lists what there is: every field, word and key, and none more.

use std::collections::BTreeSet;

use super::*;

const PAGE: &str = include_str!("../../../../docs/dialects.md");

/// What stands between backquotes.
fn code(text: &str) -> BTreeSet<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The keys that a section may have, by the reader's own words when it is given another.
fn keys(section: &str) -> BTreeSet<String> {
    let told = Dialect::parse("page", &format!("agent = \"a\"\n{section}\nno_such_key = 1")).unwrap_err().to_string();
    let list = told.split("expected").nth(1).unwrap_or_else(|| panic!("{section}: {told}"));
    code(list).into_iter().map(str::to_owned).collect()
}

/// The keys that the page's reference names for a section.
fn named(section: &str) -> BTreeSet<String> {
    let mut of = String::new();
    let mut keys = BTreeSet::new();
    for row in PAGE.lines().skip_while(|l| !l.starts_with("| section | key")).skip(2).take_while(|l| l.starts_with('|')) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        if !cells[1].is_empty() {
            of = cells[1].trim_matches('`').to_owned();
        } else if cells[2] == "`agent`" {
            of.clear();
        }
        if of == section {
            keys.extend(code(cells[2]).into_iter().map(str::to_owned));
        }
    }
    keys
}

#[test]
fn every_key_of_every_section_is_there() {
    for section in ["claims", "resource", "spans", "tokens", "cost", "tools", "outputs", "decisions", "errors", "prompts", "conversations", "metrics"]
    {
        let mut keys = keys(&format!("[{section}]"));
        // they have rows of their own
        keys.retain(|k| !(section == "metrics" && k == "tokens"));
        assert_eq!(named(&format!("[{section}]")), keys, "{section}");
    }
    for section in ["[[metrics.tokens]]", "[[activities]]", "[[coverage]]"] {
        assert_eq!(named(section), keys(section), "{section}");
    }
    assert_eq!(named("[requests]"), keys("[requests]"));
    let sections: BTreeSet<String> = keys("").into_iter().collect();
    let rows: BTreeSet<&str> = code(PAGE).into_iter().filter_map(|c| c.strip_prefix('[')).map(|c| c.trim_matches(['[', ']'])).collect();
    let missing: Vec<&String> = sections.iter().filter(|s| !rows.contains(s.as_str()) && !named("").contains(*s)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_field_and_every_word_is_there() {
    let page = code(PAGE);
    for field in Field::ALL {
        assert!(page.contains(field.name()), "{}", field.name());
    }
    for word in EVENTS {
        assert!(page.contains(word), "{word}");
    }
    let told = Dialect::parse("page", "agent = \"a\"\n[spans.names]\nx = \"no_such\"").unwrap_err().to_string();
    for kind in code(told.split("expected").nth(1).unwrap()) {
        // turns of these kinds are Codex's alone
        assert!(page.contains(kind) || ["review", "compaction"].contains(&kind), "{kind}");
    }
}
