"""Optimal transport between weighted points: exact, and regularised for large clouds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import ConvergenceError, DataError

__all__ = ["Transport", "exact_transport", "is_assignment", "sinkhorn_transport"]

_Array = NDArray[np.float64]
_TOLERANCES = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


@dataclass(frozen=True)
class Transport:
    """The cost of moving one distribution onto another.

    Parameters
    ----------
    distance : float
        Cost of a plan that does move it; NaN where there is nothing to move.
    lower_bound : float
        Value of a feasible dual solution: no plan costs less.
    method : str
        ``assignment``, ``linear programme`` or ``sinkhorn``.
    status : str
        ``ok`` for the exact value, else how far it may be from it.
    """

    distance: float
    lower_bound: float
    method: str
    status: str


def exact_transport(cost: _Array, mass_a: _Array, mass_b: _Array) -> Transport:
    """Return the least cost of moving masses, exactly.

    Parameters
    ----------
    cost : ndarray, shape (n, m)
        Cost of moving a unit of mass from each source to each sink.
    mass_a, mass_b : ndarray, shape (n,) and (m,)
        Above zero, each summing to 1.

    Returns
    -------
    Transport

    Raises
    ------
    ConvergenceError
        If the linear programme finds no optimum.
    DataError
        If a cost is no finite number.

    Notes
    -----
    Equal masses of one number are an assignment problem. Else HiGHS solves a
    linear programme over the routes to near points alone; the routes that its
    dual solution prices too low are added until there are none, which proves
    the plan optimal among all routes (column generation).

    Examples
    --------
    >>> cost = np.array([[0.0, 2.0], [1.0, 3.0]])
    >>> exact_transport(cost, np.array([0.5, 0.5]), np.array([0.75, 0.25])).distance
    1.0
    """
    if not np.isfinite(cost).all():
        raise DataError(
            "some distances are too large for a number; the columns hold values that cannot be "
            "meant, look at them with catalog info"
        )
    if is_assignment(mass_a, mass_b):
        from scipy.optimize import linear_sum_assignment

        value = float(cost[linear_sum_assignment(cost)].mean())
        return Transport(value, value, "assignment", "ok")
    return _by_columns(cost, mass_a, mass_b)


def is_assignment(mass_a: _Array, mass_b: _Array) -> bool:
    """Return whether all masses are equal and equally many, so that each goes whole."""
    equal = all(np.ptp(mass) <= 1e-12 * mass[0] for mass in (mass_a, mass_b))
    return len(mass_a) == len(mass_b) and equal


def _by_columns(cost: _Array, mass_a: _Array, mass_b: _Array) -> Transport:
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    n, m = cost.shape
    scale = float(cost.max()) or 1.0
    scaled_cost = cost / scale
    routes = _near_routes(scaled_cost, 8) | _corner_routes(scaled_cost, mass_a, mass_b)
    # One of the n + m equations follows from the others, up to rounding.
    mass = np.concatenate([mass_a, mass_b])[:-1]
    for _ in range(200):
        i, j = np.nonzero(routes)
        rows = np.concatenate([i, n + j])
        columns = np.tile(np.arange(i.size), 2)
        keep = rows < n + m - 1
        matrix = coo_array(
            (np.ones(int(keep.sum())), (rows[keep], columns[keep])), shape=(n + m - 1, i.size)
        ).tocsr()
        solved = linprog(
            scaled_cost[i, j], A_eq=matrix, b_eq=mass, method="highs-ds", options=_TOLERANCES
        )
        if solved.status != 0:
            raise ConvergenceError(
                f"earth mover's distance of {n} and {m} points: the linear programme found no "
                f"optimum ({solved.message}); try the method sinkhorn"
            )
        dual = np.append(np.asarray(solved.eqlin.marginals), 0.0)
        saving = scaled_cost - dual[:n, None] - dual[None, n:]
        cheaper = _worst_routes(saving, 4) & ~routes
        if not cheaper.any():
            short = np.minimum(saving.min(axis=1), 0.0)
            value = float(solved.fun) * scale
            # Lowering each source's price by what it is short of makes the dual feasible.
            bound = float(mass_a @ (dual[:n] + short) + mass_b @ dual[n:]) * scale
            return Transport(value, bound, "linear programme", "ok")
        routes |= cheaper
    raise ConvergenceError(
        f"earth mover's distance of {n} and {m} points: no optimum after 200 rounds; "
        "try the method sinkhorn"
    )


def _near_routes(cost: _Array, k: int) -> NDArray[np.bool_]:
    routes = np.zeros(cost.shape, dtype=bool)
    by_row = np.argpartition(cost, min(k, cost.shape[1] - 1), axis=1)[:, :k]
    by_column = np.argpartition(cost, min(k, cost.shape[0] - 1), axis=0)[:k]
    np.put_along_axis(routes, by_row, values=True, axis=1)
    np.put_along_axis(routes, by_column, values=True, axis=0)
    return routes


def _corner_routes(cost: _Array, mass_a: _Array, mass_b: _Array) -> NDArray[np.bool_]:
    """Return the routes of a plan that moves everything (the north-west corner rule)."""
    routes = np.zeros(cost.shape, dtype=bool)
    row, column = 0, 0
    left_a, left_b = mass_a[0], mass_b[0]
    while True:
        routes[row, column] = True
        last = row == len(mass_a) - 1, column == len(mass_b) - 1
        if all(last):
            return routes
        if last[1] or (left_a < left_b and not last[0]):
            left_b -= left_a
            row += 1
            left_a = mass_a[row]
        else:
            left_a -= left_b
            column += 1
            left_b = mass_b[column]


def _worst_routes(saving: _Array, k: int) -> NDArray[np.bool_]:
    routes = _near_routes(saving, k)
    return np.asarray(routes & (saving < -1e-10))


def sinkhorn_transport(
    cost: _Array,
    mass_a: _Array,
    mass_b: _Array,
    *,
    regularisation: float = 0.01,
    rounds: int = 2000,
) -> Transport:
    """Return the cost of a nearly optimal plan, and how much less the best could cost.

    Parameters
    ----------
    cost : ndarray, shape (n, m)
    mass_a, mass_b : ndarray, shape (n,) and (m,)
        Above zero, each summing to 1.
    regularisation : float, optional
        Entropy weight as a share of the median cost.
    rounds : int, optional
        Most iterations at the final weight.

    Returns
    -------
    Transport
        The plan meets both masses exactly, so that the distance is an upper
        bound; `lower_bound` is a lower one.

    Notes
    -----
    Sinkhorn iterations on logarithms, the entropy weight lowered by factors of
    two from the largest cost; the plan is then rounded to the masses (Altschuler
    et al. 2017, algorithm 2), and the dual potentials made feasible by a
    c-transform.

    References
    ----------
    Cuturi 2013, arXiv:1306.0895; Altschuler, Weed & Rigollet 2017, arXiv:1705.09634.

    Examples
    --------
    >>> cost = np.array([[0.0, 2.0], [1.0, 3.0]])
    >>> found = sinkhorn_transport(cost, np.array([0.5, 0.5]), np.array([0.75, 0.25]))
    >>> bool(found.lower_bound <= 1.0 <= found.distance + 1e-12)
    True
    """
    final = regularisation * float(np.median(cost)) or regularisation * float(cost.max()) or 1.0
    weight = max(final, float(cost.max()))
    f, g = np.zeros(len(mass_a)), np.zeros(len(mass_b))
    while weight > final:
        f, g, _ = _sinkhorn(cost, mass_a, mass_b, f, g, weight, 20)
        weight = max(final, weight / 2.0)
    f, g, plan = _sinkhorn(cost, mass_a, mass_b, f, g, weight, rounds)
    value = float((_rounded(plan, mass_a, mass_b) * cost).sum())
    f = (cost - g[None, :]).min(axis=1)
    bound = float(mass_a @ f + mass_b @ g)
    gap = (value - bound) / value if value > 0 else 0.0
    status = f"sinkhorn: at most {100 * gap:.2g} % above the exact value"
    return Transport(value, bound, "sinkhorn", status)


def _sinkhorn(
    cost: _Array, mass_a: _Array, mass_b: _Array, f: _Array, g: _Array, weight: float, rounds: int
) -> tuple[_Array, _Array, _Array]:
    """Return the potentials and the plan after Sinkhorn iterations at one entropy weight.

    One step on logarithms makes a kernel without empty rows; the following ones
    are products with it, and what they gather is taken up into the potentials
    before it can overflow (Schmitzer 2019, doi:10.1137/16M1106018, section 3).
    """
    from scipy.special import logsumexp

    f = weight * (np.log(mass_a) - logsumexp((g[None, :] - cost) / weight, axis=1))
    g = weight * (np.log(mass_b) - logsumexp((f[:, None] - cost) / weight, axis=0))
    kernel = np.exp((f[:, None] + g[None, :] - cost) / weight)
    u, v = np.ones(len(f)), np.ones(len(g))
    for step in range(rounds):
        rows = kernel @ v
        if step % 10 == 9 and np.abs(u * rows - mass_a).sum() < 1e-4:
            break
        u = mass_a / np.maximum(rows, 1e-280)
        v = mass_b / np.maximum(u @ kernel, 1e-280)
        if max(np.abs(np.log(u)).max(), np.abs(np.log(v)).max()) > 50.0:
            f, g = f + weight * np.log(u), g + weight * np.log(v)
            kernel = np.exp((f[:, None] + g[None, :] - cost) / weight)
            u, v = np.ones(len(f)), np.ones(len(g))
    return f + weight * np.log(u), g + weight * np.log(v), u[:, None] * kernel * v[None, :]


def _rounded(plan: _Array, mass_a: _Array, mass_b: _Array) -> _Array:
    """Return the plan changed so that its sums are the masses."""
    tiny = 1e-300
    plan = plan * np.minimum(1.0, mass_a / np.maximum(plan.sum(axis=1), tiny))[:, None]
    plan = plan * np.minimum(1.0, mass_b / np.maximum(plan.sum(axis=0), tiny))[None, :]
    short_a = np.maximum(mass_a - plan.sum(axis=1), 0.0)
    short_b = np.maximum(mass_b - plan.sum(axis=0), 0.0)
    missing = short_a.sum()
    if missing > 0:
        plan = plan + short_a[:, None] * (short_b / missing)[None, :]
    return np.asarray(plan)
