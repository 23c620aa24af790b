"""Synthetic catalogs: laws recovered, analytic means, what must not pass."""

import math

import numpy as np
import pytest
from scipy.stats import chisquare, kstest, poisson

from asperity.core.errors import DataError, InputError
from asperity.core.statistics import b_value, decluster
from asperity.core.statistics.synthetic import (
    Etas,
    GutenbergRichter,
    InjectionResponse,
    etas_catalog,
    injection_catalog,
    poisson_catalog,
    poisson_times,
)

DAY = 86_400.0
# Every KS and chi-square test below has a false-alarm rate of 1e-3, and a fixed seed.
ALARM = 1e-3


# -- magnitudes ------------------------------------------------------------------


@pytest.mark.parametrize(
    "law",
    [
        GutenbergRichter(1.0, 1.2),
        GutenbergRichter(1.0, 0.8, m_max=2.5),
        GutenbergRichter(1.0, 1.0, m_max=1.01),
        GutenbergRichter(1.0, 0.9, corner=2.0),
        GutenbergRichter(-3.0, 1.0, corner=-1.0),
    ],
)
def test_magnitudes_follow_their_law(law):
    m = law.sample(20_000, seed=1)
    assert kstest(m, lambda x: 1.0 - law.survival(x)).pvalue > ALARM
    assert m.min() >= law.mc
    assert m.max() <= law.m_max


def test_taper_by_its_published_survival():
    # Kagan (2002), eq. 12: F = (Mt/M)^beta exp((Mt - M)/Mcm), beta = 2 b/3, in moments.
    law = GutenbergRichter(4.0, 1.0, corner=6.0)
    moment = {m: 10.0 ** (1.5 * m + 9.05) for m in (4.0, 5.5, 6.0)}
    expected = (moment[4.0] / moment[5.5]) ** (2 / 3) * math.exp(
        (moment[4.0] - moment[5.5]) / moment[6.0]
    )
    assert law.survival([5.5])[0] == pytest.approx(expected, rel=1e-12)


def test_binned_magnitudes_fill_their_lowest_bin():
    law = GutenbergRichter(2.0, 1.0, bin_width=0.1)
    m = law.sample(200_000, seed=2)
    assert m.min() == 2.0
    result = b_value(m, 2.0, bin_width=0.1)
    assert abs(result.b - 1.0) < 4 * result.b_sd
    counts = np.bincount(np.round((m - 2.0) * 10).astype(int))[:15]
    ratio = 10**-0.1
    expected = 200_000 * (1 - ratio) * ratio ** np.arange(15)
    scaled = expected * counts.sum() / expected.sum()
    assert chisquare(counts, scaled).pvalue > ALARM


@pytest.mark.parametrize(
    "law",
    [
        GutenbergRichter(1.0, 1.3),
        GutenbergRichter(1.0, 1.0, m_max=4.0),
        GutenbergRichter(1.0, 0.8, m_max=3.0),
        GutenbergRichter(1.0, 1.0, corner=3.0),
        GutenbergRichter(1.0, 1.3, bin_width=0.2),
    ],
)
def test_mean_productivity_is_the_mean(law):
    m = law.sample(400_000, seed=3)
    if law.bin_width:  # the formula is for magnitudes before rounding
        m = GutenbergRichter(law.lowest, law.b).sample(400_000, seed=3)
    weights = 10 ** (0.6 * (m - law.mc))
    error = weights.std() / math.sqrt(m.size)
    assert law.mean_productivity(0.6) == pytest.approx(weights.mean(), abs=5 * error)


def test_mean_productivity_at_and_above_b():
    assert GutenbergRichter(0.0, 1.0).mean_productivity(1.0) == math.inf
    law = GutenbergRichter(0.0, 1.0, m_max=3.0)
    near = [law.mean_productivity(a) for a in (1.0 - 1e-7, 1.0, 1.0 + 1e-7)]
    assert near[0] == pytest.approx(near[1], rel=1e-5) == near[2]


@pytest.mark.parametrize(
    "bad",
    [{"b": 0.0}, {"b": math.nan}, {"m_max": -1.0}, {"corner": 0.0}, {"bin_width": -1.0},
     {"m_max": 3.0, "corner": 2.0}],
)  # fmt: skip
def test_refuses_a_law_out_of_range(bad):
    with pytest.raises(InputError):
        GutenbergRichter(0.0, **{"b": 1.0, **bad})


# -- Poisson ------------------------------------------------------------------------


def test_poisson_times_are_uniform_and_their_number_poisson():
    times = poisson_times(100.0, n=5000, seed=1)
    assert kstest(times / 100.0, "uniform").pvalue > ALARM
    assert (np.diff(times) >= 0).all()
    numbers = np.array([poisson_times(10.0, rate=2.0, seed=s).size for s in range(2000)])
    observed = [np.sum(numbers <= 14), *[np.sum(numbers == k) for k in range(15, 27)]]
    chances = [poisson.cdf(14, 20.0), *poisson.pmf(np.arange(15, 27), 20.0)]
    observed.append(2000 - sum(observed))
    chances.append(1 - sum(chances))
    assert chisquare(observed, 2000 * np.array(chances)).pvalue > ALARM


def test_poisson_catalog_is_seeded():
    law = GutenbergRichter(1.0, 1.0, bin_width=0.1)
    one, two = (poisson_catalog(DAY, n=50, magnitudes=law, seed=3) for _ in range(2))
    assert one == two
    assert one != poisson_catalog(DAY, n=50, magnitudes=law, seed=4)
    assert one.attributes["magnitude_resolution"] == 0.1
    assert len(poisson_catalog(DAY, n=0)) == 0


@pytest.mark.parametrize(
    "bad", [{}, {"n": 3, "rate": 1.0}, {"n": -1}, {"rate": -1.0}, {"rate": math.nan}]
)
def test_refuses_a_poisson_process_out_of_range(bad):
    with pytest.raises(InputError):
        poisson_times(10.0, **bad)
    with pytest.raises(InputError):
        poisson_times(0.0, n=1)
    with pytest.raises(DataError, match="20,000,000 are allowed"):
        poisson_times(1e9, rate=1e9)


# -- ETAS -----------------------------------------------------------------------------


def model(ratio=0.6, **more):
    law = more.pop("magnitudes", GutenbergRichter(2.0, 1.0, m_max=5.0))
    return Etas.with_branching_ratio(ratio, magnitudes=law, **more)


def test_branching_ratio_by_hand():
    made = Etas(productivity=0.3, alpha=0.5, c=100.0, p=1.5, magnitudes=GutenbergRichter(0, 1.0))
    assert made.branching_ratio == pytest.approx(0.3 * 100**-0.5 / 0.5 * 1.0 / (1.0 - 0.5))
    assert made.aftershocks([2.0])[0] == pytest.approx(0.3 * 100**-0.5 / 0.5 * 10.0)


def test_supercritical_is_refused_with_the_number():
    with pytest.raises(InputError, match=r"branching ratio is 1\.2:"):
        Etas(
            productivity=1.2 * 0.5 * 100**0.5 * 0.5, alpha=0.5, c=100.0, p=1.5,
            magnitudes=GutenbergRichter(0, 1.0),
        )  # fmt: skip
    with pytest.raises(InputError, match="branching ratio is inf"):
        Etas(alpha=1.2, magnitudes=GutenbergRichter(0, 1.0))
    with pytest.raises(InputError, match="no bound"):
        Etas.with_branching_ratio(0.5, alpha=1.2)
    for bad in ({"p": 1.0}, {"q": 1.0}, {"c": 0.0}, {"background_rate": -1.0}, {"alpha": math.nan}):
        with pytest.raises(InputError):
            Etas(**bad)
    with pytest.raises(InputError, match="below 1"):
        Etas.with_branching_ratio(1.0)


def test_etas_numbers_agree_with_theory():
    """Without memory of what was before, late in a long catalog: mu T/(1 - n)."""
    made = model(0.5, background_rate=20 / DAY, p=1.6, c=500.0)
    totals, children = [], []
    for seed in range(12):
        catalog = etas_catalog(300 * DAY, made, seed=seed)
        totals.append(len(catalog) / (300 * 20))
        children.append((catalog["generation"] > 0).mean())
    # Aftershocks later than the end are few: 1.5 % at most by Omori's tail.
    error = np.std(totals, ddof=1) / math.sqrt(12)
    assert np.mean(totals) == pytest.approx(2.0, abs=4 * error + 0.03)
    assert np.mean(children) == pytest.approx(0.5, abs=0.03)


def test_etas_delays_distances_and_parents():
    made = model(0.7, background_rate=30 / DAY, p=1.4, c=200.0, distance=300.0, q=1.7, gamma=0.3)
    catalog = etas_catalog(2000 * DAY, made, seed=5)
    ids = {text: row for row, text in enumerate(catalog["event_id"].astype(object))}
    names = catalog["parent_id"].astype(object)
    child = np.flatnonzero(names != "")
    parent = np.array([ids[t] for t in names[child]])
    t = catalog["time"] / 1e9 if catalog.time_unit == "ns" else catalog["time"] / 1e6
    delay = t[child] - t[parent]
    assert (delay > 0).all()
    assert (catalog["generation"][child] == catalog["generation"][parent] + 1).all()
    early = t[parent] < 1000 * DAY  # these have seen all but the last of their children
    horizon = 1000 * DAY
    near = early & (delay < horizon)
    whole = 1 - (1 + horizon / 200.0) ** -0.4
    assert kstest(delay[near], lambda s: (1 - (1 + s / 200.0) ** -0.4) / whole).pvalue > ALARM
    distance = np.hypot(
        catalog["x"][child] - catalog["x"][parent], catalog["y"][child] - catalog["y"][parent]
    )
    scaled = distance / (300.0 * 10 ** (0.3 * (catalog["magnitude"][parent] - 2.0)))
    assert kstest(scaled, lambda r: 1 - (1 + r**2) ** -0.7).pvalue > ALARM
    azimuth = np.arctan2(
        catalog["x"][child] - catalog["x"][parent], catalog["y"][child] - catalog["y"][parent]
    )
    assert kstest((azimuth / (2 * math.pi)) % 1.0, "uniform").pvalue > ALARM
    counts = np.bincount(parent[early], minlength=len(catalog))[t < 1000 * DAY]
    expected = made.aftershocks(catalog["magnitude"][t < 1000 * DAY])
    assert counts.sum() == pytest.approx(expected.sum(), rel=4 / math.sqrt(expected.sum()) + 0.01)


def test_etas_is_seeded_and_keeps_b():
    made = model(0.6, background_rate=50 / DAY)
    one, two = (etas_catalog(200 * DAY, made, seed=6) for _ in range(2))
    assert one == two
    result = b_value(one["magnitude"], 2.0)
    # Truncated at Mc + 3, b comes out 0.7 % high.
    assert abs(result.b - 1.007) < 4 * result.b_sd


def test_without_productivity_etas_is_poisson():
    made = Etas(background_rate=100 / DAY, productivity=0.0)
    catalog = etas_catalog(50 * DAY, made, seed=7)
    assert (catalog["generation"] == 0).all()
    assert kstest(catalog["time"] / 1e9 / (50 * DAY), "uniform").pvalue > ALARM


def test_declustering_finds_the_families_of_etas():
    made = Etas.with_branching_ratio(
        0.6, background_rate=1 / DAY, alpha=0.9, c=60.0, p=1.3, distance=150.0, q=2.2,
        magnitudes=GutenbergRichter(2.0, 1.0, m_max=6.0),
    )  # fmt: skip
    catalog = etas_catalog(3650 * DAY, made, extent=500_000.0, seed=8)
    found, rows = decluster(catalog)
    assert rows.size == len(catalog)
    truth = catalog["generation"] == 0
    # The first event of a family is its background event.
    first = found.parent < 0
    assert (truth & first).sum() / truth.sum() > 0.9
    assert (truth & first).sum() / first.sum() > 0.85
    assert found.n_mainshocks == pytest.approx(truth.sum(), rel=0.1)


# -- injection ----------------------------------------------------------------------------


def test_injection_follows_volume_and_index():
    response = InjectionResponse(-0.5, magnitudes=GutenbergRichter(1.0, 1.2))
    times = [0.0, 1000.0, 3000.0, 3500.0]
    rates = [2.0, 6.0, 0.0, 0.0]
    catalog = injection_catalog(times, rates, response, seed=1)
    density = 10 ** (-0.5 - 1.2)
    assert catalog.attributes["synthetic"]["volume"] == 14_000.0
    t = catalog["time"] / 1e9
    during = (np.sum(t < 1000), np.sum((t >= 1000) & (t < 3000)))
    for count, volume in zip(during, (2000, 12_000), strict=True):
        mean = density * volume
        assert abs(count - mean) < 4 * math.sqrt(mean)
    assert kstest(t[t < 1000] / 1000, "uniform").pvalue > ALARM


@pytest.mark.parametrize("p", [0.8, 1.0, 2.0])
def test_injection_decays_after_shut_in(p):
    tau, after = 3600.0, 86_400.0
    response = InjectionResponse(1.0, tau, p)
    # The last step of a ramp says little: lambda0 is the mean of the hour before.
    times = np.array([0.0, 7200.0, 8200.0, 9000.0])
    rates = [1.0, 0.5, 0.0, 0.0]
    catalog = injection_catalog(times, rates, response, after=after, seed=2)
    s = catalog["time"] / 1e9 - 8200.0
    s = s[s > 0]
    end = after + 800.0

    def integral(x):
        u = 1 + np.asarray(x) / tau
        return tau * np.log(u) if p == 1.0 else tau * (u ** (1 - p) - 1) / (1 - p)

    assert kstest(s, lambda x: integral(x) / integral(end)).pvalue > ALARM
    level = 10.0 * (2600.0 + 0.5 * 1000.0) / 3600.0
    mean = level * integral(end)
    assert abs(s.size - mean) < 4 * math.sqrt(mean)


def test_injection_resumes_and_each_pause_decays_from_its_own_level():
    response = InjectionResponse(1.0, 600.0, 3.0)
    times = [0, 1000, 5000, 6000, 12_000]
    catalog = injection_catalog(times, [4.0, -1.0, 1.0, 0.0, 0.0], response, seed=3)
    t = catalog["time"] / 1e9
    first = np.sum((t > 1000) & (t < 1600))
    second = np.sum((t > 6000) & (t < 6600))
    share = 600.0 * (1 - 2.0**-2) / 2
    for count, level in ((first, 40.0), (second, 10.0)):
        assert abs(count - level * share) < 4 * math.sqrt(level * share)
    assert abs(np.sum((t > 5000) & (t < 6000)) - 10_000) < 400


def test_injection_of_a_number_finds_the_index():
    response = InjectionResponse(magnitudes=GutenbergRichter(-1.0, 1.1))
    catalog = injection_catalog([0.0, 100.0], [3.0, 0.0], response, n=6000, seed=4)
    made = catalog.attributes["synthetic"]
    assert made["expected"] == pytest.approx(6000)
    assert made["seismogenic_index"] == pytest.approx(math.log10(6000 / 300) - 1.1)
    assert abs(len(catalog) - 6000) < 4 * math.sqrt(6000)


def test_injection_refuses_what_it_cannot_use():
    response = InjectionResponse()
    for times, rates in (
        ([0.0], [1.0]),
        ([0.0, -1.0], [1.0, 1.0]),
        ([0.0, 1.0], [1.0]),
        ([0.0, 1.0], [math.nan, 0.0]),
    ):
        with pytest.raises(InputError):
            injection_catalog(times, rates, response)
    with pytest.raises(DataError, match="nothing is injected"):
        injection_catalog([0.0, 1.0], [0.0, 5.0], response)
    for bad in ({"seismogenic_index": math.inf}, {"decay_time": 0.0}, {"decay_exponent": -1.0}):
        with pytest.raises(InputError):
            InjectionResponse(**bad)
