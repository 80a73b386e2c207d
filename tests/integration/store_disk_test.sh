#!/bin/bash
# ctest: unit, 120 s
# What cannot be written is said in one line, before anything is measured where that is possible, and loses nothing that
# was finished. A disk of 1 MB of our own: a tmpfs in a mount namespace.
set -euo pipefail

writer=$LONGHAUL_BINARY_DIR/bin/store_writer
if [ "${1:-}" != inside ]; then
  if ! unshare -Urm true 2>/dev/null; then
    echo "skipped: no user and mount namespaces here (unshare -Urm)"
    exit 77
  fi
  exec unshare -Urm bash "$0" inside
fi

fail() { echo "FAILED: $*"; exit 1; }

# expect_error CODE TEXT COMMAND…: it ends with CODE and says TEXT in one line
expect_error() {
  local code=$1 text=$2 got=0
  shift 2
  "$@" >out 2>err || got=$?
  [ "$got" = "$code" ] || fail "exit $got, expected $code: $* ($(cat err))"
  grep -qF -- "$text" err || fail "no '$text' in: $(cat err)"
  [ "$(wc -l <err)" = 1 ] || fail "not one line: $(cat err)"
}

rm -rf disk roomy
mkdir disk
mount -t tmpfs -o size=1m tmpfs disk

echo "-- a disk that becomes full"
expect_error 4 "No space left on device; free some space" "$writer" write disk/run.h5 1000
cp out finished
[ "$(wc -l <finished)" -gt 5 ] || fail "hardly a visit fitted: $(wc -l <finished)"
"$writer" read disk/run.h5 >stored
diff finished stored || fail "not all finished visits are there"
find disk -name '.*.tmp' | grep . && fail "temporary files are left"
cp -r disk roomy
"$writer" write roomy/run.h5 5000 3 >/dev/null
"$writer" read roomy/run.h5 >stored
diff <(cat finished; seq 5000 5002) stored || fail "it does not go on elsewhere"

echo "-- a disk that is full from the start"
rm -rf disk/* && head -c 2000000 /dev/zero >disk/ballast 2>/dev/null || true
expect_error 4 "cannot write 'disk/new.h5': No space left on device" "$writer" write disk/new.h5 1

echo "-- a run whose disk becomes full"
rm -rf disk/*
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
expect_error 4 "No space left on device; free some space" "$LONGHAUL" run --collective all_reduce --size 16B --rounds 5000 \
  --precision 0.001% --visit-time 10ms --quiet -o disk/run.h5
parts=$(find disk/run.h5.parts -name '*.part' | wc -l)
[ "$parts" -gt 3 ] || fail "hardly a visit fitted: $parts"
rm -rf roomy && cp -r disk roomy
"$LONGHAUL" convert roomy/run.h5 -o roomy/copy.h5 2>/dev/null
visits_in() { h5ls "$1/visits/visit" | sed -n 's/^visit  *Dataset {\([0-9]*\).*/\1/p'; }
visits=$(visits_in roomy/copy.h5)
[ "$visits" -ge "$parts" ] || fail "of $parts parts only $visits visits can be read"
"$LONGHAUL" run --collective all_reduce --size 16B --rounds 5000 --precision 0.001% --visit-time 10ms --for 2s --quiet \
  -o roomy/run.h5 --resume >/dev/null || fail "it does not go on elsewhere"
after=$(visits_in roomy/run.h5)
[ "$after" -gt "$visits" ] || fail "nothing was added to $visits visits: $after"

echo "-- a disk that cannot be written"
rm -rf disk/* && mount -o remount,ro disk
expect_error 4 "Read-only file system; choose a folder that you may write to" "$writer" write disk/run.h5 1

echo "-- a folder that is missing"
expect_error 4 "No such file or directory; make the folder first: mkdir -p 'none'" "$writer" write none/run.h5 1

echo "passed"
