//! Two answers to one question, the live system's and ours: whether they say the same. Order counts where the language gives one only;
//! numbers are the same to ten digits, because sums are taken in another order.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// How ours stands to the live system's.
#[derive(Debug)]
#[expect(dead_code, reason = "what differs is read where a test fails")]
pub(super) enum Verdict {
    /// The same, or both refuse.
    Same,
    /// We refuse what it answers.
    Refused(String),
    /// Both answer, or it refuses what we answer; with what differs first.
    Different(String),
}

/// Holds our answer to a question against the recorded one.
pub(super) fn compare(system: &str, asked: &Value, ours: &Result<Value, String>) -> Verdict {
    let told = match (&asked["error"], ours) {
        (Value::Null, Ok(ours)) => (&asked["answer"], ours),
        (Value::Null, Err(error)) => return Verdict::Refused(error.clone()),
        (_, Err(_)) => return Verdict::Same,
        (error, Ok(_)) => return Verdict::Different(format!("live: {error}")),
    };
    let differs = match system {
        "tempo" if asked["endpoint"] == "search" => traces(asked, told.0, told.1),
        "tempo" => series(&told.0["series"], &told.1["series"]),
        _ => data(&told.0["data"], &told.1["data"]),
    };
    differs.map_or(Verdict::Same, Verdict::Different)
}

/// The `data` of Loki's and Prometheus' API.
fn data(live: &Value, ours: &Value) -> Option<String> {
    let kind = live["resultType"].as_str().unwrap_or_default();
    if live["resultType"] != ours["resultType"] {
        return Some(format!("{} instead of {}", ours["resultType"], live["resultType"]));
    }
    match kind {
        "streams" => first_difference(&records(&live["result"]), &records(&ours["result"])),
        "scalar" | "string" => (!alike(&live["result"], &ours["result"])).then(|| format!("{} instead of {}", ours["result"], live["result"])),
        _ => first_difference(&by_labels(&live["result"]), &by_labels(&ours["result"])),
    }
}

/// The records of all streams: time, line, all labels, and the labels by category where they are told apart; sorted.
fn records(streams: &Value) -> Vec<(String, Value)> {
    let mut records = Vec::new();
    for stream in streams.as_array().into_iter().flatten() {
        for value in stream["values"].as_array().into_iter().flatten() {
            let mut labels: BTreeMap<String, Value> = stream["stream"].as_object().unwrap().clone().into_iter().collect();
            for part in value[2].as_object().into_iter().flatten() {
                labels.extend(part.1.as_object().into_iter().flatten().map(|(name, v)| (format!("{}.{name}", part.0), v.clone())));
            }
            records.push((format!("{} {}", value[0], json!(labels)), value[1].clone()));
        }
    }
    records.sort_by(|a, b| (&a.0, a.1.as_str()).cmp(&(&b.0, b.1.as_str())));
    records
}

/// Series of numbers and of histograms by their labels, sorted.
fn by_labels(series: &Value) -> Vec<(String, Value)> {
    let mut rows: Vec<(String, Value)> = Vec::new();
    for one in series.as_array().into_iter().flatten() {
        let labels: BTreeMap<&String, &Value> = one["metric"].as_object().unwrap().iter().collect();
        let values = ["value", "values", "histogram", "histograms"].map(|k| one[k].clone());
        rows.push((json!(labels).to_string(), json!(values)));
    }
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows
}

/// Series of TraceQL metrics.
fn series(live: &Value, ours: &Value) -> Option<String> {
    let rows = |series: &Value| {
        let mut rows: Vec<(String, Value)> = Vec::new();
        for one in series.as_array().into_iter().flatten() {
            let mut labels: Vec<String> = one["labels"].as_array().into_iter().flatten().map(Value::to_string).collect();
            labels.sort();
            // what is zero is left out of JSON by Tempo
            let mut samples: Vec<Value> = one["samples"].as_array().cloned().unwrap_or_default();
            for sample in &mut samples {
                let value = sample["value"].as_f64().unwrap_or(0.0);
                sample["value"] = json!(value);
            }
            samples.retain(|s| s["value"] != json!(0.0));
            rows.push((labels.join(","), json!([one["value"].as_f64().unwrap_or(0.0), samples])));
        }
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        rows
    };
    first_difference(&rows(live), &rows(ours))
}

/// The traces of a search. Ours has all of them and all of their spans; where the live search stopped at its limit, its traces must be among ours,
/// and where it shows some spans of a set only, they must be among that set.
fn traces(asked: &Value, live: &Value, ours: &Value) -> Option<String> {
    let by_id = |answer: &Value| -> BTreeMap<String, Value> {
        let traces = answer["traces"].as_array().cloned().unwrap_or_default();
        traces.into_iter().map(|t| (format!("{:0>32}", t["traceID"].as_str().unwrap()), t)).collect()
    };
    let (live, ours) = (by_id(live), by_id(ours));
    if asked["limit_reached"] != json!(true) && live.len() != ours.len() {
        return Some(format!("{} traces instead of {}", ours.len(), live.len()));
    }
    for (id, theirs) in &live {
        let Some(mine) = ours.get(id) else { return Some(format!("trace {id} is missing")) };
        for key in ["rootServiceName", "rootTraceName", "startTimeUnixNano", "durationMs"] {
            if theirs[key] != mine[key] {
                return Some(format!("trace {id}: {key} is {} instead of {}", mine[key], theirs[key]));
            }
        }
        if let Some(differs) = sets(&theirs["spanSets"], &mine["spanSets"]) {
            return Some(format!("trace {id}: {differs}"));
        }
    }
    None
}

fn sets(live: &Value, ours: &Value) -> Option<String> {
    let sorted = |sets: &Value| {
        let mut sets = sets.as_array().cloned().unwrap_or_default();
        sets.sort_by_key(|set| set["attributes"].to_string());
        sets
    };
    let (live, ours) = (sorted(live), sorted(ours));
    if live.len() != ours.len() {
        return Some(format!("{} sets instead of {}", ours.len(), live.len()));
    }
    for (theirs, mine) in live.iter().zip(&ours) {
        if theirs["matched"] != mine["matched"] {
            return Some(format!("{} spans matched instead of {}", mine["matched"], theirs["matched"]));
        }
        if !alike(&theirs["attributes"], &mine["attributes"]) {
            return Some(format!("the set has {} instead of {}", mine["attributes"], theirs["attributes"]));
        }
        let spans = |set: &Value| -> BTreeMap<String, Value> {
            set["spans"].as_array().into_iter().flatten().map(|s| (s["spanID"].as_str().unwrap().to_owned(), span(s))).collect()
        };
        let all = spans(mine);
        for (id, told) in spans(theirs) {
            match all.get(&id) {
                None => return Some(format!("span {id} is missing")),
                Some(found) if !alike(&told, found) => return Some(format!("span {id} is {found} instead of {told}")),
                Some(_) => {}
            }
        }
    }
    None
}

/// A span with its attributes in the order of their names.
fn span(span: &Value) -> Value {
    let mut span = span.clone();
    if let Some(attributes) = span.get_mut("attributes").and_then(Value::as_array_mut) {
        attributes.sort_by_key(|a| a["key"].to_string());
    }
    span
}

fn first_difference(live: &[(String, Value)], ours: &[(String, Value)]) -> Option<String> {
    for (theirs, mine) in live.iter().zip(ours) {
        if theirs.0 != mine.0 {
            return Some(format!("{} against the live {}", cut(&mine.0), cut(&theirs.0)));
        }
        if !alike(&theirs.1, &mine.1) {
            return Some(format!("{} is {} instead of {}", cut(&theirs.0), cut(&mine.1.to_string()), cut(&theirs.1.to_string())));
        }
    }
    (live.len() != ours.len()).then(|| format!("{} rows instead of {}", ours.len(), live.len()))
}

fn cut(text: &str) -> String {
    text.chars().take(600).collect()
}

/// Equal, numbers (also those written as text) to ten digits.
fn alike(a: &Value, b: &Value) -> bool {
    let number = |v: &Value| v.as_f64().or_else(|| v.as_str()?.parse::<f64>().ok());
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b)),
        (Value::Object(a), Value::Object(b)) => a.len() == b.len() && a.iter().all(|(k, v)| b.get(k).is_some_and(|w| alike(v, w))),
        _ => match (number(a), number(b)) {
            (Some(a), Some(b)) => a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-10 * a.abs().max(b.abs()),
            _ => a == b,
        },
    }
}
