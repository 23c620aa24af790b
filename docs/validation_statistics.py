"""Hold the catalog statistics against independent packages on real catalogs.

Two steps, for the peers have an environment of their own:

    .venv/bin/python docs/validation_statistics.py ours FOLDER
    PEERS/bin/python docs/validation_statistics.py peers FOLDER

with SeismoStats and bruces installed in PEERS. The second prints the tables of
docs/validation-statistics.md.
"""

import contextlib
import io
import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np

CATALOGS = ("oklahoma-ogs", "pnr2", "cooper-basin", "prague")
CLUSTERS = {"oklahoma-ogs": 2.4, "cooper-basin": 0.0, "pnr2": -1.0}
B_METHODS = ("aki-utsu", "b-positive", "b-more-positive")
MC_METHODS = ("maxc", "ks", "b-stability")
BIN_WIDTH = 0.1


def ours(folder: Path) -> None:
    """Write what Asperity finds, and the arrays that it found it from."""
    from asperity.core.datasets import dataset
    from asperity.core.errors import DataError
    from asperity.core.formats import ReadOptions, read_catalog
    from asperity.core.statistics import b_value, magnitude_of_completeness, round_magnitudes
    from asperity.core.statistics.declustering import (
        decluster_reasenberg,
        decluster_windows,
        nearest_neighbours,
    )
    from asperity.core.statistics.positions import epicentres, plane_epicentres

    folder.mkdir(parents=True, exist_ok=True)
    results: dict[str, dict] = {}
    for name in CATALOGS:
        entry = dataset(name)
        catalog = read_catalog(entry.fetch(), options=ReadOptions().merged(entry.read)).catalog
        catalog = catalog.select(np.isfinite(catalog["magnitude"]))
        m = round_magnitudes(catalog["magnitude"], BIN_WIDTH)
        arrays = {"magnitudes": m}
        found: dict[str, dict] = {"mc": {}, "b": {}, "clusters": {}}
        for method in MC_METHODS:
            try:
                made = magnitude_of_completeness(m, method=method, bin_width=BIN_WIDTH)
                found["mc"][method] = made.mc
            except DataError:
                found["mc"][method] = None
        mc = found["mc"]["maxc"]
        for method in B_METHODS:
            start = time.perf_counter()
            made = b_value(m, mc, method=method, bin_width=BIN_WIDTH)
            found["b"][method] = [made.b, made.b_sd, made.n_sample, time.perf_counter() - start]
        if name in CLUSTERS:
            part = catalog.select(catalog["magnitude"] >= CLUSTERS[name] - 1e-9)
            plane = plane_epicentres(part["latitude"], part["longitude"])
            t, size = part.seconds, part["magnitude"]
            arrays |= {
                "seconds": t,
                "size": size,
                "plane": plane,
                "longitude": part["longitude"],
                "latitude": part["latitude"],
            }
            sphere = epicentres(part["latitude"], part["longitude"])
            nearest, eta, _, _ = nearest_neighbours(t, plane, size, minimum_distance=1e-3)
            arrays |= {"eta": eta, "nearest": nearest}
            for window in ("gk", "gruenthal", "uhrhammer"):
                made = decluster_windows(t, sphere, size, window=window)
                arrays[f"windows_{window}"] = made.is_mainshock
            arrays["reasenberg"] = decluster_reasenberg(
                t, plane, size, longest_zone=1e9
            ).is_mainshock
            found["clusters"]["n"] = len(part)
        np.savez(folder / f"{name}.npz", **arrays)
        results[name] = found
    (folder / "ours.json").write_text(json.dumps(results, indent=1))


def peers(folder: Path) -> None:
    """Run the peers on the same arrays and print both."""
    import bruces
    import pandas as pd
    import seismostats
    from bruces._common import time_space_distances_catalog
    from bruces.decluster.reasenberg._reasenberg import _decluster as bruces_reasenberg
    from seismostats.analysis import (
        BMorePositiveBValueEstimator,
        BPositiveBValueEstimator,
        ClassicBValueEstimator,
        estimate_mc_b_stability,
        estimate_mc_ks,
        estimate_mc_maxc,
    )
    from seismostats.analysis.declustering import GardnerKnopoffType1
    from seismostats.analysis.declustering.distance_time_windows import (
        GardnerKnopoffWindow,
        GruenthalWindow,
        UhrhammerWindow,
    )

    warnings.simplefilter("ignore")
    say = sys.stdout.write
    version = getattr(seismostats, "__version__", "1.0.1")
    say(f"SeismoStats {version}, bruces {bruces.__version__}, numpy {np.__version__}\n")
    known = json.loads((folder / "ours.json").read_text())
    estimators = (ClassicBValueEstimator, BPositiveBValueEstimator, BMorePositiveBValueEstimator)
    for name in CATALOGS:
        m = np.load(folder / f"{name}.npz")["magnitudes"]
        mc = known[name]["mc"]["maxc"]
        for method, estimator in zip(B_METHODS, estimators, strict=True):
            b, sd, n, elapsed = known[name]["b"][method]
            made = estimator()
            start = time.perf_counter()
            made.calculate(m[m >= mc - 1e-9], mc=mc, delta_m=BIN_WIDTH)
            theirs = time.perf_counter() - start
            theirs_sd = made.std if method != "b-more-positive" else float("nan")
            say(
                f"b {name} Mc {mc} {method}: {b:.10f} {made.b_value:.10f} "
                f"differ {abs(b - made.b_value):.1e}; sd {sd:.5f} {theirs_sd:.5f}; n {n}; "
                f"{elapsed:.3f} s, {theirs:.3f} s\n"
            )
        for method in MC_METHODS:
            start = time.perf_counter()
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    if method == "maxc":
                        theirs_mc = estimate_mc_maxc(m, BIN_WIDTH)[0]
                    elif method == "ks":
                        theirs_mc = estimate_mc_ks(m, BIN_WIDTH, n=300)[0]
                    else:
                        theirs_mc = estimate_mc_b_stability(m, BIN_WIDTH)[0]
            except Exception as error:
                theirs_mc = f"{type(error).__name__}: {error}"
            say(
                f"Mc {name} {method}: {known[name]['mc'][method]} {theirs_mc} "
                f"({time.perf_counter() - start:.1f} s)\n"
            )
    for name in CLUSTERS:
        a = np.load(folder / f"{name}.npz")
        n = a["seconds"].size
        days, km, size = a["seconds"] / 86_400.0, a["plane"] / 1000.0, a["size"]
        z = np.zeros(n)
        time_space_distances_catalog(days[:9], km[:9, 0], km[:9, 1], z[:9], size[:9])
        start = time.perf_counter()
        rescaled, distance = time_space_distances_catalog(
            days / 365.25, km[:, 0], km[:, 1], z, size, 1.6, 1.0, False
        )
        theirs = time.perf_counter() - start
        log_eta = np.log10(a["eta"])
        both = np.isfinite(log_eta) & np.isfinite(rescaled)
        differ = np.abs(log_eta - rescaled - distance)[both]
        say(
            f"nearest {name}: {n} events, {both.sum()} with a neighbour in both, "
            f"{(differ > 1e-6).sum()} differ by more than 1e-6 in log10 eta, the rest by "
            f"{differ[differ <= 1e-6].max():.1e} at most; all pairs {theirs:.2f} s\n"
        )
        theirs_main = bruces_reasenberg(
            days, km[:, 0], km[:, 1], z, size, 10, size.min(), 0.5, 1.0, 10.0, 0.95
        )
        say(
            f"reasenberg {name}: {a['reasenberg'].sum()} and {theirs_main.sum()} mainshocks, "
            f"{(a['reasenberg'] == theirs_main).mean():.4f} of the events alike\n"
        )
        stamps = pd.to_datetime((a["seconds"] * 1e9).astype(np.int64))
        frame = pd.DataFrame(
            {
                "time": stamps,
                "magnitude": size,
                "longitude": a["longitude"],
                "latitude": a["latitude"],
            }
        )
        for window, kind in (
            ("gk", GardnerKnopoffWindow),
            ("gruenthal", GruenthalWindow),
            ("uhrhammer", UhrhammerWindow),
        ):
            start = time.perf_counter()
            try:
                flags = np.asarray(GardnerKnopoffType1(kind())(frame), dtype=bool)
            except Exception as error:
                say(f"windows {window} {name}: the peer fails, {type(error).__name__}: {error}\n")
                continue
            ours_main = a[f"windows_{window}"]
            say(
                f"windows {window} {name}: {ours_main.sum()} and {flags.sum()} mainshocks, "
                f"{(ours_main != flags).sum()} of {n} events differ "
                f"({time.perf_counter() - start:.1f} s)\n"
            )


if __name__ == "__main__":
    {"ours": ours, "peers": peers}[sys.argv[1]](Path(sys.argv[2]))
