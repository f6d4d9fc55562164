use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::{RemoteError, is_url, listed, open};

fn folder() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", folder.path().display());
    (folder, url)
}

fn put(folder: &TempDir, name: &str, text: &str) {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn a_store_does_what_a_lake_asks_of_it() {
    let (folder, url) = folder();
    let store = open(&format!("{url}/deep/lake/")).unwrap();
    assert_eq!(store.url(), format!("{url}/deep/lake"));
    assert!(store.list("").unwrap().is_empty());
    assert_eq!(store.read("a/b", 99).unwrap(), None);
    assert!(store.create("a/b", b"first").unwrap());
    assert!(!store.create("a/b", b"second").unwrap());
    assert_eq!(store.read("a/b", 99).unwrap().unwrap(), b"first");
    store.write("a/b", b"third").unwrap();
    // more than one piece, and exactly two
    for (name, length) in [("large", (8 << 20) + 5), ("even", 16 << 20), ("empty", 0)] {
        let bytes: Vec<u8> = (0..length).map(|n: usize| (n % 251) as u8).collect();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::write(&from, &bytes).unwrap();
        store.send(name, &from).unwrap();
        assert!(store.fetch(name, &to, 1 << 30).unwrap());
        assert!(fs::read(&to).unwrap() == bytes, "{name}");
    }
    assert!(!store.fetch("none", &folder.path().join("none"), 99).unwrap());
    assert!(!folder.path().join("none").exists());
    let names: Vec<(String, u64)> = store.list("").unwrap().into_iter().map(|o| (o.name, o.bytes)).collect();
    let expected = [("a/b", 5), ("empty", 0), ("even", 16 << 20), ("large", (8 << 20) + 5)];
    assert_eq!(names, expected.map(|(name, bytes)| (name.to_owned(), bytes)));
    assert_eq!(store.list("a/").unwrap().len(), 1);
    // a folder, not a beginning of names
    assert!(store.list("a/bc/").unwrap().is_empty());
    let error = store.fetch("large", &folder.path().join("to"), 8 << 20).unwrap_err().to_string();
    assert!(error.contains("large: more than the 8388608 bytes"), "{error}");
    assert!(store.read("large", 5).is_err());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert!(store.create("_tracemill/key", b"0").unwrap());
        assert_eq!(fs::metadata(folder.path().join("deep/lake/_tracemill/key")).unwrap().permissions().mode() & 0o777, 0o600);
        store.remove(&["_tracemill/key".to_owned()]).unwrap();
    }
    store.remove(&["a/b".to_owned(), "never".to_owned()]).unwrap();
    store.remove(&[]).unwrap();
    assert_eq!(store.read("a/b", 99).unwrap(), None);
}

#[test]
fn of_many_who_create_at_once_one_does() {
    let (_folder, url) = folder();
    for round in 0..50 {
        let name = format!("entry-{round}");
        let won: usize = std::thread::scope(|scope| {
            let all: Vec<_> = (0..8)
                .map(|n| {
                    scope.spawn({
                        let (url, name) = (&url, &name);
                        move || usize::from(open(url).unwrap().create(name, &[n]).unwrap())
                    })
                })
                .collect();
            all.into_iter().map(|one| one.join().unwrap()).sum()
        });
        assert_eq!(won, 1);
    }
}

#[test]
fn names_that_are_none_are_refused_in_words() {
    for (typed, word) in [("s3:///x", "s3:///x"), ("s3://bucket/a?versionId=1", "no ?"), ("file://host\0/x", "file"), ("gs://", "gs://")] {
        let error = open(typed).unwrap_err();
        assert!(matches!(error, RemoteError::Name { .. } | RemoteError::Environment { .. }) && error.to_string().contains(word), "{error}");
    }
    for (typed, is) in
        [("s3://b/x", true), ("gs://b", true), ("az://c/x", true), ("file:///x", true), ("C://x", false), ("s3:/x", false), ("-", false)]
    {
        assert_eq!(is_url(typed), is, "{typed}");
    }
}

#[test]
fn a_url_means_an_object_all_below_it_or_what_fits() {
    let (folder, url) = folder();
    for name in
        ["a/x.jsonl", "a/deep/y.jsonl", "a/.hidden/z", "a/odd name%20.jsonl", "lake/_tracemill/key", "lake/spans/part", "b.jsonl", "my_tracemill/key"]
    {
        put(&folder, name, name);
    }
    let names = |typed: &str| -> Vec<String> {
        let below = |input: &tracemill_ingest::Input| input.name().strip_prefix(&format!("{url}/")).unwrap().to_owned();
        listed(typed).unwrap().iter().map(below).collect()
    };
    assert_eq!(names(&url), ["a/deep/y.jsonl", "a/odd name%20.jsonl", "a/x.jsonl", "b.jsonl", "my_tracemill/key"]);
    assert_eq!(names(&format!("{url}/b.jsonl")), ["b.jsonl"]);
    assert_eq!(names(&format!("{url}/a/*.jsonl")), ["a/odd name%20.jsonl", "a/x.jsonl"]);
    assert_eq!(names(&format!("{url}/**/y.*")), ["a/deep/y.jsonl"]);
    assert!(names(&format!("{url}/lake")).is_empty());
    assert!(names(&format!("{url}/lake/")).is_empty());
    assert!(matches!(listed(&format!("{url}/none")), Err(RemoteError::Missing(_))));
    assert!(matches!(listed(&format!("{url}/a/*.none")), Err(RemoteError::Missing(_))));
}

#[test]
fn what_lies_beside_the_data_of_a_block_is_there_when_it_is_read() {
    let (folder, url) = folder();
    for name in ["tenant/block/data.parquet", "tenant/block/meta.json", "tenant/block/bloom-0", "tenant/other/x.jsonl"] {
        put(&folder, name, name);
    }
    // the block's own folder, and the file alone
    for typed in [format!("{url}/tenant/block"), format!("{url}/tenant/block/data.parquet")] {
        let inputs = listed(&typed).unwrap();
        let data = inputs.iter().find(|i| i.name() == format!("{url}/tenant/block/data.parquet")).unwrap().far.as_ref().unwrap().place().to_owned();
        assert!(data.with_file_name("meta.json").exists() && data.with_file_name("bloom-0").exists(), "{typed}");
        assert_eq!(inputs.len(), if typed.ends_with("block") { 3 } else { 1 });
    }
    let inputs = listed(&url).unwrap();
    let place = |end: &str| inputs.iter().find(|i| i.name().ends_with(end)).unwrap().far.as_ref().unwrap().place().to_owned();
    let data = place("data.parquet");
    // names only, until somebody reads
    assert_eq!(fs::metadata(data.with_file_name("bloom-0")).unwrap().len(), 0);
    assert!(!place("x.jsonl").exists());
    let spool =
        data.ancestors().find(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("tracemill-spool-"))).map(Path::to_owned).unwrap();
    drop(inputs);
    assert!(!spool.exists());
}
