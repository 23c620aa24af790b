"""Several fields in one: the frame, the factors and the rows that are merged."""

import numpy as np
import pytest
from scipy import stats

from asperity.core.errors import DataError, InputError
from asperity.gnss import Network
from asperity.gnss.velocities.combine import combine, variance_factors
from asperity.gnss.velocities.motion import PARAMETERS, Motion

FRAMES = [
    Motion(np.zeros(3)),
    Motion.from_pole(60.0, -100.0, 0.25),
    Motion.from_pole(-10.0, 30.0, 0.6),
]


def fields(seed=0, n=300, shares=((0, 200), (100, 300), (150, 260)), noise=(1.0, 1.0, 1.0)):
    """Fields that see parts of one truth in frames of their own; `noise` times their sigmas."""
    rng = np.random.default_rng(seed)
    longitude, latitude = rng.uniform(80, 115, n), rng.uniform(22, 45, n)
    truth = rng.normal(0, 8, (n, 2))
    made = []
    for (low, high), frame, factor in zip(shares, FRAMES, noise, strict=False):
        rows = np.arange(low, high)
        columns = {
            "site": [f"S{i:03d}" for i in rows],
            "longitude": longitude[rows] + rng.normal(0, 1e-4, rows.size),
            "latitude": latitude[rows] + rng.normal(0, 1e-4, rows.size),
            "sd_east": rng.uniform(0.3, 0.9, rows.size),
            "sd_north": rng.uniform(0.3, 0.9, rows.size),
            "correlation": rng.uniform(-0.5, 0.5, rows.size),
        }
        plain = Network.from_columns(east=0.0, north=0.0, frame="A", **columns)
        root = np.linalg.cholesky(plain.covariances)
        seen = truth[rows] + factor * np.einsum("nij,nj->ni", root, rng.normal(size=(rows.size, 2)))
        seen -= frame.velocity(*plain.coordinates)[:, :2]
        made.append(plain.replace(east=seen[:, 0], north=seen[:, 1]))
    return made, truth


def test_three_fields_become_one_in_the_frame_of_the_first():
    parts, truth = fields()
    combined = combine(parts, names=["first", "second", "third"])
    assert len(combined.network) == 300
    assert combined.network.frame == "A"
    for field_fit, frame in zip(combined.fits, FRAMES[1:], strict=True):
        error = field_fit.fit.motion.omega - frame.omega
        distance = error @ np.linalg.solve(field_fit.fit.motion.covariance[:3, :3], error)
        assert distance < stats.chi2(3).ppf(0.999)
        assert field_fit.extent > 2000.0
    order = np.argsort([s.split("+")[0] for s in combined.network.site])
    residual = combined.network.velocities[order] - truth
    whitened = np.einsum("ni,nij,nj->n", residual,
                         np.linalg.inv(combined.network.covariances[order]), residual)  # fmt: skip
    # 600 components, sigmas as they should be: the mean square is 1 within five errors.
    assert abs(whitened.sum() / 600 - 1.0) < 0.3
    sources = {*combined.network.source}
    assert {"first", "second", "first+second", "first+second+third"} <= sources


def test_the_error_of_the_motions_is_added_when_asked_for():
    # The same truth through 60 draws of the noise: with the frame's error in the sigmas the
    # stations far outside the common ones have as much scatter as they claim, without it more.
    z2 = {False: [], True: []}
    for seed in range(60):
        rng = np.random.default_rng(seed)
        common, far = (
            rng.uniform((100, 25), (104, 29), (8, 2)),
            rng.uniform((70, 45), (75, 50), (8, 2)),
        )
        places = np.concatenate([common, far])

        def network(rows, sigma, rng=rng, places=places):
            return Network.from_columns(
                site=[f"S{i}" for i in rows], longitude=places[rows, 0], latitude=places[rows, 1],
                east=sigma * rng.normal(size=len(rows)), north=sigma * rng.normal(size=len(rows)),
                sd_east=sigma, sd_north=sigma, frame="A",
            )  # fmt: skip

        parts = [network(np.arange(8), 0.3), network(np.arange(16), 0.3)]
        for added, found in z2.items():
            whole = combine(parts, rescale=False, frame_error=added, reject=1e3).network
            alone = whole.select(np.isin(whole.site, [f"S{i}" for i in range(8, 16)]))
            inverse = np.linalg.inv(alone.covariances)
            found.append(np.einsum("ni,nij,nj->", alone.velocities, inverse, alone.velocities) / 16)
    # The motion is common to a field, so that 60 means of z2 count, each with a spread of
    # about 0.6; the motion's covariance is scaled by the scatter where that is above one.
    assert 0.7 < np.mean(z2[True]) < 1.25
    assert np.mean(z2[False]) > 1.5


def test_a_site_that_two_fields_saw_is_better_known_than_in_either():
    parts, _ = fields(shares=((0, 200), (100, 300)))
    network = combine(parts, rescale=False).network
    both = np.array([s.count("+") == 1 for s in network.source])
    assert both.sum() == 100
    assert network.sd_east[both].mean() < 0.8 * network.sd_east[~both].mean()


def test_variance_factors_find_the_field_whose_sigmas_are_too_small():
    parts, _ = fields(5, 600, ((0, 500), (50, 600), (0, 550)), noise=(1.0, 2.0, 1.0))
    combined = combine(parts)
    # About 900 redundant components for each: the error of a factor is near 5 %.
    np.testing.assert_allclose(combined.factors, [1.0, 4.0, 1.0], rtol=0.25)
    np.testing.assert_allclose(combine(parts, rescale=False).factors, 1.0)


def test_factors_of_fields_that_share_nothing_are_one():
    parts, _ = fields(shares=((0, 50), (100, 150)))
    np.testing.assert_array_equal(variance_factors(parts), [1.0, 1.0])


def test_stations_that_disagree_are_listed_and_keep_the_first_velocity():
    parts, _ = fields(shares=((0, 200), (100, 300)))
    east = parts[1].east.copy()
    east[[10, 40]] += [12.0, -9.0]
    parts[1] = parts[1].replace(east=east)
    combined = combine(parts, names=["first", "second"])
    assert [d["site"] for d in combined.disagreements] == ["S110", "S140"]
    listed = combined.disagreements[0]
    assert abs(listed["d_east"] - 12.0) < 5 * listed["sd_east"]
    assert listed["z"] > 3.6
    row = combined.network.site.tolist().index("S110")
    assert combined.network.source[row] == "first"
    assert combined.network.east[row] == parts[0].east[110]


def test_a_translation_between_frames_is_found_when_asked_for():
    rng = np.random.default_rng(2)
    n = 200
    longitude, latitude = rng.uniform(-180, 180, n), rng.uniform(-80, 80, n)
    truth = Motion(np.array([1e-3, 2e-3, -1e-3]), np.array([1.5, -0.8, 2.0]), 0.5)
    shift = truth.velocity(longitude, latitude)
    first = Network.from_columns(
        longitude=longitude, latitude=latitude, east=rng.normal(0, 10, n), sd_up=1.0,
        north=rng.normal(0, 10, n), up=rng.normal(0, 2, n), sd_east=0.3, sd_north=0.3,
    )  # fmt: skip
    second = first.replace(
        east=first.east - shift[:, 0], north=first.north - shift[:, 1], up=first.up - shift[:, 2]
    )
    fit = combine([first, second], parameters=PARAMETERS[:6]).fits[0].fit
    np.testing.assert_allclose(fit.motion.parameters[:6], truth.parameters[:6], atol=1e-8)
    fit = combine([first, second], parameters=PARAMETERS).fits[0].fit
    np.testing.assert_allclose(fit.motion.parameters, truth.parameters, atol=1e-8)


def test_one_field_or_fields_that_share_nothing_are_refused():
    parts, _ = fields(shares=((0, 50), (100, 150)))
    with pytest.raises(InputError, match="two or more"):
        combine(parts[:1])
    with pytest.raises(DataError, match="none in common"):
        combine(parts)
