#!/usr/bin/python3
# ctest: long, 400 s
"""A real run in the lab, killed by SIGKILL at random moments (rank 0, mpirun, the lab itself) and gone on with, loses no
finished visit and measures none twice."""
import collections
import os
import pathlib
import random
import signal
import subprocess
import time

import h5py

LONGHAUL = os.environ["LONGHAUL"]
KILLS = int(os.environ.get("LONGHAUL_KILLS", "10"))
POINTS, ROUNDS, LAUNCHES = 2 * 4, 2 * KILLS, 2  # more than is measured before the last kill
COMMAND = [LONGHAUL, "run", "--lab", "--topology", "two-campus-metro", "--collective", "all_reduce", "--size", "16B:64KiB:x16",
           "--wan-rtt", "0ms,native", "--rounds", str(ROUNDS), "--launches", str(LAUNCHES), "--visit-time", "20ms", "--precision",
           "0.001%", "--quiet", "--format", "none", "-o", "run.h5"]
MARK = f"LONGHAUL_TEST_ID={os.getpid()}"  # of our processes, whatever else runs here


def processes(name):
    """Ours of that name: (process, its environment)."""
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            variables = (folder / "environ").read_bytes().decode(errors="replace").split("\0")
            if MARK in variables and (folder / "comm").read_text().strip() == name:
                yield int(folder.name), variables
        except OSError:
            continue


def victim(kind, lab):
    if kind == "lab":
        return lab
    if kind == "mpirun":
        return next((process for process, _ in processes("mpirun")), None)
    return next((process for process, variables in processes("longhaul") if "OMPI_COMM_WORLD_RANK=0" in variables), None)


def visited():
    """How often each (planned launch, round, point) was measured, as longhaul reads it: parts included."""
    if not pathlib.Path("run.h5").exists():
        return collections.Counter()  # killed before it began
    pathlib.Path("copy.h5").unlink(missing_ok=True)
    subprocess.run([LONGHAUL, "convert", "run.h5", "-o", "copy.h5"], check=True, capture_output=True)
    with h5py.File("copy.h5") as results:
        visits, samples = results["visits"], results["samples"]
        assert sum(visits["sample_count"][:]) == len(samples["visit"])
        assert all(count > 0 for count in visits["sample_count"][:])
        slots = results["launches/slot"][:]
        keys = [key.decode() for key in results["points/key"][:]]
        return collections.Counter((slots[launch], number, keys[point]) for launch, number, point in
                                   zip(visits["launch"][:], visits["round"][:], visits["point"][:]))


def main():
    subprocess.run("rm -rf run.h5* copy.h5*", shell=True, check=True)
    chance = random.Random(int(os.environ.get("LONGHAUL_SEED", "1")))
    environment = {**os.environ, "LONGHAUL_TEST_ID": str(os.getpid())}
    finished, kills = collections.Counter(), collections.Counter()
    while sum(kills.values()) < KILLS:
        kind = ("rank 0", "mpirun", "lab")[sum(kills.values()) % 3]
        resume = ["--resume"] if pathlib.Path("run.h5").exists() else []
        with subprocess.Popen([*COMMAND, *resume], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as run:
            deadline = time.time() + 60
            while victim("rank 0", run.pid) is None and run.poll() is None and time.time() < deadline:
                time.sleep(0.02)
            time.sleep(chance.uniform(0.2, 1.4))
            process = victim(kind, run.pid)
            assert process is not None and run.poll() is None, f"after {kills}, the run ended by itself: {run.stderr.read()}"
            os.kill(process, signal.SIGKILL)
            errors = run.communicate(timeout=60)[1]
        assert run.returncode == (-signal.SIGKILL if kind == "lab" else 4), (kind, run.returncode, errors)
        kills[kind] += 1
        before, finished = finished, visited()
        assert set(before) <= set(finished), f"lost by a kill of {kind}: {set(before) - set(finished)}"
        assert set(finished.values()) <= {1}, f"twice, by a kill of {kind}: {finished.most_common(3)}"
    subprocess.run([*COMMAND, "--resume"], env=environment, check=True, timeout=600)
    assert not pathlib.Path("run.h5.parts").exists()
    before, finished = finished, visited()
    assert set(before) <= set(finished)
    wanted = POINTS * ROUNDS * LAUNCHES
    assert len(finished) == wanted and set(finished.values()) == {1}, (len(finished), wanted, finished.most_common(3))
    print(f"{dict(kills)} killed; {len(before)} visits finished before the last start, {wanted} in all, none lost, none twice")


main()
