"""Record counts of a sequence read forwards and backwards, and of its shuffles."""

import numba
import numpy as np

FORWARD, BACKWARD, LOW_FORWARD, LOW_BACKWARD, WEIGHTED, POSITION, DISTANCE, LARGEST_WINDOW = range(
    8
)
COLUMNS = 8


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def records_one_way(values, start, stop, step):
    """Count upper and lower records of values[start], ..., before `stop`, and weigh the upper ones.

    The first value counts as both. The weight of a record is how many values came
    before it.
    """
    highest = lowest = values[start]
    upper, lower, weighted, seen = 1, 1, 0.0, 0
    i = start + step
    while i != stop:
        seen += 1
        if values[i] > highest:
            highest = values[i]
            upper += 1
            weighted += seen
        elif values[i] < lowest:
            lowest = values[i]
            lower += 1
        i += step
    return upper, lower, weighted


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def jump_distance(values, in_order, floor):
    """Return the Kolmogorov-Smirnov distance of the record jumps from all excesses over `floor`.

    The jump of the first record is its excess; `in_order` are the values ascending.
    """
    n = values.size
    jumps = np.empty(n)
    count = 0
    highest = floor
    for i in range(n):
        if i == 0 or values[i] > highest:
            jumps[count] = values[i] - highest
            highest = values[i]
            count += 1
    ordered = np.sort(jumps[:count])
    distance = 0.0
    for j in range(count):
        below = np.searchsorted(in_order, ordered[j] + floor, side="left") / n
        upto = np.searchsorted(in_order, ordered[j] + floor, side="right") / n
        distance = max(distance, (j + 1) / count - upto, below - j / count)
    return distance


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def window_differences(values, width, stride, out):
    """Fill `out` with forward minus backward records of each window; return how many there are."""
    count = 0
    start = 0
    while start + width <= values.size:
        forward, _, _ = records_one_way(values, start, start + width, 1)
        backward, _, _ = records_one_way(values, start + width - 1, start - 1, -1)
        out[count] = forward - backward
        count += 1
        start += stride
    return count


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def order_statistics(values, in_order, floor, width, stride, scratch, out):
    """Fill `out` with the statistics of one order, under the names at the top."""
    n = values.size
    forward, low_forward, weighted_forward = records_one_way(values, 0, n, 1)
    backward, low_backward, weighted_backward = records_one_way(values, n - 1, -1, -1)
    out[FORWARD], out[BACKWARD] = forward, backward
    out[LOW_FORWARD], out[LOW_BACKWARD] = low_forward, low_backward
    out[WEIGHTED] = weighted_forward - weighted_backward
    out[POSITION] = np.argmax(values)
    out[DISTANCE] = jump_distance(values, in_order, floor)
    out[LARGEST_WINDOW] = 0.0
    for w in range(window_differences(values, width, stride, scratch)):
        out[LARGEST_WINDOW] = max(out[LARGEST_WINDOW], abs(scratch[w]))


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def shuffled_statistics(values, floor, width, stride, shuffles, generator):
    """Return the statistics of the given order in row 0 and of random orders below it."""
    n = values.size
    in_order = np.sort(values)
    out = np.empty((shuffles + 1, COLUMNS))
    scratch = np.empty(max(0, n - width) // stride + 1)
    order_statistics(values, in_order, floor, width, stride, scratch, out[0])
    order = values.copy()
    for row in range(1, shuffles + 1):
        for i in range(n - 1, 0, -1):
            j = int(generator.random() * (i + 1))
            order[i], order[j] = order[j], order[i]
        order_statistics(order, in_order, floor, width, stride, scratch, out[row])
    return out
