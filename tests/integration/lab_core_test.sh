#!/usr/bin/env bash
# What a lab is from inside: hosts with names, the right round trips and rates, MPI over all of them, exit codes passed on.
# ctest: lab, 120 s, alone
set -euo pipefail
source "$LONGHAUL_SOURCE_DIR/tests/integration/lab_helpers.sh"
write_pair
before=$(machine_state)
lab() { "$longhaul" lab --quiet --topology pair.yaml "$@"; }

# Names and addresses
expect "the first host" east1 "$(lab -- hostname)"
cat >names.sh <<'SCRIPT'
for host in east1 east2 west1 west2; do
  echo "$host $(getent hosts $host | awk '{print $1}') $("$LONGHAUL" lab exec $host -- hostname) $("$LONGHAUL" lab exec $host -- ip -4 -o addr show lh0 | awk '{print $4}')"
done
SCRIPT
expect "names, addresses and host names" "east1 10.1.0.1 east1 10.1.0.1/16
east2 10.1.0.2 east2 10.1.0.2/16
west1 10.2.0.1 west1 10.2.0.1/16
west2 10.2.0.2 west2 10.2.0.2/16" "$(lab -- bash names.sh)"
expect "a host's own shared memory" "" "$(lab -- sh -c 'touch /dev/shm/x; "$LONGHAUL" lab exec east2 -- ls /dev/shm')"
[[ $(lab -- sh -c 'ls /proc | grep -c "^[0-9]"') -lt 10 ]] || fail "a lab sees the machine's processes"

# Exit codes
for code in 0 1 7 255; do
  got=0
  lab -- sh -c "exit $code" || got=$?
  expect "the command's exit code" $code $got
done
got=0
lab -- sh -c 'kill -9 $$' || got=$?
expect "a killed command's exit code" 137 $got
got=0
lab -- no-such-program 2>error.txt || got=$?
expect "the exit code of a command that is not there" 127 $got
grep -q "cannot run 'no-such-program'" error.txt || fail "no word about the missing program: $(cat error.txt)"

# The shortest round trip of each pair of sites, in µs: what a busy machine adds it does not add to all.
cat >rtt.sh <<'SCRIPT'
for host in east2 west1; do "$LONGHAUL" lab exec $host -- "$PROBE" serve 7000 & done
echo "$("$PROBE" ping east2 7000 50 | awk '{print $1}') $("$PROBE" ping west1 7000 50 | awk '{print $1}')"
SCRIPT
export PROBE=$probe
read -r local_rtt wan_rtt < <(lab -- bash rtt.sh)
expect_between "RTT within a site" 1 5000 "$local_rtt"
expect_between "RTT between the sites" 20000 25000 "$wan_rtt"
read -r local_rtt wan_rtt < <(lab --wan-rtt +10ms -- bash rtt.sh)
expect_between "RTT between the sites at +10ms" 30000 35000 "$wan_rtt"
read -r local_rtt wan_rtt < <(lab --wan-rtt 0ms -- bash rtt.sh)
expect_between "RTT between the sites at 0ms" 1 5000 "$wan_rtt"

# Rates: TCP's goodput is 1448 of 1500 bytes.
cat >rate.sh <<'SCRIPT'
for host in west1; do "$LONGHAUL" lab exec $host -- "$PROBE" serve 7000 & done
"$PROBE" bulk west1 7000 3 | awk '{print $1}'
"$PROBE" sequence west1 7000 5000 1000 200
SCRIPT
{ read -r goodput; read -r lost overtaken; } < <(lab --scale 1:10 -- bash rate.sh)
expect_between "goodput in Mbit/s at a cap of 100" 80 105 "$goodput"
expect "datagrams lost" 0 "$lost"
expect "datagrams overtaken" 0 "$overtaken"

# MPI with no flags
mpicc "$LONGHAUL_SOURCE_DIR/tests/integration/hello_mpi.c" -o hello_mpi
expect "MPI over all hosts" "rank 0 of 4 on east1, sum 6
rank 1 of 4 on east2, sum 6
rank 2 of 4 on west1, sum 6
rank 3 of 4 on west2, sum 6" "$(lab -- mpirun ./hello_mpi | sort)"
expect "two slots a host" 8 "$(lab --slots 2 -- mpirun ./hello_mpi | grep -c 'of 8')"
expect "one host a site" "east1
west1" "$(lab --hosts-per-site 1 -- mpirun ./hello_mpi | awk '{print $6}' | tr -d , | sort)"

# TCP and the control socket
cat >tcp.sh <<'SCRIPT'
stat -c %a "$LONGHAUL_LAB/control.sock"
"$LONGHAUL" lab exec west1 -- "$PROBE" serve 7000 &
"$PROBE" bulk west1 7000 3 >bulk.txt &
sleep 1
ss --tcp --info --no-header state established dst 10.2.0.1 | grep -o 'reno\|cubic' | sort -u
"$LONGHAUL" wan show | head -n 1 | grep -o '1:10'
"$LONGHAUL" wan show --json | grep -o '"scale": "1:10"'
wait $!
SCRIPT
expect "mode of the control socket, congestion control, scale shown" '600
reno
1:10
"scale": "1:10"' "$(lab --scale 1:10 --congestion-control reno -- bash tcp.sh)"

# Two at once, one of them entered from outside
rm -f one go
lab -- sh -c 'touch one; while [ ! -e go ]; do sleep 0.05; done; hostname' >first.txt &
eventually test -e one || fail "the first lab did not start"
expect "a second lab beside the first" west1 "$(lab -- sh -c '"$LONGHAUL" lab exec west1 -- hostname')"
id=$("$longhaul" lab list --json | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["id"])')
expect "a lab entered from outside" "west2 10.2.0.2/16" \
  "$("$longhaul" lab exec --lab "$id" west2 -- sh -c 'echo $(hostname) $(ip -4 -o addr show lh0 | cut -d" " -f7)')"
touch go
wait %1
expect "the first lab, undisturbed" east1 "$(cat first.txt)"

# Complaints
complains() {  # CODE WORDS ARGUMENTS...
  local code=$1 words=$2 got=0
  shift 2
  "$longhaul" "$@" 2>error.txt >/dev/null || got=$?
  expect "exit code of: $*" "$code" $got
  grep -qF -- "$words" error.txt || fail "no '$words' in: $(cat error.txt)"
  expect "lines of complaint" 1 "$(wc -l <error.txt)"
}
complains 2 "did you mean" lab --topology two-campus-metr -- true
complains 2 "no congestion control 'cubicle'" lab --topology pair.yaml --congestion-control cubicle -- true
complains 2 "unknown scale '1/10'" lab --topology pair.yaml --scale 1/10 -- true
complains 2 "at least 1 host" lab --topology pair.yaml --hosts-per-site 0 -- true
complains 2 "works inside a lab" lab exec east1 -- true
complains 2 "no lab 'lab-nobody' is running" lab exec --lab lab-nobody east1 -- true

expect "the machine, untouched" "$before" "$(machine_state)"
expect "folders left behind" 0 "$(lab_folders)"
echo passed
