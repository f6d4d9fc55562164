"""What a night costs on this machine, with one worker and with several, and what that makes of a day of any size.

    scale.py TRACEMILL ARCHIVE FOLDER [--day-tb 10] [--pieces 32] [--rounds 3] …

ARCHIVE is a folder of .jsonl files; they are cut into pieces, as a Collector that rotates its files leaves them. FOLDER is for what is written here.
With AWS_ENDPOINT_URL and a bucket `lake` the workers write to a store, too. Prints Markdown; docs/scale.md has the output of one run.
"""

import argparse
import math
import os
import pathlib
import shutil
import statistics
import subprocess
import time

GB = 1e9


class Cost:
    """Of one or several processes at once."""

    def __init__(self, wall, cpu, peak):
        self.wall, self.cpu, self.peak = wall, cpu, peak

    def __add__(self, other):
        return Cost(self.wall + other.wall, self.cpu + other.cpu, max(self.peak, other.peak))


def run(program, *commands, env=None):
    """Runs the commands at once; the peak is that of the largest."""
    began = time.monotonic()
    running = []
    for n, words in enumerate(commands):
        own = {**os.environ, **(env(n) if env else {})}
        own.pop("TRACEMILL_LAKE", None)
        running.append(subprocess.Popen([program, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=own))
    cpu, peak = 0.0, 0
    for process in running:
        message = process.stderr.read().decode()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            raise SystemExit(f"{process.args}: {message}")
        cpu += used.ru_utime + used.ru_stime
        peak = max(peak, used.ru_maxrss * 1024)
    return Cost(time.monotonic() - began, cpu, peak)


def cut(archive, folder, pieces):
    """The same lines in many files."""
    total = 0
    folder.mkdir(parents=True)
    for path in sorted(archive.glob("*.jsonl")):
        size = path.stat().st_size
        total += size
        wanted = max(1, round(pieces * size / sum(p.stat().st_size for p in archive.glob("*.jsonl"))))
        with path.open("rb") as lines:
            for n in range(wanted):
                with (folder / f"{path.stem}-{n:03}.jsonl").open("wb") as out:
                    while out.tell() < size / wanted and (line := lines.readline()):
                        out.write(line)
            rest = lines.read()
            if rest:
                (folder / f"{path.stem}-rest.jsonl").write_bytes(rest)
    return total


def bytes_below(folder):
    return sum(path.stat().st_size for path in folder.rglob("*.parquet"))


def middle(costs):
    return Cost(*(statistics.median(getattr(cost, field) for cost in costs) for field in ("wall", "cpu", "peak")))


def answers(program, lake, out, env=None):
    run(program, ["reports", "--lake", lake, "--output-dir", out, "--format", "csv"], env=env)
    return {path.name: path.read_bytes() for path in out.iterdir() if not path.name.startswith("coverage")}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("archive", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--day-tb", type=float, default=10, help="TB (10^12) of OTLP JSON a day")
    parser.add_argument("--pieces", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--node-vcpus", type=int, default=16)
    parser.add_argument("--node-memory-gb", type=float, default=64)
    parser.add_argument("--vcpu-hour-usd", type=float, default=0.05, help="on demand, memory included")
    parser.add_argument("--gb-month-usd", type=float, default=0.023)
    parser.add_argument("--puts-usd", type=float, default=0.005, help="a thousand PUT, LIST")
    options = parser.parse_args()
    program, folder = str(pathlib.Path(options.program).resolve()), options.folder.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    size = cut(options.archive, folder / "archive", options.pieces)
    gb, archive = size / GB, folder / "archive"

    raw, semantic, reports = [], [], []
    for _ in range(options.rounds):
        shutil.rmtree(folder / "one", ignore_errors=True)
        raw.append(run(program, ["ingest", archive, "--raw-only", "--lake", folder / "one"]))
        parquet = bytes_below(folder / "one")
        semantic.append(run(program, ["normalize", "--lake", folder / "one"]))
        shutil.rmtree(folder / "answers", ignore_errors=True)
        reports.append(run(program, ["reports", "--lake", folder / "one", "--output-dir", folder / "answers", "--format", "csv"]))
    raw, semantic, reports = middle(raw), middle(semantic), middle(reports)
    everything = bytes_below(folder / "one")
    print(f"One worker, {gb:.2f} GB of JSON in {len(list(archive.iterdir()))} files, {os.cpu_count()} cores, medians of {options.rounds} rounds:\n")
    print("| step | CPU s a GB | wall s a GB | peak MB |\n|---|---|---|---|")
    for name, cost in [("raw tables (`ingest --raw-only`)", raw), ("semantic tables (`normalize`)", semantic), ("all reports", reports)]:
        print(f"| {name} | {cost.cpu / gb:.2f} | {cost.wall / gb:.2f} | {cost.peak / 1e6:.0f} |")
    print(f"\nParquet: raw {parquet / size:.1%} of the JSON, semantic {(everything - parquet) / size:.1%}.\n")

    expected = answers(program, folder / "one", folder / "answers-one")
    print("Several workers at once into one lake, `--share INDEX/COUNT --raw-only`, then one `normalize`:\n")
    print("| lake | workers | raw: wall s | raw: CPU s | peak MB of a worker | answers |\n|---|---|---|---|---|---|")
    places = [("folder", lambda n: folder / f"workers-{n}")]
    if os.environ.get("AWS_ENDPOINT_URL"):
        places.append(("store", lambda n: f"s3://lake/scale-{os.getpid()}-{n}"))
    for place, lake_of in places:
        for workers in (1, 2, 4, 8):
            lake = lake_of(workers)
            machine = lambda n: {"TRACEMILL_CACHE": str(folder / f"machine-{n}")}
            words = [["ingest", archive, "--raw-only", "--lake", lake, "--share", f"{n}/{workers}"] for n in range(workers)]
            cost = run(program, *words, env=machine)
            run(program, ["normalize", "--lake", lake], env=machine)
            found = answers(program, lake, folder / f"answers-{place}-{workers}", env=machine)
            same = "the same" if found == expected else "OTHERS"
            print(f"| {place} | {workers} | {cost.wall:.2f} | {cost.cpu:.2f} | {cost.peak / 1e6:.0f} | {same} |", flush=True)
            for n in range(workers):
                shutil.rmtree(folder / f"machine-{n}", ignore_errors=True)

    day = options.day_tb * 1e12 / GB
    cpu_hours = day * (raw.cpu + semantic.cpu + reports.cpu) / gb / 3600
    # what a build holds grows with its lake; a worker gets an even share of a node
    held = semantic.peak / gb / GB
    workers = options.node_vcpus // 2
    lake_gb = options.node_memory_gb * 0.8 / workers / held
    lakes = math.ceil(day / lake_gb)
    lake_wall = lake_gb * (raw.wall + semantic.wall + reports.wall) / gb
    node_day = workers * 3600 / lake_wall * lake_gb
    print(f"\n{options.day_tb:g} TB of JSON a day, on nodes of {options.node_vcpus} vCPUs and {options.node_memory_gb:g} GB at {options.vcpu_hour_usd} USD a vCPU hour:\n")
    print("| | | how |\n|---|---|---|")
    rows = [
        ("CPU hours a day", f"{cpu_hours:.0f}", f"{day:,.0f} GB x ({raw.cpu / gb:.2f} + {semantic.cpu / gb:.2f} + {reports.cpu / gb:.2f}) CPU s"),
        ("memory that a build holds", f"{held:.2f} GB a GB", "peak of `normalize` above"),
        ("workers a node", f"{workers}", f"two vCPUs each, as measured: {options.node_memory_gb * 0.8 / workers:.1f} GB each, a fifth left for the page cache"),
        ("largest lake of a day", f"{lake_gb:.1f} GB of JSON", "memory of a worker / what a build holds"),
        ("lakes (shards)", f"{lakes:,}", f"{day:,.0f} GB / {lake_gb:.1f} GB"),
        ("a lake's night", f"{lake_wall:.0f} s", f"{lake_gb:.1f} GB x ({raw.wall / gb:.2f} + {semantic.wall / gb:.2f} + {reports.wall / gb:.2f}) s"),
        ("a node's hour", f"{node_day:,.0f} GB", f"{workers} x 3600 s / {lake_wall:.0f} s x {lake_gb:.1f} GB"),
    ]
    for hours in (1, 4, 8):
        nodes = math.ceil(day / node_day / hours)
        rows.append((f"nodes for a night of {hours} h", f"{nodes}", f"{day:,.0f} GB / {node_day:,.0f} GB / {hours} h"))
    cost = day / node_day * options.node_vcpus * options.vcpu_hour_usd
    stored = day * everything / size
    rows += [
        ("computing a day", f"{cost:.2f} USD", f"{day / node_day:.1f} node hours x {options.node_vcpus} x {options.vcpu_hour_usd} USD"),
        ("Parquet a day", f"{stored:,.0f} GB", f"{day:,.0f} GB x {everything / size:.1%}"),
        ("to keep a day for a month", f"{stored * options.gb_month_usd:.2f} USD", f"{stored:,.0f} GB x {options.gb_month_usd} USD"),
        ("requests", f"{lakes * 60 / 1000 * options.puts_usd:.2f} USD", f"{lakes:,} lakes x about 60 PUT and LIST x {options.puts_usd} USD a thousand"),
    ]
    for name, value, how in rows:
        print(f"| {name} | {value} | {how} |")


main()
