"""Strain of known fields, and velocities of left-out stations, by ten methods tuned alike.

    ASPERITY_DATA=FOLDER python benchmarks/strain_peers.py synthetic --output FILE [--workers 2]
    ASPERITY_DATA=FOLDER python benchmarks/strain_peers.py real --output FILE [--workers 2]
    python benchmarks/strain_peers.py table FILE

Stations, formal covariances and positions are those of data:china-wang-shen-2020, screened.
`synthetic` makes velocities of three truths (`asperity.gnss.strain_rate.synthetic.truth_for`)
with the noise of the stations and 0.5 mm/yr more, five seeds each, and compares strain at the
nodes of a half-degree grid with the third station within 120 km. `real` predicts the velocities of
left-out stations: ten random folds, and ten folds of one-degree cells.

From all velocities one rotation is removed first. Verde, PyKrige, nearest stations and Shen
choose their settings, at most 25, by the velocities of the same five folds (or of the first
`--tuning-folds` of them), at every seed. The Gaussian process of scikit-learn and the
collocation use their own likelihood, at every seed. Methods that predict velocities only are
differentiated over 2 km. The peers verde, pykrige and scikit-learn are needed for their own
rows alone.

The "best linear estimate" is no method but a bound: it knows the covariance of the truths, from
1,500 others of the same kind, and the noise. What is linear in the velocities does no better on
average over truths; on a single one it can.

FILE takes one JSON object a method and truth; what it holds already is not run again.
"""

import argparse
import json
import resource
import time
from abc import ABC, abstractmethod
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from asperity.core.datasets import dataset
from asperity.core.geometry import Region
from asperity.gnss import Collocation, NearestStations, ShenStrain, read_network, screen
from asperity.gnss.sphere import RADIUS, local_frames, longitude_latitude, trend_columns
from asperity.gnss.strain_rate.crossvalidation import block_labels
from asperity.gnss.strain_rate.solver import Observations
from asperity.gnss.strain_rate.synthetic import gradient_of, noisy, truth_for
from asperity.gnss.strain_rate.validation import compare, supported_nodes

WHOLE = (70.0, 112.0, 20.0, 50.0)
TRUTHS = ("faults", "smooth", "mixed")
EXTRA = 0.5
TENSOR = ("strain_ee", "strain_nn", "strain_en")


class Peer(ABC):
    """A method: settings to choose from, a fit, and velocities with what else it knows."""

    settings = ({},)

    @abstractmethod
    def fit(self, places, velocities, covariances):
        """Take velocities (n, 2) and covariances (n, 2, 2) at places (n, 2)."""

    @abstractmethod
    def velocity(self, places):
        """Return the velocity at places, mm/yr, shape (m, 2)."""

    def velocity_variance(self, places):
        """Return the variance of a velocity observed there without formal noise, or None."""
        return

    def strain(self, nodes):
        """Return ee, nn, en (m, 3) in nanostrain/yr, and their standard deviations or None."""
        gradient = gradient_of(
            lambda frames: self.velocity(np.column_stack(longitude_latitude(frames))),
            nodes[:, 0], nodes[:, 1], step=0.01,
        )  # fmt: skip
        shear = 0.5 * (gradient[:, 0, 1] + gradient[:, 1, 0])
        return 1e3 * np.stack([gradient[:, 0, 0], gradient[:, 1, 1], shear], axis=1), None


class Ours(Peer):
    """An estimator of asperity.gnss."""

    def fit(self, places, velocities, covariances):
        self.field.fit(tuple(places.T), velocities, covariances)

    def velocity(self, places):
        # Where a method has no answer the rotation, which was removed, is the best there is.
        return np.nan_to_num(self.field.velocity(tuple(places.T)))

    def strain(self, nodes):
        found = self.field.predict(tuple(nodes.T), keep_masked=True)
        strain = np.stack([found[name].values for name in TENSOR], axis=1)
        return strain, np.stack([found[f"{name}_sd"].values for name in TENSOR], axis=1)


class OurCollocation(Ours):
    def __init__(self, covariance, varying=False):
        self.field = Collocation(covariance, varying=varying)

    def freeze(self):
        """Keep the parameters, so that folds are predicted with those of all stations."""
        found = self.field
        self.field = Collocation(
            found.covariance_, estimate="none", extra_noise=found.noise_.extra
        )  # fmt: skip

    def velocity_variance(self, places):
        found = self.field.predict(tuple(places.T), keep_masked=True)
        return (
            np.stack([found.velocity_east_sd, found.velocity_north_sd], axis=1) ** 2
            + self.field.noise_.extra**2
        )


class Nearest(Ours):
    settings = tuple({"neighbours": n} for n in (4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40))

    def __init__(self, **settings):
        self.field = NearestStations(**settings)


class Shen(Ours):
    settings = tuple(
        {"threshold": w, "areal_weight": area, "distance_weight": taper}
        for taper, area, w in product(
            ("gaussian", "quadratic"), ("voronoi", "azimuth"), (4.0, 8.0, 12.0, 18.0, 24.0, 36.0)
        )
    )

    def __init__(self, **settings):
        self.field = ShenStrain(**settings)


def chords(places):
    return RADIUS * local_frames(*places.T)[:, 2]


class GaussianProcess(Peer):
    """scikit-learn: Matern-3/2 on chords, white noise, and the formal variances, by component."""

    def fit(self, places, velocities, covariances):
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

        fixed = getattr(self, "kernels", (None, None))
        self.processes = []
        for i in range(2):
            kernel = ConstantKernel(30.0, (1e-3, 1e5)) * Matern(300.0, (5.0, 2e4), nu=1.5)
            kernel += WhiteKernel(0.25, (1e-4, 1e2))
            process = GaussianProcessRegressor(
                fixed[i] or kernel, alpha=covariances[:, i, i],
                optimizer=None if fixed[i] else "fmin_l_bfgs_b",
            )  # fmt: skip
            self.processes.append(process.fit(chords(places), velocities[:, i]))

    def freeze(self):
        self.kernels = tuple(p.kernel_ for p in self.processes)

    def velocity(self, places):
        return np.stack([p.predict(chords(places)) for p in self.processes], axis=1)

    def velocity_variance(self, places):
        # The white noise is in the variance that scikit-learn predicts.
        sds = [p.predict(chords(places), return_std=True)[1] for p in self.processes]
        return np.stack(sds, axis=1) ** 2


def plane(places):
    """Return easting and northing of a conformal map, m, and its convergence, radians."""
    from pyproj import Proj

    conic = Proj("+proj=lcc +lat_1=25 +lat_2=45 +lat_0=35 +lon_0=91 +R=6371000")
    x, y = conic(places[:, 0], places[:, 1])
    return (x, y), np.radians(conic.get_factors(places[:, 0], places[:, 1]).meridian_convergence)


def turned(vectors, angle):
    """Return vectors (n, 2) turned counter-clockwise."""
    c, s = np.cos(angle), np.sin(angle)
    return np.stack(
        [c * vectors[:, 0] - s * vectors[:, 1], s * vectors[:, 0] + c * vectors[:, 1]], axis=1
    )


class VerdeSpline(Peer):
    settings = tuple({"damping": float(d)} for d in np.logspace(-8, 1, 19))

    def __init__(self, damping):
        self.damping = damping

    def fit(self, places, velocities, covariances):
        import verde

        at, _ = plane(places)
        self.splines = [
            verde.Spline(damping=self.damping).fit(
                at, velocities[:, i], weights=1.0 / (covariances[:, i, i] + EXTRA**2)
            )
            for i in range(2)
        ]

    def velocity(self, places):
        at, _ = plane(places)
        return np.stack([spline.predict(at) for spline in self.splines], axis=1)


class VerdeVector(Peer):
    settings = tuple(
        {"damping": float(d), "mindist": 1e3 * m}
        for d, m in product(np.logspace(-6, 0, 6), (5.0, 20.0, 60.0, 150.0))
    )

    def __init__(self, damping, mindist):
        self.damping, self.mindist = damping, mindist

    def fit(self, places, velocities, covariances):
        import verde

        at, angle = plane(places)
        on_map = turned(velocities, -angle)
        weights = tuple(1.0 / (covariances[:, i, i] + EXTRA**2) for i in range(2))
        self.spline = verde.VectorSpline2D(
            poisson=0.5, mindist=self.mindist, damping=self.damping
        ).fit(at, tuple(on_map.T), weights=weights)  # fmt: skip

    def velocity(self, places):
        at, angle = plane(places)
        return turned(np.stack(self.spline.predict(at), axis=1), angle)


class Kriging(Peer):
    # With variograms of its own fit and no nugget the matrices of the Gaussian are singular.
    settings = tuple(
        {"model": model, "psill": psill, "range": reach}
        for model, psill, reach in product(
            ("gaussian", "spherical", "exponential"), (10.0, 40.0), (3.0, 6.0, 12.0, 24.0)
        )
    )

    def __init__(self, **settings):
        self.model = settings.pop("model")
        self.parameters = settings

    def fit(self, places, velocities, covariances):
        from pykrige.ok import OrdinaryKriging

        self.krigings = []
        for i in range(2):
            nugget = float(np.median(covariances[:, i, i])) + EXTRA**2
            self.krigings.append(
                OrdinaryKriging(
                    places[:, 0] % 360.0, places[:, 1], velocities[:, i],
                    variogram_model=self.model, coordinates_type="geographic",
                    variogram_parameters={**self.parameters, "nugget": nugget},
                    exact_values=False,
                )
            )  # fmt: skip

    def velocity(self, places):
        found = [k.execute("points", places[:, 0] % 360.0, places[:, 1])[0] for k in self.krigings]
        return np.stack([np.asarray(f) for f in found], axis=1)


class BestLinear(Peer):
    """The estimate of least mean squared error over truths of one kind: a bound."""

    draws = 1500

    def __init__(self, truth_name, box):
        self.truths = [truth_for(truth_name, box, 10_000 + k) for k in range(self.draws)]
        self.at = {}

    def members(self, what, places):
        """Return velocities or strain of all truths, one a column, remembered by place."""
        key = (what, places.tobytes())
        if key not in self.at:
            columns = [np.ravel(getattr(t, what)(*places.T)) for t in self.truths]
            self.at[key] = np.array(columns).T / np.sqrt(self.draws)
        return self.at[key]

    def fit(self, places, velocities, covariances):
        # White noise after division by a station's root.
        root = np.linalg.inv(np.linalg.cholesky(covariances + EXTRA**2 * np.eye(2)))
        design = self.design(places)
        white = (root @ design.reshape(len(places), 2, -1)).reshape(design.shape)
        data = np.einsum("nij,nj->ni", root, velocities).ravel()
        normal = white.T @ white + np.eye(design.shape[1])
        self.weights = np.linalg.solve(normal, white.T @ data)

    def design(self, places):
        """Return the columns of truths and of a rotation, which may have any size."""
        columns = trend_columns("rotation", local_frames(*places.T), np.eye(3))
        turn = columns.reshape(2, len(places), 3).transpose(1, 0, 2).reshape(-1, 3)
        return np.hstack([self.members("velocity", places), 10.0 * turn])

    def velocity(self, places):
        return (self.design(places) @ self.weights).reshape(-1, 2)

    def strain(self, nodes):
        found = self.members("strain", nodes) @ self.weights[: self.draws]
        return found.reshape(-1, 3), None


BOUND = "best linear estimate"
METHODS = {
    BOUND: BestLinear,
    "scikit-learn GPR Matern-3/2": GaussianProcess,
    "Verde Spline": VerdeSpline,
    "Verde VectorSpline2D": VerdeVector,
    "PyKrige": Kriging,
    "nearest stations (Savage)": Nearest,
    "Shen 2015": Shen,
    "collocation matern32": lambda: OurCollocation("matern32"),
    "collocation best (two scales)": lambda: OurCollocation("gauss+matern32"),
    "collocation best, varying": lambda: OurCollocation("gauss+matern32", varying=True),
}


def stations(box):
    network = read_network(dataset("china-wang-shen-2020").fetch()).network
    network = network.select(Region(*box).contains(*network.coordinates))
    network = screen(network).network
    places = np.column_stack(network.coordinates)
    velocities = np.asarray(network.velocities)
    return places, velocities.reshape(len(places), 2), network.covariances


def without_rotation(places, velocities, covariances):
    frames = local_frames(*places.T)
    columns = trend_columns("rotation", frames, np.eye(3))
    weight = 1.0 / np.sqrt(np.concatenate([covariances[:, i, i] + EXTRA**2 for i in range(2)]))
    data = velocities.T.ravel()
    found = np.linalg.lstsq(columns * weight[:, None], data * weight, rcond=None)[0]
    return (data - columns @ found).reshape(2, -1).T


def folds_of(count, number, seed=0):
    return np.array_split(np.random.default_rng(seed).permutation(count), number)


def block_folds(places, number, size=1.0):
    """Return folds of whole one-degree cells."""
    cells = block_labels(places[:, 0], places[:, 1], size)
    return [
        np.concatenate([cells[i] for i in rows]) for rows in folds_of(len(cells), number, seed=1)
    ]


def predicted(peer, folds, places, velocities, covariances):
    """Return the errors (n, 2) of stations predicted from other folds, and their variance."""
    errors, variance = np.empty_like(velocities), np.full_like(velocities, np.nan)
    for rows in folds:
        rest = np.setdiff1d(np.arange(len(places)), rows)
        peer.fit(places[rest], velocities[rest], covariances[rest])
        errors[rows] = velocities[rows] - peer.velocity(places[rows])
        known = peer.velocity_variance(places[rows])
        if known is not None:
            variance[rows] = known + covariances[rows][:, [0, 1], [0, 1]]
    return errors, variance


def tuned(method, places, velocities, covariances, parts):
    """Return the peer with the settings that predict the first parts of five folds best."""
    settings = getattr(method, "settings", ({},))
    if len(settings) == 1:
        return method(**settings[0]), {}
    folds, scores = folds_of(len(places), 5)[:parts], []
    judged = np.concatenate(folds)
    for choice in settings:
        try:
            errors, _ = predicted(method(**choice), folds, places, velocities, covariances)
            scores.append(float(np.sqrt(np.mean(errors[judged] ** 2))))
        except (np.linalg.LinAlgError, ValueError):
            # Some settings of the peers lead to singular matrices.
            scores.append(np.inf)
    best = settings[int(np.argmin(scores))]
    return method(**best), best


def synthetic_job(name, truth_name, box, seeds, parts):
    """Return the scores of one method on one truth, one row a seed."""
    with threadpool_limits(1):
        method = METHODS[name]
        places, _, covariances = stations(box)
        observations = Observations(
            local_frames(*places.T), np.zeros(2 * len(places)), covariances
        )  # fmt: skip
        nodes = supported_nodes(observations, Region(*box), 0.5)
        rows, chosen, tuning = [], [], 0.0
        bound = method(truth_name, box) if name == BOUND else None
        for seed in range(seeds):
            truth = truth_for(truth_name, box, seed)
            data = noisy(
                truth.at(observations.frames), covariances, EXTRA, np.random.default_rng(seed)
            )
            data = without_rotation(places, data, covariances)
            start = time.perf_counter()
            if bound is None:
                peer, settings = tuned(method, places, data, covariances, parts)
            else:
                peer, settings = bound, {}
            tuning += time.perf_counter() - start
            chosen.append(settings)
            start = time.perf_counter()
            peer.fit(places, data, covariances)
            strain, sd = peer.strain(nodes)
            seconds = time.perf_counter() - start
            true = truth.strain(*nodes.T)
            known = np.isfinite(strain).all(axis=1)
            # Where a method has no answer its strain counts as zero; its sd is not judged.
            whole = compare(truth_name, true, np.nan_to_num(strain), np.ones_like(strain))
            row = {"rms": whole.document()["rms"], "nodes": len(nodes), "seconds": seconds}
            row["missing"] = int((~known).sum())
            row["status"] = getattr(getattr(peer, "field", None), "status_", "ok")
            if sd is not None:
                judged = compare(truth_name, true[known], strain[known], sd[known]).document()
                row |= {k: judged[k] for k in ("z_rms", "z_rms_by_third", "coverage_90")}
            rows.append(row)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    return {
        "kind": "synthetic", "method": name, "truth": truth_name, "stations": len(places),
        "box": box, "settings": chosen, "tuning_seconds": tuning, "peak_mib": peak, "rows": rows,
    }  # fmt: skip


def real_job(name, _truth, box, _seeds, parts):
    """Return how one method predicts left-out stations of the real network."""
    with threadpool_limits(1):
        places, velocities, covariances = stations(box)
        data = without_rotation(places, velocities, covariances)
        start = time.perf_counter()
        peer, settings = tuned(METHODS[name], places, data, covariances, parts)
        peer.fit(places, data, covariances)
        if hasattr(peer, "freeze"):
            peer.freeze()
        scores = {}
        for label, folds in (
            ("folds", folds_of(len(places), 10, seed=2)),
            ("cells", block_folds(places, 10)),
        ):
            errors, variance = predicted(peer, folds, places, data, covariances)
            scores[label] = {
                "rms_east": float(np.sqrt(np.mean(errors[:, 0] ** 2))),
                "rms_north": float(np.sqrt(np.mean(errors[:, 1] ** 2))),
                "z2": float(np.mean(errors**2 / variance)),
            }
    return {
        "kind": "real", "method": name, "truth": "real", "stations": len(places), "box": box,
        "settings": settings, "seconds": time.perf_counter() - start,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0, "scores": scores,
    }  # fmt: skip


def run(arguments):
    synthetic = arguments.what == "synthetic"
    job = synthetic_job if synthetic else real_job
    truths = arguments.truth if synthetic else ["real"]
    known = read(arguments.output) if arguments.output.exists() else []
    done = {(r["method"], r["truth"]) for r in known}
    jobs = [(m, t) for t in truths for m in arguments.method if (m, t) not in done]
    # The bound is known where few truths make a covariance: not of single sharp faults.
    jobs = [(m, t) for m, t in jobs if m != BOUND or t == "smooth"]
    box = tuple(float(x) for x in arguments.box.split("/"))
    # A process a job, so that the peak of memory is its own.
    with ProcessPoolExecutor(
        arguments.workers, mp_context=get_context("spawn"), max_tasks_per_child=1
    ) as pool:
        waiting = {
            pool.submit(job, m, t, box, arguments.seeds, arguments.tuning_folds): (m, t)
            for m, t in jobs
        }
        for future in as_completed(waiting):
            try:
                result = future.result()
            except ImportError as error:
                print(f"{waiting[future][0]}: left out, {error}", flush=True)
                continue
            with arguments.output.open("a") as stream:
                stream.write(json.dumps(result) + "\n")
            print(*waiting[future], "done", flush=True)


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def tables(results):
    """Return the Markdown tables of what a file holds."""
    lines = []
    for truth in TRUTHS:
        found = {r["method"]: r for r in results if r["truth"] == truth}
        if not found:
            continue
        first = next(iter(found.values()))
        lines += [
            "", f"**{truth}**, {first['stations']} stations, {first['rows'][0]['nodes']} nodes, "
            f"medians of {len(first['rows'])} seeds", "",
            "| method | ee | nn | en | shear | z | quiet | middle | fault | in 90 % | s | MiB |",
            "|---|---|---|---|---|---|---|---|---|---|---|---|",
        ]  # fmt: skip
        for name in METHODS:
            if name not in found:
                continue
            rows = found[name]["rows"]
            cells = [
                f"{np.median([r['rms'][k] for r in rows]):.2f}" for k in rows[0]["rms"]
            ]  # fmt: skip
            if "z_rms" in rows[0]:
                cells.append(f"{np.median([r['z_rms'] for r in rows]):.2f}")
                thirds = np.median([r["z_rms_by_third"] for r in rows], axis=0)
                cells += [f"{z:.2f}" for z in thirds]
                cells.append(f"{100 * np.median([r['coverage_90'] for r in rows]):.0f}")
            else:
                cells += ["-"] * 5
            cells.append(f"{np.median([r['seconds'] for r in rows]):.1f}")
            cells.append(f"{found[name]['peak_mib']:.0f}")
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    found = {r["method"]: r for r in results if r["truth"] == "real"}
    if found:
        first = next(iter(found.values()))
        lines += [
            "", f"**Real velocities**, {first['stations']} stations, mm/yr", "",
            "| method | folds E | N | z2 | cells E | N | z2 | s | MiB | settings |",
            "|---|---|---|---|---|---|---|---|---|---|",
        ]  # fmt: skip
        for name in METHODS:
            if name not in found:
                continue
            r = found[name]
            cells = []
            for s in (r["scores"]["folds"], r["scores"]["cells"]):
                cells += [f"{s['rms_east']:.3f}", f"{s['rms_north']:.3f}"]
                cells.append("-" if np.isnan(s["z2"]) else f"{s['z2']:.2f}")
            cells += [f"{r['seconds']:.0f}", f"{r['peak_mib']:.0f}"]
            cells.append(", ".join(f"{k} {v}" for k, v in r["settings"].items()) or "likelihood")
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["synthetic", "real", "table"])
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--box", default="/".join(map(str, WHOLE)), help="west/east/south/north")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--tuning-folds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--method", action="append", choices=list(METHODS))
    parser.add_argument("--truth", action="append", choices=TRUTHS)
    arguments = parser.parse_args()
    arguments.method = arguments.method or list(METHODS)
    arguments.truth = arguments.truth or list(TRUTHS)
    if arguments.what == "table":
        print(tables(read(arguments.file or arguments.output)))
        return
    run(arguments)


if __name__ == "__main__":
    main()
