//! What the user asked, as a shell script that asks it again. Border: prompts and the agent's own command line; what the agent did in
//! between is the waterfall's business, and where it did it nobody exported.

mod full;

use super::entry::{Entry, Kind};
use super::{Timeline, text};
use crate::catalog::Catalog;
use crate::error::QueryError;
use crate::render::neutral;

/// How an agent is asked without a terminal: of its first prompt and of the following ones. `{model}` and the like stand for an option
/// with its value, or for nothing where the value is not known; the prompt follows.
const COMMANDS: [(&str, &str, &str); 6] = [
    ("codex", "codex exec{--model model}{--sandbox sandbox}{-c approval}{-c effort}", "codex exec resume --last{--model model}"),
    ("claude-code", "claude{--model model} -p", "claude --continue{--model model} -p"),
    ("copilot", "copilot{--model model} -p", "copilot --continue{--model model} -p"),
    ("gemini", "gemini{--model model} -p", "gemini --resume latest{--model model} -p"),
    ("qwen", "qwen{--model model} -p", "qwen --continue{--model model} -p"),
    ("opencode", "opencode run{--model model}", "opencode run --continue{--model model}"),
];

/// The script. Prompts that were redacted are asked of the environment; those of conversations that the run started are comments, since
/// the agent gives them itself.
pub(super) fn script(timeline: &Timeline, catalog: &Catalog) -> Result<String, QueryError> {
    let prompts: Vec<&Entry> = timeline.entries.iter().filter(|e| e.kind == Kind::Prompt).collect();
    let whole = full::texts(catalog, &prompts)?;
    let root = &timeline.runs[0];
    let mut out = "#!/bin/sh\n".to_owned();
    for line in text::head(root, timeline.runs.len() - 1) {
        out += &format!("# {line}\n");
    }
    out += "# The working directory and the files in it are not exported: start it where the same are.\nset -eu\n";
    let agent = root.row.get("agent").map_or("", String::as_str);
    let mut asked = 0;
    for (entry, full) in prompts.iter().zip(whole) {
        let offset = entry.time.zip(root.start).map_or_else(|| "?".to_owned(), |(t, s)| text::clock(t.saturating_sub(s)));
        if entry.depth > 0 {
            let said = full.map_or_else(|| "not exported".to_owned(), |f| neutral(&f.text));
            out += &format!("\n# {offset} to {} (the agent's own): {said}\n", neutral(&entry.conversation_id));
            continue;
        }
        asked += 1;
        let length = entry.prompt_chars.map(|n| format!(", {n} characters")).unwrap_or_default();
        let (prompt, note) = match full {
            Some(full) if full.cut => (quoted(&full.text), format!("{length}; its end was not exported")),
            Some(full) => (quoted(&full.text), length),
            None => (format!("\"${{PROMPT_{asked}:?the text was not exported}}\""), format!("{length}; not exported: set PROMPT_{asked}")),
        };
        out += &format!("\n# {offset}{note}\n{} {prompt}\n", command(agent, asked == 1, &|name| value(timeline, entry, name)));
    }
    if asked == 0 {
        out += "\n# no prompt was exported\n";
    }
    Ok(out)
}

/// What an option of a command is given, as far as it is known.
fn value(timeline: &Timeline, entry: &Entry, name: &str) -> Option<String> {
    let of_run = |word: &str| timeline.runs[0].row.get(word).filter(|v| !v.contains(',')).cloned();
    match name {
        "model" => entry.model.clone().or_else(|| of_run("models")),
        "sandbox" => of_run("sandbox_policy"),
        "approval" => of_run("approval_policy").map(|v| format!("approval_policy={v}")),
        "effort" => of_run("reasoning_effort").map(|v| format!("model_reasoning_effort={v}")),
        _ => None,
    }
}

fn command(agent: &str, first: bool, value: &dyn Fn(&str) -> Option<String>) -> String {
    let Some((_, begin, go_on)) = COMMANDS.iter().find(|(name, ..)| *name == agent) else {
        // an agent whose command line is not known here: the prompts alone, for whatever takes them
        return "printf '%s\\n'".to_owned();
    };
    let mut out = String::new();
    let mut rest = if first { *begin } else { *go_on };
    while let Some((before, (option, after))) = rest.split_once('{').and_then(|(b, r)| Some((b, r.split_once('}')?))) {
        out += before;
        if let Some((flag, given)) = option.split_once(' ').and_then(|(flag, name)| Some((flag, value(name)?))) {
            out += &format!(" {flag} {}", quoted(&given));
        }
        rest = after;
    }
    out + rest
}

/// The text as one word of a POSIX shell. Control characters are written as escapes, so that the script is harmless to look at.
fn quoted(text: &str) -> String {
    if !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=@+".contains(c)) {
        return text.to_owned();
    }
    if text.chars().all(|c| !c.is_control() || c == '\n' || c == '\t') {
        return format!("'{}'", text.replace('\'', "'\\''"));
    }
    let mut out = "\"$(printf '".to_owned();
    for c in text.chars() {
        match c {
            '\'' => out += "'\\''",
            '\\' => out += "\\\\",
            '%' => out += "%%",
            c if c.is_control() && c != '\n' => c.encode_utf8(&mut [0; 4]).bytes().for_each(|b| out += &format!("\\{b:03o}")),
            c => out.push(c),
        }
    }
    // a command's last line breaks would be lost
    out + "')\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_given_and_words_are_quoted() {
        let known = |name: &str| (name == "model").then(|| "gpt-5.5 x".to_owned());
        assert_eq!(command("codex", true, &known), "codex exec --model 'gpt-5.5 x'");
        assert_eq!(command("claude-code", false, &|_| None), "claude --continue -p");
        assert_eq!(command("other", true, &known), "printf '%s\\n'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted("a\u{1b}[0m 5%"), "\"$(printf 'a\\033[0m 5%%')\"");
        assert_eq!(quoted(""), "''");
    }
}
