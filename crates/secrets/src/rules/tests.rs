use std::collections::BTreeSet;

use super::*;
use crate::rule::compile;

/// For each rule a text in which it finds something, and one that looks alike in which no rule does. `{n:x}` stands for n characters of a class:
/// `a` letters and digits, `d` digits, `h` lowercase hex, `l` lowercase letters, `u` capitals and 2–7, `b` base64. Nothing here is a secret.
const CASES: &str = include_str!("cases.txt");

/// Characters that look random, and are the same every time.
fn letters(class: &str, count: usize, seed: u64) -> String {
    let alphabet: &[u8] = match class {
        "d" => b"0123456789",
        "h" => b"0123456789abcdef",
        "l" => b"abcdefghijklmnopqrstuvwxyz",
        "u" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        "U" => b"0123456789ABCDEF",
        "b" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        _ => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    };
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(alphabet[(state >> 33) as usize % alphabet.len()])
    };
    (0..count).map(|_| next()).collect()
}

fn expand(template: &str) -> String {
    let mut out = String::new();
    let mut rest = template;
    let mut seed = 7;
    while let Some((before, after)) = rest.split_once("{{") {
        let (class, end) = after.split_once("}}").unwrap();
        let (count, class) = class.split_once(':').unwrap();
        out.push_str(before);
        out.push_str(&letters(class, count.parse().unwrap(), seed));
        seed += 1;
        rest = end;
    }
    (out + rest).replace("\\n", "\n").replace('^', "")
}

fn found(rules: &Rules, text: &str) -> Vec<String> {
    rules.find(text, Kinds::ALL).into_iter().map(|f| rules.list()[f.rule].id.clone()).collect()
}

#[test]
fn every_regex_and_every_allow_list_is_one_and_keywords_are_lowercase() {
    let rules = Rules::embedded().unwrap();
    assert!(rules.always.is_empty());
    for rule in rules.list() {
        rule.check("").unwrap();
        assert!(!rule.keywords.is_empty() && !rule.description.is_empty(), "{}", rule.id);
    }
    rules.global.iter().for_each(|a| a.check().unwrap());
    assert!(compile("(").is_err());
}

#[test]
fn every_rule_finds_what_it_is_for_and_not_what_looks_alike() {
    let rules = Rules::embedded().unwrap();
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for line in CASES.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let mut cells = line.split('\t').filter(|c| !c.is_empty());
        let (id, yes, no) = (cells.next().unwrap(), expand(cells.next().unwrap()), expand(cells.next().unwrap()));
        if found(&rules, &yes) != [id] || found(&rules, &no).iter().any(|f| f == id) {
            wrong.push(format!("{id}: {yes} {:?}; {no} {:?}", found(&rules, &yes), found(&rules, &no)));
        }
        let _ = seen.insert(id.to_owned());
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let all: BTreeSet<String> = rules.list().iter().map(|r| r.id.clone()).collect();
    assert_eq!(all.difference(&seen).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn markers_and_previews_are_nothing_for_any_rule() {
    let rules = Rules::embedded().unwrap();
    for rule in rules.list() {
        let marker = crate::shown::marker(rule);
        for text in [
            marker.clone(),
            format!("password={marker}"),
            format!("\"token\": \"{marker}\""),
            format!("Authorization: Bearer {marker}"),
            format!("https://u:{marker}@host/"),
            format!("user.account_id={marker}"),
            format!("/home/{marker}/x"),
            format!("export AWS_SECRET_ACCESS_KEY={marker} {marker}"),
        ] {
            assert_eq!(found(&rules, &text), Vec::<String>::new(), "{text}");
            assert_eq!(rules.mask(&text, Kinds::ALL), None);
        }
    }
}

#[test]
fn a_file_of_ones_own_adds_replaces_and_takes_out() {
    let own = "[extend]\ndisabledRules = [\"email-address\"]\n\
               [[rules]]\nid = \"ticket\"\nregex = '''TCK-([0-9]{6})'''\nkeywords = [\"tck-\"]\nkind = \"personal\"\nseverity = \"low\"\n\
               [[rules]]\nid = \"jwt\"\nregex = '''never'''\nkeywords = [\"never\"]\n";
    let rules = Rules::load(Some(("own.toml", own))).unwrap();
    assert_eq!(found(&rules, "ann@corp.invalid wrote TCK-123456"), ["ticket"]);
    assert_eq!(rules.mask("TCK-123456", Kinds::ALL).unwrap(), "TCK-[personal:ticket]");
    assert_eq!(rules.mask("TCK-123456", Kinds::SECRETS), None);
    assert_ne!(rules.fingerprint(), Rules::embedded().unwrap().fingerprint());
    assert_eq!(rules.list().iter().filter(|r| r.id == "jwt").count(), 1);
    let alone =
        Rules::load(Some(("own.toml", &own.replace("[extend]", "[extend]\nuseDefault = false").replace("[\"email-address\"]", "[]")))).unwrap();
    assert_eq!(alone.list().len(), 2);
}

#[test]
fn a_wrong_file_is_refused_with_its_name_and_what_is_wrong() {
    for (text, expected) in [
        ("rules = 3", "own.toml: no rules: "),
        ("[[rules]]\nid = \"x\"\nregex = '''('''", "rule x: "),
        ("[[rules]]\nid = \"X y\"\nregex = '''a'''", "an id is lowercase"),
        ("[[rules]]\nid = \"x\"\nregex = '''a'''\nsecretGroup = 2", "secretGroup 2"),
        ("[extend]\ndisabledRules = [\"nosuch\"]", "there is no rule nosuch"),
        ("[[rules]]\nid = \"x\"\nregex = '''a'''\nseverity = \"grave\"", "grave"),
        ("[[rules]]\nid = \"x\"\nregex = '''a'''\n[[rules.allowlists]]\nregexes = ['''(''']", "allow list"),
    ] {
        let error = Rules::load(Some(("own.toml", text))).unwrap_err().to_string();
        assert!(error.contains(expected) && error.starts_with("own.toml: "), "{error}");
    }
}

#[test]
fn stretches_are_whole_characters_and_masks_leave_the_rest() {
    let rules = Rules::embedded().unwrap();
    let text = "päss password=\"schlüssel-ß1\" ünd ann@corp.invalid";
    assert_eq!(rules.mask(text, Kinds::ALL).unwrap(), "päss password=\"[secret:password-assignment]\" ünd [personal:email-address]");
}
