"""Real catalogs: figures that independent packages gave too (docs/validation-statistics.md)."""

import sys
from subprocess import run

import numpy as np
import pytest

from asperity.core.datasets import dataset
from asperity.core.formats import ReadOptions, read_catalog
from asperity.core.statistics import b_value, decluster, magnitude_of_completeness

pytestmark = pytest.mark.data

# Mc by maxc; b by aki-utsu, b-positive, b-more-positive at bin width 0.1: SeismoStats 1.0.1.
SEISMOSTATS = {
    "oklahoma-ogs": (2.4, 1.1205789515, 1.2325812122, 1.3028557390),
    "pnr2": (-1.7, 1.0585914187, 1.2695509983, 1.2895462525),
    "cooper-basin": (-0.6, 0.8367497319, 0.9833746057, 1.0129693047),
    "prague": (2.0, 0.7255066715, 0.9815500521, 0.9874218456),
}


def catalog_of(name):
    entry = dataset(name)
    return read_catalog(entry.fetch(), options=ReadOptions().merged(entry.read)).catalog


@pytest.mark.parametrize("name", SEISMOSTATS)
def test_b_and_maximum_curvature_agree_with_seismostats(data_folder, name):
    m = catalog_of(name)["magnitude"]
    mc, *slopes = SEISMOSTATS[name]
    assert magnitude_of_completeness(m, bin_width=0.1).mc == pytest.approx(mc)
    methods = ("aki-utsu", "b-positive", "b-more-positive")
    for method, b in zip(methods, slopes, strict=True):
        assert b_value(m, mc, method=method, bin_width=0.1).b == pytest.approx(b, abs=1e-9), method


@pytest.mark.parametrize(
    ("name", "method", "mc"),
    [("pnr2", "ks", -1.1), ("pnr2", "b-stability", -1.1), ("cooper-basin", "b-stability", 0.4),
     ("prague", "b-stability", 2.8), ("oklahoma-ogs", "ks", 3.8)],
)  # fmt: skip
def test_other_completeness_agrees_with_seismostats(data_folder, name, method, mc):
    m = catalog_of(name)["magnitude"]
    assert magnitude_of_completeness(m, method=method, bin_width=0.1).mc == pytest.approx(mc)


@pytest.mark.parametrize(("window", "n"), [("gk", 1804), ("gruenthal", 806), ("uhrhammer", 7402)])
def test_windows_agree_with_seismostats(data_folder, window, n):
    made, _ = decluster(catalog_of("oklahoma-ogs"), "gardner-knopoff", mc=2.4, window=window)
    assert made.n_mainshocks == n


def test_oklahoma_by_nearest_neighbours(data_folder):
    """The parents are those of all pairs; a random sample of events is searched anew."""
    catalog = catalog_of("oklahoma-ogs")
    made, rows = decluster(catalog, mc=2.4)
    t, m = catalog.seconds[rows], catalog["magnitude"][rows]
    phi, theta = np.deg2rad(catalog["latitude"][rows]), np.deg2rad(catalog["longitude"][rows])
    for j in np.random.default_rng(0).choice(rows.size, 200, replace=False):
        earlier = np.flatnonzero(t < t[j])
        if not earlier.size:
            continue
        h = np.sin((phi[earlier] - phi[j]) / 2) ** 2
        h += np.cos(phi[earlier]) * np.cos(phi[j]) * np.sin((theta[earlier] - theta[j]) / 2) ** 2
        r = 2 * 6371.0 * np.arcsin(np.sqrt(h))
        apart = r > 0.05  # closer ones meet the least distance
        years = (t[j] - t[earlier]) / (365.25 * 86_400)
        least = (years * r**1.6 * 10.0 ** -m[earlier])[apart].min()
        assert made.eta[j] <= least * (1 + 1e-6)
        i = made.nearest[j]
        if np.hypot(phi[i] - phi[j], theta[i] - theta[j]) * 6371 > 0.1:
            assert made.eta[j] == pytest.approx(least, rel=1e-6)


def test_the_command_line_stays_light():
    code = (
        "import sys, asperity.core.cli.root; "
        "heavy = {'numpy', 'numba', 'scipy', 'xarray', 'pandas', "
        "'sklearn', 'matplotlib'}; sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_kernels_warm_up():
    from asperity.core.statistics.warm_up import warm_up

    warm_up()
