#!/usr/bin/python3
# ctest: long, 200 s
"""A run killed at any moment loses no visit that it had finished, and has none twice.

A writer of visits is killed by SIGKILL again and again and goes on with the same file; now and then a reader reads
while it writes.
"""
import os
import pathlib
import random
import shutil
import subprocess
import time

KILLS = 150
WRITER = pathlib.Path(os.environ["LONGHAUL_BINARY_DIR"]) / "bin/store_writer"
FOLDER = pathlib.Path("crash")
FILE = FOLDER / "run.h5"


def stored():
    """Tokens of all visits that can be read, in order."""
    done = subprocess.run([WRITER, "read", FILE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [int(line) for line in done.stdout.split()]


def tokens_of(output):
    """Tokens that the writer printed whole."""
    return [int(line) for line in output.split("\n")[:-1]]


def some_visits(log):
    """Waits for the first visits of a writer; how long they take is the disk's matter, and how busy it is."""
    begin = time.monotonic()
    while len(tokens_of(log.read_text())) < 5:
        assert time.monotonic() - begin < 60, "five visits take a minute: this machine's disk cannot be tested on"
        time.sleep(0.001)
    return time.monotonic() - begin


def one_life(number, moment):
    """Write until killed, after `moment` or (None) some visits. Returns the tokens of the visits whose append returned, and the time."""
    log = FOLDER / "log"
    with open(log, "w", encoding="ascii") as output:
        with subprocess.Popen([WRITER, "write", FILE, str(number * 1_000_000)], stdout=output) as writer:
            if moment is None:
                moment = some_visits(log)
            else:
                time.sleep(moment)
            if number % 10 == 9:
                promised = tokens_of(log.read_text())
                assert set(promised) <= set(stored()), f"life {number}: a reader missed a finished visit"
            assert writer.poll() is None, f"life {number}: the writer ended by itself with {writer.returncode}"
            writer.kill()
    return tokens_of(log.read_text()), moment


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    random_moments = random.Random(2026)
    finished, longest = [], None
    for number in range(1, KILLS + 1):
        measures = number % 25 == 1  # anew: others may use the disk
        tokens, moment = one_life(number, None if measures else random_moments.uniform(0, longest))
        finished += tokens
        longest = moment if measures else longest
        if number % 25 == 0:
            print(f"{number} kills: {len(finished)} visits finished, {len(list(FOLDER.glob('run.h5.parts/*')))} files in parts")
    found = stored()
    assert len(found) == len(set(found)), "a visit is there twice"
    assert found == sorted(found), "visits are out of order"
    lost = set(finished) - set(found)
    assert not lost, f"lost: {sorted(lost)}"
    unannounced = len(found) - len(finished)
    assert unannounced <= KILLS, "more visits than could be under way when the writer was killed"
    assert len(finished) > KILLS, "the writer hardly wrote: this proves nothing"
    subprocess.run([WRITER, "compact", FILE], check=True)
    assert stored() == found
    left = sorted(path.name for path in FOLDER.iterdir())
    assert left == ["log", "run.h5"], f"left behind: {left}"
    print(f"{KILLS} kills, {len(finished)} visits finished, {unannounced} more were durable when killed, 0 lost, 0 twice")


main()
