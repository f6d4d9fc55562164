//! What is meant by a name that no dialect has. Border: a name and those that are known in, words for the user out.

/// Names are as similar that differ in no more of their letters.
const ALIKE: f64 = 0.7;

/// Says that a name is unknown, on which line of the file it stands, what may be meant, and what there is.
pub fn told(text: &str, what: &str, name: &str, known: &[&str]) -> String {
    let is_key = |line: &str| {
        let rest = line.trim_start().trim_start_matches('"').strip_prefix(name);
        rest.is_some_and(|rest| rest.trim_start_matches('"').trim_start().starts_with('='))
    };
    let line = text.lines().position(is_key).map_or_else(String::new, |n| format!("line {}: ", n + 1));
    let meant = nearest(name, known.iter().copied()).map_or_else(String::new, |near| format!(" (did you mean {near}?)"));
    format!("{line}unknown {what} {name}{meant}; known: {}", known.join(", "))
}

/// The reader's own words, with what may be meant behind them.
pub fn explained(words: &str) -> String {
    let words = words.trim_end();
    let mut names = words.split('`').skip(1).step_by(2);
    let near = words.contains("unknown").then(|| names.next().and_then(|name| nearest(name, names))).flatten();
    near.map_or_else(|| words.to_owned(), |near| format!("{words}; did you mean {near}?"))
}

fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let alike = known.map(|known| (strsim::normalized_damerau_levenshtein(name, known), known)).filter(|(alike, _)| *alike >= ALIKE);
    alike.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_almost_one_is_told() {
        let text = "agent = \"a\"\n[fields]\n\"modle\" = []\n";
        assert_eq!(told(text, "field", "modle", &["model", "mode_x"]), "line 3: unknown field modle (did you mean model?); known: model, mode_x");
        assert_eq!(told(text, "field", "odd", &["model"]), "unknown field odd; known: model");
        assert_eq!(
            explained("unknown field `evnts`, expected one of `events`, `spans`\n"),
            "unknown field `evnts`, expected one of `events`, `spans`; did you mean events?"
        );
        assert_eq!(explained("invalid type `x`, expected `y`"), "invalid type `x`, expected `y`");
    }
}
