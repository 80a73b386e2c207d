#!/usr/bin/env bash
# ./quickstart on machines that cannot run it: one line says what to do, exit 4, and nothing is changed.
# ctest: unit, 60 s
# shellcheck disable=SC2016,SC2317  # text for other shells; functions called through "$@"
set -euo pipefail

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
chmod 755 "$home"
cp "$LONGHAUL_SOURCE_DIR/quickstart" "$home/"
failures=0

# A folder of stand-ins first on PATH: what dpkg-query says of any package, and no right to use sudo.
machine() {  # NAME DPKG_ANSWER
  mkdir -p "$home/$1"
  printf '#!/bin/sh\necho %s\n' "$2" >"$home/$1/dpkg-query"
  printf '#!/bin/sh\nexit 1\n' >"$home/$1/sudo"
  chmod 755 "$home/$1"/*
}
machine bare "not-installed"
machine ready "installed"
machine user "installed"
printf '#!/bin/sh\n[ "$1" = -u ] && echo 1000 || echo ada\n' >"$home/user/id" && chmod 755 "$home/user/id"

expect() {  # WHAT EXIT_CODE TEXT COMMAND...
  local what=$1 code=$2 text=$3 said actual=0
  shift 3
  said=$(cd "$home" && "$@" 2>&1 </dev/null) || actual=$?
  if [[ $actual == "$code" && $said == *"$text"* && $(wc -l <<<"$said") == 1 && ! -e $home/build ]]; then
    echo "ok: $what"
  else
    printf 'FAILED: %s\n  exit %s, expected %s; said:\n%s\n' "$what" "$actual" "$code" "$said"
    failures=$((failures + 1))
  fi
}

on() ( PATH="$home/$1:$PATH"; "${@:2}"; )
as_nobody() { if [[ $(id -u) == 0 ]]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi; }

# Root in a container of default rights: no capability, no new user namespace.
plain_container() {
  unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-all "$@"' sh "$@"
}
without_tun() {
  unshare --user --map-root-user --mount sh -c 'mount -t tmpfs none /dev/net && exec "$@"' sh "$@"
}

readonly DOCKER="docker run --cap-add=NET_ADMIN --cap-add=SYS_ADMIN --device=/dev/net/tun --security-opt=apparmor=unconfined --security-opt=systempaths=unconfined"

expect "packages missing and no way to install them" 4 \
  "packages are missing; install them with: sudo apt-get install --no-install-recommends g++ cmake" \
  on bare as_nobody ./quickstart
expect "--test names the packages that only tests need" 4 "hdf5-tools" on bare as_nobody ./quickstart --test
expect "--test names the reader that an example of docs/format.md opens files with" 4 "python3-netcdf4" on bare as_nobody ./quickstart --test
expect "--test=all names the packages of the long tests" 4 "chromium" on bare as_nobody ./quickstart --test=all
expect "root in a plain container" 4 "network namespaces are not permitted. Start with: $DOCKER" \
  on ready plain_container ./quickstart --test
expect "root without /dev/net/tun" 4 "there is no /dev/net/tun. Start with: $DOCKER" on ready without_tun ./quickstart --test
expect "a user without namespaces" 4 "network namespaces are not permitted. Start with: sudo ./quickstart --test=all --out a\ folder" \
  on user plain_container ./quickstart --test=all --out 'a folder'
# --with-cuda takes a toolkit that is there, if it has NCCL.
cd "$home"
eval "$(sed -n '/^own_nvcc() {/,/^}/p' quickstart)"
mkdir -p toolkit/bin toolkit/include
printf '#!/bin/sh\n' > toolkit/bin/nvcc
chmod +x toolkit/bin/nvcc
[[ $(CUDA_HOME=$PWD/toolkit own_nvcc) != "$PWD/toolkit/bin/nvcc" ]] || { echo "a toolkit without NCCL was taken"; exit 1; }
touch toolkit/include/nccl.h
[[ $(CUDA_HOME=$PWD/toolkit own_nvcc) == "$PWD/toolkit/bin/nvcc" ]] || { echo "the toolkit in CUDA_HOME was not taken"; exit 1; }
expect "unknown option" 2 "unknown option '--tset'" ./quickstart --tset
expect "option without its value" 2 "--out needs a folder" ./quickstart --out

# What will be done as root is said in full before root does anything.
machine helped "not-installed"
printf '#!/bin/sh\n[ "$2" = true ] && exit 0\necho "root was asked: $*"\nexit 1\n' >"$home/helped/sudo"
mkdir "$home/clone" && chmod 777 "$home/clone" && cp "$home/quickstart" "$home/clone/"
said=$(cd "$home/clone" && on helped as_nobody ./quickstart 2>&1 </dev/null) && actual=0 || actual=$?
case $actual:$said in
  "4:"*"-- as root: sudo -n apt-get update"*"-- as root: sudo -n apt-get install -y --no-install-recommends g++ "*"root was asked: -n apt-get update"*)
    echo "ok: says what it does as root" ;;
  *)
    printf 'FAILED: says what it does as root\n  exit %s; said:\n%s\n' "$actual" "$said"
    failures=$((failures + 1)) ;;
esac
exit $((failures > 0))
