#!/usr/bin/python3
"""How long a gate over 1,000 points takes, and how long Chromium needs to open a report of 10 MB of samples.

    LONGHAUL=build/bin/longhaul LONGHAUL_BINARY_DIR=build tests/performance/speed.py

Medians of five, each with the least and the most; the gate's time is of the whole program, reading the file included.
The page's time is from navigation until every chart in it is drawn and two frames have been shown; beside it the
processor time of its main thread, which a busy machine does not change: of the first opening, before anything is cached, and of
the later ones.
"""
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "integration"))
from browser import Browser, find_chromium  # noqa: E402

SPEC = "rules:\n  - name: all in time\n    require: {time: {at_most: 10 s}}\n  - name: no wrong data\n    require: {data: correct}\n"
TIMES = 5
LONGHAUL = pathlib.Path(os.environ["LONGHAUL"]).resolve()
DRAWN = """new Promise(done => {
  const ready = () => document.querySelectorAll('main .plot').length > 0 &&
    [...document.querySelectorAll('main .plot')].every(plot => plot.querySelector('.main-svg'));
  const look = () => ready() ? requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))) : setTimeout(look, 10);
  look();
})"""


def tell(what, seconds):
    print(f"{what}: {statistics.median(seconds):.2f} s (least {min(seconds):.2f}, most {max(seconds):.2f}, of {len(seconds)})", flush=True)


def gate_times():
    seconds = []
    for _ in range(TIMES):
        begin = time.monotonic()
        done = subprocess.run([LONGHAUL, "gate", "--spec", "spec.yaml", "large.h5"], capture_output=True, text=True, check=False)
        seconds.append(time.monotonic() - begin)
        assert done.returncode in (0, 3), done.stderr
    return seconds


def thread_time(browser):
    metrics = browser.send("Performance.getMetrics")["metrics"]
    return next(metric["value"] for metric in metrics if metric["name"] == "ThreadTime")


def open_times():
    """Elapsed and processor time of each opening."""
    page = pathlib.Path("large.html").resolve()
    browser = Browser(find_chromium())
    browser.size(1280)
    browser.send("Performance.enable", {"timeDomain": "threadTicks"})
    elapsed, worked = [], []
    for _ in range(TIMES):
        browser.open("about:blank")
        before = thread_time(browser)
        browser.open(page.as_uri())
        elapsed.append(browser.ask(DRAWN) / 1000)
        worked.append(thread_time(browser) - before)
    browser.close()
    return elapsed, worked


def main():
    program = pathlib.Path(os.environ["LONGHAUL_BINARY_DIR"]).resolve() / "bin/large_sample"
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        subprocess.run([program, "large.h5"], check=True)
        pathlib.Path("spec.yaml").write_text(SPEC, encoding="utf-8")
        tell("gate over 1,000 points and 600,000 samples", gate_times())
        subprocess.run([LONGHAUL, "report", "large.h5", "-o", "large.html"], check=True, capture_output=True)
        print(f"report: {os.path.getsize('large.html') / 1e6:.1f} MB")
        if find_chromium():
            elapsed, worked = open_times()
            tell("report of 10 MB of samples open in Chromium", elapsed)
            tell("  processor time of its first opening", worked[:1])
            tell("  processor time of later openings", worked[1:])
        os.chdir("/")


if __name__ == "__main__":
    main()
