import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asperity.core.catalog import Catalog
from asperity.core.errors import DataError
from asperity.core.geometry import geographic_to_ecef
from asperity.core.merge import merge


def regional(ids: list[str], times: list[float], latitude: float = 36.0, **more: object) -> Catalog:
    n = len(ids)
    columns = {
        "event_id": ids,
        "time": np.round(np.array(times) * 1e9).astype(np.int64),
        "magnitude": np.arange(n, dtype=float),
        "latitude": np.full(n, latitude),
        "longitude": np.full(n, -97.0),
        "depth": np.full(n, 5e3),
    }
    return Catalog.from_columns(columns | more)


def test_the_first_catalog_leads() -> None:
    a = regional(["a", "b"], [0, 100])
    b = regional(["b", "c"], [101, 200], magnitude=[9.0, 8.0])
    joined, dropped = merge([a, b])
    assert (dropped, joined["event_id"].tolist()) == (1, ["a", "b", "c"])
    assert joined["magnitude"].tolist() == [0.0, 1.0, 8.0]


def test_windows_in_time_and_space_are_closed() -> None:
    a = regional(["a"], [100.0])
    times = [94.9, 95.0, 105.0, 105.1]
    b = regional([f"b{i}" for i in range(4)], times)
    assert merge([a, b], window=5.0)[1] == 2
    north = regional(["n"], [100.0], latitude=36.0 + 900.0 / 111e3)
    assert merge([a, north], window=5.0, distance=1000.0)[1] == 1
    assert merge([a, north], window=5.0, distance=800.0)[1] == 0
    assert merge([a, north], window=5.0)[1] == 1


@given(st.integers(0, 10**6), st.floats(0.5, 30), st.floats(100, 5e4))
@settings(max_examples=40, deadline=None)
def test_duplicates_are_those_of_all_pairs(seed: int, window: float, distance: float) -> None:
    rng = np.random.default_rng(seed)
    a, b = (
        regional(
            [f"{name}{i}" for i in range(15)], np.sort(rng.uniform(0, 200, 15)).tolist(),
            latitude=36.0, longitude=-97.0 + rng.uniform(0, 0.3, 15),
        )
        for name in "ab"
    )  # fmt: skip
    places = [
        np.column_stack(geographic_to_ecef(*(c[k] for k in ("latitude", "longitude", "depth"))))
        for c in (a, b)
    ]
    expected = 0
    for j in range(15):
        expected += any(
            abs(int(a["time"][i]) - int(b["time"][j])) <= window * 1e9 - 1
            and np.linalg.norm(places[0][i] - places[1][j]) <= distance
            for i in range(15)
        )
    joined, dropped = merge([a, b], window=window, distance=distance)
    assert dropped == expected
    assert len(joined) == 30 - expected
    assert (np.diff(joined["time"]) >= 0).all()


def test_ids_made_from_row_numbers_are_no_evidence() -> None:
    a, b = (Catalog.from_columns({"magnitude": [1.0, 2.0], "time": t}) for t in ([0, 1], [5, 6]))
    joined, dropped = merge([a, b])
    assert (len(joined), dropped) == (4, 0)
    assert len(set(joined["event_id"].tolist())) == 4


def test_units_and_columns_that_differ_are_brought_together() -> None:
    a = regional(["a"], [1.0], magnitude_type=["Mw"], n_members=[3], tag=["x"])
    b = Catalog.from_columns(
        {
            "event_id": ["b"], "time": [2_000_000], "magnitude": [5.0], "magnitude_type": ["ML"],
            "latitude": [1.0], "longitude": [2.0], "network": ["OK"], "mine": [7.5],
        },
        time_unit="us",
    )  # fmt: skip
    joined, _ = merge([a, b])
    assert joined.time_unit == "us"
    assert joined["time"].tolist() == [1_000_000, 2_000_000]
    assert joined.texts("magnitude_type").tolist() == ["Mw", "ML"]
    assert joined.texts("network").tolist() == ["", "OK"]
    assert joined["n_members"].tolist() == [3, -1]
    assert joined["tag"].tolist() == ["x", ""]
    np.testing.assert_array_equal(joined["mine"], [np.nan, 7.5])
    np.testing.assert_array_equal(joined["depth"], [5e3, np.nan])


def test_merging_with_nothing_and_with_itself() -> None:
    a = regional(["a", "b"], [0, 1])
    none = a.select(slice(0, 0))
    for parts in ([a], [a, none], [none, a], [a, a], [a, a, a]):
        joined, _ = merge(parts)
        assert joined["event_id"].tolist() == ["a", "b"]
        assert merge(parts, window=0.1, distance=1.0)[0]["magnitude"].tolist() == [0.0, 1.0]
    assert merge([a, a, a])[1] == 4
    with pytest.raises(DataError, match="no catalogs to merge"):
        merge([])


def test_catalogs_of_different_frames_are_refused() -> None:
    a = regional(["a"], [0])
    local = Catalog.from_columns(
        {"time": [0], "magnitude": [1.0], "x": [0.0], "y": [0.0], "z": [0.0]}, axes="ENU"
    )
    with pytest.raises(DataError, match="differ in frame: 'geographic' and 'local'"):
        merge([a, local])
    order = Catalog.from_columns({"magnitude": [1.0]})
    with pytest.raises(DataError, match="--window needs times"):
        merge([order, order], window=1.0)
    with pytest.raises(DataError, match="--distance needs coordinates"):
        merge([Catalog.from_columns({"time": [0], "magnitude": [1.0]})] * 2, window=1, distance=1)
