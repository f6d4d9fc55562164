//! The table of results in the page on the languages: it says what was found.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Difference;
use super::answers::Verdict;
use crate::project;

/// Adds to `wrong` where the page does not have the line of each version of the system, or a difference.
pub(super) fn table(language: &str, asked: &[Value], verdicts: &BTreeMap<&str, Verdict>, known: &[Difference], wrong: &mut Vec<String>) {
    let page = std::fs::read_to_string(project("docs/languages.md")).unwrap_or_default();
    let mut versions: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    for id in asked.iter().map(|q| q["id"].as_str().unwrap()) {
        let counts = versions.entry(id.rsplit_once('-').unwrap().0).or_default();
        counts[0] += 1;
        let kind = known.iter().find(|d| d.ids.iter().any(|i| i == id)).map(|d| d.kind.as_str());
        counts[match (&verdicts[id], kind) {
            (Verdict::Same, _) => 1,
            (_, Some("refused")) => 2,
            _ => 3,
        }] += 1;
    }
    for (version, [all, same, refused, live]) in versions {
        let line = format!("| {language} | {version} | {all} | {same} | {refused} | {live} |");
        if !page.contains(&line) {
            wrong.push(format!("docs/languages.md lacks: {line}"));
        }
    }
    wrong.extend(known.iter().filter(|d| !page.contains(&d.reason)).map(|d| format!("docs/languages.md does not tell: {}", d.reason)));
}
