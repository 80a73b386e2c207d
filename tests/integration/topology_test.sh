#!/usr/bin/env bash
# ctest: unit, 60 s
# The verb `topology` of the built program, and what `wan` needs no engine for: what it prints, where, and its exit codes.
set -euo pipefail

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# expect_error EXIT_CODE MESSAGE ARGUMENT…: the message alone on stderr, nothing on stdout.
expect_error() {
  local expected_code=$1 expected=$2 code=0
  shift 2
  "$LONGHAUL" "$@" >stdout 2>stderr || code=$?
  [[ $code == "$expected_code" ]] || fail "$*: exit $code, expected $expected_code"
  [[ ! -s stdout ]] || fail "$*: printed to stdout"
  [[ $(<stderr) == "longhaul: $expected" ]] || fail "$*: said '$(<stderr)', expected 'longhaul: $expected'"
}

golden=$LONGHAUL_SOURCE_DIR/tests/topologies/golden
for name in two-campus-metro three-campus-mesh hub-and-edge single-campus; do
  "$LONGHAUL" topology show "$name" | diff "$golden/$name.txt" - || fail "show $name differs from its golden file"
done

for file in "$LONGHAUL_SOURCE_DIR"/topologies/catalogue/*.yaml; do
  name=$(basename "$file" .yaml)
  "$LONGHAUL" topology list | grep >/dev/null "^$name " || fail "list lacks $name"
  "$LONGHAUL" topology check "$file" | grep >/dev/null "^$file: good: " || fail "check refuses $file"
done

"$LONGHAUL" topology list | /usr/bin/python3 -c '
assert max(len(line.rstrip()) for line in open(0, encoding="utf-8")) <= 80
' || fail "list is wider than 80 columns"
"$LONGHAUL" topology list --json | /usr/bin/python3 -c '
import json, sys
rows = {row["name"]: row for row in json.load(sys.stdin)}
assert rows["two-campus-metro"]["hosts"] == 128, rows
assert abs(rows["two-campus-metro"]["longest_rtt_s"] - 793.52e-6) < 1e-12, rows
'
"$LONGHAUL" topology show three-campus-mesh --json | /usr/bin/python3 -c '
import json, sys
mesh = json.load(sys.stdin)
assert list(mesh) == ["name", "title", "source", "sites", "links", "paths"], list(mesh)
assert [path["links"] for path in mesh["paths"]] == [["north-south"], ["north-east"], ["south-east"]], mesh["paths"]
assert mesh["sites"][0]["hosts"] == "north[01-32]", mesh["sites"]
assert mesh["paths"][0]["bottleneck_bit_per_s"] == 3.2e12, mesh["paths"]
'

# The example of the reference is a good file.
# shellcheck disable=SC2016  # the backticks are Markdown's
sed -n '/^```yaml$/,/^```$/p' "$LONGHAUL_SOURCE_DIR/docs/topologies.md" | sed '1d;$d' >mine.yaml
"$LONGHAUL" topology check mine.yaml | grep -x >/dev/null 'mine.yaml: good: 3 sites, 208 hosts, 1664 GPUs, 2 links' ||
  fail "the example of docs/topologies.md is refused"

sed 's/80 km/80 kg/' mine.yaml >bad.yaml
expect_error 2 "bad.yaml:21:13: unknown unit 'kg' in 'length: 80 kg'; expected one of m, km" topology check bad.yaml
: >empty.yaml
expect_error 2 "empty.yaml: empty; expected a YAML document" topology check empty.yaml
printf 'name: \x00\x01\n' >binary.yaml
expect_error 2 "binary.yaml:1:7: byte 0x00 is not text; expected a YAML file in UTF-8" topology show binary.yaml
printf 'name: [\n' >malformed.yaml
expect_error 2 "malformed.yaml:2:1: malformed YAML: end of sequence flow not found" topology check malformed.yaml
expect_error 2 "cannot read 'nowhere.yaml': No such file or directory" topology check nowhere.yaml
expect_error 2 "topology: unknown 'lst'; did you mean 'list'? expected one of list, show, check" topology lst
expect_error 2 "topology: nothing to do; expected one of list, show, check" topology
expect_error 2 "topology show: unknown '--jsn'; did you mean '--json'? expected one of --help, TOPOLOGY, --json" \
  topology show two-campus-metro --jsn

# The engine that is none: there for scripts that take any.
[ "$("$LONGHAUL" wan show --wan none)" = "none: links are taken as they are; nothing is imposed or counted" ] || fail "wan show"
"$LONGHAUL" wan show --wan none --json | grep -x >/dev/null '  "engine": "none"' || fail "wan show --json"
"$LONGHAUL" wan clean --wan none
expect_error 2 "--wan none takes the links as they are and cannot put a setting into force; expected --wan lab, netem or plugin" \
  wan apply +10ms --wan none
expect_error 2 "--wan none takes the links as they are and cannot let anything happen to them; expected --wan lab, netem or plugin" \
  wan set cut a-b --wan none

"$LONGHAUL" topology show --help | grep >/dev/null '^Example: longhaul topology show ' || fail "show --help has no example"
