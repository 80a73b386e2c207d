#!/usr/bin/python3
# ctest: long, 300 s, alone
"""What is wrong with a lab is named, all of it and nothing else; of a clean one, nothing. tests/performance/diagnosis.py
does the same many times."""
import os
import pathlib
import sys

sys.path.insert(0, os.environ["LONGHAUL_SOURCE_DIR"] + "/tests/performance")
import diagnosis  # noqa: E402

HERE = pathlib.Path.cwd()

# A link 10 ms longer, not 30, and half of the samples: enough, in half of the time.
named = diagnosis.named_in_a_lab(HERE, diagnosis.FAULTS.replace("+30ms", "+10ms"), 1, samples=2)
assert sorted(named) == sorted(diagnosis.NAMED), named

heat = diagnosis.longhaul("convert", "run.h5", "--to", "table")
assert "pairwise-alone · 384 KiB at native · GB/s one way" in heat and "▼" in heat, heat
groups = diagnosis.longhaul("report", "run.h5", "-o", "run.html", "--floor", "1 kB/s")
assert "7 of 7 hosts reach" in groups, groups

named = diagnosis.named_in_a_lab(HERE, "", 2, launches=1, samples=2)
assert not named, named
print("passed")
