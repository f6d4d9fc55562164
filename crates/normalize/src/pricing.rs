//! What a call costs by list price: the price of the day, the whole request at the tier its total input falls in, exact
//! decimals, rounded once, half to even. Border: tokens, model and time in, 10⁻⁹ USD out; what the agent itself reported is
//! `conversations`' business.
//!
//! Prices come from the user's file (`pricing::file`), else from the table embedded with the crate `genai-prices`
//! (`pricing::embedded`). A model that neither knows has no price, never a price of zero.

mod embedded;
mod file;
mod known;
mod names;
mod shown;

use std::path::{Path, PathBuf};

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use tracemill_model::Lake;

use crate::Error;
use crate::tokens::Tokens;
use file::FilePrice;
use known::{Answer, Known};
pub use shown::{AskedPrice, ShownPrice};

/// Service tiers, and speeds, that are billed at the standard rate.
const STANDARD_TIERS: [&str; 4] = ["default", "auto", "standard", "normal"];

/// Name of the user's prices in the lake's `_tracemill` folder.
const FILE: &str = "prices.toml";

/// Rates in USD per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    input: Decimal,
    cached: Decimal,
    cache_write: Decimal,
    cache_write_1h: Decimal,
    output: Decimal,
}

/// A call's list price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// 10⁻⁹ USD.
    pub nanousd: i64,
    /// What was applied: `provider/model tier input/cached/cache-write/output` in USD per million tokens; prices of the user's
    /// file have `@from` behind the model.
    pub id: String,
    /// The tier has no price of its own for that day: the standard rate was used.
    pub tier_estimated: bool,
}

/// All prices in force.
#[derive(Debug)]
pub struct Prices {
    file: Vec<FilePrice>,
    file_print: Option<String>,
    known: Known,
}

/// Where the lake keeps the user's prices between runs.
pub fn stored(lake: &Lake) -> PathBuf {
    lake.meta().join(FILE)
}

impl Prices {
    /// The embedded table, with the user's file over it where there is one.
    pub fn load(file: Option<&Path>) -> Result<Prices, Error> {
        let mut prices = Prices { file: Vec::new(), file_print: None, known: Known::new(&[]) };
        if let Some(path) = file {
            let text = std::fs::read_to_string(path).map_err(|source| Error::Io { path: path.to_owned(), source })?;
            prices.file = file::parse(&text).map_err(|reason| Error::Prices { path: path.to_owned(), reason })?;
            prices.known = Known::new(&prices.file);
            prices.file_print = Some(format!("{:016x}", xxhash_rust::xxh3::xxh3_64(text.as_bytes())));
        }
        Ok(prices)
    }

    /// Gets ready beside other work what the first price needs.
    pub fn prepare() {
        // it has no end to wait for: whoever asks first waits for the table
        let _ = std::thread::spawn(embedded::prepare);
    }

    /// Name and date of the table, with a fingerprint of the user's file: shown with every cost.
    pub fn describe(&self) -> String {
        match &self.file_print {
            Some(print) => format!("{} + {FILE} {print}", embedded::NAME),
            None => embedded::NAME.to_owned(),
        }
    }

    /// The list price of a call at a time (nanoseconds since the epoch); `None` where model, time, input or output is unknown. `providers` are
    /// asked for it in that order, then whichever lists the model.
    pub fn price(&self, providers: &[&str], model: &str, time: Option<i64>, tier: Option<&str>, tokens: &Tokens) -> Option<Price> {
        let (input, output, time) = (tokens.input?, tokens.output?, time?);
        self.known.answer(
            (providers, model, time, tier, input),
            || self.answer(providers, model, time, tier, input),
            |answer| {
                let (found, id) = answer.as_ref()?;
                let nanousd = cost(&found.rates, tokens, input, output)?;
                Some(Price { nanousd, id: id.clone(), tier_estimated: found.tier_estimated })
            },
        )
    }

    /// What a model costs, and what that is called.
    fn answer(&self, providers: &[&str], model: &str, time: i64, tier: Option<&str>, input: i64) -> Answer {
        let found = self.find(providers, model, time, tier, input)?;
        let shown = if found.tier_estimated { "standard" } else { listed(tier).unwrap_or("standard") };
        let Rates { input, cached, cache_write, output, .. } = found.rates;
        let id = format!("{} {shown} {}/{}/{}/{}", found.name, input.normalize(), cached.normalize(), cache_write.normalize(), output.normalize());
        Some((found, id))
    }

    /// The rates of a model for a request of that many input tokens: under its own name, else under those that can only mean the same.
    fn find(&self, providers: &[&str], model: &str, time: i64, tier: Option<&str>, input: i64) -> Option<Found> {
        let tier = listed(tier);
        names::of(model).find_map(|name| {
            let by_file = || file::find(&self.file, &name.text, time, tier, input);
            let found = by_file().or_else(|| embedded::find(providers, &name.text, time, tier, input))?;
            Some(Found { tier_estimated: found.tier_estimated || name.variant, ..found })
        })
    }
}

/// A tier that may have a price of its own.
fn listed(tier: Option<&str>) -> Option<&str> {
    tier.filter(|t| !STANDARD_TIERS.contains(&t.to_lowercase().as_str()))
}

/// Rates found for a model.
#[derive(Debug, Clone, PartialEq)]
struct Found {
    /// `provider/model`, with `@from` where the price says since when it holds.
    name: String,
    rates: Rates,
    tier_estimated: bool,
    /// Where the price comes from.
    source: String,
}

/// Input that is neither read from the cache nor written to it is charged at the input rate; output includes reasoning.
/// Parts that say more than the whole are charged as they are, and the rest is nothing, not negative.
fn cost(rates: &Rates, tokens: &Tokens, input: i64, output: i64) -> Option<i64> {
    let (cached, written) = (tokens.cached.unwrap_or(0), tokens.cache_write.unwrap_or(0));
    let plain = input.checked_sub(cached)?.checked_sub(written)?.max(0);
    let for_an_hour = tokens.cache_write_1h.unwrap_or(0).clamp(0, written.max(0));
    let written = written - for_an_hour;
    let mut usd_millionths = Decimal::ZERO;
    let parts =
        [(plain, rates.input), (cached, rates.cached), (written, rates.cache_write), (for_an_hour, rates.cache_write_1h), (output, rates.output)];
    for (count, rate) in parts {
        usd_millionths = usd_millionths.checked_add(Decimal::from(count).checked_mul(rate)?)?;
    }
    // USD per million tokens times tokens is 10⁻⁶ USD; `round` is half to even.
    usd_millionths.checked_mul(Decimal::from(1000))?.round().to_i64()
}

#[cfg(test)]
mod tests;
