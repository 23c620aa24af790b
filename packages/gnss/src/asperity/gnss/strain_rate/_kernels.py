"""Covariances of a vector field on the sphere, pair by pair.

A local frame is three rows: east, north and up. ``c``, ``g`` and ``h`` are the
radial functions C, C'/d and (C'/d)'/d of a pair's distance. The four vector
models share their signature: a pair function returns the twelve covariances of
the functionals v_e, v_n, L_ee, L_en, L_ne, L_nn at x with v_e and v_n at y, in
that order; L_ij is the change of component i in direction j.
"""

import math

import numba
import numpy as np

PROJECTED, COMPONENTS, HELMHOLTZ = 0, 1, 2


@numba.njit(inline="always", error_model="numpy", fastmath=False)
def _dot(a, b):
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@numba.njit(error_model="numpy", fastmath=False)
def pair_projected(x, y, radius, coefficients, c, g, h):
    """Project a three-component field of covariance C(d) I on the tangent planes."""
    ee, en = _dot(x[0], y[0]), _dot(x[0], y[1])
    ne, nn = _dot(x[1], y[0]), _dot(x[1], y[1])
    re, rn = _dot(x[2], y[0]), _dot(x[2], y[1])
    # D = R (r_x - r_y); r_x is normal to the tangents at x.
    de, dn = -radius * _dot(x[0], y[2]), -radius * _dot(x[1], y[2])
    lift_e, lift_n = c * re / radius, c * rn / radius
    return (
        c * ee, c * en,
        c * ne, c * nn,
        g * de * ee - lift_e, g * de * en - lift_n,
        g * dn * ee, g * dn * en,
        g * de * ne, g * de * nn,
        g * dn * ne - lift_e, g * dn * nn - lift_n,
    )  # fmt: skip


@numba.njit(error_model="numpy", fastmath=False)
def pair_components(x, y, radius, coefficients, c, g, h):
    """Take two scalar fields, east and north, with covariance B C(d) along the sphere.

    `coefficients` are B_ee, B_nn and B_en; c and g belong to great-circle distances.
    """
    bee, bnn, ben = coefficients[0], coefficients[1], coefficients[2]
    ye, yn, up = _dot(x[0], y[2]), _dot(x[1], y[2]), _dot(x[2], y[2])
    flat = math.hypot(ye, yn)
    # The great-circle offset from y to x in the tangent plane at x.
    stretch = radius * math.atan2(flat, up) / flat if flat > 0.0 else radius
    de, dn = -stretch * ye, -stretch * yn
    # tan(latitude) / R: the axis has the components sin and cos of the latitude.
    tangent = x[2][2] / (radius * x[1][2])
    return (
        bee * c, ben * c,
        ben * c, bnn * c,
        bee * g * de - tangent * ben * c, ben * g * de - tangent * bnn * c,
        bee * g * dn, ben * g * dn,
        ben * g * de + tangent * bee * c, bnn * g * de + tangent * ben * c,
        ben * g * dn, bnn * g * dn,
    )  # fmt: skip


@numba.njit(error_model="numpy", fastmath=False)
def pair_helmholtz(x, y, radius, coefficients, c, g, h):
    """Add the gradient of a potential and the rotated gradient of a stream function.

    `coefficients[0]` is the share of the potential's part. Both potentials have
    the covariance K with -K'/d = C, so that each part has variance C(0).
    """
    share = coefficients[0]
    ee, en = _dot(x[0], y[0]), _dot(x[0], y[1])
    ne, nn = _dot(x[1], y[0]), _dot(x[1], y[1])
    re, rn = _dot(x[2], y[0]), _dot(x[2], y[1])
    de, dn = -radius * _dot(x[0], y[2]), -radius * _dot(x[1], y[2])
    dr = radius * (1.0 - _dot(x[2], y[2]))
    fe, fn = radius * re, radius * rn  # the offset along the tangents at y
    # First derivatives at x with first derivatives at y.
    p_ee, p_en = c * ee + g * de * fe, c * en + g * de * fn
    p_ne, p_nn = c * ne + g * dn * fe, c * nn + g * dn * fn
    # Second derivatives on the sphere at x (first two letters) with first ones at y.
    lift_e, lift_n = (c * re + g * dr * fe) / radius, (c * rn + g * dr * fn) / radius
    b_eee = g * (fe + 2.0 * de * ee) + h * de * de * fe - lift_e
    b_een = g * (fn + 2.0 * de * en) + h * de * de * fn - lift_n
    b_ene = g * (de * ne + dn * ee) + h * de * dn * fe
    b_enn = g * (de * nn + dn * en) + h * de * dn * fn
    b_nne = g * (fe + 2.0 * dn * ne) + h * dn * dn * fe - lift_e
    b_nnn = g * (fn + 2.0 * dn * nn) + h * dn * dn * fn - lift_n
    rest = 1.0 - share
    # The stream function's field is (-d_n, d_e).
    return (
        share * p_ee + rest * p_nn, share * p_en - rest * p_ne,
        share * p_ne - rest * p_en, share * p_nn + rest * p_ee,
        share * b_eee + rest * b_enn, share * b_een - rest * b_ene,
        share * b_ene + rest * b_nnn, share * b_enn - rest * b_nne,
        share * b_ene - rest * b_een, share * b_enn + rest * b_eee,
        share * b_nne - rest * b_enn, share * b_nnn + rest * b_ene,
    )  # fmt: skip


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def cross(model, coefficients, radius, x, y, c, g, h, scale_x, slope_x, scale_y, out):
    """Add the covariances of six functionals at nodes with the velocities at stations.

    `x` (m, 3, 3) and `y` (n, 3, 3) are local frames; `c`, `g`, `h` are (m, n). A
    field of varying amplitude s(x) has `scale_x` = s, `slope_x` (m, 2) = ds/deast and
    ds/dnorth, and `scale_y` = s at the stations. `out` is (6 m, 2 n): a row a
    functional, the east components first.
    """
    m, n = c.shape
    for a in range(m):
        scale, slope_e, slope_n = scale_x[a], slope_x[a, 0], slope_x[a, 1]
        row = 6 * a
        for k in range(n):
            if model == PROJECTED:
                q = pair_projected(x[a], y[k], radius, coefficients, c[a, k], g[a, k], h[a, k])
            elif model == COMPONENTS:
                q = pair_components(x[a], y[k], radius, coefficients, c[a, k], g[a, k], h[a, k])
            else:
                q = pair_helmholtz(x[a], y[k], radius, coefficients, c[a, k], g[a, k], h[a, k])
            s = scale_y[k]
            for side in range(2):
                column = k + side * n
                east, north = s * q[side], s * q[2 + side]
                out[row, column] += scale * east
                out[row + 1, column] += scale * north
                out[row + 2, column] += s * scale * q[4 + side] + slope_e * east
                out[row + 3, column] += s * scale * q[6 + side] + slope_n * east
                out[row + 4, column] += s * scale * q[8 + side] + slope_e * north
                out[row + 5, column] += s * scale * q[10 + side] + slope_n * north


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def assemble(model, coefficients, radius, y, c, g, out):
    """Fill the lower triangle of the signal covariance (2 n, 2 n), east rows first."""
    n = c.shape[0]
    for i in range(n):
        for j in range(i + 1):
            if model == PROJECTED:
                q = pair_projected(y[i], y[j], radius, coefficients, c[i, j], g[i, j], 0.0)
            elif model == COMPONENTS:
                q = pair_components(y[i], y[j], radius, coefficients, c[i, j], g[i, j], 0.0)
            else:
                q = pair_helmholtz(y[i], y[j], radius, coefficients, c[i, j], g[i, j], 0.0)
            out[i, j] = q[0]
            out[n + i, n + j] = q[3]
            out[n + i, j] = q[2]
            out[n + j, i] = q[1]


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def adjoint(model, coefficients, radius, y, weights, c, g, weight_c, weight_g, slopes):
    """Fold a symmetric weight of the covariance matrix on its radial functions.

    For the signal covariance K(C, g) this fills the lower triangles of `weight_c`
    and `weight_g` (n, n), such that the sum of weights * K over all entries is the
    sum of weight_c * C + weight_g * g over pairs i >= j, and `slopes`, the
    derivatives of that sum with respect to the coefficients. Only the lower
    triangle of `weights` is read.
    """
    n = c.shape[0]
    slopes[:] = 0.0
    for i in range(n):
        for j in range(i + 1):
            double = 2.0 if i != j else 1.0
            w_ee, w_nn = double * weights[i, j], double * weights[n + i, n + j]
            w_ne, w_en = double * weights[n + i, j], double * weights[n + j, i]
            x, z = y[i], y[j]
            if model == COMPONENTS:
                weight_c[i, j] = (
                    coefficients[0] * w_ee
                    + coefficients[1] * w_nn
                    + coefficients[2] * (w_en + w_ne)
                )
                weight_g[i, j] = 0.0
                slopes[0] += w_ee * c[i, j]
                slopes[1] += w_nn * c[i, j]
                slopes[2] += (w_en + w_ne) * c[i, j]
                continue
            ee, en = _dot(x[0], z[0]), _dot(x[0], z[1])
            ne, nn = _dot(x[1], z[0]), _dot(x[1], z[1])
            along = w_ee * ee + w_en * en + w_ne * ne + w_nn * nn
            if model == PROJECTED:
                weight_c[i, j] = along
                weight_g[i, j] = 0.0
                continue
            across = w_ee * nn - w_en * ne - w_ne * en + w_nn * ee
            de, dn = -radius * _dot(x[0], z[2]), -radius * _dot(x[1], z[2])
            fe, fn = radius * _dot(x[2], z[0]), radius * _dot(x[2], z[1])
            along_g = w_ee * de * fe + w_en * de * fn + w_ne * dn * fe + w_nn * dn * fn
            across_g = w_ee * dn * fn - w_en * dn * fe - w_ne * de * fn + w_nn * de * fe
            share = coefficients[0]
            weight_c[i, j] = share * along + (1.0 - share) * across
            weight_g[i, j] = share * along_g + (1.0 - share) * across_g
            slopes[0] += (along - across) * c[i, j] + (along_g - across_g) * g[i, j]


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def binned_products(up, east, north, radius, width, sums, counts):
    """Sum the products of residuals over pairs of stations by great-circle distance.

    `sums` (bins, 3) takes ee, nn and the symmetric en; `counts` the number of pairs.
    """
    n = east.size
    bins = counts.size
    for i in range(n):
        for j in range(i):
            dx, dy, dz = up[i, 0] - up[j, 0], up[i, 1] - up[j, 1], up[i, 2] - up[j, 2]
            half = 0.5 * math.sqrt(dx * dx + dy * dy + dz * dz)
            k = int(2.0 * radius * math.asin(min(half, 1.0)) / width)
            if k < bins:
                counts[k] += 1
                sums[k, 0] += east[i] * east[j]
                sums[k, 1] += north[i] * north[j]
                sums[k, 2] += 0.5 * (east[i] * north[j] + north[i] * east[j])


GAUSSIAN, QUADRATIC = 0, 1
AZIMUTHAL, AREAL = 0, 1


@numba.njit(cache=True, error_model="numpy", fastmath=False)
def smoothing(
    distance, azimuth, area, taper, cutoff, coverage, mean_share, threshold, steps, weights
):
    """Find the smoothing distance at which the weights around one node reach a threshold.

    Stations come by rising `distance`; `azimuth` is in degrees, [0, 360). Only those
    within `cutoff` times the smoothing distance take part. The weights of the first
    entry of `steps` at which they add up to the threshold are left in `weights`, and
    the smoothing distance and the number of stations are returned; 0 and the reason
    -1 (fewer than three stations), -2 (all on one side) or -3 (too little weight)
    when there is none.
    """
    n = distance.size
    around = np.empty(n)
    within = 0
    reason = -1
    for step in steps:
        while within < n and distance[within] <= cutoff * step:
            # The azimuths of the stations within reach are kept sorted.
            place = within
            while place > 0 and around[place - 1] > azimuth[within]:
                around[place] = around[place - 1]
                place -= 1
            around[place] = azimuth[within]
            within += 1
        if within < 3:
            continue
        widest = 360.0 + around[0] - around[within - 1]
        for i in range(1, within):
            widest = max(widest, around[i] - around[i - 1])
        if widest >= 180.0:
            reason = -2
            continue
        mean = 0.0
        if coverage == AREAL:
            for i in range(within):
                mean += area[i] / within
        total = 0.0
        for i in range(within):
            ratio = (distance[i] / step) ** 2
            near = math.exp(-ratio) if taper == GAUSSIAN else 1.0 / (1.0 + ratio)
            if coverage == AREAL:
                share = area[i] / mean
            else:
                sector = 0.5 * _sector(around[:within], azimuth[i])
                share = (sector + mean_share * 360.0 / within) * within
                share /= (1.0 + mean_share) * 360.0
            weights[i] = near * share
            total += 2.0 * weights[i]
        if total >= threshold:
            return step, within
        reason = -3
    return 0.0, reason


@numba.njit(error_model="numpy", fastmath=False)
def _sector(around, azimuth):
    """Return the angle between the next azimuths on both sides of one, degrees."""
    n = around.size
    low = np.searchsorted(around, azimuth)
    high = low
    while high < n and around[high] == azimuth:
        high += 1
    after = around[high] - azimuth if high < n else around[0] + 360.0 - azimuth
    before = azimuth - around[low - 1] if low > 0 else azimuth + 360.0 - around[n - 1]
    return min(after, 180.0) + min(before, 180.0)
