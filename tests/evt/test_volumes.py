"""Volumes: what was injected until when, published check values, rivals that use them."""

import numpy as np
import pytest
from scipy.integrate import quad

from asperity.core.errors import DataError, InputError
from asperity.core.operations import Operations
from asperity.evt.rivals import rivals
from asperity.evt.rivals.maxima import LargestOfNumber, LargestOfPoisson
from asperity.evt.rivals.protocol import History, Withheld
from asperity.evt.rivals.volumes import volumetric
from asperity.evt.volumes import (
    efficiency_magnitude,
    galis_magnitude,
    injected_volume,
    mcgarr_magnitude,
    modal_magnitude,
    seismogenic_index,
    total_until,
)

SECOND = 10**9
B10 = np.log(10.0)
TABLE = Operations(np.array([0, 100, 200, 300]) * SECOND, {"rate": np.array([0.5, -0.2, 1.0, 2.0])})


def test_rates_add_up_and_flow_back_counts_as_nothing():
    assert injected_volume(TABLE).tolist() == [0.0, 50.0, 50.0, 150.0]
    assert total_until(TABLE, 250 * SECOND) == pytest.approx(100.0)
    assert total_until(TABLE, 250 * 10**6, "us") == pytest.approx(100.0)
    # before the first row nothing, after the last what is known of
    assert total_until(TABLE, -SECOND) == 0.0
    assert total_until(TABLE, 10_000 * SECOND) == pytest.approx(150.0)
    volumes = Operations(
        np.arange(4) * SECOND, {"volume": np.array([10.0, np.nan, 30.0, 25.0]), "rate": np.ones(4)}
    )
    assert injected_volume(volumes).tolist() == [10.0, 10.0, 30.0, 30.0]
    with pytest.raises(DataError, match="neither"):
        injected_volume(Operations(np.arange(2), {"pressure": np.ones(2)}))


def test_published_check_values():
    """evt.md 6: V = 1e4 m3 gives Mw 3.585 (McGarr, 30 GPa) and 4.051 (Galis, 1.5e9)."""
    assert mcgarr_magnitude(1e4) == pytest.approx(3.585, abs=5e-4)
    assert galis_magnitude(1e4) == pytest.approx(4.051, abs=5e-4)
    # b = 1: the largest moment is half of the sum
    half = (np.log10(0.5 * 1e16) - 9.1) / 1.5
    assert efficiency_magnitude(1e16, 1.0) == pytest.approx(half, abs=1e-12)
    # the mode from the volume is Mc + log10(N)/b
    index = seismogenic_index(250, 3e4, 1.2, 0.7)
    assert modal_magnitude(index, 3e4, 1.2) == pytest.approx(0.7 + np.log10(250) / 1.2, abs=1e-12)
    for bad in (0.0, -1.0, np.nan):
        with pytest.raises(InputError, match="above 0"):
            mcgarr_magnitude(bad)


@pytest.mark.parametrize(("b", "mc"), [(0.8, 0.0), (1.0, 1.5), (1.3, -1.0)])
def test_moments_up_to_the_efficiency_magnitude_sum_to_the_total(b, mc):
    """By quadrature of the Gutenberg-Richter density with one event at M_max and above."""
    total = 3e15
    top = efficiency_magnitude(total, b, mc)

    def moment_density(m):
        return b * B10 * 10.0 ** (-b * (m - top)) * 10.0 ** (1.5 * m + 9.1)

    assert quad(moment_density, mc, top, epsrel=1e-10)[0] == pytest.approx(total, rel=1e-8)


@pytest.mark.parametrize(
    "law",
    [LargestOfPoisson(2.0, 2.6, B10), LargestOfPoisson(2.0, 0.3, 1.2 * B10),
     LargestOfNumber(2.0, 0.0, B10, 300.0), LargestOfNumber(1.0, 0.0, B10, 40.0)],
)  # fmt: skip
def test_laws_of_maxima(law):
    m = np.linspace(law.lowest + 0.01, law.lowest + 3.0, 40)
    np.testing.assert_allclose(law.quantile(law.cdf(m)), m, atol=1e-9)
    derivative = (law.sf(m - 1e-5) - law.sf(m + 1e-5)) / 2e-5
    np.testing.assert_allclose(law.pdf(m), derivative, rtol=1e-5, atol=1e-9)
    assert law.pdf(law.lowest - 0.1) == 0.0
    assert law.sf(law.lowest) == 1.0
    for y in (law.lowest + 0.2, law.lowest + 1.0):
        top = law.lowest + 16.0
        below = quad(lambda t: law.cdf(t) ** 2, law.lowest, y)[0]
        above = quad(lambda t: law.sf(t) ** 2, y, top)[0]
        assert law.crps(y) == pytest.approx(below + above, rel=2e-4)


def test_laws_of_maxima_against_simulation():
    """Largest of 200 events, and of a Poisson number with mean 200, kept if above 2.5.

    40,000 maxima; four standard errors.
    """
    rng = np.random.default_rng(1)
    counts = rng.poisson(200, 40_000)
    fixed = rng.exponential(1.0 / B10, (40_000, 200)).max(axis=1)
    # The largest of K exponentials from one uniform number, U^(1/K).
    drawn = -np.log1p(-(rng.random(40_000) ** (1.0 / counts))) / B10
    location = np.log10(200.0)
    for sample, law in (
        (fixed, LargestOfNumber(2.5, 0.0, B10, 200.0)),
        (drawn, LargestOfPoisson(2.5, location, B10)),
    ):
        kept = sample[sample > 2.5]
        for m in (2.7, 3.2, 4.0):
            p = float(law.sf(m))
            assert abs(np.mean(kept > m) - p) < 4.0 * np.sqrt(p * (1 - p) / kept.size)


def history(n=60, operations=TABLE, seed=3, last=290, mc=0.0):
    rng = np.random.default_rng(seed)
    m = mc + rng.exponential(0.4343, n)
    times = np.sort(rng.uniform(0, last, n) * SECOND).astype(np.int64)
    return History(m, mc, times=times, operations=operations)


def test_rivals_with_volumes_are_registered_and_say_what_they_need():
    names = [r.name for r in volumetric()]
    assert names == [
        "seismogenic-index", "van-der-elst", "mcgarr", "galis", "seismic-efficiency",
    ]  # fmt: skip
    assert set(names) <= set(rivals())
    assert all(r.needs == {"volumes"} for r in volumetric())


@pytest.mark.parametrize("rival", volumetric(), ids=lambda r: r.name)
def test_no_row_after_the_last_event_is_used(rival):
    full = history(last=210, mc=-2.0)
    before = TABLE.time <= full.times[-1]
    cut = Operations(TABLE.time[before], {"rate": TABLE.columns["rate"][before]})
    # the rate in force at the cut needs a row after it, of whatever rate
    later = Operations(
        np.append(cut.time, 5_000 * SECOND), {"rate": np.append(cut.columns["rate"], 9.0)}
    )
    a, b = (rival.forecast(history(last=210, mc=-2.0, operations=o)) for o in (TABLE, later))
    np.testing.assert_array_equal(a.quantile([0.1, 0.5, 0.9]), b.quantile([0.1, 0.5, 0.9]))


@pytest.mark.parametrize("rival", volumetric(), ids=lambda r: r.name)
def test_reasons_to_withhold(rival):
    assert rival.forecast(history(operations=None)) == Withheld("no volumes")
    nothing = Operations(np.array([0, 400]) * SECOND, {"rate": np.zeros(2)})
    assert "nothing was injected" in rival.forecast(history(operations=nothing)).status
    flat = history()
    equal = History(np.zeros(5), 0.0, times=flat.times[:5], operations=TABLE)
    assert "equal Mc" in rival.forecast(equal).status


def test_a_unit_that_nobody_states_is_no_obstacle_where_it_cancels():
    volume = injected_volume(TABLE)
    attributes = {"volume_unit": "not stated in the source"}
    by_unit = [
        Operations(TABLE.time, {"volume": factor * volume}, attributes=attributes)
        for factor in (1.0, 6.29)
    ]
    for rival in volumetric():
        found = [rival.forecast(history(operations=o)) for o in by_unit]
        if rival.name in ("mcgarr", "galis"):
            assert found[0] == Withheld("the unit of the volumes is not known")
        else:
            assert found[0].quantile(0.9) == pytest.approx(float(found[1].quantile(0.9)), rel=1e-12)


def test_bounds_end_the_distribution_and_are_withheld_once_passed():
    mcgarr = rivals()["mcgarr"]
    some = history()
    cap = mcgarr_magnitude(total_until(TABLE, int(some.times[-1])))
    law = mcgarr.forecast(some)
    assert law.sf(cap) == 0.0
    assert law.quantile(1.0) == pytest.approx(cap)
    beyond = History(some.magnitudes + 4.0, 4.0, times=some.times, operations=TABLE)
    assert "is not above the largest" in mcgarr.forecast(beyond).status


def test_efficiency_withholds_where_small_events_carry_the_moment():
    steep = history()
    many = History(0.2 * steep.magnitudes, 0.0, times=steep.times, operations=TABLE)
    assert "b below 1.5" in rivals()["seismic-efficiency"].forecast(many).status
