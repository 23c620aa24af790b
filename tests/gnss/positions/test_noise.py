"""Noise of position series beside explicit matrices, published programs and its own draws."""

import numpy as np
import pytest

from asperity.core.errors import DataError, InputError
from asperity.gnss.positions.noise import (
    Gram,
    Grid,
    Noise,
    autocovariance,
    fit_noise,
    simulate,
)
from naive import positions as naive

YEAR = 365.25


@pytest.mark.parametrize("alpha", [0.4, 1.0, 1.6])
def test_autocovariance_is_that_of_the_filter(alpha):
    expected = naive.autocovariance(alpha, 6)
    np.testing.assert_allclose(autocovariance(alpha, 6), expected, rtol=2e-4)


def test_autocovariance_of_a_random_walk_is_that_of_a_first_order_process():
    phi = 1.0 - 6.9e-6
    lags = np.arange(5000)
    expected = phi**lags / (1.0 - phi**2)
    np.testing.assert_allclose(autocovariance(2.0, 5000), expected, rtol=1e-8)


@pytest.mark.parametrize("alpha", [0.6, 1.0, 1.7, 2.3])
@pytest.mark.parametrize("dense", [True, False])
def test_products_with_gaps_are_those_of_the_matrix(alpha, dense):
    generator = np.random.default_rng(5)
    index = np.sort(generator.choice(200, 150, replace=False))
    index -= index[0]
    gram = Gram(Grid(index, 1.0), generator.normal(size=(150, 3)))
    gram._dense = dense
    covariance = 0.7**2 * autocovariance(alpha, int(index[-1]) + 1)
    covariance[0] += 0.4**2
    products, log_determinant = naive.products(covariance, index, gram.columns)
    found, found_log = gram.coloured(0.4, 0.7, alpha)
    np.testing.assert_allclose(found, products, rtol=1e-6, atol=1e-6)
    assert found_log == pytest.approx(log_determinant, abs=1e-6)


def test_the_way_is_chosen_by_what_it_costs():
    full = Gram(Grid(np.arange(1000), 1.0), np.ones((1000, 1)))
    campaigns = Gram(Grid(np.arange(0, 4000, 365), 1.0), np.ones((11, 1)))
    assert (full._dense, campaigns._dense) == (False, True)


# estimatetrend of hector-ts 3.2.0, GGM White with 1-phi 6.9e-06, maximum likelihood, on the
# 3,523 epochs that are left without outliers; see docs/validation-series.md.
HECTOR = {
    "power-law": {
        0: (45.7896, 0.4708, -7781.77, 1.9031, 6.1849, 1.4193),
        1: (15.8371, 0.3020, -7262.23, 1.4821, 5.9750, 1.2288),
        2: (-1.0359, 1.1015, -11006.57, 4.4389, 17.7579, 1.3251),
    },
    "flicker": {
        0: (45.7817, 0.1801, -7793.32, 1.6500, 5.7127, 1.0),
        1: (15.7447, 0.1765, -7267.61, 1.2841, 5.6060, 1.0),
        2: (-0.4224, 0.5083, -11014.45, 3.7396, 16.1460, 1.0),
    },
}


@pytest.fixture(scope="module")
def lhas(data_folder):
    """LHAS without the epochs that a fit with formal sigmas takes for outliers."""
    from asperity.gnss.positions import read_positions
    from asperity.gnss.positions.robust import robust_least_squares
    from asperity.gnss.positions.trajectory import Trajectory

    series = read_positions(data_folder / "lhas-tenv3.tenv3").series[0]
    design = Trajectory(float(series.years.mean())).design(series.years)
    fits = [
        robust_least_squares(design, x, s)
        for x, s in zip(series.positions, series.deviations, strict=True)
    ]
    keep = ~np.any([fit.outliers for fit in fits], axis=0)
    return series.select(keep), design[keep]


@pytest.mark.parametrize("component", [0, 1, 2])
@pytest.mark.parametrize("model", ["power-law", "flicker"])
def test_lhas_agrees_with_another_program(lhas, model, component):
    series, design = lhas
    velocity, sigma, log_likelihood, white, amplitude, alpha = HECTOR[model][component]
    fit = fit_noise(series.years, series.positions[component], design, model)
    assert len(series) == 3523
    # Asked for: 0.1 mm/yr and 20 %. Both programs stop at their own tolerance.
    assert fit.parameters[1] == pytest.approx(velocity, abs=0.02)
    assert fit.deviations[1] == pytest.approx(sigma, rel=0.02)
    assert fit.log_likelihood == pytest.approx(log_likelihood, abs=0.03)
    assert (fit.noise.white, fit.noise.power_law) == pytest.approx((white, amplitude), rel=0.01)
    assert fit.noise.alpha == pytest.approx(alpha, abs=0.01)


def test_draws_have_the_spectrum_and_the_increments_that_they_state():
    walk = simulate(Noise(0.0, 2.0, 2.0), 1461, 400, seed=3)
    # A random walk of 2 mm/yr^0.5: increments over a year have a deviation of 2 mm.
    # 400 draws of 3 independent years: 4 sigma of the deviation are 8 %.
    step = walk[:, ::365][:, 1:] - walk[:, ::365][:, :-1]
    assert step.std() == pytest.approx(2.0 * np.sqrt(365 / YEAR), rel=0.08)
    flicker = simulate(Noise(0.0, 1.0, 1.0), 4096, 200, seed=4)
    power = (np.abs(np.fft.rfft(flicker * np.hanning(4096), axis=1)) ** 2).mean(axis=0)
    rows = np.arange(8, 800)
    slope = np.polyfit(np.log(rows), np.log(power[rows]), 1)[0]
    assert slope == pytest.approx(-1.0, abs=0.05)


def test_a_walk_by_its_definition_is_recognised():
    generator = np.random.default_rng(8)
    values = naive.random_walk(generator, 1500) + 0.5 * generator.standard_normal(1500)
    years = 2000.0 + np.arange(1500) / YEAR
    design = np.column_stack([np.ones(1500), years - 2002.0])
    fit = fit_noise(years, values, design)
    # The deviation of alpha over 30 other seeds is 0.07: outside by chance once in 15,000.
    assert fit.noise.alpha == pytest.approx(2.0, abs=0.3)
    assert fit.noise.step(1.0) == pytest.approx(1.0, rel=0.25)


def test_gaps_do_not_bias_what_a_fit_states():
    """Half of the days of three years: velocities lie within their errors.

    z of 80 independent series; the bounds are passed by chance less than once in 1,000
    (chi-square of 80: 0.58 to 1.55 times its mean).
    """
    generator = np.random.default_rng(11)
    years = 2010.0 + np.arange(1096) / YEAR
    noise = simulate(Noise(1.0, 3.0, 1.0), 1096, 80, seed=12)
    z = []
    for row in noise:
        kept = np.sort(generator.choice(1096, 600, replace=False))
        design = np.column_stack([np.ones(600), years[kept] - 2011.5])
        fit = fit_noise(years[kept], row[kept], design, "flicker", likelihood="restricted")
        z.append(fit.parameters[1] / fit.deviations[1])
    assert 0.58 < np.mean(np.square(z)) < 1.55


def test_white_noise_gives_least_squares():
    generator = np.random.default_rng(2)
    years = 2000.0 + np.arange(400) / YEAR
    design = np.column_stack([np.ones(400), years - 2000.5])
    values = design @ [1.0, 7.0] + generator.normal(size=400)
    fit = fit_noise(years, values, design, "white", likelihood="restricted")
    solution, residual, *_ = np.linalg.lstsq(design, values, rcond=None)
    np.testing.assert_allclose(fit.parameters, solution, rtol=1e-9)
    expected = np.sqrt(residual[0] / 398 * np.linalg.inv(design.T @ design)[1, 1])
    assert fit.deviations[1] == pytest.approx(expected, rel=1e-9)


def test_bad_input_says_what_to_do():
    with pytest.raises(DataError, match="5 epochs for 3 parameters"):
        fit_noise(2000.0 + np.arange(5) / YEAR, np.zeros(5), np.ones((5, 3)))
    with pytest.raises(DataError, match="epochs 1 and 2 are less than half"):
        Grid.of(2000.0 + np.array([0.0, 1.0, 1.1, 2.0, 3.0]) / YEAR)
    with pytest.raises(InputError, match="above zero"):
        Noise(0.0, 0.0)
    with pytest.raises(InputError, match="spectral index"):
        Noise(1.0, 1.0, 4.0)


def test_weekly_solutions_stand_on_a_weekly_grid():
    grid = Grid.of(2000.0 + 7.0 * np.array([0, 1, 2, 5, 6]) / YEAR)
    assert (grid.interval, len(grid)) == (pytest.approx(7.0), 7)
    assert grid.missing.tolist() == [3, 4]
