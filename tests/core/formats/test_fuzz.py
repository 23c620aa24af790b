"""Damaged files: every reader answers with a catalog or an AsperityError, and loses no row.

Real files are mutated (bytes, lines, ends, encodings, gzip) with fixed seeds; drawn bytes
and tables come from hypothesis. A failure prints the seed that makes it again.
"""

import gzip
import re
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asperity.core.errors import AsperityError
from asperity.core.formats import ReadOptions, read_catalog, write_catalog
from asperity.core.validate import validate
from core.formats.originals import originals as files_of_every_format
from naive.mutations import mutate

MUTANTS = 120
LONGEST = 3.0  # seconds for a file of some kilobytes, on a loaded machine

LINES_ARE_ROWS = {"csv", "isc-gem", "scec-dc", "zmap", "hypodd", "psmeca", "csep"}
HEADED = {"csv", "isc-gem", "csep"}


@pytest.fixture(scope="module")
def originals(tmp_path_factory, data_folder):
    return files_of_every_format(data_folder, tmp_path_factory.mktemp("originals"))


def count_rows(data: bytes, fmt: str) -> int | None:
    """Count the rows of a text file the obvious way; None where a quote joins lines."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            text = data.decode("utf-16")
        except UnicodeDecodeError:
            return None
    else:
        text = data.decode("latin-1").removeprefix("\xef\xbb\xbf")
    if '"' in text and fmt == "csv":
        return None
    lines = [line for line in re.split(r"\r\n|\n|\r", text) if line.strip()]
    marks = {"scec-dc": "#", "isc-gem": "#", "psmeca": ("#", ">")}.get(fmt)
    if marks is not None:
        lines = [line for line in lines if not line.startswith(marks)]
    if fmt == "csv":
        while lines and lines[0].strip().startswith("#"):
            lines = lines[1:]
    headed = fmt in HEADED
    if fmt == "csep":  # found by its suffix, too, when the header is gone
        names = "lon,lat,m(ag)?,time_string,depth,catalog_id,event_id"
        first = re.sub(r'[\s"#]', "", lines[0].lower()) if lines else ""
        headed = re.fullmatch(names, first) is not None
    return len(lines) - headed


def attempt(path, **options):
    """Read a file; return the result, or None when it is refused in one line."""
    start = time.process_time()
    try:
        result = read_catalog(path, options=ReadOptions(**options))
    except AsperityError as error:
        result, said = None, str(error).strip()
    else:
        said = "read"
    assert said
    assert "\n" not in said
    assert time.process_time() - start < LONGEST
    return result


def check_file(path, data: bytes) -> str | None:
    """Read a damaged file strictly and leniently; return the format if it was read."""
    path.write_bytes(data)
    strict = attempt(path)
    lenient = attempt(path, on_error="skip")
    if strict is not None:
        assert not strict.rejections
        assert lenient is not None
        assert len(lenient.catalog) == len(strict.catalog)
    if lenient is None:
        return None
    assert validated(lenient.catalog, path)
    if lenient.format in LINES_ARE_ROWS:
        rows = count_rows(data, lenient.format)
        empty = sum("catalogs without an event" in n for n in lenient.notes)
        if rows is not None and not empty:
            read = len(lenient.catalog) + len(lenient.rejections)
            assert read == rows, f"{read} of {rows} rows: {lenient.format}"
    return lenient.format


def validated(catalog, path) -> bool:
    """What was read is a catalog that its own file format takes."""
    write_catalog(catalog, path.with_suffix(".check.parquet"))
    return validate(path.with_suffix(".check.parquet")) == []


@pytest.mark.data
@pytest.mark.parametrize("fmt", [
    "parquet", "netcdf", "matlab", "quakeml", "ndk", "isc-gem", "scec-dc", "csep", "hypodd",
    "psmeca", "zmap", "csv",
])  # fmt: skip
@pytest.mark.filterwarnings("error")
def test_mutated_files(fmt, originals, tmp_path):
    read = 0
    chosen = {name: data for name, data in originals.items() if name.startswith(f"{fmt}/")}
    for number, (name, data) in enumerate(sorted(chosen.items())):
        for seed in range(MUTANTS // len(chosen)):
            rng = np.random.default_rng([seed, number])
            path = tmp_path / name.split("/")[1]
            try:
                read += check_file(path, mutate(data, rng)) is not None
            except Exception as error:
                raise AssertionError(f"{name}, seed [{seed}, {number}]: {error!r}") from error
    if fmt in LINES_ARE_ROWS:  # mutation that no reader survives would prove nothing of lost rows
        assert read >= MUTANTS // 5


@pytest.mark.data
def test_gzip_cut_anywhere_is_refused(originals, tmp_path):
    for name, data in originals.items():
        packed = gzip.compress(data)
        path = tmp_path / (name.split("/")[1] + ".gz")
        for part in (0.1, 0.5, 0.9, 0.999):
            path.write_bytes(packed[: int(len(packed) * part)])
            assert attempt(path, on_error="skip") is None, (name, part)
        # HDF5 has to be a file of its own; red-deer needs its read option.
        if not name.startswith(("netcdf", "matlab/red-deer")):
            path.write_bytes(packed)
            assert attempt(path) is not None, name


@settings(max_examples=150, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    data=st.binary(max_size=400),
    magic=st.sampled_from([
        b"", b"PAR1", b"\x89HDF\r\n\x1a\n", b"MATLAB 5.0 MAT-file", b"<?xml version='1.0'?>",
        b"<q:quakeml ", b"magnitude\n", b"time,mag\n", b"\xff\xfe", b"\x1f\x8b", b"PK\x03\x04",
        b"eventID,Agency,SemiMajor90,scaling\n",
        b"lon,lat,mag,time_string,depth,catalog_id,event_id\n",
    ]),
)  # fmt: skip
def test_drawn_bytes(data, magic, tmp_path):
    check_file(tmp_path / "drawn.dat", magic + data)


field = st.one_of(
    st.floats().map(repr), st.integers().map(str), st.sampled_from(
        ["", "nan", "-9", "9.99", "-999", "2019-08-26T07:30:47Z", "1/2/2003", "12:30", "1,5",
         "31/12/1999 24:00", "2016-12-31T23:59:60Z", "1556-01-23", "99999-01-01", '"', '"a', "é",
         "None"]
    ), st.text(max_size=5),
)  # fmt: skip
name = st.sampled_from(
    ["magnitude", "mag", "ml", "mw", "time", "date", "clock", "latitude", "lat", "lon", "longitude",
     "depth", "depth_km", "x", "y", "z", "event_id", "type", "cluster", "n_members", "strike", "#",
     "", "M", "Time", "12", "magnitude_mw", "error_axis_1_km"]
)  # fmt: skip


@settings(max_examples=250, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    header=st.lists(name, min_size=1, max_size=6),
    rows=st.lists(st.lists(field, min_size=1, max_size=7), max_size=6),
    delimiter=st.sampled_from([",", ";", "\t", " ", "|"]),
)
def test_drawn_tables(header, rows, delimiter, tmp_path):
    text = "\n".join(delimiter.join(row) for row in [header, *rows])
    check_file(tmp_path / "drawn.csv", text.encode("utf-8", errors="replace"))


@settings(max_examples=150, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    rows=st.lists(
        st.lists(st.floats(-400, 2100).map(lambda v: f"{v:.6g}") | field, min_size=7, max_size=25),
        min_size=1, max_size=6,
    ),
    fmt=st.sampled_from(["zmap", "hypodd", "psmeca"]),
)  # fmt: skip
def test_drawn_columns_of_numbers(rows, fmt, tmp_path):
    path = tmp_path / "drawn.dat"
    data = "\n".join(" ".join(row) for row in rows).encode("utf-8", errors="replace")
    path.write_bytes(data)
    try:
        result = read_catalog(path, format=fmt, options=ReadOptions(on_error="skip"))
    except AsperityError:
        return
    assert len(result.catalog) + len(result.rejections) == count_rows(data, fmt)
