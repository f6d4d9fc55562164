"""DuckDB's answer to a statement over a lake, as CSV on standard output.

    duckdb_query.py LAKE FILE.sql|STATEMENT

Tables are views over the Parquet files that the lake's log names; only those that the statement speaks of are opened.
"""

import csv
import json
import pathlib
import re
import sys

import duckdb


def live_files(lake):
    """Table by table, the files that the log's entries leave in the lake."""
    files = {}
    for entry in sorted((lake / "_tracemill" / "commits").glob("*.json")):
        commit = json.loads(entry.read_text())
        for gone in commit.get("removed", []):
            files.pop(gone, None)
        files.update((added["file"], added["table"]) for added in commit.get("added", []))
    tables = {}
    for file, table in sorted(files.items()):
        tables.setdefault(table, []).append(str(lake / file))
    return tables


def main(lake, statement):
    if statement.endswith(".sql"):
        statement = pathlib.Path(statement).read_text()
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    # ours gives the text of a value, or nothing where the text is no JSON
    connection.execute(
        "CREATE MACRO get_json_object(text, path) AS CASE WHEN json_valid(text) THEN json_extract_string(text, path) END"
    )
    words = set(re.findall(r"[a-z_]+", re.sub(r"--.*", "", statement)))
    for table, files in live_files(pathlib.Path(lake)).items():
        if table in words:
            listed = ", ".join(f"'{file}'" for file in files)
            connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet([{listed}], union_by_name = true)")
    try:
        result = connection.execute(statement)
    except duckdb.Error as error:
        missing = re.search(r"Table with name (\w+) does not exist", str(error))
        sys.exit(f"no {missing[1]} in the lake" if missing else str(error).split("\n")[0])
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(column[0] for column in result.description)
    writer.writerows(result.fetchall())


main(*sys.argv[1:])
