#!/usr/bin/env bash
# A program built with MPICH measures with MPICH: tests/mpich_check.sh PROGRAM SCRATCH_FOLDER
set -euo pipefail
program=$1 scratch=$2

ldd "$program" | grep -q libmpich || { echo "$program is not linked with MPICH"; exit 1; }
mpirun.mpich -n 2 "$program" run --collective all_reduce,all_gather --size 16B,64KiB --for 10s --quiet -o "$scratch/mpich.h5"
"$program" convert "$scratch/mpich.h5" --to csv | tee "$scratch/mpich.csv"
grep -q all_gather "$scratch/mpich.csv"
