"""Report sections of strain fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from asperity.core.report import Picture, Section, Table
from asperity.gnss.strain_rate.field_results import covariance_text
from asperity.gnss.strain_rate.strain import QUANTITIES

__all__ = ["covariance_section", "strain_section", "validate_section"]

_SUPPORT = (
    "Strain is shown where stations support it: the nearest within 150 km, and the posterior "
    "standard deviation below 80 % of the prior one."
)
_SINGLE = (
    "A strain rate belongs to the length over which the covariance smooths; values of fields with "
    "other lengths differ by more than their standard deviations."
)


def strain_section(document: Mapping[str, Any], pictures: Sequence[Picture] = ()) -> Section:
    """Strain field of a velocity table: what was fitted, how well, and the field's range."""
    loo, summary = document["loo"], document["summary"]
    rows = []
    for name, quantity in QUANTITIES.items():
        if name not in summary or summary[name]["median"] is None:
            continue
        s = summary[name]
        rows.append(
            [f"{quantity.title} ({quantity.unit})", *(f"{s[k]:.1f}" for k in
             ("p05", "median", "p95", "median_sd"))]
        )  # fmt: skip
    z2 = loo["z2"]
    honest = "about right" if 0.9 <= z2 <= 1.1 else ("too narrow" if z2 > 1.1 else "too wide")
    notes = [_SUPPORT, _SINGLE]
    if document["status"] != "ok":
        notes.append(f"Parameters: {document['status']}.")
    return Section(
        f"Strain rate: {document['name']}",
        f"{document['n_stations']} stations; left out one by one they are predicted with an rms "
        f"error of {loo['rmse']:.2f} mm/yr, and their intervals are {honest} "
        f"(mean squared z {z2:.2f}).",
        facts={
            "stations": document["n_stations"],
            "left out by screening": len(document["rejected"]),
            "rms of stations left out, mm/yr": loo["rmse"],
            "mean squared z": z2,
            "places supported": f"{summary['supported']:,} of {summary['nodes']:,}",
        },
        tables=[
            Table(
                "Covariance",
                ["functions, variances, lengths, noise"],
                [[covariance_text(document["covariance"])]],
            ),
            Table(
                "The field where it is supported, by area",
                ["", "5 %", "median", "95 %", "its sd, median"],
                rows,
            ),
        ],
        pictures=pictures,
        notes=notes,
    )


def covariance_section(document: Mapping[str, Any]) -> Section:
    """Covariance of the velocities: functions ranked by likelihood and by stations left out."""
    rows = [
        [
            covariance_text(fit["covariance"]),
            "-" if fit["log_likelihood"] is None else f"{fit['log_likelihood']:.1f}",
            f"{fit['loo']['rmse']:.3f}",
            f"{fit['loo']['z2']:.2f}",
        ]
        for fit in document["fits"]
    ]
    empirical = document["empirical"]["fit"]
    lead = "The empirical covariance could not be fitted."
    if empirical is not None:
        part = empirical["parameters"]["components"][0]
        lead = (
            f"Fitted to the empirical covariance: {part['function']}, {part['variance']:.1f} "
            f"mm2/yr2, {part['length']:.0f} km."
        )
    head = ["covariance", "log-likelihood", "rms left out, mm/yr", "mean squared z"]
    return Section(
        f"Covariance of velocities: {document['name']}",
        lead,
        facts={"stations": document["n_stations"]},
        tables=[Table("Fitted covariances", head, rows)],
    )


def validate_section(document: Mapping[str, Any]) -> Section:
    """How far a strain field can be trusted: left-out stations, checkerboards, known fields."""
    from asperity.core.report import picture
    from asperity.gnss.figures import validation_figure

    board = document["checkerboard"]
    length = board["resolution_length"]
    rows = [
        [
            name,
            *(f"{v:.2f}" for v in s["rms"].values()),
            f"{s['z_rms']:.2f}",
            " / ".join(f"{v:.2f}" for v in s["z_rms_by_third"]),
        ]
        for name, s in document["synthetic"].items()
    ]
    tables = []
    if rows:
        head = ["field", "ee", "nn", "en", "shear", "z rms", "z rms: quiet / middle / faulted"]
        tables.append(Table("Known fields: rms error, nanostrain/yr", head, rows))
    drawn = picture(
        validation_figure(document),
        "Left: share of checkerboards that comes back, by the width of a cell. Right: error of the "
        "strain of known fields over its standard deviation; one is right.",
        "Restoration of checkerboards and calibration on known fields.",
    )
    return Section(
        f"Trust in the strain rate: {document['name']}",
        (f"Half of a checkerboard of {length:.1f} degrees comes back. " if length else "")
        + f"Stations left out one by one have a mean squared z of {document['loo']['z2']:.2f}, in "
        f"cells of {document['block_cv']['size']:g} degree {document['block_cv']['z2']:.2f}.",
        facts={
            "stations": document["n_stations"],
            "rms of stations left out, mm/yr": document["loo"]["rmse"],
            "rms of cells left out, mm/yr": document["block_cv"]["rmse"],
        },
        tables=tables,
        pictures=[drawn],
    )
