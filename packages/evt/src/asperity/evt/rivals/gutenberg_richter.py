"""Gutenberg-Richter without an upper end: the baseline of all comparisons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from asperity.evt.rivals.distributions import Distribution, TruncatedExponentials
from asperity.evt.rivals.protocol import History, Need, Withheld

__all__ = ["GutenbergRichter"]


@dataclass(frozen=True)
class GutenbergRichter:
    """The next record exceeds the largest magnitude by an exponential of rate b ln 10.

    Parameters
    ----------
    b : float, optional
        Fixed b; that of the history when missing.

    Notes
    -----
    ``P(M > m) = 10^(-b (m - M_max))``, magnitudes: without memory, the excess of a
    record has the law of the magnitudes above Mc. Mean excess ``1/(b ln 10)``.

    References
    ----------
    van der Elst, N. J., Page, M. T., Weiser, D. A., Goebel, T. H. W. & Hosseini, S. M.
    (2016). Induced earthquake magnitudes are as large as (statistically) expected.
    J. Geophys. Res. Solid Earth 121, 4575-4590. doi:10.1002/2016JB012818
    """

    b: float | None = None

    @property
    def name(self) -> str:
        """Return ``gutenberg-richter``, with b where it is fixed."""
        return "gutenberg-richter" if self.b is None else f"gutenberg-richter-b{self.b:g}"

    needs: ClassVar[frozenset[Need]] = frozenset()

    def forecast(self, history: History) -> Distribution | Withheld:
        """Return the distribution of the next record magnitude, or why there is none."""
        rate = history.rate if self.b is None else self.b * np.log(10.0)
        if not np.isfinite(rate):
            return Withheld("all magnitudes equal Mc")
        return TruncatedExponentials.single(history.m_max, rate)
