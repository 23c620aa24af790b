"""Calibration of rock: microscopic constants that give the macroscopic properties wanted.

Moduli come first, with joints that cannot break: the modulus of the joints moves Young's
modulus, their stiffness ratio Poisson's ratio. Strengths follow: the tensile strength of the
joints moves that of the rock, their cohesion its uniaxial compressive strength. Both stages take
bounded quasi-Newton steps (Broyden 1965, doi:10.1090/S0025-5718-1965-0198670-6) in the
logarithms of the microscopic constants.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.dem.rock.material import Packing, Rock
from asperity.dem.rock.material_tests import (
    Conditions,
    MaterialTest,
    direct_tension,
    triaxial,
    uniaxial,
)

__all__ = [
    "TARGETS",
    "Calibration",
    "Measurement",
    "TestName",
    "calibrate",
    "check_targets",
    "measure",
    "named_tests",
    "run_tests",
]

Array = NDArray[np.float64]
TestName = Literal["elastic", "uniaxial", "triaxial", "tension"]
_Tests = dict[TestName, list[MaterialTest]]
_DRIVERS = {"uniaxial": uniaxial, "triaxial": triaxial, "tension": direct_tension}
#: Strain within the gauge at which the test with unbreakable joints ends.
ELASTIC_STRAIN = 5e-4
#: Most that a constant may change in a step, as a factor.
LARGEST_STEP = 1.6
#: A slope that was found is kept within this factor of the one assumed.
LEAST_SLOPE = 0.4


@dataclass(frozen=True)
class Target:
    """A macroscopic property, the test that measures it, the microscopic constant that moves it.

    Parameters
    ----------
    test : {"elastic", "uniaxial", "tension"}
    parameter : str
        Of the joints.
    bounds : tuple of 2 floats
        Within which the constant is kept.
    slope : float
        Assumed at the start: relative change of the property over that of the constant.
    unit : str
    """

    test: TestName
    parameter: str
    bounds: tuple[float, float]
    slope: float
    unit: str


TARGETS: dict[str, Target] = {
    "young": Target("elastic", "modulus", (1e7, 1e14), 1.0, "Pa"),
    "poisson": Target("elastic", "ratio", (1.0, 20.0), 0.8, "1"),
    "tension": Target("tension", "tensile_strength", (1e3, 1e11), 1.0, "Pa"),
    "ucs": Target("uniaxial", "cohesion", (1e3, 1e11), 0.7, "Pa"),
}
_STAGES = (("young", "poisson"), ("tension", "ucs"))
#: Scatter goes with its mean.
_SCATTER = {"tensile_strength": "tensile_sd", "cohesion": "cohesion_sd"}


@dataclass(frozen=True)
class Measurement:
    """A property as measured on specimens of several seeds.

    Parameters
    ----------
    values : ndarray, shape (seeds,)
    """

    values: Array

    @property
    def mean(self) -> float:
        """Mean over the seeds."""
        return float(self.values.mean())

    @property
    def sd(self) -> float | None:
        """Standard deviation between seeds; None for one seed."""
        return float(self.values.std(ddof=1)) if len(self.values) > 1 else None


@dataclass(frozen=True)
class Step:
    """One set of microscopic constants and what it has given.

    Parameters
    ----------
    parameters : dict
        Microscopic constants that were moved.
    reached : dict
        Property: `Measurement`.
    """

    parameters: dict[str, float]
    reached: dict[str, Measurement]


@dataclass(frozen=True)
class Calibration:
    """What a calibration has come to.

    Parameters
    ----------
    rock : Rock
        With the constants that came nearest.
    targets : dict
        As wanted.
    reached : dict
        Property: `Measurement` with these constants.
    tests : dict
        Name of the test: results by seed, that measured them.
    steps : tuple of Step
        In the order in which they were made.
    tolerance : float
        Largest relative difference that counts as reached.
    """

    rock: Rock
    targets: Mapping[str, float]
    reached: Mapping[str, Measurement]
    tests: Mapping[TestName, Sequence[MaterialTest]]
    steps: tuple[Step, ...]
    tolerance: float

    def misfit(self, name: str) -> float:
        """Return reached over wanted less one."""
        return self.reached[name].mean / self.targets[name] - 1.0

    @property
    def converged(self) -> bool:
        """Whether every target is reached within the tolerance."""
        return all(abs(self.misfit(name)) <= self.tolerance for name in self.targets)


def check_targets(targets: Mapping[str, float]) -> None:
    """Refuse targets that are unknown or no positive numbers.

    Raises
    ------
    InputError
        That names the target.
    """
    for name, value in targets.items():
        if name not in TARGETS:
            raise InputError(f"target {name!r} is not known; allowed are {', '.join(TARGETS)}")
        if not 0.0 < value < math.inf or (name == "poisson" and value >= 0.5):
            most = " below 0.5" if name == "poisson" else ""
            raise InputError(f"target {name} is {value}; a positive number{most} is needed")


def named_tests(texts: Sequence[str]) -> list[TestName]:
    """Return the tests of these names, each once.

    Raises
    ------
    InputError
        If there is no such test.

    Examples
    --------
    >>> named_tests(["tension", "uniaxial", "tension"])
    ['uniaxial', 'tension']
    """
    known: tuple[TestName, ...] = get_args(TestName)
    if unknown := [text for text in texts if text not in known]:
        raise InputError(f"{unknown[0]!r} is no test; allowed are {', '.join(known)}")
    return [name for name in known if name in texts]


def _test(
    name: TestName, packing: Packing, rock: Rock, seed: int, conditions: Conditions
) -> MaterialTest:
    rng = np.random.default_rng([seed, 1])  # the stream of strengths of `dem run`
    if name == "elastic":
        whole = replace(conditions, largest_gauge_strain=ELASTIC_STRAIN)
        return uniaxial(packing, rock.with_joints(breakable=False), rng, whole)
    return _DRIVERS[name](packing, rock, rng, conditions)


def run_tests(
    names: Sequence[TestName],
    packings: Mapping[int, Packing],
    rock: Rock,
    conditions: Conditions,
    executor: Executor | None = None,
) -> _Tests:
    """Make tests on specimens of several seeds.

    Parameters
    ----------
    names : sequence of {"elastic", "uniaxial", "triaxial", "tension"}
        ``elastic`` is uniaxial with joints that cannot break.
    packings : mapping of int to Packing
        Specimen by seed.
    rock : Rock
    conditions : Conditions
    executor : concurrent.futures.Executor, optional
        Where the tests run; here, one after another, when missing.

    Returns
    -------
    dict
        Name of the test: results in the order of the seeds.
    """
    jobs = [(name, packing, rock, seed, conditions) for name in names
            for seed, packing in packings.items()]  # fmt: skip
    columns = tuple(zip(*jobs, strict=True))
    done = list(executor.map(_test, *columns) if executor else map(_test, *columns))
    n = len(packings)
    return {name: done[k * n : (k + 1) * n] for k, name in enumerate(names)}


def measure(tests: Mapping[TestName, Sequence[MaterialTest]]) -> dict[str, Measurement]:
    """Return the properties that tests have measured.

    ``young`` and ``poisson`` come from the elastic test, or else from the uniaxial one;
    ``tension``, ``ucs`` and ``triaxial`` are the largest axial stresses of those tests, Pa.
    """
    found: dict[str, Measurement] = {}

    def add(name: str, test: TestName, value: Callable[[MaterialTest], float]) -> None:
        if test in tests:
            found[name] = Measurement(np.array([value(t) for t in tests[test]]))

    for test in ("uniaxial", "elastic"):
        add("young", test, lambda t: t.young)
        add("poisson", test, lambda t: t.poisson)
    add("tension", "tension", lambda t: t.strength)
    add("ucs", "uniaxial", lambda t: t.strength)
    add("triaxial", "triaxial", lambda t: t.strength)
    return found


def calibrate(
    packings: Mapping[int, Packing],
    rock: Rock,
    targets: Mapping[str, float],
    conditions: Conditions | None = None,
    *,
    tolerance: float = 0.03,
    most_steps: int = 8,
    executor: Executor | None = None,
    watch: Callable[[Step], None] = lambda _step: None,
) -> Calibration:
    """Find microscopic constants that give the macroscopic properties wanted.

    Parameters
    ----------
    packings : mapping of int to Packing
        Specimens by seed; a property is the mean over them.
    rock : Rock
        Where the search begins; what is no target's constant stays as it is.
    targets : mapping of str to float
        Any of ``young`` (Pa), ``poisson``, ``tension`` and ``ucs`` (Pa).
    conditions : Conditions, optional
    tolerance : float
        Relative difference of each property from its target that is small enough.
    most_steps : int
        Of each of the two stages.
    executor : concurrent.futures.Executor, optional
    watch : callable
        Told each step.

    Returns
    -------
    Calibration
        With the constants that came nearest, whether or not they are near enough.

    Raises
    ------
    InputError
        If there is no target, or an unknown one.
    """
    if not targets:
        raise InputError(f"no target given; allowed are {', '.join(TARGETS)}")
    check_targets(targets)
    conditions = conditions or Conditions()
    steps: list[Step] = []
    reached: dict[str, Measurement] = {}
    made: _Tests = {}
    for stage in _STAGES:
        wanted = {name: targets[name] for name in stage if name in targets}
        if not wanted:
            continue
        names = tuple(dict.fromkeys(TARGETS[name].test for name in wanted))

        def tested(rock: Rock, names: tuple[TestName, ...] = names) -> _Tests:
            return run_tests(names, packings, rock, conditions, executor)

        rock, best = _broyden(tested, rock, wanted, tolerance, most_steps, steps, watch)
        found = measure(best)
        reached |= {name: found[name] for name in wanted}
        made |= best
    return Calibration(rock, dict(targets), reached, made, tuple(steps), tolerance)


def _broyden(
    tested: Callable[[Rock], _Tests],
    rock: Rock,
    wanted: Mapping[str, float],
    tolerance: float,
    most_steps: int,
    steps: list[Step],
    watch: Callable[[Step], None],
) -> tuple[Rock, _Tests]:
    """Move one constant for each property until all are near enough; return the nearest."""
    chosen = [TARGETS[name] for name in wanted]
    limits = np.log([t.bounds for t in chosen])
    x = np.log([getattr(rock.joints, t.parameter) for t in chosen])
    slopes = np.array([t.slope for t in chosen])
    jacobian = np.diag(slopes)
    best: tuple[float, Rock, _Tests] | None = None
    moved, before = np.zeros(len(x)), np.zeros(len(x))
    for k in range(most_steps):
        rock = _with_constants(rock, chosen, np.exp(x))
        tests = tested(rock)
        found = measure(tests)
        misfit = np.array([found[name].mean / value - 1.0 for name, value in wanted.items()])
        parameters = {t.parameter: float(v) for t, v in zip(chosen, np.exp(x), strict=True)}
        steps.append(Step(parameters, {name: found[name] for name in wanted}))
        watch(steps[-1])
        if not np.isfinite(misfit).all():
            break
        largest = float(np.abs(misfit).max())
        if best is None or largest < best[0]:
            best = largest, rock, tests
        if largest <= tolerance:
            break
        if k and (square := float(moved @ moved)) > 0.0:
            jacobian += np.outer(misfit - before - jacobian @ moved, moved) / square
            # Strengths scatter: two tests near each other may give any slope.
            own = np.clip(np.diag(jacobian), LEAST_SLOPE * slopes, slopes / LEAST_SLOPE)
            np.fill_diagonal(jacobian, own)
        step = -np.linalg.lstsq(jacobian, misfit, rcond=None)[0]
        most = math.log(LARGEST_STEP)
        step *= min(1.0, most / max(float(np.abs(step).max()), 1e-300))
        after = np.clip(x + step, limits[:, 0], limits[:, 1])
        moved, before, x = after - x, misfit, after
    if best is None:
        last = ", ".join(f"{name} {m.mean:.4g}" for name, m in steps[-1].reached.items())
        raise InputError(
            f"calibration: the first test gives no number ({last}); look at it alone with --test"
        )
    return best[1], best[2]


def _with_constants(rock: Rock, chosen: Sequence[Target], values: Array) -> Rock:
    changes: dict[str, float] = {}
    for target, value in zip(chosen, values, strict=True):
        name = target.parameter
        changes[name] = float(value)
        if name in _SCATTER:
            scale = float(value) / getattr(rock.joints, name)
            changes[_SCATTER[name]] = scale * getattr(rock.joints, _SCATTER[name])
    return rock.with_joints(**changes)
