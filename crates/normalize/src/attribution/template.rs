//! Values that a rule sets: text, with `{attribute}` for the value of an attribute and `{1}` for what the first `*` of its patterns stood
//! for. Border: reading and filling in; whose attributes, the rule says.

/// A value to be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// What a `*` stood for, counted from 0.
    Star(usize),
    Attribute(String),
}

impl Template {
    /// Reads a value; `{{` and `}}` are braces. The error says what is wrong.
    pub fn new(text: &str) -> Result<Template, String> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '{' | '}' if chars.peek() == Some(&c) => plain.extend(chars.next()),
                '{' => {
                    let name: String = chars.by_ref().take_while(|c| *c != '}').collect();
                    if name.is_empty() || !text.contains(&format!("{{{name}}}")) {
                        return Err(format!("{text:?}: a brace is opened and not closed around a name; a brace itself is written twice"));
                    }
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                    pieces.push(match name.parse::<usize>() {
                        Ok(0) => return Err(format!("{text:?}: the first * is {{1}}")),
                        Ok(n) => Piece::Star(n - 1),
                        Err(_) => Piece::Attribute(name),
                    });
                }
                '}' => return Err(format!("{text:?}: a brace is closed that is not open; a brace itself is written twice")),
                _ => plain.push(c),
            }
        }
        pieces.push(Piece::Text(plain));
        pieces.retain(|p| !matches!(p, Piece::Text(t) if t.is_empty()));
        Ok(Template(pieces))
    }

    /// The attributes it needs.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|p| if let Piece::Attribute(name) = p { Some(name.as_str()) } else { None })
    }

    /// How many `*` there must be.
    pub fn stars(&self) -> usize {
        self.0.iter().filter_map(|p| if let Piece::Star(n) = p { Some(n + 1) } else { None }).max().unwrap_or(0)
    }

    /// The value; `None` where an attribute or a `*` that it needs is not there, or where nothing comes of it.
    pub fn filled(&self, stars: &[Option<String>], attribute: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        let mut value = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => value.push_str(text),
                Piece::Star(n) => value.push_str(stars.get(*n)?.as_ref()?),
                Piece::Attribute(name) => value.push_str(&attribute(name)?),
            }
        }
        (!value.is_empty()).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_filled_in() {
        let stars = [Some("one".to_owned()), Some("two".to_owned()), None];
        let attribute = |name: &str| (name == "a.b").then(|| "x".to_owned());
        for (text, value) in
            [("plain", Some("plain")), ("{2}-{1}/{a.b}", Some("two-one/x")), ("{{1}}", Some("{1}")), ("{3}", None), ("{a}", None), ("", None)]
        {
            assert_eq!(Template::new(text).unwrap().filled(&stars, &attribute).as_deref(), value, "{text}");
        }
        let template = Template::new("{2}{x}{a.b}").unwrap();
        assert_eq!((template.stars(), template.attributes().collect::<Vec<_>>()), (2, vec!["x", "a.b"]));
    }

    #[test]
    fn strange_braces_are_refused() {
        for text in ["{", "{}", "a}", "{a", "{0}", "x{{}"] {
            assert!(Template::new(text).is_err(), "{text}");
        }
    }
}
