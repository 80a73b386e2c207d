"""Runs of the built program on the doubles of CUDA and NCCL (tests/doubles), and what each of them must leave behind: nothing."""
import os
import pathlib
import shutil
import subprocess
import sys
import time

LONGHAUL = os.environ["LONGHAUL"]
DOUBLES = pathlib.Path(os.environ["LONGHAUL_BINARY_DIR"], "doubles")
DEADLINE = 2  # s
ONE_OF_THEM = []  # a wrapper of each rank
ENVIRONMENT = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
               "OMPI_MCA_rmaps_base_oversubscribe": "1", "OMPI_MCA_mpi_yield_when_idle": "1",
               "OMPI_MCA_hwloc_base_binding_policy": "none", "OMPI_MCA_pml": "ob1",  # which looks for no fabric at each start
               "LD_LIBRARY_PATH": str(DOUBLES)}
SMALL = ["--collective", "all_reduce", "--size", "1KiB,4KiB", "--rounds", "8", "--min-samples", "2", "--max-samples", "3",
         "--format", "none", "--quiet", "--deadline", f"{DEADLINE}s"]
TINY = ["--size", "1KiB", "--collective", "all_reduce", "--rounds", "2", "--min-samples", "2", "--max-samples", "3", "--visit-time", "20ms",
        "--format", "none", "--quiet"]
PATTERN = ["--backend", "nccl", "--size", "64KiB", "--rounds", "2", "--visit-time", "50ms", "--format", "none", "--quiet",
           "--deadline", f"{DEADLINE}s", "-o", "a.h5"]


def shared_memory():
    """What may be ours, or NCCL's; tests of control segments beside this one have names of their own."""
    return {path.name for path in pathlib.Path("/dev/shm").iterdir()
            if path.name.startswith(("longhaul-", "nccl-")) and not path.name.startswith("longhaul-test-")}


def left_in_shared_memory(before):
    """What is there and was not; what other runs on this machine have there goes with them."""
    until = time.monotonic() + 20
    while shared_memory() - before and time.monotonic() < until:
        time.sleep(0.1)
    return shared_memory() - before


def run(words, code=0, says=(), ranks=3, env=None, launcher=(), lab=False):
    """Runs longhaul run on `ranks` ranks; checks the exit code and that stderr holds each of `says`. Returns the seconds, and stderr."""
    for left in pathlib.Path().glob("*.h5*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    before = shared_memory()
    command = [*([] if lab else ["mpirun", *launcher, "-np", str(ranks), *ONE_OF_THEM]), LONGHAUL, "run", *words]
    begin = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, env={**ENVIRONMENT, **(env or {})}, timeout=100, check=False,
                          stdin=subprocess.DEVNULL)
    spent = time.monotonic() - begin
    assert done.returncode == code, f"{env} {words}: exit {done.returncode}, expected {code}\n{done.stdout}{done.stderr}"
    for text in says:
        assert text in done.stderr, f"{env} {words}: stderr lacks '{text}':\n{done.stderr}"
    assert "misuse" not in done.stderr, done.stderr
    left = left_in_shared_memory(before)
    assert not left, f"{env} {words}: left in /dev/shm: {left}"
    return spent, done.stderr


def kept_visits(file):
    """Visits that are left of a run that died, read the way a resuming run reads them."""
    table = subprocess.run([LONGHAUL, "convert", file, "--to", "csv"], capture_output=True, text=True, check=False,
                           env=ENVIRONMENT)
    assert table.returncode == 0, table.stderr
    return len(table.stdout.splitlines()) - 1


def try_each(checks):
    """Over a /dev/shm of its own: other tests beside it put things there too."""
    if not (DOUBLES / "libnccl.so.2").exists():
        print("skipped: built without a CUDA toolkit and NCCL, there are no GPU modules to test")
        sys.exit(77)
    if os.geteuid() == 0 and "LONGHAUL_OWN_SHM" not in os.environ:
        os.environ["LONGHAUL_OWN_SHM"] = "yes"
        alone = "mount -t tmpfs none /dev/shm && exec \"$@\""
        os.execvp("unshare", ["unshare", "--mount", "sh", "-c", alone, "sh", sys.executable, *sys.argv])
    for check in checks:
        begin = time.monotonic()
        check()
        print(f"{check.__name__}: {time.monotonic() - begin:.1f} s")
