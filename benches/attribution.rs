//! What it costs to share out the time of turns among their spans: the forest, self times, shares and critical paths, without reading
//! or writing. One thread, so CPU time is the time by the clock.
//!
//! `cargo bench -p tracemill-normalize --bench attribution` prints a table. The yardstick beside each shape is the sorting of the same
//! spans by trace, start and id, in the same run: on a noisy machine only the ratio counts. The same spans in turns of any shape must
//! cost about the same each, or something is not linear.

use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use tracemill_normalize::latency::attribution::{Member, share};
use tracemill_normalize::latency::critical::sections;
use tracemill_normalize::latency::forest::{Forest, NONE, Span};

/// Rounds of each; the fastest is shown, since all else is other programs.
const ROUNDS: usize = 3;

/// A span of a turn of so many: its start and end in a turn of a million nanoseconds a span, and its parent's number.
type Shape = fn(i64, i64) -> (i64, i64, i64);

const SHAPES: [(&str, i64, Shape); 7] = [
    // as an agent's turn looks: steps of forty spans, four deep, some side by side
    ("470,000 in turns of 400", 400, |n, _| {
        (n * 1_000_000, n * 1_000_000 + [38, 9, 8, 2][(n % 4) as usize] * 1_000_000, [0, n - 1, n - 1, n - 1][(n % 4) as usize])
    }),
    ("a million in turns of 400", 400, |n, _| {
        (n * 1_000_000, n * 1_000_000 + [38, 9, 8, 2][(n % 4) as usize] * 1_000_000, [0, n - 1, n - 1, n - 1][(n % 4) as usize])
    }),
    ("a million one after the other", 1_000_000, |n, _| (n * 1_000_000, n * 1_000_000 + 900_000, 0)),
    ("a million side by side", 1_000_000, |n, of| (n * 1_000_000, (of + n) * 1_000_000, 0)),
    ("a million within each other", 1_000_000, |n, of| (n * 1_000_000, (2 * of - n) * 1_000_000, n - 1)),
    ("a million, each outliving its parent", 1_000_000, |n, of| (n * 1_000_000, (of + n) * 1_000_000, n - 1)),
    ("a million, half of them below a chain that contains none of them", 1_000_000, |n, of| {
        (if n < of / 2 { n * 1_000_000 } else { 0 }, of * 1_000_000, n.min(of / 2) - 1)
    }),
];

fn main() -> std::io::Result<()> {
    // `cargo test` runs benches too, with nothing to measure
    if !std::env::args().any(|a| a == "--bench") {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "| spans | attribution s | ns a span | sorting them s | ratio |\n|---|---|---|---|---|")?;
    for (name, turn, shape) in SHAPES {
        let count = if name.starts_with("470,000") { 470_000 } else { 1_000_000 };
        let spans = spans(count, turn, shape);
        let best = |run: &dyn Fn()| (0..ROUNDS).map(|_| timed(run)).fold(f64::INFINITY, f64::min);
        let ours = best(&|| attribute(&spans, turn));
        let sorting = best(&|| {
            let mut sorted = spans.clone();
            sorted.sort_unstable_by_key(|s| (s.trace, s.start, s.id));
            black_box(sorted);
        });
        writeln!(out, "| {name} | {ours:.3} | {:.0} | {sorting:.3} | {:.1} |", ours * 1e9 / count as f64, ours / sorting)?;
    }
    Ok(())
}

fn timed(run: &dyn Fn()) -> f64 {
    let start = Instant::now();
    run();
    start.elapsed().as_secs_f64()
}

/// Turns of the shape, a trace each, in an order that says nothing.
fn spans(count: i64, turn: i64, shape: Shape) -> Vec<Span> {
    let of = |number: i64| {
        let (trace, n) = (number / turn, number % turn);
        let whole = (0, 2 * turn * 1_000_000, -1);
        let (start, end, parent) = if n == 0 { whole } else { shape(n, turn) };
        let (id, parent) = (n as u64 + 1, if parent < 0 { 0 } else { parent as u64 + 1 });
        // trace ids are spread as random ones are
        let trace = u128::from((trace as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        Span { trace, id, parent, start: Some(start), end: Some(end), name: 0, agent: 1, remote: false }
    };
    let mut spans: Vec<Span> = (0..count).map(of).collect();
    spans.sort_unstable_by_key(|s| (s.id ^ s.trace as u64).wrapping_mul(0x2545_f491_4f6c_dd1d));
    spans
}

/// All of it, a trace a turn.
fn attribute(spans: &[Span], turn: i64) {
    let forest = Forest::new(spans.to_vec());
    let places: Vec<u32> = (0..forest.len() as u32).collect();
    let end = 2 * turn * 1_000_000;
    for trace in places.chunk_by(|a, b| forest.trace[*a as usize] == forest.trace[*b as usize]) {
        let first = trace[0];
        let member = |place: &u32| {
            let parent = forest.parent[*place as usize];
            let class = (place % 8) as u8;
            let (start, end) = (forest.start[*place as usize].unwrap_or(0), forest.end[*place as usize].min(end));
            Member { start, end, parent: if parent == NONE { NONE } else { parent - first }, class }
        };
        let members: Vec<Member> = trace.iter().map(member).collect();
        let ids: Vec<u64> = trace.iter().map(|p| forest.id[*p as usize]).collect();
        black_box(share(&members, 0, end));
        black_box(sections(&members, &ids, 0, end));
        black_box(trace.iter().map(|p| forest.self_time(*p, |_| true)).collect::<Vec<_>>());
    }
}
