//! The user's own prices: a TOML file of `[[price]]` entries, which stand over the embedded table. The format is shown in
//! `data/prices/example.toml`.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};
use tracemill_model::date::{day_name, day_of};

use super::{Found, Rates};

/// An entry of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilePrice {
    provider: Option<String>,
    model: String,
    /// Other names of the model.
    #[serde(default)]
    aliases: Vec<String>,
    /// Where the price was read.
    source: Option<String>,
    /// First UTC day it holds; none: since ever.
    #[serde(default, deserialize_with = "day")]
    from: Option<String>,
    /// First UTC day it no longer holds; none: until further notice.
    #[serde(default, deserialize_with = "day")]
    to: Option<String>,
    service_tier: Option<String>,
    #[serde(deserialize_with = "rate")]
    input_mtok: Decimal,
    #[serde(default, deserialize_with = "some_rate")]
    cached_input_mtok: Option<Decimal>,
    #[serde(default, deserialize_with = "some_rate")]
    cache_write_mtok: Option<Decimal>,
    #[serde(default, deserialize_with = "some_rate")]
    cache_write_1h_mtok: Option<Decimal>,
    #[serde(deserialize_with = "rate")]
    output_mtok: Decimal,
    long_context: Option<LongContext>,
}

impl FilePrice {
    /// Input tokens above which it has other rates.
    pub fn edge(&self) -> Option<i64> {
        self.long_context.as_ref().map(|l| l.above)
    }
}

/// Rates for the whole request when its input is longer than `above` tokens. (Not shared with [`FilePrice`] by flattening: then
/// a misspelt key would pass unseen.)
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LongContext {
    above: i64,
    #[serde(deserialize_with = "rate")]
    input_mtok: Decimal,
    #[serde(default, deserialize_with = "some_rate")]
    cached_input_mtok: Option<Decimal>,
    #[serde(default, deserialize_with = "some_rate")]
    cache_write_mtok: Option<Decimal>,
    #[serde(default, deserialize_with = "some_rate")]
    cache_write_1h_mtok: Option<Decimal>,
    #[serde(deserialize_with = "rate")]
    output_mtok: Decimal,
}

/// Rates in USD per million tokens. Without a rate of their own, cached and cache-written input cost what input costs, and what is kept for an
/// hour costs what is kept for five minutes.
fn rates(input: Decimal, cached: Option<Decimal>, [cache_write, cache_write_1h]: [Option<Decimal>; 2], output: Decimal) -> Rates {
    let cache_write = cache_write.unwrap_or(input);
    Rates { input, cached: cached.unwrap_or(input), cache_write, cache_write_1h: cache_write_1h.unwrap_or(cache_write), output }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceFile {
    #[serde(default)]
    price: Vec<FilePrice>,
}

/// Reads a file; the error says where and why.
pub fn parse(text: &str) -> Result<Vec<FilePrice>, String> {
    toml::from_str::<PriceFile>(text).map(|f| f.price).map_err(|e| e.to_string())
}

/// The entry of a model that holds on the day: of the tier asked for, else the standard one; of several the one with the latest `from`,
/// then the last in the file.
pub fn find(prices: &[FilePrice], model: &str, time: i64, tier: Option<&str>, input: i64) -> Option<Found> {
    let today = day_name(day_of(Some(time)));
    let holds = |p: &&FilePrice| {
        let named = std::iter::once(&p.model).chain(&p.aliases).any(|name| name.eq_ignore_ascii_case(model));
        named && p.from.as_ref().is_none_or(|f| *f <= today) && p.to.as_ref().is_none_or(|t| today < *t)
    };
    let entry = |wanted: Option<&str>| {
        let of_tier = |p: &&FilePrice| match (&p.service_tier, wanted) {
            (Some(has), Some(wanted)) => has.eq_ignore_ascii_case(wanted),
            (has, None) => has.as_deref().is_none_or(|h| super::STANDARD_TIERS.contains(&h.to_lowercase().as_str())),
            (None, Some(_)) => false,
        };
        prices.iter().filter(holds).filter(of_tier).max_by(|a, b| a.from.cmp(&b.from))
    };
    let (price, tier_estimated) = match tier {
        Some(tier) => entry(Some(tier)).map(|p| (p, false)).or_else(|| entry(None).map(|p| (p, true)))?,
        None => (entry(None)?, false),
    };
    let rates = match price.long_context.as_ref().filter(|l| input > l.above) {
        Some(l) => rates(l.input_mtok, l.cached_input_mtok, [l.cache_write_mtok, l.cache_write_1h_mtok], l.output_mtok),
        None => rates(price.input_mtok, price.cached_input_mtok, [price.cache_write_mtok, price.cache_write_1h_mtok], price.output_mtok),
    };
    let name = format!(
        "{}/{}{}",
        price.provider.as_deref().unwrap_or("user"),
        price.model,
        price.from.as_ref().map(|f| format!("@{f}")).unwrap_or_default()
    );
    let days = match (&price.from, &price.to) {
        (None, None) => String::new(),
        (from, to) => format!(" {} to {}", from.as_deref().unwrap_or("since ever"), to.as_deref().unwrap_or("now")),
    };
    let source = format!("price file{days}{}", price.source.as_ref().map(|s| format!(", {s}")).unwrap_or_default());
    Some(Found { name, rates, tier_estimated, source })
}

/// A number in the digits it was written with: text, integer, or a double in its shortest form.
fn rate<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    let fault = serde::de::Error::custom;
    let text = match toml::Value::deserialize(deserializer)? {
        toml::Value::String(text) => text,
        toml::Value::Integer(n) => n.to_string(),
        toml::Value::Float(x) => x.to_string(),
        other => return Err(fault(format!("{}: not a price", other.type_str()))),
    };
    let rate: Decimal = text.parse().map_err(|_| fault(format!("{text}: not a price")))?;
    if rate.is_sign_negative() { Err(fault(format!("{text}: a price is not negative"))) } else { Ok(rate) }
}

fn some_rate<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    rate(deserializer).map(Some)
}

/// A day `YYYY-MM-DD`, as text or as a TOML date.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = match toml::Value::deserialize(deserializer)? {
        toml::Value::String(text) => text,
        toml::Value::Datetime(date) => date.to_string(),
        other => other.type_str().to_owned(),
    };
    let shape = |(i, b): (usize, u8)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() };
    if text.len() == 10 && text.bytes().enumerate().all(shape) {
        Ok(Some(text))
    } else {
        Err(serde::de::Error::custom(format!("{text}: not a day (YYYY-MM-DD)")))
    }
}
