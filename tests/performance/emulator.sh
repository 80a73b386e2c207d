#!/usr/bin/env bash
# The emulator's figures, side by side in one run: accuracy of round trips, goodput under a cap, throughput without one
# beside plain veth pairs with routing, order and losses. Needs root (for the veth baseline's namespaces).
#
#   tests/performance/emulator.sh [BUILD_FOLDER] [ROUNDS]
#
# Medians of ROUNDS (default 5) labs each. docs/performance.md explains the figures.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=$(realpath "${1:-build}")
rounds=${2:-5}
export LONGHAUL=$build/bin/longhaul PROBE=$build/bin/longhaul_net_probe
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export WORK=$work

cat >"$work/pair.yaml" <<'YAML'
name: pair
title: Two sites of one host
sites:
  - name: east
    hosts: east1
    fabric: {technology: Ethernet, host_rate: 100 Gbit/s}
  - name: west
    hosts: west1
    fabric: {technology: Ethernet, host_rate: 100 Gbit/s}
links:
  - between: [east, west]
    rtt: 20 ms
    members: 1 x 1 Gbit/s
YAML

median() { sort -n | awk '{ value[NR] = $1 } END { print NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2 }'; }

# in_lab SCALE WAN COMMAND...: runs net_probe's COMMAND from east1 against west1
in_lab() {
  local scale=$1 wan=$2
  shift 2
  "$LONGHAUL" lab --quiet --scale "$scale" --wan-rtt "$wan" --topology "$work/pair.yaml" -- bash -c '
    "$LONGHAUL" lab exec west1 -- "$PROBE" serve 7000 &
    "$PROBE" "$1" west1 7000 "${@:2}"' bash "$@"
}

# The same command between two network namespaces joined by a third that routes.
in_veth() {
  unshare --net --mount bash -c '
    set -e
    mount -t tmpfs none /run && mkdir /run/netns
    for name in east router west; do ip netns add $name; ip -n $name link set lo up; done
    for side in east west; do
      [ $side = east ] && net=10.1.0 || net=10.2.0
      ip link add $side netns router type veth peer name lh0 netns $side
      ip -n router addr add $net.2/24 dev $side
      ip -n router link set $side up
      ip -n $side addr add $net.1/24 dev lh0
      ip -n $side link set lh0 up
      ip -n $side route add default via $net.2 congctl cubic
      ip netns exec $side sysctl -qw net.ipv4.tcp_rmem="4096 131072 67108864" net.ipv4.tcp_wmem="4096 65536 67108864"
    done
    ip netns exec router sysctl -qw net.ipv4.ip_forward=1
    ip netns exec west "$PROBE" serve 7000 &
    ip netns exec east "$PROBE" "$1" 10.2.0.1 7000 "${@:2}"' bash "$@"
}

repeat() { for _ in $(seq "$rounds"); do "$@"; done; }

printf 'Round trips of 8 B over TCP, idle: median of %s labs, 200 each; µs\n' "$rounds"
printf '%14s %12s %12s %12s\n' 'one way ms' 'p50' 'p99' 'added'
repeat in_lab uncapped 0ms ping 200 >"$work/zero"
zero=$(awk '{ print $2 }' "$work/zero" | median)
printf '%14s %12.1f %12.1f %12s\n' 0 "$zero" "$(awk '{ print $3 }' "$work/zero" | median)" -
for one_way in 1 10 50; do
  repeat in_lab uncapped $((2 * one_way))ms ping 200 >"$work/ping"
  p50=$(awk '{ print $2 }' "$work/ping" | median)
  printf '%14s %12.1f %12.1f %12.1f\n' $one_way "$p50" "$(awk '{ print $3 }' "$work/ping" | median)" \
    "$(awk -v p50="$p50" -v zero="$zero" -v way=$one_way 'BEGIN { print p50 - 2000 * way - zero }')"
done
printf '%14s %12.1f %12s %12s\n' 'plain veth' "$(repeat in_veth ping 200 | awk '{ print $2 }' | median)" - -

printf '\nGoodput of one TCP stream (cubic), second half of 8 s: median of %s; Mbit/s\n' "$rounds"
printf '%14s %12s %12s %12s\n' 'RTT ms' 'cap' 'goodput' 'of possible'
for rtt in 2 20 100; do
  goodput=$(repeat in_lab 1:1 ${rtt}ms bulk 8 | awk '{ print $1 }' | median)
  # A cap on IP bytes lets 1448 of 1500 through (20 B of IP, 32 B of TCP with timestamps).
  printf '%14s %12s %12.1f %11.1f%%\n' $rtt 1000 "$goodput" "$(awk -v got="$goodput" 'BEGIN { print 100 * got / (1000 * 1448 / 1500) }')"
done

printf '\nOne TCP stream without cap or delay, alternating: median of %s; Mbit/s\n' "$rounds"
for _ in $(seq "$rounds"); do
  in_veth bulk 4 >>"$work/veth"
  in_lab uncapped 0ms bulk 4 >>"$work/emulated"
done
veth=$(awk '{ print $1 }' "$work/veth" | median)
emulated=$(awk '{ print $1 }' "$work/emulated" | median)
printf '%14s %12.0f\n%14s %12.0f\n%14s %12.2f\n' 'plain veth' "$veth" 'emulated' "$emulated" 'ratio' \
  "$(awk -v a="$emulated" -v b="$veth" 'BEGIN { print a / b }')"
printf '%14s %12s\n' 'reordered' "$(awk '{ sum += $3 } END { print sum + 0 }' "$work/emulated")"

printf '\nNumbered datagrams of 1000 B, one each 100 µs, 20 ms one way: of 20000 in each of %s labs\n' "$rounds"
repeat in_lab 1:1 40ms sequence 20000 1000 100 >"$work/sequence"
printf '%14s %12s\n%14s %12s\n' lost "$(awk '{ sum += $1 } END { print sum }' "$work/sequence")" \
  overtaken "$(awk '{ sum += $2 } END { print sum }' "$work/sequence")"
