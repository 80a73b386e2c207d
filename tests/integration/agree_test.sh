#!/usr/bin/env bash
# ctest: lab, 90 s, alone
# One command measures a plan through the lab and through the network plugin, and compares the two.
set -euo pipefail

rm -f agree.*
out=$("$LONGHAUL" wan agree --topology two-campus-metro --hosts-per-site 1 --collective all_reduce --size 1KiB --wan-rtt +20ms \
  --rounds 3 --visit-time 100ms --quiet --margin 20% 2>err.txt) || { cat err.txt; exit 1; }
for file in agree.lab.h5 agree.plugin.h5; do [[ -s $file ]] || { echo "no $file"; exit 1; }; done
if [[ ! -e agree.netem.h5 ]]; then
  grep -Eq "netem is left out: (this kernel has no sch_netem|it needs)" err.txt || { echo "no word of netem: $(cat err.txt)"; exit 1; }
fi
grep -q "agree.plugin.h5" <<<"$out" || { echo "no comparison: $out"; exit 1; }
# Ambiguous where a busy machine scatters the three rounds; faster or slower by more than the margin never.
grep -Eq "20ms +1 KiB .* (same|ambiguous)" <<<"$out" || { echo "the point is missing, or differs: $out"; exit 1; }

if "$LONGHAUL" wan agree --topology two-campus-metro --size 1KiB >/dev/null 2>err.txt; then
  echo "overwrites results"; exit 1
fi
grep -q "agree.lab.h5 is there already" err.txt || { cat err.txt; exit 1; }

# Where the ranks are others' to start: by what is given, the plugin's run.
rm -f agree.* started
printf '#!/bin/sh\necho "$@" >>started\nexec mpirun -np 2 --oversubscribe "$@"\n' >starter.sh && chmod +x starter.sh
OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 "$LONGHAUL" wan agree --launcher ./starter.sh --topology two-campus-metro \
  --hosts-per-site 1 --collective all_reduce --size 1KiB --wan-rtt +20ms --rounds 1 --visit-time 100ms --quiet --margin 20% \
  >out.txt 2>err.txt || { cat err.txt; exit 1; }
grep -q -- "run .*--wan plugin" started || { echo "the launcher started: $(cat started)"; exit 1; }
grep -q "agree.plugin.h5" out.txt || { echo "no comparison: $(cat out.txt)"; exit 1; }
echo passed
