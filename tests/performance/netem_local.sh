#!/usr/bin/env bash
# What local traffic loses to netem's qdiscs: goodput to a neighbour of the same site over a cable of four queues, with and
# without them, taking turns; tbf stands in for netem where the kernel has none, and the other site stays silent. Root.
#
#   tests/performance/netem_local.sh [BUILD_FOLDER] [TURNS]
#
# The last line is the ratio of medians; docs/performance.md has the figure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=$(realpath "${1:-build}")
export turns=${2:-15} longhaul=$build/bin/longhaul probe=$build/bin/longhaul_net_probe
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
ip link add name port numtxqueues 4 numrxqueues 4 type veth peer name port netns other numtxqueues 4 numrxqueues 4
ip addr add 10.9.1.1/16 dev port && ip link set port up
ip -n other addr add 10.9.1.2/16 dev port && ip -n other link set port up && ip -n other link set lo up
ip netns exec other "$probe" serve 7001 & server=$!
trap 'kill $server 2>/dev/null || true' EXIT
sleep 0.3
# Without ours the device has what the kernel gives a card of several queues: mq. A veth has none until asked.
plain() { "$longhaul" wan clean --wan netem >/dev/null; tc qdisc replace dev port root mq; }
shaped() { tc qdisc del dev port root 2>/dev/null || true
  "$longhaul" wan apply native:rate=10Gbit/s --wan netem --topology "$work/sites.yaml" --holder tbf --device port; }
goodput() { "$probe" bulk 10.9.1.2 7001 2 | awk '{ print $1 }'; }
for turn in $(seq "$turns"); do
  if ((turn % 2)); then order="plain shaped"; else order="shaped plain"; fi
  for state in $order; do
    $state
    goodput >>"$work/$state"
  done
done
/usr/bin/python3 - "$work" <<'PY'
import pathlib
import statistics
import sys

plain, shaped = ([float(word) for word in (pathlib.Path(sys.argv[1]) / name).read_text().split()] for name in ("plain", "shaped"))
ratios = sorted(s / p for p, s in zip(plain, shaped))
print(f"plain {statistics.median(plain):.0f} Mbit/s ({min(plain):.0f} to {max(plain):.0f}), shaped {statistics.median(shaped):.0f} Mbit/s "
      f"({min(shaped):.0f} to {max(shaped):.0f}), {len(plain)} turns")
print(f"shaped / plain: {statistics.median(ratios):.3f} (median of turns; {ratios[0]:.3f} to {ratios[-1]:.3f})")
PY
INNER
