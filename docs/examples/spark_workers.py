"""Workers of tracemill started by Spark: each task takes its share of an archive into one lake, then the driver builds the semantic tables.

    spark-submit spark_workers.py ARCHIVE LAKE WORKERS [TRACEMILL]

ARCHIVE and LAKE are URLs, or folders that all machines see under one name. `tracemill` has to be on every executor: in its image, on its PATH, or sent with
`--files tracemill` and named as `./tracemill`. A task that Spark starts again, or twice, does no harm: what its share has is known by then.
"""

import subprocess
import sys

from pyspark import TaskContext
from pyspark.sql import SparkSession


def take(archive, lake, workers, program):
    def run(shares):
        for share in shares:
            words = [program, "ingest", archive, "--raw-only", "--share", f"{share}/{workers}", "--lake", lake]
            done = subprocess.run(words, capture_output=True, text=True)
            # 1 says that something was set aside; it is in the quarantine, and another try does not change it
            if done.returncode not in (0, 1):
                raise RuntimeError(f"share {share}, attempt {TaskContext.get().attemptNumber()}: {done.stderr}")
            yield share, done.returncode, done.stderr

    return run


def main(archive, lake, workers, program="tracemill"):
    spark = SparkSession.builder.appName("tracemill").getOrCreate()
    shares = spark.sparkContext.parallelize(range(workers), workers)
    for share, code, said in sorted(shares.mapPartitions(take(archive, lake, workers, program)).collect()):
        print(f"share {share}: exit code {code}\n{said}", end="")
    subprocess.run([program, "normalize", "--lake", lake], check=True)
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *sys.argv[4:5])
