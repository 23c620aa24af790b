"""How well a fitted law describes values, and how well its parameters are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError
from asperity.evt.calibration.fits import fit_law
from asperity.evt.laws import Law
from asperity.evt.scores import uniform_distance

__all__ = [
    "Goodness",
    "anderson_darling",
    "goodness_of_fit",
    "ks_critical",
    "ks_distance",
    "parameters_by_sequence",
]

Array = NDArray[np.float64]
_TINY = 1e-12


def ks_distance(law: Law, x: ArrayLike) -> float:
    """Return the Kolmogorov-Smirnov distance of values from a law."""
    return uniform_distance(law.cdf(x))


def ks_critical(n: int) -> float:
    """Return the distance that a law given beforehand exceeds once in twenty, 1.358/sqrt(n).

    Stephens (1974), doi:10.1080/01621459.1974.10480196; with the correction for n.
    """
    root = float(np.sqrt(n))
    return min(1.358 / (root + 0.12 + 0.11 / root), 1.0)


def anderson_darling(law: Law, x: ArrayLike) -> float:
    """Return the Anderson-Darling distance, which weighs the tails.

    Notes
    -----
    ``-n - sum (2 i - 1)/n (ln u_i + ln(1 - u_(n+1-i)))`` with u = F(x) in order; values
    outside the support count as if at a probability of 1e-12.

    References
    ----------
    Anderson, T. W. & Darling, D. A. (1954). A test of goodness of fit. J. Am. Stat.
    Assoc. 49, 765-769. doi:10.1080/01621459.1954.10501232
    """
    values = np.sort(np.asarray(x, dtype=np.float64))
    n = values.size
    below = np.log(np.maximum(law.cdf(values), _TINY))
    above = np.log(np.maximum(law.sf(values), _TINY))[::-1]
    return float(-n - np.sum((2.0 * np.arange(1, n + 1) - 1.0) * (below + above)) / n)


@dataclass(frozen=True)
class Goodness:
    """Distances of a fitted law and how often chance exceeds them.

    Parameters
    ----------
    ks, ks_p : float
    anderson_darling, anderson_darling_p : float
    replicates : int
        Samples behind the two p.
    """

    ks: float
    ks_p: float
    anderson_darling: float
    anderson_darling_p: float
    replicates: int


def goodness_of_fit(law: Law, x: ArrayLike, *, replicates: int = 200, seed: int = 0) -> Goodness:
    """Test a law that was fitted to the values themselves.

    Parameters
    ----------
    law : Law
        The fit of `x`.
    x : array_like, shape (n,)
    replicates : int, optional
    seed : int, optional

    Returns
    -------
    Goodness

    Notes
    -----
    Samples of the fitted law are fitted again, each by its own parameters (Lilliefors
    1967; Stute et al. 1993): tables for a law that was given beforehand would make p far
    too large. ``p = (1 + number as far off)/(1 + replicates)``.
    """
    values = np.asarray(x, dtype=np.float64)
    ks, ad = ks_distance(law, values), anderson_darling(law, values)
    rng = np.random.default_rng(seed)
    as_far = np.zeros(2)
    for _ in range(replicates):
        sample = law.quantile(rng.uniform(size=values.size))
        again = fit_law(law.name, sample, start=law).law
        as_far += (ks_distance(again, sample) >= ks, anderson_darling(again, sample) >= ad)
    p = (1.0 + as_far) / (1.0 + replicates)
    return Goodness(ks, float(p[0]), ad, float(p[1]), replicates)


def parameters_by_sequence(
    name: str, x: ArrayLike, sequence: ArrayLike, *, replicates: int = 200, seed: int = 0
) -> dict[str, Array]:
    """Return parameters fitted to whole sequences drawn again with replacement.

    The values of one sequence depend on each other, so that sequences and not
    values are drawn.

    Parameters
    ----------
    name : str
        Of the law.
    x : array_like, shape (n,)
    sequence : array_like of int, shape (n,)
        Which sequence each value belongs to.
    replicates : int, optional
    seed : int, optional

    Returns
    -------
    dict of str to ndarray, shape (replicates,)

    Raises
    ------
    DataError
        If there is one sequence only.
    """
    values, owner = np.asarray(x, dtype=np.float64), np.asarray(sequence)
    parts = [values[owner == s] for s in np.unique(owner)]
    if len(parts) < 2:
        raise DataError(
            "a bootstrap by sequence needs two sequences; found one: give more, or --bootstrap 0"
        )
    rng = np.random.default_rng(seed)
    whole = fit_law(name, values).law
    drawn: list[dict[str, float]] = []
    while len(drawn) < replicates:
        sample = np.concatenate([parts[i] for i in rng.integers(len(parts), size=len(parts))])
        drawn.append(dict(fit_law(name, sample, start=whole).law.parameters))
    return {key: np.array([d[key] for d in drawn]) for key in drawn[0]}
