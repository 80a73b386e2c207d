#!/usr/bin/python3
# ctest: lab, 60 s
"""What ranks' hosts differ in is told before anything is measured, stored with the launch, and stops a run that it spoils."""
import os
import pathlib
import subprocess

import h5py

LONGHAUL = os.environ["LONGHAUL"]
LAB = [LONGHAUL, "lab", "--topology", "two-campus-metro", "--quiet", "--"]
DIFFERING = ["mpirun", "sh", "-c", 'NCCL_ALGO=$OMPI_COMM_WORLD_RANK exec "$@"', "sh", LONGHAUL]
RUN = ["run", "--collective", "all_reduce", "--size", "1KiB", "--rounds", "1", "--visit-time", "20ms", "--format", "none", "--quiet",
       "-o", "a.h5"]


def lab(*words, code=0):
    done = subprocess.run([*LAB, *words], capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == code, f"{words}: exit {done.returncode}, expected {code}\n{done.stdout}{done.stderr}"
    return done


def preflight_of(file):
    with h5py.File(file) as results:
        lines = results["launches/preflight"][0].decode().splitlines()
    return dict(line.split(" = ", 1) for line in lines)


pathlib.Path("a.h5").unlink(missing_ok=True)
table = lab("mpirun", LONGHAUL, "doctor", "--topology", "two-campus-metro").stdout
lines = {line[:18].strip(): line.split(None, 3) for line in table.splitlines()}
for fact in ["longhaul", "kernel", "open files", "path MTU", "wall clocks"]:
    assert fact in lines, f"no {fact}:\n{table}"
assert "1500" in [word for line in table.splitlines() if line.startswith("path MTU") for word in line.split()], table

stopped = lab(*DIFFERING, *RUN, code=4)
assert "preflight: NCCL_ALGO: 0 on metro-a01" in stopped.stderr and "--force" in stopped.stderr, stopped.stderr
lab(*DIFFERING, *RUN, "--force")
found = preflight_of("a.h5")
assert found["path MTU"] == "1500" and found["NCCL_ALGO"].startswith("0 on "), found
assert lab("mpirun", "sh", "-c", 'NCCL_ALGO=$OMPI_COMM_WORLD_RANK exec "$@"', "sh", LONGHAUL, "doctor", code=4)
print("passed")
