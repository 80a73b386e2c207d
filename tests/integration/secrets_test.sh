#!/usr/bin/env bash
# What is secret in the environment appears in nothing that a run leaves or prints, a hang's account included; what it
# shares with other processes is its owner's alone; strangers on a watcher's port change nothing; and text from files is
# never given to a shell.
# ctest: unit, 60 s
set -euo pipefail
rm -rf ./*
fail() { echo "FAILED: $*" >&2; exit 1; }

readonly MARK=s3cr3tMarkOfThisTest
export SLURM_JWT=$MARK AWS_SECRET_ACCESS_KEY=$MARK AWS_SESSION_TOKEN=$MARK GITHUB_TOKEN=$MARK NCCL_API_KEY=$MARK \
  UCX_PASSWORD=$MARK OMPI_MCA_secret_word=$MARK MY_OWN_VARIABLE=$MARK
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 \
  OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_hwloc_base_binding_policy=none

run() { mpirun -np 2 "$LONGHAUL" run --collective all_reduce --size 16B --rounds 2 --visit-time 20ms --quiet "$@"; }

run -o run.h5 >run.out 2>run.err || fail "the run failed: $(cat run.err)"
"$LONGHAUL" convert run.h5 --to json >run.json
"$LONGHAUL" doctor >doctor.out 2>&1 || true
"$LONGHAUL" submit --topology two-campus-metro --size 16B -o job.h5 --dry-run >job.sbatch

# A rank that is stopped while the run measures: the account of the hang.
mpirun -np 2 "$LONGHAUL" run --collective all_reduce --size 16B --rounds 60 --visit-time 200ms --precision 0.001% \
  --deadline 5s --quiet -o hang.h5 >hang.out 2>hang.err &
job=$!
for _ in $(seq 200); do [[ -d hang.h5.parts ]] && break; sleep 0.05; done
ls -l /dev/shm >shm.txt
watcher=$(pgrep -u "$(id -u)" -f "$LONGHAUL watch-host" | head -n 1)
[[ -n $watcher ]] || fail "no watcher was started"
tr '\0' ' ' <"/proc/$watcher/cmdline" | grep -qx "$LONGHAUL watch-host " || fail "the watcher's command line says more than its verb"

# Strangers on the watcher's port, which is open to the whole network.
inode=$(readlink "/proc/$watcher/fd/4" | tr -dc 0-9)
port=$((16#$(awk -v inode="$inode" '$10 == inode { split($2, at, ":"); print at[2] }' /proc/net/tcp /proc/net/tcp6)))
for words in '{"host":"x"}' '{"token":1}' '{"token":"","host":0}' '{"do":"end","code":0}' 'GET / HTTP/1.1' '[[[['; do
  exec 9<>"/dev/tcp/127.0.0.1/$port" || fail "nobody listens at port $port"
  printf '%s\n' "$words" >&9
  timeout 5 cat <&9 >>strangers.txt || fail "the watcher does not hang up on $words"
  exec 9>&-
done
[[ ! -s strangers.txt ]] || fail "the watcher tells strangers: $(cat strangers.txt)"
kill -0 "$watcher" "$job" || fail "a stranger's words ended the run: $(cat hang.err)"

rank=$(pgrep -u "$(id -u)" -f "$LONGHAUL run .*-o hang.h5" | while read -r pid; do
  tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -qx OMPI_COMM_WORLD_RANK=1 && echo "$pid"; done)
kill -STOP "$rank"
code=0
wait "$job" || code=$?
[[ $code != 0 ]] || fail "a stopped rank did not end the run: $(cat hang.err)"
[[ -s hang.h5.hang.json ]] || fail "no account of the hang: $(cat hang.err)"
grep -q '"exit_code": 5' hang.h5.hang.json || fail "the account has another exit code: $(head -n 5 hang.h5.hang.json)"
! grep -q 'longhaul-[0-9a-f]\{16\}-' shm.txt || fail "shared memory keeps its name while a run measures: $(cat shm.txt)"
for _ in $(seq 80); do kill -0 "$watcher" 2>/dev/null || break; sleep 0.05; done
! kill -0 "$watcher" 2>/dev/null || fail "the watcher outlives its ranks"

found=$(grep -rl --binary-files=text "$MARK" . || true)
[[ -z $found ]] || fail "a secret of the environment is in: $found"

# A site's name and a host that try to be commands.
cat >evil.yaml <<'YAML'
name: evil
title: "$(touch pwned) `touch pwned`"
sites:
  - {name: a, hosts: "a[1-2]", gpus_per_host: 1, fabric: {technology: x, host_rate: 1 Gbit/s}}
YAML
mkdir -p "in \$(touch pwned)"
cp evil.yaml "in \$(touch pwned)/evil.yaml"
"$LONGHAUL" submit --topology "in \$(touch pwned)/evil.yaml" --size 16B -o 'x.h5' --program true --early 0s --dry-run >evil.sbatch
grep -v '^exec srun' evil.sbatch >evil.sh
sed -n 's/^  true /: /p' evil.sbatch >>evil.sh
bash evil.sh
[[ ! -e pwned ]] || fail "text of a file was run by a shell"
echo "ok: no secret kept, shared memory nameless, no shell on input"
