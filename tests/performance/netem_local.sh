#!/usr/bin/env bash
# What local traffic loses to netem's qdiscs: goodput to a neighbour of the same site over a card of four queues and a switch,
# with and without them, taking turns; tbf stands in for netem where the kernel has none, and the other site stays silent. Root.
#
#   tests/performance/netem_local.sh [BUILD_FOLDER] [TURNS] [RATE]
#
# The switch passes on RATE (default 8gbit), as a card's line does: below what a core can send, goodput is the line's and what the
# qdiscs cost shows in processor time. 0: no limit but the processor's. docs/performance.md has the figures.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=$(realpath "${1:-build}")
export turns=${2:-15} rate=${3:-8gbit} longhaul=$build/bin/longhaul probe=$build/bin/longhaul_net_probe
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export work LONGHAUL_STATE=$work/state
cat >"$work/sites.yaml" <<'YAML'
name: sites
title: Two sites, one host each
sites:
  - {name: here, hosts: here1, fabric: {host_rate: 100 Gbit/s}}
  - {name: there, hosts: there1, fabric: {host_rate: 100 Gbit/s}}
links:
  - {between: [here, there], rtt: 0 ms, members: 1 x 100 Gbit/s}
YAML
unshare --net --mount --uts bash -euo pipefail <<'INNER'
mount -t tmpfs none /run && mkdir -p /run/netns
mount -t sysfs sysfs /sys 2>/dev/null || true
hostname here1
printf '127.0.0.1 localhost\n10.9.1.1 here1\n10.9.2.1 there1\n' >"$work/hosts"
mount --bind "$work/hosts" /etc/hosts
ip link set lo up
ip netns add other
ip netns add switch
ip link add name port numtxqueues 4 numrxqueues 4 type veth peer name here netns switch numtxqueues 4 numrxqueues 4
ip -n switch link add name there type veth peer name port netns other
ip -n switch link add name plane type bridge forward_delay 0 mcast_snooping 0
for side in here there; do ip -n switch link set $side master plane up; done
ip -n switch link set plane up
[[ $rate == 0 ]] || tc -n switch qdisc add dev there root tbf rate "$rate" burst 1mb limit 16mb
ip addr add 10.9.1.1/16 dev port && ip link set port up
ip -n other addr add 10.9.1.2/16 dev port && ip -n other link set port up && ip -n other link set lo up
# Each end stays on a core: where the kernel puts them makes more of a difference than any qdisc.
ip netns exec other taskset -c 1 "$probe" serve 7001 & server=$!
trap 'kill $server 2>/dev/null || true' EXIT
sleep 0.3
# Without ours the device has what the kernel gives a card of several queues: mq. A veth has none until asked.
plain() { "$longhaul" wan clean --wan netem >/dev/null; tc qdisc replace dev port root mq; }
shaped() { tc qdisc del dev port root 2>/dev/null || true
  "$longhaul" wan apply native:rate=10Gbit/s --wan netem --topology "$work/sites.yaml" --holder tbf --device port; }
busy() { awk '$1 == "cpu" { print $2 + $3 + $4 + $7 + $8 }' /proc/stat; }
goodput() { taskset -c 0 "$probe" bulk 10.9.1.2 7001 2 | awk '{ print $1 }'; }
for turn in $(seq "$turns"); do
  if ((turn % 2)); then order="plain shaped"; else order="shaped plain"; fi
  for state in $order; do
    $state
    before=$(busy)
    got=$(goodput)
    echo "$got $(($(busy) - before))" >>"$work/$state"
  done
done
/usr/bin/python3 - "$work" <<'PY'
import pathlib
import statistics
import sys

plain, shaped = ([[float(word) for word in line.split()] for line in (pathlib.Path(sys.argv[1]) / name).read_text().splitlines()]
                 for name in ("plain", "shaped"))
for column, title, unit in ((0, "goodput", "Mbit/s"), (1, "processor time", "ticks a turn")):
    before, after = ([row[column] for row in rows] for rows in (plain, shaped))
    ratios = sorted(s / p for p, s in zip(before, after))
    print(f"{title}: plain {statistics.median(before):.0f} {unit} ({min(before):.0f} to {max(before):.0f}), shaped {statistics.median(after):.0f} "
          f"({min(after):.0f} to {max(after):.0f}); shaped / plain {statistics.median(ratios):.3f} (median of {len(ratios)} turns; "
          f"{ratios[0]:.3f} to {ratios[-1]:.3f})")
PY
INNER
