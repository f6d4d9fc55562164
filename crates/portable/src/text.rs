//! Texts as Spark writes them: a backslash there begins an escape, and a doubled quote has not always been one. Border: literals only.

/// Whether a text cannot stand between quotes as it is; a new line would get the next line's indent.
pub(crate) fn wants_escapes(text: &str) -> bool {
    text.contains(['\\', '\'', '\n'])
}

/// A text literal of Spark.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n"))
}

/// A pattern that matches this text and nothing else.
pub(crate) fn pattern(text: &str) -> String {
    text.chars().flat_map(|c| c.is_ascii_punctuation().then_some('\\').into_iter().chain([c])).collect()
}
