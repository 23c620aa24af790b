"""Rows of Parquet and netCDF files that break the format, as other writers leave them."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asperity.core import Catalog
from asperity.core.errors import InputError
from asperity.core.formats import ReadOptions, read_catalog, write_catalog
from asperity.core.formats import netcdf as netcdf_format
from asperity.core.formats.stored import repeated_rows

SKIP = ReadOptions(on_error="skip")


def catalog_with(ids: list[str], magnitudes: list[float] | None = None) -> Catalog:
    return Catalog.from_columns(
        {"event_id": np.array(ids, dtype=object), "time": np.arange(len(ids)) * 10**9,
         "magnitude": magnitudes or np.zeros(len(ids)), "depth_uncertainty": np.ones(len(ids))}
    )  # fmt: skip


def store(catalog: Catalog, path: Path) -> Path:
    """Write as another program would, without looking at the ids."""
    if path.suffix == ".nc":
        netcdf_format.write(catalog, path)
    else:
        pq.write_table(catalog.to_arrow(), path, row_group_size=2)
    return path


@pytest.mark.parametrize("suffix", [".parquet", ".nc"])
def test_an_id_that_stands_twice_is_refused_or_put_aside_by_name(
    suffix: str, tmp_path: Path
) -> None:
    path = store(catalog_with(["a", "b", "a", "", "b"]), tmp_path / f"a{suffix}")
    with pytest.raises(InputError, match=r"'event_id', row 2: found a, expected an identifier use"):
        read_catalog(path)
    result = read_catalog(path, options=SKIP)
    assert result.catalog["event_id"].tolist() == ["a", "b"]
    assert [(r.line, r.column, r.value) for r in result.rejections] == [
        (2, "event_id", "a"), (3, "event_id", ""), (4, "event_id", "b"),
    ]  # fmt: skip
    assert result.rows.tolist() == [0, 1]


def test_impossible_values_are_put_aside_too(tmp_path: Path) -> None:
    broken = catalog_with(["a", "b", "c"], [1.0, np.inf, 2.0]).with_columns(
        {"depth_uncertainty": [1.0, -5.0, -1.0]}
    )
    path = store(broken, tmp_path / "a.parquet")
    with pytest.raises(InputError, match="'magnitude', row 1: found inf"):
        read_catalog(path)
    result = read_catalog(path, options=SKIP)
    assert result.catalog["event_id"].tolist() == ["a"]
    assert [(r.line, r.column) for r in result.rejections] == [
        (1, "magnitude"), (2, "depth_uncertainty"),
    ]  # fmt: skip


def test_rows_of_a_window_count_in_the_file(tmp_path: Path) -> None:
    path = store(catalog_with(["a", "b", "c", "d", "c", "e"]), tmp_path / "a.parquet")
    result = read_catalog(path, options=SKIP, start="1970-01-01T00:00:02Z")
    assert result.rows.tolist() == [2, 3, 5]
    assert [r.line for r in result.rejections] == [4]
    assert result.outside == 2


def test_no_parquet_file_is_written_that_nobody_could_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="row 2: event_id 'a' stands in a row above"):
        write_catalog(catalog_with(["a", "b", "a"]), tmp_path / "a.parquet")
    assert not list(tmp_path.iterdir())


texts = st.text(st.sampled_from("a\0é0"), max_size=3) | st.text("x1", min_size=7, max_size=18)


@given(st.lists(st.lists(texts | st.just("y" * 300), max_size=8), max_size=4))
def test_repeated_rows_are_those_of_a_plain_search(chunks: list[list[str]]) -> None:
    column = pa.chunked_array(chunks, type=pa.string())
    everything = [text for chunk in chunks for text in chunk]
    naive = [i for i, text in enumerate(everything) if text in everything[:i]]
    assert repeated_rows(column).tolist() == naive
    assert repeated_rows(column.slice(1)).tolist() == [
        i for i, text in enumerate(everything[1:]) if text in everything[1 : i + 1]
    ]
