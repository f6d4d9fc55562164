//! How fast texts are looked through for secrets, on one core: text without any keyword, which costs the automaton alone, and the attributes of
//! real telemetry. `cargo bench -p tracemill-secrets --bench secrets [FILE]`; FILE has the attributes of a record a line, as `tracemill sql
//! "SELECT attributes FROM events" --format ndjson` nearly gives them; without it the sample's OTLP lines stand in.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement prints, and fails loudly")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use tracemill_secrets::{Cells, Kinds, Rules, Whole};

/// Rounds of each; the fastest is shown, since all else is other programs.
const ROUNDS: usize = 10;

const SAMPLE: &str = include_str!("../data/sample/mcp-logs.jsonl");

fn measure(name: &str, bytes: usize, mut run: impl FnMut() -> usize) {
    let mut best = f64::MAX;
    let mut found = 0;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        found = black_box(run());
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{name}: {:.0} MB/s, {found} found in {:.1} MB", bytes as f64 / 1e6 / best, bytes as f64 / 1e6);
}

fn main() {
    // `cargo test` runs benches too, with nothing to measure
    if !std::env::args().any(|a| a == "--bench") {
        return;
    }
    let file = std::env::args().skip(1).find(|a| !a.starts_with("--"));
    let text = file.map_or_else(|| SAMPLE.repeat(10), |f| std::fs::read_to_string(f).unwrap());
    let rules = Arc::new(Rules::embedded().unwrap());
    let plain = "The quick brown fox jumps over the lazy dog; 12 is a number, so is 3.14\n".repeat(1 << 14);
    measure("text without a keyword", plain.len(), || usize::from(rules.may_match(&plain)));
    let lines: Vec<&str> = text.lines().collect();
    measure("automaton over real text", text.len(), || lines.iter().filter(|l| rules.may_match(l)).count());
    let mut cells = Cells::new(Arc::clone(&rules), Kinds::ALL, Arc::new(Whole::default()));
    measure("findings in real text", text.len(), || {
        let mut out = Vec::new();
        lines.iter().for_each(|l| cells.find_json("attributes", l, &mut out));
        out.len()
    });
}
