#!/usr/bin/python3
"""What the net communicator's rings do: beside MPI over TCP, over distance beside the ring's bound, beside NCCL's own curves.

    LONGHAUL=build/bin/longhaul tests/performance/net_ring.py [--curves nccl-2.28.9-ring-over-wan.csv] [--turns 5]

Four ranks of this machine in two sites; `--wan plugin` gives the distance. Times are medians in latency mode, bandwidths busbw.
"""
import argparse
import csv
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import h5py

LONGHAUL = pathlib.Path(os.environ.get("LONGHAUL", "build/bin/longhaul")).resolve()
MPIRUN = ["mpirun", "--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1"]
ENVIRONMENT = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


def measured(*words, ranks=4, mpi=()):
    """{(operation, size, wan): (seconds, busbw)} of one run."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "run.h5"
        done = subprocess.run([*MPIRUN, "-np", str(ranks), *mpi, LONGHAUL, "run", "--quiet", "--format", "none", "-o", file, *words],
                              env=ENVIRONMENT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            sys.exit(f"{' '.join(map(str, words))}: exit {done.returncode}\n{done.stderr}")
        with h5py.File(file) as results:
            points = results["points"]
            assert not any(points["wrong"][:]), words
            keys = zip(points["operation"][:], points["size"][:], points["wan"][:])
            values = zip(points["median"][:], points["busbw"][:])
            return {(op.decode(), int(size), wan.decode()): value for (op, size, wan), value in zip(keys, values)}


def over_wan(collectives, sizes, rtts, *more):
    return measured("--backend", "net", "--wan", "plugin", "--topology", "two-campus-metro", "--collective", collectives, "--size",
                    ",".join(f"{size}B" for size in sizes), "--wan-rtt", ",".join(rtts), "--rounds", "3", "--visit-time", "2s", "--min-samples", "5",
                    "--max-samples", "20", *more)


def beside_mpi(turns):
    """All-reduce of 64 MiB, taking turns with MPI over its own TCP."""
    print("all_reduce of 64 MiB, busbw, net beside MPI over TCP (btl tcp,self)")
    common = ["--collective", "all_reduce", "--size", "64MiB", "--mode", "throughput", "--rounds", "1", "--visit-time", "2s",
              "--min-samples", "5"]
    for ranks in (2, 4):
        rates = {"net": [], "mpi": []}
        for _ in range(turns):
            for backend in rates:
                found = measured("--backend", backend, *common, ranks=ranks, mpi=["--mca", "btl", "tcp,self"])
                rates[backend].append(next(iter(found.values()))[1] / 1e9)
        ratio = statistics.median(net / mpi for net, mpi in zip(rates["net"], rates["mpi"]))
        print(f"  {ranks} ranks: net {statistics.median(rates['net']):.2f} GB/s, mpi {statistics.median(rates['mpi']):.2f} GB/s, "
              f"ratio {ratio:.2f} (median of {turns})", flush=True)


def latencies():
    print("k = latency of 16 B / RTT (native subtracted)")
    for title, more in {"order 0-1-2-3": [], "order 0-2-1-3": ["--net-ring", "0-2-1-3"]}.items():
        found = over_wan("all_reduce,all_gather", [16], ["0ms", "10ms", "50ms"], *more)
        for op in ("all_reduce", "all_gather"):
            base = found[(op, 16, "0ms")][0]
            ks = [(found[(op, 16, f"{rtt}ms")][0] - base) / (rtt * 1e-3) for rtt in (10, 50)]
            print(f"  {op}, {title}: {ks[0]:.2f} at 10 ms, {ks[1]:.2f} at 50 ms; {base * 1e3:.2f} ms without distance", flush=True)


def bounds():
    print("all_reduce of 64 MiB at 50 ms: algbw as a share of the bound (socket: channels · n · buffer/2 / RTT / 2(n−1)/n of busbw)")
    for completion in ("socket", "rdma"):
        for channels, buffer in ((1, "4MiB"), (2, "4MiB"), (1, "1MiB")):
            found = over_wan("all_reduce", [64 << 20], ["50ms"], "--net-completion", completion, "--net-channels", str(channels),
                             "--net-buffer", buffer)
            busbw = next(iter(found.values()))[1]
            buffered = channels * (int(buffer[0]) << 20)
            bound = (4 * buffered / 2 if completion == "socket" else buffered) / 50e-3
            print(f"  {completion}, {channels} channel{'s' if channels > 1 else ''}, {buffer}: busbw {busbw / 1e6:.0f} MB/s, "
                  f"{100 * busbw / bound:.0f} % of {bound / 1e6:.0f} MB/s", flush=True)


def over_distance():
    """What of the bound is missed by a share, and what by a fixed time, shows as the round trip grows."""
    print("all_reduce of 64 MiB, socket, 2 channels, 4MiB, over distance")
    for rtt in (25, 50, 100, 200):
        found = over_wan("all_reduce", [64 << 20], [f"{rtt}ms"], "--net-channels", "2")
        seconds, busbw = next(iter(found.values()))
        bound = 4 * (8 << 20) / 2 / (rtt * 1e-3)
        least = 1.5 * (64 << 20) / bound
        print(f"  {rtt} ms: {100 * busbw / bound:.0f} % of {bound / 1e6:.0f} MB/s; {seconds * 1e3:.0f} ms, {(seconds - least) * 1e3:.0f} ms beyond the bound's",
              flush=True)


def beside_curves(file):
    print("beside NCCL 2.28.9's curves: ours / theirs, median times")
    with open(file, encoding="utf-8") as opened:
        rows = [row for row in csv.DictReader(opened) if row["rtt_ms"] != "0"]  # at 0 the processor limits both
    groups = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in ("channels", "rtt_ms", "rate_gbps", "buffsize_bytes", "nsocks")), []).append(row)
    for (channels, rtt, rate, buffer, sockets), group in groups.items():
        wan = f"{rtt}ms" + (f":rate={rate}Gbit/s" if rate != "0" else "")
        more = [] if sockets == "0" else ["--net-sockets", sockets]
        names = {"AllReduce": "all_reduce", "AllGather": "all_gather"}
        asked = [name for op, name in names.items() if any(row["op"] == op for row in group)]
        found = over_wan(",".join(asked), sorted({int(row["size_bytes"]) for row in group}), [wan], "--net-channels", channels,
                         "--net-buffer", f"{int(buffer) >> 20}MiB", *more)
        title = (f"{channels} channel{'s' if channels != '1' else ''} of {int(buffer) >> 20} MiB, "
                 f"{'default' if sockets == '0' else sockets} sockets, {rtt} ms, {rate + ' Gbit/s' if rate != '0' else 'no cap'}")
        for op, name in names.items():
            shares = []
            for row in sorted((row for row in group if row["op"] == op), key=lambda row: int(row["size_bytes"])):
                ours = next((value[0] for key, value in found.items() if key[:2] == (name, int(row["size_bytes"]))), None)
                if ours:
                    shares.append(f"{int(row['size_bytes']) >> 10}K {ours * 1e6 / float(row['median_us']):.2f}")
            if shares:
                print(f"  {op}, {title}: {'  '.join(shares)}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--curves")
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args()
    if options.turns:
        beside_mpi(options.turns)
    latencies()
    bounds()
    over_distance()
    if options.curves:
        beside_curves(options.curves)


if __name__ == "__main__":
    main()
