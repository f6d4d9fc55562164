//! The price table embedded with the crate `genai-prices`. It answers in doubles and only for whole requests, so the rates are
//! asked for one at a time, with requests of one kind of token, and taken back to the decimals they were written with.

use std::time::{Duration, UNIX_EPOCH};

use genai_prices::{PriceRequest, Usage, UsageKey};
use rust_decimal::Decimal;

use super::{Found, Rates};

/// Table, version and the latest day on which its data says a price was verified.
pub const NAME: &str = "genai-prices 0.2.1 (2026-10-26)";

/// A million: the unit of the rates.
const UNIT: f64 = 1_000_000.0;

/// Decimals of a rate in USD per million tokens; the table's own have at most five.
const PLACES: usize = 9;

/// Reads the table, which the first question does otherwise; it takes tens of milliseconds.
pub fn prepare() {
    let _ = genai_prices::Calculator::bundled();
}

/// The rates of a model for a request of that many input tokens. Of the providers the first that lists the model is taken, else any that does.
pub fn find(providers: &[&str], model: &str, time: i64, tier: Option<&str>, input: i64) -> Option<Found> {
    let known = || providers.iter().map(|p| Some(*p)).chain([None]);
    let ask = |tier: Option<&str>| known().find_map(|p| rates(p, model, time, tier, input));
    let source = NAME.to_owned();
    let (name, standard) = ask(None)?;
    let Some(tier) = tier else { return Some(Found { name, rates: standard, tier_estimated: false, source }) };
    // The table answers for every tier; one without a price of its own gets the standard one.
    let (name, rates) = ask(Some(&tier.to_lowercase()))?;
    Some(Found { name, rates, tier_estimated: rates == standard, source })
}

fn rates(provider: Option<&str>, model: &str, time: i64, tier: Option<&str>, input: i64) -> Option<(String, Rates)> {
    let input = input.max(1) as f64;
    let at = UNIX_EPOCH + Duration::from_nanos(u64::try_from(time).ok()?);
    let ask = |kinds: &[UsageKey]| {
        let mut usage = Usage::from([(UsageKey::INPUT_TOKENS, input), (UsageKey::OUTPUT_TOKENS, UNIT)]);
        for kind in kinds {
            usage.insert(kind.clone(), input);
        }
        let mut request = PriceRequest::new(model, &usage).with_timestamp(at);
        if let Some(provider) = provider {
            request = request.with_provider_id(provider);
        }
        if let Some(tier) = tier {
            request = request.with_price_context("service_tier", tier);
        }
        genai_prices::calculate(&request).ok()
    };
    let plain = ask(&[])?;
    let per_unit = |price: f64| decimal(price / input * UNIT);
    let cache_write = per_unit(ask(&[UsageKey::CACHE_WRITE_TOKENS])?.input_price)?;
    let for_an_hour = ask(&[UsageKey::CACHE_WRITE_TOKENS, UsageKey::CACHE_WRITE_1H_TOKENS]);
    let rates = Rates {
        input: per_unit(plain.input_price)?,
        cached: per_unit(ask(&[UsageKey::CACHE_READ_TOKENS])?.input_price)?,
        cache_write,
        // of a model without a rate for it nothing is kept that long
        cache_write_1h: for_an_hour.and_then(|p| per_unit(p.input_price)).unwrap_or(cache_write),
        output: decimal(plain.output_price)?,
    };
    Some((format!("{}/{}", plain.provider_id, plain.model_id), rates))
}

/// The decimal that was written: a double has more digits than any rate, so rounding gives it back.
fn decimal(rate: f64) -> Option<Decimal> {
    format!("{rate:.PLACES$}").parse().ok()
}
