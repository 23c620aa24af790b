"""Strain by local least squares: against printed runs, naive versions and known fields."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from asperity.core.errors import DataError, InputError
from asperity.gnss import Collocation, DelaunayStrain, NearestStations, ShenStrain
from asperity.gnss.sphere import RADIUS, local_frames, trend_functionals
from asperity.gnss.strain_rate.shen import Weighting, cell_areas, weights_around
from asperity.gnss.strain_rate.strain import principal
from asperity.gnss.strain_rate.uniform import least_squares
from gnss import visr
from naive import strain as naive

METHODS = [
    NearestStations(neighbours=8),
    DelaunayStrain(),
    ShenStrain(threshold=12.0),
    ShenStrain(threshold=12.0, areal_weight="azimuth", distance_weight="quadratic"),
]
NAMES = ["savage", "delaunay", "shen", "shen-azimuth-quadratic"]
each_method = pytest.mark.parametrize("method", METHODS, ids=NAMES)
TENSOR = ("strain_ee", "strain_nn", "strain_en")


def places_around(longitude, latitude, count=60, radius=250.0, seed=0):
    """Stations within some km of a place, poles included, as longitude and latitude."""
    rng = np.random.default_rng(seed)
    frame = local_frames([longitude], [latitude])[0]
    away = radius * np.sqrt(rng.uniform(0.0, 1.0, count)) / RADIUS
    angle = rng.uniform(0.0, 2.0 * np.pi, count)
    flat = np.stack([np.cos(angle), np.sin(angle)], axis=1) * np.sin(away)[:, None]
    up = flat @ frame[:2] + np.cos(away)[:, None] * frame[2]
    return np.degrees(np.arctan2(up[:, 1], up[:, 0])), np.degrees(np.arcsin(up[:, 2]))


def tensor(field, node):
    found = field.predict(([node[0]], [node[1]]))
    return np.array([found[name].values[0] for name in TENSOR])


class TestKnownFields:
    @each_method
    @pytest.mark.parametrize("node", [(95.0, 31.0), (180.0, 10.0), (-179.99, -55.0), (0.0, 89.99)])
    def test_uniform_strain_comes_back(self, method, node):
        truth = np.array([30.0, -20.0, 12.0])
        places = places_around(*node)
        field = trend_functionals("rotation+strain", local_frames(*places), local_frames(*node)[0])
        velocities = field[:, :2] @ np.concatenate([[1e-3, -2e-3, 5e-4], 1e-3 * truth])
        found = tensor(clone(method).fit(places, velocities), node)
        np.testing.assert_allclose(found, truth, rtol=1e-8)

    @each_method
    @settings(max_examples=6, deadline=None)
    @given(
        longitude=st.floats(-180.0, 180.0),
        latitude=st.floats(-89.9, 89.9),
        omega=st.tuples(*[st.floats(-0.02, 0.02)] * 3),
    )
    def test_a_rotation_has_no_strain(self, method, longitude, latitude, omega):
        places = places_around(longitude, latitude)
        frames = local_frames(*places)
        velocities = RADIUS * np.stack([frames[:, 1] @ omega, -frames[:, 0] @ omega])
        field = clone(method).fit(places, velocities)
        # Velocities of up to 220 mm/yr have a rounding error of 3e-14.
        assert np.abs(tensor(field, (longitude, latitude))).max() < 1e-9

    @each_method
    def test_names_and_shapes_are_those_of_the_collocation(self, method):
        places = places_around(95.0, 31.0)
        velocities = np.random.default_rng(1).normal(0.0, 1.0, (2, 60))
        nodes = ([95.0, 95.5, 120.0], [31.0, 31.5, 31.0])
        other = Collocation("gauss", estimate="none", variance=(30,), length=(300,))
        wanted = other.fit(places, velocities).predict(nodes, optional=["second_invariant_det"])
        found = clone(method).fit(places, velocities).predict(
            nodes, optional=["second_invariant_det"]
        )  # fmt: skip
        assert list(found.data_vars) == list(wanted.data_vars)
        for name in wanted.data_vars:
            assert found[name].dims == wanted[name].dims
            assert found[name].attrs.keys() == wanted[name].attrs.keys()
        assert "collocation" not in found.attrs["title"]
        assert np.isnan(found.resolution).all()
        np.testing.assert_array_equal(found.mask, [0, 0, 2])
        assert np.isnan(found.strain_ee[2])
        assert np.isfinite(found.strain_ee[:2]).all()

    @each_method
    def test_standard_deviations_are_the_spread_over_noise(self, method):
        # 400 draws know a standard deviation to 3.5 %: 15 % off is four of these.
        places = places_around(95.0, 31.0, 40)
        rng = np.random.default_rng(7)
        covariances = np.tile([[0.16, 0.06], [0.06, 0.25]], (40, 1, 1))
        root = np.linalg.cholesky(covariances + 0.01 * np.eye(2))
        field = clone(method).set_params(extra_noise=0.1)
        draws = []
        for _ in range(400):
            velocities = np.einsum("nij,nj->ni", root, rng.normal(size=(40, 2)))
            draws.append(
                1e3 * field.fit(places, velocities, covariances).gradient(([95.0], [31.0]))[0, 0, 0]
            )
        sd = float(field.predict(([95.0], [31.0])).strain_ee_sd[0])
        if isinstance(method, ShenStrain):
            # Weights below one count as larger noise, so that its sd is above the spread.
            assert np.std(draws) < sd
        else:
            assert np.std(draws) == pytest.approx(sd, rel=0.15)


class TestSavage:
    def test_strain_and_covariance_equal_the_published_columns(self):
        # The published columns are of first order: 40 km apart they are off by a per cent or so.
        node = (95.0, 31.0)
        places = places_around(*node, 12, 40.0)
        rng = np.random.default_rng(3)
        velocities = rng.normal(0.0, 2.0, (12, 2))
        covariances = np.tile([[0.3, 0.1], [0.1, 0.2]], (12, 1, 1))
        wanted, spread = naive.savage(np.column_stack(places), velocities, covariances, node)
        field = NearestStations(neighbours=12, extra_noise=0.0).fit(places, velocities, covariances)
        found = field.predict(([node[0]], [node[1]]))
        np.testing.assert_allclose(tensor(field, node), wanted, atol=0.01 * np.abs(wanted).max())
        np.testing.assert_allclose(found.strain_cov[0], spread, atol=0.02 * spread.max())

    def test_only_the_nearest_take_part(self):
        places = places_around(95.0, 31.0)
        velocities = np.random.default_rng(1).normal(0.0, 1.0, (60, 2))
        field = NearestStations(neighbours=8).fit(places, velocities)
        off = np.hypot((places[0] - 95.0) * math.cos(math.radians(31.0)), places[1] - 31.0)
        changed = velocities.copy()
        changed[np.argsort(off)[8:]] += 1e3
        again = NearestStations(neighbours=8).fit(places, changed)
        np.testing.assert_array_equal(tensor(field, (95.0, 31.0)), tensor(again, (95.0, 31.0)))

    def test_neighbours_on_a_line_are_masked(self):
        line = np.linspace(94.0, 96.0, 9)
        # On the equator, a great circle; two stations far off make it a network.
        places = np.concatenate([line, [95.0, 95.2]]), np.concatenate([0 * line, [8.0, -8.0]])
        field = NearestStations(neighbours=5).fit(places, np.zeros((2, 11)))
        found = field.predict(([95.0], [0.1]))
        assert int(found.mask[0]) == 1
        assert np.isnan(found.strain_en[0])

    @pytest.mark.parametrize("neighbours", [2, 61])
    def test_a_number_of_neighbours_that_cannot_be(self, neighbours):
        places = places_around(95.0, 31.0)
        with pytest.raises(InputError, match="neighbours"):
            NearestStations(neighbours=neighbours).fit(places, np.zeros((2, 60)))


class TestDelaunay:
    def test_a_triangle_reproduces_its_velocities(self):
        places = places_around(95.0, 31.0)
        velocities = np.random.default_rng(1).normal(0.0, 1.0, (60, 2))
        field = DelaunayStrain().fit(places, velocities)
        used = np.unique(field.triangles_)
        found = field.velocity((places[0][used], places[1][used]))
        np.testing.assert_allclose(found, velocities[used], atol=1e-6)

    def test_no_station_lies_inside_the_circle_of_a_triangle(self):
        places = places_around(0.0, 89.5, 80)
        field = DelaunayStrain().fit(places, np.zeros((2, 80)))
        points = local_frames(*places)[:, 2]
        for corners in points[field.triangles_]:
            axis = np.cross(corners[1] - corners[0], corners[2] - corners[0])
            axis *= np.sign(axis @ corners[0])
            inside = points @ axis > (corners @ axis).max() + 1e-14
            assert not inside.any()

    def test_triangles_cover_the_network_once(self):
        places = places_around(180.0, 20.0, 80)
        field = DelaunayStrain(smallest_angle=0.0).fit(places, np.zeros((2, 80)))
        points = local_frames(*places)[:, 2]
        nodes = places_around(180.0, 20.0, 200, 150.0, seed=5)
        for node in local_frames(*nodes)[:, 2]:
            shares = np.linalg.solve(points[field.triangles_].transpose(0, 2, 1), node[:, None])
            assert (shares[:, :, 0].min(axis=1) > 0.0).sum() == 1

    def test_outside_there_is_no_answer(self):
        places = places_around(95.0, 31.0)
        field = DelaunayStrain().fit(places, np.zeros((2, 60)))
        found = field.predict(([95.0], [31.0 + math.degrees(300.0 / RADIUS)]), keep_masked=True)
        assert int(found.mask[0]) == 1
        assert np.isnan(found.strain_ee[0])
        assert np.isnan(found.strain_ee_sd[0])


class TestShen:
    @pytest.mark.parametrize("node", list(visr.PRINTED))
    def test_a_run_of_visr_to_its_printed_digits(self, node):
        ve, se, vn, sn = visr.STATIONS[:, 2:].T
        plane = [naive.orthographic(x, y, visr.CENTRE) for x, y in (node, *visr.STATIONS[:, :2])]
        dx, dy = (np.array(plane[1:]) - plane[0]).T
        weights, smoothing, count = weights_around(
            np.hypot(dx, dy)[None], np.degrees(np.arctan2(dx, dy))[None], np.ones(len(ve)),
            Weighting(area="azimuth", threshold=6.0),
        )  # fmt: skip
        zero, one = np.zeros_like(dx), np.ones_like(dx)
        rows = ([one, zero, dx, dy, zero, dy], [zero, one, zero, dx, dy, -dx])
        columns = np.stack([np.stack(row, axis=1) for row in rows], axis=1)[None]
        covariances = np.zeros((1, len(ve), 2, 2))
        covariances[0, :, 0, 0], covariances[0, :, 1, 1] = se**2, sn**2
        fitted = least_squares(columns, np.stack([ve, vn], axis=1)[None], covariances, weights)
        vx, vy, xx, xy, yy, w = fitted.parameters[0]
        sds = np.sqrt(np.diag(fitted.covariance[0]))
        e1, e2, _ = principal(1e3 * xx, 1e3 * yy, 1e3 * xy)
        found = [
            vx, sds[0], vy, sds[1], 1e3 * w, 1e3 * sds[5], 1e3 * xx, 1e3 * sds[2], 1e3 * xy,
            1e3 * sds[3], 1e3 * yy, 1e3 * sds[4], e1, e2, 0.5 * (e1 - e2),
        ]  # fmt: skip
        printed = " ".join(visr.PRINTED[node]).split()
        assert [f"{x:.1f}" for x in found] == printed[:15]
        assert f"{smoothing[0]:.0f}" == printed[15]
        assert f"{2.0 * weights.sum():.2f}" == printed[16]
        assert f"{fitted.misfit[0]:.2f}" == printed[17]
        assert str(count[0]) == printed[18]

    def test_the_sphere_changes_a_regional_result_little(self):
        longitude, latitude, ve, se, vn, sn = visr.STATIONS.T
        covariances = np.zeros((len(ve), 2, 2))
        covariances[:, 0, 0], covariances[:, 1, 1] = se**2, sn**2
        field = ShenStrain(areal_weight="azimuth", threshold=6.0, extra_noise=0.0)
        field.fit((longitude, latitude), (ve, vn), covariances)
        # One plane around 16E 43N shortens distances in the Aegean by 2 %, and leaves out
        # that east turns by 0.6 degrees a degree of longitude.
        printed = [float(visr.PRINTED[24.0, 36.0][0].split()[k]) for k in (6, 10, 8)]
        np.testing.assert_allclose(tensor(field, (24.0, 36.0)), printed, atol=4.0)

    @pytest.mark.parametrize("distance", ["gaussian", "quadratic"])
    @pytest.mark.parametrize("area", ["voronoi", "azimuth"])
    @pytest.mark.parametrize("seed", range(3))
    def test_weights_equal_those_of_every_smoothing_distance_in_turn(self, distance, area, seed):
        rng = np.random.default_rng(seed)
        away, azimuth = rng.uniform(5.0, 400.0, 25), rng.uniform(-180.0, 180.0, 25)
        azimuth[3] = azimuth[4]
        areas = rng.uniform(1.0, 20.0, 25)
        rule = Weighting(distance=distance, area=area, threshold=15.0)
        weights, smoothing, _ = weights_around(away[None], azimuth[None], areas, rule)
        wanted, own = naive.shen_weights(
            away, azimuth, areas, distance=distance, area=area, threshold=15.0
        )
        assert smoothing[0] == wanted
        np.testing.assert_allclose(weights[0], own, rtol=1e-12)

    def test_stations_on_one_side_give_no_answer(self):
        away, azimuth = np.full((1, 30), 50.0), np.linspace(10.0, 170.0, 30)[None]
        _, smoothing, count = weights_around(away, azimuth, np.ones(30), Weighting())
        assert (smoothing[0], count[0]) == (0.0, -2)

    def test_a_threshold_out_of_reach_gives_no_answer(self):
        places = places_around(95.0, 31.0, 8)
        field = ShenStrain(threshold=24.0).fit(places, np.zeros((2, 8)))
        assert int(field.predict(([95.0], [31.0])).mask[0]) == 1

    def test_a_higher_threshold_is_smoother(self):
        away = np.random.default_rng(0).uniform(5.0, 300.0, (1, 60))
        azimuth = np.random.default_rng(1).uniform(0.0, 360.0, (1, 60))
        found = [
            weights_around(away, azimuth, np.ones(60), Weighting(threshold=w))[1][0]
            for w in (6.0, 24.0, 60.0)
        ]
        assert found == sorted(set(found))

    def test_cells_inside_a_network_fill_it(self):
        # A lattice of 0.5 degree: a cell inside it is the lattice's own rectangle on the sphere.
        x, y = (a.ravel() for a in np.meshgrid(np.arange(90, 95.1, 0.5), np.arange(30, 35.1, 0.5)))
        areas = cell_areas(local_frames(x, y)[:, 2])
        inside = (np.abs(x - 92.5) < 2.1) & (np.abs(y - 32.5) < 2.1)
        side = RADIUS * math.radians(0.5)
        np.testing.assert_allclose(
            areas[inside], side**2 * np.cos(np.radians(y[inside])), rtol=2e-3
        )
        # From a corner the six nearest lie 1, 1, 1.4, 2, 2 and 2.2 sides away.
        assert areas.max() < 8.1 * side**2

    @pytest.mark.parametrize(
        "wrong",
        [
            {"distance_weight": "cubic"}, {"areal_weight": "none"}, {"threshold": 0.0},
            {"smallest": 600.0}, {"step": 0.0},
        ],
    )  # fmt: skip
    def test_a_weighting_that_cannot_be(self, wrong):
        with pytest.raises(InputError, match=r"expected|allowed"):
            ShenStrain(**wrong).fit(places_around(95.0, 31.0), np.zeros((2, 60)))

    def test_stations_at_one_place_have_no_cells(self):
        places = np.array([90.0, 90.0, 91.0, 90.5, 90.2]), np.array([30.0, 30.0, 30.0, 31.0, 30.4])
        with pytest.raises(DataError, match="merge stations"):
            ShenStrain().fit(places, np.zeros((2, 5)))


class TestInput:
    @each_method
    def test_too_few_stations(self, method):
        with pytest.raises(DataError, match="3 stations"):
            clone(method).fit(([0.0, 1.0, 0.5], [0.0, 0.0, 1.0]), np.zeros((2, 3)))

    @each_method
    def test_a_station_without_noise(self, method):
        with pytest.raises(InputError, match="no noise"):
            clone(method).set_params(extra_noise=0.0).fit(
                places_around(95.0, 31.0), np.zeros((2, 60))
            )

    @each_method
    def test_a_quantity_that_is_not_known(self, method):
        field = clone(method).fit(places_around(95.0, 31.0), np.zeros((2, 60)))
        with pytest.raises(InputError, match="quantity"):
            field.predict(([95.0], [31.0]), optional=["strain_zz"])
