//! The timeline for a reader: a head that says what the run was, then a line an entry with its offset since the start and its bar.
//! Border: letters; texts from outside reach the terminal harmless and on one line.

mod paint;

use super::entry::{Entry, Kind};
use super::waterfall::{self, Bar, Stretch};
use super::{Run, Timeline};
use crate::render::{self, cut, neutral, time, usd};

/// Categories of time named in a turn's last line.
const CATEGORIES: usize = 6;
/// Width of an offset.
const OFFSET: usize = 12;
/// Width of the word for a kind.
const WORD: usize = 10;

pub(super) fn lines(timeline: &Timeline, width: Option<usize>, colour: bool) -> String {
    let root = &timeline.runs[0];
    let mut out = String::new();
    let mut write = |text: &str| {
        out += text.trim_end();
        out.push('\n');
    };
    let whole = |text: &str| width.map_or_else(|| text.to_owned(), |w| cut(text, w));
    for line in head(root, timeline.runs.len() - 1) {
        write(&whole(&line));
    }
    for stretch in waterfall::stretches(timeline) {
        write(&whole(&scale(&stretch)));
        for bar in &stretch.bars {
            let entry = bar.entry();
            let said = if entry.kind == Kind::Time { shares(&bar.entries) } else { said(entry) };
            write(&paint::painted(&whole(&line(bar, root.start, &said)), bar, colour));
        }
    }
    out
}

/// The line above a stretch: what its bars' width stands for.
fn scale(stretch: &Stretch<'_>) -> String {
    if stretch.length == 0 {
        return String::new();
    }
    let length = span(stretch.length);
    let rest = paint::WIDTH.saturating_sub(length.chars().count() + 1);
    format!("{:OFFSET$}  {length} {}", "", "─".repeat(rest))
}

pub(super) fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Conversation => "started",
        Kind::Turn => "TURN",
        Kind::Prompt => "prompt",
        Kind::ModelCall => "model",
        Kind::ToolCall => "tool",
        Kind::Time => "time",
        Kind::Gap => "idle",
    }
}

fn line(bar: &Bar<'_>, start: Option<i64>, said: &str) -> String {
    let entry = bar.entry();
    let offset = entry.time.zip(start).map_or_else(|| "?".to_owned(), |(t, s)| clock(t.saturating_sub(s)));
    let indent = "  ".repeat(usize::try_from(entry.depth).unwrap_or(0));
    let mark = if bar.critical { '*' } else { ' ' };
    format!("{offset:>OFFSET$}  {} {mark} {indent}{:<WORD$}{said}", paint::drawn(bar), word(entry.kind))
}

pub(super) fn head(run: &Run, others: usize) -> Vec<String> {
    let get = |name: &str| run.row.get(name).map(|t| neutral(t));
    let list = |parts: Vec<Option<String>>| parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let with = |label: &str, name: &str| get(name).map(|value| format!("{label} {value}"));
    let mut lines = vec![format!("{} ({})", neutral(&run.id), get("kind").unwrap_or_else(|| "?".to_owned()))];
    let version = list(vec![Some([get("agent"), get("agent_version")].into_iter().flatten().collect::<Vec<_>>().join(" ")), get("models")]);
    lines.push(list(vec![Some(version), with("reasoning", "reasoning_effort"), with("from", "originator")]));
    lines.push(list(vec![
        with("user", "user_id"),
        with("environment", "environment"),
        with("approval", "approval_policy"),
        with("sandbox", "sandbox_policy"),
    ]));
    lines.push(list(vec![with("MCP servers", "mcp_servers")]));
    lines.push(list(vec![
        run.start.map(|ns| time(ns)[..23].replace('T', " ") + "Z"),
        run.wall_ns.map(|ns| format!("{} from first to last record", span(ns))),
        run.active_ns.map(|ns| format!("{} in turns", span(ns))),
        run.turns.map(|n| counted(n, "turn")),
        Some(others).filter(|n| *n > 0).map(|n| format!("{} started by it", counted(n as i64, "conversation"))),
    ]));
    let [input, cached, output, reasoning, total] = run.tokens;
    lines
        .push(list(vec![Some(tokens([input, cached, output, reasoning, total])).filter(|t| !t.is_empty()), cost(run.cost_nanousd, run.lower_bound)]));
    if let Some(parent) = &run.parent {
        lines.push(format!("started by {}", neutral(parent)));
    }
    lines.retain(|l| !l.is_empty());
    lines
}

/// What there is to say of an entry.
pub(super) fn said(entry: &Entry) -> String {
    let outcome = entry.outcome.clone();
    let took = entry.duration_ns.map(span);
    let name = entry.name.as_deref().map(neutral);
    let spent = Some(tokens([entry.input_tokens, entry.cached_input_tokens, entry.output_tokens, entry.reasoning_tokens, entry.total_tokens]));
    let ttft = entry.ttft_ns.map(|ns| format!("first token after {}", span(ns)));
    let failure = || {
        let class = entry.error_type.clone().filter(|t| entry.outcome.as_ref() != Some(t));
        let status = entry.http_status.filter(|s| *s >= 400).map(|s| format!("http {s}"));
        let lost = entry.lost_ns.map(|ns| format!("cost {}", span(ns)));
        vec![class, status, lost, entry.error.as_deref().map(first_line)]
    };
    let parts: Vec<Option<String>> = match entry.kind {
        Kind::Conversation => vec![
            Some(neutral(&entry.conversation_id)),
            name,
            entry.model.as_deref().map(neutral),
            took,
            entry.total_tokens.map(|n| format!("{} tokens", thousands(n))),
            cost(entry.cost_nanousd, false),
        ],
        Kind::Turn => {
            let took = took.map(|t| if entry.estimated == Some(true) { format!("{t} (estimated)") } else { t });
            let number = entry.turn_index.map_or_else(|| "?".to_owned(), |n| n.to_string());
            vec![Some(number), outcome, took, ttft, spent, cost(entry.cost_nanousd, false)]
        }
        Kind::Prompt => {
            let length = entry.prompt_chars.map(|n| format!("{} characters", thousands(n)));
            let hidden = entry.redacted.filter(|r| *r).map(|_| "redacted".to_owned());
            vec![entry.content.as_deref().map(|t| format!("\"{}\"", first_line(t))), hidden, length]
        }
        Kind::ModelCall => {
            let attempt = entry.attempt.filter(|n| *n > 0).map(|n| format!("attempt {n}"));
            let mut parts = vec![name, outcome, attempt, ttft, spent, cost(entry.cost_nanousd, false)];
            parts.extend(failure());
            parts
        }
        Kind::ToolCall => {
            let name = name.map(|n| entry.mcp_server.as_deref().map_or(n.clone(), |server| format!("{}/{n}", neutral(server))));
            let exit = entry.exit_code.map(|n| format!("exit {n}"));
            let waited = entry.wait_ns.map(|ns| format!("waited {}", span(ns)));
            let by = entry.decision_source.as_deref().map_or(String::new(), |s| format!(" by {}", neutral(s)));
            let refused = matches!(entry.outcome.as_deref(), Some("denied" | "aborted"));
            let decided = entry.decision.as_deref().map(|d| format!("{}{by}", neutral(d))).or_else(|| refused.then(|| "no decision".to_owned()));
            let ran = entry.content.as_deref().map(|t| format!("$ {}", first_line(t)));
            let mut parts = vec![name, outcome, exit, took, waited, decided, ran];
            parts.extend(failure().into_iter().filter(|_| entry.outcome.as_deref() != Some("ok")));
            parts
        }
        Kind::Gap => vec![took, Some("until the next prompt".to_owned())],
        Kind::Time => Vec::new(),
    };
    parts.into_iter().flatten().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("  ")
}

/// Where the time of a turn went, the greatest first.
pub(super) fn shares(of_turn: &[&Entry]) -> String {
    let total: i64 = of_turn.iter().filter_map(|e| e.duration_ns).sum();
    let share = |e: &&Entry| {
        let ns = e.duration_ns.filter(|n| *n > 0 && total > 0)?;
        Some(format!("{} {:.0} % ({})", neutral(e.name.as_deref().unwrap_or("?")), ns as f64 * 100.0 / total as f64, span(ns)))
    };
    let estimated = of_turn.iter().any(|e| e.estimated == Some(true)).then(|| "partly estimated".to_owned());
    of_turn.iter().take(CATEGORIES).filter_map(share).chain(estimated).collect::<Vec<_>>().join("  ")
}

fn tokens([input, cached, output, reasoning, total]: [Option<i64>; 5]) -> String {
    let Some(total) = total else { return String::new() };
    let part = |n: Option<i64>, word: &str| n.map(|n| format!("{} {word}", thousands(n)));
    let of = |inside: Option<String>| inside.map_or(String::new(), |t| format!(" ({t})"));
    let input = part(input, "in").map(|t| t + &of(cached.filter(|n| *n > 0).and_then(|n| part(Some(n), "cached"))));
    let output = part(output, "out").map(|t| t + &of(reasoning.filter(|n| *n > 0).and_then(|n| part(Some(n), "reasoning"))));
    let parts = [input, output].into_iter().flatten().collect::<Vec<_>>().join(", ");
    format!("{} tokens{}", thousands(total), if parts.is_empty() { parts } else { format!(": {parts}") })
}

fn cost(nanousd: Option<i64>, lower_bound: bool) -> Option<String> {
    nanousd.map(|n| format!("{}{} USD", if lower_bound { "at least " } else { "" }, usd(n).trim_end_matches('0').trim_end_matches('.')))
}

fn thousands(n: i64) -> String {
    render::thousands(&n.to_string())
}

fn counted(n: i64, noun: &str) -> String {
    format!("{} {noun}{}", thousands(n), if n == 1 { "" } else { "s" })
}

fn first_line(text: &str) -> String {
    let line = text.lines().find(|l| !l.trim().is_empty()).unwrap_or_default();
    let more = text.trim_end().lines().count() > 1;
    format!("{}{}", neutral(line), if more { " …" } else { "" })
}

/// A length of time, with three digits that count.
pub(crate) fn span(ns: i64) -> String {
    let seconds = ns as f64 / 1e9;
    let minutes = ns.div_euclid(60_000_000_000);
    match ns {
        0 => "0 ms".to_owned(),
        ..1_000_000 => format!("{:.2} ms", seconds * 1e3),
        1_000_000..1_000_000_000 => format!("{:.0} ms", seconds * 1e3),
        1_000_000_000..60_000_000_000 => format!("{seconds:.1} s"),
        60_000_000_000..3_600_000_000_000 => format!("{minutes} min {:02} s", ns.div_euclid(1_000_000_000) % 60),
        _ => format!("{} h {:02} min", minutes / 60, minutes % 60),
    }
}

/// An offset as hours, minutes and seconds.
pub(super) fn clock(ns: i64) -> String {
    let sign = if ns < 0 { '-' } else { '+' };
    let ms = ns.unsigned_abs() / 1_000_000;
    let (minutes, seconds) = (ms / 60_000, format!("{:02}.{:03}", ms / 1000 % 60, ms % 1000));
    if minutes < 60 { format!("{sign}{minutes}:{seconds}") } else { format!("{sign}{}:{:02}:{seconds}", minutes / 60, minutes % 60) }
}

#[cfg(test)]
mod tests {
    use super::{clock, span};

    #[test]
    fn times_for_the_eye() {
        for (ns, want) in [
            (0, "0 ms"),
            (999_000, "1.00 ms"),
            (12_345_678, "12 ms"),
            (1_234_567_890, "1.2 s"),
            (61_000_000_000, "1 min 01 s"),
            (7_260_000_000_000, "2 h 01 min"),
        ] {
            assert_eq!(span(ns), want);
        }
        for (ns, want) in [(0, "+0:00.000"), (61_234_000_000, "+1:01.234"), (3_661_000_000_000, "+1:01:01.000"), (-1_500_000_000, "-0:01.500")] {
            assert_eq!(clock(ns), want);
        }
    }
}
