#!/usr/bin/python3
"""What ./quickstart promises of its demo: tests/demo_check.py FOLDER (holding quickstart.h5 and quickstart.html).

How many points converge within the demo's time is a matter of how quiet the machine is. The file says whether it was: visits are
marked whose packets the emulator released late, and samples that a rank began late; both need a core at the right moment; and a core
shared with strangers is slower at times, which all points of that time show. Where it was quiet, 80 % of the points have to converge;
on a busy machine 40 % (docs/performance.md has both).
"""
import datetime
import pathlib
import statistics
import sys

import h5py

MEASURING, SLACK = 90, 15  # s; slack: the visit under way when time is over, and storing it
QUIET = 0.05, 0.10, 1.1  # shares of visits and of samples with their mark; slowest ten seconds to fastest
CONVERGED, CONVERGED_BUSY = 0.8, 0.4  # shares of the points
LATE_RELEASE = 1


def starts(visits):
    """Of each visit, s after the first."""
    started = [datetime.datetime.fromisoformat(text.decode().replace("Z", "+00:00")).timestamp() for text in visits["started"][:]]
    return [start - min(started) for start in started]


def drift(visits, points):
    """How much slower the slowest ten seconds were than the fastest: visits beside their points' medians."""
    stretches = {}
    for start, median, point in zip(starts(visits), visits["median"][:], visits["point"][:]):
        if median > 0:
            stretches.setdefault(int(start // 10), []).append(median / points["median"][point])
    typical = [statistics.median(ratios) for ratios in stretches.values() if len(ratios) >= 20]
    return max(typical) / min(typical)


def main(folder):
    with h5py.File(folder / "quickstart.h5") as file:
        points, visits = file["points"], file["visits"]
        count, converged, wrong = len(points["key"]), int(sum(points["converged"])), int(sum(points["wrong"]))
        settings = {name.decode() for name in points["wan"]}
        operations = {name.decode() for name in points["operation"]}
        sizes = set(points["size"])
        time = max(start + elapsed for start, elapsed in zip(starts(visits), visits["elapsed"][:]))
        drifted = drift(visits, points)
        released = sum(int(flags) & LATE_RELEASE for flags in visits["flags"][:]) / len(visits["flags"])
        begun = sum(flags != 0 for flags in file["samples/flags"][:]) / len(file["samples/flags"])
    quiet = released < QUIET[0] and begun < QUIET[1] and drifted < QUIET[2]
    print(f"   {count} points, {converged} converged, {wrong} wrong elements; measured for {time:.1f} s; packets released late in "
          f"{100 * released:.1f} % of visits, {100 * begun:.1f} % of samples begun late, drift {100 * (drifted - 1):.0f} %: the machine was {'quiet' if quiet else 'busy'}")
    page = (folder / "quickstart.html").stat().st_size
    return (operations == {"all_reduce", "all_gather"} and len(settings) == 3 and len(sizes) == 6 and wrong == 0
            and page > 1_000_000 and time <= MEASURING + SLACK and converged >= (CONVERGED if quiet else CONVERGED_BUSY) * count)


if __name__ == "__main__":
    sys.exit(0 if main(pathlib.Path(sys.argv[1])) else 1)
