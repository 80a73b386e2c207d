#!/usr/bin/env bash
# A rank that is killed, throws or aborts ends the whole job, soon and with the exit code it should have.
# ctest: lab, 60 s
set -euo pipefail
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none

# ends HOW CODE: three ranks, the last of which ends HOW; mpirun exits with CODE within 15 s.
ends() {
  local code=0
  timeout 15 mpirun -np 3 "$LONGHAUL_BINARY_DIR/bin/mpi_ends" "$1" >"$1.log" 2>&1 || code=$?
  if [ "$code" -ne "$2" ]; then
    echo "a rank that ends by $1: exit code $code, expected $2"
    cat "$1.log"
    exit 1
  fi
}

ends kill 137   # 128 + SIGKILL: nobody is left to tell
ends throw 4    # EnvironmentError
grep -q "longhaul: rank 2 has had enough" throw.log
ends abort 6    # the code given to abort
