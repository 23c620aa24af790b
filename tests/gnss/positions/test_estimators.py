"""Robust fits, MIDAS, trajectories, steps and the common mode beside known answers."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from asperity.core.catalog import Catalog
from asperity.core.errors import DataError, InputError
from asperity.gnss.positions import PositionSeries, common_mode
from asperity.gnss.positions.midas import midas
from asperity.gnss.positions.offsets import Earthquakes, parse_offset_time, read_offsets
from asperity.gnss.positions.robust import hampel, huber, igg3, robust_least_squares
from asperity.gnss.positions.trajectory import Offset, Relaxation, Trajectory, best_times
from asperity.gnss.positions.velocity import (
    VelocityOptions,
    estimate_velocities,
    estimate_velocity,
)
from gnss.positions.synthetic import station
from naive import positions as naive

YEAR = 365.25
DAY = np.timedelta64(1, "D")


class TestRobust:
    def test_weights_are_those_published(self):
        u = np.array([0.0, 1.0, 1.345, 2.0, -4.0])
        np.testing.assert_allclose(huber(u), [1.0, 1.0, 1.0, 0.6725, 0.33625])
        # (k0/|u|) ((k1 - |u|)/(k1 - k0))^2 with k0 = 1.5, k1 = 3.
        np.testing.assert_allclose(
            igg3(np.array([1.0, 1.5, -2.0, 3.0, 9.0])), [1.0, 1.0, 0.75 * (2 / 3) ** 2, 0.0, 0.0]
        )

    @pytest.mark.parametrize("weight", ["huber", "igg3"])
    def test_a_tenth_of_gross_errors_does_not_bend_a_line(self, weight):
        generator = np.random.default_rng(1)
        x = np.linspace(0.0, 10.0, 500)
        y = 3.0 * x + generator.normal(size=500)
        strange = generator.choice(500, 50, replace=False)
        y[strange] += generator.choice([-1, 1], 50) * 60.0
        design = np.column_stack([np.ones(500), x])
        fit = robust_least_squares(design, y, weight=weight)
        # Standard deviation of the slope without them: 0.0155; a bound of 4 of them.
        assert fit.parameters[1] == pytest.approx(3.0, abs=0.065)
        assert {*strange} <= {*np.flatnonzero(fit.outliers)}
        assert robust_least_squares(design, y, weight="none").iterations == 1

    def test_without_weights_it_is_weighted_least_squares(self):
        generator = np.random.default_rng(2)
        design = generator.normal(size=(50, 3)) * [1.0, 100.0, 1e-3]
        sigma = generator.uniform(0.5, 2.0, 50)
        y = generator.normal(size=50)
        fit = robust_least_squares(design, y, sigma, weight="none")
        expected = np.linalg.lstsq(design / sigma[:, None], y / sigma, rcond=None)[0]
        np.testing.assert_allclose(fit.parameters, expected, rtol=1e-10)

    def test_what_cannot_be_told_apart_is_refused(self):
        x = np.arange(10.0)
        with pytest.raises(DataError, match="cannot be told apart"):
            robust_least_squares(np.column_stack([x, 2.0 * x]), x)
        with pytest.raises(DataError, match="2 epochs for 2 parameters"):
            robust_least_squares(np.eye(2), np.ones(2))

    def test_hampel_finds_spikes_in_a_rise(self):
        x = np.arange(200.0) + 0.1 * np.sin(np.arange(200.0))
        x[[20, 150]] += [50.0, -80.0]
        assert np.flatnonzero(hampel(x, 31)).tolist() == [20, 150]
        with pytest.raises(InputError, match="an odd number"):
            hampel(x, 30)


class TestMidas:
    def test_pairs_are_those_of_the_definition(self):
        generator = np.random.default_rng(3)
        days = np.sort(generator.choice(900, 300, replace=False))
        years = 2000.0 + days / YEAR
        values = generator.normal(size=300)
        steps = [2001.2]
        slopes = naive.yearly_slopes(years, values, steps)
        found = midas(years, values, steps)
        assert found.n_pairs == slopes.size
        median = np.median(slopes)
        kept = slopes[np.abs(slopes - median) <= 2 * 1.4826 * np.median(np.abs(slopes - median))]
        assert found.velocity == pytest.approx(np.median(kept), rel=1e-12)
        spread = 1.4826 * np.median(np.abs(kept - np.median(kept)))
        assert found.sigma == pytest.approx(3 * 1.2533 * spread / np.sqrt(kept.size / 4), rel=1e-12)

    def test_it_is_symmetric_in_time(self):
        generator = np.random.default_rng(4)
        years = 2000.0 + np.sort(generator.choice(1200, 700, replace=False)) / YEAR
        values = generator.normal(size=700)
        turned = midas(-years[::-1], values[::-1])
        assert turned.velocity == pytest.approx(-midas(years, values).velocity, rel=1e-9)

    def test_beside_least_squares_on_stations_with_steps_and_outliers(self):
        """The two differ by less than 0.3 mm/yr rms (horizontal), each within its errors."""
        differences, z = [], []
        for seed in range(8):
            made = station(seed, relaxation=0.0, years=8.0)
            found = estimate_velocity(made.series, made.offsets, VelocityOptions(noise="none"))
            medians = np.array([m.velocity for m in found.midas])
            differences.append((medians - found.velocity)[:2])
            z.append((medians - made.velocity)[:2] / [m.sigma for m in found.midas[:2]])
        assert np.sqrt(np.mean(np.square(differences))) < 0.3
        assert np.sqrt(np.mean(np.square(z))) < 2.0

    def test_too_few_pairs_are_refused(self):
        with pytest.raises(DataError, match="0 pairs of epochs lie a year apart"):
            midas(2000.0 + np.arange(100) / YEAR, np.zeros(100))


class TestTrajectory:
    def test_every_part_comes_back_without_noise(self):
        years = 2010.0 + np.arange(1500) / YEAR
        model = Trajectory(
            2012.0, (1.0, 0.5), (Offset(2011.5), Offset(2012.5)),
            (Relaxation(2012.5, "log", 0.3), Relaxation(2011.5, "exp", 1.0)),
        )  # fmt: skip
        truth = np.array([1.0, 20.0, 3.0, -2.0, 1.0, 0.5, 9.0, -40.0, 12.0, 7.0])
        assert len(model.names) == truth.size
        fit = robust_least_squares(model.design(years), model.design(years) @ truth)
        np.testing.assert_allclose(fit.parameters, truth, rtol=1e-6)
        # The step counts from its time on, ln(1 + t / tau) from 0.
        only = Trajectory(2012.0, (), (Offset(2012.5),), (Relaxation(2012.5, "log", 0.3),))
        row = only.design([2012.5 + 0.3 * (np.e - 1.0)])[0]
        np.testing.assert_allclose(row[2:], [1.0, 1.0])

    def test_the_time_of_a_decay_is_found_and_its_derivative_is_a_column(self):
        made = station(3, gaps=0.0, outliers=0.0)
        clean = made.series.with_positions(
            np.outer([1.0, -2.0, 3.0], Relaxation(2013.0, "log", 0.4).values(made.series.years))
        )
        model = Trajectory(2013.0, (), (Offset(2013.0),), (Relaxation(2013.0, "log", 0.1),))
        decay = best_times(model, clean).relaxations[0]
        assert decay.tau == pytest.approx(0.4, rel=0.03)
        h = 1e-5
        longer = Relaxation(2013.0, "log", decay.tau * np.exp(h)).values(clean.years)
        shorter = Relaxation(2013.0, "log", decay.tau * np.exp(-h)).values(clean.years)
        np.testing.assert_allclose(
            decay.columns(clean.years)[1], (shorter - longer) / (2 * h), atol=1e-6
        )

    def test_steps_outside_and_between_the_same_epochs_are_merged(self):
        years = np.array([2000.0, 2000.5, 2001.0, 2002.0])
        offsets = (Offset(1999.0), Offset(2001.2, magnitude=6.0, kind="earthquake"),
                   Offset(2001.3, magnitude=7.0, kind="earthquake"), Offset(2003.0))  # fmt: skip
        kept = Trajectory(2000.0, (), offsets).seen_in(years).offsets
        assert [offset.year for offset in kept] == [2001.3]


class TestVelocity:
    def test_steps_are_found_and_what_did_not_move_is_left_out(self):
        made = station(1, relaxation=0.0, years=5.0)
        found = estimate_velocity(made.series, made.offsets, VelocityOptions(noise="flicker"))
        assert [e.offset.label for e in found.offsets] == ["antenna", "M 7.0"]
        z = [(e.size - made.steps[:, k]) / e.sigma for k, e in enumerate(found.offsets)]
        # Ten numbers; the largest of six normal deviates passes 4 once in 2,600.
        assert np.abs(z).max() < 4.0
        assert (np.abs(found.velocity - made.velocity) < 4.0 * found.sigma).all()
        assert "epochs left out whose day contains a step" in found.flags[0]
        size = np.abs(found.residuals[:, ~found.outliers]).max(axis=1)
        assert (size < [8.0, 8.0, 28.0]).all()

    def test_relaxation_is_added_after_the_earthquake_only(self):
        made = station(2, years=5.0, relaxation=15.0)
        options = VelocityOptions(noise="flicker", relaxation="log")
        found = estimate_velocity(made.series, made.offsets, options)
        assert [r.year for r in found.model.relaxations] == [made.offsets[1].year]
        assert (np.abs(found.velocity - made.velocity) < 4.0 * found.sigma).all()
        plain = estimate_velocity(made.series, made.offsets, VelocityOptions(noise="none"))
        assert (np.abs(plain.velocity - made.velocity) > 1.0)[:2].all()

    def test_short_series_say_why_there_is_no_velocity(self):
        made = station(4).series
        short = estimate_velocity(made.select(np.arange(300)), (), VelocityOptions(noise="none"))
        assert np.isnan(short.velocity).all()
        assert "too short for a velocity" in short.status
        # No seasons below 2.5 years.
        assert short.model.periods == ()
        both = [made.select([0, 1, 2]), made.select(np.arange(1200))]
        three = estimate_velocities(both, [(), ()], VelocityOptions(noise="none"))
        assert three[0].status == "3 epochs; a trajectory needs 10 or more"
        assert three[1].status == "ok"

    def test_an_executor_changes_nothing(self):
        from asperity.core.executors import open_executor

        series = [station(seed, years=2.5).series for seed in range(5)]
        options = VelocityOptions(method="midas", noise="none")
        here = estimate_velocities(series, [()] * 5, options)
        with open_executor("local:1") as executor:
            there = estimate_velocities(series, [()] * 5, options, executor=executor)
        assert [r.velocity.tolist() for r in here] == [r.velocity.tolist() for r in there]
        assert all(r.method == "midas" and r.sigma[0] > 0 for r in here)


class TestOffsets:
    def test_a_list_is_read_by_station(self, tmp_path):
        path = tmp_path / "steps.txt"
        path.write_text(
            "# equipment\nLHAS 2002-11-14 antenna changed\n*, 2004.5, all\nwuhn 2001.25\n"
        )
        steps = read_offsets(path)
        assert [o.label for o in steps.of("lhas")] == ["antenna changed", "all"]
        assert [o.year for o in steps.of("WUHN")] == [2004.5, 2001.25]
        path.write_text("LHAS\n")
        with pytest.raises(
            InputError, match=r"steps.txt, line 1: found 'LHAS'; expected a station"
        ):
            read_offsets(path)
        path.write_text("LHAS yesterday\n")
        with pytest.raises(InputError, match=r"line 1: 'yesterday' is not a time"):
            read_offsets(path)
        days = (datetime(2015, 4, 25, 6, 11) - datetime(2000, 1, 1, 12)).total_seconds() / 86_400.0
        assert parse_offset_time("2015-04-25T06:11") == pytest.approx(2000.0 + days / YEAR)

    def test_a_year_beyond_nanoseconds_is_refused(self):
        """Found by fuzzing: the time did not fit into 64 bits."""
        path = Path(__file__).parents[1] / "regressions" / "year-beyond-nanoseconds.txt"
        with pytest.raises(InputError, match=r"line 3: found '21001-2-14'; .* 1678 to 2261"):
            read_offsets(path)

    def test_earthquakes_reach_as_far_as_the_rule_says(self):
        # M 7: 10^2.7 = 501 km. A degree of latitude at 30 N is 110.9 km.
        time = np.datetime64("2014-01-01", "ns").astype(np.int64)
        catalog = Catalog.from_columns(
            {
                "time": np.full(3, time),
                "magnitude": [7.0, 7.0, 4.0],
                "longitude": np.full(3, 100.0),
                "latitude": [34.5, 34.6, 30.0],
            }
        )
        near = Earthquakes.of(catalog).near(station(0, years=8.0).series)
        assert [(o.magnitude, round(o.distance)) for o in near] == [(7.0, 499)]

    def test_without_a_place_no_earthquake_can_be_near(self):
        quakes = Earthquakes(*np.array([[2012.0], [100.0], [30.0], [7.0]]), ("M 7",))
        homeless = station(0).series.with_attributes(longitude=np.nan)
        with pytest.raises(InputError, match="give it with --sites"):
            quakes.near(homeless)


class TestCommonMode:
    def scene(self, generator):
        times = np.datetime64("2010-01-01T12:00") + np.arange(1100) * DAY
        shared = 3.0 * np.sin(np.arange(1100) / 40.0) + generator.normal(size=1100)
        own = generator.normal(0.0, 0.5, (8, 1100))
        gone = generator.random((8, 1100)) < 0.2
        return times, shared, own, np.where(gone, np.nan, shared + own)

    @pytest.mark.parametrize("kind", ["stack", "pca"])
    def test_what_all_share_is_found_through_gaps(self, kind):
        generator = np.random.default_rng(6)
        _, shared, own, table = self.scene(generator)
        if kind == "stack":
            mode = common_mode.stacked_mode(table, np.ones_like(table))
        else:
            mode = common_mode.principal_mode(table)
            assert mode.removed == 1
            assert mode.explained[0] > 0.8
        left = np.where(np.isnan(table), 0.0, table - mode.values)
        assert left.std() < 0.65
        known = np.isfinite(table[0])
        assert np.corrcoef(mode.values[0][known], shared[known])[0, 1] > 0.98
        del own

    def test_filtered_series_scatter_less(self):
        generator = np.random.default_rng(7)
        times, _, _, table = self.scene(generator)
        series = [
            PositionSeries.from_arrays(
                times[np.isfinite(row)], np.tile(row[np.isfinite(row)], (3, 1)), site=f"S{k}"
            )
            for k, row in enumerate(table)
        ]
        cleaned = common_mode.filtered(series, [()] * 8, "stack")
        assert np.std(cleaned[0].positions[0]) < 0.4 * np.std(series[0].positions[0])
        with pytest.raises(DataError, match="2 stations have a trajectory"):
            common_mode.filtered(series[:2], [()] * 2, "stack")
