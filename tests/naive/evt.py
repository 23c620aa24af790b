"""The estimators and the replay as slow, obvious formulas: sort everything, each time."""

import math


def cooke(values, index):
    x = sorted(values, reverse=True)
    n = len(x)
    if n == 1:
        return x[0]
    weights = [(1 - i / n) ** n - (1 - (i + 1) / n) ** n for i in range(n)]
    terms = list(enumerate(x[::-1] if index == "reversed" else x))
    if index == "truncated":
        terms = terms[1:]
    return 2 * x[0] - math.fsum(weights[i] * value for i, value in terms)


def records(magnitudes):
    found = []
    for m in magnitudes:
        if not found or m > found[-1]:
            found.append(m)
    return found


def estimate(estimator, events, size, index, magnitudes):
    m = list(magnitudes) if events == "all" else records(magnitudes)
    top = max(m)
    x = m if size == "magnitude" else [10 ** (1.5 * (v - top)) for v in m]
    if estimator == "upper_limit":
        value = cooke(x, index)
    else:
        ordered = sorted(x)
        gaps = [b - a for a, b in zip(ordered, ordered[1:], strict=False)]
        if not gaps:
            return math.nan
        value = max(x) + cooke(gaps, index)
    return value if size == "magnitude" else top + math.log10(value) / 1.5


def estimate_all(magnitudes, index):
    return [
        estimate(estimator, events, size, index, magnitudes)
        for estimator in ("upper_limit", "jump_limited")
        for events in ("records", "all")
        for size in ("magnitude", "potency")
    ]
