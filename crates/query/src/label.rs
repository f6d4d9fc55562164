//! `--by label.NAME`: the column made of one label, of a metric's points or of a conversation. Border: from the text of `labels` to a column;
//! what is grouped by it is the report's.

use std::collections::HashMap;

use polars::prelude::*;

/// What `--by` calls any label in a report's header.
pub(crate) const ANY: &str = "label.NAME";
/// The column that has all labels of a point or a conversation.
pub(crate) const LABELS: &str = "labels";

/// The label that a word of `--by` names; `None` for a word that names none.
pub(crate) fn named(word: &str) -> Option<&str> {
    word.strip_prefix("label.").filter(|name| !name.is_empty())
}

/// The result column of a label: `label_http_status` for `http.status`, so that SQL needs no quotes.
pub(crate) fn column(label: &str) -> String {
    let letters = label.chars().map(|c| if c.is_alphanumeric() { c } else { '_' });
    "label_".chars().chain(letters).collect()
}

/// The label's value in each row's labels: a text bare, anything else as JSON; null where a row has no such label.
pub(crate) fn values(label: &str) -> Expr {
    let label = label.to_owned();
    let read = move |labels: Column| {
        // points share few sets of labels
        let mut known: HashMap<&str, Option<String>> = HashMap::new();
        let texts = labels.str()?;
        let values: StringChunked = texts.iter().map(|text| known.entry(text?).or_insert_with_key(|text| value(text, &label)).clone()).collect();
        Ok(values.with_name(labels.name().clone()).into_column())
    };
    col(LABELS).map(read, |_, field| Ok(field.clone()))
}

fn value(labels: &str, label: &str) -> Option<String> {
    let labels: serde_json::Value = serde_json::from_str(labels).ok()?;
    match labels.get(label)? {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_labels() {
        assert_eq!((named("label.app.version"), named("label."), named("labels")), (Some("app.version"), None, None));
        assert_eq!(column("app.version"), "label_app_version");
    }

    #[test]
    fn values_are_found_by_their_whole_name() {
        let texts = [Some(r#"{"a.b":"x","a":{"b":"y"},"n":200,"ok":true,"none":null}"#), Some("no json"), None, Some(r#"{"a.b":""}"#)];
        let frame = DataFrame::new(texts.len(), vec![Column::new(LABELS.into(), texts)]).unwrap();
        let of = |label: &str| {
            let got = frame.clone().lazy().select([values(label)]).collect().unwrap();
            got.columns()[0].str().unwrap().iter().map(|v| v.map(str::to_owned)).collect::<Vec<_>>()
        };
        assert_eq!(of("a.b"), [Some("x".to_owned()), None, None, Some(String::new())]);
        assert_eq!((of("n")[0].as_deref(), of("ok")[0].as_deref(), of("none")[0].as_deref()), (Some("200"), Some("true"), None));
    }
}
