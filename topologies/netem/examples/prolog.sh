#!/bin/sh
# Slurm prolog (slurm.conf: Prolog=…/prolog.sh): shapes this node's traffic to other sites for the job that is about to
# start. Runs as root on every node of the job. A job asks for it with: sbatch --comment=wan=+10ms
# (or set LONGHAUL_WAN here for every job).
set -eu
: "${LONGHAUL:=longhaul}" "${LONGHAUL_TOPOLOGY:=/etc/longhaul/topology.yaml}" "${LONGHAUL_WAN:=}" "${LONGHAUL_WAN_OPTIONS:=}"
case "${SLURM_JOB_COMMENT:-}" in wan=*) LONGHAUL_WAN=${SLURM_JOB_COMMENT#wan=} ;; esac
[ -n "$LONGHAUL_WAN" ] || exit 0
# The lease outlives no job that the epilog forgets: a day is the longest job here.
# shellcheck disable=SC2086  # options are several words
exec "$LONGHAUL" wan apply "$LONGHAUL_WAN" --wan netem --topology "$LONGHAUL_TOPOLOGY" --for 24h $LONGHAUL_WAN_OPTIONS
