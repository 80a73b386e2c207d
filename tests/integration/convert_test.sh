#!/bin/bash
# ctest: unit, 60 s
# `longhaul convert`: each form, to standard output and to a file; what it cannot do it says in one line.
set -euo pipefail

fail() { echo "FAILED: $*"; exit 1; }

# expect_error CODE TEXT COMMAND…
expect_error() {
  local code=$1 text=$2 got=0
  shift 2
  "$@" >out 2>err || got=$?
  [ "$got" = "$code" ] || fail "exit $got, expected $code: $* ($(cat err))"
  grep -qF -- "$text" err || fail "no '$text' in: $(cat err)"
  [ "$(wc -l <err)" = 1 ] || fail "not one line: $(cat err)"
  [ ! -s out ] || fail "output beside an error: $*"
}

rm -rf ./*
"$LONGHAUL_BINARY_DIR/bin/format_sample" run.h5
golden=$LONGHAUL_SOURCE_DIR/tests/results/golden

"$LONGHAUL" convert run.h5 --to table | diff - "$golden/sample.txt" || fail table
"$LONGHAUL" convert run.h5 --to nccl-tests | diff - "$golden/sample.nccl-tests.txt" || fail nccl-tests
"$LONGHAUL" convert run.h5 --to csv >run.csv
"$LONGHAUL" convert run.h5 --to json >run.json
[ "$(wc -l <run.csv)" = 73 ] || fail "72 points and a head, got $(wc -l <run.csv) lines"
/usr/bin/python3 - <<'PYTHON' || fail "csv and json say different things"
import csv
import json
points = json.load(open("run.json", encoding="utf-8"))["points"]
rows = list(csv.DictReader(open("run.csv", encoding="utf-8", newline="")))
assert len(points) == len(rows) == 72
for point, row in zip(points, rows):
    assert list(point) == list(row), "keys are columns"
    assert float(row["median"]) == point["median"] and row["key"] == point["key"]
    assert (row["p99"] == "") == (point["p99"] is None)
    assert row["flags"].split() == point["flags"]
PYTHON

echo "-- the form by the name of the output"
for form in csv json md txt; do
  "$LONGHAUL" convert run.h5 -o "by-name.$form" 2>note
  grep -q "by-name.$form" note || fail "where it went is not said"
done
diff run.csv by-name.csv && diff run.json by-name.json && diff "$golden/sample.txt" by-name.txt || fail "by name"
"$LONGHAUL" convert run.h5 --to csv -o anything.txt 2>/dev/null && diff run.csv anything.txt || fail "--to goes before the name"

echo "-- to other tools and back"
"$LONGHAUL" convert run.h5 --to nccl-tests | gzip >theirs.txt.gz
"$LONGHAUL" convert theirs.txt.gz -o back.h5 2>note
grep -q "back.h5" note || fail "where it went is not said"
"$LONGHAUL" convert back.h5 --to nccl-tests | diff - "$golden/sample.nccl-tests.txt" || fail "export, import, export"
"$LONGHAUL" compare run.h5 back.h5 | grep -q "nothing can be told" || fail "an imported file has no repetition to compare by"
expect_error 2 "'back.h5' exists" "$LONGHAUL" convert theirs.txt.gz -o back.h5
expect_error 2 "only with --merge" "$LONGHAUL" convert run.h5 back.h5 --to csv
"$LONGHAUL" convert --merge run.h5 back.h5 -o both.h5 2>note
[ "$("$LONGHAUL" convert both.h5 --to json | grep -c '"seed"')" = 3 ] || fail "two launches and an imported one"
for form in nccl-tests nccl-tests-json; do
  { printf '\xEF\xBB\xBF'; "$LONGHAUL" convert run.h5 --to "$form"; } >marked.txt
  "$LONGHAUL" convert marked.txt --to nccl-tests | diff - "$golden/sample.nccl-tests.txt" || fail "$form behind a byte order mark"
done
printf '# Collective test starting: all_reduce_perf\nnode1: Test NCCL failure\n' >broken.log
"$LONGHAUL" convert broken.log --to csv 2>note | grep -q "failed: node1: Test NCCL failure" || fail "what broke off is no success"
printf 'node1: Test NCCL failure\n' >nothing.log
expect_error 2 "'nothing.log' holds no result" "$LONGHAUL" convert nothing.log --to csv
printf '# OSU MPI Allgather Latency Test v7.4\n# Datatype: MPI_CHAR.\n# Size       Avg Latency(us)\n1024  10.00\n' >osu.txt
expect_error 2 "line 4: rows of an unknown number of ranks: give --ranks N" "$LONGHAUL" convert osu.txt --to csv
"$LONGHAUL" convert osu.txt --ranks 4 --to csv | grep -q "all_gather/flat/int8/none/out-of-place/latency/4096/" || fail "4 × 1024 B"

echo "-- what it cannot do"
expect_error 2 "to what? Give --to FORMAT" "$LONGHAUL" convert run.h5
expect_error 2 "did you mean 'nccl-tests'?" "$LONGHAUL" convert run.h5 --to nccl-test
expect_error 2 "'run.xlsx' has no extension that says a format" "$LONGHAUL" convert run.h5 -o run.xlsx
expect_error 2 "no file 'none.h5'" "$LONGHAUL" convert none.h5 --to csv
: >empty.h5
expect_error 2 "'empty.h5' is empty" "$LONGHAUL" convert empty.h5 --to csv
head -c 4000 "$LONGHAUL" >garbage.h5
expect_error 2 "'garbage.h5' is no complete results file" "$LONGHAUL" convert garbage.h5 --to csv
head -c 100000 run.h5 >cut.h5
expect_error 2 "'cut.h5' is no complete results file" "$LONGHAUL" convert cut.h5 --to csv
/usr/bin/python3 -c "
import h5py, shutil
shutil.copy('run.h5', 'newer.h5')
h5py.File('newer.h5', 'r+').attrs['schema_version'] = 99"
expect_error 2 "has schema version 99" "$LONGHAUL" convert newer.h5 --to csv
cp run.h5 run.csv
expect_error 2 "would overwrite the results it is made from" "$LONGHAUL" convert run.csv -o run.csv
expect_error 4 "make the folder first: mkdir -p 'none'" "$LONGHAUL" convert run.h5 -o none/run.csv
expect_error 4 "cannot write to standard output: No space left on device" bash -c "$LONGHAUL convert run.h5 --to csv >/dev/full"
"$LONGHAUL" convert --help | grep -q "longhaul convert run.h5 --to nccl-tests" || fail "no example in --help"

echo "passed"
