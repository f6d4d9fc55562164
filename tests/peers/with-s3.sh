#!/bin/sh
# Runs a command with an S3-compatible server: the one that the environment names, else one of its own, which ends with the command.
set -eu
if [ -z "${AWS_ENDPOINT_URL-}" ]; then
    folder=$(pwd)/target/s3-server
    trap 'sh tests/peers/s3-server.sh stop "$folder"' EXIT
    exports=$(sh tests/peers/s3-server.sh start "$folder" "${TRACEMILL_S3_PORT:-9400}")
    eval "$exports"
fi
"$@"
