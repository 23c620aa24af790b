"""Kernels of position series: pairs a year apart, and covariances of power-law noise.

The covariance of noise that is stationary on a regular grid is a Toeplitz matrix.
Shifted down by one row and column it differs from itself by two outer products, so
that its Cholesky factor follows from hyperbolic rotations of two columns (generalised
Schur algorithm), and its inverse is known from two columns, too.
"""

import math

import numba
import numpy as np


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def yearly_slopes(years, values, steps, gap, tolerance, slopes):
    """Write slopes of pairs a year apart, forward and then backward; return how many.

    Where no partner stands at the distance `gap`, the next one beyond is taken. Pairs
    that enclose a step are left out. `slopes` has room for 2 n numbers.
    """
    n = years.size
    count = 0
    for backward in (False, True):
        partner = n - 1 if backward else 0
        for k in range(n):
            i = n - 1 - k if backward else k
            if backward:
                while partner >= 0 and years[i] - years[partner] < gap - tolerance:
                    partner -= 1
                if partner < 0:
                    break
            else:
                while partner < n and years[partner] - years[i] < gap - tolerance:
                    partner += 1
                if partner >= n:
                    break
            first, last = min(years[i], years[partner]), max(years[i], years[partner])
            crossed = False
            for step in steps:
                if first < step <= last:
                    crossed = True
            if not crossed:
                slopes[count] = (values[partner] - values[i]) / (years[partner] - years[i])
                count += 1
    return count


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def power_law_filter(alpha, n):
    """Return the first column of T for a spectral index -alpha, shape (n,)."""
    psi = np.empty(n)
    psi[0] = 1.0
    for k in range(1, n):
        psi[k] = psi[k - 1] * (k - 1.0 + 0.5 * alpha) / k
    return psi


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def extend_autocovariance(start, phi, d):
    """Fill in the autocovariances of |1 - phi e^iw|^-2d from the first two, in place.

    Three of them in a row obey the recurrence that follows from the logarithmic
    derivative of the spectrum.
    """
    for k in range(1, start.size - 1):
        middle = (1.0 + phi * phi) * k * start[k] / phi
        start[k + 1] = (middle - (k - 1.0 + d) * start[k - 1]) / (k + 1.0 - d)


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def schur(covariance):
    """Return the logarithm of the determinant and two columns that give the inverse.

    `covariance` is the first column of a Toeplitz matrix. Its inverse is
    L(still) L(still)' - L(moving) L(moving)', L(b) lower triangular and Toeplitz with the
    first column b (Gohberg & Semencul 1972). The rotations are in the mixed form, which
    is stable (Chandrasekaran & Sayed 1996, doi:10.1137/S0895479895287419).
    """
    n = covariance.size
    root = math.sqrt(covariance[0])
    # The first column moves down by one row a step; it is stored where it stands still.
    top_moving, top_still = covariance / root, covariance / root
    top_still[0] = 0.0
    moving, still = np.zeros(n + 1), np.zeros(n)
    moving[n], still[0] = 1.0 / root, 1.0 / root
    log_determinant = 0.0
    for k in range(n):
        tangent = top_still[k] / top_moving[0]
        cosine = math.sqrt((1.0 - tangent) * (1.0 + tangent))
        log_determinant += 2.0 * math.log(top_moving[0] * cosine)
        for i in range(n - k):
            turned = (top_moving[i] - tangent * top_still[k + i]) / cosine
            top_moving[i] = turned
            top_still[k + i] = cosine * top_still[k + i] - tangent * turned
        start = n - k
        for i in range(k + 1):
            turned = (moving[start + i] - tangent * still[i]) / cosine
            moving[start + i] = turned
            still[i] = cosine * still[i] - tangent * turned
    return log_determinant, moving[:n].copy(), still


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def inverse_block(moving, still, index):
    """Return rows and columns `index` of L(still) L(still)' - L(moving) L(moving)'."""
    n, m = still.size, index.size
    block = np.zeros((m, m))
    row, before = np.zeros(n), np.zeros(n)
    place = 0
    for i in range(n):
        a, b = still[i], moving[i]
        row[0] = a * still[0] - b * moving[0]
        for j in range(1, i + 1):
            row[j] = before[j - 1] + (a * still[j] - b * moving[j])
        if place < m and index[place] == i:
            for other in range(place + 1):
                block[place, other] = row[index[other]]
                block[other, place] = row[index[other]]
            place += 1
        row, before = before, row
    return block
