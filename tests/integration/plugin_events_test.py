#!/usr/bin/python3
# ctest: lab, 60 s, alone
"""The network plugin's WAN goes by the same events as the lab's: what a cut swallows comes later, and comes right."""
import os
import pathlib
import subprocess

import h5py

EVENTS = """
events:
  - {at: 1500 ms, cut: north-east, protection: 400 ms, for: 1500 ms}
  - {at: 4500 ms, cut: north-east, for: 700 ms}
"""
pathlib.Path("soak.h5").unlink(missing_ok=True)
pathlib.Path("events.yaml").write_text(EVENTS, encoding="utf-8")
subprocess.run(["mpirun", "-np", "3", "--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1", os.environ["LONGHAUL"],
                "run", "--backend", "net", "--wan", "plugin", "--topology", "three-campus-mesh", "--collective", "all_reduce",
                "--size", "64KiB", "--for", "7s", "--events", "events.yaml", "--quiet", "--format", "none", "-o", "soak.h5"],
               env={**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}, check=True, timeout=50,
               stdin=subprocess.DEVNULL)
with h5py.File("soak.h5") as results:
    kinds = [kind.decode() for kind in results["events/kind"][:]]
    stalls, failed = results["events/stall"][:], results["events/failed"][:]
    recoveries = results["events/recovery"][:]
    assert results["launches/wan_engine"][0] == b"plugin"
    assert results["visits/wrong"][0] == 0 and not any(failed)
assert kinds == ["cut", "restore", "cut", "restore"], kinds
assert 0.4 <= stalls[0] < 1.2, f"until the way round: {stalls}"
assert max(stalls[2], stalls[3]) >= 0.7, f"until the restore: {stalls}"
assert 0.4 <= recoveries[0] < 1.4, recoveries
print("passed")
