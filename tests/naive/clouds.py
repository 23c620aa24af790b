"""Cloud distances as their definitions read, point by point and permutation by permutation."""

from itertools import permutations
from math import dist

import numpy as np
from scipy.optimize import linprog


def hausdorff(a, b):
    return max(
        max(min(dist(p, q) for q in b) for p in a), max(min(dist(p, q) for p in a) for q in b)
    )


def chamfer(a, b, variant):
    to_b = [min(dist(p, q) for q in b) for p in a]
    to_a = [min(dist(p, q) for p in a) for q in b]
    if variant == "mean":
        return sum(to_b) / len(a) + sum(to_a) / len(b)
    if variant == "half-sum":
        return 0.5 * (sum(to_b) / len(a) + sum(to_a) / len(b))
    squares = [sum(d * d for d in ds) for ds in (to_b, to_a)]
    if variant == "mean-squared":
        return squares[0] / len(a) + squares[1] / len(b)
    return squares[0] + squares[1]


def assignment(a, b):
    """Return the least mean distance over all ways to pair clouds of one size."""
    n = len(a)
    return min(sum(dist(a[i], b[p[i]]) for i in range(n)) / n for p in permutations(range(n)))


def transport(a, b, mass_a, mass_b):
    """Return the optimum of the linear programme with every route in it, dense."""
    n, m = len(a), len(b)
    cost = [dist(p, q) for p in a for q in b]
    sums = np.zeros((n + m, n * m))
    for i in range(n):
        for j in range(m):
            sums[i, i * m + j] = sums[n + j, i * m + j] = 1.0
    solved = linprog(cost, A_eq=sums, b_eq=[*mass_a, *mass_b], method="highs")
    assert solved.status == 0
    return solved.fun


def greedy(a, b):
    pairs, total = [(i, j) for i in range(len(a)) for j in range(len(b))], 0.0
    count = min(len(a), len(b))
    while pairs:
        i, j = min(pairs, key=lambda p: dist(a[p[0]], b[p[1]]))
        total += dist(a[i], b[j])
        pairs = [p for p in pairs if p[0] != i and p[1] != j]
    return total / count
