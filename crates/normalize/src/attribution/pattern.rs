//! Patterns over texts: `*` stands for any characters, `?` for one, `\` before either for itself. Border: a text in, what each `*` stood for
//! out. (The crate `glob` matches too, but does not tell that.)

/// A pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// What stands before, between and behind the `*`; one more than there are of those.
    pieces: Vec<Vec<Part>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    One(char),
    Any,
}

impl Part {
    fn fits(self, c: char) -> bool {
        match self {
            Part::One(own) => own == c,
            Part::Any => true,
        }
    }
}

impl Pattern {
    /// Reads a pattern; every text is one.
    pub fn new(text: &str) -> Pattern {
        let mut pieces = Vec::new();
        let mut piece = Vec::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match c {
                '*' => pieces.push(std::mem::take(&mut piece)),
                '?' => piece.push(Part::Any),
                '\\' => piece.push(Part::One(chars.next().unwrap_or('\\'))),
                _ => piece.push(Part::One(c)),
            }
        }
        pieces.push(piece);
        Pattern { pieces }
    }

    /// How many `*` it has.
    pub fn stars(&self) -> usize {
        self.pieces.len() - 1
    }

    /// What each `*` stands for in a text that is as the pattern says: as little as can be, from left to right. `None` for another text.
    pub fn matched(&self, text: &str) -> Option<Vec<String>> {
        let text: Vec<char> = text.chars().collect();
        let fits = |piece: &[Part], at: usize| text.len() - at >= piece.len() && piece.iter().zip(&text[at..]).all(|(part, c)| part.fits(*c));
        let (first, rest) = self.pieces.split_first()?;
        if !fits(first, 0) {
            return None;
        }
        let mut at = first.len();
        let mut stars = Vec::with_capacity(rest.len());
        for (n, piece) in rest.iter().enumerate() {
            // The earliest place is as good as any for the pieces that follow; the last has only one place.
            let start = if n + 1 == rest.len() {
                text.len().checked_sub(piece.len()).filter(|start| *start >= at && fits(piece, *start))?
            } else {
                (at..=text.len()).find(|start| fits(piece, *start))?
            };
            stars.push(text[at..start].iter().collect());
            at = start + piece.len();
        }
        (at == text.len()).then_some(stars)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_texts() {
        for (pattern, text, stars) in [
            ("main", "main", Some(vec![])),
            ("main", "mains", None),
            ("main", "mai", None),
            ("", "", Some(vec![])),
            ("*", "", Some(vec![""])),
            ("*@example.com", "ann@example.com", Some(vec!["ann"])),
            ("*@example.com", "ann@example.com.evil", None),
            ("*/*", "github.com/acme/web", Some(vec!["github.com", "acme/web"])),
            ("github.com/*/*-web", "github.com/acme/old-web-web", Some(vec!["acme", "old-web"])),
            ("a*b*c", "abc", Some(vec!["", ""])),
            ("a*a", "a", None),
            ("*a*a", "a", None),
            ("?eam", "team", Some(vec![])),
            ("?eam", "eam", None),
            ("ü*", "über", Some(vec!["ber"])),
            ("a\\*\\?", "a*?", Some(vec![])),
            ("a\\*", "ab", None),
            ("Main", "main", None),
        ] {
            let expected = stars.map(|s| s.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(Pattern::new(pattern).matched(text), expected, "{pattern} on {text}");
        }
        assert_eq!(Pattern::new("a*b*").stars(), 2);
    }
}
