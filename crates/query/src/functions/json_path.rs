//! A path into a JSON text: `$.a`, `$."a.b"`, `$['a.b']`, `$[0]`, `$[-1]`, one after another. Border: no wildcards, filters or slices.

use serde_json::Value;

/// One step down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// To the value of a key.
    Key(String),
    /// To an element, from 0; a negative one counts from the end.
    Index(i64),
    /// To an element where there is a list, else to the value of a key.
    Either(String, i64),
}

/// The steps of a path; `None` where it is none.
pub(crate) fn parse(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.trim().strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let (key, left) = match after.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?,
                None => after.split_at(after.find(['.', '[']).unwrap_or(after.len())),
            };
            if key.is_empty() || key == "*" {
                return None;
            }
            steps.push(Step::Key(key.to_owned()));
            rest = left;
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
                    (Step::Index(index.strip_prefix('#').unwrap_or(index).parse().ok()?), left)
                }
            };
            steps.push(step);
            rest = left;
        }
    }
    Some(steps)
}

/// The value at the path.
pub(crate) fn find<'a>(value: &'a Value, steps: &[Step]) -> Option<&'a Value> {
    let element = |list: &'a [Value], n: i64| {
        let at = if n < 0 { list.len() as i64 + n } else { n };
        list.get(usize::try_from(at).ok()?)
    };
    steps.iter().try_fold(value, |v, step| match (step, v) {
        (Step::Key(key), v) => v.get(key),
        (Step::Index(n) | Step::Either(_, n), Value::Array(list)) => element(list, *n),
        (Step::Either(key, _), v) => v.get(key),
        (Step::Index(_), _) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found() {
        let value: Value = serde_json::from_str(r#"{"a":{"b.c":[1,"two",null,{"d":9007199254740993}]},"e":true}"#).unwrap();
        for (path, want) in [
            ("$.a['b.c'][1]", Some(r#""two""#)),
            ("$.a[\"b.c\"][0]", Some("1")),
            ("$.a.\"b.c\"[-1].d", Some("9007199254740993")),
            ("$.a['b.c'][2]", Some("null")),
            ("$.a['b.c'][#-1]", Some(r#"{"d":9007199254740993}"#)),
            ("$.e", Some("true")),
            ("$", Some(r#"{"a":{"b.c":[1,"two",null,{"d":9007199254740993}]},"e":true}"#)),
            ("$.nothing", None),
            ("$[0]", None),
            ("$.a['b.c'][9]", None),
        ] {
            assert_eq!(find(&value, &parse(path).unwrap()).map(Value::to_string).as_deref(), want, "{path}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for path in ["", "a", "$a", "$.", "$[x]", "$['a]", "$[0", "$.*", "$[*]", "$.\"a"] {
            assert_eq!(parse(path), None, "{path}");
        }
    }
}
