"""Scores of a law on sequences that it was not fitted to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import DataError
from asperity.evt.calibration.fits import fit_law
from asperity.evt.estimators import EstimatorName
from asperity.evt.laws import Law
from asperity.evt.pairs import Pairs

__all__ = ["laws_without"]


def laws_without(
    name: str, pairs: Pairs, upper: EstimatorName, lower: EstimatorName
) -> dict[int, Law]:
    """Fit a law once for each sequence, to all others.

    Parameters
    ----------
    name : {"gev", "lognormal", "gumbel"}
    pairs : Pairs
    upper, lower : EstimatorName

    Returns
    -------
    dict of int to Law
        By the number of the sequence that was left out.

    Raises
    ------
    DataError
        If there is one sequence only.

    Notes
    -----
    Whole sequences are left out, not single records: those of one sequence depend on each
    other, and a fit that had seen its neighbours would look better than it is.
    """
    x, valid = pairs.normalised(upper, lower)
    owners: NDArray[np.int64] = np.unique(pairs.sequence[valid])
    if owners.size < 2:
        raise DataError("leaving a sequence out needs two with records; found one")
    return {int(owner): fit_law(name, x[valid & (pairs.sequence != owner)]).law for owner in owners}
