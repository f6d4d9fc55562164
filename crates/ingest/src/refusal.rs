//! Streams that hold nothing that could be taken: what they are, if their beginning tells, and what to do instead. Border: first bytes in,
//! a reason out; what is taken is `detect`'s business.

use std::path::Path;

use crate::excerpt::excerpt;

/// Characters of a server's message that are shown.
const SHOWN: usize = 160;

/// Beginnings of files, and what to say of them.
const MAGIC: [(&[u8], &str); 12] = [
    (b"PK\x03\x04", "a ZIP archive: unpack it first"),
    (b"BZh", "compressed with bzip2: unpack it first"),
    (b"\xfd7zXZ\0", "compressed with xz: unpack it first"),
    (b"\x04\x22\x4d\x18", "compressed with lz4: unpack it first"),
    (b"\xff\x06\0\0sNaPpY", "compressed with snappy: unpack it first"),
    (b"SQLite format 3\0", "an SQLite database, no telemetry"),
    (b"\x85\xbd\x40\xdd", "a chunk of a Prometheus TSDB: export it with `promtool tsdb dump-openmetrics`"),
    (b"\xba\xaa\xd7\0", "the index of a Prometheus TSDB: export it with `promtool tsdb dump-openmetrics`"),
    (b"resource_logs {", "the text form of protobuf: export JSON or binary protobuf"),
    (b"resource_spans {", "the text form of protobuf: export JSON or binary protobuf"),
    (b"resource_metrics {", "the text form of protobuf: export JSON or binary protobuf"),
    (b"<?xml", "XML, no telemetry: most likely a storage service's message that was saved in place of a file"),
];

/// Ends of names of text files that lie beside archives, and what they are.
const TEXTS: [(&str, &str); 12] = [
    ("toml", "a TOML file"),
    ("yaml", "a YAML file"),
    ("yml", "a YAML file"),
    ("ini", "a file of settings"),
    ("conf", "a file of settings"),
    ("py", "a Python program"),
    ("sh", "a shell script"),
    ("js", "a JavaScript program"),
    ("rs", "a Rust program"),
    ("sql", "a file of SQL"),
    ("md", "a page in Markdown"),
    ("rst", "a page in reStructuredText"),
];

/// Why a stream that begins so is not taken; `complete` says that there is no more of it, `path` is its file, if it has one.
pub fn reason(head: &[u8], complete: bool, path: Option<&Path>) -> String {
    if let Some((_, reason)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return (*reason).to_owned();
    }
    if head.get(257..262) == Some(b"ustar") {
        return "a tar archive: unpack it first".to_owned();
    }
    // Loki frames its chunks with a checksum and a length before the snappy stream
    if head.get(4..14) == Some(b"\xff\x06\0\0sNaPpY") {
        return "a chunk of Loki's own storage: export its records with `logcli query --output=jsonl --include-common-labels`".to_owned();
    }
    let text = String::from_utf8_lossy(head);
    let begins = text.trim_start().get(..14).unwrap_or_default().to_ascii_lowercase();
    if begins.starts_with("<!doctype html") || begins.starts_with("<html") {
        return "an HTML page, no telemetry: most likely a login or error page that was saved in place of an answer".to_owned();
    }
    if is_victoriametrics_native(head) {
        return "VictoriaMetrics' native export: export JSON lines instead (/api/v1/export)".to_owned();
    }
    if text.lines().next().is_some_and(|line| line.contains("__name__") && line.contains(',')) {
        return "VictoriaMetrics' CSV export, whose columns are whatever was asked for: export JSON lines instead (/api/v1/export)".to_owned();
    }
    let plain = !text.contains('\u{fffd}') && !text.chars().any(|c| c.is_control() && !c.is_whitespace());
    let ending = path.and_then(Path::extension).and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    if let Some((_, what)) = TEXTS.iter().find(|(known, _)| plain && ending.as_deref() == Some(*known)) {
        return format!("no telemetry: {what}");
    }
    if plain && complete && text.trim().lines().count() <= 3 {
        let message = text.split_whitespace().collect::<Vec<_>>().join(" ");
        return format!("plain text, perhaps a server's message that was saved in place of an answer: {:?}", excerpt(&message, SHOWN));
    }
    if plain && text.trim().lines().count() > 3 {
        return "lines of text without times or names, as `logcli --output=raw` prints them: export with --output=jsonl --include-common-labels"
            .to_owned();
    }
    format!("no format that tracemill knows; it begins with {:?}", excerpt(&text, 24))
}

/// Two times in milliseconds (big endian), then a block behind its length, which begins with the length of a metric's name.
fn is_victoriametrics_native(head: &[u8]) -> bool {
    let number = |at: usize| head.get(at..).and_then(<[u8]>::first_chunk::<8>).map(|b| i64::from_be_bytes(*b));
    let (Some(from), Some(to)) = (number(0), number(8)) else { return false };
    let name = head.get(20..).is_some_and(|rest| rest.len() > 4 && rest[..4].iter().all(|b| b.is_ascii_graphic()));
    let length = head.get(16..).and_then(<[u8]>::first_chunk::<4>).map_or(0, |b| u32::from_be_bytes(*b));
    0 <= from && from <= to && to < 1 << 44 && (1..1 << 20).contains(&length) && name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_telemetry_is_called_by_its_name() {
        let chunk = [&[0, 0, 1, 2][..], b"\xff\x06\0\0sNaPpY"].concat();
        let native = [&[0; 8][..], &[0, 0, 3, 0x44, 9, 0x49, 0x7a, 0xf0], &[0, 0, 1, 0xd8], b"claude_code"].concat();
        for (head, expected) in [
            (&b"<!DOCTYPE html><html>"[..], "an HTML page"),
            (b"\n <HTML><head><title>502</title></head></html>", "an HTML page"),
            (b"<?xml version=\"1.0\"?>", "XML"),
            (b"PK\x03\x04", "a ZIP archive"),
            (&chunk, "a chunk of Loki"),
            (&native, "VictoriaMetrics' native export"),
            (b"max entries limit per query exceeded, limit > max_entries_limit (6000 > 5000)\n", "plain text, perhaps a server's message"),
            (b"\x89PNG\r\n\x1a\n", "no format that tracemill knows"),
        ] {
            assert!(reason(head, true, None).starts_with(expected), "{:?}: {}", String::from_utf8_lossy(head), reason(head, true, None));
        }
        for (file, expected) in
            [("own/heron.toml", "no telemetry: a TOML file"), ("gen.PY", "no telemetry: a Python program"), ("a.log", "plain text")]
        {
            let told = reason(b"agent = \"heron\"\n", true, Some(Path::new(file)));
            assert!(told.starts_with(expected), "{file}: {told}");
        }
    }
}
