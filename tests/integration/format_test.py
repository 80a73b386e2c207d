#!/usr/bin/python3
# ctest: unit, 180 s
"""Results files open, without a warning, in h5py, in xarray with both engines and in h5dump; and every example of
docs/format.md runs on them: on the examples that come with the product, and on a file made for the test."""
import contextlib
import io
import os
import pathlib
import re
import shutil
import subprocess
import warnings

warnings.simplefilter("error")

import h5py  # noqa: E402  (a warning while importing is a failure too)
import numpy  # noqa: E402
import xarray  # noqa: E402

SOURCE = pathlib.Path(os.environ["LONGHAUL_SOURCE_DIR"])
BIN = pathlib.Path(os.environ["LONGHAUL_BINARY_DIR"]) / "bin"
TABLES = "launches ranks wan points visits pairs links samples rank_summary soak events exchanges".split()
ENGINES = ("h5netcdf", "netcdf4")
WIDTHS = {"int8": "<i1", "int32": "<i4", "int64": "<i8", "float64": "<f8"}


def documented_columns(document):
    """{table: [(column, type, unit)]} as docs/format.md has it."""
    tables = {}
    for section in re.split(r"^### /", document, flags=re.M)[1:]:
        rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \|", section, flags=re.M)
        if rows:
            tables[section.split("\n")[0]] = rows
    assert sorted(tables) == sorted(TABLES), sorted(tables)
    return tables


def check_column(column, kind, unit):
    """One HDF5 dataset against its line in the document."""
    if kind == "text":
        assert tuple(h5py.check_string_dtype(column.dtype)) == ("utf-8", None), column
    else:
        assert column.dtype.str in (WIDTHS[kind], WIDTHS[kind].replace("<i1", "|i1")), column
    assert column.attrs["long_name"], column
    assert column.attrs.get("units", "") == unit, f"{column.name}: {column.attrs.get('units')} is not {unit}"
    assert column.attrs.get("CLASS") == b"DIMENSION_SCALE" or len(column.dims[0]) == 1, f"{column}: no dimension scale"
    for name in ("flag_masks", "flag_values"):
        if name in column.attrs:
            assert column.attrs[name].dtype == column.dtype, f"{column}: CF wants {name} in the column's own type"
            assert len(column.attrs[name]) == len(column.attrs["flag_meanings"].split()), column


def without_later(documented, document):
    """Without the columns and tables that files of before 0.2 or 0.3 lack, as the document says; the example files are such."""
    later = set(re.findall(r"^\| `(\w+)` \|.*files of before 0\.[23] lack it", document, flags=re.M))
    assert {"settings", "device_median"} <= later, later
    return {table: [column for column in columns if column[0] not in later] for table, columns in documented.items()
            if table not in ("soak", "events", "exchanges")}


def check_h5py(path, documented):
    """Tables, columns and curves as documented."""
    with h5py.File(path) as file:
        assert file.attrs["schema_version"] == 1
        for attribute in ("title", "longhaul_version", "created", "file_id"):
            assert file.attrs[attribute], attribute
        for table, columns in documented.items():
            for name, kind, unit in columns:
                check_column(file[table][name], kind, unit)
        points = file["points"]
        measured = int(numpy.isfinite(points["median"][:]).sum())
        curves = sum(int(numpy.isfinite(curve["median"][:]).sum()) for curve in file["curves"].values())
        assert curves == measured > 0, f"{curves} of {measured} points are in curves"


def check_xarray(path, documented):
    """Each group as a dataset: names, lengths and values as h5py has them."""
    for engine in ENGINES:
        for table, columns in documented.items():
            with xarray.open_dataset(path, group=table, engine=engine) as dataset, h5py.File(path) as file:
                assert len(dataset.sizes) == 1, f"{engine}: {table} has dimensions {dict(dataset.sizes)}"
                assert sorted(dataset.variables) == sorted(name for name, _, _ in columns), f"{engine}: {table}"
                for name, kind, _ in columns:
                    values = file[table][name].asstr()[:] if kind == "text" else file[table][name][:]
                    same = numpy.array_equal(dataset[name].values, values, equal_nan=kind == "float64")
                    assert same, f"{engine}: {table}/{name}"
        with h5py.File(path) as file:
            series = list(file["curves"])
        for name in series:
            with xarray.open_dataset(path, group=f"curves/{name}", engine=engine) as curve:
                assert curve["busbw"].dims == ("wan", "size"), f"{engine}: {curve['busbw'].dims}"
                assert curve["busbw"].sel(wan=curve["wan"].values[0], size=curve["size"].values[0]).ndim == 0
    with xarray.open_dataset(path, group="points") as dataset:  # xarray finds an engine by itself
        assert dataset.sizes["point"] > 0


def check_h5dump(path):
    """The whole file dumps, and nothing is said on stderr."""
    done = subprocess.run(["h5dump", path], capture_output=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr.decode()


def run_examples(document, folder):
    """Every example, in a folder where run.h5 lies."""
    python = re.findall(r"^```python\n(.*?)^```", document, flags=re.M | re.S)
    shell = re.findall(r"^```sh\n(.*?)^```", document, flags=re.M | re.S)
    assert python and shell
    with contextlib.chdir(folder):
        for number, code in enumerate(python, 1):
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                exec(compile(code, f"docs/format.md, Python example {number}", "exec"), {})  # pylint: disable=exec-used
            assert output.getvalue().strip(), f"example {number} prints nothing"
        environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
        for line in "".join(shell).splitlines():
            done = subprocess.run(["bash", "-c", line], env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{line}: {done.stderr}"
        assert pathlib.Path("points.csv").stat().st_size > 0 and pathlib.Path("points.json").stat().st_size > 0


def main():
    made = pathlib.Path("sample.h5").resolve()
    subprocess.run([BIN / "format_sample", made], check=True)
    document = (SOURCE / "docs/format.md").read_text(encoding="utf-8")
    documented = documented_columns(document)
    for path in [made, *sorted((SOURCE / "results/examples").glob("*.h5"))]:
        columns = documented if path == made else without_later(documented, document)
        check_h5py(path, columns)
        check_xarray(path, columns)
        check_h5dump(path)
        folder = pathlib.Path(f"examples-{path.stem}")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        shutil.copy(path, folder / "run.h5")
        run_examples(document, folder)
        print(f"{path.name}: h5py, xarray ({', '.join(ENGINES)}), h5dump, examples of docs/format.md")


main()
