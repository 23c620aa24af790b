import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asperity.core.catalog import Catalog
from asperity.core.errors import DataError, InputError
from asperity.core.schema import COLUMNS, attribute_schema, check_attributes, column_of


def catalog(**more: object) -> Catalog:
    columns = {
        "magnitude": [1.0, np.nan, 3.0, 2.0],
        "time": np.array([4, 2, 2, 1]) * 10**9,
        "event_id": ["d", "b", "c", "a"],
        "magnitude_type": ["Mw", "", "ML", None],
        "tag": ["x", "y", "", "x"],
    }
    return Catalog.from_columns(columns | more)


# -- building ---------------------------------------------------------------


def test_the_least_catalog_is_one_column() -> None:
    least = Catalog.from_columns({"magnitude": [1, 2]})
    assert (least.frame, least.time_frame, least.time_unit) == ("none", "order", None)
    assert least["event_id"].tolist() == ["0", "1"]
    assert least["magnitude"].dtype == np.float64
    assert least.columns == ("event_id", "time", "magnitude", "magnitude_type")


def test_equal_times_keep_their_order() -> None:
    assert catalog()["event_id"].tolist() == ["a", "b", "c", "d"]


@given(st.lists(st.integers(0, 5), max_size=30))
def test_sorting_is_stable(times: list[int]) -> None:
    sorted_ids = sorted(range(len(times)), key=lambda i: times[i])
    made = Catalog.from_columns({"magnitude": np.zeros(len(times)), "time": times})
    assert made["event_id"].tolist() == [str(i) for i in sorted_ids]


def test_frames_follow_from_the_columns() -> None:
    one = [1.0]
    places = {"magnitude": one, "latitude": one, "longitude": one}
    geographic = Catalog.from_columns(places)
    assert geographic.frame == "geographic"
    assert np.isnan(geographic["depth"]).all()
    local = Catalog.from_columns({"magnitude": one, "x": one, "y": one, "z": one}, axes="ENU")
    assert local.frame == "local"


@pytest.mark.parametrize(
    ("columns", "attributes", "expected"),
    [
        ({"depth": [1.0]}, {}, "needs the column 'magnitude'; found depth"),
        ({"magnitude": ["x"]}, {}, "column 'magnitude' needs float64"),
        ({"magnitude": [1.0, 2.0], "depth": [1.0]}, {}, "differ in length"),
        ({"magnitude": [1.0], "Bad Name": [1.0]}, {}, "'Bad Name' is not allowed"),
        ({"magnitude": [1.0], "time": [0.5]}, {}, "'time' holds integers; found fractions"),
        ({"magnitude": [1.0], "n_members": [np.nan]}, {}, "holds integers; found fractions or NaN"),
        ({"magnitude": [1.0], "magnitude_type": [3]}, {}, "codes but no meanings"),
        ({"magnitude": [1.0]}, {"frame": "geographic"}, "'latitude' is missing"),
        ({"magnitude": [1.0]}, {"frame": "local"}, "needs axes"),
        ({"magnitude": [1.0]}, {"anchor": {"latitude": 91, "longitude": 0}}, "anchor.latitude"),
        ({"magnitude": [1.0], "time": [1]}, {"time_unit": "ms"}, "time_unit"),
        ({"magnitude": [1.0], "time": [1]}, {"time_frame": "relative"}, "needs time_origin"),
    ],
)
def test_what_breaks_the_schema_is_named(columns, attributes, expected) -> None:
    with pytest.raises(InputError, match=expected):
        Catalog.from_columns(columns, **attributes)


def test_codes_beyond_their_meanings_are_refused() -> None:
    with pytest.raises(InputError, match="code 2 has no meaning; there are 1"):
        Catalog.from_columns(
            {"magnitude": [1.0], "magnitude_type": [2]}, categories={"magnitude_type": ["Mw"]}
        )


def test_many_categories_get_wider_codes() -> None:
    names = [f"n{i}" for i in range(200)]
    made = Catalog.from_columns({"magnitude": np.zeros(200), "network": names})
    assert made["network"].dtype == np.int16
    assert made.texts("network").tolist() == names


@pytest.mark.parametrize("missing", [None, np.nan, "", pd.NA])
def test_missing_texts_are_empty(missing: object) -> None:
    made = Catalog.from_columns(
        {
            "magnitude": [1.0, 2.0],
            "magnitude_type": np.array(["Mw", missing], dtype=object),
            "parent_id": np.array([missing, "p"], dtype=object),
            "tag": np.array([missing, "t"], dtype=object),
        }
    )
    assert made.texts("magnitude_type").tolist() == ["Mw", ""]
    assert made["magnitude_type"].tolist() == [0, -1]
    assert made["parent_id"].tolist() == ["", "p"]
    assert made.texts("tag").tolist() == ["", "t"]


# -- pandas -----------------------------------------------------------------


def test_pandas_and_back() -> None:
    assert Catalog.from_pandas(catalog().to_pandas()) == catalog()


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "float32"])
def test_missing_numbers_of_pandas_are_nan(dtype: str) -> None:
    values = [1, None, 3] if dtype != "float32" else [1, np.nan, 3]
    made = Catalog.from_pandas(pd.DataFrame({"magnitude": pd.array(values, dtype=dtype)}))
    np.testing.assert_array_equal(made["magnitude"], [1.0, np.nan, 3.0])


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Tokyo"])
def test_datetimes_of_every_unit_and_zone(unit: str, zone: str | None) -> None:
    stamps = pd.Series(pd.to_datetime(["2019-08-26 07:30:47", "1930-01-01 00:00:00"]))
    stamps = stamps.astype(f"datetime64[{unit}]").dt.tz_localize(zone)
    made = Catalog.from_pandas(pd.DataFrame({"time": stamps, "magnitude": [1.0, 2.0]}))
    expected = "2019-08-25T22:30:47Z" if zone == "Asia/Tokyo" else "2019-08-26T07:30:47Z"
    assert made.format_times()[1] == expected
    assert made["magnitude"].tolist() == [2.0, 1.0]


def test_a_row_without_a_time_is_named() -> None:
    frame = pd.DataFrame({"magnitude": [1.0, 2.0], "time": pd.to_datetime(["2019-01-01", None])})
    with pytest.raises(InputError, match="column 'time', row 1: no time"):
        Catalog.from_pandas(frame)


# -- it never changes -------------------------------------------------------


def test_columns_cannot_be_written() -> None:
    for name in catalog().columns:
        with pytest.raises(ValueError, match="read-only"):
            catalog()[name][0] = catalog()[name][1]


def test_the_arrays_of_the_caller_stay_the_callers() -> None:
    mine = {"magnitude": np.zeros(3), "free": np.zeros(3), "time": np.arange(3), "n": np.arange(3)}
    made = Catalog.from_columns(mine)
    for values in mine.values():
        values[:] = 7
    assert made["free"].tolist() == [0.0, 0.0, 0.0]
    assert made["n"].tolist() == [0, 1, 2]
    assert made["magnitude"].tolist() == [0.0, 0.0, 0.0]


def test_what_a_catalog_shows_of_itself_is_a_copy() -> None:
    one = [1.0]
    local = Catalog.from_columns(
        {"magnitude": one, "x": one, "y": one, "z": one, "magnitude_type": ["Mw"]},
        axes="ENU", anchor={"latitude": 1.0, "longitude": 2.0},
    )  # fmt: skip
    before = local.select(slice(None))
    local.attributes["anchor"]["latitude"] = 50.0
    local.dataset.attrs["anchor"]["longitude"] = 50.0
    local.dataset["magnitude_type"].attrs["flag_meanings"].append("ML")
    local.dataset["new"] = ("event", [1.0])
    assert local == before
    assert local.attributes["anchor"] == {"latitude": 1.0, "longitude": 2.0}


def test_with_columns_leaves_the_old_one_alone() -> None:
    old = catalog()
    new = old.with_columns({"magnitude": np.ones(4), "extra": np.arange(4.0)}, source="here")
    assert "extra" not in old
    assert "source" not in old.attributes
    assert new.attributes["source"] == "here"
    assert "source" not in new.with_columns({}, source=None).attributes
    with pytest.raises(InputError, match="column 'extra' has 2 rows, the catalog has 4"):
        old.with_columns({"extra": [1.0, 2.0]})


def test_there_is_no_hash_and_equality_is_of_content() -> None:
    assert catalog() == catalog()
    assert catalog() != catalog(tag=["x", "y", "", "z"])
    assert catalog() != "catalog"
    with pytest.raises(TypeError, match="unhashable"):
        hash(catalog())


# -- choosing ---------------------------------------------------------------


def test_select_takes_masks_indices_and_slices() -> None:
    whole = catalog()
    mask = whole["magnitude"] > 1.5
    for rows in (mask, np.flatnonzero(mask), mask.tolist()):
        assert whole.select(rows)["event_id"].tolist() == ["a", "c"]
    assert whole.select(slice(1, None, 2))["event_id"].tolist() == ["b", "d"]
    assert len(whole.select(np.array([], dtype=int))) == 0
    with pytest.raises(InputError, match="mask of shape \\(3,\\), expected \\(4,\\)"):
        whole.select(np.ones(3, dtype=bool))
    with pytest.raises(InputError, match="of a catalog of 4 events"):
        whole.select([9])


def test_between_takes_the_start_and_leaves_the_end() -> None:
    whole = catalog()
    second = ["1970-01-01T00:00:01Z", "1970-01-01T00:00:02Z", "1970-01-01T00:00:04Z"]
    assert len(whole.between(None, None)) == 4
    assert whole.between(second[1], second[2])["event_id"].tolist() == ["b", "c"]
    assert whole.between(None, second[1])["event_id"].tolist() == ["a"]
    assert whole.between(second[2], None)["event_id"].tolist() == ["d"]


def test_windows_of_an_empty_catalog_are_empty() -> None:
    none = catalog().select(slice(0, 0))
    for window in ((None, None), (None, "2020-01-01"), ("2020-01-01", None)):
        assert len(none.between(*window)) == 0


def test_windows_may_lie_where_nanoseconds_do_not_reach() -> None:
    assert len(catalog().between("1500-01-01", "9000-01-01")) == 4
    assert len(catalog().between("9000-01-01", None)) == 0


def test_relative_and_ordered_times_are_numbers() -> None:
    relative = Catalog.from_columns(
        {"magnitude": [1.0, 2.0, 3.0], "time": [0, 500_000, 2_000_000]},
        time_frame="relative", time_origin="first load", time_unit="us",
    )  # fmt: skip
    assert relative.format_times() == [0.0, 0.5, 2.0]
    assert len(relative.between("0.5", "2")) == 1
    order = Catalog.from_columns({"magnitude": [1.0, 2.0, 3.0]})
    assert order.format_times() == [0, 1, 2]
    assert len(order.between("1", None)) == 2
    for text in ("noon", "nan", "inf", "1e400"):
        for made in (relative, order):
            with pytest.raises(InputError, match="is not a finite number; this catalog counts"):
                made.between(text, None)
    with pytest.raises(DataError, match="no calendar dates"):
        _ = relative.datetimes


def test_seconds_count_from_the_first_event() -> None:
    assert catalog().seconds.tolist() == [0.0, 1.0, 1.0, 3.0]
    assert Catalog.from_columns({"magnitude": [1.0, 2.0]}).seconds.tolist() == [0.0, 1.0]


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(DataError, match="no column 'depth'; it has event_id, time"):
        catalog()["depth"]


def test_representations_say_how_many_and_when() -> None:
    assert repr(catalog()) == (
        "<Catalog: 4 events, 1970-01-01T00:00:01Z to 1970-01-01T00:00:04Z, "
        "magnitude 1 to 3, frame none>"
    )
    assert "<script" not in catalog(tag=["<script>", "", "", ""])._repr_html_()
    assert "0 events" in repr(catalog().select(slice(0, 0)))


# -- the schema -------------------------------------------------------------


def test_every_column_has_a_unit_or_needs_none() -> None:
    for name, column in COLUMNS.items():
        assert column_of(name) is column
        assert column.kind in ("string", "int64", "float64", "category")
        assert column.description[0].isupper()
    assert column_of("magnitude_mw") is not None
    for bad in ("", "A", "1x", "a b", "a-b", "_a"):
        assert column_of(bad) is None


def test_the_json_schema_agrees_with_the_model() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = attribute_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    good = {"schema_version": 1, "frame": "none", "time_frame": "order"}
    cases = [
        good,
        good | {"frame": "local", "axes": "ENU"},
        good | {"frame": "local"},
        good | {"time_frame": "utc"},
        good | {"time_frame": "relative", "time_unit": "ns"},
        good | {"time_frame": "relative", "time_unit": "ns", "time_origin": "x"},
        good | {"schema_version": 2},
        good | {"anchor": {"latitude": 95, "longitude": 0}},
        good | {"magnitude_resolution": -1},
        good | {"something": "else"},
    ]
    for attributes in cases:
        assert validator.is_valid(attributes) == (not check_attributes(attributes)), attributes


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


def test_notebooks_show_a_table_that_is_escaped():
    made = catalog(event_id=["<b>c</b>", "a", "b", "d"])
    page = made._repr_html_()
    assert "<table" in page
    assert "<b>c</b>" not in page
