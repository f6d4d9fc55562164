//! Prices as a reader asks for them: what a model cost on a day, and where that is written. Border: a question in, rates in USD per million
//! tokens out, as text in their own digits.

use rust_decimal::Decimal;

use super::{Found, Prices};

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct AskedPrice<'a> {
    /// The model, by any of its names.
    pub model: &'a str,
    /// Providers to ask first.
    pub providers: &'a [&'a str],
    /// When, nanoseconds since the epoch.
    pub time: i64,
    /// Service tier; `None`: the standard one.
    pub service_tier: Option<&'a str>,
}

/// Rates of a model for requests whose input is longer than so many tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownPrice {
    /// `provider/model` as the table lists it.
    pub name: String,
    /// Input tokens above which these rates hold for the whole request; 0: for any request.
    pub above: i64,
    /// USD per million tokens in that are neither read from the cache nor written to it.
    pub input: String,
    /// The same read from the cache.
    pub cached_input: String,
    /// The same written to the cache for five minutes.
    pub cache_write: String,
    /// The same written to the cache for an hour.
    pub cache_write_1h: String,
    /// USD per million tokens out.
    pub output: String,
    /// The tier or variant has no price of its own for that day: these are the standard rates.
    pub estimated: bool,
    /// Where the price comes from.
    pub source: String,
}

/// Inputs at which rates are asked for: those that price tables know as the edges of a longer context, a token above each.
const EDGES: [i64; 6] = [0, 32_000, 128_000, 200_000, 256_000, 272_000];

impl Prices {
    /// The rates of a model, from short requests to long ones; none where no table lists it.
    pub fn shown(&self, asked: &AskedPrice<'_>) -> Vec<ShownPrice> {
        let mut shown: Vec<ShownPrice> = Vec::new();
        let mut edges: Vec<i64> = EDGES.into_iter().chain(self.file.iter().filter_map(|p| p.edge())).collect();
        edges.sort_unstable();
        edges.dedup();
        for above in edges {
            let Some(found) = self.find(asked.providers, asked.model, asked.time, asked.service_tier, above + 1) else { continue };
            let row = row(above, found);
            let same = |last: &ShownPrice| ShownPrice { above: row.above, ..last.clone() } == row;
            if !shown.last().is_some_and(same) {
                shown.push(row);
            }
        }
        shown
    }
}

fn row(above: i64, found: Found) -> ShownPrice {
    let digits = |rate: Decimal| rate.normalize().to_string();
    ShownPrice {
        name: found.name,
        above,
        input: digits(found.rates.input),
        cached_input: digits(found.rates.cached),
        cache_write: digits(found.rates.cache_write),
        cache_write_1h: digits(found.rates.cache_write_1h),
        output: digits(found.rates.output),
        estimated: found.tier_estimated,
        source: found.source,
    }
}
