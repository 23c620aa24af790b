"""Trees by the obvious way: clusters as sets, agreement by counting pairs."""

from itertools import combinations

import numpy as np


def cut(tree, k):
    """Labels of the leaves after all merges but the last k - 1."""
    n = len(tree) + 1
    clusters = {leaf: {leaf} for leaf in range(n)}
    for m, row in enumerate(tree[: n - k]):
        clusters[n + m] = clusters.pop(int(row[0])) | clusters.pop(int(row[1]))
    labels = np.empty(n, int)
    for number, members in enumerate(clusters.values()):
        labels[list(members)] = number
    return labels


def fowlkes_mallows(a, b):
    """Pairs together in both over the geometric mean of pairs together in each."""
    both = first = second = 0
    for i, j in combinations(range(len(a)), 2):
        first += a[i] == a[j]
        second += b[i] == b[j]
        both += a[i] == a[j] and b[i] == b[j]
    return both / np.sqrt(first * second) if first and second else 0.0
