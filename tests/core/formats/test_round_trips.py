"""What is written is read back: each writer, on drawn catalogs and on the registered ones."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asperity.core import Catalog
from asperity.core.datasets import dataset
from asperity.core.formats import ReadOptions, losses, read_catalog, write_catalog
from asperity.core.geometry.mechanisms import moment_magnitude, moment_tensor

REGISTERED = (
    "pnr2", "peace-river", "prague", "guy-greenbrier", "paradox", "red-deer", "cooper-basin",
    "oklahoma-ogs", "midland-texnet", "basel", "isc-gem-v3", "scedc-1994", "alpides-psmeca",
)  # fmt: skip

number = st.floats(-1e6, 1e6, allow_subnormal=False)
text = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=8
)
word = st.text("abcdefgXYZ", min_size=2, max_size=6).filter(lambda w: w.lower() != "none")
any_text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
US_1700, US_2200 = -8_520_336_000_000_000, 7_258_118_400_000_000
modern = st.integers(US_1700, US_2200)


def column(values, n):
    return st.lists(values, min_size=n, max_size=n)


@st.composite
def catalogs(draw, *, ids=text, texts=word, times=modern, unit="ns"):
    """Catalogs with dates and places, some uncertainties and free columns."""
    n = draw(st.integers(1, 6))
    missing = number | st.just(np.nan)
    columns = {
        "event_id": np.array(
            draw(st.lists(ids, min_size=n, max_size=n, unique=True)), dtype=object
        ),
        "time": np.sort(draw(column(times, n))) * (1000 if unit == "ns" else 1),
        "magnitude": draw(column(st.floats(-3, 10) | st.just(np.nan), n)),
        "magnitude_type": np.array(draw(column(texts | st.just(""), n)), dtype=object),
        "latitude": draw(column(st.floats(-90, 90), n)),
        "longitude": draw(column(st.floats(-180, 180), n)),
        "depth": draw(column(missing, n)),
    }
    for name in draw(st.sets(st.sampled_from(
        ["magnitude_uncertainty", "horizontal_uncertainty", "depth_uncertainty", "time_uncertainty"]
    ))):  # fmt: skip
        columns[name] = draw(column(st.floats(0, 1e5) | st.just(np.nan), n))
    for name in draw(st.sets(st.sampled_from(["cluster", "n_stations"]))):
        columns[name] = np.array(draw(column(st.integers(0, 10**6), n)), dtype=np.int64)
    if draw(st.booleans()):
        columns["region"] = np.array(draw(column(texts, n)), dtype=object)
    if draw(st.booleans()):
        columns["quarry_distance"] = draw(column(number, n))
    return Catalog.from_columns(columns, time_unit=unit)


def there_and_back(catalog, suffix, **options):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{suffix}"
        write_catalog(catalog, path)
        return read_catalog(path, options=ReadOptions(**options)).catalog


def assert_columns_equal(found, expected, names, **tolerance):
    for name in names:
        a, b = found[name], expected[name]
        if b.dtype.kind == "f" and tolerance:
            np.testing.assert_allclose(a, b, err_msg=name, **tolerance)
        elif "flag_meanings" in expected.dataset[name].attrs or b.dtype.kind in "OT":
            assert found.texts(name).tolist() == expected.texts(name).tolist(), name
        else:
            np.testing.assert_array_equal(a, b, err_msg=name)


@pytest.mark.parametrize("suffix", [".parquet", ".nc"])
@settings(max_examples=25, deadline=None)
@given(catalog=catalogs(ids=any_text.filter(bool), texts=any_text))
def test_parquet_and_netcdf_lose_nothing(suffix, catalog):
    assert losses(catalog, "parquet") == losses(catalog, "netcdf") == []
    assert there_and_back(catalog, suffix) == catalog


@pytest.mark.parametrize("suffix", [".parquet", ".nc"])
@settings(max_examples=10, deadline=None)
@given(catalog=catalogs(times=st.integers(-(2**62), 2**62), unit="us"))
def test_parquet_and_netcdf_keep_historical_and_distant_times(suffix, catalog):
    assert there_and_back(catalog, suffix) == catalog


@pytest.mark.parametrize("suffix", [".parquet", ".nc"])
@pytest.mark.parametrize(
    "catalog",
    [
        Catalog.from_columns({"magnitude": [1.0, np.nan]}),
        Catalog.from_columns({"magnitude": []}),
        Catalog.from_columns(
            {"magnitude": [1.0, 2.0], "time": [5, 9], "x": [0.0, 1.0], "y": [0.0, 1.0],
             "z": [-1.0, np.nan], "n_members": [1, 2], "kind": ["foreshock", ""]},
            axes="NED", time_frame="relative", time_origin="start of loading",
            anchor={"latitude": 1.0, "longitude": 2.0},
        ),
    ],
    ids=["order", "empty", "laboratory"],
)  # fmt: skip
def test_every_frame_survives(suffix, catalog):
    assert there_and_back(catalog, suffix) == catalog


@settings(max_examples=40, deadline=None)
@given(catalog=catalogs())
def test_csv_keeps_every_column(catalog):
    back = there_and_back(catalog, ".csv", depth_unit="m")
    assert set(back.columns) == set(catalog.columns)
    assert_columns_equal(back, catalog, catalog.columns)


@settings(max_examples=40, deadline=None)
@given(catalog=catalogs(ids=any_text.filter(lambda t: t.strip() and t.isprintable())))
def test_quakeml_keeps_what_it_does_not_name_as_lost(catalog):
    back = there_and_back(catalog, ".qml")
    said = dict(sentence.split(": ") for sentence in losses(catalog, "quakeml"))
    lost = set(said.get("columns left out", "").split(", "))
    partly = set(said.get("left out in events without the value they belong to", "").split(", "))
    held = [n for n in catalog.columns if n not in lost | partly]
    assert_columns_equal(back, catalog, [n for n in held if n in back])
    gone = [n for n in held if n not in back]
    assert all(catalog[n].dtype.kind == "f" and np.isnan(catalog[n]).all() for n in gone)
    for name in partly & set(back.columns):
        value = catalog[name.rpartition("_")[0]]
        there = np.isfinite(value)
        assert_columns_equal(back.select(there), catalog.select(there), [name])


@settings(max_examples=40, deadline=None)
@given(catalog=catalogs(ids=word))
def test_csep_keeps_place_time_magnitude_and_identifier(catalog):
    back = there_and_back(catalog, ".csep")
    names = ("event_id", "time", "magnitude", "latitude", "longitude")
    assert_columns_equal(back, catalog, names)
    assert_columns_equal(back, catalog, ["depth"], rtol=1e-14, atol=1e-300)


@settings(max_examples=40, deadline=None)
@given(catalog=catalogs())
def test_zmap_keeps_numbers_and_uncertainties(catalog):
    back = there_and_back(catalog, ".zmap")
    assert_columns_equal(back, catalog, ("time", "magnitude", "latitude", "longitude"))
    names = ("depth", "horizontal_uncertainty", "depth_uncertainty", "magnitude_uncertainty")
    assert_columns_equal(back, catalog, [n for n in names if n in catalog], rtol=1e-14, atol=1e-300)


@settings(max_examples=40, deadline=None)
@given(catalog=catalogs(ids=st.integers(1, 10**9).map(str)))
def test_hypodd_keeps_integer_identifiers_and_clusters(catalog):
    back = there_and_back(catalog, ".reloc")
    names = ["event_id", "time", "magnitude", "latitude", "longitude"]
    assert_columns_equal(back, catalog, names + ["cluster"] * ("cluster" in catalog))
    assert_columns_equal(back, catalog, ["depth"], rtol=1e-14, atol=1e-300)


@st.composite
def mechanisms(draw):
    """Catalogs of double couples on the grid of numbers that ndk prints."""
    n = draw(st.integers(1, 5))

    def grid(low, high, step):
        return np.array(draw(column(st.integers(round(low / step), round(high / step)), n))) * step

    moment = 10.0 ** np.array(draw(column(st.floats(15.5, 22.0), n)))
    tensor = moment_tensor(grid(0, 359, 1), grid(1, 89, 1), grid(-179, 179, 1), moment)
    names = ("mrr", "mtt", "mpp", "mrt", "mrp", "mtp")
    return Catalog.from_columns(
        {
            "time": np.sort(draw(column(st.integers(0, 10**10), n))) * 10**8,
            "magnitude": moment_magnitude(moment),
            "latitude": grid(-89, 89, 0.01),
            "longitude": grid(-179, 179, 0.01),
            "depth": grid(0, 600, 0.1) * 1000.0,
            "moment": moment,
            **dict(zip(names, tensor.T, strict=True)),
        }
    )


@settings(max_examples=40, deadline=None)
@given(catalog=mechanisms())
def test_ndk_keeps_tensors_to_its_four_digits(catalog):
    back = there_and_back(catalog, ".ndk")
    np.testing.assert_array_equal(back["time"], catalog["time"])
    assert_columns_equal(back, catalog, ("latitude", "longitude", "depth"), rtol=1e-12, atol=1e-9)
    for name in ("mrr", "mtt", "mpp", "mrt", "mrp", "mtp", "moment"):
        # Three decimals of a power of ten that is at most the moment.
        assert np.all(np.abs(back[name] - catalog[name]) <= 0.51e-3 * catalog["moment"]), name


@settings(max_examples=40, deadline=None)
@given(catalog=mechanisms())
def test_psmeca_keeps_tensors_and_the_minute(catalog):
    back = there_and_back(catalog, ".psmeca")
    names = ("latitude", "longitude", "depth", "moment", "magnitude")
    assert_columns_equal(back, catalog, names, rtol=1e-12, atol=1e-12)
    for name in ("mrr", "mtt", "mpp", "mrt", "mrp", "mtp"):
        assert np.all(np.abs(back[name] - catalog[name]) <= 1e-14 * catalog["moment"]), name
    minute = 60 * 10**9
    np.testing.assert_array_equal(back["time"], catalog["time"] // minute * minute)


@pytest.mark.data
@pytest.mark.parametrize("name", REGISTERED)
def test_registered_catalogs_survive_parquet_and_netcdf(name, data_folder):
    entry = dataset(name)
    catalog = read_catalog(entry.fetch(), options=ReadOptions().merged(entry.read)).catalog
    assert len(catalog)
    for suffix in (".parquet", ".nc"):
        assert there_and_back(catalog, suffix) == catalog, suffix


@pytest.mark.data
@pytest.mark.parametrize("name", ["basel", "scedc-1994", "isc-gem-v3"])
def test_registered_catalogs_survive_csv(name, data_folder):
    entry = dataset(name)
    catalog = read_catalog(entry.fetch(), options=ReadOptions().merged(entry.read)).catalog
    back = there_and_back(catalog, ".csv", depth_unit="m")
    assert set(back.columns) == set(catalog.columns)
    assert_columns_equal(back, catalog, catalog.columns)
