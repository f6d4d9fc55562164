//! Reads a statement from standard input and writes it for the engine named: `translate spark < queries/tokens.sql`; `translate duckdb prelude`
//! writes what the engine wants before.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::io::Read;

use tracemill_portable::{Engine, prelude, statement};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let engine: Engine = words.first().ok_or("want an engine")?.parse()?;
    if words.get(1).is_some_and(|w| w == "prelude") {
        print!("{}", prelude(engine));
        return Ok(());
    }
    let mut sql = String::new();
    std::io::stdin().read_to_string(&mut sql)?;
    println!("{}", statement(engine, &sql)?);
    Ok(())
}
