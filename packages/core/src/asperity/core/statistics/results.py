"""Statistics as the JSON documents that the command line prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from asperity.core.errors import DataError, InputError
from asperity.core.statistics.bvalue import BMethod, BValue, b_value
from asperity.core.statistics.completeness import (
    STEP,
    Completeness,
    McMethod,
    magnitude_of_completeness,
)
from asperity.core.statistics.magnitudes import count_magnitudes, infer_bin_width, round_magnitudes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from asperity.core.catalog import Catalog

__all__ = ["bin_width_of", "bvalue_document", "fractal_document"]


def bin_width_of(catalog: Catalog, given: float | None) -> tuple[float, str]:
    """Return the bin width of a catalog's magnitudes, and where it comes from.

    Parameters
    ----------
    catalog : Catalog
    given : float or None
        What the user asked for.

    Returns
    -------
    bin_width : float
        0 when the magnitudes look continuous.
    source : {"given", "source", "inferred", "continuous"}
        ``source`` is what the reader recorded, ``inferred`` what all magnitudes share.
    """
    if given is not None:
        return given, "given"
    recorded = catalog.attributes.get("magnitude_resolution")
    if recorded:
        return float(recorded), "source"
    inferred = infer_bin_width(catalog["magnitude"])
    return inferred, "inferred" if inferred else "continuous"


def bvalue_document(
    catalog: Catalog,
    *,
    name: str = "",
    mc: float | None = None,
    mc_method: str | None = None,
    mc_correction: float = 0.2,
    method: str = "aki-utsu",
    bin_width: float | None = None,
    difference_threshold: float | None = None,
    unbiased: bool = False,
    n_bootstrap: int = 0,
    seed: int = 0,
) -> dict[str, Any]:
    """Return what `catalog bvalue` prints of a catalog.

    Parameters are those of `b_value` and `magnitude_of_completeness`; `mc` leaves
    no choice to `mc_method`.

    Raises
    ------
    InputError
        If both `mc` and `mc_method` are given, or one is not known.
    DataError
        If the catalog does not hold what a method needs.
    """
    if mc is not None and mc_method is not None:
        raise InputError("--mc and --mc-method exclude each other; give one of them")
    if mc_method is not None and mc_method not in get_args(McMethod):
        raise InputError(f"--mc-method {mc_method!r}; allowed are {', '.join(get_args(McMethod))}")
    if method not in get_args(BMethod):
        raise InputError(f"--method {method!r}; allowed are {', '.join(get_args(BMethod))}")
    magnitudes = catalog["magnitude"]
    if not np.isfinite(magnitudes).any():
        raise DataError("the catalog holds no magnitudes; b needs some")
    width, width_source = bin_width_of(catalog, bin_width)
    complete = None
    if mc is None:
        complete = magnitude_of_completeness(
            magnitudes,
            method=mc_method or "maxc",  # type: ignore[arg-type]
            bin_width=width,
            correction=mc_correction,
            seed=seed,
        )
    result = b_value(
        magnitudes,
        complete.mc if complete else mc,  # type: ignore[arg-type]
        method=method,  # type: ignore[arg-type]
        bin_width=width,
        difference_threshold=difference_threshold,
        unbiased=unbiased,
        n_bootstrap=n_bootstrap,
        seed=seed,
    )
    return {
        "name": name,
        **_result(result),
        "mc_method": complete.method if complete else "given",
        "mc_correction": complete.correction if complete else None,
        "mc_notes": list(complete.notes) if complete else [],
        "mc_curve": _curve(complete),
        "bin_width_source": width_source,
        "n_events": magnitudes.size,
        "missing_magnitudes": int(np.count_nonzero(~np.isfinite(magnitudes))),
        "distribution": _distribution(magnitudes, width),
        "status": result.status,
    }


def _result(result: BValue) -> dict[str, Any]:
    return {
        "mc": result.mc,
        "bin_width": result.bin_width,
        "method": result.method,
        "n": result.n,
        "b": result.b,
        "b_sd": result.b_sd,
        "sd_method": result.sd_method,
        "b_interval": result.b_interval,
        "a": result.a,
        "mean_magnitude": result.mean_magnitude,
        "n_sample": result.n_sample,
        "difference_threshold": result.difference_threshold,
    }


def _curve(complete: Completeness | None) -> dict[str, Any] | None:
    return None if complete is None else {k: v.tolist() for k, v in complete.curve.items()}


def _distribution(magnitudes: Any, bin_width: float) -> dict[str, Any]:
    """Return the counts behind the figure.

    A cumulative count of binned magnitudes belongs to the centre of its bin, as b
    takes it; one of continuous magnitudes to the lower edge.
    """
    width = max(bin_width, STEP)
    counted = count_magnitudes(round_magnitudes(magnitudes, bin_width), width)
    # The events of a bin start where the source's own bins that make it up start.
    shift = 0.5 * (width - bin_width)
    return {
        "bin_width": width,
        "magnitude": counted.magnitudes.tolist(),
        "count": counted.counts.tolist(),
        "cumulative_from": np.round(counted.magnitudes - shift, 10).tolist(),
        "cumulative": counted.cumulative.tolist(),
    }


def fractal_document(
    catalog: Catalog,
    *,
    name: str = "",
    mc: float | None = None,
    distance: str | None = None,
    r_min: float | None = None,
    r_max: float | None = None,
    uncertainty: float | None = None,
    edges: str = "border",
    seed: int = 0,
) -> dict[str, Any]:
    """Return what `catalog fractal` prints of a catalog.

    Parameters
    ----------
    catalog : Catalog
        With coordinates.
    name : str, optional
    mc : float, optional
        Smaller events are left out.
    distance : {"epicentral", "hypocentral"}, optional
        Hypocentral in a local frame and epicentral in a geographic one when missing,
        for depth is the least certain coordinate of a network's catalog.
    r_min, r_max, edges, seed
        See `correlation_dimension`.
    uncertainty : float, optional
        Median location uncertainty, m; that of the column ``horizontal_uncertainty``
        when missing, else 0.

    Raises
    ------
    DataError
        If the catalog has no coordinates or too few events.
    """
    from asperity.core.statistics.fractal import box_counting, correlation_dimension

    chosen = distance or ("hypocentral" if catalog.frame == "local" else "epicentral")
    points, rows = _cloud(catalog, chosen, mc)
    if uncertainty is None:
        uncertainty = 0.0
        if "horizontal_uncertainty" in catalog:
            known = catalog["horizontal_uncertainty"][rows]
            known = known[np.isfinite(known)]
            uncertainty = float(np.median(known)) if known.size else 0.0
    found = correlation_dimension(
        points, r_min=r_min, r_max=r_max, uncertainty=uncertainty,
        edges=edges, seed=seed,  # type: ignore[arg-type]
    )  # fmt: skip
    try:
        boxes = box_counting(points)
        box = {
            "dimension": boxes.dimension, "sd": boxes.sd, "sizes": boxes.sizes.tolist(),
            "counts": boxes.counts.tolist(), "fitted": boxes.fitted.tolist(), "status": "ok",
        }  # fmt: skip
    except DataError as error:
        box = {"dimension": None, "sd": None, "status": str(error)}
    return {
        "name": name,
        "dimension": found.dimension,
        "sd": found.sd,
        "r_min": found.r_min,
        "r_max": found.r_max,
        "n": found.n,
        "n_events": len(catalog),
        "sd_slope": found.sd_slope,
        "sd_jackknife": found.sd_jackknife,
        "intercept": found.intercept,
        "distance": chosen,
        "edges": edges,
        "uncertainty": uncertainty,
        "mc": mc,
        "notes": list(found.notes),
        "radii": found.radii.tolist(),
        "correlation": found.correlation.tolist(),
        "fitted": found.fitted.tolist(),
        "box_counting": box,
        "status": "ok",
    }


def _cloud(
    catalog: Catalog, distance: str, mc: float | None
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the points of a catalog, m, and the rows that they stand for."""
    from asperity.core.statistics.positions import plane_epicentres, positions_of

    if distance == "epicentral" and catalog.frame == "geographic":
        points = plane_epicentres(catalog["latitude"], catalog["longitude"])
    else:
        points = positions_of(catalog, distance).points
        if distance == "epicentral":
            points = points[:, :2]
    usable = np.isfinite(points).all(axis=1)
    if mc is not None:
        usable &= catalog["magnitude"] >= mc - 1e-9
    rows = np.flatnonzero(usable)
    if rows.size < 2:
        raise DataError(
            f"a dimension needs events with coordinates; found {rows.size} of {len(catalog)}; "
            "lower --mc, or use --distance epicentral where depths are missing"
        )
    return points[rows], rows
