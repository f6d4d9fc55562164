//! A path into a JSON text: `$.a`, `$['a.b']`, `$[0]`, one after another. Border: no wildcards, filters or slices.

use serde_json::Value;

/// One step down.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// The steps of a path; `None` where it is none.
pub(super) fn parse(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.trim().strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (key, left) = after.split_at(end);
            steps.push(Step::Key(key.to_owned()));
            rest = left;
            if key.is_empty() {
                return None;
            }
        } else {
            let inside = rest.strip_prefix('[')?;
            let quote = inside.chars().next().filter(|c| matches!(c, '\'' | '"'));
            let (step, left) = match quote {
                Some(quote) => {
                    let (key, left) = inside[1..].split_once(quote)?;
                    (Step::Key(key.to_owned()), left.strip_prefix(']')?)
                }
                None => {
                    let (index, left) = inside.split_once(']')?;
                    (Step::Index(index.parse().ok()?), left)
                }
            };
            steps.push(step);
            rest = left;
        }
    }
    Some(steps)
}

/// The value at the path as text: a string bare, anything else as JSON; `None` for null, for nothing and for what is no JSON.
pub(super) fn get(text: &str, steps: &[Step]) -> Option<String> {
    let value: Value = serde_json::from_str(text).ok()?;
    let found = steps.iter().try_fold(&value, |v, step| match step {
        Step::Key(key) => v.get(key),
        Step::Index(index) => v.get(index),
    })?;
    match found {
        Value::Null => None,
        Value::String(s) => Some(s.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found() {
        let text = r#"{"a":{"b.c":[1,"two",null,{"d":9007199254740993}]},"e":true}"#;
        for (path, want) in [
            ("$.a['b.c'][1]", Some("two")),
            ("$.a[\"b.c\"][0]", Some("1")),
            ("$.a['b.c'][2]", None),
            ("$.a['b.c'][3]", Some(r#"{"d":9007199254740993}"#)),
            ("$.a['b.c'][3].d", Some("9007199254740993")),
            ("$.e", Some("true")),
            ("$.nothing", None),
            ("$[0]", None),
        ] {
            assert_eq!(get(text, &parse(path).unwrap()).as_deref(), want, "{path}");
        }
        assert_eq!(get("{\"cut\":\"of", &parse("$.cut").unwrap()), None);
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for path in ["", "a", "$a", "$.", "$[x]", "$['a]", "$[0"] {
            assert_eq!(parse(path), None, "{path}");
        }
    }
}
