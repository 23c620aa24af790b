"""Samples of walls, energies and joints, taken inside the loop over steps."""

from numba import njit

from asperity.dem.engine._kernels.layout import BONDED, SAMPLES
from asperity.dem.engine._kernels.smooth_joint import (
    AREA,
    BOND_TANGENT,
    COHESION,
    FORCE,
    MU,
    PATH,
    SHEAR,
    STATE,
)

# Columns of `record`: step, then seven sums over the specimen (J; NaN where no account was
# taken): kinetic, strain, slip, dashpot, released, local damping, applied; then per wall
# force (3) N, pressing force N, place along its vector or radius m, work (3) J.
SUMS = 7
#: Those of the sums that contacts which are no longer there have a part in.
LOST_COLUMNS = slice(2, 6)
WALL_COLUMNS = 8
# What is sampled of joints: normal force, size of the shear force (N), friction, slip path (m),
# shear force that it can bear (N), of its bond or of its friction.
JOINT_COLUMNS = 5


@njit(error_model="numpy", cache=True)
def add_account(audit, sums):
    """Add the ledger of one model to the sums strain, slip, dashpot, released."""
    for k in range(4):
        total = 0.0
        for c in range(audit.shape[1]):
            total += audit[k, c]
        sums[1 + k] += total


@njit(error_model="numpy", cache=True)
def sample(world, step, account):
    """Write one row of the record; returns whether there is room for another."""
    row = world.counts[SAMPLES]
    record = world.record
    record[row, 0] = step
    sums = record[row, 1 : 1 + SUMS]
    if account and world.lost.shape[0] > 0:
        sums[:] = 0.0
        add_account(world.linear.audit, sums)
        add_account(world.hooke.audit, sums)
        add_account(world.hertz.audit, sums)
        add_account(world.parallel_bond.audit, sums)
        add_account(world.flat_joint.audit, sums)
        add_account(world.smooth_joint.audit, sums)
        add_account(world.custom.audit, sums)
        add_account(world.walls.audit, sums)
        for a in range(world.lost.shape[0]):
            sums[0] += world.lost[a, 2]
            sums[5] += world.lost[a, 0]
            sums[6] += world.lost[a, 1]
    else:
        sums[:] = float("nan")
    form = world.walls.shape
    column = 1 + SUMS
    for w in range(form.shape[0]):
        for k in range(4):
            record[row, column + k] = world.walls.force[w, k]
        place = form[w, 7]
        if form[w, 0] == 0.0:
            place = form[w, 1] * form[w, 4] + form[w, 2] * form[w, 5] + form[w, 3] * form[w, 6]
        record[row, column + 4] = place
        for k in range(3):
            record[row, column + 5 + k] = world.walls.work[w, k]
        column += WALL_COLUMNS
    joints = world.contact_record.shape[2]
    p, h = world.smooth_joint.properties, world.smooth_joint.history
    for c in range(joints):
        world.contact_record[row, 0, c] = h[FORCE, c]
        shear = h[SHEAR, c] ** 2 + h[SHEAR + 1, c] ** 2 + h[SHEAR + 2, c] ** 2
        world.contact_record[row, 1, c] = shear**0.5
        world.contact_record[row, 2, c] = h[MU, c]
        world.contact_record[row, 3, c] = h[PATH, c]
        if h[STATE, c] == BONDED:
            strength = p[COHESION, c] * p[AREA, c] + p[BOND_TANGENT, c] * h[FORCE, c]
        else:
            strength = h[MU, c] * h[FORCE, c]
        world.contact_record[row, 4, c] = strength
    world.counts[SAMPLES] = row + 1
    return row + 1 < record.shape[0]
