//! Names and texts as the engines' languages write them. Border: quoting only.

/// A name, in double quotes.
pub fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A name, in backticks.
pub fn tick(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A text in standard SQL: a quote is doubled, and nothing else is special.
pub fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A text where a backslash is special, too.
pub fn slashed(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A text of Python.
pub fn python(text: &str) -> String {
    // what JSON writes, Python reads as the same text
    serde_json::Value::from(text).to_string()
}
