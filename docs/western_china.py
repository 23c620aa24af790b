"""Strain rate of western China: the anchors of Ma et al. 2024, both presets, figures and tables.

    ASPERITY_DATA=FOLDER python docs/western_china.py [--output docs]

Writes images/western-china-*.png under the output folder and prints the tables of
western-china.md.
"""

import argparse
from pathlib import Path

import matplotlib as mpl
import numpy as np
from threadpoolctl import threadpool_limits

from asperity.core.datasets import dataset
from asperity.core.figures import save_figure
from asperity.core.figures.style import STYLE, new_figure
from asperity.core.geometry import Region, read_faults
from asperity.gnss import Collocation, Covariance, read_network, screen
from asperity.gnss.config import PRESETS, StrainConfiguration
from asperity.gnss.events import EVENTS
from asperity.gnss.figures import strain_map
from asperity.gnss.strain_rate.fields import grid_axes, grid_dataset
from asperity.gnss.strain_rate.fitting import collocation_of

STRIKE_SLIP = [e for e in EVENTS if e.style == "strike-slip"]
OTHERS = [
    e for e in EVENTS if e.name in ("Wenchuan", "Lushan") or (e.name, e.year) == ("Yutian", "2008")
]
ANCHORS = [*STRIKE_SLIP, *sorted(OTHERS, key=lambda e: e.time)]
PLACES = (np.array([e.longitude for e in ANCHORS]), np.array([e.latitude for e in ANCHORS]))
LENGTHS = (200, 300, 400, 500, 600, 700, 800)
REGION = Region(70.0, 112.0, 20.0, 50.0)
SETS = {"Wang & Shen 2020": "china-wang-shen-2020", "Alpides 2025": "alpides-2025-eurasia"}


def network_of(name):
    network = read_network(dataset(name).fetch()).network
    return screen(network.select(REGION.contains(*network.coordinates))).network


def fit(field, network):
    return field.fit(network.coordinates, network.velocities, network.covariances)


def row(label, points, factor=1.0):
    """One line: the shear at strike-slip events, e_lambda at the others; 1e-8/yr."""
    n = len(STRIKE_SLIP)
    shear = 0.1 * factor * points.max_shear_half.values[:n]
    east = 0.1 * points.strain_ee.values[n:]
    cells = [f"{v:.2f}" for v in (*shear, *east)]
    return f"| {label} | " + " | ".join(cells) + " |"


def sds(label, points):
    n = len(STRIKE_SLIP)
    shear = 0.1 * points.max_shear_half_sd.values[:n]
    east = 0.1 * points.strain_ee_sd.values[n:]
    return f"| {label} | " + " | ".join(f"{v:.2f}" for v in (*shear, *east)) + " |"


def head(first):
    names = [f"{e.name} {e.year}" for e in ANCHORS]
    return f"| {first} | " + " | ".join(names) + " |\n|" + "---|" * (len(names) + 1)


def score(points):
    """How many anchors lie inside the published range widened by 20 % or one sd."""
    n = len(STRIKE_SLIP)
    shear, east = 0.1 * points.max_shear_half.values, 0.1 * points.strain_ee.values
    s_sd, e_sd = 0.1 * points.max_shear_half_sd.values, 0.1 * points.strain_ee_sd.values
    wide = [max(0.2 * v, s) for v, s in zip(shear, s_sd, strict=True)]
    inside = sum(0.6 - w <= v <= 2.0 + w for v, w in zip(shear[:n], wide[:n], strict=True))
    yutian, *rest = east[n:]
    for value, sd in zip(rest, e_sd[n + 1 :], strict=True):
        w = max(0.2 * abs(value), sd)
        inside += -2.4 - w <= value <= -2.2 + w
    return inside + (yutian > 0.0)


def curve(network, path):
    values = []
    for length in LENGTHS:
        field = Collocation(Covariance.of(("gauss", 30.0, float(length))), estimate="none")
        points = fit(field, network).predict(PLACES, keep_masked=True)
        print(row(f"{length} km", points))
        values.append([*0.1 * points.max_shear_half.values[:5], *0.1 * points.strain_ee.values[5:]])
    values = np.array(values)
    with mpl.rc_context(STYLE):
        figure = new_figure(7.4, 3.3)
        left, right = figure.subplots(1, 2)
        for axes, columns, band in (
            (left, range(5), (0.6, 2.0)),
            (right, range(5, 8), (-2.4, -2.2)),
        ):
            axes.axhspan(*band, color="#f3e3bf", zorder=0, label="published")
            for k in columns:
                axes.plot(
                    LENGTHS,
                    values[:, k],
                    "o-",
                    ms=3.5,
                    lw=1.3,
                    label=f"{ANCHORS[k].name} {ANCHORS[k].year}",
                )
            axes.set_xlabel("length of the Gaussian (km)")
            axes.legend(fontsize=7)
        left.set_ylabel("maximum shear, (e1 - e2)/2 ($10^{-8}$/yr)")
        right.set_ylabel("east-west strain rate ($10^{-8}$/yr)")
        left.set_title("Strike-slip events")
        right.set_title("Dip-slip events")
    save_figure(figure, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path("docs"))
    images = parser.parse_args().output / "images"
    faults = read_faults(dataset("himatibetmap").fetch())
    networks = {label: network_of(name) for label, name in SETS.items()}
    axes = grid_axes((74.0, 108.0, 22.0, 46.0), 0.5)
    grid = tuple(a.ravel() for a in np.meshgrid(*axes))
    with threadpool_limits(1):
        print(head("Gaussian of (Wang & Shen 2020)"))
        curve(networks["Wang & Shen 2020"], images / "western-china-lengths.png")
        for label, network in networks.items():
            print(f"\n{label}: {len(network)} stations\n")
            print(head("preset"))
            for preset, content in PRESETS.items():
                field = fit(collocation_of(StrainConfiguration(**content)), network)
                points = field.predict(PLACES, keep_masked=True)
                loo = field.leave_one_out()
                blocks = field.leave_blocks_out(1.0)
                print(row(f"{preset}, half", points))
                print(row(f"{preset}, engineering", points, 2.0))
                print(sds(f"{preset}, sd (half)", points))
                print(
                    f"<!-- {preset}: {score(points)} of 8 anchors; {field.covariance_}; noise "
                    f"{field.noise_.extra:.3f}; {field.status_}; log-likelihood "
                    f"{field.log_likelihood_:.1f}; loo rmse {loo.rmse:.4f} median "
                    f"{loo.median_abs:.3f} z2 {loo.z2:.3f}; blocks rmse {blocks.rmse:.4f} z2 "
                    f"{blocks.z2:.3f}; resolution {points.resolution.values.round(2)} -->"
                )
                if label != "Wang & Shen 2020":
                    continue
                field = grid_dataset(field.predict(grid), *axes)
                shown = ("max_shear_half", "strain_ee") if preset == "paper" else (
                    "max_shear_half", "max_shear_half_sd")  # fmt: skip
                for quantity in shown:
                    figure = strain_map(
                        field, quantity, axes=not quantity.endswith("_sd"), unit="1e-8",
                        faults=faults, events=EVENTS,
                    )  # fmt: skip
                    name = quantity.replace("_", "-")
                    save_figure(figure, images / f"western-china-{preset}-{name}.png")
        network = networks["Wang & Shen 2020"]
        field = fit(Collocation("matern32"), network)
        loo = field.leave_one_out()
        print(f"\nmatern32: {field.covariance_}; {field.log_likelihood_:.1f}; loo {loo.document()}")


if __name__ == "__main__":
    main()
