"""What contacts do to each grain, summed up: net force and virial, sampled inside the loop."""

from numba import njit

from asperity.dem.engine._kernels.layout import Walls
from asperity.dem.engine._kernels.loops import FLAGS
from asperity.dem.engine._kernels.tuples import inlined
from asperity.dem.engine._kernels.walls import facing

# Columns: symmetric part of the sum of F_i x_j over the contacts of a grain (N m; xx, yy, zz,
# xy, xz, yz), x from the origin, then the sum of F (N). F acts on the grain.
VIRIAL_COLUMNS = 9


@inlined
def entry(fx, fy, fz, x, y, z):
    """Return the columns of one force at one point."""
    return (
        fx * x, fy * y, fz * z, 0.5 * (fx * y + fy * x), 0.5 * (fx * z + fz * x),
        0.5 * (fy * z + fz * y), fx, fy, fz,
    )  # fmt: skip


@njit(fastmath=FLAGS, error_model="numpy", cache=True)
def add_pairs(rows, i, j, slots, forces, out):
    """Add the contacts of one model; `slots` are the rows of the force on the second grain.

    The point divides the line of centres as the radii do: where two grains touch, and where a
    joint spans a gap within a few hundredths of a radius of its middle. It is one point for both
    grains, so that a contact between two grains of a volume cancels in its sum.
    """
    for c in range(i.shape[0]):
        a = i[c]
        b = j[c]
        x = rows[a, 0]
        y = rows[a, 1]
        z = rows[a, 2]
        share = rows[a, 3] / (rows[a, 3] + rows[b, 3])
        s = slots[c]
        values = entry(
            forces[s, 0], forces[s, 1], forces[s, 2], x + share * (rows[b, 0] - x),
            y + share * (rows[b, 1] - y), z + share * (rows[b, 2] - z),
        )  # fmt: skip
        for k in range(VIRIAL_COLUMNS):
            out[a, k] -= values[k]
            out[b, k] += values[k]


@njit(error_model="numpy", cache=True)
def add_walls(rows, walls, forces, out):
    """Add the contacts with walls, at the middle of their overlap."""
    for c in range(walls.particle.shape[0]):
        a = walls.particle[c]
        x = rows[a, 0]
        y = rows[a, 1]
        z = rows[a, 2]
        nx, ny, nz, distance = facing(walls.shape, walls.wall[c], x, y, z)
        arm = 0.5 * (rows[a, 3] + distance)
        s = walls.slot[c]
        values = entry(
            forces[s, 0], forces[s, 1], forces[s, 2], x + arm * nx, y + arm * ny, z + arm * nz
        )
        for k in range(VIRIAL_COLUMNS):
            out[a, k] += values[k]


@njit(error_model="numpy", cache=True)
def keep_virials(sums, ids, out):
    """Write sums into a sample, in the order in which the grains were given."""
    for a in range(sums.shape[0]):
        for k in range(VIRIAL_COLUMNS):
            out[ids[a], k] = sums[a, k]


@inlined
def with_slots(columns, slots, at):
    """Return contacts (a tuple without names) with other rows in the force array.

    `slots` holds those of the first grains from `at` on, then those of the second; also
    returns where those of the next model begin.
    """
    i, j, _, _, properties, history, audit, extra = columns
    middle = at + i.shape[0]
    end = middle + i.shape[0]
    return (i, j, slots[at:middle], slots[middle:end], properties, history, audit, extra), end


@inlined
def walls_with_slots(walls, slots, at):
    """Return walls whose contacts have other rows in the force array, see `with_slots`."""
    return Walls(
        walls.shape, walls.control, walls.force, walls.work, walls.particle, walls.wall, slots[at:],
        walls.properties, walls.history, walls.audit,
    )  # fmt: skip
