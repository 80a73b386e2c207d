#!/usr/bin/env bash
# How long an all-reduce stalls when a link is cut and its traffic rerouted, and when it is rerouted with notice: so many cuts
# of 50 ms and as many reroutes at two round trips, taking turns, each followed by a restore, in one soak a round trip.
#
#   tests/performance/stalls.sh [BUILD_FOLDER] [CUTS] [SIZE] [RTT…]
#
# 20 of each take 244 s a round trip. SIZE (256KiB): one that fits into a packet shows what is no matter of windows.
#
# docs/performance.md has the figures, docs/wan.md explains what TCP adds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=$(realpath "${1:-build}")
cuts=${2:-20}
size=${3:-256KiB}
[ $# -gt 3 ] && rtts=("${@:4}") || rtts=(native +100ms)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
{
  echo 'events:'
  for turn in $(seq "$cuts"); do
    echo "  - {at: $((12 * turn - 8)) s, cut: north-east, protection: 50 ms, for: 4 s}"
    echo "  - {at: $((12 * turn - 2)) s, reroute: north-east, protection: 50 ms, for: 4 s}"
  done
} >"$work/cuts.yaml"
printf '%10s %12s %10s %12s %12s %12s %12s %12s %12s %8s\n' RTT usual events 'stall p50' 'stall least' 'stall most' 'detected' '90 % after' 'never' failed
for wan in "${rtts[@]}"; do
  "$build/bin/longhaul" run --lab --topology three-campus-mesh --hosts-per-site 1 --collective all_reduce --size "$size" \
    --wan-rtt $wan --for $((12 * cuts + 4))s --events "$work/cuts.yaml" -o "$work/$wan.h5" --quiet --format none
  /usr/bin/python3 - "$work/$wan.h5" $wan <<'PY'
import sys

import h5py
import numpy


def median_of_known(values):
    """A reroute with notice is not detected, and what has not recovered by the next event has no time: such are counted apart."""
    return numpy.nan if numpy.isnan(values).all() else numpy.nanmedian(values)


with h5py.File(sys.argv[1]) as file:
    events = {name: column[:] for name, column in file["events"].items() if name not in ("kind", "link", "event")}
    kind = file["events"]["kind"].asstr()[:]
    usual = "%9.0f ms" % (1000 * numpy.median(file["soak"]["duration"][:]))
    before = numpy.concatenate(([""], kind[:-1]))
    which = {"cut": kind == "cut", "…restored": (kind == "restore") & (before == "cut"), "reroute": kind == "reroute",
             "…back": (kind == "restore") & (before == "reroute")}
    for what, chosen in which.items():
        of = {name: column[chosen] for name, column in events.items()}
        felt = ["%9.0f ms" % (1000 * value) for value in (
            numpy.median(of["stall"]), of["stall"].min(), of["stall"].max(), median_of_known(of["detection"]),
            median_of_known(of["recovery"]))]
        print(f"{sys.argv[2]:>10} {usual} {what:>10} " + " ".join(felt) + f" {numpy.isnan(of['recovery']).sum():>12} {of['failed'].sum():>8}")
PY
done
