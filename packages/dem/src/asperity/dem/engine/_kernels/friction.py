"""Friction of smooth joints: coefficient against slip, slip rate and age of contact.

Joints are a few hundred among thousands of contacts; so the law is chosen by number here.
"""

import math

from numba import njit

COULOMB, SLIP_WEAKENING, RATE_WEAKENING, RATE_STATE = range(4)
#: Numbers that a law takes per joint, and what they are.
PARAMETERS = 6


@njit(error_model="numpy")
def steady(kind, slip, rate, mu, dt, p):
    """Return the coefficient that limits this step.

    Coulomb: p = (mu). Slip weakening: linear from p[0] to p[1] over the slip p[2] (m; Ida
    1972). Rate weakening with healing: p = (static, dynamic, rate of half the drop m/s,
    slip distance m, healing time s); `mu` moves towards
    ``p[1] + (p[0] - p[1]) / (1 + rate / p[2])`` at the pace ``rate / p[3] + 1 / p[4]``.
    """
    if kind == SLIP_WEAKENING:
        return p[0] + (p[1] - p[0]) * min(1.0, slip / p[2])
    if kind == RATE_WEAKENING:
        target = p[1] + (p[0] - p[1]) / (1.0 + rate / p[2])
        return mu + (target - mu) * min(1.0, dt * (rate / p[3] + 1.0 / p[4]))
    return p[0]


@njit(error_model="numpy")
def rate_state_coefficient(rate, theta, p):
    """Return the regularised rate-and-state coefficient (Lapusta et al. 2000, eq. 15).

    p = (mu0, a, b, V0 m/s, slip distance m); doi:10.1029/2000JB900250.
    """
    return p[1] * math.asinh(
        0.5 * rate / p[3] * math.exp((p[0] + p[2] * math.log(p[3] * theta / p[4])) / p[1])
    )


@njit(error_model="numpy")
def rate_state_rate(trial, stiffness_dt, normal, theta, p):
    """Return the slip rate at which the joint's shear force equals its strength.

    Solves ``trial - stiffness_dt * V = normal * mu(V, theta)``: the left side falls and the
    right one rises with V, so that the root is bracketed and bisection in log V finds it.
    """
    if trial <= 0.0:
        return 0.0
    high = trial / stiffness_dt
    low = high * 1e-30
    if trial - stiffness_dt * low < normal * rate_state_coefficient(low, theta, p):
        return 0.0
    rate = high
    for _ in range(60):
        rate = math.sqrt(low * high)
        if trial - stiffness_dt * rate > normal * rate_state_coefficient(rate, theta, p):
            low = rate
        else:
            high = rate
        if high < low * (1.0 + 1e-12):
            break
    return rate


@njit(error_model="numpy")
def aged(theta, rate, dt, slip_distance):
    """Return the state after a step at constant rate, aging law (Ruina 1983), exactly."""
    x = rate * dt / slip_distance
    if x < 1e-10:
        return theta + dt * (1.0 - rate * theta / slip_distance)
    steady_state = slip_distance / rate
    return steady_state + (theta - steady_state) * math.exp(-x)
