//! A condition on one label, as Prometheus and Loki write it. Border: names and values are texts; reading them is each language's business.

use regex::Regex;

/// `=`, `!=`, `=~` or `!~` with its value. Expressions match whole values, and `.` matches line ends
/// (Prometheus 3, `model/labels/regexp.go`).
#[derive(Debug, Clone)]
pub(crate) enum Test {
    /// Equal.
    Equal(String),
    /// Not equal.
    NotEqual(String),
    /// Matched as a whole.
    Matches(Regex),
    /// Not matched as a whole.
    MatchesNot(Regex),
}

/// A label and what is asked of it.
#[derive(Debug, Clone)]
pub(crate) struct Matcher {
    /// Label.
    pub name: String,
    /// Condition.
    pub test: Test,
}

/// An expression that matches whole values.
pub(crate) fn anchored(expression: &str) -> Result<Regex, regex::Error> {
    Regex::new(&format!("^(?s:{expression})$"))
}

impl Test {
    /// By the operator's text.
    pub fn new(operator: &str, value: &str) -> Result<Test, regex::Error> {
        Ok(match operator {
            "=" | "==" => Test::Equal(value.to_string()),
            "!=" => Test::NotEqual(value.to_string()),
            "=~" => Test::Matches(anchored(value)?),
            _ => Test::MatchesNot(anchored(value)?),
        })
    }

    /// Whether the value fulfils it; an absent label has the value `""`.
    pub fn holds(&self, value: &str) -> bool {
        match self {
            Test::Equal(wanted) => value == wanted,
            Test::NotEqual(unwanted) => value != unwanted,
            Test::Matches(expression) => expression.is_match(value),
            Test::MatchesNot(expression) => !expression.is_match(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_match_whole_values() {
        let holds = |operator, wanted, value| Test::new(operator, wanted).unwrap().holds(value);
        assert!(holds("=~", "a|b.*", "bcd") && !holds("=~", "a|b", "ab") && holds("=~", "a.c", "a\nc"));
        assert!(holds("!~", "a", "ab") && !holds("!~", ".*", ""));
        assert!(holds("=", "", "") && holds("!=", "x", ""));
        assert!(Test::new("=~", "(").is_err());
    }
}
