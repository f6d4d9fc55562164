//! What `tempo-cli` prints that is no JSON, and the error messages that Tempo answers in plain text. Border: which lines hold traces; the
//! traces are read by [`json`](crate::decode::json).

use std::ops::Range;

use crate::decode::Scratch;
use crate::decode::json::{self, Cursor};
use crate::decode::text::{Aside, Cut, Form, Text};
use crate::rows::Rows;

/// `tempo-cli query trace-id` over blocks: what it searches, the trace as each block has it, and behind `combined:` all of it once more.
pub static QUERY: Form = Form { name: "tempo-cli-trace", recognises: is_query, cut: Cut::Nowhere, decode: queries };

/// Texts that hold no spans.
pub static OTHER: Form =
    Form { name: "tempo-text", recognises: |head, complete| reason(head, complete).is_some(), cut: Cut::Nowhere, decode: refuse };

/// How `tempo-cli query trace-id` and `query trace-summary` begin.
const BEGINNING: &[u8] = b"total blocks to search:";

fn is_query(head: &[u8], _: bool) -> bool {
    head.starts_with(BEGINNING)
}

/// What one or more runs have printed into a file.
fn queries(text: &Text, rows: &mut Rows, aside: &mut Vec<Aside>) -> u64 {
    match simdutf8::basic::from_utf8(text.bytes) {
        Ok(printed) => Query::all(printed).into_iter().map(|query| query.decode(printed, rows, aside)).sum(),
        Err(_) => {
            aside.push(Aside { range: 0..text.bytes.len(), reason: "invalid UTF-8".to_owned() });
            0
        }
    }
}

/// What a run has printed: where the traces stand, each of which is one line of JSON.
#[derive(Default)]
struct Query<'t> {
    place: Range<usize>,
    of_blocks: Vec<Range<usize>>,
    is_combined: bool,
    combined: Option<Range<usize>>,
    problems: Vec<&'t str>,
    is_summary: bool,
}

impl<'t> Query<'t> {
    fn all(printed: &'t str) -> Vec<Query<'t>> {
        let (mut queries, mut at) = (Vec::<Query>::new(), 0);
        for line in printed.split_inclusive('\n') {
            let place = at..at + line.trim_end().len();
            at += line.len();
            if line.as_bytes().starts_with(BEGINNING) {
                queries.push(Query { place: place.clone(), ..Query::default() });
            }
            let Some(query) = queries.last_mut() else { continue };
            query.place.end = place.end;
            query.add(line, place);
        }
        queries
    }

    fn add(&mut self, line: &'t str, place: Range<usize>) {
        if line.starts_with('{') {
            if self.is_combined { self.combined = Some(place) } else { self.of_blocks.push(place) }
        } else if line.trim_end() == "combined:" {
            self.is_combined = true;
        } else if line.trim_end() == "Root span info:" {
            self.is_summary = true;
        } else if let Some((_, problem)) = line.split_once("Error querying block:") {
            // behind the dots by which it shows how far it is
            self.problems.push(problem.trim());
        }
    }

    /// The trace. What is combined has every span of the blocks, so they are read only where it is missing or torn.
    fn decode(self, printed: &str, rows: &mut Rows, aside: &mut Vec<Aside>) -> u64 {
        for problem in self.problems {
            rows.told().warn(&format!("tempo-cli could not read a block, so that spans may be missing: {problem:?}"));
        }
        let mut refuse = |reason: &str| aside.push(Aside { range: self.place.clone(), reason: reason.to_owned() });
        if self.is_summary {
            refuse("a summary of a trace, with its root span only; print the trace itself with tempo-cli query trace-id");
            return 0;
        }
        if self.combined.is_none() && self.of_blocks.is_empty() {
            refuse("tempo-cli found no such trace in the blocks that it searched; check the trace id and the tenant");
        }
        if self.combined.is_some_and(|combined| read(printed, combined, rows, aside)) {
            return 1;
        }
        self.of_blocks.into_iter().filter(|block| read(printed, block.clone(), rows, aside)).count() as u64
    }
}

/// Reads a trace; whether it could be read.
fn read(printed: &str, place: Range<usize>, rows: &mut Rows, aside: &mut Vec<Aside>) -> bool {
    let mut records = Vec::new();
    let mut cursor = Cursor::new(&printed[place.clone()]);
    let outcome = json::document(&mut cursor, &mut Scratch::default(), rows, &mut records);
    let is_read = outcome.is_ok();
    let behind = cursor.peek().filter(|_| is_read).map(|_| cursor.syntax("the end of the line"));
    let problems = records.into_iter().chain(outcome.err()).chain(behind);
    aside.extend(problems.map(|error| Aside { range: place.clone(), reason: error.to_string() }));
    is_read
}

/// How other texts of `tempo-cli` begin, behind white space, and what they are.
const PRINTED: [(&str, &str); 3] = [
    ("total blocks: ", "a list of Tempo's blocks (tempo-cli list blocks), not spans; copy the blocks themselves"),
    ("Scanning block contents.", "figures of a Tempo block (tempo-cli analyse), not spans; copy the block itself"),
    ("***************     block meta ", "the schema of a Tempo block (tempo-cli view schema), not spans; copy the block itself"),
];

/// How Tempo's error messages begin.
const ERRORS: [&str; 12] = [
    "invalid TraceQL query: ",
    "not a metrics query",
    "invalid limit: ",
    "invalid spss: ",
    "invalid start: ",
    "invalid end: ",
    "invalid step: ",
    "trace exceeds max size",
    "trace IDs can only contain hex characters",
    "trace IDs can't be larger than 128 bits",
    "range specified by start and end",
    "http parameter start must be before end",
];

/// Longer than any error message.
const LONGEST_ERROR: usize = 4096;

/// Why a text that begins so is refused; `None` if it is none of these.
fn reason(head: &[u8], complete: bool) -> Option<String> {
    let start = head.trim_ascii_start();
    if let Some((_, reason)) = PRINTED.iter().find(|(beginning, _)| start.starts_with(beginning.as_bytes())) {
        return Some((*reason).to_owned());
    }
    let is_error = complete && start.len() <= LONGEST_ERROR && ERRORS.iter().any(|beginning| start.starts_with(beginning.as_bytes()));
    let message = std::str::from_utf8(start).ok().filter(|_| is_error)?.lines().next()?;
    Some(format!("an error message of the server's, so that nothing was exported: {message:?}"))
}

fn refuse(text: &Text, _: &mut Rows, aside: &mut Vec<Aside>) -> u64 {
    let reason = reason(text.head, true).unwrap_or_else(|| "no spans".to_owned());
    aside.push(Aside { range: 0..text.bytes.len(), reason });
    0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::text;
    use crate::shown;

    const BLOCK: &str =
        r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"CvdlGRbNQ92ESOshHIAxnA==","spanId":"t61rcWkgAAE=","parentSpanId":""}]}]}]}"#;
    const OTHER_BLOCK: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"CvdlGRbNQ92ESOshHIAxnA==","spanId":"t61rcWkgAAI="}]}]}]}"#;

    fn printed(combined: &str) -> String {
        format!(
            "total blocks to search:  2\n..0\n964ec48c-215d-4316-be28-41fb5d7f067c :\n{BLOCK}\n\
             14ae84ab-6f3e-4192-b67f-1076d732e864 :\n{OTHER_BLOCK}\n{combined}"
        )
    }

    /// Requests, ids of spans, warnings, and what is set aside.
    fn decode(printed: &str) -> (u64, Vec<String>, Vec<String>, Vec<String>) {
        let form = text::detect(printed.as_bytes(), true).unwrap();
        let (mut rows, mut aside) = (Rows::default(), Vec::new());
        let requests = (form.decode)(&Text { head: printed.as_bytes(), bytes: printed.as_bytes() }, &mut rows, &mut aside);
        let warnings = rows.told().warnings.all().0.map(str::to_owned).collect();
        let [spans, ..] = shown::all(&mut rows);
        assert!(spans.iter().all(|span| span["system"] == "tempo"));
        let reasons = aside.into_iter().map(|a| a.reason).collect();
        (requests, spans.iter().map(|span| span["span_id"].clone()).collect(), warnings, reasons)
    }

    #[test]
    fn a_combined_trace_is_read_once_and_the_parts_where_it_is_missing() {
        let combined = BLOCK.replace("}]}]}]}", "},{\"traceId\":\"CvdlGRbNQ92ESOshHIAxnA==\",\"spanId\":\"t61rcWkgAAI=\"}]}]}]}");
        let both = ["b7ad6b7169200001", "b7ad6b7169200002"];
        for (text, requests) in [(printed(&format!("combined:\n{combined}\n")), 1), (printed(""), 2)] {
            let (found, spans, warnings, aside) = decode(&text);
            assert_eq!((found, aside.len(), warnings.len()), (requests, 0, 0));
            assert_eq!(spans, both);
        }
        let torn = printed(&format!("combined:\n{}", &combined[..combined.len() - 20]));
        let (found, spans, _, aside) = decode(&torn);
        assert_eq!((found, aside.len()), (2, 1));
        assert_eq!(spans, both);
    }

    #[test]
    fn outputs_of_several_runs_may_follow_each_other() {
        let one = |block: &str| format!("total blocks to search:  1\n.0\n964ec48c :\n{block}\ncombined:\n{block}\n");
        let none = "total blocks to search:  1\n.0\ncombined:\nfailed to marshal to json:  Marshal called with nil\n";
        let (requests, spans, _, aside) = decode(&(one(BLOCK) + none + &one(OTHER_BLOCK)));
        assert_eq!((requests, spans.len(), aside.len()), (2, 2, 1), "{aside:?}");
    }

    #[test]
    fn what_tempo_cli_could_not_find_or_read_is_told() {
        let none = "total blocks to search:  1\n.0\ncombined:\nfailed to marshal to json:  Marshal called with nil\n";
        assert!(decode(none).3[0].contains("no such trace"));
        let (_, spans, warnings, _) = decode(&printed("").replace("..0\n", ".0Error querying block: does not exist\n"));
        assert_eq!((spans.len(), warnings.len()), (2, 1));
        assert!(warnings[0].ends_with("may be missing: \"does not exist\""), "{warnings:?}");
        let summary = format!("total blocks to search:  2\nNumber of blocks: 2 \nSpan count: 4 \nRoot span info:\n{BLOCK}\n");
        let (_, spans, _, aside) = decode(&summary);
        assert!(spans.is_empty() && aside[0].contains("root span only"), "{aside:?}");
    }

    #[test]
    fn texts_without_spans_are_refused() {
        for (text, part) in [
            ("total blocks:  2\n.0.\n┌───", "list of Tempo's blocks"),
            ("Scanning block contents.  Press CRTL+C to quit ...\n", "figures of a Tempo block"),
            ("\n***************     block meta    *********************\n", "schema of a Tempo block"),
            ("invalid TraceQL query: parse error at line 1, col 13: syntax error: unexpected $end", "unexpected $end"),
        ] {
            let (_, spans, _, aside) = decode(text);
            assert!(spans.is_empty() && aside[0].contains(part), "{aside:?}");
        }
        assert!(text::detect(b"invalid TraceQL query: parse error", false).is_none());
        assert!(text::detect(b"total loss", true).is_none());
    }
}
