"""The loop over time steps, compiled for the contact models that a world has."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numba import njit, prange

from asperity.dem.engine._kernels.flat_joint import flat_joints
from asperity.dem.engine._kernels.layout import SLIP_ON, STEP, Contacts, Shared
from asperity.dem.engine._kernels.loops import LAWS, pair_loop
from asperity.dem.engine._kernels.motion import move
from asperity.dem.engine._kernels.recording import sample
from asperity.dem.engine._kernels.smooth_joint import smooth_joints, watch_episodes
from asperity.dem.engine._kernels.tuples import inlined
from asperity.dem.engine._kernels.virials import (
    VIRIAL_COLUMNS,
    add_pairs,
    add_walls,
    keep_virials,
    walls_with_slots,
    with_slots,
)
from asperity.dem.engine._kernels.walls import drive, wall_loop

#: Why `advance` came back.
DONE, MOVED, FULL, LOST = range(4)

linear_pairs = pair_loop(*LAWS["linear"], lean=True)
# Codes for granular flow take the radii themselves as lever arms.
hooke_pairs = pair_loop(*LAWS["hooke"], 0.0, lean=True)
hertz_pairs = pair_loop(*LAWS["hertz"])
parallel_bonds = pair_loop(*LAWS["parallel_bond"], lean=True)
linear_walls = wall_loop(*LAWS["linear"])
hertz_walls = wall_loop(*LAWS["hertz"])


@inlined
def share(n, part, parts):
    """Return where a thread's part of n contacts begins and ends."""
    return n * part // parts, n * (part + 1) // parts


@inlined
def taken(c):
    """Return the columns of contacts as a tuple without names; see `table`."""
    return c.i, c.j, c.slot_i, c.slot_j, c.properties, c.history, c.audit, c.extra


@inlined
def table(columns):
    """Return contacts from their columns: a loop of threads takes no tuples with names."""
    a, b, c, d, e, f, g, h = columns
    return Contacts(a, b, c, d, e, f, g, h)


# What a thread does for each model, by name. (Functions of a module, so that a loop over
# time steps that was compiled with them is found again in the cache.)


@inlined
def nothing(world, forces, accumulate, part, parts, dt, step):
    """Do nothing: there are no contacts of that model."""


@inlined
def linear_part(world, forces, accumulate, part, parts, dt, step):
    """Add the linear contacts."""
    a, b = share(world.linear.i.shape[0], part, parts)
    linear_pairs(
        world.rows, world.spins, world.linear, forces, accumulate, a, b, world.cell, dt, step
    )


@inlined
def hooke_part(world, forces, accumulate, part, parts, dt, step):
    """Add the linear contacts with mass-proportional damping."""
    a, b = share(world.hooke.i.shape[0], part, parts)
    hooke_pairs(
        world.rows, world.spins, world.hooke, forces, accumulate, a, b, world.cell, dt, step
    )


@inlined
def hertz_part(world, forces, accumulate, part, parts, dt, step):
    """Add the Hertz-Mindlin contacts."""
    a, b = share(world.hertz.i.shape[0], part, parts)
    hertz_pairs(
        world.rows, world.spins, world.hertz, forces, accumulate, a, b, world.cell, dt, step
    )


@inlined
def bond_part(world, forces, accumulate, part, parts, dt, step):
    """Add the parallel bonds."""
    contacts = world.parallel_bond
    a, b = share(contacts.i.shape[0], part, parts)
    parallel_bonds(
        world.rows, world.spins, contacts, forces, accumulate, a, b, world.cell, dt, step
    )


@inlined
def flat_part(world, forces, accumulate, part, parts, dt, step):
    """Add the flat joints."""
    contacts = world.flat_joint
    a, b = share(contacts.i.shape[0], part, parts)
    flat_joints(
        world.rows, world.spins, contacts, world.flat_shape, forces, accumulate, a, b,
        world.cell, dt, step,
    )  # fmt: skip


@inlined
def smooth_part(world, forces, accumulate, part, parts, dt, step):
    """Add the smooth joints."""
    contacts = world.smooth_joint
    a, b = share(contacts.i.shape[0], part, parts)
    smooth_joints(
        world.rows, contacts, world.joint_friction, forces, accumulate, a, b, world.cell, dt, step
    )


@inlined
def no_walls(world, walls, forces, accumulate, dt, step):
    """Do nothing: there are no walls."""


@inlined
def linear_wall_part(world, walls, forces, accumulate, dt, step):
    """Add the contacts with walls, linear."""
    linear_walls(world.rows, world.spins, walls, forces, accumulate, dt, step)


@inlined
def hertz_wall_part(world, walls, forces, accumulate, dt, step):
    """Add the contacts with walls, Hertz-Mindlin."""
    hertz_walls(world.rows, world.spins, walls, forces, accumulate, dt, step)


PARTS = {
    "linear": linear_part,
    "hooke": hooke_part,
    "hertz": hertz_part,
    "parallel_bond": bond_part,
    "flat_joint": flat_part,
    "smooth_joint": smooth_part,
}
WALL_PARTS = {"": no_walls, "linear": linear_wall_part, "hertz": hertz_wall_part}


def advance_loop(
    parts: Sequence[Any], walls: Any, parallel: bool, cached: bool = True
) -> Callable[..., tuple[int, float]]:
    """Return the loop over steps for some contact models.

    Parameters
    ----------
    parts : sequence of function, at most 4
        From `PARTS`, or a user's own with the same signature.
    walls : function
        From `WALL_PARTS`.
    parallel : bool
        Whether threads share the contacts and the particles.
    cached : bool
        Whether the compiled loop is kept on disk.

    Returns
    -------
    function
        ``advance(world, steps, kick, passed, drift, allowance, every, account_every,
        threads) -> (reason, travelled)``: makes at most so many steps and stops before,
        when particles may have moved by more than `allowance` (m) since the lists were
        made (`MOVED`), a buffer is full (`FULL`) or a number is not finite (`LOST`).

    Notes
    -----
    A step evaluates the contacts, whose histories grow by the time `passed` since the last
    evaluation, then moves velocities by `kick` and positions by `drift`. All three are the
    time step, but for the first step (half a kick, and no time has passed) and for a look
    at the forces of the present positions (neither kick nor drift).

    Virials need the force of each contact. Where threads add straight into the rows of the
    grains, contacts get rows of their own for the steps that are sampled; sums over them have
    the same bits.
    """
    first, second, third, fourth = (*parts, nothing, nothing, nothing, nothing)[:4]

    @njit(parallel=parallel, error_model="numpy", cache=cached)
    def advance(world, steps, kick, passed, drift, allowance, every, account_every, most):
        # The cache tells functions apart by what they enclose, not by how they are compiled:
        # without a look at `parallel` one would be found in the place of the other.
        threads = most if parallel else 1
        accumulate = world.first.shape[0] == 0
        n = world.rows.shape[0]
        rows, spins, cell, forces = world.rows, world.spins, world.cell, world.forces
        flat_shape, joint_friction = world.flat_shape, world.joint_friction
        linear, hooke, hertz = taken(world.linear), taken(world.hooke), taken(world.hertz)
        parallel_bond, flat_joint = taken(world.parallel_bond), taken(world.flat_joint)
        smooth_joint, custom = taken(world.smooth_joint), taken(world.custom)
        applied, lost, slots, settings = world.applied, world.lost, world.first, world.settings
        virials, own_forces, own_first = world.virials, world.own_forces, world.own_first
        at = 0
        own_linear, at = with_slots(linear, world.own_slots, at)
        own_hooke, at = with_slots(hooke, world.own_slots, at)
        own_hertz, at = with_slots(hertz, world.own_slots, at)
        own_bond, at = with_slots(parallel_bond, world.own_slots, at)
        own_flat, at = with_slots(flat_joint, world.own_slots, at)
        own_smooth, at = with_slots(smooth_joint, world.own_slots, at)
        own_custom, at = with_slots(custom, world.own_slots, at)
        own_walls = walls_with_slots(world.walls, world.own_slots, at)
        sums = np.zeros((n if virials.shape[0] > 0 else 0, VIRIAL_COLUMNS))
        fastest = np.zeros(threads)
        travelled = 0.0
        for _ in range(steps):
            now = world.counts[STEP]
            step = float(now)
            sampled = virials.shape[0] > 0 and every > 0 and now % every == 0
            apart = sampled and accumulate
            adds = accumulate and not apart
            now_linear = own_linear if apart else linear
            now_hooke = own_hooke if apart else hooke
            now_hertz = own_hertz if apart else hertz
            now_bond = own_bond if apart else parallel_bond
            now_flat = own_flat if apart else flat_joint
            now_smooth = own_smooth if apart else smooth_joint
            now_custom = own_custom if apart else custom
            now_walls = own_walls if apart else world.walls
            now_forces = own_forces if apart else forces
            now_slots = own_first if apart else slots
            for t in prange(threads):
                # The index has no sign, and what is made of it and an integer is no integer.
                part = np.int64(t)
                out = now_forces[part if adds else 0]
                shared = Shared(
                    rows, spins, cell, flat_shape, joint_friction, table(now_linear),
                    table(now_hooke), table(now_hertz), table(now_bond), table(now_flat),
                    table(now_smooth), table(now_custom),
                )  # fmt: skip
                first(shared, out, adds, part, threads, passed, step)
                second(shared, out, adds, part, threads, passed, step)
                third(shared, out, adds, part, threads, passed, step)
                fourth(shared, out, adds, part, threads, passed, step)
            walls(world, now_walls, now_forces[0], adds, passed, step)
            if sampled:
                sums[:, :] = 0.0
                for model in (
                    now_linear, now_hooke, now_hertz, now_bond, now_flat, now_smooth, now_custom
                ):  # fmt: skip
                    add_pairs(rows, model[0], model[1], model[3], now_forces[0], sums)
                add_walls(rows, now_walls, now_forces[0], sums)
                keep_virials(sums, world.ids, virials[now // every % virials.shape[0]])
            square = drive(world.walls, drift)
            account = account_every > 0 and now % account_every == 0
            for t in prange(threads):
                part = np.int64(t)
                a, b = share(n, part, threads)
                fastest[part] = move(
                    rows, spins, applied, lost, now_forces, now_slots, settings, a, b, kick, drift,
                    account,
                )  # fmt: skip
            for t in range(threads):
                square = max(square, fastest[t])
            world.counts[STEP] += 1
            room = True
            if world.settings[SLIP_ON] > 0.0:
                room = watch_episodes(
                    world.smooth_joint, world.rows, world.episodes, world.counts, world.settings
                )
            if every > 0 and now % every == 0:
                room = sample(world, now, account) and room
            if square > 1e300:
                return LOST, travelled
            travelled += math.sqrt(square) * drift
            if travelled > allowance:
                return MOVED, travelled
            if not room:
                return FULL, travelled
        return DONE, travelled

    return advance


def custom_part(loop: Any) -> Any:
    """Return the part of a user's own law, from the loop that `pair_loop` made for it."""

    @inlined
    def part_of_custom(world, forces, accumulate, part, parts, dt, step):
        a, b = share(world.custom.i.shape[0], part, parts)
        loop(world.rows, world.spins, world.custom, forces, accumulate, a, b, world.cell, dt, step)

    return part_of_custom
