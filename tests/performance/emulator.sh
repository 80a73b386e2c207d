#!/usr/bin/env bash
# The emulator's figures, side by side in one run: accuracy of round trips, goodput under a cap, throughput without one
# beside plain veth pairs with routing and, where it is installed (Debian: vde-wirefilter), vde2's wirefilter, processor
# time, order and losses. Needs root (for the baselines' namespaces).
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

# in_lab SCALE WAN COMMAND...: runs net_probe's COMMAND from east1 against west1; GATEWAY=tun: through TUN devices
in_lab() {
  local scale=$1 wan=$2
  shift 2
  "$LONGHAUL" lab --quiet --gateway "${GATEWAY:-auto}" --scale "$scale" --wan-rtt "$wan" --topology "$work/pair.yaml" -- bash -c '
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

# The same over the lab's own fabric, its bridges, gateways and steering of flows, with a cable in the emulator's place.
in_fabric() {
  unshare --net --mount bash -c '
    set -e
    mount -t tmpfs none /run && mkdir /run/netns
    for site in east west; do
      [ $site = east ] && net=10.1 || net=10.2
      ip netns add $site
      ip netns add $site-gate
      ip -n $site link set lo up
      ip -n $site-gate link add campus type bridge forward_delay 0 mcast_snooping 0
      ip -n $site-gate addr add $net.255.254/16 dev campus
      ip -n $site-gate link set campus up
      ip -n $site-gate link add port0 type veth peer name lh0 netns $site
      ip -n $site-gate link set port0 master campus up
      ip -n $site addr add $net.0.1/16 dev lh0
      ip -n $site link set lh0 up
      ip -n $site route add default via $net.255.254 congctl cubic
      ip netns exec $site sysctl -qw net.ipv4.tcp_rmem="4096 131072 67108864" net.ipv4.tcp_wmem="4096 65536 67108864"
      ip netns exec $site-gate sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
      ip netns exec $site-gate bash -c "printf %x $(((1 << $(nproc)) - 1)) >/sys/class/net/port0/queues/rx-0/rps_cpus"
    done
    ip -n east-gate link add road address 02:00:00:00:00:01 type veth peer name road address 02:00:00:00:00:01 netns west-gate
    ip -n east-gate link set road arp off up
    ip -n west-gate link set road arp off up
    ip -n east-gate route add 10.2.0.0/16 dev road
    ip -n west-gate route add 10.1.0.0/16 dev road
    ip netns exec west "$PROBE" serve 7000 &
    ip netns exec east "$PROBE" "$1" 10.2.0.1 7000 "${@:2}"' bash "$@"
}

# The same between two namespaces joined by vde2's switches and wirefilter, which delays by so many ms one way.
in_wirefilter() {
  local delay=$1
  shift
  DELAY=$delay unshare --net --mount --pid --fork --kill-child bash -c '
    set -e
    mount -t proc proc /proc
    mount -t tmpfs none /run && mkdir /run/netns
    for name in east west; do
      [ $name = east ] && net=10.1.0.1 || net=10.1.0.2
      ip netns add $name
      ip -n $name link set lo up
      ip netns exec $name vde_switch -s /run/$name -tap vde0 -daemon
      ip -n $name addr add $net/24 dev vde0
      ip -n $name link set vde0 up
      ip -n $name route change 10.1.0.0/24 dev vde0 src $net congctl cubic
      ip netns exec $name sysctl -qw net.ipv4.tcp_rmem="4096 131072 67108864" net.ipv4.tcp_wmem="4096 65536 67108864"
    done
    wirefilter -v /run/east:/run/west -d "$DELAY" --daemon
    ip netns exec west "$PROBE" serve 7000 &
    ip netns exec east "$PROBE" "$1" 10.1.0.2 7000 "${@:2}"' bash "$@"
}

# busy COMMAND...: runs net_probe's COMMAND inside a lab; goodput, then the emulator's processor seconds a second
cat >"$work/busy.sh" <<'SCRIPT'
"$LONGHAUL" lab exec west1 -- "$PROBE" serve 7000 &
emulator=$(grep -l longhaul-wan /proc/[0-9]*/comm | tail -1 | cut -d/ -f3)
ticks() { awk '{ print $14 + $15 }' /proc/"$emulator"/stat; }
before=$(ticks) began=$(date +%s%N)
goodput=$("$PROBE" bulk west1 7000 "$1" | awk '{ print $1 }')
echo "$goodput" "$(ticks)" "$before" $(($(date +%s%N) - began)) | awk -v hertz="$(getconf CLK_TCK)" '{ print $1, ($2 - $3) / hertz / ($4 / 1e9) }'
SCRIPT
busy() { "$LONGHAUL" lab --quiet --scale "$1" --wan-rtt "$2" --topology "$work/pair.yaml" -- bash "$work/busy.sh" "$3"; }

repeat() { for _ in $(seq "$rounds"); do "$@"; done; }

printf 'Round trips of 8 B over TCP, idle: median of %s labs, 200 each; µs\n' "$rounds"
# What is added beyond twice the delay and the round trip at zero delay: that of hosts which rest between two round trips as
# long as they do under the delay, and that of hosts which never rest. Beside it, what such a rest alone costs plain veth.
p50_of() { repeat "$@" | awk '{ print $2 }' | median; }
busy_zero=$(p50_of in_lab uncapped 0ms ping 200)
printf '%14s %12s %12s %14s %14s %14s\n' 'one way ms' 'p50' 'p99' 'beyond rested' 'beyond busy' 'rested veth'
printf '%14s %12.1f %12s %14s %14s %14.1f\n' 0 "$busy_zero" - - - "$(p50_of in_veth ping 200)"
for one_way in 1 10 50; do
  rtt=$((2 * one_way))
  repeat in_lab uncapped ${rtt}ms ping 200 >"$work/ping"
  rested_zero=$(p50_of in_lab uncapped 0ms ping 100 $rtt)
  p50=$(awk '{ print $2 }' "$work/ping" | median)
  awk -v way=$one_way -v p50="$p50" -v p99="$(awk '{ print $3 }' "$work/ping" | median)" -v rested="$rested_zero" \
    -v busy="$busy_zero" -v veth="$(p50_of in_veth ping 100 $rtt)" 'BEGIN {
      beyond = p50 - 2000 * way
      printf "%14s %12.1f %12.1f %14.1f %14.1f %14.1f\n", way, p50, p99, beyond - rested, beyond - busy, veth }'
done

printf '%14s %12s %12s %14s\n' 'wirefilter' 'p50' 'p99' 'beyond delay'
for one_way in 0 1 10 50; do
  command -v wirefilter >/dev/null || break
  repeat in_wirefilter $one_way ping 200 >"$work/ping"
  p50=$(awk '{ print $2 }' "$work/ping" | median)
  printf '%14s %12.1f %12.1f %12.1f\n' $one_way "$p50" "$(awk '{ print $3 }' "$work/ping" | median)" \
    "$(awk -v p50="$p50" -v way=$one_way 'BEGIN { print p50 - 2000 * way }')"
done

printf '\nGoodput of one TCP stream (cubic), second half of 8 s: median of %s; Mbit/s\n' "$rounds"
printf '%14s %12s %12s %12s\n' 'RTT ms' 'cap' 'goodput' 'of possible'
for rtt in 2 20 100; do
  goodput=$(repeat in_lab 1:1 ${rtt}ms bulk 8 | awk '{ print $1 }' | median)
  # A cap on IP bytes lets 1448 of 1500 through (20 B of IP, 32 B of TCP with timestamps).
  printf '%14s %12s %12.1f %11.1f%%\n' $rtt 1000 "$goodput" "$(awk -v got="$goodput" 'BEGIN { print 100 * got / (1000 * 1448 / 1500) }')"
done

goodput=$(repeat in_lab uncapped 20ms:rate=2.5Gbit/s bulk 8 | awk '{ print $1 }' | median)
printf '%14s %12s %12.1f %11.1f%%\n' 20 2500 "$goodput" "$(awk -v got="$goodput" 'BEGIN { print 100 * got / (2500 * 1448 / 1500) }')"
for one_way in 0 10; do
  command -v wirefilter >/dev/null || break
  printf '%14s %12s %12.1f\n' $((2 * one_way)) wirefilter "$(repeat in_wirefilter $one_way bulk 8 | awk '{ print $1 }' | median)"
done

printf '\nProcessor time of the emulator, one TCP stream: median of %s\n' "$rounds"
printf '%14s %12s %12s %14s\n' 'RTT ms' 'cap' 'Mbit/s' 'cores a Gbit/s'
while read -r scale wan rtt cap; do
  repeat busy "$scale" "$wan" 6 >"$work/busy"
  printf '%14s %12s %12.0f %14.3f\n' "$rtt" "$cap" "$(awk '{ print $1 }' "$work/busy" | median)" \
    "$(awk '{ print $2 / $1 * 1000 }' "$work/busy" | median)"
done <<'CASES'
uncapped 0ms 0 none
1:1 20ms 20 1000
uncapped 20ms:rate=2.5Gbit/s 20 2500
CASES

printf '\nOne TCP stream without cap or delay, alternating: median of %s, least and most; Mbit/s\n' "$rounds"
for _ in $(seq "$rounds"); do
  in_fabric bulk 4 >>"$work/fabric"
  in_lab uncapped 0ms bulk 4 >>"$work/emulated"
  GATEWAY=tun in_lab uncapped 0ms bulk 4 >>"$work/tun"
  in_veth bulk 4 >>"$work/veth"
done
emulated=$(awk '{ print $1 }' "$work/emulated" | median)
for path in emulated tun fabric veth; do
  case $path in
    emulated) title='the lab' ;;
    tun) title='the lab, through TUN devices' ;;
    fabric) title="the lab's fabric, a cable for an emulator" ;;
    veth) title='plain veth, one router' ;;
  esac
  sort -n "$work/$path" | awk -v title="$title" -v emulated="$emulated" '{ all[NR] = $1 } END {
    middle = NR % 2 ? all[(NR + 1) / 2] : (all[NR / 2] + all[NR / 2 + 1]) / 2
    printf "%42s %8.0f (%.0f to %.0f), the lab has %.2f times as much\n", title, middle, all[1], all[NR], emulated / middle }'
done
printf '%42s %8s\n' 'reordered in the lab' "$(awk '{ sum += $3 } END { print sum + 0 }' "$work/emulated")"

printf '\nNumbered datagrams of 1000 B, one each 100 µs, 20 ms one way: of 20000 in each of %s labs\n' "$rounds"
repeat in_lab 1:1 40ms sequence 20000 1000 100 >"$work/sequence"
printf '%14s %12s\n%14s %12s\n' lost "$(awk '{ sum += $1 } END { print sum }' "$work/sequence")" \
  overtaken "$(awk '{ sum += $2 } END { print sum }' "$work/sequence")"
