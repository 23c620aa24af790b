"""Published relations from one kind of magnitude to moment magnitude, each with its source.

Potency needs moment-like magnitudes, catalogs of induced events often hold local
ones. Nothing is converted unless it is asked for, and what was done is recorded.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import InputError

__all__ = ["CONVERSIONS", "Conversion", "conversion"]


@dataclass(frozen=True)
class Conversion:
    """A polynomial from one magnitude to another.

    Parameters
    ----------
    name : str
    coefficients : tuple of float
        Of 1, M, M^2, ...
    source_type, target_type : str
        Such as ``ML`` and ``Mw``.
    low, high : float
        Where the relation was fitted; outside it is extrapolated.
    source : str

    Examples
    --------
    >>> conversion("munafo-2016").apply([1.5]).round(2).tolist()
    [2.15]
    """

    name: str
    coefficients: tuple[float, ...]
    source_type: str
    target_type: str
    low: float
    high: float
    source: str

    def apply(self, magnitudes: ArrayLike) -> NDArray[np.float64]:
        """Return the converted magnitudes, same shape."""
        if self.name == "identity":
            return np.asarray(magnitudes, dtype=np.float64)
        m = np.asarray(magnitudes, dtype=np.float64)
        return np.asarray(np.polynomial.polynomial.polyval(m, list(self.coefficients)))

    def outside(self, magnitudes: ArrayLike) -> int:
        """Return how many magnitudes lie where the relation is extrapolated."""
        m = np.asarray(magnitudes, dtype=np.float64)
        return int(np.count_nonzero((m < self.low) | (m > self.high)))

    def document(self) -> dict[str, Any]:
        """Return what a record of the conversion holds."""
        kept = asdict(self)
        return {**kept, "coefficients": list(self.coefficients)}


CONVERSIONS: dict[str, Conversion] = {
    c.name: c
    for c in (
        Conversion("identity", (0.0, 1.0), "any", "the same", -np.inf, np.inf, "none"),
        Conversion(
            "gruenthal-2009", (0.53, 0.646, 0.0376), "ML", "Mw", 1.0, 6.0,
            "Gruenthal, Wahlstroem & Stromeyer (2009), J. Seismol. 13, 517-541, "
            "doi:10.1007/s10950-008-9144-9; central Europe",
        ),
        Conversion(
            "munafo-2016", (1.15, 2.0 / 3.0), "ML", "Mw", 0.0, 4.0,
            "Munafo, Malagnini & Chiaraluce (2016), Bull. Seismol. Soc. Am. 106, 2402-2408, "
            "doi:10.1785/0120160130; central Italy",
        ),
        Conversion(
            "butcher-2020", (0.75, 0.69), "ML", "Mw", -1.0, 3.0,
            "Butcher, Luckett, Kendall & Baptie (2020), Bull. Seismol. Soc. Am., "
            "doi:10.1785/0120190032; New Ollerton, United Kingdom",
        ),
    )
}  # fmt: skip
"""Conversions by name.

The coefficients of the papers are quoted at second hand (butcher-2020 from public
code that uses it; of munafo-2016 the slope stands in the abstract), as is what they
are good for: hold them against the paper before a decision rests on them.
"""


def conversion(name: str) -> Conversion:
    """Return a conversion by name.

    Raises
    ------
    InputError
        If it is not known.
    """
    if name not in CONVERSIONS:
        raise InputError(f"conversion {name!r} is not known; known are {', '.join(CONVERSIONS)}")
    return CONVERSIONS[name]
