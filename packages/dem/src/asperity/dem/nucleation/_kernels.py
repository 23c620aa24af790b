"""Cuts of trees and the agreement of two of them, for one pair and for thousands of draws."""

import math

import numpy as np
from numba import njit


@njit(error_model="numpy", cache=True)
def cuts(merges, out):
    """Write the labels of the leaves at every level of a tree.

    Parameters
    ----------
    merges : array, shape (n - 1, 2), int64
        Nodes joined one after another; leaves are 0 to n - 1, the m-th merge makes n + m.
    out : array, shape (n - 2, n), int16
        Row k - 2 gets the labels 0 to k - 1 of the cut into k clusters.
    """
    n = merges.shape[0] + 1
    owner = np.arange(n)
    number = np.empty(2 * n, np.int16)
    for m in range(n - 2):
        for leaf in range(n):
            if owner[leaf] == merges[m, 0] or owner[leaf] == merges[m, 1]:
                owner[leaf] = n + m
        k = n - 1 - m
        number[:] = -1
        found = 0
        for leaf in range(n):
            if number[owner[leaf]] < 0:
                number[owner[leaf]] = found
                found += 1
            out[k - 2, leaf] = number[owner[leaf]]


@njit(error_model="numpy", cache=True)
def agreement(a, b, order, k, table):
    """Return the index of Fowlkes and Mallows of two cuts into k clusters.

    Parameters
    ----------
    a, b : array, shape (n,), int16
        Labels.
    order : array, shape (n,)
        Leaf of `b` that stands for each leaf of `a`.
    k : int
    table : array, shape (n, n), int64
        Room for the counts.
    """
    n = a.shape[0]
    for i in range(k):
        for j in range(k):
            table[i, j] = 0
    for leaf in range(n):
        table[a[leaf], b[order[leaf]]] += 1
    both = rows = columns = -n
    for i in range(k):
        total = 0
        for j in range(k):
            both += table[i, j] * table[i, j]
            total += table[i, j]
        rows += total * total
    for j in range(k):
        total = 0
        for i in range(k):
            total += table[i, j]
        columns += total * total
    if rows == 0 or columns == 0:
        return 0.0
    return both / math.sqrt(float(rows) * float(columns))


@njit(error_model="numpy", cache=True)
def permuted_agreement(a, b, orders, out):
    """Write the index at every level (rows) for every order of the leaves of b (columns)."""
    levels, n = a.shape
    table = np.zeros((n, n), np.int64)
    for draw in range(orders.shape[0]):
        for level in range(levels):
            out[level, draw] = agreement(a[level], b[level], orders[draw], level + 2, table)


@njit(error_model="numpy", cache=True)
def coalescent(uniform, merges):
    """Write the merges of a random tree: any two of the clusters that are left join.

    Parameters
    ----------
    uniform : array, shape (n - 1, 2)
        Draws from [0, 1).
    merges : array, shape (n - 1, 2), int64
    """
    n = merges.shape[0] + 1
    alive = np.arange(n)
    for m in range(n - 1):
        left = n - m
        i = int(uniform[m, 0] * left)
        j = int(uniform[m, 1] * (left - 1))
        if j >= i:
            j += 1
        merges[m, 0] = alive[i]
        merges[m, 1] = alive[j]
        low, high = min(i, j), max(i, j)
        alive[low] = n + m
        alive[high] = alive[left - 1]


@njit(error_model="numpy", cache=True)
def coalescent_agreement(uniform, out):
    """Write the index at every level (rows) of pairs of random trees (columns).

    Parameters
    ----------
    uniform : array, shape (draws, 2, n - 1, 2)
    out : array, shape (n - 2, draws)
    """
    n = uniform.shape[2] + 1
    merges = np.empty((n - 1, 2), np.int64)
    a = np.empty((n - 2, n), np.int16)
    b = np.empty((n - 2, n), np.int16)
    table = np.zeros((n, n), np.int64)
    order = np.arange(n)
    for draw in range(uniform.shape[0]):
        coalescent(uniform[draw, 0], merges)
        cuts(merges, a)
        coalescent(uniform[draw, 1], merges)
        cuts(merges, b)
        for level in range(n - 2):
            out[level, draw] = agreement(a[level], b[level], order, level + 2, table)
