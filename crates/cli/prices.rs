//! `tracemill prices`: what a model cost on a day, and where that is written. Border: dates and options here; the tables are normalize's.

use std::path::Path;

use anyhow::Context;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::Value;
use tracemill_model::Lake;
use tracemill_normalize::{AskedPrice, ShownPrice};
use tracemill_query::{Catalog, Cell, Filters, Format, listing, render};

use crate::args::{PricesArgs, say};
use crate::failure::{End, Failure};
use crate::{lake_path, report};

/// The models of a lake, each at the last day of its use.
const USED: &str = "SELECT agent, model, provider, service_tier, MAX(CAST(time AS DATE)) AS day FROM model_calls \
    WHERE model IS NOT NULL AND time IS NOT NULL GROUP BY agent, model, provider, service_tier ORDER BY model, provider, service_tier, agent";

/// A model to look up.
struct Wanted {
    model: String,
    provider: Option<String>,
    tier: Option<String>,
    day: Date,
}

/// Runs `tracemill prices`.
pub fn run(args: &PricesArgs) -> Result<End, Failure> {
    let lake = lake_path::existing(args.lake.lake.as_deref())?;
    let on =
        args.on.as_deref().map(|day| day.parse::<Date>().map_err(|_| Failure::usage(format!("--on {day}: no day; want YYYY-MM-DD")))).transpose()?;
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let wanted = match (&lake, args.models.is_empty()) {
        (_, false) => {
            let of = |model: &String| Wanted {
                model: model.clone(),
                provider: args.provider.clone(),
                tier: args.service_tier.clone(),
                day: on.unwrap_or(today),
            };
            args.models.iter().map(of).collect()
        }
        (Some(lake), true) => used(lake, on)?,
        (None, true) => return Err(Failure::usage("no model; name one, or a lake whose models are to be listed, by --lake")),
    };
    let mut rows = Vec::new();
    let mut unpriced: Vec<&str> = Vec::new();
    for wanted in &wanted {
        let shown = shown(lake.as_ref(), args.prices.as_deref(), wanted)?;
        if shown.is_empty() {
            unpriced.push(&wanted.model);
            rows.push(row(wanted, None));
        }
        rows.extend(shown.iter().map(|price| row(wanted, Some(price))));
    }
    rows.dedup();
    let text = || Cell::Text(None);
    let like = [
        ("model", text()),
        ("on", text()),
        ("listed_as", text()),
        ("service_tier", text()),
        ("above_input_tokens", Cell::Int(None)),
        ("input_usd", text()),
        ("cached_input_usd", text()),
        ("cache_write_5m_usd", text()),
        ("cache_write_1h_usd", text()),
        ("output_usd", text()),
        ("estimated", text()),
        ("source", text()),
    ];
    let end = report::write_answer(&listing(like, &rows)?, &args.output)?;
    unpriced.sort_unstable();
    unpriced.dedup();
    if !unpriced.is_empty() {
        say(&format!("no price is known for {}; give one by a price file, see data/prices/example.toml", unpriced.join(", ")));
    }
    Ok(end)
}

fn shown(lake: Option<&Lake>, file: Option<&Path>, wanted: &Wanted) -> Result<Vec<ShownPrice>, Failure> {
    let providers: Vec<&str> = wanted.provider.as_deref().into_iter().collect();
    // a price holds from the first moment of a day to the last: noon is in the middle
    let noon = wanted.day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).context("the day")?.timestamp();
    let time = i64::try_from(noon.as_nanosecond()).context("the day")?;
    let asked = AskedPrice { model: &wanted.model, providers: &providers, time, service_tier: wanted.tier.as_deref() };
    Ok(tracemill_normalize::model_prices(lake, file, &asked).map_err(anyhow::Error::from)?)
}

/// The models that calls of a lake name.
fn used(lake: &Lake, on: Option<Date>) -> Result<Vec<Wanted>, Failure> {
    let answer = Catalog::open(lake)?.sql(USED, &Filters::default())?;
    let rows: Vec<Value> = serde_json::from_slice(&render(&answer, Format::Json, None)?).context("the models of the lake")?;
    let text = |row: &Value, key: &str| row.get(key).and_then(Value::as_str).map(str::to_owned);
    let wanted = rows.iter().filter_map(|row| {
        let day = text(row, "day").and_then(|day| day.parse().ok());
        Some(Wanted { model: text(row, "model")?, provider: text(row, "provider"), tier: text(row, "service_tier"), day: on.or(day)? })
    });
    Ok(wanted.collect())
}

fn row(wanted: &Wanted, price: Option<&ShownPrice>) -> [Cell; 12] {
    let of = |text: fn(&ShownPrice) -> &str| price.map_or(Cell::Text(None), |p| Cell::text(text(p)));
    [
        Cell::text(&wanted.model),
        Cell::text(&wanted.day.to_string()),
        of(|p| &p.name),
        Cell::text(wanted.tier.as_deref().unwrap_or("standard")),
        Cell::Int(price.map(|p| p.above)),
        of(|p| &p.input),
        of(|p| &p.cached_input),
        of(|p| &p.cache_write),
        of(|p| &p.cache_write_1h),
        of(|p| &p.output),
        of(|p| if p.estimated { "yes" } else { "no" }),
        price.map_or_else(|| Cell::text("unpriced"), |p| Cell::text(&p.source)),
    ]
}
