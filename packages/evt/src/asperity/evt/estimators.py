"""The eight estimators of the next record magnitude, and what they are made of.

Upper-limit estimators apply Cooke's (1979) endpoint estimator to sizes,
jump-limited ones add the expected largest jump to the present maximum. Each
takes the record-breaking events or all events, as magnitudes or as potencies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError
from asperity.core.statistics.records import record_rows

__all__ = [
    "ESTIMATORS",
    "Estimate",
    "EstimatorName",
    "cooke_endpoint",
    "cooke_weights",
    "estimate",
    "estimate_all",
    "jump_limited",
    "record_rows",
    "upper_limit",
]

Kind = Literal["upper_limit", "jump_limited"]
Events = Literal["records", "all"]
Size = Literal["magnitude", "potency"]
Index = Literal["cooke", "reversed", "truncated"]


@dataclass(frozen=True)
class EstimatorName:
    """Which estimator: its kind, its events, its measure of size, its reading of the index.

    Examples
    --------
    >>> str(EstimatorName.parse("upper_limit:all:magnitude:reversed"))
    'upper_limit:all:magnitude:reversed'
    """

    estimator: Kind
    events: Events
    size: Size
    index: Index = "cooke"

    def __str__(self) -> str:
        return f"{self.estimator}:{self.events}:{self.size}:{self.index}"

    @property
    def column(self) -> int:
        """Place among `ESTIMATORS`."""
        return (
            4 * (self.estimator == "jump_limited")
            + 2 * (self.events == "all")
            + (self.size == "potency")
        )

    @classmethod
    def parse(cls, text: str) -> EstimatorName:
        """Read ``estimator:events:size:index``; the index may be left out.

        Raises
        ------
        InputError
            If a part is not known.
        """
        parts = text.split(":")
        allowed = (get_args(Kind), get_args(Events), get_args(Size), get_args(Index))
        if not 3 <= len(parts) <= 4 or any(
            p not in a for p, a in zip(parts, allowed, strict=False)
        ):
            shape = ":".join("|".join(a) for a in allowed)
            raise InputError(f"estimator {text!r} is not known; write {shape}")
        return cls(*parts)  # type: ignore[arg-type]


ESTIMATORS: tuple[EstimatorName, ...] = tuple(
    EstimatorName(estimator, events, size)
    for estimator in get_args(Kind)
    for events in get_args(Events)
    for size in get_args(Size)
)
"""The eight, in the order (a) to (h) of Verdon & Eisner (2024), Fig. 2."""


@dataclass(frozen=True)
class Estimate:
    """One estimate: its name, its value (NaN when there is none) and why not."""

    name: EstimatorName
    value: float
    status: str


def cooke_weights(n: int) -> NDArray[np.float64]:
    """Return Cooke's weights ``w_i = (1 - i/n)^n - (1 - (i+1)/n)^n``, i = 0 to n - 1.

    They sum to one. The first belongs to the largest of n values.

    Parameters
    ----------
    n : int

    Returns
    -------
    ndarray, shape (n,)

    References
    ----------
    Cooke, P. (1979). Statistical inference for bounds of random variables.
    Biometrika 66, 367-374. doi:10.1093/biomet/66.2.367

    Examples
    --------
    >>> cooke_weights(4).round(8).tolist()
    [0.68359375, 0.25390625, 0.05859375, 0.00390625]
    """
    steps = np.arange(n + 1) / n
    # 1 - i/n to the power n, without losing digits for small i/n
    with np.errstate(divide="ignore"):
        powers = np.exp(n * np.log1p(-steps))
    return np.asarray(powers[:-1] - powers[1:])


def cooke_endpoint(values: ArrayLike, index: Index = "cooke") -> float:
    """Estimate the upper endpoint of the distribution that values were drawn from.

    Parameters
    ----------
    values : array_like, shape (n,)
        In any order.
    index : {"cooke", "reversed", "truncated"}
        Reading of the index in the published formula: ``cooke`` weights the
        largest value most, as derived; ``reversed`` the smallest; ``truncated``
        leaves the term i = 0 out.

    Returns
    -------
    float

    Raises
    ------
    DataError
        If there are no values.

    Notes
    -----
    ``2 X_(n) - sum_i w_i X_(n-i)`` with X ascending and `cooke_weights`. A
    single value is its own endpoint.

    References
    ----------
    Cooke (1979), doi:10.1093/biomet/66.2.367; read as Verdon & Eisner (2024) by
    the index options above.

    Examples
    --------
    >>> cooke_endpoint([1.5, 2.0, 2.4, 3.1])
    3.3484375
    >>> cooke_endpoint([1.5, 2.0, 2.4, 3.1], "reversed")
    4.5140625
    """
    x = np.sort(np.asarray(values, dtype=np.float64))
    if not x.size:
        raise DataError("an endpoint needs at least one value; found none")
    if index not in get_args(Index):
        raise InputError(f"index {index!r}; allowed are {', '.join(get_args(Index))}")
    if x.size == 1:
        return float(x[0])
    weights = cooke_weights(x.size)
    ordered = x if index == "reversed" else x[::-1]
    start = 1 if index == "truncated" else 0
    return float(2.0 * x[-1] - np.sum(weights[start:] * ordered[start:]))


def _sizes(magnitudes: NDArray[np.float64], size: Size) -> NDArray[np.float64]:
    """Return magnitudes, or potencies relative to that of the largest event.

    The rigidity and the constant of the moment-magnitude relation cancel.
    """
    if size == "magnitude":
        return magnitudes
    return np.asarray(10.0 ** (1.5 * (magnitudes - magnitudes.max())))


def _magnitude(value: float, magnitudes: NDArray[np.float64], size: Size) -> float:
    if size == "magnitude":
        return value
    return float(magnitudes.max() + np.log10(value) / 1.5)


def _checked(magnitudes: ArrayLike, events: Events) -> NDArray[np.float64]:
    m = np.asarray(magnitudes, dtype=np.float64)
    if m.ndim != 1 or not np.isfinite(m).all():
        raise InputError(
            "magnitudes must be one row of finite numbers in order of time; "
            f"found shape {m.shape}, {int((~np.isfinite(m)).sum())} not finite"
        )
    if not m.size:
        raise DataError("there are no events; lower --mc or choose another catalog")
    return m if events == "all" else m[record_rows(m)]


def upper_limit(
    magnitudes: ArrayLike,
    *,
    events: Events = "all",
    size: Size = "magnitude",
    index: Index = "cooke",
) -> float:
    """Estimate the upper limit of magnitude, M_UL.

    Parameters
    ----------
    magnitudes : array_like, shape (n,)
        In order of time, complete above one magnitude.
    events : {"all", "records"}
    size : {"magnitude", "potency"}
    index : {"cooke", "reversed", "truncated"}
        See `cooke_endpoint`.

    Returns
    -------
    float
        Magnitude.

    References
    ----------
    Verdon & Eisner (2024), after Cooke (1979), doi:10.1093/biomet/66.2.367.

    Examples
    --------
    >>> round(upper_limit([1.5, 2.0, 2.4, 3.1], size="potency"), 10)
    3.1742757286
    """
    m = _checked(magnitudes, events)
    return _magnitude(cooke_endpoint(_sizes(m, size), index), m, size)


def jump_limited(
    magnitudes: ArrayLike,
    *,
    events: Events = "all",
    size: Size = "magnitude",
    index: Index = "cooke",
    first_from: float | None = None,
) -> float:
    """Estimate the next record as the maximum plus the largest jump to expect, M_JL.

    Parameters
    ----------
    magnitudes : array_like, shape (n,)
        In order of time.
    events : {"all", "records"}
        Jumps between records, or gaps between all events sorted by size.
    size : {"magnitude", "potency"}
    index : {"cooke", "reversed", "truncated"}
    first_from : float, optional
        Magnitude of completeness; adds the jump from it to the first record.

    Returns
    -------
    float
        Magnitude.

    Raises
    ------
    DataError
        If there is no jump: fewer than two events, or records.

    Examples
    --------
    >>> round(jump_limited([1.5, 2.0, 2.4, 3.1]), 10)
    3.862962963
    """
    m = _checked(magnitudes, events)
    values = np.concatenate([[first_from], m]) if first_from is not None else m
    sizes = _sizes(values, size)
    jumps = np.diff(np.sort(sizes))
    if not jumps.size:
        raise DataError(
            f"a jump needs two {'events' if events == 'all' else 'records'}; found one: lower --mc"
        )
    return _magnitude(float(sizes.max()) + cooke_endpoint(jumps, index), values, size)


def estimate(name: EstimatorName, magnitudes: ArrayLike) -> float:
    """Return one of the eight estimates by name."""
    function = upper_limit if name.estimator == "upper_limit" else jump_limited
    return function(magnitudes, events=name.events, size=name.size, index=name.index)


def estimate_all(
    magnitudes: ArrayLike,
    index: Index = "cooke",
    names: Sequence[EstimatorName] = ESTIMATORS,
) -> list[Estimate]:
    """Return the eight estimates of a sequence, with the reason where there is none.

    Parameters
    ----------
    magnitudes : array_like, shape (n,)
        In order of time, above the magnitude of completeness.
    index : {"cooke", "reversed", "truncated"}
    names : sequence of EstimatorName, optional
        Which ones.

    Returns
    -------
    list of Estimate

    Examples
    --------
    >>> [round(e.value, 4) for e in estimate_all([1.5, 2.0, 2.4, 3.1])][:4]
    [3.3484, 3.1743, 3.3484, 3.1743]
    """
    results = []
    for plain in names:
        name = EstimatorName(plain.estimator, plain.events, plain.size, index)
        try:
            results.append(Estimate(name, estimate(name, magnitudes), "ok"))
        except DataError as error:
            results.append(Estimate(name, float("nan"), str(error)))
    return results
