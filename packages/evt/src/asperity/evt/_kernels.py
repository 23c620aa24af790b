"""Incremental order statistics behind the replay of a sequence.

An estimator is a weighted sum of at most 40 leading order statistics: the
weights fall as exp(-i), so that later ones lie below the last bit of a double.
What has to be kept up event by event are therefore the 40 largest and smallest
of the magnitudes and of the gaps between neighbours in size. Magnitudes only
come; a gap also goes, when an event falls into it, so its buffers hold some
more than 40 and are gathered anew when they run low.
"""

import math

import numba
import numpy as np

LEADING = 40
_SPARE = 64

COOKE, REVERSED, TRUNCATED = 0, 1, 2


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def cooke_weights(n, weights):
    """Fill `weights` with w_i = (1 - i/n)^n - (1 - (i+1)/n)^n; return how many there are."""
    count = min(n, LEADING)
    before = 1.0
    for i in range(count):
        after = math.exp(n * math.log1p(-(i + 1) / n)) if i + 1 < n else 0.0
        weights[i] = before - after
        before = after
    return count


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def endpoint(largest, smallest, weights, count, n, index):
    """Return Cooke's endpoint 2 X_(n) - sum w_i X, X descending, ascending, or without i = 0."""
    top = -largest[0]
    if n == 1:
        return top
    total = 0.0
    if index == REVERSED:
        for i in range(count):
            total += weights[i] * smallest[i]
    else:
        for i in range(1 if index == TRUNCATED else 0, count):
            total -= weights[i] * largest[i]
    return 2.0 * top - total


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def insert(buffer, count, outside, value):
    """Keep the smallest values in ascending order; return how many are inside and outside."""
    if outside > 0 and value >= buffer[count - 1]:
        return count, outside + 1
    if count == buffer.size:
        if value >= buffer[count - 1]:
            return count, outside + 1
        count -= 1
        outside += 1
    i = count
    while i > 0 and buffer[i - 1] > value:
        buffer[i] = buffer[i - 1]
        i -= 1
    buffer[i] = value
    return count + 1, outside


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def remove(buffer, count, outside, value):
    """Take one instance of a value out of the buffer, or out of what lies outside."""
    if count == 0 or value > buffer[count - 1]:
        return count, outside - 1
    i = np.searchsorted(buffer[:count], value)
    for j in range(i, count - 1):
        buffer[j] = buffer[j + 1]
    return count - 1, outside


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def neighbours(order, n):
    """Return for each event its neighbours in size among the events before it, -1 if none.

    Unlinking the events in reverse order of time from the list sorted by size
    leaves, at each, just those that came before.
    """
    below, above = np.empty(n, np.int64), np.empty(n, np.int64)
    for rank in range(n):
        event = order[rank]
        below[event] = order[rank - 1] if rank > 0 else -1
        above[event] = order[rank + 1] if rank < n - 1 else -1
    for event in range(n - 1, -1, -1):
        lower, upper = below[event], above[event]
        if lower >= 0:
            above[lower] = upper
        if upper >= 0:
            below[upper] = lower
    return below, above


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def gather(buffer, sizes, following, first, sign):
    """Fill a buffer anew with the gaps of all present events; return the two counts."""
    count, outside = 0, 0
    event = first
    while following[event] >= 0:
        gap = sizes[following[event]] - sizes[event]
        count, outside = insert(buffer, count, outside, sign * gap)
        event = following[event]
    return count, outside


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def replay_estimates(magnitudes, order, index):
    """Estimate after each event, from it and all before it, by all eight estimators.

    `order` sorts the magnitudes, equal ones in order of time. Columns: upper
    limit of records (magnitude, potency), of all (magnitude, potency), jump
    limited of records and of all; NaN where undefined. Sizes of the second kind
    are potencies relative to that of the first event.
    """
    n = magnitudes.size
    below, above = neighbours(order, n)
    sizes = np.empty((2, n))
    for i in range(n):
        sizes[0, i] = magnitudes[i]
        sizes[1, i] = 10.0 ** (1.5 * (magnitudes[i] - magnitudes[0]))
    out = np.full((n, 8), np.nan)
    following = np.full(n, -1, np.int64)
    first = 0

    # Per kind of size (magnitude, potency); "largest" hold negated values.
    largest, smallest = np.empty((2, LEADING)), np.empty((2, LEADING))
    gap_largest = np.empty((2, LEADING + _SPARE))
    gap_smallest = np.empty((2, LEADING + _SPARE))
    gap_count, gap_outside = np.zeros((2, 2), np.int64), np.zeros((2, 2), np.int64)
    record_largest, record_smallest = np.empty((2, LEADING)), np.empty((2, LEADING))
    jump_largest, jump_smallest = np.empty((2, LEADING)), np.empty((2, LEADING))
    weights, gap_weights = np.empty(LEADING), np.empty(LEADING)
    record_weights, jump_weights = np.empty(LEADING), np.empty(LEADING)
    gap_terms, jump_terms = 0, 0
    n_records, record = 0, 0
    inside, outside = 0, 0  # of the buffers that only grow: min(total, LEADING) and the rest
    r_inside, r_outside, j_inside, j_outside = 0, 0, 0, 0

    for k in range(n):
        total = k + 1
        is_record = n_records == 0 or magnitudes[k] > magnitudes[record]
        lower, upper = below[k], above[k]
        if lower >= 0:
            following[lower] = k
        else:
            first = k
        following[k] = upper

        for kind in range(2):
            x = sizes[kind]
            c1, o1 = insert(largest[kind], inside, outside, -x[k])
            insert(smallest[kind], inside, outside, x[k])
            for side in range(2):
                buffer = gap_largest[kind] if side == 0 else gap_smallest[kind]
                sign = -1.0 if side == 0 else 1.0
                c, o = gap_count[kind, side], gap_outside[kind, side]
                if lower >= 0 and upper >= 0:
                    c, o = remove(buffer, c, o, sign * (x[upper] - x[lower]))
                if lower >= 0:
                    c, o = insert(buffer, c, o, sign * (x[k] - x[lower]))
                if upper >= 0:
                    c, o = insert(buffer, c, o, sign * (x[upper] - x[k]))
                if c < LEADING and o > 0:
                    c, o = gather(buffer, x, following, first, sign)
                gap_count[kind, side], gap_outside[kind, side] = c, o
        inside, outside = c1, o1

        if is_record:
            for kind in range(2):
                x = sizes[kind]
                insert(record_largest[kind], r_inside, r_outside, -x[k])
                insert(record_smallest[kind], r_inside, r_outside, x[k])
                if n_records > 0:
                    jump = x[k] - x[record]
                    insert(jump_largest[kind], j_inside, j_outside, -jump)
                    insert(jump_smallest[kind], j_inside, j_outside, jump)
            if n_records > 0:
                j_inside, j_outside = min(n_records, LEADING), max(n_records - LEADING, 0)
            record = k
            n_records += 1
            r_inside, r_outside = min(n_records, LEADING), max(n_records - LEADING, 0)

        # The weights of k gaps are those of k events, of the step before.
        weights, gap_weights = gap_weights, weights
        gap_terms = min(k, LEADING)
        terms = cooke_weights(total, weights)
        if is_record:
            record_weights, jump_weights = jump_weights, record_weights
            jump_terms = min(n_records - 1, LEADING)
            record_terms = cooke_weights(n_records, record_weights)
        for kind in range(2):
            top = sizes[kind, record]
            if is_record:
                out[k, kind] = endpoint(
                    record_largest[kind], record_smallest[kind], record_weights,
                    record_terms, n_records, index,
                )  # fmt: skip
                if n_records > 1:
                    out[k, 4 + kind] = top + endpoint(
                        jump_largest[kind], jump_smallest[kind], jump_weights,
                        jump_terms, n_records - 1, index,
                    )  # fmt: skip
            else:
                out[k, kind] = out[k - 1, kind]
                out[k, 4 + kind] = out[k - 1, 4 + kind]
            out[k, 2 + kind] = endpoint(largest[kind], smallest[kind], weights, terms, total, index)
            if k > 0:
                out[k, 6 + kind] = top + endpoint(
                    gap_largest[kind], gap_smallest[kind], gap_weights, gap_terms, k, index
                )
    # Potencies back to magnitudes.
    for k in range(n):
        for column in (1, 3, 5, 7):
            out[k, column] = magnitudes[0] + math.log10(out[k, column]) / 1.5
    return out
