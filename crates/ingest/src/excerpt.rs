//! The beginnings of texts, as reasons quote them. Border: letters; whose text it is, and whether it may be quoted, is others' business.

/// Characters shown of a word that is too long.
const OF_A_WORD: usize = 4;

/// The beginning of a text: at most so many characters, and no word in part, since a secret that was cut is known by no rule. Of a word that is longer
/// than that, the first characters.
pub fn excerpt(text: &str, characters: usize) -> &str {
    let end = |n| text.char_indices().nth(n).map_or(text.len(), |(at, _)| at);
    let (shown, rest) = text.split_at(end(characters));
    if rest.is_empty() || rest.starts_with(char::is_whitespace) {
        return shown;
    }
    shown.rfind(char::is_whitespace).map_or_else(|| &text[..end(OF_A_WORD)], |at| shown[..at].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_is_shown_in_part() {
        for (text, expected) in [
            ("", ""),
            ("short", "short"),
            ("exactly 10", "exactly 10"),
            ("two words more", "two words"),
            ("a lengthywordé", "a"),
            ("lengthyword", "leng"),
            ("éàüöwordlong", "éàüö"),
        ] {
            assert_eq!(excerpt(text, 10), expected);
        }
    }
}
