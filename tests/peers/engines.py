"""Runs every report on our program, DuckDB and Spark, and holds the answers against each other, cell by cell.

    engines.py LAKE...

Environment: TRACEMILL, our program, whose `export` says views and reports in the other engines' words. Fails at any difference, and where a report
of the program, or a file in queries/, was not compared. Spark is a local cluster of two workers, each a process of its own.
"""

import datetime
import decimal
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

# Spark gives times in the zone of the process
os.environ["TZ"] = "UTC"
time.tzset()

import duckdb
from pyspark.sql import SparkSession

HERE = pathlib.Path(__file__).parent
QUERIES = HERE.parent.parent / "queries"
# the functions that reports may use, with odd values
MORE = HERE / "reports"
REPORTS = {file.stem: file for folder in (QUERIES, MORE) for file in sorted(folder.glob("*.sql"))}
TRACEMILL = os.environ["TRACEMILL"]
ENGINES = ["tracemill", "duckdb", "spark"]
# the last bit of a logarithm or an exponential is not the same in all mathematical libraries: docs/engines.md
CLOSE = {("metrics", quantile) for quantile in ("p50", "p90", "p95", "p99")}
CLOSE_TO = 1e-12



def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def exported(engine, lake):
    """The statements that make the views of a lake, and each report's statement."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        run(TRACEMILL, "export", engine, "--lake", lake, "--output", folder, "--queries", MORE)
        tables = (folder / "tables.sql").read_text().split(";\n")
        reports = {file.stem: file.read_text() for file in (folder / "reports").glob("*.sql")}
    # a file of comments at the end is no statement
    bare = [re.sub(r"^\s*--.*$", "", statement, flags=re.M).strip() for statement in tables]
    return [statement for statement in bare if statement], reports


def header(report):
    """The columns that a report's file promises, with their types."""
    columns = {}
    here = False
    for line in REPORTS[report].read_text().splitlines():
        if not line.startswith("--"):
            break
        if here and line.startswith("--  "):
            name, kind, *_ = line[2:].split()
            columns[name] = kind
        else:
            here = line.strip() == "-- columns:"
    return columns


def cell(value, kind):
    """A value as text that tells it from any other of its type; a wrong type shows."""
    if value is None:
        return "null"
    if kind == "timestamp":
        if isinstance(value, datetime.datetime):
            return value.replace(tzinfo=None).isoformat(timespec="microseconds")
        # ours has nanoseconds, the others none
        return re.sub(r"(\.\d{6})\d*Z$", r"\1", value)
    if kind == "double" and isinstance(value, float):
        return repr(value + 0.0)
    if kind == "date" and isinstance(value, datetime.date) or kind == "date" and isinstance(value, str):
        return str(value)
    known = {"int64": int, "text": str, "boolean": bool}.get(kind)
    return repr(value) if type(value) is known else f"{type(value).__name__} {value!r}"


def close(one, other):
    try:
        return math.isclose(float(one), float(other), rel_tol=CLOSE_TO, abs_tol=0.0)
    except ValueError:
        return False


class Ours:
    def open(self, lake):
        self.lake = lake

    def answer(self, report, columns):
        rows = json.loads(run(TRACEMILL, report, "--queries", REPORTS[report].parent, "--lake", self.lake, "--format", "json"))
        for row in rows[:1]:
            if list(row) != list(columns):
                return f"columns {', '.join(row)}"
        return [[cell(value, kind) for value, kind in zip(row.values(), columns.values())] for row in rows]


class Other:
    """An engine that runs what has been exported for it."""

    def open(self, lake):
        tables, self.reports = exported(self.name, lake)
        for statement in tables:
            self.execute(statement)

    def answer(self, report, columns):
        if report not in self.reports:
            return "not exported"
        try:
            names, rows = self.execute(self.reports[report])
        except Exception as error:
            return str(error).split("\n\tat ")[0]
        if names != list(columns):
            return f"columns {', '.join(names)}"
        return [[cell(value, kind) for value, kind in zip(row, columns.values())] for row in rows]


class DuckDb(Other):
    name = "duckdb"

    def __init__(self):
        self.connection = duckdb.connect()
        self.connection.execute("SET TimeZone = 'UTC'")

    def execute(self, statement):
        result = self.connection.execute(statement)
        return [column[0] for column in result.description or []], result.fetchall()


class Spark(Other):
    name = "spark"

    def __init__(self):
        quiet = f"-Dlog4j2.configurationFile=file:{HERE.resolve()}/log4j2.properties"
        settings = {"spark.sql.session.timeZone": "UTC", "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false",
                    "spark.sql.shuffle.partitions": "4", "spark.driver.extraJavaOptions": quiet, "spark.executor.extraJavaOptions": quiet,
                    "spark.scheduler.minRegisteredResourcesRatio": "1.0",
                    "spark.sql.warehouse.dir": str(HERE.parent.parent / "target/engines/warehouse")}
        builder = SparkSession.builder.master("local-cluster[2,1,1024]")
        for name, value in settings.items():
            builder = builder.config(name, value)
        self.session = builder.getOrCreate()
        self.session.range(100).repartition(4).count()
        # the driver has memory of its own
        executors = self.session.sparkContext._jsc.sc().getExecutorMemoryStatus().size() - 1
        if executors != 2:
            sys.exit(f"Spark has {executors} executors, want 2")

    def execute(self, statement):
        frame = self.session.sql(statement)
        return frame.columns, [list(row) for row in frame.collect()]


def difference(report, columns, ours, theirs):
    """What is different first, and how many cells are close only."""
    if isinstance(theirs, str) or isinstance(ours, str):
        return (theirs if isinstance(theirs, str) else ours), 0
    if len(ours) != len(theirs):
        return f"{len(ours)} rows of ours, {len(theirs)} of theirs", 0
    near = 0
    for number, (mine, other) in enumerate(zip(ours, theirs), 1):
        for column, a, b in zip(columns, mine, other):
            if a == b:
                continue
            if (report, column) in CLOSE and close(a, b):
                near += 1
                continue
            return f"row {number}, column {column}: ours {a}, theirs {b}", near
    return None, near


def main(lakes):
    known = set(re.findall(r"^  (\w+) +Report: ", run(TRACEMILL, "--help"), re.MULTILINE))
    files = {file.stem for file in QUERIES.glob("*.sql")}
    wrong = [f"{report}: a report of the program, but no file in queries/" for report in sorted(known - files)]
    wrong += [f"{report}: a file in queries/, but no report of the program" for report in sorted(files - known)]
    engines = {"tracemill": Ours(), "duckdb": DuckDb(), "spark": Spark()}
    widths = [max(len(pathlib.Path(lake).name) for lake in lakes), max(map(len, REPORTS)), 5, *[14] * len(ENGINES)]

    def show(*line):
        print("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip(), flush=True)

    show("lake", "report", "rows", *ENGINES)
    for lake in lakes:
        for engine in engines.values():
            engine.open(lake)
        for report in REPORTS:
            columns = header(report)
            answers = {name: engine.answer(report, columns) for name, engine in engines.items()}
            ours = answers["tracemill"]
            verdicts = ["ok" if isinstance(ours, list) else "fails"]
            for name in ENGINES[1:]:
                found, near = difference(report, columns, ours, answers[name])
                verdicts.append("differs" if found else f"ok, {near} close" if near else "ok")
                if found:
                    wrong.append(f"{lake}: {report}: {name}: {found}")
            show(pathlib.Path(lake).name, report, str(len(ours) if isinstance(ours, list) else "-"), *verdicts)
    print(f"DuckDB {duckdb.__version__}, Spark {engines['spark'].session.version}")
    engines["spark"].session.stop()
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main(sys.argv[1:])
