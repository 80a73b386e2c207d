#!/usr/bin/python3
"""Which lines of the GPU modules run on the doubles: builds the modules with gcov's counters, runs the tests of the GPU path
on them, and prints the share of each file. Less than 95 % of all lines fails.

tests/gpu_coverage.py, after a build with CUDA and NCCL (the program and the tests are taken from build/)."""
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build-coverage"
MODULES = ["cuda", "nccl", "profiler"]
LEAST = 0.95


def run(*command, **options):
    return subprocess.run([str(word) for word in command], cwd=ROOT, check=True, stdin=subprocess.DEVNULL, **options)


def build():
    run("cmake", "-S", ".", "-B", BUILD, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS=--coverage",
        "-DLONGHAUL_TESTS=OFF", "-DLONGHAUL_BENCHMARKS=OFF", "-DLONGHAUL_CUDA_ARCHITECTURES=90", stdout=subprocess.DEVNULL)
    run("ninja", "-C", BUILD, *[f"longhaul_{module}" for module in MODULES], stdout=subprocess.DEVNULL)


def counted():
    """{source: {line: runs}} of the modules' own files."""
    lines = {}
    for notes in BUILD.rglob("*.gcno"):
        if not any(f"longhaul_{module}.dir" in str(notes) for module in MODULES):
            continue
        text = run("gcov", "--json-format", "--stdout", notes, capture_output=True, text=True).stdout
        for report in filter(None, text.splitlines()):
            for file in json.loads(report)["files"]:
                source = re.sub(r".*?(collectives/(?:cuda|nccl|profiler)/)", r"\1", file["file"])
                if not source.startswith("collectives/"):
                    continue
                of_file = lines.setdefault(source, {})
                for line in file["lines"]:
                    number = line["line_number"]
                    of_file[number] = of_file.get(number, 0) + line["count"]
    return lines


def main():
    build()
    for data in BUILD.rglob("*.gcda"):
        data.unlink()
    environment = {**os.environ, "LONGHAUL_MODULES": str(BUILD / "lib/longhaul")}
    tested = subprocess.run(["ctest", "--test-dir", "build", "-R", "^(CudaDevice|nccl_ranks|integration.gpu|gpu)"], cwd=ROOT,
                            env=environment, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    print("\n".join(tested.stdout.splitlines()[-6:]))
    lines = counted()
    ran = total = 0
    for source in sorted(lines):
        of_file = lines[source]
        here = sum(count > 0 for count in of_file.values())
        missed = [str(number) for number, count in sorted(of_file.items()) if count == 0]
        print(f"{source:48} {here:4} of {len(of_file):4}  {'' if not missed else 'not: ' + ' '.join(missed)}")
        ran += here
        total += len(of_file)
    print(f"{ran} of {total} lines: {100 * ran / total:.1f} %")
    return 0 if ran >= LEAST * total and tested.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
