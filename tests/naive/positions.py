"""Slow, obvious versions of what the estimators of position series do."""

import numpy as np
from scipy.linalg import toeplitz
from scipy.signal import lfilter


def autocovariance(alpha, n, corner=6.9e-6, terms=4_000_000):
    """Autocovariances of filtered white noise, summed from the filter itself."""
    k = np.arange(1, terms)
    psi = np.concatenate([[1.0], np.cumprod((k - 1 + alpha / 2) / k)]) * (1 - corner) ** np.arange(
        terms
    )
    return np.array([psi[: terms - lag] @ psi[lag:] for lag in range(n)])


def products(covariance, index, columns):
    """R' C^-1 R and ln det C over some places, by an explicit matrix."""
    matrix = toeplitz(covariance)[np.ix_(index, index)]
    return columns.T @ np.linalg.inv(matrix) @ columns, np.linalg.slogdet(matrix)[1]


def yearly_slopes(years, values, steps, gap=1.0, tolerance=0.001):
    """All pairs of MIDAS, forward and backward."""
    slopes = []
    n = len(years)
    for backward in (False, True):
        for i in range(n):
            partners = [
                j for j in range(n)
                if (years[i] - years[j] if backward else years[j] - years[i]) >= gap - tolerance
            ]  # fmt: skip
            if not partners:
                continue
            j = max(partners) if backward else min(partners)
            low, high = sorted((years[i], years[j]))
            if not any(low < step <= high for step in steps):
                slopes.append((values[j] - values[i]) / (years[j] - years[i]))
    return np.array(slopes)


def random_walk(generator, n):
    """A random walk by its definition."""
    return lfilter([1.0], [1.0, -1.0], generator.standard_normal(n))
