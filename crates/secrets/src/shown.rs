//! What may be shown of what was found. Border: texts for readers; the secret itself goes no further than this.

use crate::rule::Rule;

/// Characters of a secret that a preview leaves hidden at least.
const HIDDEN: usize = 12;

/// A text by which its owner knows a secret again and nobody else learns it: its first four and its last two characters at most, less of a
/// short one, and nothing of one of twelve characters or fewer. Line breaks and other control characters are shown as spaces.
pub fn preview(secret: &str) -> String {
    let characters = secret.chars().count();
    let shown = characters.saturating_sub(HIDDEN).min(6);
    let (first, last) = (shown.min(4), shown.saturating_sub(4));
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let head = secret.chars().take(first).map(plain);
    let tail = secret.chars().skip(characters - last).map(plain);
    head.chain("…".chars()).chain(tail).collect()
}

/// What stands in the place of what a rule found: `[secret:github-pat]`. It is no secret for any rule, and needs no escape anywhere.
pub fn marker(rule: &Rule) -> String {
    format!("[{}:{}]", rule.kind.name(), rule.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn previews_hide_twelve_characters_at_least() {
        for (secret, shown) in [
            ("hunter2", "…"),
            ("hunter2hunter", "h…"),
            ("hunter2-example", "hun…"),
            ("0123456789abcdefgh", "0123…gh"),
            ("0123456789abcdef0123456789abcdef", "0123…ef"),
            ("-----BEGIN\n…", "…"),
            ("äöüßäöüßäöüßäöüßäöüß", "äöüß…üß"),
        ] {
            assert_eq!(preview(secret), shown, "{secret}");
        }
    }
}
