//! The level that Loki finds in a record (`detected_level`; Grafana Loki 3, distributor, `field_detection.go`). Border: one record.

/// Labels that name a level, the first that is there stands.
const LABELS: [&str; 12] =
    ["level", "LEVEL", "Level", "Severity", "SEVERITY", "severity", "lvl", "LVL", "Lvl", "severity_text", "Severity_Text", "SEVERITY_TEXT"];

/// The level of a record with these labels and this line.
pub(super) fn detect<'a>(labels: impl Iterator<Item = (&'a str, &'a str)> + Clone, line: &str) -> &'static str {
    let named = |wanted: &str| labels.clone().find(|(name, _)| *name == wanted).map(|(_, value)| value);
    if let Some(text) = LABELS.iter().find_map(|label| named(label)) {
        return known(text).unwrap_or("unknown");
    }
    if let Some(number) = named("severity_number") {
        return match number.parse::<i64>() {
            Ok(1..=4) => "trace",
            Ok(5..=8) => "debug",
            Ok(9..=12) => "info",
            Ok(13..=16) => "warn",
            Ok(17..=20) => "error",
            Ok(21..=24) => "fatal",
            Ok(_) => "unknown",
            Err(_) => "info",
        };
    }
    in_line(line)
}

fn known(text: &str) -> Option<&'static str> {
    Some(match text.to_ascii_lowercase().as_str() {
        "trace" | "trc" => "trace",
        "debug" | "dbg" => "debug",
        "info" | "inf" | "information" => "info",
        "warn" | "wrn" | "warning" => "warn",
        "error" | "err" => "error",
        "critical" => "critical",
        "fatal" => "fatal",
        _ => return None,
    })
}

fn in_line(line: &str) -> &'static str {
    let trimmed = line.trim_start();
    if trimmed.starts_with('{') {
        if let Ok(serde_json::Value::Object(fields)) = serde_json::from_str(trimmed) {
            let level = LABELS.iter().find_map(|label| fields.get(*label)).and_then(|v| v.as_str());
            if let Some(level) = level.and_then(known) {
                return level;
            }
            return by_words(line);
        }
    } else if let Some(level) = LABELS.iter().find_map(|label| logfmt(line, label)).and_then(known) {
        return level;
    }
    by_words(line)
}

/// The value of a key in a line of `key=value` pairs.
fn logfmt<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.split_whitespace().find_map(|pair| pair.strip_prefix(key)?.strip_prefix('=')).map(|value| value.trim_matches('"'))
}

fn by_words(line: &str) -> &'static str {
    let has = |words: &[&str]| words.iter().any(|word| line.contains(word));
    if has(&["info:", "INFO:", "info", "INFO"]) {
        "info"
    } else if has(&["err:", "ERR:", "error", "ERROR"]) {
        "error"
    } else if has(&["warn:", "WARN:", "warning", "WARNING"]) {
        "warn"
    } else if has(&["CRITICAL:", "critical:"]) {
        "critical"
    } else if has(&["debug:", "DEBUG:"]) {
        "debug"
    } else {
        "unknown"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_then_numbers_then_lines() {
        let level = |labels: &[(&'static str, &'static str)], line| detect(labels.iter().copied(), line);
        assert_eq!(level(&[("severity_text", "Info"), ("severity_number", "17")], ""), "info");
        assert_eq!(level(&[("severity_number", "17")], "info"), "error");
        assert_eq!(level(&[], r#"{"level":"warning"}"#), "warn");
        assert_eq!(level(&[], "ts=1 level=debug msg=x"), "debug");
        assert_eq!((level(&[], "an error here"), level(&[], "nothing")), ("error", "unknown"));
    }
}
