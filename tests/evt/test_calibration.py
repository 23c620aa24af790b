"""Calibration: against scipy, exact expectations, known truths, and what another program found."""

import json

import numpy as np
import pytest
from scipy import integrate, stats

from asperity.core.errors import DataError, InputError
from asperity.evt.calibration.cross_validation import laws_without
from asperity.evt.calibration.evidence import evidence
from asperity.evt.calibration.fits import Fit, fit_law
from asperity.evt.calibration.goodness import (
    anderson_darling,
    goodness_of_fit,
    ks_critical,
    parameters_by_sequence,
)
from asperity.evt.comparison import compare_estimates
from asperity.evt.estimators import ESTIMATORS, EstimatorName, estimate, record_rows
from asperity.evt.laws import Gev, Gumbel, ShiftedLogNormal
from asperity.evt.pairs import SequenceMagnitudes, pairs_of
from commands import document, run

UPPER = EstimatorName("upper_limit", "all", "magnitude", "reversed")
LOWER = EstimatorName("jump_limited", "all", "potency", "cooke")


def made(n_sequences=40, n=400, b=1.0, seed=1):
    rng = np.random.default_rng(seed)
    return [
        SequenceMagnitudes(f"s{i}", "even" if i % 2 else "odd",
                           1.0 + rng.exponential(np.log10(np.e) / b, n), 1.0)
        for i in range(n_sequences)
    ]  # fmt: skip


# -- laws and fits -----------------------------------------------------------


def test_gumbel_is_scipys():
    law, other = Gumbel(0.15, 0.05), stats.gumbel_r(loc=0.05, scale=0.15)
    x = np.array([-0.4, -0.1, 0.0, 0.2, 1.5])
    assert law.cdf(x) == pytest.approx(other.cdf(x), rel=1e-12)
    assert law.sf(x) == pytest.approx(other.sf(x), rel=1e-12)
    assert law.pdf(x) == pytest.approx(other.pdf(x), rel=1e-12)
    assert law.quantile([0.05, 0.5, 0.99]) == pytest.approx(other.ppf([0.05, 0.5, 0.99]))


@pytest.mark.parametrize("x", [-0.9, -0.1, 0.1, 0.7, 2.0])
def test_tails_of_gumbel_are_the_integrals(x):
    law = Gumbel(0.15, 0.05)
    tail = integrate.quad(law.sf, x, 8.0, epsabs=1e-13, limit=300)[0]
    square = integrate.quad(lambda t: law.sf(t) ** 2, x, 8.0, epsabs=1e-13, limit=300)[0]
    assert law.tail(x) == pytest.approx(tail, rel=1e-7, abs=1e-12)
    assert law.tail_of_square(x) == pytest.approx(square, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("k", [0.23, 0.6, -0.25])
def test_gev_fit_is_as_likely_as_scipys(k):
    x = stats.genextreme(c=-k, loc=0.0, scale=0.1).rvs(400, random_state=3)
    ours = fit_law("gev", x)
    c, loc, scale = stats.genextreme.fit(x, -k, loc=0.0, scale=0.1)
    assert ours.log_likelihood >= stats.genextreme(c, loc, scale).logpdf(x).sum() - 1e-3
    assert list(ours.law.parameters.values()) == pytest.approx([-c, scale, loc], abs=2e-3)


def test_gumbel_and_lognormal_fits_are_scipys():
    x = stats.gumbel_r(loc=0.05, scale=0.15).rvs(300, random_state=1)
    loc, scale = stats.gumbel_r.fit(x)
    assert fit_law("gumbel", x).law.parameters == pytest.approx({"sigma": scale, "mu": loc})
    y = stats.lognorm(s=0.6, loc=-0.2, scale=np.exp(-1.4)).rvs(600, random_state=2)
    fitted = fit_law("lognormal", y).law
    with np.errstate(invalid="ignore"):
        s, loc, scale = stats.lognorm.fit(y, 0.6, loc=-0.2, scale=0.25)
    assert [fitted.mu, fitted.sigma, fitted.shift] == pytest.approx(
        [np.log(scale), s, -loc], abs=3e-3
    )


def test_criteria_by_hand():
    """ln L = -10 with 3 parameters and 20 values."""
    fit = Fit(Gev(0.23, 0.1, 0.0), 20, -10.0, 3)
    assert fit.aic == 26.0
    assert fit.aicc == pytest.approx(26.0 + 24.0 / 16.0)
    assert fit.bic == pytest.approx(3 * np.log(20) + 20.0)


def test_the_truth_lies_in_the_intervals():
    """24 intervals of 95 %: fewer than 19 of them hold by chance once in a thousand."""
    truth = {"k": 0.23, "sigma": 0.1, "mu": 0.0}
    owner = np.repeat(np.arange(60), 5)
    hits = 0
    for seed in range(8):
        x = Gev(**truth).quantile(np.random.default_rng(seed).uniform(size=300))
        drawn = parameters_by_sequence("gev", x, owner, replicates=60, seed=seed)
        for key, value in truth.items():
            low, high = np.percentile(drawn[key], [2.5, 97.5])
            hits += bool(low <= value <= high)
    assert hits >= 19


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(DataError, match="8 finite values"):
        fit_law("gev", [0.1, 0.2])
    with pytest.raises(DataError, match="8 finite values"):
        fit_law("gev", np.full(20, 0.1))
    with pytest.raises(InputError, match="known are gev"):
        fit_law("weibull", np.linspace(0, 1, 20))


# -- goodness ----------------------------------------------------------------


def test_anderson_darling_by_hand_and_in_the_mean():
    """One value at the median: -1 - 2 ln(1/2); the mean of a law given beforehand is 1."""
    law = ShiftedLogNormal(-1.4, 0.6, 0.2)
    assert anderson_darling(law, law.quantile([0.5])) == pytest.approx(2 * np.log(2) - 1)
    rng = np.random.default_rng(0)
    values = [anderson_darling(law, law.quantile(rng.uniform(size=30))) for _ in range(2000)]
    # The variance is near 2 (pi^2 - 9)/3 = 0.58, so 4 standard errors are 0.07.
    assert np.mean(values) == pytest.approx(1.0, abs=0.07)


def test_critical_distance_is_that_of_the_exact_law():
    for n in (20, 123, 329):
        assert ks_critical(n) == pytest.approx(stats.kstwo.ppf(0.95, n), abs=1e-3)


def test_the_bootstrap_knows_right_from_wrong():
    rng = np.random.default_rng(4)
    x = Gev(0.4, 0.1, 0.0).quantile(rng.uniform(size=200))
    right = goodness_of_fit(fit_law("gev", x).law, x, replicates=60)
    wrong = goodness_of_fit(fit_law("gumbel", x).law, x, replicates=60)
    assert right.ks_p > 0.1
    assert right.anderson_darling_p > 0.1
    assert wrong.ks_p < 0.05
    assert wrong.anderson_darling_p < 0.05


# -- pairs and comparison ----------------------------------------------------


def test_pairs_are_what_sorting_at_each_record_gives():
    sequences = made(3)
    pairs = pairs_of(sequences, min_events=20)
    k = 0
    for number, item in enumerate(sequences):
        for before, row in enumerate(record_rows(item.magnitudes)):
            if row < 20 or before < 2:
                continue
            history = item.magnitudes[:row]
            assert pairs.sequence[k] == number
            assert pairs.observed[k] == item.magnitudes[row]
            assert pairs.m_max[k] == history.max()
            for index in ("cooke", "reversed", "truncated"):
                for name in ESTIMATORS:
                    full = EstimatorName(name.estimator, name.events, name.size, index)
                    assert pairs.estimate(full)[k] == pytest.approx(
                        estimate(full, history), abs=1e-10
                    )
            k += 1
    assert k == len(pairs)


def test_a_pair_knows_nothing_of_what_follows():
    first = made(1, 3000)[0]
    pairs = pairs_of([first], min_events=2, min_records=1)
    row = int(pairs.n_events[1])
    changed = first.magnitudes.copy()
    changed[row:] = np.linspace(9.0, 9.5, changed.size - row)
    later = SequenceMagnitudes("x", "x", changed, 1.0)
    again = pairs_of([later], min_events=2, min_records=1)
    same = again.n_events == row
    assert same.sum() == 1
    for index in ("cooke", "reversed", "truncated"):
        assert again.estimates[index][same][0].tolist() == pairs.estimates[index][1].tolist()
    assert again.b[same][0] == pairs.b[1]


def test_measures_by_hand():
    found = compare_estimates(np.array([1.0, 2.5, np.nan, 4.0]), np.array([1.5, 2.0, 3.0, 3.0]))
    assert found.n == 3
    assert found.bias == pytest.approx(1.0 / 3.0)
    assert found.rms == pytest.approx(np.sqrt((0.25 + 0.25 + 1.0) / 3))
    assert (found.fraction_over, found.max_under, found.max_over) == (
        pytest.approx(2 / 3),
        0.5,
        1.0,
    )
    assert found.r == pytest.approx(np.corrcoef([1.0, 2.5, 4.0], [1.5, 2.0, 3.0])[0, 1])


@pytest.mark.parametrize("n_sequences", [8, 70])
def test_leaving_out_leaves_out(n_sequences):
    pairs = pairs_of(made(n_sequences))
    laws = laws_without("gumbel", pairs, UPPER, LOWER)
    x, valid = pairs.normalised(UPPER, LOWER)
    rows, law = laws[0]
    left = np.isin(pairs.sequence, pairs.sequence[rows])
    loc, scale = stats.gumbel_r.fit(x[valid & ~left])
    assert [law.mu, law.sigma] == pytest.approx([loc, scale])
    # Each record is left out once, together with all of its sequence.
    every = np.sort(np.concatenate([r for r, _ in laws]))
    assert every.tolist() == np.flatnonzero(valid).tolist()
    assert len(laws) <= 60


# -- what the study must show --------------------------------------------------


def test_literal_cooke_gives_no_normalised_magnitude_and_reversed_does():
    """As derived: M_UE - M_LE is near zero when both are near M_max + 0.2."""
    rows = {(r.upper, r.lower, r.group): r for r in evidence(pairs_of(made(40)))}
    literal = rows["upper_limit:all:magnitude:cooke", str(LOWER), "pooled"]
    backward = rows[str(UPPER), str(LOWER), "pooled"]
    assert literal.invalid > 0.4
    assert backward.invalid == 0.0
    # Only records are looked at, which selects low maxima: 0.1 to 0.2 off even for GR.
    assert backward.ks_gev < 0.3
    assert literal.invalid < 1.0
    assert literal.ks_gev > backward.ks_gev + 0.1
    assert len(rows) == 36 * 3


@pytest.fixture(scope="module")
def oklahoma(data_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("database") / "oklahoma"
    run("evt", "sequences", "data:oklahoma-ogs", "--mc", "1.5", "--since", "2009-01-01",
        "--no-completeness", "-o", folder)  # fmt: skip
    return document("evt", "calibrate", folder, "--evidence", "--bootstrap", "0")


def test_oklahoma_agrees_with_the_other_programs_table(oklahoma):
    """Its 33 blocks from a fixed grid had 123 records; the sliding search has some more.

    KS distances of 123 records move by about 0.03 when a few are added.
    """
    assert oklahoma["n_forecasts"] == pytest.approx(123, abs=10)
    rows = {(r["upper"], r["lower"]): r for r in oklahoma["evidence"]["rows"]}
    for lower, gev, lognormal in (
        ("jump_limited:records:potency:reversed", 0.075, 0.055),
        ("jump_limited:all:potency:reversed", 0.113, 0.074),
    ):
        row = rows[str(UPPER), lower]
        assert row["invalid"] == 0.0
        assert row["above"] == pytest.approx(0.016, abs=0.005)
        assert row["ks_gev"] == pytest.approx(gev, abs=0.03)
        assert row["ks_lognormal"] == pytest.approx(lognormal, abs=0.03)
    literal = rows["upper_limit:records:magnitude:cooke", str(LOWER)]
    assert literal["invalid"] == pytest.approx(0.62, abs=0.05)
    assert literal["above"] == pytest.approx(0.83, abs=0.02)
    assert literal["ks_gev"] == pytest.approx(0.705, abs=0.03)
    assert len(oklahoma["evidence"]["quoted"]) >= 4


EIGHT = {  # r, bias, rms, fraction over, max under, max over; 123 records
    "cooke": [
        (0.846, -0.240, 0.406, 0.130, 1.96, 0.33),
        (0.862, -0.315, 0.441, 0, 2.04, -0.02),
        (0.854, -0.289, 0.430, 0.081, 2.02, 0.17),
        (0.861, -0.325, 0.450, 0, 2.06, -0.02),
        (0.769, 0.281, 0.551, 0.732, 1.28, 1.60),
        (0.858, -0.211, 0.378, 0.203, 1.93, 0.14),
        (0.808, -0.059, 0.377, 0.488, 1.61, 0.83),
        (0.855, -0.241, 0.398, 0.154, 2.00, 0.13)
    ],
    "reversed": [
        (0.775, 0.660, 0.903, 0.854, 1.26, 2.13),
        (0.861, -0.189, 0.363, 0.228, 1.90, 0.10),
        (0.856, 1.404, 1.538, 0.984, 0.86, 2.66),
        (0.864, -0.167, 0.350, 0.366, 1.90, 0.10),
        (0.732, 0.549, 0.827, 0.797, 1.23, 2.40),
        (0.856, -0.164, 0.356, 0.309, 1.86, 0.21),
        (0.759, 0.157, 0.467, 0.634, 1.30, 1.40),
        (0.853, -0.183, 0.368, 0.350, 1.95, 0.20)
    ],
}  # fmt: skip


@pytest.mark.parametrize("index", EIGHT)
def test_the_eight_agree_with_the_other_programs_table(oklahoma, index):
    rows = [r for r in oklahoma["comparison"] if r["index"] == index]
    for row, (r, bias, rms, over, under, above) in zip(rows, EIGHT[index], strict=True):
        assert row["r"] == pytest.approx(r, abs=0.03)
        assert row["bias"] == pytest.approx(bias, abs=0.05)
        assert row["rms"] == pytest.approx(rms, abs=0.05)
        assert row["fraction_over"] == pytest.approx(over, abs=0.05)
        # The worst cases are single records, the same ones.
        assert row["max_under"] == pytest.approx(under, abs=0.01)
        assert row["max_over"] == pytest.approx(max(above, 0.0), abs=0.01)


def test_ranking_of_the_laws_is_that_of_the_paper(oklahoma):
    aic = {f["law"]: f["aic"] for f in oklahoma["fits"]}
    assert aic["gev"] < aic["lognormal"] < aic["gumbel"]
    assert oklahoma["best"] == "gev"


def six_sequences(folder):
    rng = np.random.default_rng(8)
    for i in range(6):
        m = 1.0 + rng.exponential(0.4343, 200)
        (folder / f"s{i}.csv").write_text("magnitude\n" + "\n".join(f"{v:.3f}" for v in m) + "\n")


def test_forecast_takes_the_law_of_a_calibration(tmp_path):
    six_sequences(tmp_path)
    result, file = tmp_path / "own.json", tmp_path / "s0.csv"
    run("evt", "calibrate", tmp_path, "--mc", 1, "--bootstrap", 0, "-o", result)
    fits = {f["law"]: f["parameters"] for f in json.loads(result.read_text())["fits"]}
    for name, theirs in (
        ("gev", stats.genextreme(-fits["gev"]["k"], fits["gev"]["mu"], fits["gev"]["sigma"])),
        ("gumbel", stats.gumbel_r(fits["gumbel"]["mu"], fits["gumbel"]["sigma"])),
    ):
        found = document("evt", "forecast", file, "--mc", 1, "--threshold", 5,
                         "--calibration", result, "--law", name)  # fmt: skip
        assert found["law"] == {"name": name, "profile": "own", "parameters": fits[name]}
        x, floor = (
            (m - found["m_le"]) / (found["m_ue"] - found["m_le"]) for m in (5.0, found["m_max"])
        )
        assert found["exceedance"][0]["probability"] == pytest.approx(
            theirs.sf(x) / theirs.sf(floor), rel=1e-9
        )
    # What is in force is in the provenance: the same without the file of the calibration.
    constants = ",".join(map(repr, fits["gev"].values()))
    again = document("evt", "forecast", file, "--mc", 1, "--law", "gev", "--set", "profile='own'",
                     "--set", f"constants=[{constants}]")  # fmt: skip
    assert again["law"]["parameters"] == fits["gev"]


def test_a_calibration_is_not_mixed_with_what_it_was_not_fitted_with(tmp_path):
    six_sequences(tmp_path)
    result, file = tmp_path / "own.json", tmp_path / "s0.csv"
    run("evt", "calibrate", tmp_path, "--mc", 1, "--bootstrap", 0, "-o", result)
    command = ("evt", "forecast", file, "--mc", 1, "--calibration")
    other = ("--le", "jump_limited:records:potency:cooke")
    assert "was fitted with" in run(*command, result, *other, code=2).stderr
    run(*command, result, *other, "--allow-mismatch")
    assert "give one of them" in run(*command, result, "--profile", "refit", code=2).stderr
    run("evt", "records", file, "--mc", 1, "-o", tmp_path / "records.json")
    refused = run(*command, tmp_path / "records.json", code=1)
    assert "expected one of evt calibrate" in refused.stderr
    (tmp_path / "cut.json").write_text('{"schema": "asperity.evt.calibrate/1", "upper": ""}')
    assert "make it again" in run(*command, tmp_path / "cut.json", code=1).stderr
    assert "pass --calibration" in run(*command[:-1], "--profile", "own", code=2).stderr


def test_calibrate_prints_draws_and_refuses(tmp_path):
    six_sequences(tmp_path)
    found = run("evt", "calibrate", tmp_path, "--bootstrap", 5, "--evidence", "--mc", 1,
                "--figure", tmp_path / "x.png", "--panels", tmp_path / "e.png")  # fmt: skip
    assert "published laws under every reading" in found.stdout
    assert "not made again" in found.stdout
    assert (tmp_path / "x.png").stat().st_size > 20_000
    assert (tmp_path / "e.png").stat().st_size > 20_000
    assert "name folders" in run("evt", "calibrate", code=2).stderr
    (tmp_path / "few").mkdir()
    (tmp_path / "few" / "a.csv").write_text("magnitude\n1.0\n1.5\n1.2\n")
    refused = run("evt", "calibrate", tmp_path / "few", code=1)
    assert "lower --mc" in refused.stderr
