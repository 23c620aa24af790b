"""Strain of a region in time: weights beside other code, gaps, and what is refused."""

import numpy as np
import pytest

from asperity.core.errors import DataError, InputError
from asperity.gnss import Collocation, Covariance
from asperity.gnss.positions import PositionSeries
from asperity.gnss.positions.noise import Noise
from asperity.gnss.positions.trajectory import Offset
from asperity.gnss.series import (
    BaselineLengths,
    CollocationStrain,
    StationMotion,
    UniformStrain,
    choose_stations,
    prepare,
    region_series,
)
from asperity.gnss.series.strain import smoothed
from asperity.gnss.series.synthetic import slowing_network
from asperity.gnss.series.weights import along_axes

CENTRE = (95.0, 30.0)
EVENT = 2018.0
QUIET = Noise(0.01, 0.0, 1.0)


def circle(radius_km=50.0, n=6):
    angle = np.radians(np.arange(n) * 360.0 / n + 10.0)
    north = radius_km * np.cos(angle) / 110.852
    east = radius_km * np.sin(angle) / (111.32 * np.cos(np.radians(30.0)))
    return CENTRE[0] + east, CENTRE[1] + north


def planar(longitude, latitude, strain):
    """Displacements, mm, of a uniform strain (nanostrain) on a plane."""
    x = (longitude - CENTRE[0]) * np.radians(1.0) * 6371.0 * np.cos(np.radians(30.0))
    y = (latitude - CENTRE[1]) * np.radians(1.0) * 6371.0
    ee, nn, en = np.asarray(strain) * 1e-3
    return np.concatenate([ee * x + en * y, en * x + nn * y])


class TestWeights:
    def test_uniform_strain_of_a_small_region_is_that_of_a_plane(self):
        longitude, latitude = circle(20.0)
        weights = UniformStrain(longitude, latitude, CENTRE).of(np.ones(6, dtype=bool))
        found = weights @ planar(longitude, latitude, [50.0, -20.0, 7.0])
        np.testing.assert_allclose(found, [50.0, -20.0, 7.0], rtol=2e-3, atol=0.05)

    def test_a_rotation_of_the_earth_has_no_strain(self):
        longitude, latitude = circle(200.0)
        lon, lat = np.radians(longitude), np.radians(latitude)
        omega = np.array([0.4, -0.7, 1.1])
        up = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
        moved = np.cross(omega, 6371.0 * up)
        east = -np.sin(lon) * moved[:, 0] + np.cos(lon) * moved[:, 1]
        north = moved[:, 2] / np.cos(lat)
        both = np.concatenate([east, north])
        for kind in (UniformStrain, CollocationStrain):
            weights = kind(longitude, latitude, CENTRE).of(np.ones(6, dtype=bool))
            assert np.abs(weights @ both).max() < 1e-6 * np.abs(both).max()

    def test_collocation_is_that_of_the_estimator(self):
        longitude, latitude = circle(150.0)
        present = np.array([True, True, False, True, True, True])
        generator = np.random.default_rng(1)
        values = generator.normal(size=(2, 6))
        field = Collocation(
            Covariance.of(("matern32", 32.0, 531.0)), estimate="none", extra_noise=0.5
        ).fit(
            (longitude[present], latitude[present]), values[:, present],
            np.zeros((5, 2, 2)) + 1e-12 * np.eye(2),
        )  # fmt: skip
        point = field.predict(([CENTRE[0]], [CENTRE[1]]))
        weights = CollocationStrain(longitude, latitude, CENTRE).of(present)
        expected = [float(point[f"strain_{c}"][0]) for c in ("ee", "nn", "en")]
        np.testing.assert_allclose(weights @ values.ravel(), expected, rtol=1e-5, atol=1e-6)
        assert (weights[:, [2, 8]] == 0.0).all()

    def test_a_line_grows_by_what_its_ends_move_apart(self):
        longitude, latitude = np.array([95.0, 96.0, 95.5]), np.array([30.0, 30.0, 31.0])
        lines = BaselineLengths(longitude, latitude, [(0, 1)], ("A-B",))
        # 96.3 km apart along the parallel; B moves east by 1 mm: 10.4 nanostrain.
        moved = np.zeros(6)
        moved[1] = 1.0
        assert lines.of(np.ones(3, dtype=bool)) @ moved == pytest.approx([10.385], abs=0.01)
        assert np.isnan(lines.of(np.array([True, False, True]))).all()
        motion = StationMotion(("A", "B"))
        assert motion.components == ("A east", "B east", "A north", "B north")

    def test_fixed_axes_are_those_of_the_matrix(self):
        rate = np.array([-30.0, 12.0, 9.0])
        matrix, azimuth = along_axes(rate)
        size, axes = np.linalg.eigh([[rate[0], rate[2]], [rate[2], rate[1]]])
        dilatation, e1, e2, shear = matrix @ rate
        assert (e1, e2) == pytest.approx((size[1], size[0]))
        assert (dilatation, shear) == pytest.approx((size.sum(), 0.5 * (size[1] - size[0])))
        expected = np.degrees(np.arctan2(axes[0, 1], axes[1, 1])) % 180.0
        assert azimuth == pytest.approx(expected)

    def test_three_stations_on_a_line_are_refused(self):
        line = UniformStrain(np.array([95.0, 95.0, 95.0]), np.array([29.0, 30.0, 31.0]), CENTRE)
        with pytest.raises(DataError, match="do not fix a uniform strain"):
            line.of(np.ones(3, dtype=bool))


def ready(network, window=1.0, start=2010.8, steps=None, **choice):
    region = choose_stations(network, CENTRE, 300.0, start, EVENT - window, **choice)
    offsets = steps or [()] * len(region.series)
    return region, prepare(region, offsets, start, EVENT - window)


def network(share=0.0, **options):
    settings = {"event": EVENT, "center": CENTRE, "noise": QUIET, **options}
    return slowing_network((-50.0, 10.0, 5.0), share, **settings)


class TestSeries:
    @pytest.mark.parametrize("kind", [UniformStrain, CollocationStrain])
    def test_the_rate_and_its_slowing_come_back(self, kind):
        region, displacements = ready(network(0.5, gaps=0.05))
        series = region_series(displacements, kind(*region.coordinates, CENTRE))
        # Collocation pulls towards zero, less than a tenth with these six stations.
        tolerance = 0.03 if kind is UniformStrain else 0.1
        np.testing.assert_allclose(series.rate[:3], [-50.0, 10.0, 5.0], rtol=tolerance, atol=0.5)
        ee = series.row("ee")
        last = np.nanmean(ee[series.years > EVENT - 0.1])
        straight = series.rate[0] * (EVENT - 0.05 - series.years[30])
        assert last - straight == pytest.approx(25.0, rel=0.15)
        assert series.components[3:] == ("dilatation", "e1", "e2", "shear")
        assert np.nanmean(series.row("e2")[:60]) == pytest.approx(0.0, abs=1e-6)

    def test_a_station_that_leaves_makes_no_jump(self):
        made = network()
        odd = made[0]
        # It moves 20 mm/yr its own way: without it a fit of each day alone would jump.
        odd = odd.with_positions(
            odd.positions + np.outer([20.0, -20.0, 0.0], odd.years - odd.years[0])
        )
        gone = odd.years > EVENT - 0.8
        made[0] = odd.select(~gone)
        region, displacements = ready(made)
        estimator = UniformStrain(*region.coordinates, CENTRE)
        series = region_series(displacements, estimator)
        edge = int(np.flatnonzero(series.years > EVENT - 0.8)[0])
        assert np.median(series.counts[:edge]) == 6
        assert np.median(series.counts[edge:]) == 5
        before = np.nanmean(series.values[:3, edge - 20 : edge], axis=1)
        after = np.nanmean(series.values[:3, edge : edge + 20], axis=1)
        np.testing.assert_allclose(after - before, series.rate[:3] * 20.0 / 365.25, atol=0.3)
        alone = estimator.of(displacements.present[:, edge])
        whole = estimator.of(displacements.present[:, edge - 1])
        moved = displacements.rates * (series.years[edge] - displacements.reference)
        assert np.abs((alone - whole) @ moved).max() > 20.0

    def test_steps_in_background_and_window_are_taken_away(self):
        made = network()
        steps = (Offset(2013.0), Offset(EVENT - 0.4))
        jump = made[1]
        size = 8.0 * (jump.years >= 2013.0) - 12.0 * (jump.years >= EVENT - 0.4)
        made[1] = jump.with_positions(jump.positions + size)
        region, displacements = ready(made, steps=[(), steps, (), (), (), ()])
        series = region_series(displacements, UniformStrain(*region.coordinates, CENTRE))
        ee = series.row("ee")
        line = series.rate[0] * (series.years - series.years[0])
        assert np.nanmax(np.abs(ee - ee[~np.isnan(ee)][0] - line)) < 2.0

    def test_the_running_median_looks_back_only(self):
        values = np.zeros(200)
        values[100:] = 1.0
        out = smoothed(values, 30)
        assert out[100] == 0.0
        assert out[130] == 1.0
        assert np.isnan(out[:14]).all()

    def test_dataset_holds_what_the_series_holds(self):
        region, displacements = ready(network())
        data = region_series(displacements, UniformStrain(*region.coordinates, CENTRE)).dataset()
        assert {"ee", "e2", "n_stations"} <= {*data.data_vars}
        assert data["ee"].attrs["units"] == "nanostrain"


class TestRegion:
    def test_who_is_left_out_is_told_why(self):
        made = network()
        late = made[5].select(made[5].years > 2014.0)
        region = choose_stations([*made[:5], late], CENTRE, 300.0, 2010.8, 2017.0)
        assert region.left_out[0]["site"] == "T005"
        assert "of the background missing" in region.left_out[0]["reason"]
        with pytest.raises(DataError, match=r"0 stations within 5 km.*100 km away"):
            choose_stations(made, CENTRE, 5.0, 2010.8, 2017.0)

    def test_a_centre_outside_is_flagged(self):
        region = choose_stations(network(), (97.5, 30.0), 400.0, 2010.8, 2017.0)
        assert "the centre lies outside" in region.flags[0]

    def test_what_is_too_short_or_has_no_place_is_refused(self):
        made = network()
        region = choose_stations(made, CENTRE, 300.0, 2015.0, 2017.0)
        with pytest.raises(DataError, match=r"a background of 2.00 years; at least 3"):
            prepare(region, [()] * 6, 2015.0, 2017.0)
        homeless = [one.with_attributes(longitude=np.nan) for one in made]
        with pytest.raises(InputError, match="its place is not known"):
            choose_stations(homeless, CENTRE, 300.0, 2010.8, 2017.0)

    def test_stations_at_other_hours_are_refused(self):
        made = network()
        shifted = PositionSeries.from_arrays(
            made[0].times + np.timedelta64(3, "h"), made[0].positions, site="T000",
            longitude=made[0].longitude, latitude=made[0].latitude,
        )  # fmt: skip
        with pytest.raises(DataError, match="differ in the time of day"):
            ready([shifted, *made[1:]])
