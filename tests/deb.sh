#!/usr/bin/env bash
# Builds the .deb, installs it by apt into a clean Debian 12, and uses it there: the program, a lab, a measurement, a report.
# As root; fetches some 300 MB. tests/deb.sh [FOLDER], after ./quickstart; $DEBIAN_MIRROR names another mirror.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p "${1:-build-deb}"
FOLDER=$(realpath "${1:-build-deb}")
readonly ROOT=$FOLDER/root

# A mount namespace with that root: a chroot would not do, since whoever enters a lab's hosts leaves it.
in_root() {
  # shellcheck disable=SC2016  # for the inner shell
  unshare --mount --propagation private bash -euc '
    mount --bind "$0" "$0" && cd "$0"
    mount -t proc proc proc && mount --rbind /dev dev && mount --rbind /sys sys
    mkdir -p before && pivot_root . before && umount --lazy /before
    exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"' "$ROOT" "$@"
}

cmake --build build --target longhaul_product > "$FOLDER/build.log"
rm -f "$FOLDER"/*.deb
(cd build && cpack -G DEB -B "$FOLDER" > "$FOLDER/cpack.log") || { cat "$FOLDER/cpack.log"; exit 1; }
package=$(echo "$FOLDER"/*.deb)

if [[ ! -e $ROOT/etc/debian_version ]]; then
  debootstrap --variant=minbase bookworm "$ROOT" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" > "$FOLDER/debootstrap.log"
fi
cp "$package" "$ROOT/tmp/longhaul.deb"
[[ -e $ROOT/etc/hosts ]] || echo "127.0.0.1 localhost" > "$ROOT/etc/hosts"  # as the installer leaves it
in_root apt-get -q update > "$FOLDER/apt.log"
in_root apt-get -q install -y --no-install-recommends /tmp/longhaul.deb >> "$FOLDER/apt.log" 2>&1 || { tail -20 "$FOLDER/apt.log"; exit 1; }

in_root longhaul --version
in_root longhaul doctor > "$FOLDER/doctor.txt" || { cat "$FOLDER/doctor.txt"; exit 1; }
in_root rm -rf /root/try.h5 /root/try.html
in_root longhaul run --lab --topology two-campus-metro --hosts-per-site 1 --collective all_reduce --size 1KiB --wan-rtt native,+10ms \
  --rounds 3 --visit-time 200ms --quiet -o /root/try.h5
in_root longhaul report /root/try.h5 -o /root/try.html > "$FOLDER/report.txt"
[[ $(stat -c %s "$ROOT/root/try.html") -gt 1000000 ]] || { echo "the report lacks its charts"; exit 1; }
in_root apt-get -q remove -y longhaul >> "$FOLDER/apt.log" 2>&1
left=$(find "$ROOT/usr" -path '*longhaul*' | head -3)
[[ -z $left ]] || { echo "left behind: $left"; exit 1; }
echo "$(basename "$package"), $(du -h "$package" | cut -f1): installed, measured in a lab, reported and removed in a clean Debian $(cat "$ROOT/etc/debian_version")"
