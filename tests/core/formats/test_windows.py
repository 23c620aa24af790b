"""Time windows: of Parquet only the row groups that they touch are read."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from asperity.core import Catalog
from asperity.core.errors import InputError
from asperity.core.formats import parquet, read_catalog, write_catalog

N = 5000


@pytest.fixture
def catalog():
    rng = np.random.default_rng(2)
    return Catalog.from_columns(
        {
            "time": np.sort(rng.integers(0, 365 * 86_400, N)) * 10**9,
            "magnitude": rng.normal(1, 0.5, N),
            "latitude": rng.uniform(-10, 10, N),
            "longitude": rng.uniform(-10, 10, N),
        }
    )


@pytest.fixture
def path(catalog, tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "ROW_GROUP", 256)
    write_catalog(catalog, tmp_path / "a.parquet")
    return tmp_path / "a.parquet"


WINDOWS = [
    (None, None), ("1970-03-01", "1970-03-08"), (None, "1970-01-02"), ("1970-12-30", None),
    ("1950-01-01", "1960-01-01"), ("1990-01-01", None), ("1970-06-01", "1970-05-01"),
    ("1970-02-01T12:34:56.5Z", "1970-02-01T12:34:57Z"),
]  # fmt: skip


@pytest.mark.parametrize(("start", "end"), WINDOWS)
@pytest.mark.parametrize("suffix", [".parquet", ".nc", ".csv"])
def test_every_format_gives_the_same_window(catalog, path, start, end, suffix):
    other = path.with_suffix(suffix)
    if suffix != ".parquet":
        write_catalog(catalog, other)
    result = read_catalog(other, start=start, end=end)
    low = -np.inf if start is None else catalog.parse_time(start)
    high = np.inf if end is None else catalog.parse_time(end)
    expected = np.flatnonzero((catalog["time"] >= low) & (catalog["time"] < high))
    np.testing.assert_array_equal(result.rows, expected)
    np.testing.assert_array_equal(result.catalog["magnitude"], catalog["magnitude"][expected])
    assert result.outside == N - expected.size


def test_only_the_row_groups_of_the_window_are_read(path, monkeypatch):
    read = []
    whole = pq.ParquetFile.read_row_groups
    monkeypatch.setattr(
        pq.ParquetFile, "read_row_groups",
        lambda self, groups, **options: read.extend(groups) or whole(self, groups, **options),
    )  # fmt: skip
    events = len(read_catalog(path, start="1970-03-01", end="1970-03-08").catalog)
    assert 1 <= len(read) <= events // 256 + 2
    assert pq.ParquetFile(path).num_row_groups == 20


def test_equal_times_on_both_sides_of_a_row_group_are_all_found(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "ROW_GROUP", 4)
    times = np.repeat([0, 10, 20], [3, 9, 4]) * 10**9
    write_catalog(
        Catalog.from_columns({"time": times, "magnitude": np.arange(16.0)}), tmp_path / "a.parquet"
    )
    result = read_catalog(tmp_path / "a.parquet", start="1970-01-01T00:00:10Z",
                          end="1970-01-01T00:00:20Z")  # fmt: skip
    assert result.rows.tolist() == list(range(3, 12))


def test_a_window_that_is_no_time_is_refused(path):
    with pytest.raises(InputError, match="'tomorrow' is not a time"):
        read_catalog(path, start="tomorrow")


def test_relative_and_numbered_catalogs_have_windows_too(tmp_path):
    laboratory = Catalog.from_columns(
        {"time": [0, 5 * 10**8, 10**9], "magnitude": [1.0, 2.0, 3.0]},
        time_frame="relative", time_origin="loading",
    )  # fmt: skip
    write_catalog(laboratory, tmp_path / "a.parquet")
    found = read_catalog(tmp_path / "a.parquet", start="0.5", end="1").catalog
    assert found["magnitude"].tolist() == [2.0]
    write_catalog(Catalog.from_columns({"magnitude": [1.0, 2.0, 3.0]}), tmp_path / "b.parquet")
    assert len(read_catalog(tmp_path / "b.parquet", start="1").catalog) == 2


def test_the_filter_command_takes_the_window_into_the_reading(catalog, path, tmp_path):
    import json

    from typer.testing import CliRunner

    from asperity.core.cli import app

    out = tmp_path / "b.parquet"
    answer = CliRunner().invoke(
        app,
        [
            "catalog",
            "filter",
            str(path),
            "--time",
            "1970-03-01/1970-03-08",
            "-o",
            str(out),
            "--json",
        ],
    )
    assert answer.exit_code == 0, answer.output
    document = json.loads(answer.stdout)
    assert document["events"] + document["left_out"] == N
    assert len(read_catalog(out).catalog) == document["events"] > 0
