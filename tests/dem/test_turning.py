"""Rows turned into columns eight at a time: the same numbers in the same places as one by one."""

import os
import subprocess
import sys

import numpy as np
import pytest
from numba import njit

from asperity.dem.engine._kernels import turning

WIDTH = turning.WIDTH
rng = np.random.default_rng(7)
BODIES = rng.integers(0, 6, (2, 20)).astype(np.int32)  # of six bodies some stand in all eight


def numbers(*shape):
    return rng.normal(size=shape)


@njit
def load(*arguments):
    turning.load_eight(*arguments)


@njit
def hand(*arguments):
    turning.hand_eight(*arguments)


@njit
def take(*arguments):
    turning.take_eight(*arguments)


@njit
def look(*arguments):
    turning.look_eight(*arguments)


@njit
def step(*arguments):
    turning.step_eight(*arguments)


def square(columns=32):
    block = numbers(20, columns)
    return block, 3, WIDTH


def inertial():
    """A block whose fourth and eighth rows hold what the bodies have there."""
    rows, spins = numbers(20, 8), numbers(20, 4)
    block, row, lane = square()
    block[row + 3, lane : lane + WIDTH] = rows[5 : 5 + WIDTH, 7]
    block[row + 7, lane : lane + WIDTH] = spins[5 : 5 + WIDTH, 3]
    return block, row, lane, rows, spins, 5, 2.0**-20


CASES = {
    "load": (
        load, turning.load_each, (numbers(20, 16), 8, numbers(6, 8), numbers(6, 4), *BODIES, 3)
    ),
    "hand, added": (hand, turning.hand_each, (*square(), numbers(6, 8), *BODIES, 2, True)),
    "hand, stored": (hand, turning.hand_each, (*square(), numbers(6, 8), *BODIES, 2, False)),
    "take": (take, turning.take_each, (*square(), numbers(20, 8), 4, False)),
    "take, added": (take, turning.take_each, (*square(), numbers(20, 8), 4, True)),
    "look": (look, turning.look_each, (*square(), numbers(20, 8), numbers(20, 4), 5)),
    "step": (step, turning.step_each, inertial()),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_eight_at_a_time_gives_what_one_by_one_gives(name):
    vectors, plain, given = CASES[name]
    sides = []
    for function in (vectors, plain):
        arguments = [a.copy() if isinstance(a, np.ndarray) else a for a in given]
        function(*arguments)
        sides.append([a for a in arguments if isinstance(a, np.ndarray)])
    changed = False
    for ours, theirs, before in zip(
        *sides, [a for a in given if isinstance(a, np.ndarray)], strict=True
    ):
        if ours.dtype == np.float64 and ours.shape[1] == 8 and name != "step":
            ours, theirs = ours[:, :6], theirs[:, :6]  # the last two columns of forces are nobody's
            before = before[:, :6]
        # A step may fuse its product with its sum.
        np.testing.assert_allclose(ours, theirs, rtol=0.0, atol=1e-15 if name == "step" else 0.0)
        changed = changed or not np.array_equal(ours, before)
    assert changed


CODE = """
import numpy as np
from asperity.dem import Hertz, Plane, System
x = np.array([[0, 0, 0.1], [0.19, 0, 0.1], [0.1, 0.16, 0.1]])
v = np.array([[0, 0, -0.2], [-0.3, 0, -0.1], [0, -0.2, -0.3]])
balls = System(x, [0.1] * 3, 2699.0, Hertz(70e9, 0.3), walls=[Plane()], velocities=v)
balls.time_step = 4e-7
balls.run(60)
print(*balls.rows.ravel())
"""


def test_without_a_compiler_balls_move_as_with_it():
    runs = [
        subprocess.run(
            [sys.executable, "-c", CODE], env={**os.environ, "NUMBA_DISABLE_JIT": flag},
            capture_output=True, text=True, check=True,
        ).stdout
        for flag in ("0", "1")
    ]  # fmt: skip
    compiled, plain = (np.array(text.split(), float) for text in runs)
    np.testing.assert_allclose(compiled, plain, rtol=1e-12)


def test_rows_fill_cache_lines():
    from asperity.dem.engine.groups import in_lines

    for n in (1, 7, 1000):
        rows = numbers(n, 8)
        placed = in_lines(rows)
        assert placed.ctypes.data % 64 == 0
        assert in_lines(placed) is placed
        assert (placed == rows).all()
        assert placed.flags.c_contiguous
