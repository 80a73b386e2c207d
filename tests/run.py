#!/usr/bin/python3
"""The test stages behind ./quickstart --test (core) and --test=all (all), over the tree that it has set up and built.

Every stage runs and is timed, also after one has failed; the last line counts. In CI a skipped test is a failed one.
One stage alone: tests/run.py NAME (see STAGES).
"""
import atexit
import concurrent.futures
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as tree

ROOT = pathlib.Path(__file__).resolve().parent.parent
CI = os.environ.get("CI") == "true"
UNITY = "-DCMAKE_UNITY_BUILD=ON"  # fewer, larger units: half the time of a build from nothing
QUICKLY = ["-DCMAKE_CXX_FLAGS_DEBUG=",  # a fifth of the time of a sanitizer's build goes into what only a debugger reads,
           "-DLONGHAUL_PRECOMPILE=ON"]  # as much into reading libraries' headers again
CLANG = ["-DCMAKE_C_COMPILER=clang-19", "-DCMAKE_CXX_COMPILER=clang++-19"]  # a second compiler, twice as fast with sanitizers
# Tests of rooms that start threads; of the kernels' those that do: their arithmetic takes minutes under ThreadSanitizer.
THREADED = ["watch_test", "net_plugin_test", "kernels_test", "topologies_test", "wan_test", "collectives_test", "net_test"]
THREADED_TESTS = {"kernels_test": "InParallel.*:Load.*:Verify.*"}

AHEAD = "builds-ahead"  # this script as the process that builds ahead
# As many compilers as processors: two more, as Ninja has it, take a tenth longer. Ahead, where tests hold them up, two more.
PARALLEL = ["--parallel", str(len(os.sched_getaffinity(0)) + (2 if AHEAD in sys.argv else 0))]
ahead = []  # that process, while it is there


class Tally:
    """What was counted so far."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add_check(self, ok):
        self.passed += ok
        self.failed += not ok

    def add_report(self, file):
        """Adds the counts of a ctest JUnit file, and names what was skipped."""
        for case in tree.parse(file).getroot().iter("testcase"):
            status = case.get("status")
            if status == "run":
                self.passed += 1
            elif status in ("notrun", "disabled") and not CI:
                self.skipped += 1
                print(f"   skipped: {case.get('name')}")
            else:
                self.failed += 1
                print(f"   {'skipped, which CI does not allow' if status != 'fail' else 'failed'}: {case.get('name')}")

    def add_gtest(self, file):
        """Adds the counts of a GoogleTest XML file, and names what failed."""
        for case in tree.parse(file).getroot().iter("testcase"):
            skipped = case.get("result") == "skipped"
            if skipped and not CI:
                self.skipped += 1
            elif skipped or case.find("failure") is not None:
                self.failed += 1
                print(f"   {'skipped, which CI does not allow' if skipped else 'failed'}: {case.get('classname')}.{case.get('name')}")
            else:
                self.passed += 1

    def __str__(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def succeeds(*command, **options):
    """Runs a command from the top of the tree, without standard input; prints its output only if it fails."""
    done = subprocess.run([str(word) for word in command], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False, **options)
    if done.returncode != 0:
        print(f"{done.stdout}\n   exit {done.returncode}: {' '.join(str(word) for word in command)}")
    return done.returncode == 0


def prints(*command):
    """Like succeeds(), for what has figures to say."""
    return subprocess.run([str(word) for word in command], cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode == 0


def ctest(tally, build, *selection):
    """Runs the selected tests of a build folder and counts each."""
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.xml"
        ok = succeeds("ctest", "--test-dir", build, "--output-on-failure", "--no-tests=error",
                      "--output-junit", report, *selection)
        if report.exists():
            failed_before = tally.failed
            tally.add_report(report)
            ok = ok or tally.failed > failed_before  # the failure is counted already
    if not ok:
        tally.add_check(False)


def gtest(tally, *programs, only=None):
    """Runs whole test programs (or what `only` names of them), the largest first and three at once, as some wait: under a
    sanitizer, one process a test takes three times as long."""
    selected = only or {}
    programs = sorted(programs, key=lambda program: -program.stat().st_size)
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(3) as pool:
        reports = [pathlib.Path(folder) / f"{program.name}.xml" for program in programs]
        ran = pool.map(lambda program, report: succeeds(program, "--gtest_brief=1", f"--gtest_output=xml:{report}",
                                                          f"--gtest_filter={selected.get(program.name, '*')}"), programs, reports)
        for ok, report in zip(ran, reports):
            failed_before = tally.failed
            if report.exists():
                tally.add_gtest(report)
            if not ok and tally.failed == failed_before:
                tally.add_check(False)  # it did not get to the end


def unit(tally):
    ctest(tally, "build", "-L", "unit", "-j2")


def ranks(tally):
    ctest(tally, "build", "-L", "ranks")


def lab(tally):
    ctest(tally, "build", "-L", "lab", "-j2")


def long(tally):
    ctest(tally, "build", "-L", "long", "-LE", "alone", "-j4")
    for builder in ahead:
        builder.pause()
    ctest(tally, "build", "-L", "long", "-L", "alone")
    while ahead:
        ahead.pop().finish()


def demo(tally):
    """The newcomer's two commands end in two files, with most points converged and none wrong."""
    with tempfile.TemporaryDirectory() as folder:
        tally.add_check(succeeds("./quickstart", "--out", folder) and prints("tests/demo_check.py", folder))


def doubles_all(tally):
    """Every combination of the NCCL communicator's axes on the doubles, not only every pair: many minutes."""
    os.environ["LONGHAUL_TEST_ALL"] = "1"
    ctest(tally, "build", "-R", "nccl_ranks", "--timeout", "7200")


def build_dev():
    return builds("dev", "build-dev-clang", "unit_tests")


def dev(tally):
    """Unit tests under ASan and UBSan; the integration scripts drive the program, which is not built there."""
    ok = build_dev()
    tally.add_check(ok)
    if ok:
        gtest(tally, *sorted((ROOT / "build-dev-clang/bin").glob("*_test")))
        ctest(tally, "build-dev-clang", "-R", "^Fuzz", "-j2")


def build_tsan():
    return builds("tsan", "build-tsan-clang", *THREADED)


def tsan(tally):
    """The tests of what has threads, under ThreadSanitizer."""
    ok = build_tsan()
    tally.add_check(ok)
    if ok:
        gtest(tally, *(ROOT / "build-tsan-clang/bin" / test for test in THREADED), only=THREADED_TESTS)


def gpu_tsan(tally):
    """Device, communicator and doubles under ThreadSanitizer; Open MPI itself is not looked at."""
    build = ROOT / "build-tsan-gpu"
    ok = (succeeds("cmake", "-S", ".", "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DLONGHAUL_SANITIZE=thread",
                   UNITY, "-DLONGHAUL_BENCHMARKS=OFF", "-DLONGHAUL_CUDA=ON", "-DLONGHAUL_CUDA_ARCHITECTURES=90", *compiler_launcher())
          and succeeds("cmake", "--build", build, *PARALLEL, "--target", "cudart_double_test", "cuda_test", "nccl_test"))
    tally.add_check(ok)
    if not ok:
        return
    environment = {**os.environ, "LD_LIBRARY_PATH": str(build / "doubles"), "LONGHAUL_MODULES": str(build / "lib/longhaul"),
                   "TSAN_OPTIONS": f"ignore_noninstrumented_modules=1 suppressions={ROOT / 'tests/doubles/tsan.supp'}", "OMPI_ALLOW_RUN_AS_ROOT": "1",
                   "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1",
                   "OMPI_MCA_mpi_yield_when_idle": "1", "OMPI_MCA_hwloc_base_binding_policy": "none"}
    for test, launcher in {"cudart_double_test": [], "cuda_test": [], "nccl_test": ["mpirun", "-np", "3"]}.items():
        tally.add_check(succeeds("setarch", "--addr-no-randomize", *launcher, build / "bin" / test, env=environment))


def fuzz(tally):
    """libFuzzer on the lab's packets and on the plugin's sockets, ten minutes each: many minutes."""
    ok = builds("fuzz", "build-fuzz", "longhaul_fuzz_packets", "longhaul_fuzz_plugin", "longhaul_fuzz_readers")
    tally.add_check(ok)
    if not ok:
        return
    seconds = os.environ.get("LONGHAUL_FUZZ_SECONDS", "600")
    for name in ("packets", "plugin"):
        corpus = ROOT / "build-fuzz" / "corpus" / name
        subprocess.run([ROOT / "tests/performance/corpus.py", "unpack", ROOT / f"tests/performance/corpus/{name}.bin", corpus], check=True)
        tally.add_check(prints("build-fuzz/bin/longhaul_fuzz_" + name, f"-max_total_time={seconds}", "-max_len=4096", "-timeout=20",
                               "-rss_limit_mb=2048", "-print_final_stats=1", "-verbosity=0", corpus))
    tally.add_check(prints("build-fuzz/bin/longhaul_fuzz_readers", "--seconds", seconds))


def builds(preset, folder, *targets):
    return (succeeds("cmake", "--preset", preset, "-B", folder, UNITY, *QUICKLY, *CLANG, *compiler_launcher())
            and succeeds("cmake", "--build", folder, *PARALLEL, "--target", *targets, env=sharing_compiled(folder)))


def build_mpich():
    return (succeeds("cmake", "-S", ".", "-B", "build-mpich", "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                     UNITY, "-DLONGHAUL_PRECOMPILE=ON", "-DLONGHAUL_TESTS=OFF", "-DLONGHAUL_BENCHMARKS=OFF", "-DLONGHAUL_CUDA=OFF",
                     "-DLONGHAUL_WERROR=ON", "-DMPI_C_COMPILER=mpicc.mpich", *compiler_launcher())
            and succeeds("cmake", "--build", "build-mpich", *PARALLEL, env=sharing_compiled("build-mpich")))


def mpich(tally):
    """The same sources build and run with MPICH."""
    with tempfile.TemporaryDirectory() as folder:
        tally.add_check(build_mpich() and succeeds("tests/mpich_check.sh", "build-mpich/bin/longhaul", folder))


def style(tally):
    """clang-format has nothing to say about our sources, shellcheck about our scripts, clang-tidy about what has changed."""
    sources = tracked("*.cpp", "*.hpp")
    tally.add_check(succeeds("clang-format", "--dry-run", "-Werror", *sources))
    scripts = [file for file in tracked() if is_shell(ROOT / file)]
    tally.add_check(succeeds("shellcheck", "--severity=warning", *scripts))
    changed = [file for file in changed_sources() if (ROOT / file).exists()]
    commands = ROOT / "build-tidy"  # configured only: how each file is compiled by itself
    tally.add_check(not changed or (succeeds("cmake", "--preset", "dev", "-B", commands, "-DLONGHAUL_CUDA=AUTO")
                                    and succeeds("clang-tidy-19", "--quiet", "-p", commands,
                                                 "--extra-arg=-Wno-unknown-warning-option",
                                                 "--extra-arg=-Wno-unused-command-line-argument",
                                                 "--extra-arg=-Wno-deprecated-declarations", *changed)))


def tracked(*patterns):
    listed = subprocess.run(["git", "ls-files", "--", *patterns], cwd=ROOT, check=True, capture_output=True, text=True)
    return listed.stdout.splitlines()


def changed_sources():
    """Sources that differ from $LONGHAUL_BASE, by default the commit before this one."""
    base = os.environ.get("LONGHAUL_BASE", "HEAD~1")
    listed = subprocess.run(["git", "diff", "--name-only", base, "--", "*.cpp"], cwd=ROOT, capture_output=True, text=True,
                            check=False)
    return listed.stdout.splitlines()


def is_shell(file):
    with open(file, "rb") as opened:
        return opened.readline().strip() in (b"#!/usr/bin/env bash", b"#!/bin/bash", b"#!/bin/sh")


def sharing_compiled(folder):
    """What ccache takes for the same wherever the build folder is: all but what is below it (as ./quickstart's own). The rest is
    what it asks for where headers are precompiled."""
    return {**os.environ, "CCACHE_BASEDIR": str(ROOT / folder), "CCACHE_NOHASHDIR": "1",
            "CCACHE_SLOPPINESS": "pch_defines,time_macros,include_file_mtime,include_file_ctime"}


class Ahead:
    """The builds of the last stages, begun while lab tests wait: the kernel lets such processes run only where nobody else
    wants to. What fails there fails again in its stage, and says why."""

    def __init__(self):
        def idly():
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        self.leader = subprocess.Popen([sys.executable, __file__, AHEAD], start_new_session=True, preexec_fn=idly,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        atexit.register(self.end)

    def pause(self):
        """Compilers that run come to their end yet; no further ones are started."""
        self.signal(signal.SIGSTOP)

    def finish(self):
        self.signal(signal.SIGCONT)
        self.leader.wait()

    def end(self):
        """Ninja takes back what it had half done."""
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)
        self.leader.wait()

    def signal(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.leader.pid, number)


def builds_ahead():
    return build_mpich() and build_dev() and build_tsan()


def compiler_launcher():
    found = subprocess.run(["which", "ccache"], capture_output=True, check=False).returncode == 0
    return ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if found else []


CORE = [unit, ranks, lab]
STAGES = [demo, *CORE, long, dev, tsan, mpich, style]


def chosen(words):
    named = {stage.__name__: [stage] for stage in [*STAGES, doubles_all, gpu_tsan, fuzz]} | {"core": CORE, "all": STAGES}
    unknown = [word for word in words if word not in named]
    if unknown or not words:
        print(f"tests/run.py: expected one or more of {', '.join(named)}; got {unknown or 'none'}", file=sys.stderr)
        sys.exit(2)
    return [stage for word in words for stage in named[word]]


def main():
    sys.stdout.reconfigure(line_buffering=True)
    tally = Tally()
    if sys.argv[1:] == [AHEAD]:
        return 0 if builds_ahead() else 1
    stages = chosen(sys.argv[1:])
    begin = time.monotonic()
    for stage in stages:
        print(f"-- {stage.__name__}")
        before, start = tally.failed, time.monotonic()
        stage(tally)
        if stage is ranks and stages == STAGES:  # until then all processors are busy, and yielding ranks would wait for compilers
            ahead.append(Ahead())
        verdict = "ok" if tally.failed == before else "FAILED"
        print(f"   {verdict}, {time.monotonic() - start:.1f} s")
    print(f"-- {len(stages)} stages in {time.monotonic() - begin:.0f} s")
    print(tally)
    return 0 if tally.failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
