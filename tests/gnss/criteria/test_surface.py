"""Study area, ranks, gradient and the three edges, where they are known by hand."""

import numpy as np
import pytest

from asperity.core.errors import DataError, InputError
from asperity.core.geometry import Region, haversine_distance
from asperity.gnss.criteria import EDGES, StudyArea, Surface
from asperity.gnss.criteria.config import ZoneSettings
from asperity.gnss.criteria.surface import contour_distance, largest_within, ranks
from naive.criteria import percentile_ranks

ZONES = ZoneSettings.model_validate({})
KM = 6371.0 * np.pi / 180.0


@pytest.fixture(scope="module")
def ramp(field_of):
    """Shear that grows by 1 nanostrain/yr a degree eastwards, beside the equator."""
    field = field_of(lambda x, y: x + 1.0)
    return Surface.of(field, StudyArea.of(field), "shear")


def test_ranks_are_those_of_the_loops():
    rng = np.random.default_rng(0)
    values, areas = rng.integers(0, 6, 40).astype(float), rng.uniform(0.5, 2.0, 40)
    expected = percentile_ranks(values.tolist(), areas.tolist())
    np.testing.assert_allclose(ranks(values, areas), expected)


def test_the_rank_of_a_ramp_is_its_place(ramp):
    x, _ = ramp.area.coordinates
    np.testing.assert_allclose(ramp.rank, (x + 0.125) / 20.25, atol=1e-9)


def test_the_gradient_of_a_ramp_is_that_of_the_sphere(ramp):
    _, y = ramp.area.coordinates
    east, north = ramp.gradient
    np.testing.assert_allclose(east, 1.0 / (KM * np.cos(np.radians(y))), rtol=1e-9)
    np.testing.assert_allclose(north, 0.0, atol=1e-12)


def test_the_gradient_of_a_wave_is_its_derivative_to_second_order(field_of):
    def wave(x, y):
        return 10.0 + np.sin(np.radians(9.0 * x)) * np.cos(np.radians(9.0 * y))

    field = field_of(wave, south=28.0, north=34.0, step=0.25)
    surface = Surface.of(field, StudyArea.of(field), "shear")
    x, y = surface.area.coordinates
    inner = (x > 0.1) & (x < 19.9) & (y > 28.1) & (y < 33.9)
    scale = np.radians(9.0) / KM
    east = scale * np.cos(np.radians(9.0 * x)) * np.cos(np.radians(9.0 * y)) / np.cos(np.radians(y))
    north = -scale * np.sin(np.radians(9.0 * x)) * np.sin(np.radians(9.0 * y))
    for found, expected in zip(surface.gradient, (east, north), strict=True):
        # Central differences are off by h2 / 6 times the third derivative: 0.03 %.
        np.testing.assert_allclose(found[inner], expected[inner], atol=5e-4 * scale)


def test_the_band_of_a_ramp_is_a_strip(ramp):
    x, _ = ramp.area.coordinates
    strip = ((x + 0.125) / 20.25 >= 0.6) & ((x + 0.125) / 20.25 < 0.9)
    assert (ramp.edge("band", ZONES) == strip).all()


def test_the_contour_of_a_ramp_is_a_meridian(ramp):
    x, y = ramp.area.coordinates
    meridian = 0.8 * 20.25 - 0.125
    distance = contour_distance(ramp, 0.8)
    near = np.abs(x - meridian) < 3.0
    # Along the equator of WGS 84 a degree is 111.32 km; the sphere's parallel is 0.1 % shorter.
    expected = np.abs(x - meridian) * 111.32 * np.cos(np.radians(y))
    np.testing.assert_allclose(distance[near], expected[near], rtol=3e-3, atol=0.05)
    assert (ramp.edge("contour", ZONES) == (distance <= 50.0)).all()


def test_the_ridge_of_a_step_lies_where_it_is_steepest_and_not_low(field_of):
    field = field_of(lambda x, y: 10.0 + np.arctan((x - 12.0) / 2.0))
    surface = Surface.of(field, StudyArea.of(field), "shear")
    x, _ = surface.area.coordinates
    found = surface.edge("ridge", ZONES)
    # The steepest quarter lies within 2.5 degrees of the step; the upper half begins at 10.
    assert found[(np.abs(x - 12.0) < 1.9)].all()
    assert not found[np.abs(x - 12.0) > 3.2].any()
    assert not found[x < 9.9].any()


def test_where_no_value_is_high_there_is_no_contour(field_of):
    field = field_of(lambda x, y: np.full_like(x, 3.0))
    surface = Surface.of(field, StudyArea.of(field), "shear")
    assert np.isinf(contour_distance(surface, 0.8)).all()
    assert not surface.edge("contour", ZONES).any()
    assert not surface.edge_score(ZONES).any()


def test_flanks_are_left_and_right_of_a_bump(field_of):
    field = field_of(lambda x, y: np.exp(-(((x - 10.0) / 3.0) ** 2)))
    surface = Surface.of(field, StudyArea.of(field), "shear")
    x, _ = surface.area.coordinates
    assert (surface.flank("west") == (x < 9.99)).all()
    assert (surface.flank("east") == (x > 10.01)).all()
    assert surface.flank("any").all()


def test_shortening_is_extension_turned_round(field_of):
    field = field_of(lambda x, y: x, east=lambda x, y: x - 10.0)
    area = StudyArea.of(field)
    extension, shortening = (Surface.of(field, area, q) for q in ("extension", "shortening"))
    np.testing.assert_allclose(extension.rank, 1.0 - shortening.rank)
    x, _ = area.coordinates
    # High is of positive values only, also where that is less than a fifth of the area.
    assert (extension.high(ZONES) == ((x + 0.125) / 20.25 >= 0.8)).all()
    small = Surface(area, extension.own - 9.0, "extension")
    assert (small.high(ZONES) == (x > 19.0)).all()


def test_every_edge_turns_with_the_field(field_of):
    def bump(x, y):
        return np.exp(-(((x - 8.0) / 3.0) ** 2) - ((y / 1.2) ** 2))

    here = field_of(bump)
    there = field_of(lambda x, y: bump(20.0 - x, y))
    for name in EDGES:
        found = [
            area.on_grid(Surface.of(f, area, "shear").edge(name, ZONES).astype(float))
            for f, area in ((f, StudyArea.of(f)) for f in (here, there))
        ]
        assert found[0].any()
        np.testing.assert_array_equal(found[0], found[1][:, ::-1])


def test_places_find_the_node_of_their_cell(ramp):
    area = ramp.area
    rows = area.locate([3.1, 3.13, -0.2, 10.0, np.nan, 363.1], [0.1, 0.13, 0.0, 2.2, 0.0, 0.1])
    x, y = area.coordinates
    assert [(x[r], y[r]) if r >= 0 else None for r in rows] == [
        (3.0, 0.0), (3.25, 0.25), None, None, None, (3.0, 0.0)
    ]  # fmt: skip


def test_unsupported_nodes_take_no_part(field_of):
    field = field_of(lambda x, y: x)
    field.mask.values[:, :40] = 2
    area = StudyArea.of(field)
    assert area.size == 41 * 17
    assert area.locate([2.0], [0.0]).tolist() == [-1]
    assert np.isnan(area.on_grid(np.ones(area.size))[:, :40]).all()
    assert StudyArea.of(field.drop_vars("mask")).size == 81 * 17
    inside = StudyArea.of(field, Region(12.0, 14.0, -1.0, 1.0))
    assert inside.size == 9 * 9
    assert inside.shares.sum() == pytest.approx(1.0)


def test_neighbours_are_those_of_all_pairs(field_of):
    field = field_of(lambda x, y: x, east_end=4.0, south=30.0, north=33.0)
    area = StudyArea.of(field)
    x, y = area.coordinates
    pairs = haversine_distance(y[:, None], x[:, None], y[None], x[None]) / 1000.0
    values = np.random.default_rng(2).normal(size=area.size)
    near = area.around(40.0)
    assert (near.toarray() > 0).tolist() == (pairs <= 40.0).tolist()
    expected = np.where(pairs <= 40.0, values[None], -np.inf).max(axis=1)
    np.testing.assert_array_equal(largest_within(values, near), expected)


def test_fields_that_are_no_grid_are_refused(field_of):
    field = field_of(lambda x, y: x)
    points = field.stack(point=("latitude", "longitude"))
    with pytest.raises(InputError, match="at points"):
        StudyArea.of(points)
    with pytest.raises(DataError, match="0 nodes"):
        StudyArea.of(field, Region(100.0, 101.0, 0.0, 1.0))
    uneven = field.isel(longitude=[0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 13])
    with pytest.raises(InputError, match="longitudes of the field are not evenly spaced"):
        StudyArea.of(uneven)
    with pytest.raises(InputError, match="holds no max_shear_half"):
        Surface.of(field.drop_vars("max_shear_half"), StudyArea.of(field), "shear")
