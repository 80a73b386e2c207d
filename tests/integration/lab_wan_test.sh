#!/usr/bin/env bash
# ctest: lab, 120 s, alone
# The lab's WAN: loss by wire packet, jitter without overtaking, links that are cut, routed round and restored live,
# and a soak under a file of events.
set -euo pipefail
source "$LONGHAUL_SOURCE_DIR/tests/integration/lab_helpers.sh"
export PROBE=$probe
write_pair
cat >loss.sh <<'SCRIPT'
"$LONGHAUL" lab exec west1 -- "$PROBE" serve 7000 &
"$PROBE" sequence west1 7000 20000 200 50
"$LONGHAUL" wan apply native:jitter=2ms
"$PROBE" sequence west1 7000 5000 200 100
"$LONGHAUL" wan show --json | grep '"setting"'
SCRIPT
cat >segments.sh <<'SCRIPT'
"$LONGHAUL" lab exec west1 -- "$PROBE" serve 7000 &
"$PROBE" bulk west1 7000 2 | awk '{ print $1 }'
"$LONGHAUL" wan show --json | awk '/"drops"/ { drops += $2 } /"packets"/ { packets += $2 } END { print 1e6 * drops / packets }'
SCRIPT
# The bytes of a stream, as the emulator counted them on the wire and as the receiver's NIC did.
cat >bytes.sh <<'SCRIPT'
"$LONGHAUL" lab exec west1 -- "$PROBE" serve 7000 &
counted() { "$LONGHAUL" wan show --json | awk '/"bytes"/ { sum += $2 } END { printf "%.0f", sum }'; }
nics() { cat /sys/class/net/lh0/statistics/{rx,tx}_bytes | awk '{ sum += $1 } END { printf "%.0f", sum }'; }
"$PROBE" ping west1 7000 1 >/dev/null
emulator=$(counted) nic=$(nics)
"$PROBE" bulk west1 7000 1 >/dev/null
sleep 0.3
echo $(($(counted) - emulator)) $(($(nics) - nic))
grep -o '"gateway": *"[a-z]*"' "$LONGHAUL_LAB/lab.json" | tr -d ' '
SCRIPT
for gateway in $(gateways); do
  lab=("$longhaul" lab --quiet --topology pair.yaml --gateway "$gateway")
  # Loss and jitter: datagrams, numbered.
  { read -r lost _; read -r jitter_lost overtaken; read -r setting; } < <("${lab[@]}" --wan-rtt native:loss=1% -- bash loss.sh)
  expect_between "datagrams lost of 20000 at 1 % ($gateway)" 140 260 "$lost"  # 4 standard deviations
  expect "datagrams lost after ($gateway)" 0 "$jitter_lost"
  expect "datagrams overtaken under jitter ($gateway)" 0 "$overtaken"
  grep -q '"native:jitter=2ms"' <<<"$setting" || fail "wan show does not tell the setting: $setting"

  # Segments of super-packets are lost one by one: a stream at 0.1 % loss goes on, and its bytes are right (TCP's checksum).
  { read -r goodput; read -r per_million; } < <("${lab[@]}" --scale uncapped --wan-rtt 2ms:loss=0.1% -- bash segments.sh)
  expect_between "goodput at 0.1 % loss, Mbit/s ($gateway)" 5 5000 "$goodput"
  expect_between "packets lost of a million at 0.1 % ($gateway)" 500 1500 "$per_million"

  # What is counted on the wire has each segment's headers (52 B of 1500); a NIC counts 14 B of Ethernet a (super-)packet.
  { read -r wire nic; read -r used; } < <("${lab[@]}" --scale uncapped -- bash bytes.sh)
  expect_between "wire bytes beside the NIC's ($gateway)" 1 1.05 "$(awk -v wire="$wire" -v nic="$nic" 'BEGIN { print wire / nic }')"
  expect "the gateway listed" "\"gateway\":\"$gateway\"" "$used"
done

# A cut with a way round: 40 ms longer over south; restored, as before.
cat >triangle.yaml <<'YAML'
name: triangle
title: Three sites, two ways
sites:
  - {name: north, hosts: n1, fabric: {host_rate: 4 Gbit/s}}
  - {name: south, hosts: s1, fabric: {host_rate: 4 Gbit/s}}
  - {name: east, hosts: e1, fabric: {host_rate: 4 Gbit/s}}
links:
  - {between: [north, south], rtt: 30 ms, members: 2 x 1 Gbit/s}
  - {between: [south, east], rtt: 30 ms, members: 2 x 1 Gbit/s}
  - {between: [north, east], rtt: 20 ms, members: 2 x 1 Gbit/s}
YAML
cat >cut.sh <<'SCRIPT'
"$LONGHAUL" lab exec e1 -- "$PROBE" serve 7000 &
ping() { "$PROBE" ping e1 7000 20 | awk '{ print $1 }'; }
ping
"$LONGHAUL" wan set cut north-east --protection 50ms >/dev/null
sleep 0.3
ping
"$LONGHAUL" wan show | grep -c 'cut, routed round'
"$LONGHAUL" wan set restore north-east >/dev/null
ping
SCRIPT
{ read -r before; read -r round; read -r cut; read -r after; } < <(
  "$longhaul" lab --quiet --topology triangle.yaml -- bash cut.sh)
expect_between "RTT before the cut" 20000 35000 "$before"
expect_between "RTT round the cut" 60000 75000 "$round"
expect "members shown as cut" 4 "$cut"
expect_between "RTT after the restore" 20000 35000 "$after"
# Events one after another: a brownout takes a link to a tenth of its rate while it lasts, a reroute takes the longer way with
# nothing lost, and what comes last is as before.
cat >events.sh <<'SCRIPT'
"$LONGHAUL" lab exec e1 -- "$PROBE" serve 7000 &
rate() { "$PROBE" bulk e1 7000 2 | awk '{ print $1 }'; }
drops() { "$LONGHAUL" wan show --json | awk '/"drops"/ { drops += $2 } END { print drops + 0 }'; }
rate
"$LONGHAUL" wan set brownout north-east --rate 10% >/dev/null
rate
"$LONGHAUL" wan set restore north-east >/dev/null
rate
before=$(drops)
"$LONGHAUL" wan set reroute north-east --protection 100ms >/dev/null
"$PROBE" ping e1 7000 3 | awk '{ print $1 }'
sleep 0.3
"$PROBE" ping e1 7000 20 | awk '{ print $1 }'
"$LONGHAUL" wan show | grep -c 'routed round'
echo $(($(drops) - before))
"$LONGHAUL" wan set restore north-east >/dev/null
"$PROBE" ping e1 7000 20 | awk '{ print $1 }'
SCRIPT
{ read -r usual; read -r brown; read -r again; read -r soon; read -r round; read -r members; read -r lost; read -r after; } < <(
  "$longhaul" lab --quiet --topology triangle.yaml --scale uncapped --wan-rtt native:rate=200Mbit/s -- bash events.sh)
expect_between "goodput before the brownout, Mbit/s" 60 105 "$usual"
expect_between "goodput in the brownout, Mbit/s" 3 11 "$brown"
expect_between "goodput after the brownout, Mbit/s" 60 105 "$again"
expect_between "RTT before the protection time is over" 20000 45000 "$soon"
expect_between "RTT over the longer way" 60000 75000 "$round"
expect "members shown as routed round" 4 "$members"
expect "packets lost to a reroute" 0 "$lost"
expect_between "RTT after the restore of the reroute" 20000 35000 "$after"

got=0
"$longhaul" lab --quiet --topology three-campus-mesh -- "$longhaul" wan set cut north-eest 2>error.txt || got=$?
expect "the exit code for an unknown link" 2 $got
grep -q "did you mean 'north-east'" error.txt || fail "no hint: $(cat error.txt)"

rm -rf soak.h5*
# A soak: data right, nothing lost, the cut is felt and over.
cat >events.yaml <<'YAML'
events:
  - {at: 3 s, cut: north-east, protection: 50 ms, for: 3 s}
YAML
"$longhaul" run --lab --topology "$LONGHAUL_SOURCE_DIR/tests/integration/two-ways.yaml" --hosts-per-site 1 --collective all_reduce --size 256KiB --for 9s \
  --events events.yaml -o soak.h5 --quiet >soak.txt || fail "the soak ended with $?: $(cat soak.txt)"
grep -q 'cut north-east, round it after 50 ms' soak.txt || fail "no event in the summary: $(cat soak.txt)"
/usr/bin/python3 - <<'PY'
import h5py
with h5py.File("soak.h5") as file:
    events, soak = file["events"], file["soak"]
    assert list(events["kind"].asstr()[:]) == ["cut", "restore"], events["kind"][:]
    assert events["failed"][:].sum() == 0 and file["visits"]["wrong"][0] == 0
    stall = events["stall"][0]
    assert 0.05 <= stall < 2, f"a cut of 50 ms stalled for {stall} s"
    assert events["recovery"][0] < 3, events["recovery"][0]
    assert len(soak["started"]) > 50
    assert soak["started"][-1] + soak["duration"][-1] >= 8.9
PY
"$longhaul" report soak.h5 -o soak.html && grep -q '"soaks":\[{' soak.html || fail "no soak in the report"
got=0
"$longhaul" run --lab --topology three-campus-mesh --collective all_reduce --size 4KiB --for 2s --events events.yaml -o no.h5 2>error.txt || got=$?
expect "the exit code for events after the end" 2 $got
grep -q "after the end of the soak" error.txt || fail "no word about late events: $(cat error.txt)"
