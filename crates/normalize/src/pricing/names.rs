//! Names of one model: agents, gateways and clouds put providers before it and dates, regions and variants around it. Border: a name in, the
//! names to look it up under out; only what cannot make it another model is taken off.

use std::borrow::Cow;

/// A name to look up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name<'a> {
    /// The name.
    pub text: Cow<'a, str>,
    /// A mark that may change the price was taken off: the price is that of the model without it.
    pub variant: bool,
}

/// Marks of another context window or speed.
const VARIANTS: [&str; 3] = ["[1m]", "-fast", ":thinking"];

/// The names of a model, as it came first. A mark that may change the price counts as one under any name.
pub fn of(model: &str) -> impl Iterator<Item = Name<'_>> {
    let model = model.trim();
    let bare = bare(model);
    let stem = VARIANTS.iter().fold(bare, |name, mark| name.strip_suffix(mark).unwrap_or(name));
    let undated = undated(stem);
    let marked = stem != bare;
    let dashed = undated.starts_with("claude-").then(|| undated.replace('.', "-"));
    let names =
        [Some(Cow::Borrowed(model)), Some(Cow::Borrowed(bare)), Some(Cow::Borrowed(stem)), Some(Cow::Borrowed(undated)), dashed.map(Cow::Owned)];
    let mut seen: Vec<Cow<'_, str>> = Vec::new();
    names.into_iter().flatten().filter_map(move |text| {
        if text.is_empty() || seen.contains(&text) {
            return None;
        }
        seen.push(text.clone());
        Some(Name { text, variant: marked })
    })
}

/// Without what gateways (`openai/`, `models/`) and clouds (`us.anthropic.`, `…-v1:0`) put around it.
fn bare(model: &str) -> &str {
    let name = model.rsplit_once('/').map_or(model, |(_, name)| name);
    let name = name.split_once("anthropic.").map_or(name, |(_, name)| name);
    let version = name.rfind("-v").filter(|at| name[at + 2..].bytes().all(|b| b.is_ascii_digit() || b == b':') && name[at + 2..].contains(':'));
    version.map_or(name, |at| &name[..at])
}

/// Without a release's date: `-20250929`, `@20250929`, `-2025-08-07`, or `-latest`.
fn undated(name: &str) -> &str {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if let Some(name) = name.strip_suffix("-latest") {
        return name;
    }
    if let Some((stem, date)) = name.rsplit_once(['-', '@'])
        && date.len() == 8
        && digits(date)
    {
        return stem;
    }
    let Some(at) = name.len().checked_sub(11).filter(|at| name.is_char_boundary(*at)) else { return name };
    let date = &name[at..];
    let is_date = date.bytes().enumerate().all(|(i, b)| if matches!(i, 0 | 5 | 8) { b == b'-' } else { b.is_ascii_digit() });
    if is_date { &name[..at] } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(model: &str) -> (String, bool) {
        let name = of(model).last().unwrap();
        (name.text.into_owned(), name.variant)
    }

    #[test]
    fn what_stands_around_a_name_is_taken_off() {
        for (model, expected, variant) in [
            ("gpt-5.4-mini", "gpt-5.4-mini", false),
            ("openai/gpt-5.4-2026-03-05", "gpt-5.4", false),
            ("claude-sonnet-4.5", "claude-sonnet-4-5", false),
            ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5", false),
            ("claude-sonnet-4-5@20250929", "claude-sonnet-4-5", false),
            ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5", false),
            ("claude-opus-5-5[1m]", "claude-opus-5-5", true),
            ("claude-opus-5-5-fast", "claude-opus-5-5", true),
            ("models/gemini-2.5-pro", "gemini-2.5-pro", false),
            ("gemini-flash-latest", "gemini-flash", false),
            ("übergroß", "übergroß", false),
        ] {
            assert_eq!(last(model), (expected.to_owned(), variant), "{model}");
        }
        assert_eq!(of("gpt-5").count(), 1);
    }
}
