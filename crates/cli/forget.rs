//! `tracemill forget`: what is to go, that it goes, and the proof.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tracemill_forgotten::{Forgotten, Names};
use tracemill_model::Lake;
use tracemill_normalize as semantic;
use tracemill_upkeep::{Asked, Chosen, Forgot, Proof};

use crate::args::{ForgetArgs, say};
use crate::failure::{End, Failure};
use crate::{ingest, lake_path};

/// Runs `tracemill forget`.
pub fn run(args: &ForgetArgs) -> Result<End, Failure> {
    let asked = Asked {
        conversations: args.conversation.clone(),
        users: args.user.clone(),
        before: args.before.as_deref().map(day).transpose()?,
        even_if_unknown: args.even_if_unknown,
    };
    asked.check()?;
    let lake = lake_path::open(args.lake.lake.as_deref())?;
    // which traces are whose is what the semantic tables say
    let options = semantic::Options::default();
    ingest::build(&lake, &ingest::lock(&lake)?, &options, false)?;
    let names = names(&lake)?;
    let lock = ingest::lock(&lake)?;
    let chosen = tracemill_upkeep::choose(&lake, &asked, &names)?;
    for conversation in &chosen.conversations {
        say(&format!("conversation {}: {}", conversation.id, conversation.because));
    }
    for id in asked.conversations.iter().filter(|id| chosen.conversations.iter().all(|c| c.id != **id)) {
        say(&format!("conversation {id}: the lake's tables have none of that id; what names it goes all the same"));
    }
    if chosen.redacted > 0 {
        say(&format!(
            "the users of {} conversations that stay were redacted: whether any is of a user who is to be forgotten cannot be told; give their ids",
            chosen.redacted
        ));
    }
    let forgot = tracemill_upkeep::forget(&lake, &lock, &chosen, args.dry_run)?;
    tell(&forgot, args.dry_run);
    if args.dry_run {
        return Ok(End::Done);
    }
    ingest::build(&lake, &lock, &options, true)?;
    drop(lock);
    tracemill_upkeep::finish(&lake)?;
    show(&tracemill_upkeep::prove(&lake, &chosen)?, &chosen)
}

/// The attributes that name conversations and users.
pub fn names(lake: &Lake) -> Result<Names, Failure> {
    let semantic::Identifying { conversation, user, process } = semantic::identifying(lake, None).map_err(anyhow::Error::from)?;
    Ok(Names { conversation, user, process })
}

/// The hours in which processes worked on what the lake has forgotten.
pub fn hours(lake: &Lake) -> anyhow::Result<semantic::ForgottenHours> {
    let list = Forgotten::load(lake, &lake.snapshot()?)?.filter(Forgotten::has_hours);
    Ok(list.map_or_else(semantic::ForgottenHours::default, |list| semantic::ForgottenHours::new(move |process, hours| list.has_hour(process, hours))))
}

/// A day and its beginning.
fn day(text: &str) -> Result<(String, i64), Failure> {
    let date: Date = text.parse().map_err(|_| Failure::usage(format!("--before {text}: no day; want YYYY-MM-DD")))?;
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    if date > today {
        let reason = "lies ahead: all that comes until then would be forgotten as it arrives, and the day cannot be taken back";
        return Err(Failure::usage(format!("--before {text}: {reason}; the latest is today, {today} UTC")));
    }
    let time = date.to_zoned(TimeZone::UTC).ok().and_then(|z| i64::try_from(z.timestamp().as_nanosecond()).ok());
    let time = time.ok_or_else(|| Failure::usage(format!("--before {text}: no day that the lake can have")))?;
    Ok((date.to_string(), time))
}

fn tell(forgot: &Forgot, dry_run: bool) {
    let Forgot { rows, mentions, withheld, sources, timeless } = forgot;
    let rows: Vec<String> = rows.iter().map(|(table, rows)| format!("{rows} {table}")).collect();
    let word = if dry_run { "would be forgotten" } else { "forgotten" };
    say(&format!(
        "{word}: {}; {mentions} other records, {sources} entries of the ledger masked; the bytes of {withheld} entries of the quarantine",
        rows.join(", ")
    ));
    if *timeless > 0 {
        say(&format!("{timeless} records without a time are kept: nobody can tell whether they are older"));
    }
}

fn show(proof: &Proof, chosen: &Chosen) -> Result<End, Failure> {
    for (file, what) in &proof.found {
        say(&format!("still there: {file}: {what}"));
    }
    let Proof { files, bytes, rows, found } = proof;
    let what = match (chosen.ids.len(), chosen.asked.users.len(), &chosen.asked.before) {
        (0, 0, Some((day, _))) => format!("rows before {day}"),
        (ids, users, _) => format!("{} ids, {} traces and {} spans", ids + users, chosen.traces.len(), chosen.span_ids.len()),
    };
    say(&format!(
        "searched for {what}: {files} files, {bytes} bytes, {rows} rows with all their texts; {} found",
        if found.is_empty() { "nothing" } else { "something" }
    ));
    if found.is_empty() {
        return Ok(End::Done);
    }
    say("what is still there is a file of your own (a map, a price list), or came in meanwhile: mend it and run this again");
    Ok(End::Wrong)
}
