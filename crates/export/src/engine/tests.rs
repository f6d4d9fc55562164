//! The texts: all tables and columns, whatever the lake has of them, and names that need quoting. That engines take them is tried in tests/peers.

use tracemill_model::lake::Transaction;
use tracemill_model::tables::{self, METRICS};
use tracemill_model::{Lake, Table};

use super::*;

const ALL: [Engine; 7] = [Engine::Duckdb, Engine::Spark, Engine::Trino, Engine::Clickhouse, Engine::Athena, Engine::Pandas, Engine::Polars];

/// A lake with two parts of one table, in a folder of that name.
fn lake(folder: &std::path::Path, name: &str) -> Lake {
    let lake = Lake::create(&folder.join(name)).unwrap();
    let lock = lake.lock().unwrap();
    let mut tx = Transaction::begin(&lake, &lock).unwrap();
    for _ in 0..2 {
        let (file, path) = tx.new_part(&METRICS, "2026-11-22");
        let rows = tracemill_model::part::write(&METRICS, &path, &[]).unwrap();
        tx.add(&METRICS, "2026-11-22", file, rows).unwrap();
    }
    assert!(tx.commit().unwrap());
    drop(lock);
    lake
}

fn text(engine: Engine, lake: &Lake, pinned: bool) -> Result<String, Error> {
    let location = (engine == Engine::Athena).then_some("s3://bucket/folder/");
    tables(engine, &Source::new(lake, location, pinned)?)
}

#[test]
fn every_engine_is_told_of_every_table_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path(), "a lake's");
    for engine in ALL {
        let text = text(engine, &lake, false).unwrap();
        assert!(text.contains("commit 1"), "{text}");
        let named = |t: &'static Table| t.columns.iter().map(|c| c.name).chain([t.name]);
        for name in tables::all().flat_map(named) {
            assert!(text.contains(&format!("\"{name}\"")) || text.contains(&format!("`{name}`")), "{engine:?} {name}");
        }
    }
    assert!(text(Engine::Duckdb, &lake, false).unwrap().contains("/a lake''s/metrics/date=*/*.parquet'"));
    assert!(text(Engine::Clickhouse, &lake, false).unwrap().contains("/a lake\\'s/metrics/date=*/*.parquet'"));
    assert!(text(Engine::Spark, &lake, false).unwrap().contains("/a%20lake\\'s/metrics'"));
}

#[test]
fn files_are_named_only_where_they_are_pinned() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path(), "lake");
    for engine in ALL {
        assert!(!text(engine, &lake, false).unwrap().contains("part-000001"), "{engine:?}");
        match text(engine, &lake, true) {
            Ok(text) => assert!(text.contains("part-000001-00001.parquet") && text.contains("part-000001-00002.parquet"), "{engine:?}"),
            Err(e) => {
                assert!(matches!(engine, Engine::Spark | Engine::Trino | Engine::Athena) && e.to_string().contains("export delta"), "{engine:?} {e}")
            }
        }
    }
    // what is pinned must be in its place
    let reader = lake.read().unwrap();
    let lock = lake.lock().unwrap();
    let mut tx = Transaction::begin(&lake, &lock).unwrap();
    let (file, path) = tx.new_part(&METRICS, "2026-11-22");
    let rows = tracemill_model::part::write(&METRICS, &path, &[]).unwrap();
    tx.add(&METRICS, "2026-11-22", file, rows).unwrap();
    assert!(tx.commit().unwrap());
    assert!(text(Engine::Duckdb, &lake, true).unwrap_err().to_string().contains("readers"));
    drop(reader);
}

#[test]
fn what_an_engine_cannot_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let odd = lake(folder.path(), "la*ke");
    for engine in [Engine::Duckdb, Engine::Clickhouse] {
        assert!(text(engine, &odd, false).unwrap_err().to_string().contains("pattern"));
    }
    let lake = lake(folder.path(), "lake");
    assert!(tables(Engine::Athena, &Source::new(&lake, None, false).unwrap()).unwrap_err().to_string().contains("--location"));
    let other = Source::new(&lake, Some("gs://bucket/x"), false).unwrap();
    assert!(tables(Engine::Clickhouse, &other).unwrap_err().to_string().contains("s3://"));
    assert!(tables(Engine::Spark, &other).unwrap().contains("LOCATION 'gs://bucket/x/metrics'"));
}

#[test]
fn texts_are_quoted() {
    assert_eq!(quote::text("a'b\\"), "'a''b\\'");
    assert_eq!(quote::slashed("a'b\\"), "'a\\'b\\\\'");
    assert_eq!(quote::python("a'\"b\\é\n"), "\"a'\\\"b\\\\é\\n\"");
    assert_eq!((quote::name("a\"b"), quote::tick("a`b")), ("\"a\"\"b\"".to_owned(), "`a``b`".to_owned()));
}
