"""How far a forecast moves with Mc, with the reading of the index, with magnitude errors."""

from __future__ import annotations

from collections.abc import Sequence as Rows
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import DataError, InputError
from asperity.core.formats import ReadResult
from asperity.evt.config import ForecastConfiguration
from asperity.evt.estimators import Index
from asperity.evt.forecast import QUANTILES
from asperity.evt.outlook import NOTHING, Outlook, outlook
from asperity.evt.sequence import sequence_of

__all__ = ["Band", "Member", "by_index", "by_magnitude_errors", "by_mc", "robustness_document"]

Array = NDArray[np.float64]

MC_STEPS = (-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3)
MAGNITUDE_ERROR = (0.1, 0.2)
SIMULATIONS = 200


@dataclass(frozen=True, eq=False)
class Member:
    """One variant of a forecast.

    Parameters
    ----------
    label : float or str
        Mc, reading of the index, or number of the draw.
    n_events : int
    m_ue, m_le : float
    quantiles, exceedance : ndarray
        Of the configuration's probabilities and thresholds; NaN without a forecast.
    status : str
    """

    label: float | str
    n_events: int
    m_ue: float
    m_le: float
    quantiles: Array
    exceedance: Array
    status: str


@dataclass(frozen=True, eq=False)
class Band:
    """Variants of a forecast in one respect, and the range that they span.

    Parameters
    ----------
    varied : {"mc", "index", "magnitude"}
    members : tuple of Member
    coverage : float
        Share of the members that the range holds: 1, or 0.9 of many draws.
    """

    varied: str
    members: tuple[Member, ...]
    coverage: float = 1.0

    @property
    def valid(self) -> tuple[Member, ...]:
        """The members that have a forecast."""
        return tuple(member for member in self.members if member.status == "ok")

    def range_of(self, values: Rows[float]) -> tuple[float, float]:
        """Return the range of one number of the valid members, NaN without any."""
        known = np.asarray(values, dtype=np.float64)
        known = known[np.isfinite(known)]
        if not known.size:
            return float("nan"), float("nan")
        tail = 50.0 * (1.0 - self.coverage)
        low, high = np.percentile(known, [tail, 100.0 - tail])
        return float(low), float(high)


def _member(label: float | str, found: Outlook, configuration: ForecastConfiguration) -> Member:
    thresholds = np.array(configuration.thresholds)
    if found.forecast is None:
        quantiles = np.full(len(QUANTILES), np.nan)
        exceedance = np.full(thresholds.size, np.nan)
    else:
        quantiles = np.array([found.forecast.quantile(p)[0] for p in QUANTILES])
        exceedance = np.array([found.forecast.exceedance(t)[0] for t in thresholds])
    return Member(
        label, found.n_events, found.m_ue, found.m_le, quantiles, exceedance, found.status
    )


def by_mc(
    result: ReadResult,
    configuration: ForecastConfiguration,
    mc: float,
    steps: Rows[float] = MC_STEPS,
) -> Band:
    """Forecast again with the magnitude of completeness moved.

    Parameters
    ----------
    result : ReadResult
        The whole catalog, not cut yet.
    configuration : ForecastConfiguration
    mc : float
    steps : sequence of float, optional
        Added to `mc`.
    """
    members = []
    for step in steps:
        moved = round(mc + step, 10)
        try:
            found = outlook(sequence_of(result, moved).magnitudes, configuration)
        except DataError:
            found = NOTHING
        members.append(_member(moved, found, configuration))
    return Band("mc", tuple(members))


def by_index(magnitudes: Array, configuration: ForecastConfiguration) -> Band:
    """Forecast again with M_UE under each reading of the index.

    The constants of the law stay: with a reading that they were not made for, which
    ``cooke`` is for the published ones, the spread shows what a wrong choice would do.
    """
    upper, _ = configuration.estimators()
    members = []
    for index in get_args(Index):
        name = f"{upper.estimator}:{upper.events}:{upper.size}:{index}"
        # The check of reading against constants is what is being tried out.
        changed = configuration.model_copy(update={"upper": name, "allow_mismatch": True})
        members.append(_member(index, outlook(magnitudes, changed), configuration))
    return Band("index", tuple(members))


def by_magnitude_errors(
    result: ReadResult,
    configuration: ForecastConfiguration,
    mc: float,
    *,
    error: tuple[float, float] = MAGNITUDE_ERROR,
    simulations: int = SIMULATIONS,
    seed: int = 0,
) -> Band:
    """Forecast again with errors added to the magnitudes.

    Parameters
    ----------
    result : ReadResult
        The whole catalog: events come in and go out at Mc.
    configuration : ForecastConfiguration
    mc : float
    error : tuple of float, optional
        Standard deviation where the catalog has no ``magnitude_uncertainty``: one
        value between these two for each draw, common to all events.
    simulations : int, optional
    seed : int, optional

    Notes
    -----
    The errors come on top of those that the catalog holds already, so that more
    events pass Mc from below than from above, a factor 10^(b^2 s^2 ln(10)/2), and the
    maximum tends to grow: the band shows sensitivity, it is no posterior.
    """
    low, high = error
    if not (0.0 <= low <= high and np.isfinite(high)) or simulations < 1:
        raise InputError(
            f"magnitude errors from {low} to {high}, {simulations} draws; give numbers from 0 up "
            "in ascending order, and 1 draw or more"
        )
    rng = np.random.default_rng(seed)
    catalog = result.catalog
    m = catalog["magnitude"]
    own = (
        catalog["magnitude_uncertainty"]
        if "magnitude_uncertainty" in catalog
        else np.full(m.size, np.nan)
    )
    # What lies further below Mc than five errors does not reach it.
    reach = 5.0 * np.nanmax(np.append(own, high))
    near = np.flatnonzero(m >= mc - reach)
    m, own = m[near], own[near]
    given = m[m >= mc]
    found = outlook(given, configuration) if given.size else NOTHING
    if found.forecast is None:
        # What errors alone make of equal or few magnitudes is no forecast.
        return Band("magnitude", (_member("given", found, configuration),), 0.9)
    members = []
    for draw in range(simulations):
        sd = np.where(np.isfinite(own), own, rng.uniform(low, high))
        moved = m + sd * rng.standard_normal(m.size)
        above = moved[moved >= mc]
        found = outlook(above, configuration) if above.size else NOTHING
        members.append(_member(str(draw), found, configuration))
    return Band("magnitude", tuple(members), 0.9)


def robustness_document(
    result: ReadResult,
    configuration: ForecastConfiguration,
    mc: float,
    *,
    error: tuple[float, float] = MAGNITUDE_ERROR,
    simulations: int = SIMULATIONS,
    seed: int = 0,
) -> dict[str, Any]:
    """Return the three bands as ``evt forecast --robust`` prints them."""
    magnitudes = sequence_of(result, mc).magnitudes
    drawn = by_magnitude_errors(
        result, configuration, mc, error=error, simulations=simulations, seed=seed
    )
    own = "magnitude_uncertainty" in result.catalog
    return {
        "mc": _document(by_mc(result, configuration, mc), configuration),
        "index": _document(by_index(magnitudes, configuration), configuration),
        "magnitude": {
            **_document(drawn, configuration, with_members=False),
            "simulations": simulations,
            "error": "magnitude_uncertainty of the catalog" if own else list(error),
        },
    }


def _document(
    band: Band, configuration: ForecastConfiguration, *, with_members: bool = True
) -> dict[str, Any]:
    valid, total = band.valid, len(band.members)

    def span(values: Rows[float]) -> list[float]:
        return list(band.range_of(values))

    exceedance = [
        span([m.exceedance[i] for m in valid]) for i in range(len(configuration.thresholds))
    ]
    document: dict[str, Any] = {
        "coverage": band.coverage,
        "n_events": span([float(m.n_events) for m in valid]),
        "m_ue": span([m.m_ue for m in valid]),
        "m_le": span([m.m_le for m in valid]),
        "quantiles": {
            f"{p:g}": span([m.quantiles[i] for m in valid]) for i, p in enumerate(QUANTILES)
        },
        "exceedance": [
            {"magnitude": t, "low": low, "high": high}
            for t, (low, high) in zip(configuration.thresholds, exceedance, strict=True)
        ],
    }
    if with_members:
        document["members"] = [
            {
                band.varied: member.label,
                "n_events": member.n_events,
                "m_ue": member.m_ue,
                "m_le": member.m_le,
                "quantiles": {
                    f"{p:g}": q for p, q in zip(QUANTILES, member.quantiles, strict=True)
                },
                "exceedance": [
                    {"magnitude": t, "probability": p}
                    for t, p in zip(configuration.thresholds, member.exceedance, strict=True)
                ],
                "status": member.status,
            }
            for member in band.members
        ]
    missing = total - len(valid)
    why = sorted({m.status for m in band.members if m.status != "ok"})
    document["status"] = (
        "ok" if not missing else f"{missing} of {total} without a forecast: {', '.join(why)}"
    )
    return document
