import numpy as np
import pytest

from asperity.core.catalog import Catalog
from asperity.core.datasets import dataset
from asperity.core.errors import DataError
from asperity.core.formats import ReadOptions, read_catalog
from asperity.core.geometry import LocalFrame, geodesic_distance, geographic_view, local_view


def geographic_catalog() -> Catalog:
    return Catalog.from_columns(
        {
            "time": np.array([3, 1, 2]) * 10**9,
            "magnitude": [1.0, 2.0, np.nan],
            "magnitude_type": ["Mw", "", "ML"],
            "latitude": [36.0, 36.5, -17.0],
            "longitude": [-97.0, -98.0, 180.0],
            "depth": [5e3, np.nan, 6e5],
            "event_id": ["a", "b", "c"],
            "well": ["one", "two", "one"],
        },
        depth_datum="sea level",
        source="made up",
    )


@pytest.mark.parametrize("projection", ["topocentric", "azimuthal-equidistant"])
def test_both_views_hold_the_same_events(projection: str) -> None:
    catalog = geographic_catalog()
    frame = LocalFrame(36.0, -97.5, 320.0, 15.0, "NED", projection)  # type: ignore[arg-type]
    local = local_view(catalog, frame)
    assert local.frame == "local"
    assert LocalFrame.of(local.attributes) == frame
    assert "latitude" not in local
    back = geographic_view(local)
    assert back.columns == catalog.columns
    assert back.attributes == catalog.attributes
    for name in ("time", "event_id", "magnitude", "well"):
        np.testing.assert_array_equal(back[name], catalog[name])
    assert back.texts("magnitude_type").tolist() == catalog.texts("magnitude_type").tolist()
    apart = geodesic_distance(
        catalog["latitude"], catalog["longitude"], back["latitude"], back["longitude"]
    )
    # The event without a depth and the one across the Pacific are there too.
    assert apart.max() < 1e-6
    np.testing.assert_allclose(back["depth"], catalog["depth"], atol=1e-6)


@pytest.mark.data
@pytest.mark.parametrize("name", ["oklahoma-ogs", "pnr2", "isc-gem-v3"])
def test_real_catalogs_come_back_to_less_than_a_millimetre(name: str, data_folder: object) -> None:
    entry = dataset(name)
    options = ReadOptions().merged(entry.read)
    catalog = read_catalog(entry.fetch(), options=options).catalog
    back = geographic_view(local_view(catalog))
    apart = geodesic_distance(
        catalog["latitude"], catalog["longitude"], back["latitude"], back["longitude"]
    )
    assert np.nanmax(apart) < 1e-3
    np.testing.assert_allclose(back["depth"], catalog["depth"], rtol=0, atol=1e-3)


def test_a_geographic_catalog_is_its_own_geographic_view() -> None:
    catalog = geographic_catalog()
    assert geographic_view(catalog) is catalog


def test_a_local_catalog_moves_to_another_anchor_through_the_earth() -> None:
    catalog = geographic_catalog()
    here, there = LocalFrame(36.0, -97.5), LocalFrame(36.5, -98.0, 100.0, 40.0)
    moved, direct = local_view(local_view(catalog, here), there), local_view(catalog, there)
    for name in ("x", "y"):
        np.testing.assert_allclose(moved[name], direct[name], atol=1e-6)


def test_an_anchor_tells_a_local_catalog_where_it_lies() -> None:
    catalog = Catalog.from_columns(
        {"magnitude": [0.0], "x": [100.0], "y": [200.0], "z": [3000.0]}, axes="NED"
    )
    with pytest.raises(DataError, match="has no anchor"):
        geographic_view(catalog)
    with pytest.raises(DataError, match="has no anchor"):
        local_view(catalog)
    anchored = local_view(catalog, LocalFrame(53.787, -2.951))
    assert anchored.attributes["axes"] == "NED"
    assert anchored["x"][0] == 100.0
    for seen in (geographic_view(anchored), geographic_view(catalog, LocalFrame(53.787, -2.951))):
        assert seen["depth"][0] == pytest.approx(3000.0, abs=0.01)
        assert seen["latitude"][0] > 53.787


def test_no_coordinates_have_no_view() -> None:
    with pytest.raises(DataError, match="no coordinates"):
        local_view(Catalog.from_columns({"magnitude": [1.0]}))


def test_the_coordinates_of_the_source_survive_a_change_of_frame() -> None:
    catalog = geographic_catalog().with_columns({"x": [1.0, 2.0, 3.0], "z": [4.0, 5.0, 6.0]})
    local = local_view(catalog)
    np.testing.assert_array_equal(local["source_x"], catalog["x"])
    np.testing.assert_array_equal(local["source_z"], catalog["z"])
    assert abs(local["x"] - catalog["x"]).min() > 1.0
    again = local_view(geographic_view(local).with_columns({"x": [7.0, 8.0, 9.0]}))
    np.testing.assert_array_equal(again["source_x"], catalog["x"])
    np.testing.assert_array_equal(again["source_source_x"], [7.0, 8.0, 9.0])
