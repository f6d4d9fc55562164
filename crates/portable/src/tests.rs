//! Translations and refusals, each by its text.

use crate::{Engine, PortableError, prelude, statement};

/// What is written for Spark, on one line and without the spaces of the layout.
fn spark(sql: &str) -> Result<String, PortableError> {
    statement(Engine::Spark, sql).map(|s| s.split_whitespace().collect::<Vec<_>>().join(" ").replace("( ", "(").replace(" )", ")"))
}

#[test]
fn what_means_something_else_to_spark_is_said_otherwise() {
    for (sql, want) in [
        // nulls come last, unless the statement says something
        ("SELECT a FROM t ORDER BY a, b DESC, c NULLS FIRST", "SELECT a FROM t ORDER BY a NULLS LAST, b DESC NULLS LAST, c NULLS FIRST"),
        (
            "SELECT SUM(n) OVER (PARTITION BY g ORDER BY x, y NULLS FIRST) AS s FROM t",
            "SELECT SUM(n) OVER (PARTITION BY g ORDER BY x NULLS LAST, y NULLS FIRST) AS s FROM t",
        ),
        ("SELECT a FROM (SELECT a FROM t ORDER BY a LIMIT 2) AS u", "SELECT a FROM (SELECT a FROM t ORDER BY a NULLS LAST LIMIT 2) AS u"),
        // doubles are doubles
        ("SELECT a * 1.0 / NULLIF(b, 0) FROM t", "SELECT a * 1.0D / NULLIF(b, 0) FROM t"),
        ("SELECT a FROM t WHERE b > 1e6 AND c = 7", "SELECT a FROM t WHERE b > 1e6D AND c = 7"),
        ("SELECT a FROM t WHERE b LIKE 'x.5%'", "SELECT a FROM t WHERE b LIKE 'x.5%'"),
        // rounding
        ("SELECT ROUND(ns / 1000000.0, 6) AS ms FROM t", "SELECT (RINT((ns / 1000000.0D) * 1e6D) / 1e6D) AS ms FROM t"),
        ("SELECT CAST(ROUND(a * 10.0) AS BIGINT) FROM t", "SELECT CAST(RINT((a * 10.0D)) AS BIGINT) FROM t"),
        ("SELECT ROUND(a, 0) FROM t", "SELECT RINT((a)) FROM t"),
        (
            "SELECT ROUND(ROUND(QUANTILE_CONT(x, 0.5), 8), 6) FROM t",
            "SELECT (RINT(((RINT((PERCENTILE(x, 0.5D)) * 1e8D) / 1e8D)) * 1e6D) / 1e6D) FROM t",
        ),
        ("SELECT x - FLOOR(x), CEIL(y) FROM t", "SELECT x - CAST(FLOOR(x) AS DOUBLE), CAST(CEIL(y) AS DOUBLE) FROM t"),
        // aggregates
        ("SELECT QUANTILE_CONT(x, 0.95) FILTER (WHERE y > 0.5) FROM t", "SELECT PERCENTILE(x, 0.95D) FILTER (WHERE y > 0.5D) FROM t"),
        ("SELECT STRING_AGG(DISTINCT m, ', ' ORDER BY m) FROM t", "SELECT LISTAGG(DISTINCT m, ', ') WITHIN GROUP (ORDER BY m NULLS LAST) FROM t"),
        // texts
        ("SELECT UNNEST(STRING_TO_ARRAY(s, ', ')) AS one FROM t", r"SELECT EXPLODE(SPLIT(s, '\\, ')) AS one FROM t"),
        ("SELECT UNNEST(STRING_TO_ARRAY(s, 'a|b')) FROM t", r"SELECT EXPLODE(SPLIT(s, 'a\\|b')) FROM t"),
        ("SELECT SPLIT_PART(s, '\n', 1) FROM t", r"SELECT SPLIT_PART(s, '\n', 1) FROM t"),
        (r"SELECT a FROM t WHERE b = 'it''s \d'", r"SELECT a FROM t WHERE b = 'it\'s \\d'"),
        ("SELECT t.\"table\" AS \"from\" FROM t", "SELECT t.`table` AS `from` FROM t"),
        ("SELECT GET_JSON_OBJECT(j, '$.a[2]') FROM t", "SELECT IF(TRY_PARSE_JSON(j) IS NOT NULL, GET_JSON_OBJECT(j, '$.a[2]'), NULL) FROM t"),
        // types
        ("SELECT a::DOUBLE, CAST(NULL AS VARCHAR) FROM t", "SELECT CAST(a AS DOUBLE), CAST(NULL AS STRING) FROM t"),
        ("SELECT a || (b + c) FROM t", "SELECT a || (b + c) FROM t"),
        // what stays
        (
            "WITH u AS (SELECT *, t.b AS c FROM t) SELECT u.*, COUNT(DISTINCT c || '/' || d) FROM u LEFT JOIN v ON u.a = v.a WHERE e IS NOT NULL GROUP BY a",
            "WITH u AS (SELECT *, t.b AS c FROM t) SELECT u.*, COUNT(DISTINCT c || '/' || d) FROM u LEFT JOIN v ON u.a = v.a WHERE e IS NOT NULL GROUP BY a",
        ),
    ] {
        assert_eq!(spark(sql).as_deref(), Ok(want), "{sql}");
    }
}

#[test]
fn a_text_over_lines_keeps_its_lines() {
    let translated = statement(Engine::Spark, "SELECT a FROM (SELECT a FROM t WHERE b = 'one\n  two') AS u").unwrap();
    assert!(translated.contains(r"b = 'one\n  two'"), "{translated}");
}

#[test]
fn what_spark_has_not_or_understands_otherwise_is_refused_by_name() {
    for (sql, want) in [
        ("SELECT CONCAT(a, b) FROM t", "function CONCAT"),
        ("SELECT a FROM t WHERE regexp_matches(b, 'x')", "function regexp_matches"),
        ("SELECT s.f(a) FROM t", "function s.f"),
        ("SELECT a FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY a) = 1", "QUALIFY"),
        ("SELECT a, COUNT(*) FROM t GROUP BY ALL", "GROUP BY ALL"),
        ("SELECT a FROM t ORDER BY ALL", "ORDER BY ALL"),
        ("SELECT a FROM t LIMIT 3", "LIMIT without ORDER BY"),
        ("SELECT DISTINCT ON (a) a, b FROM t", "DISTINCT ON"),
        ("SELECT * EXCLUDE (a) FROM t", "EXCLUDE"),
        ("FROM t SELECT a", "FROM before SELECT"),
        ("WITH RECURSIVE u AS (SELECT 1 AS a UNION ALL SELECT a FROM u) SELECT a FROM u", "WITH RECURSIVE"),
        ("SELECT a FROM t UNION BY NAME SELECT a FROM u", "BY NAME"),
        ("SELECT a FROM t EXCEPT ALL SELECT a FROM u", "EXCEPT ALL"),
        ("SELECT a FROM t JOIN u USING (a)", "joins without ON"),
        ("SELECT a FROM t POSITIONAL JOIN u", "join"),
        ("SELECT a FROM range(3) AS t", "in FROM"),
        ("SELECT a FROM t AS u(a)", "names of columns"),
        ("SELECT a -> 'b' FROM t", "a -> 'b'"),
        ("SELECT a // b FROM t", "operator //"),
        ("SELECT a % b FROM t", "operator %"),
        ("SELECT a FROM t WHERE b > INTERVAL '1 day'", "INTERVAL"),
        ("SELECT [1, 2] FROM t", "expression"),
        ("SELECT CAST(a AS BIGINT) FROM t", "round first"),
        ("SELECT CAST(ROUND(a, 2) AS BIGINT) FROM t", "round first"),
        ("SELECT CAST(a AS VARCHAR) FROM t", "only null"),
        ("SELECT CAST(a AS DECIMAL(9, 2)) FROM t", "type DECIMAL(9,2)"),
        ("SELECT TRY_CAST(a AS DOUBLE) FROM t", "TRY_CAST"),
        ("SELECT ROUND(a, b) FROM t", "ROUND(a, b)"),
        ("SELECT ROUND(a, 23) FROM t", "ROUND(a, 23)"),
        ("SELECT ROUND(a, -2) FROM t", "ROUND(a, -2)"),
        ("SELECT QUANTILE_CONT(a, [0.5, 0.9]) FROM t", "QUANTILE_CONT"),
        ("SELECT QUANTILE_CONT(a, 0.5) OVER () FROM t", "a window behind quantile_cont"),
        ("SELECT STRING_AGG(a, ',') FROM t", "ORDER BY the texts themselves"),
        ("SELECT STRING_AGG(a, ',' ORDER BY b) FROM t", "ORDER BY the texts themselves"),
        ("SELECT COALESCE(UNNEST(a), 0) FROM t", "UNNEST but as a column of its own"),
        ("SELECT GET_JSON_OBJECT(a, b) FROM t", "literal that both understand"),
        ("SELECT DATE_TRUNC('decade', a) FROM t", "literal that both understand"),
        ("SELECT SPLIT_PART(a, '', 1) FROM t", "literal that both understand"),
        ("SELECT a FROM t WHERE b LIKE 'x\\_%'", "LIKE"),
        ("SELECT a FROM t WHERE b LIKE c", "LIKE"),
        ("SELECT ROW_NUMBER() FROM t", "without a window"),
        ("SELECT MIN(*) FROM t", "MIN(*)"),
        ("SELECT SUM(a ORDER BY b) FROM t", "a clause within"),
        ("SELECT SUM(DISTINCT a) OVER () FROM t", "DISTINCT"),
        ("SELECT SUM(a) OVER w FROM t WINDOW w AS (ORDER BY b)", "WINDOW"),
        ("SELECT SUM(a) OVER (ORDER BY b RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t", "RANGE"),
        ("SELECT E'a' FROM t", "'a' as the name of a column"),
        ("SELECT a FROM t WHERE b = $$c$$", "literal"),
    ] {
        match spark(sql) {
            Err(error @ (PortableError::Syntax { .. } | PortableError::Function { .. })) => {
                let said = error.to_string();
                assert!(said.starts_with("Spark: ") && said.contains(want), "{sql}: {said}");
            }
            other => panic!("{sql}: {other:?}"),
        }
    }
}

#[test]
fn only_one_query_is_a_report() {
    for engine in Engine::ALL {
        for sql in ["", "SELECT 1; SELECT 2", "DROP TABLE t"] {
            assert_eq!(statement(engine, sql), Err(PortableError::NotOneQuery), "{sql}");
        }
        assert!(matches!(statement(engine, "SELECT a FROM"), Err(PortableError::Parse(_))));
    }
}

#[test]
fn duckdb_gets_the_text_as_it_is_but_for_rounding() {
    let sql =
        "-- ROUND(a) in a comment\nSELECT\n\t'ROUND(é)', Round(a, 6) AS round, /* round( */ ROUND(ROUND(b)) -- ä ROUND(\nFROM t ORDER BY round\n";
    let want = "-- ROUND(a) in a comment\nSELECT\n\t'ROUND(é)', round_ties_even(a, 6) AS round, /* round( */ round_ties_even(round_ties_even(b)) -- ä ROUND(\nFROM t ORDER BY round\n";
    assert_eq!(statement(Engine::DuckDb, sql).as_deref(), Ok(want));
    let untouched = "SELECT s.round(a), \"x\" FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY a) = 1";
    assert_eq!(statement(Engine::DuckDb, untouched).as_deref(), Ok(untouched));
}

#[test]
fn every_report_of_the_project_has_a_statement_for_each_engine() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../queries");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let sql = std::fs::read_to_string(&path).unwrap();
        for engine in Engine::ALL {
            let translated = statement(engine, &sql).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            // what is translated is translated everywhere
            let left = match engine {
                Engine::DuckDb => vec!["ROUND("],
                Engine::Spark => vec!["ROUND(", "QUANTILE_CONT(", "STRING_AGG(", "UNNEST(", "STRING_TO_ARRAY("],
            };
            let statement = translated.lines().filter(|l| !l.trim_start().starts_with("--")).collect::<Vec<_>>().join("\n");
            assert_eq!(left.iter().find(|name| statement.contains(*name)), None, "{engine} {}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 2 * 29, "{seen}");
}

#[test]
fn what_a_session_wants_before_is_whole_statements() {
    let statements = prelude(Engine::DuckDb);
    assert!(statements.ends_with(";\n") && statements.contains("MACRO round_ties_even") && statements.contains("MACRO get_json_object"));
    assert_eq!(prelude(Engine::Spark), "");
}

#[test]
fn engines_are_called_by_their_names() {
    for engine in Engine::ALL {
        assert_eq!(engine.name().parse(), Ok(engine));
    }
    assert_eq!("trino".parse::<Engine>(), Err("engine \"trino\" is none; there are duckdb, spark".to_owned()));
}
