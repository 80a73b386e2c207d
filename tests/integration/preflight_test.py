#!/usr/bin/python3
# ctest: long, 200 s
"""What ranks' hosts differ in is told before anything is measured, stored with the launch, and stops a run that it spoils."""
import json
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

# Transports that are chosen apart never meet; what else differs among MPI's parameters is doubtful. A launcher's own
# parameters, which differ from rank to rank, are no part of it.
for variable, code, state in [("OMPI_MCA_btl_test_of_ours", 4, "unfit"), ("PMIX_MCA_test_of_ours", 0, "doubtful")]:
    table = lab("mpirun", "sh", "-c", f'{variable}=$((OMPI_COMM_WORLD_RANK + 1)) exec "$@"', "sh", LONGHAUL, "doctor", code=code).stdout
    assert [line.split()[1] for line in table.splitlines() if line.startswith(variable + " ")] == [state], table
    assert not any("MCA" in line and line.split()[1] != "ok" for line in table.splitlines() if not line.startswith(variable)), table

# A rank that hangs while it is looked at: its GPU module lies where reading never ends.
pathlib.Path("stuck").mkdir(exist_ok=True)
for module in ["liblonghaul_cuda.so", "liblonghaul_nccl.so"]:
    pathlib.Path("stuck", module).unlink(missing_ok=True)
    os.mkfifo(f"stuck/{module}")
pathlib.Path("longhaul-doctor.hang.json").unlink(missing_ok=True)
told = lab("mpirun", "sh", "-c", '[ "$OMPI_COMM_WORLD_RANK" != 2 ] || export LONGHAUL_MODULES=$PWD/stuck; exec "$@"', "sh", LONGHAUL,
           "doctor", "--backend", "nccl", "--deadline", "8s", code=5).stderr
assert "longhaul: stuck at the set-up: rank " in told and "longhaul-doctor.hang.json" in told and "Finished" not in told, told
with open("longhaul-doctor.hang.json", encoding="utf-8") as account:
    stuck = {rank["rank"]: rank for host in json.load(account)["hosts"] for rank in host["ranks"]}
assert sorted(stuck) == [0, 1, 2, 3] and all(rank["phase"] == "preflight" for rank in stuck.values()), stuck

# Before there are watchers: a topology that cannot be read to its end.
pathlib.Path("endless.yaml").unlink(missing_ok=True)
os.mkfifo("endless.yaml")
told = lab("mpirun", LONGHAUL, "doctor", "--topology", "./endless.yaml", "--deadline", "2s", code=5).stderr
assert "finding the ranks' sites has taken 2 s" in told, told
print("passed")
