//! Grafana's variables in a question (`$__range`, `${__interval}` …), put in place of before it is parsed. Border: which
//! there are and what they stand for each language says; here they are found, and places in the new text are led back to the old.

/// A text with its variables replaced.
#[derive(Debug)]
pub(crate) struct Expanded {
    /// The new text.
    pub text: String,
    /// Where a replacement ends: offset behind it in the new text, and in the old.
    shifts: Vec<(usize, usize)>,
}

impl Expanded {
    /// Replaces each variable by its value; the longest name wins.
    pub fn new(question: &str, values: &[(&str, String)]) -> Expanded {
        let (mut text, mut shifts, mut at) = (String::with_capacity(question.len()), Vec::new(), 0);
        while let Some(found) = question[at..].find('$') {
            let dollar = at + found;
            text.push_str(&question[at..dollar]);
            let rest = &question[dollar + 1..];
            let (name, length) = match rest.strip_prefix('{').and_then(|r| r.find('}').map(|end| (&r[..end], end + 3))) {
                Some(braced) => braced,
                None => {
                    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                    (&rest[..end], end + 1)
                }
            };
            match values.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => {
                    text.push_str(value);
                    at = dollar + length;
                    shifts.push((text.len(), at));
                }
                None => {
                    text.push('$');
                    at = dollar + 1;
                }
            }
        }
        text.push_str(&question[at..]);
        Expanded { text, shifts }
    }

    /// The offset in the question that belongs to one in the new text; inside a replacement it is the variable's end.
    pub fn original(&self, offset: usize) -> usize {
        match self.shifts.iter().rev().find(|(new, _)| *new <= offset) {
            Some((new, old)) => old + (offset - new),
            None => self.shifts.first().map_or(offset, |(new, old)| offset.min(old + new.saturating_sub(*new))),
        }
    }
}

/// The first of a dashboard's own variables (`$service`, `${model}`) in a selector or a range, with its offset: it means nothing here, and taken by
/// the letter it would match nothing. Elsewhere `$name` may be meant: in templates, in replacements, in text that is looked for.
pub(crate) fn foreign(question: &str) -> Option<(usize, &str)> {
    let (mut depth, mut quote, mut escaped) = (0usize, None, false);
    for (at, c) in question.char_indices() {
        match (quote, c) {
            (Some('"' | '\''), '\\') if !escaped => {
                escaped = true;
                continue;
            }
            (Some(open), c) if c == open && !escaped => quote = None,
            (None, '"' | '`' | '\'') => quote = Some(c),
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        escaped = false;
        if c == '$' && depth > 0 {
            let rest = &question[at + 1..];
            let name = rest.strip_prefix('{').unwrap_or(rest);
            let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
            if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
                return Some((at, &name[..end]));
            }
        }
    }
    None
}

/// Why a question with such a variable is refused.
pub(crate) fn refusal(name: &str) -> String {
    format!("`${name}` is a variable of a dashboard; put a value in its place")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_dashboards() {
        assert_eq!(foreign(r#"sum(x{job=~"$job"})"#), Some((12, "job")));
        assert_eq!(foreign("rate(x[$interval])"), Some((7, "interval")));
        assert_eq!(foreign(r#"{ .model = "${model:regex}" }"#), Some((12, "model")));
        for fine in [
            r#"label_replace(x, "a", "$name", "b", "(?P<name>.*)")"#,
            r#"{a=~".*x$"} |= "$HOME" | line_format "{{ $x := .a }}{{ $x }}""#,
            r#"{a="\\"} | b=~"$c""#,
            "rate(x[$__range])",
            r#"{a=~"(.*)$1"}"#,
        ] {
            assert_eq!(foreign(fine), None, "{fine}");
        }
    }

    #[test]
    fn both_forms_are_replaced_and_places_led_back() {
        let values = [("__range", "3600s".to_string()), ("__range_s", "3600".to_string())];
        let expanded = Expanded::new("rate(x[$__range]) + ${__range_s} $x £", &values);
        assert_eq!(expanded.text, "rate(x[3600s]) + 3600 $x £");
        assert_eq!(expanded.original(3), 3);
        assert_eq!(expanded.original(expanded.text.find(']').unwrap()), 15);
        assert_eq!(expanded.original(expanded.text.find("$x").unwrap()), 33);
    }
}
