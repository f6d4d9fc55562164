"""A lake on an S3-compatible server: killed at random moments, written to by several at once, and equal to a lake in a folder all the same.

    s3.py TRACEMILL FOLDER [--kills N] [--workers N] [--seed N] [--bucket NAME] ARCHIVE…

The server is the one that the environment names (AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ALLOW_HTTP); the bucket is there. FOLDER is for
what is written here: the lake to compare with, replicas, nights. Ends with 1 where anything differs.
"""

import argparse
import hashlib
import os
import pathlib
import random
import shutil
import subprocess
import sys
import time

import boto3
from botocore.config import Config

DATE = "2026-11-30"
# where the lake and the archives are, and how long it took
OF_PLACES = ("run.json", "coverage.")


class Machine:
    """A machine has its own replicas."""

    def __init__(self, test, name):
        self.test, self.name = test, name
        self.cache = test.folder / "machines" / name

    def command(self, *words):
        env = {**os.environ, "TRACEMILL_CACHE": str(self.cache)}
        env.pop("TRACEMILL_LAKE", None)
        return {"args": [str(self.test.program), *map(str, words)], "env": env, "cwd": self.test.folder}

    def run(self, *words, codes=(0,)):
        done = subprocess.run(**self.command(*words), capture_output=True, text=True)
        if done.returncode not in codes:
            sys.exit(f"{self.name}: {' '.join(map(str, words))}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def start(self, *words):
        return subprocess.Popen(**self.command(*words), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def answers(self, lake):
        out = self.test.folder / "answers" / self.name
        shutil.rmtree(out, ignore_errors=True)
        self.run("reports", "--lake", lake, "--output-dir", out, "--format", "csv")
        return digests(out)


def digests(folder):
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    found = {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    return {name: digest for name, digest in found.items() if not pathlib.Path(name).name.startswith(OF_PLACES)}


def same(what, found, expected):
    differ = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
    if differ:
        sys.exit(f"{what}: {len(differ)} differ: {', '.join(differ[:10])}")


class Test:
    def __init__(self, options):
        self.program = pathlib.Path(options.program).resolve()
        self.folder = pathlib.Path(options.folder).resolve()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.archives = [str(pathlib.Path(path).resolve()) for path in options.archives]
        self.bucket = options.bucket
        config = Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required")
        self.client = boto3.client("s3", config=config)
        self.empty("")
        self.local = Machine(self, "local")
        began = time.time()
        self.code = self.local.run("nightly", *self.archives, "--lake", "near", "--out", "night-near", "--date", DATE, codes=(0, 1)).returncode
        print(f"a night in a folder: {time.time() - began:.1f} s, exit code {self.code}", flush=True)
        self.expected = self.local.answers("near")
        self.night = digests(self.folder / "night-near" / DATE)
        print(f"{len(self.expected)} reports, {len(self.night)} files of the night to compare with", flush=True)

    def url(self, name):
        return f"s3://{self.bucket}/{name}"

    def empty(self, prefix):
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        for name in [item["Key"] for page in pages for item in page.get("Contents", [])]:
            self.client.delete_object(Bucket=self.bucket, Key=name)

    def is_there(self, name):
        return self.client.list_objects_v2(Bucket=self.bucket, Prefix=f"{name}/_tracemill/key").get("KeyCount", 0) > 0

    def archive(self):
        """The archives as objects."""
        base = pathlib.Path(os.path.commonpath([*self.archives, str(pathlib.Path(self.archives[0]).parent)]))
        for archive in map(pathlib.Path, self.archives):
            for path in sorted(archive.rglob("*")) if archive.is_dir() else [archive]:
                if path.is_file():
                    self.client.upload_file(str(path), self.bucket, f"archive/{path.relative_to(base)}")
        one = Machine(self, "urls")
        began = time.time()
        one.run("ingest", self.url("archive"), "--lake", self.url("lake-urls"), codes=(0, 1))
        took = time.time() - began
        same("archives by URL", one.answers(self.url("lake-urls")), self.expected)
        print(f"archives by URL into a lake by URL: same answers, {took:.1f} s", flush=True)
        self.empty("")

    def killed(self, kills, dice):
        """Killed at random moments and run again."""
        kinds, done, lake, whole = {}, 0, "lake-killed", None
        while done < kills:
            self.empty(lake)
            machine = Machine(self, f"killed-{done}")
            out = self.folder / "night-far"
            shutil.rmtree(out, ignore_errors=True)
            words = ["nightly", *self.archives, "--lake", self.url(lake), "--out", out, "--date", DATE]
            if whole is None:
                began = time.time()
                machine.run(*words, codes=(self.code,))
                whole = time.time() - began
                same("a night at the store", machine.answers(self.url(lake)), self.expected)
                print(f"a night at the store: {whole:.1f} s", flush=True)
                continue
            for _ in range(dice.choice([1, 1, 2, 3])):
                run = machine.start(*words)
                after = dice.random() * whole * 1.05
                time.sleep(after)
                run.kill()
                run.communicate()
                done += 1
                kinds[run.returncode] = kinds.get(run.returncode, 0) + 1
                if self.is_there(lake):
                    Machine(self, "verifier").run("verify", "--lake", self.url(lake))
            # now and then the machine is gone, too, and another one goes on when the lease has ended
            if dice.random() < 0.15:
                machine = Machine(self, f"after-{done}")
            machine.run(*words, codes=(self.code,))
            machine.run("verify", "--lake", self.url(lake))
            same(f"after {done} kills", machine.answers(self.url(lake)), self.expected)
            same(f"the night after {done} kills", digests(out / DATE), self.night)
            same("a fresh replica", Machine(self, f"fresh-{done}").answers(self.url(lake)), self.expected)
            shutil.rmtree(self.folder / "machines", ignore_errors=True)
            print(f"{done} kills, exit codes {kinds}: verified, same answers, same night", flush=True)

    def workers(self, number):
        """Several at once."""
        files = [str(p) for a in self.archives for p in (sorted(pathlib.Path(a).rglob("*")) if os.path.isdir(a) else [pathlib.Path(a)]) if p.is_file()]
        # the sizes of shares are about the same, and one delivery is in two of them
        shares = [[] for _ in range(number)]
        for file in sorted(files, key=os.path.getsize, reverse=True):
            min(shares, key=lambda share: sum(map(os.path.getsize, share))).append(file)
        shares[-1].append(shares[0][-1])
        for what, lake in [("a store", self.url("lake-workers")), ("a folder", "near-workers")]:
            began = time.time()
            running = [Machine(self, f"worker-{n}").start("ingest", *share, "--lake", lake) for n, share in enumerate(shares) if share]
            for run in running:
                _, err = run.communicate()
                if run.returncode not in (0, 1):
                    sys.exit(f"a worker ended with {run.returncode}:\n{err}")
            took = time.time() - began
            reader = Machine(self, "reader")
            reader.run("verify", "--lake", lake)
            same(f"{number} workers", reader.answers(lake), self.expected)
            print(f"{len(running)} workers at once into {what}: verified, same answers as one, {took:.1f} s", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("folder")
    parser.add_argument("archives", nargs="+")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--bucket", default="lake")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    test = Test(options)
    test.archive()
    test.workers(options.workers)
    test.killed(options.kills, random.Random(options.seed))
    print("all the same")


main()
