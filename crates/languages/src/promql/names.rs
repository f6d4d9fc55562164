//! The names that Prometheus gives OTLP metrics and attributes (Prometheus 3, `otlp.translation_strategy`; the rules of
//! `prometheus/otlptranslator`). Border: names; which series have them is known elsewhere.

/// A translation strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spelling {
    /// Characters outside `[a-zA-Z0-9_:]` become `_`.
    pub escaped: bool,
    /// Unit and type are appended.
    pub suffixed: bool,
}

/// All four, the default first: `UnderscoreEscapingWithSuffixes`, `NoTranslation`, `UnderscoreEscapingWithoutSuffixes`,
/// `NoUTF8EscapingWithSuffixes`.
pub(crate) const SPELLINGS: [Spelling; 4] = [
    Spelling { escaped: true, suffixed: true },
    Spelling { escaped: false, suffixed: false },
    Spelling { escaped: true, suffixed: false },
    Spelling { escaped: false, suffixed: true },
];

/// What a metric is, as far as its name shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A monotonic sum: `_total`.
    Counter,
    /// A gauge: `_ratio` where its unit is 1.
    Gauge,
    /// Everything else.
    Other,
}

const UNITS: [(&str, &str); 24] = [
    ("d", "days"),
    ("h", "hours"),
    ("min", "minutes"),
    ("s", "seconds"),
    ("ms", "milliseconds"),
    ("us", "microseconds"),
    ("ns", "nanoseconds"),
    ("By", "bytes"),
    ("KiBy", "kibibytes"),
    ("MiBy", "mebibytes"),
    ("GiBy", "gibibytes"),
    ("TiBy", "tibibytes"),
    ("KBy", "kilobytes"),
    ("MBy", "megabytes"),
    ("GBy", "gigabytes"),
    ("TBy", "terabytes"),
    ("m", "meters"),
    ("V", "volts"),
    ("A", "amperes"),
    ("J", "joules"),
    ("W", "watts"),
    ("g", "grams"),
    ("Cel", "celsius"),
    ("Hz", "hertz"),
];

const PER: [(&str, &str); 7] = [("s", "second"), ("m", "minute"), ("h", "hour"), ("d", "day"), ("w", "week"), ("mo", "month"), ("y", "year")];

/// The words that a unit adds to a name.
fn unit_words(unit: &str) -> Vec<String> {
    let (main, per) = unit.split_once('/').unwrap_or((unit, ""));
    let word = |unit: &str, known: &[(&str, &str)]| {
        let unit = unit.trim();
        if unit.is_empty() || unit.contains(['{', '}']) {
            return None;
        }
        let word = match (known.iter().find(|(u, _)| *u == unit), unit) {
            (Some((_, word)), _) => (*word).to_string(),
            (None, "1") => return None,
            (None, "%") => "percent".to_string(),
            (None, other) => tokens(other).join("_"),
        };
        (!word.is_empty()).then_some(word)
    };
    let mut words: Vec<String> = word(main, &UNITS).into_iter().collect();
    words.extend(word(per, &PER).map(|per| format!("per_{per}")));
    words
}

fn tokens(name: &str) -> Vec<&str> {
    name.split(|c: char| !(c.is_ascii_alphanumeric() || c == ':')).filter(|t| !t.is_empty()).collect()
}

/// A metric's name.
pub(crate) fn metric(spelling: Spelling, name: &str, unit: &str, kind: Kind) -> String {
    let end = match kind {
        Kind::Counter => Some("total"),
        Kind::Gauge if unit == "1" => Some("ratio"),
        _ => None,
    };
    let mut made = match (spelling.escaped, spelling.suffixed) {
        (false, false) => return name.to_string(),
        (true, false) => name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' || c == ':' { c } else { '_' }).collect(),
        (true, true) => {
            let mut words: Vec<&str> = tokens(name);
            let units = unit_words(unit);
            for unit in &units {
                if !unit.split('_').all(|part| words.contains(&part)) {
                    words.push(unit);
                }
            }
            if let Some(end) = end {
                words.retain(|w| *w != end);
                words.push(end);
            }
            words.join("_")
        }
        (false, true) => {
            let mut name = name.to_string();
            for word in unit_words(unit).iter().map(String::as_str).chain(end) {
                let bare = name.strip_suffix(word).map(|n| n.trim_end_matches(['_', '.']).to_string());
                name = format!("{}_{word}", bare.unwrap_or(name));
            }
            name
        }
    };
    if spelling.escaped && made.starts_with(|c: char| c.is_ascii_digit()) {
        made.insert(0, '_');
    }
    made
}

/// A label's name.
pub(crate) fn label(spelling: Spelling, attribute: &str) -> String {
    if !spelling.escaped {
        return attribute.to_string();
    }
    let mut name: String = attribute.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert_str(0, "key_");
    } else if name.starts_with('_') && !name.starts_with("__") {
        name.insert_str(0, "key");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_spellings() {
        let all = |name, unit, kind| SPELLINGS.map(|s| metric(s, name, unit, kind));
        assert_eq!(
            all("codex.tool.call", "", Kind::Counter),
            ["codex_tool_call_total", "codex.tool.call", "codex_tool_call", "codex.tool.call_total"]
        );
        assert_eq!(all("a.b_ms", "ms", Kind::Other)[0], "a_b_ms_milliseconds");
        assert_eq!(all("x.seconds", "s", Kind::Other), ["x_seconds", "x.seconds", "x_seconds", "x_seconds"]);
        assert_eq!(all("cost.usage", "USD", Kind::Counter)[0], "cost_usage_USD_total");
        assert_eq!(all("use", "1", Kind::Gauge)[0], "use_ratio");
        assert_eq!(all("speed", "By/s", Kind::Gauge)[0], "speed_bytes_per_second");
        assert_eq!(all("gen_ai.client.token.usage", "{token}", Kind::Other)[0], "gen_ai_client_token_usage");
        assert_eq!(all("n.total.x", "1", Kind::Counter)[0], "n_x_total");
    }

    #[test]
    fn labels() {
        assert_eq!(label(SPELLINGS[0], "http.method"), "http_method");
        assert_eq!(label(SPELLINGS[1], "http.method"), "http.method");
        assert_eq!((label(SPELLINGS[0], "9x"), label(SPELLINGS[0], "_x")), ("key_9x".into(), "key_x".into()));
    }
}
