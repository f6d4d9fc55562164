//! Texts as Spark writes them: a backslash there begins an escape, and a doubled quote has not always been one. Border: literals only.

/// A text literal of Spark.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A pattern that matches this text and nothing else.
pub(crate) fn pattern(text: &str) -> String {
    text.chars().flat_map(|c| (c.is_ascii_punctuation()).then_some('\\').into_iter().chain([c])).collect()
}
