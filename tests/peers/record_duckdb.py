"""Records DuckDB's answers to the statements of data/sql/cases.sql.

    record_duckdb.py LAKE AGENTS CASES ANSWERS

Each table of a lake is a view over its Parquet files, those of the second lake in a schema of its own. DuckDB has few functions for
nanoseconds with a zone, so times are taken to the microsecond. Numbers of fixed decimals become doubles.
"""

import datetime
import decimal
import json
import pathlib
import sys

import duckdb


def views(connection, lake, schema):
    for folder in sorted(pathlib.Path(lake).iterdir()):
        if folder.name.startswith("_") or not list(folder.glob("date=*/*.parquet")):
            continue
        files = f"read_parquet('{folder}/**/*.parquet', hive_partitioning = true, union_by_name = true)"
        columns = connection.execute(f"DESCRIBE SELECT * FROM {files}").fetchall()
        times = [f"{name}::TIMESTAMPTZ AS {name}" for name, kind, *_ in columns if kind.startswith("TIMESTAMP")]
        replaced = f"REPLACE ({', '.join(times)})" if times else ""
        connection.execute(f"CREATE VIEW {schema}.{folder.name} AS SELECT * {replaced} FROM {files}")


def plain(value):
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, datetime.datetime):
        utc = value.astimezone(datetime.timezone.utc) if value.tzinfo else value
        return utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value


def cases(text):
    for part in text.split("-- case: ")[1:]:
        name, statement = part.split("\n", 1)
        yield name.removesuffix(" ordered").strip(), name.endswith(" ordered"), statement.strip().rstrip(";")


def main(lake, agents, case_file, answer_file):
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("CREATE SCHEMA agents")
    views(connection, lake, "main")
    views(connection, agents, "agents")
    answers = {}
    for name, ordered, statement in cases(pathlib.Path(case_file).read_text()):
        try:
            result = connection.execute(statement)
        except duckdb.Error as error:
            sys.exit(f"{name}: {error}")
        columns = [column[0] for column in result.description]
        rows = [[plain(v) for v in row] for row in result.fetchall()]
        if not ordered:
            rows.sort(key=json.dumps)
        answers[name] = {"columns": columns, "rows": rows}
    lines = [f"{json.dumps(name)}: {json.dumps(answer, ensure_ascii=False)}" for name, answer in answers.items()]
    pathlib.Path(answer_file).write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{len(answers)} answers by DuckDB {duckdb.__version__}")


main(*sys.argv[1:])
