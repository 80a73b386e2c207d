#!/usr/bin/env bash
# ctest: lab, 40 s
# The network plugin over several NICs: NCCL_SOCKET_IFNAME in all its forms chooses the devices, and a connection of each
# device goes over that device. Two namespaces with two cables between them.
set -euo pipefail
export probe=$LONGHAUL_BINARY_DIR/bin/nics_probe

rm -f handles
unshare --net --mount bash -euo pipefail <<'INNER'
fail() { echo "FAILED: $*" >&2; exit 1; }
mount -t tmpfs none /run && mkdir -p /run/netns
mount -t sysfs sysfs /sys 2>/dev/null || true
ip link set lo up
ip netns add other
for nic in 0 1; do
  ip link add name "nic$nic" type veth peer name "nic$nic" netns other
  ip addr add "10.9.$nic.1/24" dev "nic$nic" && ip link set "nic$nic" up
  ip -n other addr add "10.9.$nic.2/24" dev "nic$nic" && ip -n other link set "nic$nic" up
done
ip -n other link set lo up

listed() { # CHOICE EXPECTED
  local names
  names=$(NCCL_SOCKET_IFNAME=$1 "$probe" list | tr '\n' ' ')
  [ "$names" = "$2" ] || fail "NCCL_SOCKET_IFNAME='$1' gives '$names', not '$2'"
}
listed '' 'nic0 nic1 '
listed nic 'nic0 nic1 '
listed nic1 'nic1 '
listed nic1,nic0 'nic0 nic1 '
listed =nic0,lo 'lo nic0 '
listed lo 'lo '
listed '^lo' 'nic0 nic1 '
listed '^nic' 'lo '
listed '^=nic0' 'lo nic1 '
said=$(NCCL_SOCKET_IFNAME='=nic' "$probe" list 2>&1) && fail "'=nic' names a device: $said"
grep -q "NCCL_SOCKET_IFNAME='=nic'" <<<"$said" || fail "no word of NCCL_SOCKET_IFNAME: $said"

# 10 MB on each of two devices: each cable carries its own
sent() { cat "/sys/class/net/$1/statistics/tx_bytes"; }
export NCCL_SOCKET_IFNAME=nic
mkfifo handles
ip netns exec other "$probe" serve 10000000 >handles & server=$!
exec 3<handles
before0=$(sent nic0) before1=$(sent nic1)
head -2 <&3 | "$probe" send 10000000
wait $server || fail "the receiver ended with $?"
for nic in 0 1; do
  before=before$nic
  carried=$(($(sent "nic$nic") - ${!before}))
  ((carried > 10000000 && carried < 15000000)) || fail "nic$nic carried $carried bytes of 10000000"
done
INNER
rm -f handles
echo passed
