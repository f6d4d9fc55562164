//! `tracemill dialects`: whose telemetry is read how, as a list, or one dialect's text to start one's own from.

use tracemill_query::{Cell, listing};

use crate::args::DialectsArgs;
use crate::failure::{End, Failure};
use crate::{lake_path, report};

/// Runs `tracemill dialects`.
pub fn run(args: &DialectsArgs) -> Result<End, Failure> {
    let lake = lake_path::existing(args.lake.lake.as_deref())?;
    let dialects = tracemill_normalize::dialects_in_force(lake.as_ref(), args.dialects.as_deref()).map_err(anyhow::Error::from)?;
    if let Some(agent) = &args.agent {
        let Some((_, _, text)) = dialects.texts().find(|(d, ..)| d.agent == *agent) else {
            let known: Vec<&str> = dialects.list().iter().map(|d| d.agent.as_str()).collect();
            return Err(Failure::usage(format!("no dialect of {agent}; there are {}", known.join(", "))));
        };
        report::print(text.as_bytes())?;
        return Ok(End::Done);
    }
    let text = || Cell::Text(None);
    let like = [
        ("agent", text()),
        ("from", text()),
        ("services", text()),
        ("scopes", text()),
        ("events", text()),
        ("attributes", text()),
        ("fields", Cell::Int(None)),
    ];
    let joined = |list: &[String]| Cell::text(&list.join(", "));
    let rows: Vec<_> = dialects
        .texts()
        .map(|(d, from, _)| {
            let claims = &d.claims;
            let lists = [&claims.services, &claims.scopes, &claims.events, &claims.attributes].map(|list| joined(list));
            let [services, scopes, events, attributes] = lists;
            let from = Cell::text(if from.is_empty() { "built in" } else { from });
            [Cell::text(&d.agent), from, services, scopes, events, attributes, Cell::int(d.fields.len() as u64)]
        })
        .collect();
    report::write_answer(&listing(like, &rows)?, &args.output)
}
