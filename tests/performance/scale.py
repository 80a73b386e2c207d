#!/usr/bin/python3
"""What a visit costs beyond its collectives, by the number of ranks on this machine.

    LONGHAUL=build/bin/longhaul tests/performance/scale.py [--ranks 2,4,8,16,32,64]

Runs of few and of many visits of one point of 16 B, three samples a visit: the difference of their times, over the difference of
their visits, less what the samples took. Start-up and end fall out.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import h5py

LONGHAUL = pathlib.Path(os.environ.get("LONGHAUL", "build/bin/longhaul")).resolve()
ENVIRONMENT = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
FEW, MANY = 10, 40


def run(ranks, visits):
    """Seconds that it took, and seconds within collectives that were sampled."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "run.h5"
        begin = time.monotonic()
        subprocess.run(["mpirun", "-np", str(ranks), "--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1", LONGHAUL,
                        "run", "--collective", "all_reduce", "--size", "16B", "--rounds", str(visits), "--precision", "0.001%",
                        "--min-samples", "3", "--max-samples", "3", "--quiet", "--format", "none", "--force", "-o", file],
                       env=ENVIRONMENT, check=True, capture_output=True, stdin=subprocess.DEVNULL)
        spent = time.monotonic() - begin
        with h5py.File(file) as results:
            assert len(results["visits/visit"]) == visits and not any(results["points/wrong"][:])
            return spent, float(sum(results["samples/duration"][:]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranks", default="2,4,8,16,32,64")
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    print("ranks  start-up and end  a visit  of it sampled")
    for ranks in map(int, options.ranks.split(",")):
        costs, starts, shares = [], [], []
        for _ in range(options.turns):
            few, many = run(ranks, FEW), run(ranks, MANY)
            visit = (many[0] - few[0]) / (MANY - FEW)
            sampled = (many[1] - few[1]) / (MANY - FEW)
            costs.append(visit - sampled)
            shares.append(sampled)
            starts.append(few[0] - FEW * visit)
        print(f"{ranks:5}  {statistics.median(starts):13.2f} s  {1e3 * statistics.median(costs):4.1f} ms  "
              f"{1e3 * statistics.median(shares):9.2f} ms", flush=True)


if __name__ == "__main__":
    main()
