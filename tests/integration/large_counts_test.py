#!/usr/bin/python3
# ctest: long, 240 s
"""More than 2^31 elements in one collective: counts that an int does not hold, through the whole program, verified."""
import os
import pathlib
import subprocess
import sys

import h5py

SIZE = (1 << 31) + (1 << 20) + 24  # bytes, and elements of one
NEEDED = 12 << 30  # send and receive buffers of two ranks, and what MPI takes besides

available = next(int(line.split()[1]) << 10 for line in pathlib.Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
                 if line.startswith("MemAvailable:"))
if available < NEEDED:
    print(f"skipped: {available >> 20} MiB of memory are available, {NEEDED >> 20} are needed")
    sys.exit(77)

environment = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
subprocess.run("rm -rf run.h5*", shell=True, check=True)
subprocess.run(["mpirun", "-np", "2", "--oversubscribe", "--bind-to", "none", os.environ["LONGHAUL"], "run", "--collective", "all_reduce",
                "--type", "int8", "--size", f"{SIZE}B", "--rounds", "1", "--min-samples", "1", "--max-samples", "1", "--quiet",
                "-o", "run.h5"], env=environment, check=True, timeout=220, stdin=subprocess.DEVNULL)
with h5py.File("run.h5") as results:
    assert list(results["points/moved"][:]) == [SIZE], results["points/moved"][:]
    assert list(results["visits/wrong"][:]) == [0], results["visits/wrong"][:]
    print(f"{SIZE} elements in {results['visits/median'][0]:.2f} s, each verified")
