//! What a tool's output says about how the call went: exit codes and refusals, in all the forms a dialect lists. Border: the
//! text as the agent exported it, which may be cut; whether to believe the agent's own `success` is `tool_calls`' business.

use crate::attributes::json::{text_at, value_at};
use crate::dialect::{Dialect, Outputs, starts_with_any};
use crate::masks::Masks;

/// Bytes of an error text kept.
const ERROR_BYTES: usize = 400;
/// Lines of an error text kept.
const ERROR_LINES: usize = 3;

/// Why a call did not do what it was asked to, as far as its output tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such tool.
    Unsupported,
    /// The user, or a rule, said no.
    Denied,
    /// Cut off.
    Aborted,
    /// The MCP server answered with an error.
    McpError,
}

/// What an output says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// Exit code of the process.
    pub exit_code: Option<i64>,
    /// The process still runs.
    pub running: bool,
    /// Why not.
    pub refusal: Option<Refusal>,
    /// First lines of the tool's own text.
    pub first_lines: Option<String>,
}

/// Reads the output of a tool; secrets in its first lines are masked.
pub fn read(dialect: &Dialect, masks: &Masks, tool: &str, output: &str) -> Reading {
    let forms = &dialect.outputs;
    let json = Some(output).filter(|o| o.starts_with('{'));
    let inner = json.filter(|_| !forms.json_body.is_empty()).and_then(|json| text_at(json, &[&forms.json_body]));
    let own = inner.as_deref().or_else(|| body(forms, output)).unwrap_or(output);
    let mut reading = Reading { first_lines: first_lines(masks, own), ..Reading::default() };
    if dialect.tools.command_tools.iter().any(|t| t == tool) {
        let path = |json| value_at(json, &forms.json_exit_path.split('.').collect::<Vec<_>>())?.as_i64();
        match json.filter(|_| !forms.json_exit_path.is_empty()).and_then(path) {
            Some(code) => reading.exit_code = Some(code),
            None => process(forms, output, &mut reading),
        }
    }
    reading.refusal = if starts_with_any(output, &forms.unsupported) {
        Some(Refusal::Unsupported)
    } else if starts_with_any(output, &forms.denied) {
        Some(Refusal::Denied)
    } else if starts_with_any(output, &forms.aborted) {
        Some(Refusal::Aborted)
    } else if tool.starts_with(dialect.tools.mcp_prefix.as_str())
        && (starts_with_any(output, &forms.mcp_error_prefixes) || forms.mcp_errors.iter().any(|e| output.contains(e.as_str())))
    {
        Some(Refusal::McpError)
    } else {
        None
    };
    reading
}

/// Looks for an exit code: in the header, never in the process's own text below it. A header without one may stand above the
/// result of a tool that the shell was used to call (a patch given to the shell): then the result's own form is read.
fn process(forms: &Outputs, output: &str, reading: &mut Reading) {
    if forms.exit_code.is_empty() {
        return;
    }
    for line in output.lines().take_while(|l| *l != forms.body) {
        if let Some(code) = forms.exit_code.iter().find_map(|p| line.strip_prefix(p.as_str())) {
            reading.exit_code = number(code);
            return;
        }
        if starts_with_any(line, &forms.running) {
            reading.running = true;
            return;
        }
    }
    if output.starts_with('{') {
        // Outside its strings the text has this once, at the end; inside them its quotes are escaped.
        let found = output.rfind(&forms.json_exit_code).map(|at| &output[at + forms.json_exit_code.len()..]);
        reading.exit_code = found.and_then(number);
    } else if let Some(inner) = body(forms, output)
        && (inner.starts_with('{') || starts_with_any(inner, &forms.exit_code))
    {
        process(forms, inner, reading);
    }
}

fn number(text: &str) -> Option<i64> {
    let end = text.char_indices().find(|&(i, c)| !(c.is_ascii_digit() || i == 0 && c == '-')).map_or(text.len(), |(i, _)| i);
    text[..end].parse().ok()
}

/// The tool's own text, below the header; `None` where there is no header.
fn body<'a>(forms: &Outputs, output: &'a str) -> Option<&'a str> {
    if forms.body.is_empty() {
        return None;
    }
    let mut at = 0;
    for line in output.split_inclusive('\n') {
        at += line.len();
        if line.trim_end_matches('\n') == forms.body {
            return Some(&output[at..]);
        }
    }
    None
}

fn first_lines(masks: &Masks, text: &str) -> Option<String> {
    let (mut end, mut lines) = (0, 0);
    for line in text.split_inclusive('\n') {
        if lines == ERROR_LINES {
            break;
        }
        end += line.len();
        lines += usize::from(!line.trim().is_empty());
    }
    let whole = end <= ERROR_BYTES;
    // a secret may be cut by the number of bytes as well as by that of lines
    let excerpt = masks.excerpt(if whole { &text[..end] } else { text }, ERROR_BYTES);
    let lines = excerpt.trim();
    (!lines.is_empty()).then(|| lines.to_owned())
}

/// The greatest place not behind `at` where the text may be cut.
pub fn cut(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(tool: &str, output: &str) -> (Option<i64>, bool, Option<Refusal>) {
        let r = read(&Dialect::codex().unwrap(), &Masks::default(), tool, output);
        (r.exit_code, r.running, r.refusal)
    }

    #[test]
    fn exit_codes_in_every_form() {
        for (tool, output, code) in [
            ("shell", r#"{"output":"","metadata":{"exit_code":9,"duration_seconds":0.0}}"#, Some(9)),
            ("shell", r#"{"output":"{\"metadata\":{\"exit_code\":1}}","metadata":{"exit_code":0,"duration_seconds":0.0}}"#, Some(0)),
            ("shell", "{\"output\":\"aaa[... 3 lines omitted ...]\nzz\",\"metadata\":{\"exit_code\":124,\"dura", Some(124)),
            ("shell_command", "Exit code: 9\nWall time: 0 seconds\nOutput:\n", Some(9)),
            ("shell_command", "Exit code: -1\nWall time: 0 seconds\nOutput:\n", Some(-1)),
            ("exec_command", "Chunk ID: a\nWall time: 0.1 seconds\nProcess exited with code 127\nOutput:\nx", Some(127)),
            ("exec_command", "Chunk ID: a\nProcess exited with code 0\nOutput:\nProcess exited with code 5\n", Some(0)),
            ("exec_command", "Chunk ID: a\nOutput:\nI say: Process exited with code 5\n", None),
            ("exec_command", "Wall time: 0.0 seconds\nOutput:\nExit code: 0\nWall time: 0 seconds\nOutput:\nSuccess", Some(0)),
            ("exec_command", "Wall time: 0 seconds\nOutput:\n{\"output\":\"S\",\"metadata\":{\"exit_code\":1,\"d\":0.0}}", Some(1)),
            ("mcp__demo__run", "Wall time: 0.0 seconds\nOutput:\nExit code: 3\n", None),
            ("echo", "Exit code: 3\n", None),
            ("exec_command", "failed to parse function arguments: EOF", None),
        ] {
            assert_eq!(reading(tool, output), (code, false, None), "{output}");
        }
        assert_eq!(reading("exec_command", "Chunk ID: a\nProcess running with session ID 64\nOutput:\nstart\n"), (None, true, None));
    }

    #[test]
    fn refusals() {
        for (tool, output, refusal) in [
            ("no_such_tool", "unsupported call: no_such_tool", Refusal::Unsupported),
            ("apply_patch", "unsupported custom tool call: apply_patch", Refusal::Unsupported),
            ("mcp__demo__fail", "Ok(CallToolResult { content: [], is_error: Some(true), meta: None })", Refusal::McpError),
            ("mcp__demo__fail", "Err(\"tool call error: tool call failed for `demo/fail`\")", Refusal::McpError),
            ("exec_command", "rejected by user", Refusal::Denied),
            ("shell", "aborted by user after 1.5s", Refusal::Aborted),
        ] {
            assert_eq!(reading(tool, output), (None, false, Some(refusal)), "{output}");
        }
        assert_eq!(reading("mcp__demo__echo", "Ok(CallToolResult { content: [], is_error: Some(false) })").2, None);
        assert_eq!(reading("exec_command", "Process exited with code 0\nOutput:\nis_error: Some(true)").2, None);
    }

    #[test]
    fn first_lines_are_the_tools_own() {
        let dialect = Dialect::codex().unwrap();
        let lines = |o: &str| read(&dialect, &Masks::default(), "exec_command", o).first_lines;
        assert_eq!(lines("Process exited with code 2\nOutput:\nls: no such\n\nb\nc\nd\n").as_deref(), Some("ls: no such\n\nb\nc"));
        assert_eq!(lines(r#"{"output":"no\nway\n","metadata":{"exit_code":9}}"#).as_deref(), Some("no\nway"));
        assert_eq!(lines("unable to locate image").as_deref(), Some("unable to locate image"));
        assert_eq!(lines("Process exited with code 2\nOutput:\n"), None);
        assert!(lines(&"ü".repeat(900)).is_some_and(|l| l.len() <= ERROR_BYTES));
    }
}
