#!/usr/bin/python3
"""Whether two jobs at once on one host share a link's rate: each two ranks in two sites over the plugin, whose rate all processes of a
host share.

    LONGHAUL=build/bin/longhaul tests/performance/fairness.py [--turns 5] [--rate 800Mbit/s]

Prints what each carries alone and beside the other, and the share of the slower one: 1 is fair.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import h5py

LONGHAUL = pathlib.Path(os.environ.get("LONGHAUL", "build/bin/longhaul")).resolve()
MPIRUN = ["mpirun", "-np", "2", "--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1"]
ENVIRONMENT = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


def start(file, rate):
    return subprocess.Popen([*MPIRUN, LONGHAUL, "run", "--backend", "net", "--wan", "plugin", "--topology", "two-campus-metro", "--collective",
                             "send_recv", "--size", "4MiB", "--mode", "throughput", "--wan-rtt", f"native:rate={rate}", "--rounds", "1",
                             "--visit-time", "6s", "--min-samples", "5", "--max-samples", "10000", "--quiet", "--format", "none", "-o", file],
                            env=ENVIRONMENT, stdin=subprocess.DEVNULL)


def rates(files, rate):
    """Bit/s that each of these jobs, begun at once, carries one way."""
    jobs = [start(file, rate) for file in files]
    if any([job.wait() for job in jobs]):
        sys.exit("a job failed")
    found = []
    for file in files:
        with h5py.File(file) as results:
            found.append(8 * float(results["points/algbw"][0]))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--rate", default="800Mbit/s")
    options = parser.parse_args()
    shares = []
    with tempfile.TemporaryDirectory() as folder:
        alone, = rates([f"{folder}/alone.h5"], options.rate)
        print(f"alone: {alone / 1e6:.0f} Mbit/s of {options.rate}")
        for turn in range(options.turns):
            both = rates([f"{folder}/{turn}-{job}.h5" for job in "ab"], options.rate)
            shares.append(min(both) / max(both))
            print(f"together: {both[0] / 1e6:.0f} and {both[1] / 1e6:.0f} Mbit/s, {shares[-1]:.3f}", flush=True)
    print(f"the slower has {statistics.median(shares):.3f} of the faster (median; least {min(shares):.3f})")


if __name__ == "__main__":
    main()
