"""The catalog: made whole or not at all, never changed, the same after every edge."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asperity.core import Catalog, Operations
from asperity.core.errors import DataError, InputError
from asperity.core.merge import merge

SECOND = 1_000_000_000


def catalog(**more):
    columns = {
        "time": np.array([3, 1, 2]) * SECOND,
        "magnitude": [3.0, 1.0, np.nan],
        "latitude": [30.0, 10.0, 20.0],
        "longitude": [-3.0, -1.0, -2.0],
        "depth": [3000.0, 1000.0, 2000.0],
        "magnitude_type": ["mw", "", "ml"],
        "event_id": ["c", "a", "b"],
    }
    return Catalog.from_columns({**columns, **more})


def test_events_stand_in_time_order_with_their_values():
    made = catalog()
    assert made["event_id"].tolist() == ["a", "b", "c"]
    assert made["latitude"].tolist() == [10.0, 20.0, 30.0]
    assert made.texts("magnitude_type").tolist() == ["", "ml", "mw"]
    assert made.frame == "geographic"
    assert made.time_frame == "utc"
    assert "3 events" in repr(made)


def test_equal_times_keep_their_order():
    made = catalog(time=np.array([1, 1, 0]))
    assert made["event_id"].tolist() == ["b", "c", "a"]


def test_what_is_missing_is_filled_in_as_version_1_says():
    made = Catalog.from_columns({"magnitude": [1.0, 2.0]})
    assert made.frame == "none"
    assert made.time_frame == "order"
    assert made["time"].tolist() == [0, 1]
    assert made["event_id"].tolist() == ["0", "1"]
    assert made["magnitude_type"].tolist() == [-1, -1]
    assert made.format_times() == [0, 1]
    with pytest.raises(DataError, match="no calendar dates"):
        _ = made.datetimes


def test_a_catalog_cannot_be_changed():
    made = catalog()
    with pytest.raises(ValueError, match="read-only"):
        made["magnitude"][0] = 9.0
    made.dataset["magnitude"] = ("event", [0.0, 0.0, 0.0])
    made.attributes["frame"] = "none"
    assert made == catalog()
    with pytest.raises(TypeError):
        hash(made)


def test_the_callers_arrays_stay_the_callers_own():
    columns = {
        "magnitude": np.zeros(2), "time": np.arange(2), "free": np.zeros(2),
        "remark": np.array(["a", "b"], dtype=np.dtypes.StringDType()),
    }  # fmt: skip
    made = Catalog.from_columns(columns)
    for name, values in columns.items():
        values[1] = values[0]
        assert made[name][1] != values[1] or name in ("magnitude", "free")
    columns["magnitude"][0] = columns["free"][0] = 9.0
    assert made["magnitude"].max() == made["free"].max() == 0.0


@pytest.mark.parametrize(
    ("columns", "attributes", "needle"),
    [
        ({"time": [1]}, {}, "needs the column 'magnitude'"),
        ({"magnitude": [1.0, 2.0], "depth": [1.0]}, {}, "differ in length"),
        ({"magnitude": [1.0], "Bad Name": [1.0]}, {}, "not allowed"),
        ({"magnitude": [1.0]}, {"frame": "mars"}, "frame"),
        ({"magnitude": [1.0]}, {"frame": "geographic"}, "latitude"),
        ({"magnitude": [1.0], "x": [1.0], "y": [1.0], "z": [1.0]}, {}, "axes"),
        ({"magnitude": [1.0], "time": [1]}, {"time_frame": "relative"}, "time_origin"),
        ({"magnitude": ["big"]}, {}, "magnitude"),
        ({"magnitude": [1.0], "time": [0.5]}, {}, "time"),
        ({"magnitude": [[1.0]]}, {}, "magnitude"),
    ],
)
def test_what_breaks_the_schema_is_named(columns, attributes, needle):
    with pytest.raises(InputError, match=needle):
        Catalog.from_columns(columns, **attributes)


def test_selection_by_mask_index_and_slice():
    made = catalog()
    for rows in (np.array([True, False, True]), np.array([0, 2]), slice(0, None, 2)):
        assert made.select(rows)["event_id"].tolist() == ["a", "c"]
    assert len(made.select(slice(0, 0))) == 0
    with pytest.raises(InputError, match="mask of shape"):
        made.select(np.array([True]))


def test_a_time_window_takes_its_start_and_not_its_end():
    made = catalog()
    window = made.between("1970-01-01T00:00:01Z", "1970-01-01T00:00:03Z")
    assert window["event_id"].tolist() == ["a", "b"]
    assert len(made.between(None, None)) == 3
    assert made.between("1970-01-01T00:00:02Z", None)["event_id"].tolist() == ["b", "c"]
    with pytest.raises(InputError, match="ISO 8601"):
        made.between("then", None)
    assert len(made.select(slice(0, 0)).between(None, "1970-01-01")) == 0


def test_relative_times_count_in_seconds():
    made = Catalog.from_columns(
        {"magnitude": [1.0, 2.0], "time": [0, 1_500_000]},
        time_frame="relative", time_unit="us", time_origin="first slip",
    )  # fmt: skip
    assert made.format_times() == [0.0, 1.5]
    assert made.seconds.tolist() == [0.0, 1.5]
    assert len(made.between("1", None)) == 1
    with pytest.raises(InputError, match="seconds"):
        made.between("2020-01-01", None)


def test_columns_are_added_and_replaced():
    made = catalog().with_columns({"slip": [0.1, 0.2, 0.3]}, source="test")
    assert made["slip"].tolist() == [0.1, 0.2, 0.3]
    assert made.attributes["source"] == "test"
    assert "source" not in made.with_columns({}, source=None).attributes
    with pytest.raises(DataError, match="it has event_id, time"):
        _ = made["energy"]


finite = st.floats(-1e6, 1e6)


@given(
    st.integers(0, 30).flatmap(
        lambda n: st.fixed_dictionaries(
            {
                "magnitude": st.lists(st.floats(allow_infinity=False), min_size=n, max_size=n),
                "time": st.lists(st.integers(-(2**62), 2**62), min_size=n, max_size=n),
                "network": st.lists(st.sampled_from(["", "US", "Ä"]), min_size=n, max_size=n),
                "remark": st.lists(
                    st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
                    min_size=n, max_size=n,
                ),
                "slip": st.lists(finite, min_size=n, max_size=n),
            }
        )
    )
)  # fmt: skip
def test_pandas_and_arrow_and_back(columns):
    from asperity.core.formats.parquet import from_arrow

    made = Catalog.from_columns({k: np.array(v) if v else _empty(k) for k, v in columns.items()})
    assert from_arrow(made.to_arrow(), "memory") == made
    frame = made.to_pandas()
    assert list(frame.columns) == list(made.columns)
    if len(made):
        back = Catalog.from_pandas(frame)
        for name in made.columns:
            if name in ("magnitude_type", "network"):
                assert back.texts(name).tolist() == made.texts(name).tolist()
            else:
                np.testing.assert_array_equal(back[name], made[name])


def _empty(name):
    kinds = {"time": np.int64, "network": object, "remark": object}
    return np.empty(0, dtype=kinds.get(name, np.float64))


def test_pandas_datetimes_become_utc():
    stamps = pd.to_datetime(["2020-01-01T01:00:00+01:00", "2020-01-01T02:00:00+01:00"])
    made = Catalog.from_pandas(pd.DataFrame({"time": stamps, "magnitude": [1.0, 2.0]}))
    assert made.format_times() == ["2020-01-01T00:00:00Z", "2020-01-01T01:00:00Z"]
    with pytest.raises(InputError, match="row 1: no time"):
        Catalog.from_pandas(
            pd.DataFrame({"time": pd.to_datetime(["2020-01-01", None]), "magnitude": [1.0, 2.0]})
        )


def test_notebooks_show_a_table_that_is_escaped():
    made = catalog(event_id=["<b>c</b>", "a", "b"])
    page = made._repr_html_()
    assert "<table" in page
    assert "<b>c</b>" not in page


def test_operations_keep_their_columns(tmp_path):
    table = Operations(np.array([0, 1, 2]), {"rate": np.array([0.0, 0.1, 0.2])}, "us", "utc")
    table.write(tmp_path / "a.operations.parquet")
    back = Operations.read(tmp_path / "a.operations.parquet")
    assert back.time.tolist() == [0, 1, 2]
    assert back.columns["rate"].tolist() == [0.0, 0.1, 0.2]
    assert back.time_unit == "us"
    with pytest.raises(InputError, match="rate, volume, pressure"):
        Operations(np.array([0]), {"mood": np.array([1.0])})
    (tmp_path / "b.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match="not an operations table"):
        Operations.read(tmp_path / "b.parquet")


def two():
    a = catalog()
    later = np.array([1, 2, 9]) * SECOND + SECOND // 2
    b = catalog(time=later, event_id=["x", "y", "z"], magnitude=[1.1, 2.1, 9.1])
    return a, b


def test_merge_keeps_the_first_of_rows_that_are_one_event():
    a, b = two()
    joined, dropped = merge([a, b])
    assert len(joined) == 6
    assert dropped == 0
    # Half a second apart and at the same place: the events b and c of the first come again.
    joined, dropped = merge([a, b], window=0.6, distance=3_000_000.0)
    assert dropped == 2
    assert joined["event_id"].tolist() == ["a", "b", "c", "z"]
    joined, dropped = merge([a, b], window=0.6, distance=1000.0)
    assert dropped == 0


def test_merge_by_event_id():
    a, b = two()
    renamed = b.with_columns({"event_id": ["a", "y", "z"]})
    joined, dropped = merge([a, renamed])
    assert dropped == 1
    assert joined["event_id"].tolist() == ["a", "b", "y", "c", "z"]


def test_merge_refuses_what_does_not_go_together():
    with pytest.raises(DataError, match="differ in frame"):
        merge([catalog(), Catalog.from_columns({"magnitude": [1.0], "time": [1]})])


@given(st.integers(0, 1000), st.floats(0.01, 5.0), st.floats(100.0, 50_000.0))
def test_merge_against_all_pairs(seed, window, distance):
    from asperity.core.geometry import geographic_to_ecef

    rng = np.random.default_rng(seed)

    def some(prefix, n):
        return Catalog.from_columns(
            {
                "time": rng.integers(0, 60 * SECOND, n),
                "magnitude": rng.random(n),
                "latitude": rng.uniform(45.0, 45.3, n),
                "longitude": rng.uniform(7.0, 7.3, n),
                "depth": rng.uniform(0.0, 10_000.0, n),
                "event_id": [f"{prefix}{i}" for i in range(n)],
            }
        )

    a, b = some("a", 20), some("b", 25)
    places = [
        np.column_stack(geographic_to_ecef(c["latitude"], c["longitude"], c["depth"]))
        for c in (a, b)
    ]
    apart = np.linalg.norm(places[0][:, None] - places[1][None], axis=2)
    late = np.abs(a["time"][:, None] // 1000 - b["time"][None] // 1000) * 1e-6
    same = ((apart <= distance) & (late <= window)).any(axis=0)
    _, dropped = merge([a, b], window=window, distance=distance)
    assert dropped == same.sum()
