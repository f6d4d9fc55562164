//! Statements that nobody would write: known ones with tokens taken out, doubled, changed places or brought in from others. Each is answered or
//! refused in words; none takes the engine down, and none is waited for long. `TRACEMILL_STATEMENTS` sets their number, `TRACEMILL_SEED` begins
//! the dice elsewhere.

use std::time::{Duration, Instant};

use fastrand::Rng;
use sqlparser::dialect::DuckDbDialect;
use sqlparser::tokenizer::{Token, Tokenizer};

use crate::error::QueryError;
use crate::{Catalog, Filters, fixture};

/// Even a careless join of a lake of a few rows takes less, and so do the ten thousand steps of a recursion without end.
const LONG: Duration = Duration::from_secs(600);

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |n| n.parse().unwrap())
}

/// The statements that DuckDB's answers are known of, as tokens.
fn known() -> Vec<Vec<String>> {
    let cases = include_str!("../../../../../data/sql/cases.sql");
    let text: String = cases.lines().filter(|l| !l.starts_with("--")).flat_map(|l| [l, "\n"]).collect();
    crate::statements::split(&text)
        .into_iter()
        .map(|statement| {
            let tokens = Tokenizer::new(&DuckDbDialect {}, statement).with_unescape(false).tokenize().unwrap();
            tokens.into_iter().filter(|t| !matches!(t, Token::Whitespace(_))).map(|t| t.to_string()).collect()
        })
        .collect()
}

/// What can stand where that token does, more or less.
fn kind(token: &str) -> u8 {
    let name = token.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    match token.as_bytes()[0] {
        _ if name => 0,
        b'a'..=b'z' | b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        b'\'' => 3,
        b'(' | b')' | b',' => 4,
        _ => 5,
    }
}

/// Values at the ends of what there is.
const EDGES: [&str; 10] = ["NULL", "''", "0", "-1", "9223372036854775807", "1e308", "'é'", "TRUE", "INTERVAL '1 day'", "[]"];

fn mutated(dice: &mut Rng, known: &[Vec<String>]) -> String {
    let mut tokens = known[dice.usize(..known.len())].clone();
    for _ in 0..dice.usize(1..=3) {
        let other = &known[dice.usize(..known.len())];
        let (at, from) = (dice.usize(..tokens.len()), dice.usize(..other.len()));
        let alike = |list: &[String]| list.iter().position(|t| kind(t) == kind(&tokens[at])).unwrap_or(0);
        match dice.u8(..12) {
            0 if tokens.len() > 1 => drop(tokens.remove(at)),
            1 => tokens.insert(at, other[from].clone()),
            2 => {
                let to = dice.usize(from..other.len().min(from + 12)) + 1;
                drop(tokens.splice(at..at, other[from..to].iter().cloned()));
            }
            3 | 4 if kind(&tokens[at]) == 2 || kind(&tokens[at]) == 3 => EDGES[dice.usize(..EDGES.len())].clone_into(&mut tokens[at]),
            5 | 6 => {
                let with = (at + 1 + alike(&tokens[at + 1..])).min(tokens.len() - 1);
                tokens.swap(at, with);
            }
            _ => {
                let with = (from + alike(&other[from..])).min(other.len() - 1);
                tokens[at].clone_from(&other[with]);
            }
        }
    }
    tokens.join(" ")
}

#[test]
fn statements_that_nobody_would_write_are_answered_or_refused() {
    let test = fixture::small("mutated");
    let mut catalog = Catalog::open(&test.lake).unwrap();
    catalog.attach("agents", &test.lake).unwrap();
    let known = known();
    assert!(known.len() > 100);
    let seed = number("TRACEMILL_SEED", 1);
    let mut dice = Rng::with_seed(seed);
    let (mut answered, tries) = (0, number("TRACEMILL_STATEMENTS", 300));
    for n in 0..tries {
        let statement = mutated(&mut dice, &known);
        let began = Instant::now();
        match catalog.sql(&statement, &Filters::default()) {
            Ok(_) => answered += 1,
            Err(QueryError::EngineStopped(reason)) => panic!("seed {seed}, statement {n}: {statement}\n{reason}"),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
        assert!(began.elapsed() < LONG, "seed {seed}, statement {n}: {statement}");
    }
    // a test whose statements are all refused tests the grammar alone
    assert!(answered * 20 > tries, "{answered} of {tries} answered");
}
