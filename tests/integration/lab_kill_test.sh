#!/usr/bin/env bash
# However a lab ends, nothing of it stays: signals and kill -9 to any of its processes at random moments.
# ctest: long, 300 s
set -euo pipefail

# Labs of other tests come and go beside this one: it looks at a folder for labs of its own.
if ((EUID == 0)) && [[ -z ${LONGHAUL_OWN_FOLDERS:-} ]]; then
  mkdir -m 0700 /run/longhaul 2>/dev/null || true
  # shellcheck disable=SC2016  # for the inner shell
  exec env LONGHAUL_OWN_FOLDERS=yes unshare --mount \
    bash -c 'mount -t tmpfs -o mode=0700 none /run/longhaul && exec bash "$0"' "$0"
fi
source "$LONGHAUL_SOURCE_DIR/tests/integration/lab_helpers.sh"
write_pair
"$longhaul" lab clean >/dev/null
before=$(machine_state)
namespaces >namespaces.before
RANDOM=1
rm -f deaf ready  # of an earlier run
mpicc "$LONGHAUL_SOURCE_DIR/tests/integration/hello_mpi.c" -o hello_mpi

no_processes() { ! pgrep -f "lab --quiet --topology $PWD/pair.yaml" >/dev/null; }
no_namespaces() { namespaces | comm -13 namespaces.before - | grep -q . && return 1 || return 0; }

# A killed process holds its lab's lock until the kernel has buried it, which takes a moment.
cleaned() { "$longhaul" lab clean >/dev/null && [[ $(lab_folders) == 0 ]]; }

check_gone() {  # WHAT
  eventually no_processes || fail "$1: processes are left: $(pgrep -af "$PWD/pair.yaml")"
  eventually no_namespaces || fail "$1: network namespaces are left"
  eventually cleaned || fail "$1: folders are left after lab clean"
  expect "$1: the machine" "$before" "$(machine_state)"
}

start_lab() {  # COMMAND...: in the background, its supervisor's id in $lab
  # A shell starts what it puts into the background with SIGINT ignored.
  env --default-signal=INT "$longhaul" lab --quiet --topology "$PWD/pair.yaml" -- "$@" >output.txt 2>&1 &
  lab=$!
}

family_of() {  # SUPERVISOR: it and what descends from it
  local child
  echo "$1"
  for child in $(pgrep -P "$1"); do family_of "$child"; done
}

seen=0  # namespaces of a lab
pause() { sleep "$(awk -v r=$RANDOM 'BEGIN { print r / 32768 * '"$1"' }')"; }

declare -A rounds=([INT]=3 [TERM]=3 [HUP]=3 [KILL]=6)
for signal in INT TERM HUP KILL; do
  for ((round = 1; round <= rounds[$signal]; ++round)); do
    start_lab bash -c 'while :; do mpirun ./hello_mpi; done'
    pause 0.8
    no_namespaces || seen=1
    kill -$signal $lab
    got=0
    wait $lab || got=$?
    expected=$((128 + $(kill -l $signal)))
    expect "exit code after SIG$signal, round $round" $expected $got
    check_gone "SIG$signal to the supervisor, round $round"
  done
done

((seen)) || fail "no namespace of any lab was seen: the test looks at the wrong processes"

# Any process of the lab may be killed: its first one, the emulator, the command.
for round in 1 2 3 4 5 6 7 8 9; do
  start_lab sleep 60
  pause 0.6
  mapfile -t family < <(family_of $lab)
  victim=${family[RANDOM % ${#family[@]}]}
  kill -KILL "$victim" 2>/dev/null || kill -KILL $lab  # some are gone by themselves before they can be killed
  got=0
  wait $lab || got=$?
  ((got != 0)) || fail "a lab whose process $victim was killed ended with 0"
  check_gone "SIGKILL to one of its processes, round $round"
done

# A command that ignores SIGTERM is killed after the grace of 10 s; one that handles it may finish its work.
start_lab bash -c 'trap "" TERM; touch deaf; while :; do sleep 0.1; done'
eventually test -e deaf
kill -TERM $lab
SECONDS=0
got=0
wait $lab || got=$?
expect "exit code after a deaf command" 143 $got
expect_between "seconds of grace" 9 13 $SECONDS
check_gone "a deaf command"
start_lab bash -c 'trap "echo tidied; exit 0" TERM; touch ready; while :; do sleep 0.1; done'
eventually test -e ready
kill -TERM $lab
wait $lab || true
expect "a command that tidies up" tidied "$(cat output.txt)"
check_gone "a tidy command"

# Where its folder's disk is full, a lab says so in a line.
if ((EUID == 0)); then
  mount -t tmpfs -o mode=0700,size=4k none /run/longhaul
  head -c 4096 /dev/zero >/run/longhaul/filler
  got=0
  "$longhaul" lab --quiet --topology pair.yaml -- true >output.txt 2>&1 || got=$?
  expect "exit code on a full disk" 4 $got
  expect "lines about a full disk" 1 "$(grep -c "^longhaul: cannot write '/run/longhaul/lab-.*': No space left on device$" output.txt)"
  expect "lines on a full disk" 1 "$(wc -l <output.txt)"
  umount /run/longhaul
  check_gone "a full disk"
fi

# What kill -9 leaves is removed by the next lab as well, once the kernel has buried the killed.
start_lab sleep 60
eventually test -n "$(find /run/longhaul -name lab.json)" || true
kill -KILL $lab
wait $lab || true
eventually no_processes || fail "processes are left: $(pgrep -af "$PWD/pair.yaml")"
# A process that is ending has no command line any more, but its files, the lab's lock among them, for a moment longer.
next_lab_cleans() { "$longhaul" lab --quiet --topology pair.yaml -- true && [[ $(lab_folders) == 0 ]]; }
eventually next_lab_cleans || fail "folders are left after the next lab"
echo passed
