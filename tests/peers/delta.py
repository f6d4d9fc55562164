"""The Delta logs of a lake, read by others: DuckDB's extension, delta-rs, and Spark.

    TRACEMILL=target/debug/tracemill python tests/peers/delta.py FOLDER ARCHIVE…

FOLDER is made anew. Spark's own connector is a jar that no package index for Python has, so Spark is given the files and columns that delta-rs finds in the
log, and reads these. Where logs lie outside of the lake they name files in full, which DuckDB's extension and delta-rs' reader for pyarrow take for names
below the table; delta-rs' own engine reads them.
"""

import collections
import fcntl
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading

import duckdb
import duckdb_extensions
from deltalake import DeltaTable, QueryBuilder
from pyspark.sql import SparkSession

PROGRAM = os.path.abspath(os.environ["TRACEMILL"])
WORK = pathlib.Path(sys.argv[1]).absolute()
ARCHIVES = [os.path.abspath(path) for path in sys.argv[2:]]
LAKE, LOGS = WORK / "lake", WORK / "logs"
# a count, and the sum of a column, of each table that is compared
ASKED = {"model_calls": "total_tokens", "tool_calls": "duration_ns", "spans": "duration_ns", "events": "flags"}


def run(*words):
    done = subprocess.run([PROGRAM, *words, "--lake", LAKE], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{words}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def rows(*words):
    return json.loads(run(*words, "--format", "json"))


def question(table, relation):
    return f"SELECT COUNT(*), SUM({ASKED[table]}) FROM {relation}"


def by_program(table):
    answer = rows("sql", f"SELECT COUNT(*) AS n, SUM({ASKED[table]}) AS total FROM {table}")[0]
    return answer["n"], answer["total"]


def by_duckdb(connection, table, folder):
    count, total = connection.execute(question(table, f"delta_scan('{folder}/{table}')")).fetchone()
    return count, None if total is None else int(total)


def by_deltars(table, folder):
    found = QueryBuilder().register("t", DeltaTable(f"{folder}/{table}")).execute(question(table, "t")).read_all()
    return found.column(0)[0].as_py(), found.column(1)[0].as_py()


def by_spark(spark, table):
    log = DeltaTable(f"{LOGS}/{table}")
    names = {"long": "BIGINT", "string": "STRING", "double": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE"}
    fields = json.loads(log.schema().to_json())["fields"]
    kinds = [names[f["type"]] if isinstance(f["type"], str) else f"ARRAY<{names[f['type']['elementType']]}>" for f in fields]
    schema = ", ".join(f"`{field['name']}` {kind}" for field, kind in zip(fields, kinds))
    files = [str(path) for path in log.get_add_actions().column("path").to_pylist()]
    frame = spark.read.schema(schema).option("basePath", f"file://{LAKE}/{table}").parquet(*files)
    frame.createOrReplaceTempView("t")
    found = spark.sql(question(table, "t")).collect()[0]
    return found[0], found[1]


def connect():
    connection = duckdb.connect()
    duckdb_extensions.import_extension("delta", con=connection)
    connection.execute("LOAD delta")
    return connection


def same(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: {found}, and the program says {expected}")


def compare(spark):
    connection = connect()
    for table in ASKED:
        expected = by_program(table)
        same(f"DuckDB, {table}", by_duckdb(connection, table, LAKE), expected)
        same(f"delta-rs, {table}", by_deltars(table, LAKE), expected)
        same(f"delta-rs, {table} elsewhere", by_deltars(table, LOGS), expected)
        same(f"Spark, {table}", by_spark(spark, table), expected)
    tokens = sum(row["total_tokens"] or 0 for row in rows("tokens"))
    same("tokens", by_duckdb(connection, "model_calls", LAKE)[1], tokens)
    calls = sum(row["calls"] for row in rows("tools"))
    same("tools", by_duckdb(connection, "tool_calls", LAKE)[0], calls)
    print(f"the same in DuckDB, delta-rs and Spark: {tokens} tokens, {calls} calls of tools")


def while_written(archives):
    """Reads as fast as it can while archives are taken in and files are merged; every answer must be that of a whole commit."""
    states = {table: {by_program(table)} for table in ASKED}
    seen = {table: set() for table in ASKED}
    counts, ended, faults = collections.Counter(), threading.Event(), []

    def read(name, one):
        while not ended.is_set():
            for table in ASKED:
                try:
                    seen[table].add(one(table))
                    counts[name] += 1
                except Exception as error:
                    # its version was replaced, and its files removed, before it had opened them all: no answer, and no wrong one
                    gone = any(word in str(error) for word in ("No such file", "not found", "Cannot open"))
                    counts[f"{name}, file gone" if gone else name] += 1
                    if not gone:
                        faults.append(f"{name}, {table}: {error}")

    connection = connect()
    readers = [
        threading.Thread(target=read, args=("DuckDB", lambda table: by_duckdb(connection, table, LAKE))),
        threading.Thread(target=read, args=("delta-rs", lambda table: by_deltars(table, LAKE))),
    ]
    for reader in readers:
        reader.start()
    try:
        for archive in archives:
            for words in (["ingest", archive], ["compact"]):
                run(*words)
                for table in ASKED:
                    states[table].add(by_program(table))
    finally:
        ended.set()
        for reader in readers:
            reader.join()
    if faults:
        sys.exit("\n".join(faults[:5]))
    for table in ASKED:
        if not seen[table] <= states[table]:
            sys.exit(f"{table}: {seen[table] - states[table]} is of no commit; those are {states[table]}")
    print("read while written:", dict(counts), {table: f"{len(seen[table])} of {len(states[table])} states" for table in ASKED})


def between(archive):
    """After a commit's entry, and before its files are in their places, the log tells of the lake before it."""
    connection = connect()
    before = {table: by_duckdb(connection, table, LAKE) for table in ASKED}
    with open(LAKE / "_tracemill" / "readers") as readers:
        fcntl.flock(readers, fcntl.LOCK_SH)
        run("ingest", archive)
        committed = {table: by_program(table) for table in ASKED}
        if committed == before:
            sys.exit(f"{archive}: it changes nothing, so that nothing is tried")
        for table in ASKED:
            same(f"between, DuckDB, {table}", by_duckdb(connection, table, LAKE), before[table])
            same(f"between, delta-rs, {table}", by_deltars(table, LOGS), before[table])
    run("compact")
    for table in ASKED:
        same(f"after, DuckDB, {table}", by_duckdb(connection, table, LAKE), committed[table])
    print("between a commit's entry and its settling the logs tell of the lake before it")


def main():
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    third = max(1, len(ARCHIVES) // 3)
    run("ingest", *ARCHIVES[:third])
    run("export", "delta")
    run("export", "delta", "--times", "bigint", "--output", LOGS)
    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.sql.warehouse.dir", str(WORK / "warehouse")).getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    compare(spark)
    while_written(ARCHIVES[third:-1])
    compare(spark)
    between(ARCHIVES[-1])
    compare(spark)
    # a moved lake is the same to who reads the logs in it
    expected = by_program("model_calls")
    LAKE.rename(WORK / "moved")
    same("moved", by_duckdb(connect(), "model_calls", WORK / "moved"), expected)
    print("all is the same")


main()
