//! Whose the spans of a trace are: a span is of the conversation that it names, else of the one that the nearest span above it names. Border: ids and
//! what spans name in, which spans go out.

use std::collections::{HashMap, HashSet};

/// Spans of some traces, with what they say of themselves.
#[derive(Debug, Default)]
pub struct Lines {
    spans: HashMap<(String, String), Span>,
}

#[derive(Debug)]
struct Span {
    parent: Option<String>,
    /// Whether it names what is forgotten, and no other; `None` where it names nothing.
    goes: Option<bool>,
}

impl Lines {
    /// Adds a span: of which trace, its id, its parent's, and whether it names what is forgotten; `None` where it names nothing.
    pub fn add(&mut self, trace: &str, span: &str, parent: Option<&str>, goes: Option<bool>) {
        let _ = self.spans.insert((trace.to_owned(), span.to_owned()), Span { parent: parent.map(str::to_owned), goes });
    }

    /// Each span with whether it goes; `None` where neither it nor any span above it names a conversation.
    pub fn settle(self) -> impl Iterator<Item = (String, String, Option<bool>)> {
        let mut known: HashMap<(String, String), Option<bool>> = HashMap::new();
        for start in self.spans.keys() {
            let (mut way, mut seen, mut at) = (Vec::new(), HashSet::new(), Some(start.clone()));
            let found = loop {
                let Some(key) = at.take() else { break None };
                if let Some(found) = known.get(&key) {
                    break *found;
                }
                // parents may run in a circle
                let Some(span) = self.spans.get(&key).filter(|_| seen.insert(key.clone())) else { break None };
                at = span.parent.as_ref().map(|parent| (key.0.clone(), parent.clone()));
                way.push(key);
                if span.goes.is_some() {
                    break span.goes;
                }
            };
            known.extend(way.into_iter().map(|key| (key, found)));
        }
        known.into_iter().map(|((trace, span), goes)| (trace, span, goes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_of_whom_it_or_the_nearest_above_it_names() {
        let mut lines = Lines::default();
        for (span, parent, goes) in [
            ("root", None, Some(false)),
            ("tool", Some("root"), None),
            ("input", Some("tool"), Some(true)),
            ("below", Some("input"), None),
            ("deep", Some("below"), None),
            ("back", Some("deep"), Some(false)),
            ("orphan", Some("lost"), None),
            ("a", Some("b"), None),
            ("b", Some("a"), None),
        ] {
            lines.add("t", span, parent, goes);
        }
        lines.add("u", "deep", None, None);
        let mut settled: Vec<_> = lines.settle().collect();
        settled.sort();
        let of = |trace: &str, span: &str| settled.iter().find(|(t, s, _)| t == trace && s == span).unwrap().2;
        let told: Vec<_> = ["root", "tool", "input", "below", "deep", "back", "orphan", "a", "b"].map(|span| of("t", span)).into();
        let (kept, gone) = (Some(false), Some(true));
        assert_eq!(told, [kept, kept, gone, gone, gone, kept, None, None, None]);
        assert_eq!(of("u", "deep"), None);
    }
}
