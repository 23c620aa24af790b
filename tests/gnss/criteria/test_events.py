"""Events, nulls, comparisons and calibration.

Seeds are fixed; bounds of rates are 3.3 standard deviations (false alarms below 1 in 1,000).
"""

import math

import numpy as np
import pytest

from asperity.core import Catalog, read_catalog
from asperity.core.datasets import dataset
from asperity.core.errors import DataError, InputError
from asperity.core.geometry import Faults, geodesic_distance, haversine_distance, moment_tensor
from asperity.gnss.criteria import (
    PUBLISHED,
    CriteriaConfiguration,
    Ground,
    StudyArea,
    Targets,
    added_by,
    catalog_events,
    evaluate_rule,
    mainshocks,
    paired_difference,
    seismicity_null,
    uniform_null,
)
from asperity.gnss.criteria.calibration import (
    information_gain,
    trained_range,
    trained_threshold,
)
from asperity.gnss.criteria.comparison import intensity
from asperity.gnss.events import EVENTS
from naive.criteria import smoothed

DAY = 86_400_000_000_000


def catalog(magnitudes, longitude, latitude, mechanisms=None, days=None):
    n = len(magnitudes)
    columns = {
        "magnitude": magnitudes, "longitude": longitude, "latitude": latitude,
        "time": DAY * np.asarray(days if days is not None else np.arange(n) * 1000),
    }  # fmt: skip
    if mechanisms is not None:
        names = ("mrr", "mtt", "mpp", "mrt", "mrp", "mtp")
        columns |= dict(zip(names, moment_tensor(*zip(*mechanisms, strict=True)).T, strict=True))
    return Catalog.from_columns(columns)


@pytest.fixture(scope="module")
def area(field_of):
    return StudyArea.of(field_of(lambda x, y: x, east_end=6.0, south=30.0, north=34.0))


def test_nine_events_are_those_of_the_published_split():
    styles = [e.style for e in EVENTS]
    assert (len(styles), styles.count("strike-slip")) == (9, 5)
    assert all(e.magnitude >= 7.0 and e.source for e in EVENTS)


@pytest.mark.data
def test_epicentres_are_those_of_isc_gem_where_it_reaches(data_folder):
    events = read_catalog(dataset("isc-gem-v3").fetch()).catalog.to_pandas()
    found = []
    for event in EVENTS:
        time = np.datetime64(event.time).astype("datetime64[ns]")
        gap = np.abs(events.time.dt.tz_localize(None).to_numpy() - time) / np.timedelta64(1, "s")
        near = events[(gap < 60.0) & (events.magnitude > 6.5)]
        for row in near.itertuples():
            found.append(
                geodesic_distance(event.latitude, event.longitude, row.latitude, row.longitude)
            )
            assert row.magnitude == pytest.approx(event.moment_magnitude, abs=0.1)
    # Kunlun, Yutian 2008, Wenchuan, Yushu.
    assert np.round(np.array(found) / 1e3, 1).tolist() == [2.1, 4.2, 7.6, 2.6]


def test_rules_choose_by_mechanism_and_magnitude(area):
    mechanisms = [(0, 90, 0), (0, 45, -90), (0, 45, 90), (20, 80, 10), (0, 90, 45)]
    made = catalog_events(catalog([5.0, 5.4, 6.0, 7.2, 5.1], [1.0] * 5, [31.0] * 5, mechanisms))
    assert [e.style for e in made] == ["strike-slip", "normal", "thrust", "strike-slip", "odd"]
    targets = Targets.of(made, area)
    chosen = {n: [e.magnitude for e in targets.for_rule(r).events] for n, r in PUBLISHED.items()}
    assert chosen["SS5"] == [5.0]
    assert chosen["N5"] == [5.4]
    assert chosen["T5"] == []  # 6.0 is too large
    assert chosen["SS7"] == chosen["discussion"] == [7.2]


def test_mechanisms_may_be_angles_or_missing():
    plain = catalog([5.0], [1.0], [31.0])
    assert [e.style for e in catalog_events(plain)] == [""]
    angles = plain.with_columns({"strike": [0.0], "dip": [90.0], "rake": [0.0]})
    assert [e.style for e in catalog_events(angles)] == ["strike-slip"]
    with pytest.raises(DataError, match="latitude and longitude"):
        catalog_events(Catalog.from_columns({"magnitude": [5.0]}))


def test_aftershocks_are_left_out():
    made = catalog([6.0, 5.0, 5.0], [1.0, 1.05, 1.0], [31.0, 31.0, 31.0], days=[0, 3, 4000])
    assert mainshocks(made, "gardner-knopoff")["magnitude"].tolist() == [6.0, 5.0]
    assert len(mainshocks(made, "none")) == 3


def test_events_before_a_date(area):
    targets = Targets.of(EVENTS, area)
    assert targets.before("2012-01-01").tolist() == [True] * 4 + [False] * 5
    assert not len(targets.inside)


def test_seismicity_is_the_sum_of_kernels(area):
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(-1, 7, 30), rng.uniform(29, 35, 30)
    null = seismicity_null(area, lon, lat, 60.0)
    x, y = area.coordinates

    def chord(node, event):
        angle = haversine_distance(y[node], x[node], lat[event], lon[event]) / 6371e3
        return 2.0 * 6371.0 * math.sin(angle / 2.0)

    density = np.array(smoothed(range(area.size), range(30), 60.0, chord)) * area.shares
    np.testing.assert_allclose(null.weights, density / density.sum(), rtol=1e-4)
    assert (null.events, null.weights.sum()) == (30, pytest.approx(1.0))


def test_a_wide_kernel_is_the_uniform_null(area):
    null = seismicity_null(area, [3.0], [32.0], 1e6)
    np.testing.assert_allclose(null.weights, uniform_null(area).weights, rtol=1e-4)


def test_seismicity_elsewhere_is_none(area):
    with pytest.raises(DataError, match="none of 1 earlier events"):
        seismicity_null(area, [60.0], [0.0], 75.0)
    with pytest.raises(InputError, match="bandwidth"):
        seismicity_null(area, [3.0], [32.0], 0.0)


def test_paired_difference_counts_signs():
    # All four signs of (0.1, 0.3): means 0.2, 0.1, -0.1, -0.2; the observed one is the second.
    found = paired_difference([0.2, 0.5], [0.3, 0.2])
    assert (found.mean, found.p_value) == (pytest.approx(0.1), 0.5)
    many = paired_difference(np.full(40, 0.2), np.full(40, 0.1), seed=1)
    assert many.p_value == pytest.approx(1 / 20_000)


def test_paired_difference_has_its_level():
    rng = np.random.default_rng(6)
    p = np.array([paired_difference(*rng.uniform(size=(2, 7))).p_value for _ in range(1500)])
    for level in (0.05, 0.2):
        assert np.mean(p <= level) <= level + 3.3 * math.sqrt(level * (1 - level) / 1500)


def test_intensity_is_the_maximum_that_is_known():
    # Two places, half the weight each: the rate of the second is e^b times that of the first.
    b, gain = intensity(np.array([[0.0], [1.0]]), np.array([0.5, 0.5]), np.array([0.8]))
    assert b[0] == pytest.approx(math.log(4.0), rel=1e-4)
    assert gain == pytest.approx(0.8 * math.log(1.6) + 0.2 * math.log(0.4))
    b, gain = intensity(np.array([[0.0], [1.0]]), np.array([0.5, 0.5]), np.array([1.0]))
    assert 15.0 < b[0] <= 30.0  # all at the end of the covariate: as far as it matters
    assert gain == pytest.approx(math.log(2.0))


def test_what_adds_nothing_is_not_found_and_what_adds_is():
    rng = np.random.default_rng(7)
    first, second = rng.uniform(size=(2, 400)).round(2)
    weights = np.ones(400) / 400
    rate = np.exp(2.0 * first)
    p = [
        added_by(second, first, weights, rng.choice(400, 6, p=rate / rate.sum()), k, 39).p_value
        for k in range(150)
    ]
    assert np.mean(np.array(p) <= 0.1) <= 0.1 + 3.3 * math.sqrt(0.09 / 150)
    rate = np.exp(2.0 * first + 6.0 * second)
    found = added_by(second, first, weights, rng.choice(400, 60, p=rate / rate.sum()))
    assert not found.simulated
    assert found.p_value < 1e-6
    assert found.coefficients[1] == pytest.approx(6.0, abs=3.0)


def test_thresholds_are_fitted_to_the_first_and_tested_on_the_rest():
    score = np.arange(100.0)
    rows, first = np.array([90, 95, 40, 97, 10]), np.array([True, True, True, False, False])
    found = trained_threshold(score, np.ones(100), rows, first)
    # Two of three at 90 and more: 2/3 - 0.10 beats 1 - 0.60 and 1/3 - 0.05.
    assert found.low == 90.0
    assert (found.training.hits, found.test.hits, found.test.n) == (2, 1, 2)
    assert found.test.p_value == pytest.approx(1.0 - 0.9**2)


def test_ranges_hold_all_they_were_made_from():
    values = np.arange(100.0)
    rows, first = np.array([20, 60, 50, 99]), np.array([True, True, False, False])
    found = trained_range(values, np.ones(100), rows, first)
    assert (found.low, found.high) == (20.0, 60.0)
    assert (found.training.hits, found.test.hits) == (2, 1)
    assert found.test.share == pytest.approx(0.41)


def test_information_gain_of_a_true_rate_is_that_of_the_rate():
    rng = np.random.default_rng(8)
    z = np.repeat([0.0, 1.0], 500)
    weights = np.ones(1000) / 1000
    rate = np.exp(1.5 * z)
    rows = rng.choice(1000, 4000, p=rate / rate.sum())
    found = information_gain(z, weights, rows, np.arange(4000) < 2000)
    share = math.e**1.5 / (1.0 + math.e**1.5)
    expected = share * math.log(2 * share) + (1 - share) * math.log(2 * (1 - share))
    assert found.coefficient == pytest.approx(1.5, abs=0.2)
    sd = (found.high - found.low) / 2.0 / 1.96
    assert found.gain == pytest.approx(expected, abs=3.3 * sd)
    assert found.n == 2000


def test_a_split_without_events_on_both_sides_is_said():
    with pytest.raises(DataError, match="0 events before the split and 2 after"):
        trained_range(np.arange(9.0), np.ones(9), [1, 2], [False, False])


def test_a_planted_rule_is_found_by_the_whole_evaluation(field_of):
    field = field_of(
        lambda x, y: 5.0 + 4.0 * np.sin(x) * np.cos(2.0 * y), south=28.0, north=34.0, step=0.5
    )
    settings = CriteriaConfiguration.model_validate({
        "rules": {"planted": {"zone": "edge", "mechanism": "any", "values": [6.0, 8.0]}},
    })  # fmt: skip
    ground = Ground(field, Faults(()), settings)
    alarm = ground.alarm(settings.rules["planted"], "contour")
    x, y = (c[alarm] for c in ground.area.coordinates)
    rng = np.random.default_rng(9)
    rows = rng.choice(x.size, 12, replace=False)
    targets = Targets.of(catalog_events(catalog([7.5] * 12, x[rows], y[rows])), ground.area)
    null = uniform_null(ground.area)
    found = evaluate_rule("planted", ground, targets, [null], split="1985-01-01")
    score = found.alarms["contour", "uniform"]
    assert score.hits == 12
    assert score.p_value == pytest.approx(score.share**12)
    assert found.range_scores["uniform"].hits == 12
    assert set(found.edges) == {"band", "ridge", "contour"}
    assert ("range", "uniform") in found.trained


def test_an_unknown_rule_is_refused(area, field_of):
    ground = Ground(field_of(lambda x, y: x), Faults(()), CriteriaConfiguration.model_validate({}))
    with pytest.raises(InputError, match="'SS9' is not known; there are SS7"):
        evaluate_rule("SS9", ground, Targets.of((), area), [])
