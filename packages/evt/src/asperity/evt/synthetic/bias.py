"""How far the estimators lie above the largest magnitude, on average."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.evt.estimators import ESTIMATORS, EstimatorName, Index, cooke_weights
from asperity.evt.replay import replay_estimates
from asperity.evt.synthetic.settings import Setting

__all__ = ["Bias", "bias_table", "exact_excess"]

Array = NDArray[np.float64]

READINGS: tuple[Index, ...] = ("cooke", "reversed", "truncated")


@dataclass(frozen=True)
class Bias:
    """Estimate minus largest magnitude, over many sequences of one length.

    Parameters
    ----------
    name : EstimatorName
    n : int
        Sequences in which the estimate exists.
    mean, sd, median : float
    p_exceeded : float
        Probability that the next record exceeds the estimate.
    exact : float or None
        Expectation by theory, where it is known.
    """

    name: EstimatorName
    n: int
    mean: float
    sd: float
    median: float
    p_exceeded: float
    exact: float | None

    @property
    def se(self) -> float:
        """Standard error of the mean."""
        return self.sd / math.sqrt(self.n)


def exact_excess(n: int, b: float, index: Index) -> float | None:
    """Return the expected excess of the upper limit of all magnitudes over the largest.

    Parameters
    ----------
    n : int
        Events.
    b : float
        Of an unbounded Gutenberg-Richter law.
    index : {"cooke", "reversed", "truncated"}
        None for the last, which depends on where the magnitudes count from.

    Notes
    -----
    The spacings of exponential order statistics are independent with means 1/j:
    for ``cooke`` ``(1/beta) sum_j (1 - j/n)^n/j``, j = 1 to n - 1, which tends to
    -ln(1 - 1/e)/beta; for ``reversed`` ``(1/beta) sum_i w_i (H_n - H_(i+1)')``, with the
    mean of the i-th smallest H_n - H_(n-i-1) below that of the largest.

    Examples
    --------
    >>> round(exact_excess(100, 1.0, "cooke"), 6), round(exact_excess(100, 1.0, "reversed"), 6)
    (0.197205, 2.245982)
    """
    beta = b * math.log(10.0)
    if index == "cooke":
        j = np.arange(1, n)
        return float(np.sum(np.exp(n * np.log1p(-j / n)) / j) / beta)
    if index == "reversed":
        harmonic = np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, n + 1))])
        # The i-th smallest has mean H_n - H_(n-i-1), the largest H_n.
        return float(cooke_weights(n) @ harmonic[n - 1 - np.arange(n)] / beta)
    return None


def bias_table(setting: Setting, sequences: int, seed: int = 0) -> list[Bias]:
    """Estimate the bias of all estimators under all readings of the index.

    Parameters
    ----------
    setting : Setting
    sequences : int
        Two at least.
    seed : int, optional

    Returns
    -------
    list of Bias
        In the order of `ESTIMATORS`, the readings of each together.

    Notes
    -----
    Given the events, a record of an unbounded Gutenberg-Richter law exceeds an
    estimate with probability 10^(-b (estimate - M_max)); the average of that has less
    scatter than a count. With m_max it is the same for the law cut there.
    """
    if sequences < 2:
        raise InputError(f"{sequences} sequences; a mean with an error needs two or more")
    rng = np.random.default_rng(seed)
    offsets = np.empty((sequences, len(READINGS), len(ESTIMATORS)))
    above = np.empty(sequences)
    for row in range(sequences):
        m = setting.draw(rng)
        above[row] = m.max()
        for reading, index in enumerate(READINGS):
            offsets[row, reading] = replay_estimates(m, index)[-1] - above[row]
    plain = setting.process != "drift"
    table = []
    for column, name in enumerate(ESTIMATORS):
        for reading, index in enumerate(READINGS):
            excess = offsets[:, reading, column]
            known = np.isfinite(excess)
            exact = None
            if (name.estimator, name.events, name.size) == ("upper_limit", "all", "magnitude"):
                exact = exact_excess(setting.n_events, setting.b, index)
            table.append(
                Bias(
                    replace(name, index=index),
                    int(known.sum()),
                    float(excess[known].mean()),
                    float(excess[known].std(ddof=1)),
                    float(np.median(excess[known])),
                    float(_exceeded(setting, above[known], excess[known]).mean()),
                    exact if plain and math.isinf(setting.m_max) else None,
                )
            )
    return table


def _exceeded(setting: Setting, m_max: Array, excess: Array) -> Array:
    """Return the probability that the next record exceeds M_max + excess."""
    beta = setting.final_rate
    plain = np.exp(-beta * np.maximum(excess, 0.0))
    if math.isinf(setting.m_max):
        return np.asarray(plain)
    cut = np.exp(-beta * (setting.m_max - m_max))
    return np.asarray(np.clip((plain - cut) / (1.0 - cut), 0.0, 1.0))
