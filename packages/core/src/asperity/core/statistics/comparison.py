"""Catalogs of any scale beside each other: magnitude-frequency, records, dimension.

What is compared needs no common unit of time or place: shares of the events at Mc
and above, the slope b, the number of records against the number of events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import DataError, InputError
from asperity.core.statistics.magnitudes import round_magnitudes
from asperity.core.statistics.multiplicity import holm
from asperity.core.statistics.records import expected_records, record_rows, usual_records
from asperity.core.statistics.results import bvalue_document, fractal_document
from asperity.core.times import PER_SECOND

if TYPE_CHECKING:
    from asperity.core.catalog import Catalog

__all__ = ["Compared", "comparison_document", "ratio_p", "slope_interval"]

#: Least number of events whose slopes are compared.
_FEW = 10


@dataclass(frozen=True)
class Compared:
    """A catalog that is to be compared.

    Parameters
    ----------
    name : str
    catalog : Catalog
    mc : float, optional
        Magnitude of completeness; found when missing.
    mc_method : {"maxc", "ks", "b-stability"}, optional
        How it is found.
    """

    name: str
    catalog: Catalog
    mc: float | None = None
    mc_method: str = "maxc"


def slope_interval(b: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of b from n events under the Gutenberg-Richter law.

    Parameters
    ----------
    b : float
        Estimate by maximum likelihood.
    n : int
        Events at Mc and above.
    level : float, optional

    Notes
    -----
    ``2 n beta / beta_hat`` has a chi-squared law of 2n degrees of freedom: n excesses of
    an exponential law have a sum of that law.

    References
    ----------
    Utsu, T. (1966). A statistical significance test of the difference in b-value between
    two earthquake groups. J. Phys. Earth 14, 37-40. doi:10.4294/jpe1952.14.37

    Examples
    --------
    >>> [round(x, 4) for x in slope_interval(1.0, 100)]
    [0.8136, 1.2053]
    """
    from scipy.stats import chi2

    tails = (0.5 * (1.0 - level), 0.5 * (1.0 + level))
    low, high = (float(b * chi2.ppf(p, 2 * n) / (2 * n)) for p in tails)
    return low, high


def ratio_p(first: float, n_first: int, second: float, n_second: int) -> float:
    """Return the probability of b-values so far apart if both laws had the same.

    Parameters
    ----------
    first, second : float
        Estimates of b by maximum likelihood.
    n_first, n_second : int
        Events at Mc and above of each.

    Notes
    -----
    The ratio of the estimates has an F law of 2 n_second and 2 n_first degrees of
    freedom (Utsu 1966, doi:10.4294/jpe1952.14.37); two-sided.

    Examples
    --------
    >>> round(ratio_p(1.0, 50, 1.0, 50), 3), round(ratio_p(0.7, 200, 1.0, 200), 5)
    (1.0, 0.00038)
    """
    from scipy.stats import f

    law = f(2 * n_second, 2 * n_first)
    ratio = first / second
    return float(min(1.0, 2.0 * min(law.cdf(ratio), law.sf(ratio))))


def comparison_document(catalogs: Sequence[Compared], *, seed: int = 0) -> dict[str, Any]:
    """Return what `catalog compare` prints.

    Parameters
    ----------
    catalogs : sequence of Compared
        With names that differ.
    seed : int, optional
        Of the Monte Carlo of Mc by ``ks`` and of the dimension's sample.

    Raises
    ------
    InputError
        If there is no catalog, or two have one name.
    DataError
        If one holds no magnitudes to speak of; the message names it.
    """
    names = [c.name for c in catalogs]
    if not names or len(set(names)) < len(names):
        raise InputError(
            f"{len(names)} catalogs named {', '.join(names)}; give each a name of its own"
        )
    entries = [_entry(c, seed) for c in catalogs]
    largest = max(e["records"]["n_events"] for e in entries)
    sizes = np.unique(np.geomspace(1, max(largest, 2), 160).astype(np.int64))
    band = usual_records(sizes)
    pairs = [
        {
            "first": a["name"],
            "second": b["name"],
            "difference": a["b"] - b["b"],
            "p": ratio_p(a["b"], a["n"], b["b"], b["n"]),
        }
        for a, b in combinations(entries, 2)
        if min(a["n"], b["n"]) >= _FEW
    ]
    for pair, p in zip(pairs, holm([pair["p"] for pair in pairs]), strict=True):
        pair["p_adjusted"] = p
    return {
        "catalogs": entries,
        "pairs": pairs,
        "independent": {
            "n_events": sizes.tolist(),
            "expected": [expected_records(int(n)) for n in sizes],
            "low": band[:, 0].tolist(),
            "high": band[:, 1].tolist(),
        },
        "status": "ok" if len(entries) > 1 else "one catalog: nothing to compare it with",
    }


def _entry(compared: Compared, seed: int) -> dict[str, Any]:
    catalog = compared.catalog
    method = None if compared.mc is not None else compared.mc_method
    try:
        slope = bvalue_document(
            catalog, name=compared.name, mc=compared.mc, mc_method=method, seed=seed
        )
    except DataError as error:
        raise DataError(f"{compared.name}: {error}") from None
    mc, width, n = float(slope["mc"]), float(slope["bin_width"]), int(slope["n"])
    magnitudes = round_magnitudes(catalog["magnitude"], width)
    finite = np.isfinite(magnitudes)
    used = finite & (magnitudes >= mc - 1e-9)
    span = _span(catalog, used)
    low, high = slope_interval(slope["b"], n)
    return {
        "name": compared.name,
        "n_events": len(catalog),
        "missing_magnitudes": slope["missing_magnitudes"],
        "magnitude_types": sorted({str(t) for t in catalog.texts("magnitude_type") if t}),
        "magnitude_min": float(magnitudes[finite].min()),
        "magnitude_max": float(magnitudes[finite].max()),
        "mc": mc,
        "mc_method": slope["mc_method"],
        "mc_notes": slope["mc_notes"],
        "bin_width": width,
        "n": n,
        "b": slope["b"],
        "b_sd": slope["b_sd"],
        "b_interval": [low, high],
        "time_frame": catalog.time_frame,
        "span_seconds": span,
        "rate_per_second": None if span is None else n / span,
        "frequency": _frequency(slope["distribution"], n),
        "records": _records(magnitudes[used]),
        "dimension": _dimension(catalog, mc, seed),
        "status": slope["status"],
    }


def _span(catalog: Catalog, rows: NDArray[np.bool_]) -> float | None:
    """Return the time from the first to the last event, s; None where no time is known."""
    times = catalog["time"][rows]
    if catalog.time_unit is None or times.size < 2 or times[-1] == times[0]:
        return None
    return float((times[-1] - times[0]) / PER_SECOND[catalog.time_unit])


def _frequency(distribution: dict[str, list[float]], n: int) -> dict[str, list[float]]:
    """Return numbers at a magnitude and above as multiples of that at Mc."""
    occupied = np.array(distribution["count"]) > 0
    return {
        "magnitude": np.array(distribution["cumulative_from"])[occupied].tolist(),
        "ratio": (np.array(distribution["cumulative"])[occupied] / n).tolist(),
    }


def _records(magnitudes: NDArray[np.float64]) -> dict[str, Any]:
    """Count the records of the events at Mc and above, in order of time."""
    rows = record_rows(magnitudes)
    usual = usual_records(np.array([magnitudes.size]))[0]
    return {
        "n_events": magnitudes.size,
        "n_records": rows.size,
        "expected": expected_records(magnitudes.size),
        "usual": usual.tolist(),
        "at": (rows + 1).tolist(),
        "magnitude": magnitudes[rows].tolist(),
        "tied": float(1.0 - np.unique(magnitudes).size / magnitudes.size),
    }


def _dimension(catalog: Catalog, mc: float, seed: int) -> dict[str, Any]:
    """Return the correlation dimension of the events at Mc and above, or why there is none."""
    keys = ("dimension", "sd", "r_min", "r_max", "n", "distance")
    try:
        found = fractal_document(catalog, mc=mc, seed=seed)
    except (DataError, InputError) as error:
        return {**dict.fromkeys(keys), "status": str(error)}
    return {**{key: found[key] for key in keys}, "status": "ok"}
