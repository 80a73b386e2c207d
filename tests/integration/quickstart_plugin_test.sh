#!/usr/bin/env bash
# ./quickstart where the lab may not be built: it says so, measures over the network plugin, and ends with the same report.
# ctest: lab, 90 s, alone
# shellcheck disable=SC2016  # text for another shell
set -euo pipefail

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
# The program is built already: stand-ins for what quickstart sets up with.
mkdir -p "$home/tools" "$home/build/bin" "$home/build/plotly" "$home/harness/plans"
printf '#!/bin/sh\necho installed\n' >"$home/tools/dpkg-query"
printf '#!/bin/sh\nexit 0\n' >"$home/tools/cmake"
chmod 755 "$home"/tools/*
cp "$LONGHAUL_SOURCE_DIR/quickstart" "$home/"
ln -s "$LONGHAUL" "$home/build/bin/longhaul"
ln -s "$(sed -n 's/^LONGHAUL_PLOTLY_JS:[A-Z]*=//p' "$LONGHAUL_BINARY_DIR/CMakeCache.txt")" "$home/build/plotly/plotly.min.js"
# The demo's plan, shorter.
sed -e 's/^for: .*/for: 5 s/' -e 's/^rounds: .*/rounds: 1/' -e 's/^size: .*/size: 16B,64KiB/' \
  "$LONGHAUL_SOURCE_DIR/harness/plans/quickstart.yaml" >"$home/harness/plans/quickstart.yaml"

cd "$home"
said=$(PATH="$home/tools:$PATH" unshare --user --map-root-user --mount sh -c 'mount -t tmpfs none /dev/net && exec ./quickstart' 2>&1 </dev/null) ||
  { echo "quickstart ended with $?: $said"; exit 1; }
grep -q "the lab cannot be built here (there is no /dev/net/tun): the demo runs over the network plugin" <<<"$said" || { echo "no word of the plugin: $said"; exit 1; }
grep -q "longhaul doctor" <<<"$said" || { echo "no way on to the lab: $said"; exit 1; }
[[ -s out/quickstart.html ]] || { echo "no report: $said"; exit 1; }
/usr/bin/python3 - out/quickstart.h5 <<'PY'
import sys
import h5py
with h5py.File(sys.argv[1]) as file:
    assert file["launches/wan_engine"][0] == b"plugin", file["launches/wan_engine"][:]
    assert file["launches/library"][0].startswith(b"plugin TCP"), file["launches/library"][:]
    assert len(file["visits/wrong"]) > 0 and not any(file["visits/wrong"][:])
PY

# What only the program's own table knows to be missing comes to the same.
rm build/bin/longhaul
printf '#!/bin/sh\n[ "$1" != doctor ] || { echo "tbf missing"; exit 4; }\nexec "%s" "$@"\n' "$LONGHAUL" >build/bin/longhaul
chmod 755 build/bin/longhaul
said=$(PATH="$home/tools:$PATH" ./quickstart 2>&1 </dev/null) || { echo "quickstart ended with $?: $said"; exit 1; }
grep -q "the lab cannot be built here (build/setup/doctor.log says why): the demo runs over the network plugin" <<<"$said" ||
  { echo "no word of the table: $said"; exit 1; }
grep -q "tbf missing" build/setup/doctor.log
echo passed
