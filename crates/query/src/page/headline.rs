//! The figures at the top, each against the period before and the mean of the seven before. Border: sums of reports; no figure is made here
//! that a report has not.

use super::ask::{Answers, Ask, Window};
use super::facts::{Facts, Series};
use super::section::{Change, Figure};
use super::words::{count, counted, percent, short, time, usd};
use crate::timeline::Cells;

/// Days in a figure's small picture.
const SPARK: usize = 30;

pub(super) fn asks() -> Vec<Ask> {
    let mut asks = vec![Ask::of("daily", Window::Lake), Ask::of("trends", Window::Lake), Ask::of("tooltrends", Window::Lake)];
    for window in [Window::Period, Window::Before, Window::Week] {
        asks.extend([daily(window), tools(window), secrets(window)]);
    }
    asks
}

fn secrets(window: Window) -> Ask {
    Ask::by("secrets", "kind", window)
}

pub(super) fn daily(window: Window) -> Ask {
    Ask::by("daily", "agent", window)
}

pub(super) fn tools(window: Window) -> Ask {
    Ask::by("tools", "agent", window)
}

/// Sums of a window.
#[derive(Debug, Clone, Copy)]
struct Sums<'f> {
    facts: &'f Facts<'f>,
    window: Window,
}

impl Sums<'_> {
    fn of(&self, column: &str) -> i64 {
        self.facts.sum(&daily(self.window), column).unwrap_or(0)
    }

    /// Failed calls, and calls of which it is known whether they failed.
    fn tools(&self) -> (i64, i64) {
        let sum = |column| self.facts.sum(&tools(self.window), column).unwrap_or(0);
        (sum("failed"), sum("ok") + sum("failed"))
    }
}

/// The figures of the period as they are, for who reads no page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headline {
    /// Conversations that a person or a script started.
    pub conversations: i64,
    /// Attempts at a model response.
    pub model_calls: i64,
    /// Of these: failed.
    pub errors: i64,
    /// Tool calls.
    pub tool_calls: i64,
    /// Of these: failed.
    pub tool_failures: i64,
    /// Tokens.
    pub total_tokens: i64,
    /// Cost, 10⁻⁹ USD; `None` where no call has a price.
    pub cost_nanousd: Option<i64>,
    /// Calls without a price: with any the cost is a lower bound.
    pub unpriced_calls: i64,
    /// Different secrets found, personal data not among them; `None` where they were not searched for.
    pub secrets: Option<i64>,
}

/// The figures of the period.
pub(super) fn headline(answers: &Answers) -> Headline {
    let known = |column: &str| answers.get(&daily(Window::Period)).and_then(|answer| answer.sum(column));
    let sum = |column: &str| known(column).unwrap_or(0);
    Headline {
        conversations: sum("conversations"),
        model_calls: sum("model_calls"),
        errors: sum("errors"),
        tool_calls: sum("tool_calls"),
        tool_failures: sum("tool_failures"),
        total_tokens: sum("total_tokens"),
        cost_nanousd: known("cost_nanousd"),
        unpriced_calls: sum("unpriced_calls"),
        secrets: found(answers, Window::Period, "secret", "secrets"),
    }
}

/// A column of what was found of a kind; `None` where nothing was searched for.
fn found(answers: &Answers, window: Window, kind: &str, column: &str) -> Option<i64> {
    let answer = answers.get(&secrets(window))?;
    Some(Cells::rows(answer).filter(|row| row.text("kind").as_deref() == Some(kind)).filter_map(|row| row.int(column)).sum())
}

pub(super) fn figures(facts: &Facts<'_>) -> Vec<Figure> {
    let [now, before, week] = [Window::Period, Window::Before, Window::Week].map(|window| Sums { facts, window });
    let stretches = facts.first_day().map_or(0, |day| facts.period.stretches_since(&day));
    let noun = facts.period.noun();
    // against a figure of the period before, and its mean over the stretches before
    let change = |of: &dyn Fn(&Sums<'_>) -> i64, rising_is_bad: bool| {
        let mean = (stretches > 0).then(|| of(&week) as f64 / stretches as f64);
        let before = (stretches > 0).then(|| of(&before) as f64);
        changes(of(&now) as f64, before, mean, (noun, stretches), rising_is_bad)
    };
    let rate = |of: &dyn Fn(&Sums<'_>) -> (i64, i64)| {
        let share = |sums: &Sums<'_>| Some(of(sums)).filter(|(_, all)| *all > 0).map(|(part, all)| part as f64 / all as f64);
        share(&now).map_or(Vec::new(), |share_now| points(share_now, share(&before), share(&week), noun))
    };
    let column = |name: &'static str| move |sums: &Sums<'_>| sums.of(name);
    let over_time = |report: &str, column: &str| spark(&facts.over_time(report, |_| String::new(), column));
    let (failed, judged) = now.tools();
    let errors = |sums: &Sums<'_>| (sums.of("errors"), sums.of("model_calls"));
    let unpriced = now.of("unpriced_calls");
    let known_cost = facts.sum(&daily(Window::Period), "cost_nanousd");
    let cost = known_cost.map_or_else(|| if now.of("model_calls") > 0 { "unknown".to_owned() } else { usd(0) }, usd);
    let share = |part: i64, all: i64| if all > 0 { percent(part as f64 / all as f64) } else { "–".to_owned() };
    vec![
        Figure {
            name: "Cost",
            value: if unpriced > 0 && known_cost.is_some() { format!("≥ {cost}") } else { cost },
            note: if unpriced > 0 { format!("lower bound: {} without a price", counted(unpriced, "call", "calls")) } else { String::new() },
            changes: change(&column("cost_nanousd"), true),
            spark: over_time("trends", "cost_nanousd"),
        },
        Figure {
            name: "Tokens",
            value: short(now.of("total_tokens")),
            note: format!("{} of the input from the cache", share(now.of("cached_input_tokens"), now.of("input_tokens"))),
            changes: change(&column("total_tokens"), true),
            spark: over_time("trends", "total_tokens"),
        },
        Figure {
            name: "Conversations",
            value: count(now.of("conversations")),
            note: format!(
                "{}; {} more of sub-agents and helpers",
                counted(now.of("prompts"), "prompt", "prompts"),
                count(now.of("other_conversations"))
            ),
            changes: change(&column("conversations"), false),
            spark: spark(&facts.over_time("daily", |_| String::new(), "conversations")),
        },
        Figure {
            name: "Model calls",
            value: short(now.of("model_calls")),
            note: format!("{} did not fail", count(now.of("model_calls") - now.of("errors"))),
            changes: change(&column("model_calls"), false),
            spark: over_time("trends", "calls"),
        },
        Figure {
            name: "Tool calls",
            value: short(now.of("tool_calls")),
            note: format!("{} to MCP servers", count(now.of("mcp_calls"))),
            changes: change(&column("tool_calls"), false),
            spark: over_time("tooltrends", "calls"),
        },
        Figure {
            name: "Time in turns",
            value: time(now.of("turn_ns")),
            note: counted(now.of("turns"), "turn", "turns"),
            changes: change(&column("turn_ns"), false),
            spark: spark(&facts.over_time("daily", |_| String::new(), "turn_ns")),
        },
        Figure {
            name: "Model calls failed",
            value: share(now.of("errors"), now.of("model_calls")),
            note: format!("{} failed, {} tried again", count(now.of("errors")), count(now.of("retried"))),
            changes: rate(&errors),
            spark: over_time("trends", "errors"),
        },
        Figure {
            name: "Tool calls failed",
            value: share(failed, judged),
            note: format!("{} of {}; {} refused or interrupted", count(failed), count(judged), count(now.of("tool_denied") + now.of("tool_aborted"))),
            changes: rate(&|sums| sums.tools()),
            spark: over_time("tooltrends", "failed"),
        },
        Figure {
            name: "Decided by people",
            value: count(now.of("approvals")),
            note: format!("tool calls, which waited {}", time(now.of("wait_ns"))),
            changes: change(&column("approvals"), false),
            spark: spark(&facts.over_time("daily", |_| String::new(), "approvals")),
        },
        secrets_found(facts, noun),
    ]
}

fn secrets_found(facts: &Facts<'_>, noun: &str) -> Figure {
    let of = |window, kind, column| found(facts.answers, window, kind, column);
    let now = of(Window::Period, "secret", "secrets");
    let note = |places: i64| format!("in {}; personal data in {}", counted(places, "record", "records"), count(of(Window::Period, "personal", "records").unwrap_or(0)));
    let before = of(Window::Before, "secret", "secrets").filter(|n| facts.first_day().is_some() && *n > 0);
    Figure {
        name: "Secrets found",
        value: now.map_or_else(|| "–".to_owned(), count),
        note: of(Window::Period, "secret", "records").map_or_else(|| "not searched for".to_owned(), note),
        changes: now.zip(before).map_or_else(Vec::new, |(now, before)| changes(now as f64, Some(before as f64), None, (noun, 0), true)),
        spark: Vec::new(),
    }
}

fn changes(now: f64, before: Option<f64>, mean: Option<f64>, (noun, stretches): (&str, i64), rising_is_bad: bool) -> Vec<Change> {
    let one = |then: f64, against: String| {
        let (way, text) = match (then, now) {
            (then, now) if then == now => ("same", "the same".to_owned()),
            (then, _) if then <= 0.0 => ("up", "new".to_owned()),
            (then, now) if now / then >= 10.0 => ("up", format!("× {:.0}", now / then)),
            (then, now) => (if now > then { "up" } else { "down" }, format!("{:+.0} %", (now / then - 1.0) * 100.0)),
        };
        let bad = rising_is_bad && way == "up" && then > 0.0 && now / then >= 1.5;
        Change { way, bad, text: text.replace('-', "−"), against }
    };
    let of_mean = format!("the mean of the {stretches} before");
    let mean = mean.filter(|_| stretches > 1).map(|then| one(then, of_mean));
    before.map(|then| one(then, format!("the {noun} before"))).into_iter().chain(mean).collect()
}

/// Changes of a share, in points.
fn points(now: f64, before: Option<f64>, week: Option<f64>, noun: &str) -> Vec<Change> {
    let one = |then: f64, against: &str| {
        let points = (now - then) * 100.0;
        let way = if points.abs() < 0.05 {
            "same"
        } else if points > 0.0 {
            "up"
        } else {
            "down"
        };
        let text = if way == "same" { "the same".to_owned() } else { format!("{points:+.1} points").replace('-', "−") };
        Change { way, bad: points >= 2.0, text, against: against.to_owned() }
    };
    before.map(|then| one(then, &format!("the {noun} before"))).into_iter().chain(week.map(|then| one(then, "all of the 7 before"))).collect()
}

fn spark(series: &Series) -> Vec<f64> {
    let totals = series.totals();
    let last = &totals[totals.len().saturating_sub(SPARK)..];
    let greatest = last.iter().copied().max().unwrap_or(0);
    if greatest <= 0 { Vec::new() } else { last.iter().map(|n| (*n as f64 / greatest as f64).clamp(0.0, 1.0)).collect() }
}
