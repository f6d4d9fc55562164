//! `tracemill page`: the page of a day, or of any period, from the lake as it is.

use jiff::Timestamp;
use tracemill_query::page::{self, Beside, Period};
use tracemill_query::{Catalog, QueryError};

use crate::args::{OutputArgs, PageArgs};
use crate::failure::{End, Failure};
use crate::nightly::{set_aside, today};
use crate::plan::reports;
use crate::reasons::Reasons;
use crate::{lake_path, report};

/// Runs `tracemill page`.
pub fn run(args: &PageArgs) -> Result<End, Failure> {
    let (now, words) = (Timestamp::now(), args.filters.words());
    let period = Period::night(&words, args.date.map_or_else(|| today(&words, now), Ok)?, now)?;
    let lake = lake_path::open(args.lake.lake.as_deref())?;
    let catalog = Catalog::open(&lake)?.for_many_questions();
    let (aside, total) = set_aside(&lake.snapshot()?, &Reasons::of(&lake))?;
    let beside = Beside {
        release: env!("CARGO_PKG_VERSION").to_owned(),
        prices: catalog.prices().map(str::to_owned),
        set_aside: aside,
        set_aside_total: total,
        ..Beside::default()
    };
    let answers = page::ask_all::<QueryError>(&catalog, &reports(&args.queries)?, &page::asks(), &period, &|_, _| Ok(true))?;
    let bytes = page::page(&answers, &period, &beside)?.into_bytes();
    report::write_bytes(&bytes, &OutputArgs { output: args.output.clone(), ..OutputArgs::default() })?;
    Ok(End::Done)
}
