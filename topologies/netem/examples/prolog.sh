#!/bin/sh
# Slurm prolog (slurm.conf: Prolog=…/prolog.sh, PrologFlags=Alloc; docs/wan.md): shapes this node's traffic to other sites
# for the job that is about to start. Runs as root on every node of the job. A job asks for it with:
# sbatch --comment=wan=+10ms (or set LONGHAUL_WAN for every job).
# Slurm drains a node whose prolog fails. So what a user got wrong is logged, and the job starts with the links as they
# are; only what is the administrator's to mend fails: the program, the topology, the options, LONGHAUL_WAN.
set -eu
LC_ALL=C
: "${LONGHAUL:=${0%/*}/../../../bin/longhaul}" "${LONGHAUL_TOPOLOGY:=/etc/longhaul/topology.yaml}"
: "${LONGHAUL_WAN:=}" "${LONGHAUL_WAN_OPTIONS:=}"

shape() {
  # shellcheck disable=SC2086  # options are several words
  "$LONGHAUL" wan apply "$@" --wan netem --topology "$LONGHAUL_TOPOLOGY" $LONGHAUL_WAN_OPTIONS
}

# Slurm gives a prolog no PATH, and keeps nothing of what it says when it ends well.
leave_unshaped() {
  text="job ${SLURM_JOB_ID:-?} starts with the links as they are: $1"
  echo "longhaul prolog: $text" >&2
  if [ -x /usr/bin/logger ]; then /usr/bin/logger -t longhaul-prolog -- "$text" || true; fi
  exit 0
}

# The lease outlives no job that the epilog forgets: a day is the longest job here.
case "${SLURM_JOB_COMMENT:-}" in
  wan=*) setting=${SLURM_JOB_COMMENT#wan=} ;;
  *)
    [ -z "$LONGHAUL_WAN" ] || shape "$LONGHAUL_WAN" --for 24h
    exit
    ;;
esac

case "$setting" in
  '' | -* | *[!A-Za-z0-9._+:=%/-]*) leave_unshaped "its comment is not wan=SETTING, such as wan=+10ms" ;;
esac
shape native --dry-run >/dev/null # the administrator's part, tried alone
said=$(shape "$setting" --for 24h 2>&1) || leave_unshaped "$said"
