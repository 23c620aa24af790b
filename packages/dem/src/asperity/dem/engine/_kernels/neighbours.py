"""Who may touch whom: a grid of cells, and the order of particles in memory."""

import math

import numpy as np
from numba import njit


@njit(error_model="numpy", cache=True)
def cells_of(rows, low, width, shape, out):
    """Write the number of the grid cell of each particle."""
    for a in range(rows.shape[0]):
        number = 0
        for k in range(3):
            index = math.floor((rows[a, k] - low[k]) / width[k])
            index = min(max(index, 0), shape[k] - 1)
            number = number * shape[k] + index
        out[a] = number


@njit(error_model="numpy")
def beside(index, count, period):
    """Return the number of a cell along one direction, through the period; -1 for none."""
    if 0 <= index < count:
        return index
    if math.isfinite(period) and count >= 3:
        return index % count
    return -1


@njit(error_model="numpy")
def squared_distance(rows, cell, a, b):
    """Return the squared distance of two centres, of the nearest images where periodic."""
    square = 0.0
    for k in range(3):
        d = rows[b, k] - rows[a, k]
        if math.isfinite(cell[k]):
            d -= cell[k] * math.floor(d / cell[k] + 0.5)
        square += d * d
    return square


@njit(error_model="numpy", cache=True)
def close_pairs(rows, cell, low, width, shape, margin, pairs):
    """Find pairs whose surfaces are nearer than a margin; returns how many there are.

    Parameters
    ----------
    rows : array, shape (n, 8)
        Particles; coordinates within one period where `cell` is finite.
    cell : array, shape (3,)
        Periods, infinite where there is none.
    low, width, shape : array, shape (3,)
        Corner, cell size and number of cells of the grid; a cell is wider than the largest
        diameter and the margin together, or the only one of its direction.
    pairs : array, shape (capacity, 2), int32
        Filled as far as it goes, ordered by the first and then by the second particle.

    Notes
    -----
    The count may exceed the capacity: the caller gives more room and calls again.
    """
    n = rows.shape[0]
    numbers = np.empty(n, np.int64)
    cells_of(rows, low, width, shape, numbers)
    total = shape[0] * shape[1] * shape[2]
    begin = np.zeros(total + 1, np.int64)
    for a in range(n):
        begin[numbers[a] + 1] += 1
    for c in range(total):
        begin[c + 1] += begin[c]
    members = np.empty(n, np.int32)
    place = begin[:-1].copy()
    for a in range(n):
        members[place[numbers[a]]] = a
        place[numbers[a]] += 1
    found = 0
    partners = np.empty(64, np.int32)
    index = np.empty(3, np.int64)
    for a in range(n):
        rest = numbers[a]
        for k in range(2, -1, -1):
            index[k] = rest % shape[k]
            rest //= shape[k]
        count = 0
        for dx in range(-1, 2):
            ix = beside(index[0] + dx, shape[0], cell[0])
            if ix < 0:
                continue
            for dy in range(-1, 2):
                iy = beside(index[1] + dy, shape[1], cell[1])
                if iy < 0:
                    continue
                for dz in range(-1, 2):
                    iz = beside(index[2] + dz, shape[2], cell[2])
                    if iz < 0:
                        continue
                    c = (ix * shape[1] + iy) * shape[2] + iz
                    for m in range(begin[c], begin[c + 1]):
                        b = members[m]
                        if b <= a:
                            continue
                        square = squared_distance(rows, cell, a, b)
                        reach = rows[a, 3] + rows[b, 3] + margin
                        if square < reach * reach:
                            if count == partners.shape[0]:
                                larger = np.empty(2 * count, np.int32)
                                larger[:count] = partners
                                partners = larger
                            partners[count] = b
                            count += 1
        chosen = np.sort(partners[:count])
        for m in range(count):
            if found < pairs.shape[0]:
                pairs[found, 0] = a
                pairs[found, 1] = chosen[m]
            found += 1
    return found


@njit(error_model="numpy", cache=True)
def gaps(rows, cell, i, j, out):
    """Write the distance of the surfaces of each pair, negative where they overlap."""
    for c in range(i.shape[0]):
        a, b = i[c], j[c]
        square = squared_distance(rows, cell, a, b)
        out[c] = math.sqrt(square) - rows[a, 3] - rows[b, 3]


@njit(error_model="numpy", cache=True)
def morton_codes(rows, low, width, out):
    """Write the place of each particle on a Z-order curve through cubes of a width."""
    for a in range(rows.shape[0]):
        code = 0
        for k in range(3):
            index = int(max((rows[a, k] - low[k]) / width, 0.0))
            for bit in range(20):
                code |= ((index >> bit) & 1) << (3 * bit + k)
        out[a] = code
