//! Names of files in the log. Border: whether a name is one that a commit may add or remove; whether such a file is there is others' business.
//!
//! A lake can come from somebody else, and what its log names is moved, read and deleted. So nothing outside the lake may be named, nor what
//! keeps it together: the log itself, the key, the locks.

use super::commit::Commit;

/// Folders of `_tracemill` that are no commit's.
const OWN: [&str; 2] = ["commits", "staging"];

/// Why an entry cannot be taken; `None` where every name in it is one of the lake's.
pub(super) fn refused<S>(commit: &Commit<S>) -> Option<String> {
    let files = commit.added.iter().map(|a| &a.file).chain(&commit.removed);
    if let Some(file) = files.into_iter().find(|file| !is_file(file)) {
        return Some(format!("{file:?} is no name of a file of a lake"));
    }
    let days = commit.folded.iter().flat_map(|f| &f.days).map(|d| (&d.table, &d.date));
    let words = commit.added.iter().map(|a| (&a.table, &a.date)).chain(days).flat_map(|(table, date)| [table, date]);
    words.into_iter().find(|word| !word.is_empty() && !is_plain(word)).map(|word| format!("{word:?} is neither a table nor a day"))
}

/// Whether a path below the lake's root is that of a file which belongs to a commit.
pub(super) fn is_file(path: &str) -> bool {
    let mut parts = path.split('/');
    let (Some(first), Some(second)) = (parts.next(), parts.next()) else { return false };
    let is_own = first == super::META && (OWN.contains(&second) || path.split('/').count() < 3);
    path.split('/').all(is_plain) && !is_own
}

/// Whether a part of a path names something in its folder, on any system.
pub(super) fn is_plain(part: &str) -> bool {
    !matches!(part, "" | "." | "..") && !part.contains(['/', '\\', ':', '\0'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_lake_can_be_named() {
        for good in ["spans/date=2026-11-22/part-000001-00001.parquet", "_tracemill/quarantine/index-000001.jsonl", "spans/x"] {
            assert!(is_file(good), "{good}");
        }
        for bad in [
            "",
            "x",
            "spans",
            "/etc/passwd",
            "../other/file",
            "spans/../../file",
            "spans/./x",
            "spans//x",
            "spans/",
            "spans\\..\\..\\file",
            "C:/file",
            "spans/x\0",
            "_tracemill/key",
            "_tracemill/commits/00000001.json",
            "_tracemill/staging/2/x",
        ] {
            assert!(!is_file(bad), "{bad:?}");
        }
    }
}
