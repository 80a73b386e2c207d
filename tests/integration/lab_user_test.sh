#!/usr/bin/env bash
# Without root: a lab in a user namespace where /dev/net/tun may be opened, else one line that says what to do.
# ctest: lab, 60 s
set -euo pipefail
source "$LONGHAUL_SOURCE_DIR/tests/integration/lab_helpers.sh"
[[ $(id -u) == 0 ]] || { echo "skipped: needs root, to become another user and to make a TUN node of its own"; exit 77; }
write_pair
before=$(machine_state)
mpicc "$LONGHAUL_SOURCE_DIR/tests/integration/hello_mpi.c" -o hello_mpi

# A user with nothing: the program and the tests must be readable for it, so it gets copies.
home=$(mktemp -d /tmp/longhaul-user.XXXXXX)
trap 'rm -rf "$home" /tmp/longhaul-65534' EXIT
mkdir -p "$home/bin" "$home/share"
cp "$longhaul" "$home/bin/longhaul"
cp -rL "$LONGHAUL_BINARY_DIR/share/longhaul" "$home/share/longhaul"
cp pair.yaml hello_mpi "$home"
chmod -R a+rX "$home"
export HOME_OF_USER=$home

# In mounts of its own, a TUN node of a given mode lies where the machine's is.
as_user() {  # MODE COMMAND...
  MODE=$1 unshare --mount bash -c '
    mkdir -p "$HOME_OF_USER/dev"
    mount -t tmpfs none "$HOME_OF_USER/dev"
    mknod -m "$MODE" "$HOME_OF_USER/dev/tun" c 10 200
    mount --bind "$HOME_OF_USER/dev/tun" /dev/net/tun
    cd "$HOME_OF_USER"
    exec env -u XDG_RUNTIME_DIR setpriv --reuid 65534 --regid 65534 --clear-groups "$@"' bash "${@:2}"
}

expect "a user's lab" "rank 0 of 4 on east1, sum 6
rank 1 of 4 on east2, sum 6
rank 2 of 4 on west1, sum 6
rank 3 of 4 on west2, sum 6" "$(as_user 666 bin/longhaul lab --quiet --topology pair.yaml -- mpirun ./hello_mpi | sort)"
expect "a host entered from a user's lab" west2 \
  "$(as_user 666 bin/longhaul lab --quiet --topology pair.yaml -- bin/longhaul lab exec west2 -- hostname)"
as_user 666 bin/longhaul doctor >doctor.txt || fail "doctor finds fault where a lab can be built: $(cat doctor.txt)"

refused() {  # WORDS COMMAND...
  local got=0
  "${@:2}" >output.txt 2>error.txt || got=$?
  expect "exit code of: ${*:2}" 4 $got
  grep -qF -- "$1" error.txt output.txt || fail "no '$1' in: $(cat output.txt error.txt)"
}
refused "/dev/net/tun: Permission denied" as_user 600 bin/longhaul lab --quiet --topology pair.yaml -- true
expect "lines of complaint" 1 "$(wc -l <error.txt)"
grep -qF "chmod 666 /dev/net/tun" error.txt || fail "no remedy in: $(cat error.txt)"
refused "chmod 666 /dev/net/tun" as_user 600 bin/longhaul doctor

# Packets wait in the kernel where it lets them, for a user as for root; else they go through TUN devices.
gateway=("$longhaul" lab --quiet --topology pair.yaml)
listed=(sh -c 'grep -o "\"gateway\": *\"[a-z]*\"" "$LONGHAUL_LAB/lab.json" | grep -o "queue\|tun"')
if [[ $(gateways) == queue* ]]; then
  # Without root the socket's memory is what the machine lets everybody have.
  users=queue
  (($(cat /proc/sys/net/core/rmem_max) >= 2 << 20)) || users=tun
  expect "a user's gateway" "\"gateway\":\"$users\"" "$(as_user 666 bin/longhaul lab --quiet --topology pair.yaml -- \
    sh -c 'grep -o "\"gateway\": *\"[a-z]*\"" "$LONGHAUL_LAB/lab.json" | tr -d " "')"
  expect "root's gateway" queue "$("${gateway[@]}" -- "${listed[@]}")"
fi
without_iptables() {
  RESTORE=$(readlink -f "$(PATH=$PATH:/usr/sbin:/sbin command -v iptables-restore || echo /bin/true)") unshare --mount bash -c '
    [[ $RESTORE == *true ]] || mount --bind /dev/null "$RESTORE"
    exec "$@"' bash "$@"
}
expect "the gateway without iptables" tun "$(without_iptables "${gateway[@]}" -- "${listed[@]}")"
refused "longhaul doctor says why" without_iptables "${gateway[@]}" --gateway queue -- true
refused "apt-get install iptables" without_iptables sh -c '"$LONGHAUL" doctor; exit 4'
got=0
"${gateway[@]}" --gateway air -- true 2>error.txt || got=$?
expect "the exit code for a gateway that there is not" 2 $got
grep -qF "unknown gateway 'air'; expected auto, queue or tun" error.txt || fail "no word of the gateway: $(cat error.txt)"

# A plain container: root without capabilities, and marked as one.
in_container() {
  unshare --mount bash -c '
    mount -t tmpfs none /run
    touch /run/.containerenv
    exec setpriv --bounding-set -all --inh-caps -all "$@"' bash "$@"
}
refused "docker run --cap-add SYS_ADMIN --cap-add NET_ADMIN --device /dev/net/tun" \
  in_container "$longhaul" lab --quiet --topology pair.yaml -- true
expect "lines of complaint" 1 "$(wc -l <error.txt)"
refused "docker run --cap-add SYS_ADMIN" in_container "$longhaul" doctor

expect "the machine, untouched" "$before" "$(machine_state)"
echo passed
