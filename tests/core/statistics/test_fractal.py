"""Fractal dimensions: analytic sets, pair counting, errors, what must not pass."""

import json
import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import commands
from asperity.core import Catalog, write_catalog
from asperity.core.errors import DataError, InputError
from asperity.core.statistics import box_counting, correlation_dimension, correlation_integral
from asperity.core.statistics import fractal as module
from naive import fractal as naive

CANTOR = math.log(2) / math.log(3)


def plane(rng, n, size=1000.0):
    return np.column_stack([rng.random((n, 2)) * size, np.zeros(n)])


def turned(rng, points):
    return points @ np.linalg.qr(rng.normal(size=(3, 3)))[0]


def cantor(rng, n, axes):
    digits = 2 * rng.integers(0, 2, (n, axes, 25))
    return (digits / 3.0 ** np.arange(1, 26)).sum(axis=2)


# -- analytic sets ----------------------------------------------------------------


@pytest.mark.parametrize("n", [300, 1000, 4000])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_uniform_plane_has_dimension_two(n, seed):
    rng = np.random.default_rng(seed)
    found = correlation_dimension(turned(rng, plane(rng, n)))
    assert found.dimension == pytest.approx(2.0, abs=max(0.1, 2.5 * found.sd))
    if n >= 1000:
        assert found.dimension == pytest.approx(2.0, abs=0.1)


def test_a_disk_a_line_and_a_cube():
    rng = np.random.default_rng(3)
    disk = rng.uniform(-1, 1, (6000, 2))
    disk = disk[(disk**2).sum(axis=1) < 1]
    assert correlation_dimension(disk).dimension == pytest.approx(2.0, abs=0.05)
    assert correlation_dimension(rng.random((2000, 1))).dimension == pytest.approx(1.0, abs=0.03)
    line = turned(rng, np.outer(rng.random(2000), [1.0, 0.0, 0.0]))
    assert correlation_dimension(line).dimension == pytest.approx(1.0, abs=0.03)
    assert correlation_dimension(rng.random((6000, 3))).dimension == pytest.approx(3.0, abs=0.15)


def test_cantor_sets_have_their_dimension():
    rng = np.random.default_rng(4)
    found = correlation_dimension(cantor(rng, 4000, 1))
    assert found.dimension == pytest.approx(CANTOR, abs=0.03)
    dust = correlation_dimension(cantor(rng, 4000, 2))
    assert dust.dimension == pytest.approx(2 * CANTOR, abs=0.08)


def test_without_the_correction_the_plane_comes_out_as_theory_says():
    # C(r) = pi r^2 - 8 r^3/3 + r^4/2 for the unit square: slope 1.86 between the ends.
    rng = np.random.default_rng(5)
    found = correlation_dimension(rng.random((8000, 2)), edges="none")
    r = found.radii[found.fitted]
    law = math.pi * r**2 - 8 * r**3 / 3 + r**4 / 2
    assert found.correlation[found.fitted] == pytest.approx(law, rel=0.03)
    expected = np.polyfit(np.log(r), np.log(law), 1)[0]
    assert found.dimension == pytest.approx(expected, abs=0.02)
    assert expected < 1.9


def test_box_counting_of_lines_planes_and_cantor_sets():
    rng = np.random.default_rng(6)
    assert box_counting(rng.random((20_000, 1))).dimension == pytest.approx(1.0, abs=0.02)
    assert box_counting(rng.random((40_000, 2))).dimension == pytest.approx(2.0, abs=0.05)
    # Sides of 1/2^k cut a set made of thirds unevenly: only near its dimension.
    assert box_counting(cantor(rng, 8000, 1)).dimension == pytest.approx(CANTOR, abs=0.12)


# -- against the obvious counts -------------------------------------------------------


@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=2, max_size=40),
    st.lists(st.floats(0.1, 30), min_size=1, max_size=6),
)
def test_correlation_integral_counts_every_pair(points, radii):
    assert correlation_integral(points, radii) == pytest.approx(
        np.array(naive.correlation_integral(points, radii)), abs=1e-12
    )


def test_the_border_correction_is_ripleys_reduced_sample():
    rng = np.random.default_rng(7)
    x = rng.random((300, 2))
    found = correlation_dimension(x)
    depth = module._depth_in_hull(x)
    r = found.radii[found.fitted]
    assert found.correlation[found.fitted] == pytest.approx(
        np.array(naive.border_correlation(x.tolist(), r.tolist(), depth)), rel=1e-9
    )
    inside = [min(a, b, 1 - a, 1 - b) for a, b in x]  # the hull lies within the square
    assert (depth <= np.array(inside) + 1e-12).all()


def test_leaving_out_a_block_is_counting_without_it():
    rng = np.random.default_rng(8)
    x = rng.random((200, 2))
    radii = np.geomspace(0.05, 0.3, 12)
    counts = module._count_spheres(x, radii, np.full(200, np.inf), np.random.default_rng(1))
    block = np.random.default_rng(1).permutation(200) % 20
    for k, row in enumerate(counts.leaving_out_each()):
        rest = x[block != k].tolist()
        assert row == pytest.approx(np.array(naive.correlation_integral(rest, radii)), rel=1e-9)


@given(st.lists(st.tuples(*[st.floats(0, 1)] * 2), min_size=60, max_size=90))
def test_boxes_are_counted_as_the_obvious_set(points):
    try:
        found = box_counting(points)
    except DataError:
        return
    assert found.counts.tolist() == naive.boxes(points, 6)


# -- range and errors -------------------------------------------------------------------


def test_range_follows_the_rules():
    rng = np.random.default_rng(9)
    x = rng.random((1500, 2)) * 1000
    found = correlation_dimension(x)
    ends = correlation_integral(x, [found.r_min, found.r_max])
    assert ends[0] >= 0.02
    assert ends[1] <= 0.3
    assert found.r_max <= 250
    assert np.count_nonzero(found.fitted) >= 10
    steps = np.diff(np.log(found.radii))
    assert steps == pytest.approx(np.full(steps.size, steps[0]))
    blurred = correlation_dimension(x, uncertainty=60.0)
    assert blurred.r_min >= 119.0
    assert "uncertainty" in blurred.notes[0]
    narrow = correlation_dimension(x, r_min=130.0, r_max=200.0)
    assert (narrow.r_min, narrow.r_max) == pytest.approx((130.0, 200.0))


def test_the_error_is_that_of_repetition():
    # 60 clouds: their sd is known to 9 %; the jackknife is allowed 40 %.
    rng = np.random.default_rng(10)
    found = [correlation_dimension(rng.random((400, 2))) for _ in range(60)]
    spread = np.std([f.dimension for f in found], ddof=1)
    assert np.mean([f.sd for f in found]) == pytest.approx(spread, rel=0.4)
    assert np.mean([f.sd_slope for f in found]) < 0.5 * spread  # why the jackknife is there


def test_size_place_and_turn_do_not_matter():
    rng = np.random.default_rng(11)
    x = plane(rng, 500)
    one = correlation_dimension(x)
    two = correlation_dimension(turned(rng, x * 1000.0) + 1e5)
    # The extent, a side of the box, differs when turned, and with it the range.
    assert two.dimension == pytest.approx(one.dimension, abs=0.05)
    assert two.r_max == pytest.approx(1000.0 * one.r_max, rel=0.5)
    moved = correlation_dimension(x * 1000.0 + [1e5, -2e5, 3e5])
    assert moved.dimension == pytest.approx(one.dimension, abs=1e-6)


def test_large_clouds_are_sampled_and_seeded():
    x = np.random.default_rng(12).random((12_000, 2))
    one, two = (correlation_dimension(x, seed=3) for _ in range(2))
    assert one.dimension == two.dimension != correlation_dimension(x, seed=4).dimension
    assert one.dimension == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize(
    ("points", "error", "says"),
    [
        (np.zeros((49, 2)), DataError, "at least 50 events; found 49"),
        (np.zeros((80, 2)), DataError, "one place"),
        (np.zeros(80), InputError, "shape"),
        (np.full((80, 2), np.nan), InputError, "event 0 has no place"),
        (np.repeat([[0.0, 0.0], [1.0, 0.0]], 40, axis=0), DataError, "--r-min"),
    ],
)
def test_refuses_clouds_without_a_dimension(points, error, says):
    with pytest.raises(error, match=says):
        correlation_dimension(points)


def test_refuses_ranges_that_leave_nothing():
    x = np.random.default_rng(13).random((200, 2))
    for options in ({"uncertainty": 0.5}, {"r_min": 0.2, "r_max": 0.1}, {"r_max": 1e-6}):
        with pytest.raises(DataError, match="r-min"):
            correlation_dimension(x, **options)
    with pytest.raises(InputError, match="border, none"):
        correlation_dimension(x, edges="torus")
    with pytest.raises(InputError, match="uncertainty"):
        correlation_dimension(x, uncertainty=-1.0)
    with pytest.raises(DataError, match="too few events"):
        box_counting(np.random.default_rng(0).random((50, 3)))


# -- the command --------------------------------------------------------------------------


run = partial(commands.run, "catalog", "fractal")


def test_command_of_a_local_cloud(tmp_path):
    rng = np.random.default_rng(14)
    x = turned(rng, plane(rng, 1500, 2000.0))
    path, figure = tmp_path / "fault.parquet", tmp_path / "d2.svg"
    columns = {"magnitude": np.arange(1500) / 500, **dict(zip("xyz", x.T, strict=True))}
    write_catalog(Catalog.from_columns(columns, axes="ENU"), path)
    document = json.loads(run(path, "--figure", figure, "--json").stdout)
    assert {"dimension", "sd", "r_min", "r_max", "n"} <= set(document)
    assert document["dimension"] == pytest.approx(2.0, abs=0.1)
    assert document["n"] == 1500
    assert document["distance"] == "hypocentral"
    assert document["box_counting"]["status"] == "ok"
    assert "<svg" in figure.read_text()
    assert json.loads(run(path, "--mc", 1.0, "--json").stdout)["n"] == 1000
    assert "at least 50 events" in run(path, "--mc", 2.95, code=1).stderr


def test_command_of_epicentres_across_the_date_line(tmp_path):
    rng = np.random.default_rng(15)
    longitude = 180.0 + rng.uniform(-0.5, 0.5, 1500)
    columns = {
        "magnitude": np.ones(1500),
        "latitude": rng.uniform(-0.5, 0.5, 1500),
        "longitude": (longitude + 180.0) % 360.0 - 180.0,
        "horizontal_uncertainty": np.full(1500, 300.0),
    }
    path = tmp_path / "fiji.parquet"
    write_catalog(Catalog.from_columns(columns), path)
    document = json.loads(run(path, "--json").stdout)
    assert document["dimension"] == pytest.approx(2.0, abs=0.1)
    assert document["r_max"] < 30_000
    assert document["uncertainty"] == 300.0
    assert "±" in run(path).stdout


def test_command_without_coordinates(tmp_path):
    path = tmp_path / "none.parquet"
    write_catalog(Catalog.from_columns({"magnitude": np.ones(60)}), path)
    assert "frame 'none'" in run(path, code=1).stderr
