"""Every fault is found, with its row and column, and not only the first."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from asperity.core import Catalog
from asperity.core.formats import read_catalog, write_catalog
from asperity.core.operations import Operations, operations_path
from asperity.core.validate import ROWS_NAMED, validate


@pytest.fixture
def catalog():
    n = 40
    rng = np.random.default_rng(3)
    return Catalog.from_columns(
        {
            "time": np.arange(n) * 10**9,
            "magnitude": rng.normal(1.0, 0.3, n),
            "magnitude_type": np.full(n, "ML", dtype=object),
            "latitude": rng.uniform(-10, 10, n),
            "longitude": rng.uniform(-10, 10, n),
            "depth": rng.uniform(0, 1e4, n),
            "dip": rng.uniform(0, 90, n),
            "cluster": rng.integers(0, 3, n),
        }
    )


def rewrite(catalog, path, *, attributes=None, row_group_size=None, **columns):
    """Write the catalog with columns replaced (None takes one out), past all checks."""
    table = catalog.to_arrow()
    for name, values in columns.items():
        if name in table.column_names:
            table = table.drop_columns(name)
        if values is not None:
            table = table.append_column(name, pa.array(values))
    metadata = {**catalog.attributes, **(attributes or {})}
    table = table.replace_schema_metadata({"asperity": json.dumps(metadata)})
    pq.write_table(table, path, row_group_size=row_group_size)
    return path


@pytest.mark.parametrize("suffix", [".parquet", ".nc"])
def test_a_written_catalog_is_valid(catalog, tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    write_catalog(catalog, path)
    assert validate(path) == []


def test_all_faults_are_listed_with_row_and_column(catalog, tmp_path):
    latitude = catalog["latitude"].copy()
    latitude[[3, 5]] = [91.5, np.nan]
    dip = catalog["dip"].copy()
    dip[7] = -1.0
    time = catalog["time"].copy()
    time[20] = 0
    ids = [str(i) for i in range(40)]
    ids[9] = "2"
    ids[11] = ""
    magnitude = [None if i == 4 else float(i) for i in range(40)]
    magnitude[6] = np.inf
    path = rewrite(
        catalog, tmp_path / "a.parquet", latitude=latitude, dip=dip, time=time, event_id=ids,
        magnitude=magnitude, depth=None, attributes={"time_unit": "fortnight"},
    )  # fmt: skip
    problems = validate(path)
    for expected in (
        "attribute time_unit: ",
        "column 'depth': missing (frame 'geographic')",
        "column 'latitude', row 3: found 91.5, expected a value up to 90",
        "column 'latitude', row 5: found nan, expected a number of degrees",
        "column 'dip', row 7: found -1.0, expected a value from 0",
        "column 'time', row 20: found 0, expected at or after the row above",
        "column 'event_id', row 9: found '2', as in row 2, expected an identifier used once",
        "column 'event_id', row 11: found '', expected an identifier",
        "column 'magnitude', row 4: found null, expected NaN or \"\"",
        "column 'magnitude', row 6: found inf, expected a finite number",
    ):
        assert any(expected in p for p in problems), expected
    assert len(problems) == 10


def test_wrong_types_are_named(catalog, tmp_path):
    path = rewrite(
        catalog, tmp_path / "a.parquet", magnitude=[str(i) for i in range(40)],
        time=np.arange(40.0), depth=np.arange(40, dtype=np.float32), event_id=np.arange(40),
    )  # fmt: skip
    assert validate(path) == [
        "column 'magnitude': type string, expected float64",
        "column 'time': type float64, expected int64",
        "column 'depth': type float, expected float64",
        "column 'event_id': type int64, expected string",
    ]


def test_a_name_that_is_not_allowed(catalog, tmp_path):
    path = rewrite(catalog, tmp_path / "a.parquet", **{"Slip Rate": np.zeros(40)})
    (problem,) = validate(path)
    assert problem.startswith("column 'Slip Rate': the name is not allowed")


def test_row_groups_out_of_order_are_named(catalog, tmp_path):
    shuffled = np.r_[20:40, 0:20]
    table = catalog.to_arrow().take(shuffled)
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=20)
    problems = validate(tmp_path / "a.parquet")
    assert any("row group 1, column 'time': begins with 0, before the one above ends" in p
               for p in problems)  # fmt: skip
    assert any("column 'time', row 20: found 0" in p for p in problems)


def test_a_row_group_without_statistics_is_named(catalog, tmp_path):
    pq.write_table(catalog.to_arrow(), tmp_path / "a.parquet", write_statistics=False)
    assert validate(tmp_path / "a.parquet") == [
        "row group 0, column 'time': no statistics of its range"
    ]


def test_many_bad_rows_are_counted_and_the_rest_still_checked(tmp_path):
    n = 5000
    catalog = Catalog.from_columns({"magnitude": np.zeros(n), "moment": np.ones(n)})
    path = rewrite(catalog, tmp_path / "a.parquet", moment=np.full(n, -1.0), dip=np.full(n, 99.0))
    problems = validate(path)
    assert len(problems) == 2 * (ROWS_NAMED + 1)
    assert f"column 'dip': {n - ROWS_NAMED} more rows, expected a value up to 90" in problems
    assert validate(path, limit=3)[3:] == [f"... and {len(problems) - 3} more problems"]


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        (None, "no metadata 'asperity'"),
        (b"{", "is not JSON"),
        (b"[1]", "is no JSON object"),
        (b'{"schema_version": 7, "frame": "none", "time_frame": "order"}', "schema_version"),
        (b'{"schema_version": 1, "frame": "local", "time_frame": "order"}', "needs axes"),
        (b'{"schema_version": 1, "frame": "none", "time_frame": "utc"}', "needs time_unit"),
        (b'{"table": "operations"}', "operations table"),
    ],
)
def test_bad_attributes(catalog, tmp_path, metadata, expected):
    table = catalog.to_arrow()
    table = table.replace_schema_metadata(None if metadata is None else {b"asperity": metadata})
    pq.write_table(table, tmp_path / "a.parquet")
    assert any(expected in p for p in validate(tmp_path / "a.parquet"))


@pytest.mark.parametrize("suffix", [".parquet", ".nc"])
def test_a_file_cut_anywhere_is_a_problem_and_not_a_crash(catalog, tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    write_catalog(catalog, path)
    data = path.read_bytes()
    cut = tmp_path / f"b{suffix}"
    # Without the last line, the checksum of a netCDF file, it is still a whole one.
    for size in range(1, len(data) - 30, max(1, len(data) // 60)):
        cut.write_bytes(data[:size])
        assert validate(cut), size


def test_a_damaged_column_leaves_the_others_checked(catalog, tmp_path):
    path = rewrite(catalog, tmp_path / "a.parquet", dip=np.full(40, -5.0))
    with pq.ParquetFile(path) as file:
        group = file.metadata.row_group(0)
        place = {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}
    data = bytearray(path.read_bytes())
    start = place["depth"].dictionary_page_offset or place["depth"].data_page_offset
    data[start : start + 40] = b"\xff" * 40
    path.write_bytes(data)
    problems = validate(path)
    assert any(p.startswith("column 'depth': cannot be read") for p in problems)
    assert any("column 'dip', row 0: found -5.0" in p for p in problems)


def test_codes_without_meaning_in_netcdf(catalog, tmp_path):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "a.nc"
    write_catalog(catalog, path)
    with h5py.File(path, "r+") as file:
        file["magnitude_type"][5] = 9
    (problem,) = validate(path)
    assert problem == "column 'magnitude_type', row 5: found 9, expected a known code"


def test_a_text_file_lists_its_bad_rows(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("magnitude,latitude,longitude\n1,2,3\nx,2,3\n1,99,3\n2,2,2\n")
    assert validate(path) == [
        "line 3, column 'magnitude': found 'x', expected a number",
        "line 4, column 'latitude': found '99', expected a value up to 90",
    ]


def test_operations_that_go_backward_are_found(catalog, tmp_path):
    path = tmp_path / "a.parquet"
    write_catalog(catalog, path)
    table = Operations(np.array([3, 5]), {"rate": np.zeros(2)})
    table.time[:] = [5, 3]  # as a program other than this one may write it
    table.write(operations_path(path))
    assert validate(path) == ["operations, row 1: earlier than the row before; sort by time"]


@pytest.mark.data
def test_registered_catalogs_are_valid_after_conversion(data_folder, tmp_path):
    for name in ("scedc-1994.catalog", "isc-gem-v3.csv", "alpides-psmeca.txt", "basel.csv"):
        catalog = read_catalog(data_folder / name).catalog
        for suffix in (".parquet", ".nc"):
            write_catalog(catalog, tmp_path / f"a{suffix}")
            assert validate(tmp_path / f"a{suffix}") == [], (name, suffix)
