//! Where a request begins behind damage on the same line: among the elements of an array, or where a line break was lost. Border: bytes in, a place out.
//! Requests of OTLP are known by their first key, other documents by that of those before them.

/// What follows `"resource` in the first key of a request.
const KEYS: [&str; 8] = ["Spans\"", "Logs\"", "Metrics\"", "Profiles\"", "_spans\"", "_logs\"", "_metrics\"", "_profiles\""];

/// The first place at which a request begins that is no value of another document. `like` is how the documents of this line begin; in an array,
/// or where that cannot be seen, an element may begin otherwise, if none does so.
pub fn request(bytes: &[u8], like: &[u8], array: bool) -> Option<usize> {
    const BEGINNING: &[u8] = b"\"resource";
    let otlp = memchr::memmem::find_iter(bytes, BEGINNING).find_map(|at| {
        let behind = &bytes[at + BEGINNING.len()..];
        let key = KEYS.iter().find(|key| behind.starts_with(key.as_bytes()))?;
        behind[key.len()..].trim_ascii_start().starts_with(b":").then_some(())?;
        let before = bytes[..at].trim_ascii_end().strip_suffix(b"{")?;
        is_apart(before).then_some(before.len())
    });
    let places = &bytes[..otlp.unwrap_or(bytes.len())];
    let same = if like.is_empty() { None } else { memchr::memmem::find_iter(places, like).find(|at| is_apart(&bytes[..*at])) };
    same.or(otlp).or_else(|| if array || like.is_empty() { element(bytes) } else { None })
}

/// The first object behind another's end and a comma.
fn element(bytes: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b',', bytes).find_map(|comma| {
        let next = bytes[comma + 1..].trim_ascii_start();
        let is_object = next.strip_prefix(b"{").is_some_and(|inner| inner.trim_ascii_start().starts_with(b"\""));
        (is_object && bytes[..comma].trim_ascii_end().ends_with(b"}")).then_some(bytes.len() - next.len())
    })
}

fn is_apart(before: &[u8]) -> bool {
    !before.trim_ascii_end().ends_with(b":")
}

/// Where the elements of an array begin whose beginning is missing: requests, or several objects that begin alike.
pub fn elements(bytes: &[u8]) -> Option<usize> {
    let follows = |at: usize| bytes[..at].trim_ascii_end().ends_with(b",");
    let (mut from, mut first) = (0, None);
    while let Some(at) = request(&bytes[from..], b"", true).map(|at| from + at) {
        // behind a comma, or behind a single byte that was the array's
        if follows(at) || at <= 1 {
            first = Some(at);
            break;
        }
        from = at + 1;
    }
    let first = first?;
    let like = beginning(&bytes[first..]);
    let is_otlp = KEYS.iter().any(|key| memchr::memmem::find(like, key.as_bytes()).is_some());
    let others = memchr::memmem::find_iter(&bytes[first + 1..], like).filter(|at| follows(first + 1 + at));
    (is_otlp || !like.is_empty() && others.take(2).count() == 2).then_some(first)
}

/// How the first document of a line begins: up to its first key and the colon. Empty where it does not begin so.
pub fn beginning(line: &[u8]) -> &[u8] {
    let separators = line.iter().take_while(|b| b.is_ascii_whitespace() || matches!(b, b'[' | b',')).count();
    let document = &line[separators..];
    let inner = document.strip_prefix(b"{").map(<[u8]>::trim_ascii_start).and_then(|inner| inner.strip_prefix(b"\""));
    let end = inner.and_then(|key| {
        let quote = memchr::memchr2(b'"', b'\\', key).filter(|at| key[*at] == b'"')?;
        let behind = key[quote + 1..].trim_ascii_start().strip_prefix(b":")?;
        Some(document.len() - behind.len())
    });
    &document[..end.unwrap_or(0)]
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
            assert_eq!(request(text.as_bytes(), b"", false), place, "{text}");
        }
        let like = beginning(b"{ \"line\" :1,\"a\":{\"line\":2}}");
        assert_eq!(like, b"{ \"line\" :");
        assert_eq!(request(b"\"x\":{ \"line\" :1},{ \"line\" :1}", like, false), Some(17));
        assert_eq!(request(b"},{\"resourceLogs\":[]},{ \"line\" :1}", like, true), Some(2));
        let other = b"\"}]},{\"a\":[{\"line\":1} , {\"line\":2}]}";
        assert_eq!((request(other, like, true), request(&other[5..], like, true), request(other, like, false)), (Some(5), Some(19), None));
        assert_eq!(elements(b"1\"},{\"line\":1},{\"line\":2},{\"line\":3}]"), Some(4));
        assert_eq!((elements(b"1\"},{\"line\":1},{\"line\":2}]"), elements(b"1\"}]}]}]},{\"resourceLogs\":[]}]")), (None, Some(10)));
        assert_eq!(elements(b"S{\"resourceLogs\":[]}"), Some(1));
        for none in [&b"[]"[..], b"{\"a", b"{\"a\"", b"{\"a\\\"\":1", b"{1:2}", b""] {
            assert_eq!(beginning(none), b"");
        }
    }
}
