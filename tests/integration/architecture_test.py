"""The house stands: no room sees one above it, each library is spoken to in one place, files stay small.

# ctest: unit, 60 s
"""
import json
import os
import pathlib
import re
import shlex
import subprocess
import unittest

SOURCE = pathlib.Path(os.environ["LONGHAUL_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["LONGHAUL_BINARY_DIR"])

# What each room may use besides itself, bottom first.
MAY_USE = {
    "kernels": set(),
    "topologies/wan": set(),
    "topologies": {"topologies/wan"},
    "topologies/lab": {"topologies", "topologies/wan"},
    "topologies/netem": {"topologies", "topologies/wan"},
    "collectives": {"kernels", "topologies", "topologies/wan"},
    "collectives/mpi": {"kernels", "topologies", "topologies/wan", "collectives"},
    "collectives/cuda": {"kernels", "topologies", "topologies/wan", "collectives"},
    "collectives/profiler": set(),
    "collectives/nccl": {"kernels", "topologies", "topologies/wan", "collectives", "collectives/cuda", "collectives/profiler"},
    "collectives/net_plugin": {"topologies/wan"},
    "collectives/net": {"kernels", "topologies", "topologies/wan", "collectives", "collectives/net_plugin"},
    "results": {"kernels", "topologies", "topologies/wan", "collectives"},
    "harness/watch": {"kernels", "topologies", "topologies/wan", "topologies/lab", "collectives", "collectives/mpi"},
    "harness": {"kernels", "topologies", "topologies/wan", "topologies/lab", "topologies/netem", "collectives",
                "collectives/mpi", "collectives/net", "collectives/net_plugin", "results", "harness/watch"},
    "harness/launch": {"topologies", "topologies/wan", "topologies/lab"},
}

# Where a library may be included from: a pattern of its headers, a pattern of our files.
ONE_PLACE = {
    "MPI": (r"mpi\.h", r"collectives/mpi/.*|tests/.*"),
    "CUDA": (r"cuda_runtime(_api)?\.h", r"collectives/(cuda|nccl)/.*|tests/.*"),
    "NCCL": (r"nccl\.h", r"collectives/nccl/.*|tests/.*"),
    "HDF5": (r"hdf5(_hl)?\.h", r"results/hdf5\.(cpp|hpp)|tests/.*"),
    "yaml-cpp": (r"yaml-cpp/.*", r"topologies/yaml_tree\.cpp"),
    "CLI11": (r"CLI/.*", r"harness/cli/.*"),
    "JSON": (r"nlohmann/.*", r"(results|harness|topologies/(lab|netem))/.*|tests/.*"),
    "the kernel's headers": (r"(linux|net|netinet|arpa)/.*", r"topologies/(lab|wan|netem)/.*|collectives/net_plugin/.*"
                             r"|harness/(provenance|watch/(line_channel|host_board|path_mtu))\.cpp|tests/.*"),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def sources():
    listed = [file for room in ("kernels", "topologies", "collectives", "results", "harness", "tests")
              for file in (SOURCE / room).rglob("*") if file.suffix in (".cpp", ".hpp", ".h", ".cu", ".cuh")]
    return {file.relative_to(SOURCE).as_posix(): file.read_text() for file in listed}


def a_header_of(room):
    return min((SOURCE / room).glob("*.hpp")).relative_to(SOURCE).as_posix()


def rooms_of(file):
    """Where the sources of a compilation lie: of the file itself, or of those that a larger unit includes."""
    sources = re.findall(r'#include "(.+)"', file.read_text()) if "Unity" in file.parts else [file]
    return {pathlib.Path(source).parent.relative_to(SOURCE).as_posix() for source in sources if SOURCE in pathlib.Path(source).parents}


def compiler_of(room):
    """The command line that the build compiles this room's files with, made to preprocess standard input."""
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        if room in rooms_of(pathlib.Path(entry["file"])):
            words = shlex.split(entry["command"])
            compiler = next(i for i, word in enumerate(words) if not word.endswith("ccache"))
            flags = words[compiler + 1:words.index("-o")]
            if "-include" in flags:  # what is precompiled is none of the room's own, and preprocessed anew each time
                precompiled = flags.index("-include")
                del flags[precompiled:precompiled + 2]
            return [words[compiler], *flags, "-E", "-x", "c++", "-"]
    raise LookupError(f"compile_commands.json has no file of {room}")


def include(room, header):
    # Quotes also look where the compiler runs, so not at the top of the sources.
    return subprocess.run(compiler_of(room), input=f'#include "{header}"\n', capture_output=True, text=True, check=False,
                          cwd=BUILD)


class Rooms(unittest.TestCase):
    def test_no_room_sees_one_that_it_may_not_use(self):
        for room, allowed in MAY_USE.items():
            for other in MAY_USE.keys() - allowed - {room}:
                with self.subTest(room=room, includes=other):
                    done = include(room, a_header_of(other))
                    self.assertNotEqual(done.returncode, 0)
                    self.assertIn(f"{a_header_of(other)}: No such file", done.stderr)

    def test_every_room_sees_itself_and_what_it_may_use(self):
        for room, allowed in MAY_USE.items():
            for other in allowed | {room}:
                with self.subTest(room=room, includes=other):
                    self.assertEqual(include(room, a_header_of(other)).returncode, 0)


class Libraries(unittest.TestCase):
    def test_each_library_is_included_in_its_place_only(self):
        for file, text in sources().items():
            for library, (headers, place) in ONE_PLACE.items():
                for _, name in INCLUDE.findall(text):
                    if re.fullmatch(headers, name):
                        self.assertRegex(file, f"^({place})$", f"{file} includes {name}: {library} has one place")

    def test_the_wan_room_uses_no_third_party_code(self):
        for file, text in sources().items():
            if file.startswith("topologies/wan/"):
                for mark, name in INCLUDE.findall(text):
                    own = mark == '"' and name.startswith("topologies/wan/")
                    system = mark == "<" and re.fullmatch(r"[a-z_]+|(sys|linux|net|netinet|arpa)/[a-z_]+\.h|[a-z]+\.h", name)
                    self.assertTrue(own or system, f"{file} includes {name}")


class Names(unittest.TestCase):
    def test_no_two_types_share_a_name(self):
        """Two types of one name in one namespace link without a word, and one destroys the other's objects."""
        places = {}
        for file, text in sources().items():
            space, hidden = "", False
            for line in text.splitlines():
                if opened := re.match(r"namespace ?([\w:]*) \{", line):
                    space, hidden = (space, True) if opened[1] == "" else (opened[1], hidden)
                elif line.startswith("}  // namespace"):
                    hidden = False
                elif (declared := re.match(r"(?:struct|class|enum class) (?:\[\[\w+\]\] )?(\w+)(?: final)?(?: : [^;]*)? \{", line)) and not hidden:
                    places.setdefault((space, declared[1]), []).append(file)
        self.assertGreater(len(places), 100)
        for (space, name), files in places.items():
            self.assertEqual(len(files), 1, f"{space}::{name} is declared in {', '.join(files)}")


class Files(unittest.TestCase):
    def test_includes_name_the_room(self):
        for file, text in sources().items():
            for mark, name in INCLUDE.findall(text):
                beside = file.startswith("tests/") and "/" not in name  # what only these tests share
                if mark == '"' and not beside:
                    self.assertRegex(name, r"^(kernels|topologies|collectives|results|harness|tests)/[^.]",
                                     f"{file} includes \"{name}\"; write \"room/noun.hpp\"")

    def test_no_file_is_longer_than_500_lines(self):
        for file, text in sources().items():
            self.assertLessEqual(text.count("\n"), 500, f"{file}: is it still one noun?")

    def test_only_main_ends_the_process(self):
        for file, text in sources().items():
            if not file.startswith("tests/") and file != "harness/cli/main.cpp":
                self.assertNotRegex(text, r"\bstd::(exit|quick_exit|terminate)\s*\(", file)

    def test_every_header_is_guarded(self):
        for file, text in sources().items():
            if file.endswith(".hpp"):
                self.assertIn("#pragma once", text, file)


if __name__ == "__main__":
    unittest.main()
