//! `--redact`: what was typed, as what is replaced. Border: which names hold what is the dialects' data, what a secret looks like the rules'; here
//! they meet.

use std::path::Path;
use std::sync::Arc;

use tracemill_ingest::{Privacy, Redaction};
use tracemill_model::Lake;
use tracemill_normalize as semantic;
use tracemill_secrets::{Kinds, Whole};

use crate::args::{Redact, RedactArg};
use crate::failure::Failure;

/// What is replaced in records on their way into a lake: by its rules, or those of a file, and the names of the dialects in a folder.
pub fn privacy(args: &RedactArg, lake: &Lake, rules: Option<&Path>, dialects: Option<&Path>) -> Result<Privacy, Failure> {
    if args.redact.is_empty() {
        return Ok(Privacy::default());
    }
    let asked = |word: Redact| args.redact.contains(&word) || args.redact.contains(&Redact::All);
    let rules = semantic::rules_in_force(Some(lake), rules).map_err(anyhow::Error::from)?;
    let semantic::Content { prompts, arguments, outputs } = semantic::content(dialects).map_err(anyhow::Error::from)?;
    let mut whole = Whole::default();
    let (mut given, mut left) = (Vec::new(), Vec::new());
    for (word, name, names) in
        [(Redact::Prompts, "prompts", prompts), (Redact::Arguments, "arguments", arguments), (Redact::Outputs, "outputs", outputs)]
    {
        if asked(word) {
            whole.add(name, names.iter().map(String::as_str));
            given.push(name);
        } else {
            left.push(name);
        }
    }
    refuse_mixed(lake, &given, &left)?;
    let kinds = Kinds { secret: asked(Redact::Secrets), personal: asked(Redact::Personal) };
    Ok(Privacy::redacting(Redaction { rules: Arc::new(rules), kinds, whole: Arc::new(whole) }))
}

/// Of a record that comes twice one row stands. So what is given must have all words for whole fields of each earlier delivery, or none that
/// it lacks: else a field that was replaced in one of them would be plain again.
fn refuse_mixed(lake: &Lake, given: &[&str], left: &[&str]) -> Result<(), Failure> {
    for source in lake.snapshot()?.sources() {
        let had = |word: &&&str| source.redacted.split(',').any(|w| w == **word);
        let missing: Vec<&str> = left.iter().filter(had).copied().collect();
        if !missing.is_empty() && !given.iter().all(|word| had(&word)) {
            let (given, missing) = (given.join(","), missing.join(","));
            return Err(Failure::usage(format!(
                "--redact: {} was redacted with {missing} and without {given}, so that of a record in both a field would be plain; add {missing}",
                source.path
            )));
        }
    }
    Ok(())
}
