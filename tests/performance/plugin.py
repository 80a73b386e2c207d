#!/usr/bin/python3
"""The plugin's WAN: how exactly it delays, how much it carries, and what that costs, at 0, 1, 10 and 50 ms one way.

    LONGHAUL=build/bin/longhaul tests/performance/plugin.py [--rounds 3] [--samples 200]

Two ranks of this machine, one a site; TCP over loopback carries. All-reduce of 8 B between two hosts takes one round trip, and at 0 ms
only what the software takes, which is subtracted (its median): what is left beyond the configured round trip is the plugin's error.
Throughput is that of send_recv of 16 MiB back to back, each rank sending to the other. CPU is that of all processes of that run, waiting
(which polls) included, by what was sent in all.
"""
import argparse
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

import h5py
import numpy

LONGHAUL = pathlib.Path(os.environ.get("LONGHAUL", "build/bin/longhaul")).resolve()
MPIRUN = ["mpirun", "-np", "2", "--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1"]
ENVIRONMENT = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
ONE_WAY = (0, 1, 10, 50)  # ms


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(read, *words):
    """What `read` takes from the results of one run, and the run's CPU seconds."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "run.h5"
        before = cpu_seconds()
        done = subprocess.run([*MPIRUN, LONGHAUL, "run", "--backend", "net", "--wan", "plugin", "--topology", "two-campus-metro", "--quiet",
                               "--format", "none", "-o", file, *words], env=ENVIRONMENT, capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            sys.exit(f"{' '.join(words)}: exit {done.returncode}\n{done.stderr}")
        with h5py.File(file) as results:
            assert not any(results["points"]["wrong"][:]), words
            return read(results), cpu_seconds() - before


def samples_by_wan(results):
    """{wan: seconds of each sample that was on time}."""
    wan_of_point = [wan.decode() for wan in results["points/wan"][:]]
    point_of_visit, visits = results["visits/point"][:], results["samples/visit"][:]
    durations, good = results["samples/duration"][:], results["samples/flags"][:] == 0
    wans = numpy.array([wan_of_point[point_of_visit[visit]] for visit in visits])
    return {wan: durations[(wans == wan) & good] for wan in set(wan_of_point)}


def accuracy(completion, options):
    found, _ = measured(samples_by_wan, "--collective", "all_reduce", "--size", "8B", "--net-completion", completion, "--wan-rtt",
                        ",".join(f"{2 * delay}ms" for delay in ONE_WAY), "--rounds", str(options.rounds), "--precision", "0.001%",
                        "--min-samples", str(options.samples), "--max-samples", str(options.samples), "--visit-time", "60s")
    if any(len(found.get(f"{2 * delay}ms", ())) == 0 for delay in ONE_WAY):
        sys.exit("at some distance no sample began on time: this machine is busy with other things")
    base = numpy.median(found["0ms"])
    for delay in ONE_WAY:
        error = 1e6 * (found[f"{2 * delay}ms"] - base - 2e-3 * delay)
        print(f"{completion:>8} {delay:>6} ms {numpy.median(error):>10.0f} µs {numpy.percentile(error, 99):>10.0f} µs {len(error):>8}",
              flush=True)


def throughput(completion, delay):
    def read(results):
        return results["points/busbw"][0], results["links/bytes"][:].sum()
    words = ["--collective", "send_recv", "--size", "16MiB", "--mode", "throughput", "--rounds", "1", "--visit-time", "5s", "--min-samples", "5",
             "--net-completion", completion, "--wan-rtt", f"{2 * delay}ms"]
    (busbw, sent), cpu = measured(read, *words)
    print(f"{completion:>8} {delay:>6} ms {8 * busbw / 1e9:>10.2f} Gbit/s {cpu / (8 * sent / 1e9):>10.3f} s/Gbit", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--samples", type=int, default=200)
    options = parser.parse_args()
    print("round trip added less configured\n" + f"{'':>8} {'one way':>9} {'p50':>13} {'p99':>13} {'samples':>8}")
    for completion in ("socket", "rdma"):
        accuracy(completion, options)
    print("send_recv of 16 MiB\n" + f"{'':>8} {'one way':>9} {'rate':>17} {'CPU':>17}")
    for completion in ("socket", "rdma"):
        for delay in ONE_WAY:
            throughput(completion, delay)


if __name__ == "__main__":
    main()
