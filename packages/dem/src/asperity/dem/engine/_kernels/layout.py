"""Where the numbers of particles, contacts and walls stand in their arrays."""

from typing import NamedTuple

import numpy as np

#: Contacts that are worked on together; a block of all rows stays in the first cache level.
LANES = 64

#: Columns of the force array: force, torque, and two that fill the cache line and stay zero.
FORCE_COLUMNS = 8

# Columns of `rows`, a cache line for each particle: x y z radius vx vy vz mass. Of `spins`:
# wx wy wz and the moment of inertia. Rows of `audit`, what the energy ledger sums over
# contacts (J): strain energy held, lost in slip, in dashpots, in broken bonds.

# Bond states, of bonds and of flat-joint elements.
UNBONDED, BROKEN_TENSION, BROKEN_SHEAR, BONDED = 0.0, 1.0, 2.0, 3.0


class Contacts(NamedTuple):
    """Contacts of one model, in columns (structure of arrays).

    ``slot_i`` and ``slot_j`` say into which row of the force array the force and the
    torque on each particle go: a row of its own each (gather) or the particle's (private).
    ``extra`` is what only that model needs, see its module.
    """

    i: np.ndarray  # (n,) int32
    j: np.ndarray  # (n,) int32
    slot_i: np.ndarray  # (n,) int32
    slot_j: np.ndarray  # (n,) int32
    properties: np.ndarray  # (P, n) or (P, 1)
    history: np.ndarray  # (H, n)
    audit: np.ndarray  # (4, n), or (4, 0) where no ledger is kept
    extra: np.ndarray  # (n, E, K)


class Walls(NamedTuple):
    """Planes and cylinders, and the contacts that particles have with them."""

    shape: np.ndarray  # (w, 12): see the rows in `walls`
    control: np.ndarray  # (w, 10)
    force: np.ndarray  # (w, 4): force on the wall x, y, z, and the pressing part, N
    work: np.ndarray  # (w, 4): done on the particles, by the drive, by the damper, J
    particle: np.ndarray  # (m,) int32
    wall: np.ndarray  # (m,) int32
    slot: np.ndarray  # (m,) int32
    properties: np.ndarray  # (P, m)
    history: np.ndarray  # (H, m)
    audit: np.ndarray  # (4, m) or (4, 0)


class World(NamedTuple):
    """Everything that a step reads and writes."""

    rows: np.ndarray  # (n, 8)
    spins: np.ndarray  # (n, 4)
    applied: np.ndarray  # (n, 3) N at factor 1, or (0, 3)
    lost: np.ndarray  # (n, 2): work of local damping and of applied forces, J, or (0, 2)
    cell: np.ndarray  # (3,) periods, m; infinite where not periodic
    forces: np.ndarray  # (1, slots, 8) gather, or (threads, n, 8) private
    first: np.ndarray  # (n + 1,) int32 first slot of each particle; (0,) in private mode
    linear: Contacts
    hooke: Contacts
    hertz: Contacts
    parallel_bond: Contacts
    flat_joint: Contacts
    smooth_joint: Contacts
    custom: Contacts
    walls: Walls
    flat_shape: np.ndarray  # see `flat_joint`
    joint_friction: np.ndarray  # see `friction`
    settings: np.ndarray  # (8,): see below
    episodes: np.ndarray  # (capacity, 16) events of slip
    record: np.ndarray  # (samples, columns)
    contact_record: np.ndarray  # (samples, 5, joints) float32
    counts: np.ndarray  # (3,) int64: see below
    ids: np.ndarray  # (n,) place of each particle in the order in which they were given
    virials: np.ndarray  # (m, n, 9) float32 in that order, a ring; (0, n, 9) where none are sampled
    # Where virials are sampled in one thread: rows for every contact, as `forces` and `first` in
    # gather mode, and which, model by model, then of the walls.
    own_forces: np.ndarray  # (1, slots, 8)
    own_first: np.ndarray  # (n + 1,) int32
    own_slots: np.ndarray  # (slots,) int32


class Shared(NamedTuple):
    """What threads need of the world to evaluate contacts.

    numba hands a loop of threads no tuple within a tuple, so that each thread puts this
    together again.
    """

    rows: np.ndarray
    spins: np.ndarray
    cell: np.ndarray
    flat_shape: np.ndarray
    joint_friction: np.ndarray
    linear: Contacts
    hooke: Contacts
    hertz: Contacts
    parallel_bond: Contacts
    flat_joint: Contacts
    smooth_joint: Contacts
    custom: Contacts


# Entries of `settings`: gravity (3) from `GRAVITY`; `FACTOR` scales the applied forces.
TIME_STEP, DAMPING, GRAVITY, FACTOR, SLIP_ON, SLIP_OFF = 0, 1, 2, 5, 6, 7
# Entries of `counts`.
STEP, EPISODES, SAMPLES = range(3)
