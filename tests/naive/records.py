"""Record counts by looking at every event before each."""

import itertools
from fractions import Fraction


def records(values):
    return [i for i, v in enumerate(values) if all(v > u for u in values[:i])]


def lows(values):
    return [i for i, v in enumerate(values) if all(v < u for u in values[:i])]


def all_orders(n):
    return itertools.permutations(range(n))


def law(n, statistic):
    """Return {value: probability} of a statistic over all orders of n values, as fractions."""
    counts = {}
    for order in all_orders(n):
        value = statistic(order)
        counts[value] = counts.get(value, 0) + 1
    total = sum(counts.values())
    return {value: Fraction(count, total) for value, count in counts.items()}


def mean_and_variance(law_):
    mean = sum(v * p for v, p in law_.items())
    return mean, sum((v - mean) ** 2 * p for v, p in law_.items())
