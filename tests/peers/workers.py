"""Workers that Spark starts, one of which is killed on the way: the lake answers as if one worker had taken in all.

    workers.py TRACEMILL FOLDER ARCHIVE

Runs docs/examples/spark_workers.py on a local cluster of two worker processes. The lake lies behind file://, so that what is asked of a store is asked.
"""

import os
import pathlib
import shutil
import subprocess
import sys

import pyspark

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# the first try of share 1 is killed while it runs, as a machine that is taken away would be
WRAPPER = """#!/bin/sh
case " $* " in
*" --share 1/"*)
    if mkdir "{mark}" 2>/dev/null; then
        timeout -s KILL 0.4 "{program}" "$@"
        exit 137
    fi
    ;;
esac
exec "{program}" "$@"
"""


def answers(program, lake, out):
    shutil.rmtree(out, ignore_errors=True)
    subprocess.run([program, "reports", "--lake", lake, "--output-dir", out, "--format", "csv"], check=True, capture_output=True)
    # coverage names the places of archives
    return {path.name: path.read_bytes() for path in out.iterdir() if not path.name.startswith("coverage")}


def main(program, folder, archive):
    program, folder, archive = str(pathlib.Path(program).resolve()), pathlib.Path(folder).resolve(), str(pathlib.Path(archive).resolve())
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["TRACEMILL_CACHE"] = str(folder / "cache")
    subprocess.run([program, "ingest", archive, "--lake", folder / "one"], capture_output=True)
    expected = answers(program, folder / "one", folder / "answers-one")
    wrapper = folder / "tracemill"
    wrapper.write_text(WRAPPER.format(mark=folder / "killed", program=program))
    wrapper.chmod(0o755)
    lake = f"file://{folder}/lake"
    submit = pathlib.Path(sys.executable).parent / "spark-submit"
    words = ["--master", "local-cluster[2,1,1024]", "--conf", "spark.ui.enabled=false", ROOT / "docs/examples/spark_workers.py", archive, lake, "4", wrapper]
    # Spark looks for itself and for Python on the path
    env = {**os.environ, "PYSPARK_PYTHON": sys.executable, "SPARK_HOME": os.path.dirname(pyspark.__file__)}
    done = subprocess.run([submit, *words], capture_output=True, text=True, env=env)
    if done.returncode != 0:
        sys.exit(f"ended with {done.returncode}:\n{done.stdout}\n{done.stderr[-3000:]}")
    if not (folder / "killed").is_dir():
        sys.exit("no worker was killed")
    if "attempt 0" not in done.stderr:
        sys.exit("Spark did not see that a worker was killed")
    subprocess.run([program, "verify", "--lake", lake], check=True, capture_output=True)
    found = answers(program, lake, folder / "answers")
    differ = [name for name in expected if found.get(name) != expected[name]]
    if differ or len(found) != len(expected):
        sys.exit(f"{len(differ)} of {len(expected)} reports differ: {differ}")
    print(done.stdout, end="")
    print(f"4 shares, two Spark workers, one of them killed on the way: {len(expected)} reports as those of one worker")


main(*sys.argv[1:])
