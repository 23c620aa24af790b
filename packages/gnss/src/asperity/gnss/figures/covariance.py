"""Figures of covariances and of validation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from cmcrameri import cm
from matplotlib.figure import Figure

from asperity.core.figures.style import INK, new_figure, styled
from asperity.gnss.strain_rate.covariance import Covariance
from asperity.gnss.strain_rate.covariance.empirical import EmpiricalCovariance

__all__ = ["covariance_figure", "validation_figure"]


@styled
def covariance_figure(
    empirical: EmpiricalCovariance, fitted: Covariance, fit: Mapping[str, Any] | None
) -> Figure:
    """Draw the empirical covariance by distance, and the functions fitted to it.

    Parameters
    ----------
    empirical : EmpiricalCovariance
    fitted : Covariance
        Of the field, whichever way its parameters were found.
    fit : mapping, optional
        Document of the function fitted to the bins.
    """
    distance = np.linspace(0.0, empirical.distance[-1], 400)
    figure = new_figure(7.2, 3.8)
    axes = figure.add_subplot()
    axes.axhline(0.0, color="#8a979f", lw=0.8)
    series = (
        (empirical.east, "east-east", cm.batlow(0.15), "o"),
        (empirical.north, "north-north", cm.batlow(0.65), "s"),
        (empirical.cross, "east-north", "#9aa5ac", "d"),
    )
    for values, label, colour, mark in series:
        axes.plot(empirical.distance, values, mark, ms=4, color=colour, label=label)
    still = Covariance(tuple(c for c in fitted.components if c.amplitude is None)) if any(
        c.amplitude is None for c in fitted.components
    ) else fitted  # fmt: skip
    curve = sum(c.radial(distance)[0] for c in still.components)
    axes.plot(distance, curve, color=INK, lw=1.8, label=f"of the field: {still.name}")
    if fit is not None:
        part = fit["parameters"]["components"][0]
        bins = Covariance.of((part["function"], part["variance"], part["length"]))
        axes.plot(
            distance, bins.components[0].radial(distance)[0], color=INK, lw=1.4, ls="--",
            label=f"fitted to the bins: {part['function']}, {part['length']:.0f} km",
        )  # fmt: skip
    axes.set(xlabel="distance (km)", ylabel="covariance (mm$^2$/yr$^2$)", xlim=(0.0, None))
    axes.set_title("Covariance of velocities, a rotation removed")
    axes.legend()
    return figure


@styled
def validation_figure(document: Mapping[str, Any]) -> Figure:
    """Draw restoration of checkerboards, and calibration on known fields.

    Parameters
    ----------
    document : mapping
        Of `gnss validate`.
    """
    board, synthetic = document["checkerboard"], document["synthetic"]
    figure = new_figure(7.2, 3.2)
    left, right = figure.subplots(1, 2, width_ratios=(1.0, 1.25))
    left.plot(board["widths"], board["restoration"], "o-", color=cm.batlow(0.2), ms=5)
    left.axhline(0.5, color="#8a979f", lw=0.9, ls="--")
    left.set(
        xscale="log", xlabel="width of a cell (degree)", ylabel="share that comes back",
        ylim=(0.0, 1.08),
    )  # fmt: skip
    left.set_xticks(board["widths"], [f"{w:g}" for w in board["widths"]])
    left.minorticks_off()
    left.set_title("Checkerboards")
    if not synthetic:
        right.set_axis_off()
        return figure
    places = np.arange(4)
    for i, (name, scores) in enumerate(synthetic.items()):
        values = [scores["z_rms"], *scores["z_rms_by_third"]]
        right.bar(
            places + 0.8 / len(synthetic) * (i - 0.5 * (len(synthetic) - 1)), values,
            width=0.72 / len(synthetic), color=cm.batlow(0.12 + 0.32 * i), label=name,
        )  # fmt: skip
    right.axhspan(0.8, 1.25, color="#e3e8eb", zorder=0)
    right.axhline(1.0, color=INK, lw=0.9)
    right.set_xticks(places, ["all", "quiet third", "middle", "faulted"])
    right.grid(visible=False, axis="x")
    right.set(ylabel="rms error over its sd")
    right.set_title("Strain of known fields")
    right.legend(ncols=len(synthetic), loc="upper left")
    right.set_ylim(0.0, 1.3 * max(1.3, *right.get_ylim()) / 1.05)
    return figure
