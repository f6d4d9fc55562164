//! Where a request begins behind damage on the same line: among the elements of an array, or where a line break was lost. Border: bytes in, a place out;
//! only requests of OTLP are known by how they begin, other documents by the line that they begin.

/// What follows `"resource` in the first key of a request.
const KEYS: [&str; 8] = ["Spans\"", "Logs\"", "Metrics\"", "Profiles\"", "_spans\"", "_logs\"", "_metrics\"", "_profiles\""];

/// The first place at which a request begins that is no value of another document.
pub fn request(bytes: &[u8]) -> Option<usize> {
    const BEGINNING: &[u8] = b"\"resource";
    memchr::memmem::find_iter(bytes, BEGINNING).find_map(|at| {
        let behind = &bytes[at + BEGINNING.len()..];
        let key = KEYS.iter().find(|key| behind.starts_with(key.as_bytes()))?;
        behind[key.len()..].trim_ascii_start().starts_with(b":").then_some(())?;
        let before = bytes[..at].trim_ascii_end().strip_suffix(b"{")?;
        (!before.trim_ascii_end().ends_with(b":")).then_some(before.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_known_by_its_first_key() {
        for (text, place) in [
            ("…\"}]{\"resourceLogs\":[]}", Some(6)),
            ("x, { \"resource_spans\" : []}", Some(3)),
            ("{\"trace\":{\"resourceSpans\":[]}}", None),
            ("{\"a\":\"{\\\"resourceSpans\\\":[]}\"}", None),
            ("[{\"resource\":{},\"scopeSpans\":[]}]", None),
            ("\"resourceSpans\":[]}", None),
            ("{\"resourceSpans\"", None),
        ] {
            assert_eq!(request(text.as_bytes()), place, "{text}");
        }
    }
}
