//! Names of Tempo's write-ahead log: a folder `<block>+<tenant>+<version>` whose files `0000000001`, `0000000002`, … are small Parquet files of
//! the version's schema, with one `meta.json` for all (Tempo, `tempodb/encoding/vparquet*/wal_block.go`). Border: names only.

use std::path::Path;

/// The version that the name of a write-ahead folder ends in; `None` where it is none.
pub fn folder(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?;
    let (rest, version) = name.rsplit_once('+')?;
    // in old versions the tenant is followed by encodings, which may be empty
    let is_block = rest.split('+').next().is_some_and(|id| id.len() == 36 && id.split('-').count() == 5);
    (is_block && rest.contains('+') && version.starts_with("vParquet")).then_some(version)
}

/// Whether a file of such a folder holds traces.
pub fn is_page(name: &str) -> bool {
    name.len() == 10 && name.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_known_by_their_names() {
        for (name, version) in [
            ("dc63d2e2-e08a-446e-abb8-a51540829f2d+single-tenant+vParquet5", Some("vParquet5")),
            ("wal/dc63d2e2-e08a-446e-abb8-a51540829f2d+a+b+vParquet4", Some("vParquet4")),
            ("dc63d2e2-e08a-446e-abb8-a51540829f2d+vParquet4", None),
            ("8d52d9b0-0ac9-47a1-8896-37f34ef4f2eb", None),
            ("a+b+vParquet4", None),
        ] {
            assert_eq!(folder(Path::new(name)), version, "{name}");
        }
        assert!(is_page("0000000001") && !is_page("1") && !is_page("meta.json.x"));
    }
}
