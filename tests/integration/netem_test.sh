#!/usr/bin/env bash
# ctest: lab, 90 s, alone
# The netem engine on real (virtual) devices with several transmit queues, tbf in netem's place where this kernel has no
# netem: only traffic to the other site is held, local traffic keeps its rate; foreign disciplines stay; journal, lease,
# crash, prolog and epilog.
set -euo pipefail
source "$LONGHAUL_SOURCE_DIR/tests/integration/lab_helpers.sh"
export longhaul probe LONGHAUL_SOURCE_DIR LONGHAUL_BINARY_DIR

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LONGHAUL_STATE=$work/state work

cat >"$work/sites.yaml" <<'YAML'
name: sites
title: Two sites, one host each
sites:
  - {name: here, hosts: here1, fabric: {host_rate: 100 Gbit/s}}
  - {name: there, hosts: there1, fabric: {host_rate: 100 Gbit/s}}
links:
  - {between: [here, there], rtt: 0 ms, members: 1 x 100 Gbit/s}
YAML

# A host 'here1' with a cable of four queues to a namespace that is both 'there1' (10.9.2.1) and a neighbour (10.9.1.2).
unshare --net --mount --uts --pid --fork --mount-proc bash -euo pipefail <<'INNER'
fail() { echo "FAILED: $*" >&2; exit 1; }
expect_error() { # CODE PATTERN COMMAND...
  local code=$1 pattern=$2 got=0 said
  shift 2
  said=$("$@" 2>&1) || got=$?
  [ "$got" = "$code" ] || fail "exit $got instead of $code: $*: $said"
  grep -q -- "$pattern" <<<"$said" || fail "'$said' does not say '$pattern'"
}
stands() { grep -q -- "$1" <<<"$(tc qdisc show dev port)"; } # a whole listing: grep -q would cut tc off
mount -t tmpfs none /run && mkdir -p /run/netns
mount -t sysfs sysfs /sys 2>/dev/null || true
hostname here1
printf '127.0.0.1 localhost\n10.9.1.1 here1\n10.9.2.1 there1\n10.9.1.2 there2\n' >"$work/hosts"
mount --bind "$work/hosts" /etc/hosts
ip link set lo up
ip netns add other
ip link add name port numtxqueues 4 numrxqueues 4 type veth peer name port netns other numtxqueues 4 numrxqueues 4
ip addr add 10.9.1.1/16 dev port && ip link set port up
ip -n other addr add 10.9.2.1/16 dev port && ip -n other addr add 10.9.1.2/16 dev port && ip -n other link set port up
ip -n other link set lo up
ip netns exec other "$probe" serve 7000 & server=$!
ip netns exec other "$probe" serve 7001 & local_server=$!
trap 'kill $server $local_server 2>/dev/null || true' EXIT
wan() { "$longhaul" wan "$@" --wan netem; }
shape() { wan apply "native:rate=$1" --topology "$work/sites.yaml" --holder tbf --device port "${@:2}"; }

# what would be run is what is run
shape 400Mbit/s --dry-run >"$work/plan"
[ "$(grep -c 'qdisc add dev port parent 4c48:' "$work/plan")" = 4 ] || fail "not one htb for each of four queues"
grep -q 'match ip dst 10.9.2.1/32' "$work/plan" || fail "the other site's address is not matched"
stands 4c48 && fail "--dry-run changed the device"

# a kernel without netem says which module is missing, and nothing of ours stays
if ! modprobe -n sch_netem 2>/dev/null && ! tc qdisc add dev lo root netem delay 1us 2>/dev/null; then
  expect_error 4 'modprobe sch_netem' "$longhaul" wan apply native:jitter=1ms --wan netem --topology "$work/sites.yaml" --device port
  stands 4c48 && fail "a failed apply left its disciplines"
  [ -z "$(ls "$LONGHAUL_STATE/netem")" ] || fail "a failed apply left its journal"
fi

shape 400Mbit/s
[ "$(tc qdisc show dev port | grep -c '^qdisc tbf')" = 4 ] || fail "not one tbf for each of four queues"
grep -q 'port.*here.*sites.*native:rate=400Mbit/s.*in force' <<<"$(wan show)" || fail "show: $(wan show)"
# one flow takes one queue, a quarter of the rate
far=$("$probe" bulk 10.9.2.1 7000 2 | awk '{ print $1 }')
near=$("$probe" bulk 10.9.1.2 7001 2 | awk '{ print $1 }')
awk -v far="$far" -v near="$near" 'BEGIN { exit !(far > 70 && far < 105 && near > 5 * far) }' ||
  fail "100 Mbit/s to the other site and much more locally, not $far and $near"

# changed in place
shape 4Gbit/s
stands 'tbf 5040:.*rate 1Gbit' || fail "not changed: $(tc qdisc show dev port)"

"$probe" bulk 10.9.2.1 7000 1 >/dev/null
"$longhaul" wan show --wan netem --json | /usr/bin/python3 -c '
import json, sys
way, = json.load(sys.stdin)[0]["ways"]
assert way["to"] == "there" and way["bytes"] > 1e6 and way["packets"] > 0, way' || fail "wan show counts nothing"
grep -q 'port *there *[0-9.]* [KMG]iB' <<<"$(wan show)" || fail "show: $(wan show)"

# as many sites, other hosts: what was steered before is not any more
sed 's/name: sites/name: others/; s/hosts: there1/hosts: there2/' "$work/sites.yaml" >"$work/others.yaml"
wan apply native:rate=4Gbit/s --topology "$work/others.yaml" --holder tbf --device port --dry-run >"$work/plan"
head -1 "$work/plan" | grep -q 'qdisc del dev port root' || fail "--dry-run of other hosts: $(head -1 "$work/plan")"
wan apply native:rate=4Gbit/s --topology "$work/others.yaml" --holder tbf --device port
filters=$(tc filter show dev port parent 4c01:)
grep -q 0a090102/ffffffff <<<"$filters" || fail "the other topology's hosts are not steered: $filters"
grep -q 0a090201/ffffffff <<<"$filters" && fail "the first topology's hosts still are: $filters"
wan apply native:rate=2Gbit/s --topology "$work/others.yaml" --holder tbf --device port --dry-run >"$work/plan"
grep -q 'qdisc change' "$work/plan" && ! grep -q 'qdisc add' "$work/plan" || fail "--dry-run in place: $(cat "$work/plan")"

# what an engine cannot do or does not know is refused
expect_error 2 'changes queue' "$longhaul" wan apply native:queue=4MiB --wan netem --topology "$work/sites.yaml" --device port
expect_error 2 'dry-run is for --wan netem' "$longhaul" wan apply native --wan plugin --topology "$work/sites.yaml" --dry-run
expect_error 2 'for is for --wan netem' "$longhaul" wan apply native --for 2h
expect_error 2 'segment is for --wan plugin' "$longhaul" wan set cut a-b --segment /dev/shm/x
[ -z "$(ls /dev/shm/longhaul-net-*-wan 2>/dev/null)" ] || fail "a refused apply made a segment"

# clean after the state was lost (a reboot takes the disciplines, a crash leaves them)
[ "$(wan clean)" = port ] || fail "clean did not name the device"
stands 4c48 && fail "clean left disciplines"
shape 1Gbit/s
tc qdisc del dev port root
grep -q gone <<<"$(wan show)" || fail "a device that was reset is not seen"
wan clean >"$work/cleaned"
[ -z "$(ls "$LONGHAUL_STATE/netem")" ] || fail "clean left a journal of what was gone"

# a device of one queue (a VLAN, many virtual ones) takes no mq: its htb is the root
ip link add name one numtxqueues 1 numrxqueues 1 type veth peer name one netns other
ip link set one up && ip -n other link set one up && ip route add 10.9.2.1/32 dev one src 10.9.1.1
wan apply native:rate=100Mbit/s --topology "$work/sites.yaml" --holder tbf --device one
grep -q 'htb 4c48: root' <<<"$(tc qdisc show dev one)" || fail "one queue: $(tc qdisc show dev one)"
far=$("$probe" bulk 10.9.2.1 7000 2 | awk '{ print $1 }')
awk -v far="$far" 'BEGIN { exit !(far > 70 && far < 105) }' || fail "100 Mbit/s over one queue, not $far"
wan apply native:rate=50Mbit/s --topology "$work/sites.yaml" --holder tbf --device one
grep -q 'tbf 5040:.*rate 50Mbit' <<<"$(tc qdisc show dev one)" || fail "one queue, changed: $(tc qdisc show dev one)"
[ "$(wan clean)" = one ] || fail "clean did not name the device of one queue"
grep -q 4c48 <<<"$(tc qdisc show dev one)" && fail "clean left the disciplines of one queue"
ip link del one

# foreign disciplines stay
tc qdisc add dev port root handle 1: htb default 0
expect_error 4 'not Longhaul.s (htb 1:)' "$longhaul" wan apply native:rate=1Gbit/s --wan netem --topology "$work/sites.yaml" --holder tbf --device port
stands 'htb 1: root' || fail "a foreign discipline was replaced"
tc qdisc del dev port root

# a lease ends by itself
shape 1Gbit/s --for 2s
for _ in $(seq 80); do
  stands 4c48 || break
  sleep 0.1
done
stands 4c48 && fail "the lease did not end"
[ -z "$(ls "$LONGHAUL_STATE/netem")" ] || fail "the lease left its journal"

# what a run sets goes with the run, however that ends; what others set it neither changes nor takes away
run=$LONGHAUL_BINARY_DIR/bin/netem_run
coproc RUN { exec "$run" "$work/sites.yaml" port native:rate=1Gbit/s; }
read -r said <&"${RUN[0]}"
[ "$said" = applied ] && stands 4c48 || fail "the run shaped nothing: $said"
grep -q "process $RUN_PID" <<<"$(wan show)" || fail "show names no process: $(wan show)"
"$probe" bulk 10.9.2.1 7000 1 >/dev/null
echo >&"${RUN[1]}"
read -r _ bytes _ <&"${RUN[0]}"
[ "$bytes" -gt 1000000 ] || fail "the run reports $bytes bytes"
kill -9 "$RUN_PID"
for _ in $(seq 80); do
  stands 4c48 || break
  sleep 0.1
done
stands 4c48 && fail "a killed run left the device shaped"
"$run" "$work/sites.yaml" port native:rate=1Gbit/s </dev/null >/dev/null
stands 4c48 && fail "a run left the device shaped"
shape 1Gbit/s --for 2h
expect_error 4 'shaped already' "$run" "$work/sites.yaml" port native:rate=2Gbit/s
stands 'tbf 5040:.*rate 250Mbit' || fail "a run changed or took away what another set: $(tc qdisc show dev port)"
wan clean >/dev/null
for _ in $(seq 100); do
  pgrep -f 'for 2h' >/dev/null || break
  sleep 0.1
done
pgrep -af 'for 2h' && fail "the lease of what was cleaned up keeps its process"

# Slurm's prolog and epilog as they come with the program
export LONGHAUL=$longhaul LONGHAUL_TOPOLOGY=$work/sites.yaml LONGHAUL_WAN=native:rate=1Gbit/s LONGHAUL_WAN_OPTIONS='--holder tbf --device port'
export SLURM_JOB_ID=1
slurm() { env PATH= /bin/sh "$LONGHAUL_SOURCE_DIR/topologies/netem/examples/$1.sh"; } # Slurm sets none
slurm prolog
stands 4c48 || fail "the prolog shaped nothing"
slurm epilog
stands 4c48 && fail "the epilog left disciplines"

# a job's comment goes before the administrator's setting; one that names none is none of the prolog's business
SLURM_JOB_COMMENT=wan=native:rate=4Gbit/s slurm prolog
stands 'tbf 5040:.*rate 1Gbit' || fail "the comment's setting is not in force: $(tc qdisc show dev port)"
slurm epilog
SLURM_JOB_COMMENT='nightly run' slurm prolog
stands 'tbf 5040:.*rate 250Mbit' || fail "another comment took the administrator's setting away"
slurm epilog

# what a user gets wrong is logged and drains no node: the prolog ends well, and the links stay as they are
for comment in wan= wan=+10mz wan=native:rate=1Gbit/s,+10ms wan=--device=lo 'wan=native --device lo' "wan=\$(id)" wan=nowhere-here=1ms; do
  SLURM_JOB_COMMENT=$comment expect_error 0 'job 1 starts with the links as they are: ' slurm prolog
  stands 4c48 && fail "the comment '$comment' shaped something"
done
# what is the administrator's to mend is said by failing
SLURM_JOB_COMMENT=wan=native:rate=1Gbit/s LONGHAUL_TOPOLOGY=$work/none.yaml expect_error 2 none.yaml slurm prolog
LONGHAUL_WAN=+10mz expect_error 2 10mz slurm prolog
[ -z "$(ls "$LONGHAUL_STATE/netem")" ] || fail "a refused setting left a journal"
echo "netem: ok"
INNER
