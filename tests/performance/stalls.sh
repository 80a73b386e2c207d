#!/usr/bin/env bash
# How long an all-reduce stalls when a link is cut and its traffic rerouted: so many cuts of 50 ms at two round trips, each
# followed by a restore, in one soak a round trip.
#
#   tests/performance/stalls.sh [BUILD_FOLDER] [CUTS]
#
# docs/performance.md has the figures, docs/wan.md explains what TCP adds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=$(realpath "${1:-build}")
cuts=${2:-20}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
{
  echo 'events:'
  for cut in $(seq "$cuts"); do echo "  - {at: $((4 * cut)) s, cut: north-east, protection: 50 ms, for: 2 s}"; done
} >"$work/cuts.yaml"
printf '%10s %12s %8s %12s %12s %12s %12s %12s %8s\n' RTT usual events 'stall p50' 'stall least' 'stall most' 'detected' '90 % after' failed
for wan in native +100ms; do
  "$build/bin/longhaul" run --lab --topology three-campus-mesh --hosts-per-site 1 --collective all_reduce --size 256KiB \
    --wan-rtt $wan --for $((4 * cuts + 4))s --events "$work/cuts.yaml" -o "$work/$wan.h5" --quiet --format none
  /usr/bin/python3 - "$work/$wan.h5" $wan <<'PY'
import sys

import h5py
import numpy

with h5py.File(sys.argv[1]) as file:
    events = {name: column[:] for name, column in file["events"].items() if name not in ("kind", "link", "event")}
    kind = file["events"]["kind"].asstr()[:]
    usual = "%9.0f ms" % (1000 * numpy.median(file["soak"]["duration"][:]))
    for what in ("cut", "restore"):
        of = {name: column[kind == what] for name, column in events.items()}
        felt = ["%9.0f ms" % (1000 * value) for value in (
            numpy.median(of["stall"]), of["stall"].min(), of["stall"].max(), numpy.nanmedian(of["detection"]),
            numpy.nanmedian(of["recovery"]))]
        print(f"{sys.argv[2]:>10} {usual} {what:>8} " + " ".join(felt) + f" {of['failed'].sum():>8}")
PY
done
