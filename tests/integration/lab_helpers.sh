#!/usr/bin/env bash
# For the lab's tests: sourced, not run.

# shellcheck disable=SC2034  # used by those who source this
longhaul=$LONGHAUL
probe=$LONGHAUL_BINARY_DIR/bin/longhaul_net_probe

fail() {
  echo "FAIL: $*" >&2
  exit 1
}

# expect WHAT EXPECTED GOT
expect() { [[ $2 == "$3" ]] || fail "$1: expected '$2', got '$3'"; }

# expect_between WHAT LOW HIGH GOT
expect_between() {
  awk -v low="$2" -v high="$3" -v got="$4" 'BEGIN { exit !(got >= low && got <= high) }' || fail "$1: $4 is not in $2 … $3"
}

# Two sites of two hosts, 1 Gbit/s, 20 ms apart.
write_pair() {
  cat >pair.yaml <<'YAML'
name: pair
title: Two sites for tests
sites:
  - name: east
    hosts: east[1-2]
    fabric: {technology: Ethernet, host_rate: 4 Gbit/s}
  - name: west
    hosts: west[1-2]
    fabric: {technology: Ethernet, host_rate: 4 Gbit/s}
links:
  - between: [east, west]
    rtt: 20 ms
    members: 1 x 1 Gbit/s
YAML
}

# What this machine offers of: queue, tun (longhaul lab --gateway).
gateways() {
  if [[ $("$longhaul" doctor) =~ netfilter\ queue\ +ok ]]; then echo queue; fi
  echo tun
}

# What a lab may not change on the machine.
machine_state() {
  ip -o link
  ip -4 -o route show table all
  grep -c . /proc/self/mounts
}

# Network namespaces of processes that this test started: others on the machine have their own. Not the one that it runs in
# itself, which the commands of this very pipeline may or may not be seen in.
export LONGHAUL_TEST_ID=$$
namespaces() {
  { grep -lsz "^LONGHAUL_TEST_ID=$LONGHAUL_TEST_ID\$" /proc/[0-9]*/environ || true; } |
    sed 's/environ$/ns\/net/' | { xargs -r readlink 2>/dev/null || true; } |
    { grep -vxF "$(readlink /proc/$$/ns/net)" || true; } | sort -u
}

# Folders of labs that were not there when this test began: others may use the machine as well.
folders() { { find /run/longhaul -mindepth 1 -maxdepth 1 2>/dev/null || true; } | sort; }
folders_before=$(folders)
lab_folders() { comm -13 <(echo "$folders_before") <(folders) | grep -c . || true; }

# Waits up to 5 s until a command succeeds.
eventually() {
  for _ in $(seq 100); do
    "$@" && return
    sleep 0.05
  done
  return 1
}
