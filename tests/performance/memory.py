#!/usr/bin/python3
"""Memory and time that a store of ten million samples takes to write, go on with, report, judge and convert.

    LONGHAUL=build/bin/longhaul LONGHAUL_BINARY_DIR=build tests/performance/memory.py
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

LONGHAUL = pathlib.Path(os.environ["LONGHAUL"]).resolve()
BIN = pathlib.Path(os.environ["LONGHAUL_BINARY_DIR"]).resolve() / "bin"
SAMPLES_OF_A_VISIT = "2000"  # of 5,000 visits
MOST = 2e9
SPEC = "rules:\n  - name: all in time\n    require: {time: {at_most: 10 s}}\n"


def peak(title, *command):
    """Greatest resident memory of a program, bytes."""
    begin = time.monotonic()
    child = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 3):
        sys.exit(f"{title}: exit {child.returncode}")
    print(f"{title:30} {usage.ru_maxrss / 1e6:5.2f} GB {time.monotonic() - begin:6.1f} s", flush=True)
    return usage.ru_maxrss * 1024


def main():
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        pathlib.Path("spec.yaml").write_text(SPEC, encoding="utf-8")
        peaks = [peak("write ten million samples", BIN / "large_sample", "large.h5", SAMPLES_OF_A_VISIT)]
        print(f"the file: {os.path.getsize('large.h5') / 1e6:.0f} MB")
        peaks += [peak("go on with it for 20 visits", BIN / "store_writer", "write", "large.h5", "1", "20"),
                  peak("report", LONGHAUL, "report", "large.h5", "-o", "large.html"),
                  peak("gate", LONGHAUL, "gate", "--spec", "spec.yaml", "large.h5", "--accept", "flagged"),
                  peak("convert to CSV", LONGHAUL, "convert", "large.h5", "-o", "large.csv"),
                  peak("compare with itself", LONGHAUL, "compare", "large.h5", "large.h5")]
        print(f"the report: {os.path.getsize('large.html') / 1e6:.1f} MB")
        os.chdir("/")
        return 0 if max(peaks) < MOST else 1


if __name__ == "__main__":
    sys.exit(main())
