#!/bin/sh
# A real S3-compatible object store on 127.0.0.1 for tests: a Ceph cluster of one machine (one monitor, one OSD that keeps objects in memory, one
# RADOS Gateway; Debian's packages), whole in one folder. Its conditional PUTs (If-None-Match: *) are atomic, which is what is tested with it.
#
#   s3-server.sh start FOLDER PORT   starts it from nothing; prints the `export AWS_…` lines, and nothing else, to standard output
#   s3-server.sh stop FOLDER         stops it; what was in it is gone
#
# Ports, all of 127.0.0.1: PORT is S3, PORT+1 the monitor, PORT+2 to PORT+41 the OSD.
set -eu

BUCKET=lake
ACCESS=TRACEMILLTESTKEY0001
SECRET=tracemill-test-secret-key-0000000000000001

say() { echo "s3-server: $*" >&2; }
die() { say "$*"; exit 1; }
usage() { die "usage: $0 start FOLDER PORT | stop FOLDER"; }

# A pid file counts only while that pid still runs the daemon of this folder: pids are used again.
running() { # NAME -> prints the pid
    [ -s "$DIR/$1.pid" ] || return 1
    pid=$(tr -dc 0-9 <"$DIR/$1.pid")
    [ -n "$pid" ] && [ -r "/proc/$pid/cmdline" ] || return 1
    tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -Fqx -- "$CONF" || return 1
    echo "$pid"
}

# The order matters: the gateway needs the OSD to end, the OSD the monitor.
stop() {
    for name in rgw osd mon; do
        pid=$(running "$name") || continue
        kill "$pid" 2>/dev/null || :
        for _ in $(seq 100); do
            running "$name" >/dev/null || break
            sleep 0.1
        done
        kill -9 "$pid" 2>/dev/null || :
        rm -f "$DIR/$name.pid"
    done
}

install_missing() {
    for program in ceph-mon ceph-osd radosgw radosgw-admin ceph monmaptool ceph-authtool curl; do
        PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || missing=yes
    done
    [ -n "${missing-}" ] || return 0
    [ "$(id -u)" = 0 ] || die "missing; as root: apt-get install --no-install-recommends ceph-mon ceph-osd radosgw curl ceph-mgr-"
    say "installing ceph-mon, ceph-osd, radosgw, curl"
    # ceph-mgr-: the gateway does without a manager
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends ceph-mon ceph-osd radosgw curl ceph-mgr-; } >&2 ||
        die "apt-get failed"
}

conf() {
    cat >"$CONF" <<END
[global]
fsid = $FSID
# with "auth … = none" the gateway never logs in
keyring = $DIR/keyring
auth allow insecure global id reclaim = false
mon host = [v2:127.0.0.1:$((PORT + 1))]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind msgr1 = false
ms bind ipv6 = false
ms bind port min = $((PORT + 2))
ms bind port max = $((PORT + 41))
run dir = $DIR
crash dir = $DIR
# a socket's path may have 107 bytes, a folder's more
admin socket =
log file = $DIR/\$name.log
mon cluster log file = $DIR/cluster.log
mon cluster log to syslog = false
debug ms = 0/0
debug osd = 0/0
debug rgw = 1/1
debug paxos = 0/0
debug mon = 0/0
# one OSD, so one copy
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
mon max pg per osd = 1000

[mon]
mon data = $DIR/mon
mon data avail crit = 1
mon data avail warn = 1
pid file = $DIR/mon.pid

[osd]
osd data = $DIR/osd
pid file = $DIR/osd.pid
osd objectstore = memstore
# when it is full a PUT waits for ever; what was deleted counts for some minutes more
memstore device bytes = ${S3_STORE_BYTES:-8589934592}
osd memory target = 1073741824
osd max scrubs = 0
osd class update on start = false

[client.rgw]
# the gateway has a default of its own
keyring = $DIR/keyring
pid file = $DIR/rgw.pid
rgw data = $DIR/rgw
# without it an answer in two segments waits for the acknowledgement of the first, which is delayed by 40 ms
rgw frontends = beast endpoint=127.0.0.1:$PORT tcp_nodelay=1
rgw thread pool size = 64
rgw enable usage log = false
rgw enable ops log = false
rgw run sync thread = false
rgw enable lc threads = false
rgw dynamic resharding = false
# the default, two hours, is too long with the data in memory
rgw gc obj min wait = 60
rgw gc processor period = 60
END
}

ceph_() { ceph -c "$CONF" --name client.admin --connect-timeout 60 "$@"; }

# The daemons' output goes to a file: a caller that reads ours to its end would wait for them.
daemon() { "$@" >>"$DIR/start.log" 2>&1 </dev/null || { tail -5 "$DIR/start.log" >&2; die "failed: $*"; }; }

until_ok() { # SECONDS WHAT COMMAND…
    end=$(($(date +%s) + $1)); what=$2; shift 2
    until "$@" >/dev/null 2>&1; do
        [ "$(date +%s)" -lt "$end" ] || die "$what: not in time; logs are in $DIR"
        sleep 0.2
    done
}

osd_up() { ceph_ osd stat 2>/dev/null | grep -q ' 1 up'; }

s3() { # STATUS CURL-ARGUMENTS…
    want=$1; shift
    code=$(curl -s --noproxy '*' --max-time 60 -o "$DIR/curl.out" -w '%{http_code}' --aws-sigv4 aws:amz:us-east-1:s3 --user "$ACCESS:$SECRET" \
        -H 'x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' "$@") || return 1
    [ "$code" = "$want" ]
}

start() {
    install_missing
    stop
    # only a folder that this script made is emptied
    [ -f "$DIR/s3-server.folder" ] || [ -z "$(ls -A "$DIR")" ] || die "$DIR is not empty and not mine"
    (cd "$DIR" && rm -rf mon osd rgw ./*.log ceph.conf curl.out monmap keyring)
    : >"$DIR/s3-server.folder"
    mkdir -p "$DIR/mon" "$DIR/osd" "$DIR/rgw"
    trap 'rc=$?; [ $rc = 0 ] || stop' EXIT
    trap 'exit 130' INT TERM
    FSID=$(cat /proc/sys/kernel/random/uuid)
    conf
    daemon monmaptool --create --fsid "$FSID" --addv a "[v2:127.0.0.1:$((PORT + 1))]" "$DIR/monmap"
    # the monitor takes these keys, and what they allow, as its first ones
    key() { name=$1; shift; daemon ceph-authtool "$DIR/keyring" --gen-key -n "$name" "$@"; }
    (umask 077; : >"$DIR/keyring")
    key mon. --cap mon 'allow *'
    key client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
    key client.rgw --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
    key osd.0 --cap mon 'allow profile osd' --cap osd 'allow *' --cap mgr 'allow profile osd'
    daemon ceph-mon -c "$CONF" -i a --mkfs --monmap "$DIR/monmap" --keyring "$DIR/keyring"
    daemon ceph-mon -c "$CONF" -i a
    until_ok 60 "the monitor" ceph_ osd stat
    uuid=$(cat /proc/sys/kernel/random/uuid)
    [ "$(ceph_ osd new "$uuid" 2>>"$DIR/start.log")" = 0 ] || die "osd new: see $DIR/start.log"
    daemon ceph-osd -c "$CONF" -i 0 --mkfs --osd-uuid "$uuid"
    daemon ceph-osd -c "$CONF" -i 0
    until_ok 120 "the OSD" osd_up
    daemon radosgw-admin -c "$CONF" --name client.rgw user create --uid tracemill --display-name tracemill --access-key "$ACCESS" --secret "$SECRET"
    daemon radosgw -c "$CONF" --name client.rgw
    # it answers when all its pools are there
    url=http://127.0.0.1:$PORT/$BUCKET
    until_ok 180 "the gateway" s3 200 "http://127.0.0.1:$PORT/"
    s3 200 -X PUT "$url" || die "no bucket $BUCKET: $(cat "$DIR/curl.out")"
    # the first object, and the first upload in pieces, make their pools, which takes seconds
    s3 200 -X PUT -H 'Content-Length: 0' "$url/warm-up" || die "cannot PUT: $(cat "$DIR/curl.out")"
    s3 204 -X DELETE "$url/warm-up" || die "cannot DELETE"
    s3 200 -X POST -H 'Content-Length: 0' "$url/warm-up?uploads=" || die "no upload in pieces: $(cat "$DIR/curl.out")"
    s3 204 -X DELETE "$url/warm-up?uploadId=$(sed -n 's/.*<UploadId>\([^<]*\)<.*/\1/p' "$DIR/curl.out")" || die "cannot abort an upload"
    trap - EXIT INT TERM
    say "ready at 127.0.0.1:$PORT"
    cat <<END
export AWS_ACCESS_KEY_ID=$ACCESS AWS_SECRET_ACCESS_KEY=$SECRET AWS_REGION=us-east-1
export AWS_ENDPOINT_URL=http://127.0.0.1:$PORT AWS_ALLOW_HTTP=true
END
}

case ${1-} in
start)
    [ $# = 3 ] || usage
    PORT=$3
    case $PORT in *[!0-9]* | '') usage ;; esac
    mkdir -p "$2"
    ;;
stop)
    [ $# = 2 ] || usage
    [ -d "$2" ] || exit 0
    ;;
*) usage ;;
esac
DIR=$(cd "$2" && pwd)
CONF=$DIR/ceph.conf
case $DIR in *[!A-Za-z0-9_./-]*) die "$DIR has characters that ceph.conf does not take" ;; esac
"$1"
