#!/usr/bin/python3
"""A fuzzer's corpus as one file, which the repository keeps and CI replays.

    tests/performance/corpus.py pack FOLDER FILE      of inputs as libFuzzer leaves them, best minimised by its -merge=1
    tests/performance/corpus.py unpack FILE FOLDER    as it wants them
"""
import pathlib
import sys


def pack(folder, file):
    inputs = sorted({path.read_bytes() for path in pathlib.Path(folder).iterdir() if path.is_file()}, key=lambda data: (len(data), data))
    pathlib.Path(file).write_bytes(b"".join(len(data).to_bytes(4, "little") + data for data in inputs))
    print(f"{len(inputs)} inputs")


def unpack(file, folder):
    data = pathlib.Path(file).read_bytes()
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    at = number = 0
    while at < len(data):
        size = int.from_bytes(data[at:at + 4], "little")
        (pathlib.Path(folder) / f"kept-{number:04}").write_bytes(data[at + 4:at + 4 + size])
        at, number = at + 4 + size, number + 1


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in ("pack", "unpack"):
        sys.exit(__doc__)
    (pack if sys.argv[1] == "pack" else unpack)(*sys.argv[2:])
