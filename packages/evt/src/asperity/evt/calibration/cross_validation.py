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

SINGLE = 60
"""Up to so many sequences each is left out alone."""
FOLDS = 20
"""More are left out in so many groups, which keeps the work proportional to the records."""


def laws_without(
    name: str, pairs: Pairs, upper: EstimatorName, lower: EstimatorName
) -> list[tuple[NDArray[np.int64], Law]]:
    """Fit a law to all sequences but one, for each sequence.

    Parameters
    ----------
    name : {"gev", "lognormal", "gumbel"}
    pairs : Pairs
    upper, lower : EstimatorName

    Returns
    -------
    list of (ndarray of int64, Law)
        Rows of the pairs that were left out, and the law fitted to the others. Beyond 60
        sequences, every twentieth of them is left out together.

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
    owners = np.unique(pairs.sequence[valid])
    if owners.size < 2:
        raise DataError(
            "leaving a sequence out needs two with records; found one: give more sequences"
        )
    whole = fit_law(name, x[valid]).law
    count = owners.size if owners.size <= SINGLE else FOLDS
    fold_of = np.full(len(pairs.sequences), -1)
    fold_of[owners] = np.arange(owners.size) % count
    fold = np.where(valid, fold_of[pairs.sequence], -1)
    return [
        (np.flatnonzero(fold == k), fit_law(name, x[valid & (fold != k)], start=whole).law)
        for k in range(count)
    ]
