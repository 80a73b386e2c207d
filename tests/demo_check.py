#!/usr/bin/python3
"""What ./quickstart promises of its demo: tests/demo_check.py FOLDER (holding quickstart.h5 and quickstart.html).

How many points converge within the demo's time is a matter of how quiet the machine is, so it is printed and not judged:
docs/performance.md has the figures of a quiet one. That some do shows that the demo stops a point by its confidence.
"""
import pathlib
import sys

import h5py


def main(folder):
    with h5py.File(folder / "quickstart.h5") as file:
        points = file["points"]
        count, converged, wrong = len(points["key"]), int(sum(points["converged"])), int(sum(points["wrong"]))
        settings = {name.decode() for name in points["wan"]}
        operations = {name.decode() for name in points["operation"]}
        sizes = set(points["size"])
    print(f"{count} points, {converged} converged, {wrong} wrong elements")
    page = (folder / "quickstart.html").stat().st_size
    return (operations == {"all_reduce", "all_gather"} and len(settings) == 3 and len(sizes) == 6
            and converged > 0 and wrong == 0 and page > 1_000_000)


if __name__ == "__main__":
    sys.exit(0 if main(pathlib.Path(sys.argv[1])) else 1)
