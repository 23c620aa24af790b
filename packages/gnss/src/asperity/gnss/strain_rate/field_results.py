"""The JSON documents of strain fields and their texts for people."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from asperity.gnss.strain_rate.collocation import Collocation
from asperity.gnss.strain_rate.covariance.empirical import EmpiricalCovariance
from asperity.gnss.strain_rate.strain import QUANTITIES
from asperity.gnss.strain_rate.uniform import UniformStrain

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "empirical_document",
    "field_document",
    "points_document",
    "strain_text",
    "summary_document",
]

_SUMMARISED = (
    "strain_ee",
    "strain_nn",
    "strain_en",
    "dilatation",
    "max_shear_half",
    "second_invariant",
    "rotation",
)


def field_document(field: Collocation | UniformStrain) -> dict[str, Any]:
    """Return what is known of a fitted field before it is evaluated anywhere.

    Methods other than collocation have their parameters instead of a covariance, a
    trend and a likelihood.
    """
    shared = {"n_stations": field.n_stations_, "status": field.status_}
    if not isinstance(field, Collocation):
        parameters = {
            name: value
            for name, value in field.get_params().items()
            if name not in ("draws", "seed")
        }
        return {
            **shared, "method": {"name": field.title, "parameters": parameters},
            "covariance": None, "trend": None, "log_likelihood": None,
        }  # fmt: skip
    likelihood = field.log_likelihood_
    return {
        **shared,
        "method": {"name": "least-squares collocation", "parameters": {}},
        "covariance": {
            **field.covariance_.document(),
            "vectors": field.vectors_.document(),
            "noise": {"factor": field.noise_.factor, "extra": field.noise_.extra},
            "estimate": field.estimate,
        },
        "trend": {"name": field.trend, "parameters": field.trend_parameters_.tolist()},
        "log_likelihood": None if math.isnan(likelihood) else likelihood,
    }


def summary_document(dataset: xr.Dataset) -> dict[str, Any]:
    """Return percentiles of the main quantities where they are supported."""
    supported = dataset.mask.values == 0
    summary: dict[str, Any] = {
        "nodes": int(supported.size),
        "supported": int(supported.sum()),
        "status": "ok" if supported.any() else "no node has enough stations around it",
    }
    cosine = np.cos(np.radians(dataset.latitude))
    weight = cosine.broadcast_like(dataset.mask).values
    for name in _SUMMARISED:
        values, shares = dataset[name].values[supported], weight[supported]
        if values.size:
            order = np.argsort(values)
            rank = np.cumsum(shares[order]) / shares.sum()
            quantiles = values[order][
                np.minimum(np.searchsorted(rank, (0.05, 0.5, 0.95)), values.size - 1)
            ]
            sd = float(np.median(dataset[f"{name}_sd"].values[supported]))
        summary[name] = {
            "unit": QUANTITIES[name].unit,
            **{
                key: float(quantiles[i]) if values.size else None
                for i, key in enumerate(("p05", "median", "p95"))
            },
            "median_sd": sd if values.size else None,
        }
    return summary


def points_document(dataset: xr.Dataset) -> list[dict[str, Any]]:
    """Return one mapping a point: place, every quantity and its standard deviation."""
    names = [n for n in dataset.data_vars if dataset[n].ndim == 1]
    columns = {"longitude": dataset.longitude.values, "latitude": dataset.latitude.values}
    columns |= {str(n): dataset[n].values for n in names}
    return [
        {name: values[i].item() for name, values in columns.items()}
        for i in range(dataset.sizes["point"])
    ]


def empirical_document(empirical: EmpiricalCovariance) -> dict[str, Any]:
    """Return the bins of an empirical covariance."""
    return {
        "distance": empirical.distance.tolist(),
        "ee": empirical.east.tolist(),
        "nn": empirical.north.tolist(),
        "en": empirical.cross.tolist(),
        "pairs": empirical.pairs.tolist(),
        "variance": {"ee": empirical.variance[0], "nn": empirical.variance[1]},
    }


def covariance_text(document: Mapping[str, Any]) -> str:
    """Return a line that names functions, variances, lengths and noise."""
    parts = [
        f"{c['function']} ({c['variance']:.3g} mm2/yr2, {c['length']:.0f} km"
        + (", varying amplitude)" if c["varying"] else ")")
        for c in document["parameters"]["components"]
    ]
    noise = document["noise"]
    factor = "" if noise["factor"] == 1.0 else f", formal noise times {noise['factor']:.2f}"
    return " + ".join(parts) + f"; extra noise {noise['extra']:.2f} mm/yr{factor}"


def strain_text(document: Mapping[str, Any], unit: str) -> str:
    """Return the text of `gnss strain`: what was fitted and a table of the field."""
    loo, summary = document["loo"], document["summary"]
    rejected = len(document["rejected"])
    lines = [
        f"{document['n_stations']} stations used"
        + (f", {rejected} left out (--json lists them)" if rejected else ""),
    ]
    if document["covariance"] is not None:
        lines.append(f"covariance  {covariance_text(document['covariance'])}")
    else:
        method = document["method"]
        lines.append(f"method  {method['name']}; standard deviations of the noise alone")
        lines.append("        " + ", ".join(f"{k} {v}" for k, v in method["parameters"].items()))
    if document["log_likelihood"] is not None:
        lines.append(f"log-likelihood  {document['log_likelihood']:.1f} (restricted)")
    if loo is not None:
        lines.append(
            f"left-out stations  rms {loo['rmse']:.2f} mm/yr, median {loo['median_abs']:.2f}, "
            f"z2 {loo['z2']:.2f} (1 when intervals are right)"
        )
    if document["status"] != "ok":
        lines.append(f"status  {document['status']}")
    lines += ["", f"{summary['supported']} of {summary['nodes']} places supported by the data"]
    scale = 0.1 if unit == "1e-8" else 1.0
    label = "1e-8/yr" if unit == "1e-8" else "nanostrain/yr"
    lines.append(f"{label:<20}{'5 %':>9}{'median':>9}{'95 %':>9}{'its sd':>9}")
    for name in _SUMMARISED:
        row = summary[name]
        cells = [
            "-" if row[k] is None else f"{scale * row[k]:.2f}"
            for k in ("p05", "median", "p95", "median_sd")
        ]
        lines.append(f"{name:<20}" + "".join(f"{c:>9}" for c in cells))
    return "\n".join(lines)
