"""Catalogs on one axis: `catalog compare`, its numbers, its figure, its section."""

import itertools
import json
import math
from functools import partial

import numpy as np
import pytest
from scipy.stats import kstest

import commands
from asperity.core import Catalog, write_catalog
from asperity.core.errors import InputError
from asperity.core.report import render, sections_of
from asperity.core.statistics import b_value, record_rows, usual_records
from asperity.core.statistics.comparison import (
    Compared,
    comparison_document,
    ratio_p,
    slope_interval,
)


def draws(b, n, mc, seed, **columns):
    rng = np.random.default_rng(seed)
    m = mc + rng.exponential(1.0 / (b * math.log(10.0)), n)
    return Catalog.from_columns({"magnitude": m, **{k: v[:n] for k, v in columns.items()}})


def laboratory(n=400, seed=1):
    """Acoustic emissions as a simulation writes them: metres, microseconds, no calendar."""
    rng = np.random.default_rng(seed)
    return Catalog.from_columns(
        {
            "magnitude": -7.0 + rng.exponential(0.45, n),
            "time": np.sort(rng.integers(0, 10**7, n)),
            **{k: rng.uniform(-0.02, 0.02, n) for k in "xyz"},
        },
        frame="local", axes="ENU", time_frame="relative", time_origin="start", simulation="rig",
    )  # fmt: skip


def test_the_band_of_records_is_that_of_all_orders():
    """Against the counts of all 7! orders of seven values."""
    counts = [record_rows(p).size for p in itertools.permutations(range(7))]
    shares = np.bincount(counts, minlength=9) / math.factorial(7)
    for level in (0.5, 0.9, 0.95):
        (low, high), = usual_records(np.array([7]), level)  # fmt: skip
        below, above = shares[:low].sum(), shares[high + 1 :].sum()
        assert below <= (1 - level) / 2
        assert above <= (1 - level) / 2 + 1e-12
        # No narrower band would do: one more at either end exceeds its tail.
        assert shares[: low + 1].sum() > (1 - level) / 2 - 1e-12
        assert shares[high:].sum() > (1 - level) / 2


def test_intervals_hold_the_truth_as_often_as_they_say():
    """Exact law: 2,000 of samples of 12; off by 4 errors once in 16,000. Seed fixed."""
    rng = np.random.default_rng(0)
    rate = 0.9 * math.log(10.0)
    held = 0
    for _ in range(2000):
        m = rng.exponential(1.0 / rate, 12)
        low, high = slope_interval(1.0 / (math.log(10.0) * m.mean()), 12)
        held += low <= 0.9 <= high
    assert abs(held / 2000 - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 2000)


def test_the_test_of_two_slopes_is_uniform_where_they_are_one():
    """p of 1,000 pairs of unequal sizes; a KS test at 1e-4, seed fixed."""
    rng = np.random.default_rng(3)
    estimates = [1.0 / rng.exponential(1.0, (1000, n)).mean(axis=1) for n in (15, 60)]
    p = [ratio_p(a, 15, b, 60) for a, b in zip(*estimates, strict=True)]
    assert kstest(p, "uniform").pvalue > 1e-4
    assert ratio_p(0.7, 400, 1.0, 400) < 1e-5


def test_scales_stand_on_one_axis_with_their_own_numbers():
    field = draws(1.0, 3000, 1.0, 2)
    document = comparison_document(
        [Compared("rig", laboratory(), -7.0), Compared("field", field, 1.0)]
    )
    rig, other = document["catalogs"]
    for entry, catalog in ((rig, laboratory()), (other, field)):
        expected = b_value(catalog["magnitude"], entry["mc"])
        assert entry["b"] == expected.b
        assert entry["n"] == expected.n == len(catalog)
        shown = np.array(entry["frequency"]["ratio"])
        at = np.array(entry["frequency"]["magnitude"])
        counted = [(catalog["magnitude"] >= m).sum() / entry["n"] for m in at]
        np.testing.assert_allclose(shown, counted)
        assert entry["records"]["n_records"] == record_rows(catalog["magnitude"]).size
    assert rig["span_seconds"] == pytest.approx(0.01, rel=0.02)
    assert rig["rate_per_second"] == pytest.approx(400 / rig["span_seconds"])
    assert (other["span_seconds"], other["dimension"]["dimension"]) == (None, None)
    # Uniform in a cube; the estimate of a solid is low by some per cent.
    assert rig["dimension"]["dimension"] == pytest.approx(3.0, abs=4 * rig["dimension"]["sd"] + 0.2)
    assert document["independent"]["n_events"][-1] == 3000
    assert document["independent"]["expected"][-1] == pytest.approx(
        sum(1 / k for k in range(1, 3001))
    )


def test_mc_can_be_found_and_names_must_differ():
    found = comparison_document([Compared("a", laboratory(), None, "ks")])
    assert found["catalogs"][0]["mc_method"] == "ks"
    assert found["catalogs"][0]["mc"] == pytest.approx(-7.0, abs=0.11)
    assert found["status"].startswith("one catalog")
    with pytest.raises(InputError, match="name of its own"):
        comparison_document([Compared("a", laboratory()), Compared("a", laboratory())])


run = partial(commands.run, "catalog", "compare")


def test_the_command_from_files_to_the_report(tmp_path):
    rig, field = tmp_path / "events.parquet", tmp_path / "field.csv"
    write_catalog(laboratory(), rig)
    field.write_text("magnitude\n" + "\n".join(f"{m:.1f}" for m in draws(1.0, 500, 1.0, 4)[
        "magnitude"]) + "\n")  # fmt: skip
    png, out = tmp_path / "both.png", tmp_path / "both.json"
    told = run(rig, field, rig, "--mc", -7, "--mc", 1.1, "--mc", -6.8, "--figure", png, "-o", out)
    assert "rig (1)" in told.stdout
    assert "adjusted for 3 pairs" in told.stdout
    assert png.stat().st_size > 20_000
    document = json.loads(out.read_text())
    assert document["schema"] == "asperity.catalog.compare/1"
    assert [c["mc"] for c in document["catalogs"]] == [-7.0, 1.1, -6.8]
    p = [pair["p"] for pair in document["pairs"]]
    adjusted = [pair["p_adjusted"] for pair in document["pairs"]]
    assert all(a >= b for a, b in zip(adjusted, p, strict=True))
    section = sections_of(out)
    page = render("t", "l", [section])
    assert "Laboratory to field on one axis" in page
    assert "Magnitudes of field come in steps" in page


def test_wrong_numbers_of_options_are_usage_errors(tmp_path):
    path = tmp_path / "a.parquet"
    write_catalog(laboratory(), path)
    assert "for 3 catalogs" in run(path, path, path, "--mc", 1, "--mc", 2, code=2).stderr
    assert "2 times --name" in run(path, "--name", "a", "--name", "b", code=2).stderr
    empty = tmp_path / "empty.parquet"
    write_catalog(Catalog.from_columns({"magnitude": np.full(3, np.nan)}), empty)
    assert "empty: the catalog holds no magnitudes" in run(path, empty, code=1).stderr
