#!/usr/bin/python3
"""How many points `longhaul compare` calls rightly where the truth is known: three runs in the lab, A, A again, and B whose link is
longer by a share of the round trip (5 %). For a quiet machine.

    LONGHAUL=build/bin/longhaul tests/performance/planted.py [--share 5] [--launches 3] [--for 90s]

Sizes are small and the link is long, so that a collective takes a number of round trips and little else: the true ratio of times is
that of the round trips, which both files hold as measured. Right is: no verdict of faster or slower between A and A, 'slower' for
every point of B. An interval that leaves the true ratio out is counted too.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import h5py

LONGHAUL = pathlib.Path(os.environ.get("LONGHAUL", "build/bin/longhaul")).resolve()
RTT = 20  # ms added to the topology's own, which is below 1 ms


def measure(file, options, *fault):
    subprocess.run([LONGHAUL, "run", "--lab", "--topology", "two-campus-metro", "--collective", "all_reduce,all_gather,broadcast", "--size",
                    "16B:4KiB:x4", "--wan-rtt", f"+{RTT}ms", "--launches", str(options.launches), "--rounds", "5", "--for", options.limit, "--quiet",
                    "--format", "none", "-o", file, *fault], check=True, stdin=subprocess.DEVNULL)


def round_trip(file):
    with h5py.File(file) as results:
        return statistics.median(results["pairs/measured_rtt"][:])


def compared(base, other):
    done = subprocess.run([LONGHAUL, "compare", base, other, "--format", "json"], check=True, capture_output=True, text=True)
    pair = json.loads(done.stdout)["comparisons"][0]
    return pair, pair["points"]


def tell(title, pair, points, verdict, truth):
    right = sum(point["verdict"] == verdict or (verdict == "same" and point["verdict"] == "ambiguous") for point in points)
    ratios = sorted(point["ratio"] for point in points)
    missed = sum(point["low"] is not None and not point["low"] <= truth <= point["high"] for point in points)
    verdicts = {word: sum(point["verdict"] == word for point in points) for word in ("slower", "faster", "same", "ambiguous")}
    print(f"{title}: {right} of {len(points)} points called rightly ({', '.join(f'{n} {word}' for word, n in verdicts.items() if n)}); "
          f"round trips {truth:.4f} times as long, times {statistics.median(ratios):.4f} ({ratios[0]:.4f} to {ratios[-1]:.4f}); "
          f"{missed} intervals leave that out; a typical point finds {100 * (pair['detectable'] or float('nan')):.1f} %", flush=True)
    return right == len(points)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=5, help="by how many per cent B's round trip is longer")
    parser.add_argument("--launches", type=int, default=3)
    parser.add_argument("--for", dest="limit", default="90s", help="of each of the three runs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        measure("a.h5", options)
        measure("again.h5", options)
        longer = round_trip("a.h5") * options.share / 100
        measure("b.h5", options, "--fault", f"link:metro-a-metro-b=+{1e6 * longer:.0f}us")
        well = tell("A and A", *compared("a.h5", "again.h5"), "same", round_trip("again.h5") / round_trip("a.h5"))
        well &= tell("A and B", *compared("a.h5", "b.h5"), "slower", round_trip("b.h5") / round_trip("a.h5"))
        os.chdir("/")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
