"""Kernels of the statistics: searches along a sequence of magnitudes."""

import numba
import numpy as np


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def next_exceeding(magnitudes, margin):
    """Return for each event the next later one at least `margin` larger, -1 where none is.

    Only a later event that tops all between can be the first to exceed anything
    before it. Going back in time, these form a stack that grows downwards, and the
    answer is found in it by bisection: O(n log n).
    """
    n = magnitudes.size
    found = np.full(n, -1, np.int64)
    stack = np.empty(n, np.int64)
    depth = 0
    for i in range(n - 1, -1, -1):
        wanted = magnitudes[i] + margin
        low, high = 0, depth
        while low < high:
            middle = (low + high) // 2
            if magnitudes[stack[middle]] >= wanted:
                low = middle + 1
            else:
                high = middle
        if low > 0:
            found[i] = stack[low - 1]
        while depth > 0 and magnitudes[stack[depth - 1]] <= magnitudes[i]:
            depth -= 1
        stack[depth] = i
        depth += 1
    return found
