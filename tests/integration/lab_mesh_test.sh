#!/usr/bin/env bash
# ctest: lab, 120 s, alone
# Eight sites fully meshed on one machine.
set -euo pipefail
source "$LONGHAUL_SOURCE_DIR/tests/integration/lab_helpers.sh"
export PROBE=$probe

cat >mesh.py <<'PY'
print("name: mesh\ntitle: Eight sites, each pair its own link\nsites:")
for site in range(8):
    print(f"  - {{name: s{site}, hosts: h{site}, fabric: {{host_rate: 4 Gbit/s}}}}")
print("links:")
for a in range(8):
    for b in range(a + 1, 8):
        print(f"  - {{between: [s{a}, s{b}], rtt: {20 + 2 * a + b} ms, members: 1 x 4 Gbit/s}}")
PY
/usr/bin/python3 mesh.py >mesh.yaml

# Every pair of eight sites has its own round trip. What a busy machine adds is on top, so the least of some
# tries counts; exact delays are the unit tests'.
cat >mesh.sh <<'SCRIPT'
for host in $(seq 0 7); do "$LONGHAUL" lab exec h$host -- "$PROBE" serve 7000 & done
for a in $(seq 0 6); do
  for b in $(seq $((a + 1)) 7); do
    wanted=$(((20 + 2 * a + b) * 1000)) least=1e9
    for _ in $(seq 12); do
      least=$(echo "$least" "$("$LONGHAUL" lab exec h$a -- "$PROBE" ping h$b 7000 8)" | awk '{ print $1 < $2 ? $1 : $2 }')
      awk -v got="$least" -v wanted=$wanted 'BEGIN { exit !(got < wanted + 900) }' && break
    done
    echo "$a $b $wanted $least"
  done
done
SCRIPT
"$longhaul" lab --quiet --topology mesh.yaml --hosts-per-site 1 -- bash mesh.sh >mesh.txt
expect "pairs measured" 28 "$(wc -l <mesh.txt)"
while read -r a b wanted rtt; do
  expect_between "RTT between s$a and s$b" "$wanted" $((wanted + 5000)) "$rtt"
done <mesh.txt
