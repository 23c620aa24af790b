"""Rows of particles turned into columns of a block, and back, eight at a time.

A particle's numbers stand side by side, a law wants those of many contacts side by side. Eight
rows of eight numbers are read whole and turned in registers, in three rounds of exchanges; number
by number it takes twice the time. Only places change: no sum is reordered, no bit differs.

The functions of one body or contact say what is computed. `vector` puts code of the compiler's own
language in the place of eight of them; a processor with shorter vectors gets it in pieces.
"""

from llvmlite import ir
from numba import config
from numba.core import cgutils, types
from numba.extending import intrinsic

from asperity.dem.engine._kernels.tuples import inlined

WIDTH = 8

_FOUR, _EIGHT = (ir.VectorType(ir.DoubleType(), width) for width in (4, WIDTH))
_NOTHING = ir.Constant(_EIGHT, [0.0] * WIDTH)
# Places of the first operand are 0 to 7, of the second 8 to 15.
_ROUNDS = (
    (1, (0, 8, 2, 10, 4, 12, 6, 14), (1, 9, 3, 11, 5, 13, 7, 15)),
    (2, (0, 1, 8, 9, 4, 5, 12, 13), (2, 3, 10, 11, 6, 7, 14, 15)),
    (4, (0, 1, 2, 3, 8, 9, 10, 11), (4, 5, 6, 7, 12, 13, 14, 15)),
)
#: Every fourth number from the second operand.
_FOURTHS = (0, 1, 2, 11, 4, 5, 6, 15)
#: Rows of a block for separation, radius, velocity, mass; for spin and radius, spin and mass.
_MOTION, _BODY = (0, 1, 2, 4, 5, 6, 7, 9), (10, 11, 12, 3, 13, 14, 15, 8)


# ---------------------------------------------------------------- one by one


@inlined
def load_one(block, lane, rows, spins, a, b):
    """Fill a lane of a block with what both bodies of a contact are and do; see `loops.load`."""
    for k in range(3):
        block[k, lane] = rows[b, k] - rows[a, k]
        block[5 + k, lane] = rows[b, 4 + k] - rows[a, 4 + k]
        block[10 + k, lane] = spins[a, k]
        block[13 + k, lane] = spins[b, k]
    block[3, lane] = rows[a, 3]
    block[4, lane] = rows[b, 3]
    block[8, lane] = rows[a, 7]
    block[9, lane] = rows[b, 7]


@inlined
def hand_one(block, row, lane, forces, a, b, accumulate):
    """Add force and torque of a contact to the rows of its bodies, or store them there."""
    if accumulate:
        for k in range(6):
            forces[a, k] += block[row + k, lane]
        for k in range(6):
            forces[b, k] += block[row + 6 + k, lane]
    else:
        for k in range(6):
            forces[a, k] = block[row + k, lane]
        for k in range(6):
            forces[b, k] = block[row + 6 + k, lane]


@inlined
def take_one(block, row, lane, forces, a, adds):
    """Move a row of forces into a lane of a block, or add it there; it is zero afterwards."""
    for k in range(6):
        block[row + k, lane] = block[row + k, lane] + forces[a, k] if adds else forces[a, k]
        forces[a, k] = 0.0


@inlined
def look_one(block, row, lane, rows, spins, a):
    """Fill a lane of a block with velocity, mass, spin and moment of inertia of a body."""
    for k in range(4):
        block[row + k, lane] = rows[a, 4 + k]
        block[row + 4 + k, lane] = spins[a, k]


@inlined
def step_one(block, row, lane, rows, spins, a, drift):
    """Give a body the velocity and the spin of a lane of a block and move it along."""
    for k in range(3):
        velocity = block[row + k, lane]
        rows[a, 4 + k] = velocity
        rows[a, k] += drift * velocity
        spins[a, k] = block[row + 4 + k, lane]


# ---------------------------------------------------------------- eight at a time


def vector(plain):
    """Return what makes vector code of a builder, or takes `plain` where nothing is compiled."""
    return (lambda builder: plain) if config.DISABLE_JIT else intrinsic  # type: ignore[attr-defined]


class Code:
    """What a builder of vector code says often."""

    def __init__(self, context, builder):
        self.context, self.builder = context, builder

    def array(self, kind, value):
        """Return an array as its data and the lengths of its later axes."""
        held = self.context.make_array(kind)(self.context, self.builder, value=value)
        return held.data, cgutils.unpack_tuple(self.builder, held.shape, kind.ndim)[1:]

    def after(self, index, k):
        """Return an index plus a constant."""
        return self.builder.add(index, ir.Constant(index.type, k))

    def index(self, array, place):
        """Return an entry of an array of int32."""
        entry = self.builder.load(self.builder.gep(array[0], [place]))
        return self.builder.sext(entry, ir.IntType(64))

    def at(self, array, row, column, kind=_EIGHT):
        """Return where a vector begins in an array of two axes."""
        (length,) = array[1]
        place = self.builder.add(self.builder.mul(row, length), column)
        return self.builder.bitcast(self.builder.gep(array[0], [place]), kind.as_pointer())

    def load(self, address):
        """Return a vector from memory."""
        return self.builder.load(address, align=8)

    def store(self, value, address):
        """Write a vector to memory."""
        self.builder.store(value, address, align=8)

    def shuffled(self, a, b, places):
        """Return numbers of two vectors of eight, or of four, by their places."""
        mask = ir.Constant(ir.VectorType(ir.IntType(32), len(places)), list(places))
        return self.builder.shuffle_vector(a, b, mask)

    def turned(self, square):
        """Return the columns of eight vectors of eight numbers."""
        for apart, low, high in _ROUNDS:
            turned = list(square)
            for k in range(WIDTH):
                if not k & apart:
                    a, b = square[k], square[k + apart]
                    turned[k] = self.shuffled(a, b, low)
                    turned[k + apart] = self.shuffled(a, b, high)
            square = turned
        return square

    def put(self, vectors, addresses, adds):
        """Store vectors, or add them to what is there, in this order."""
        flag = self.context.is_true(self.builder, types.boolean, adds)
        with self.builder.if_else(flag) as (then, otherwise):
            with then:
                for value, address in zip(vectors, addresses, strict=True):
                    self.store(self.builder.fadd(self.load(address), value), address)
            with otherwise:
                for value, address in zip(vectors, addresses, strict=True):
                    self.store(value, address)


def fits(tables, columns=()):
    """Whether arrays are what the builders take them for; numba refuses a call with others.

    Tables hold doubles, columns int32; rows stand one after the other.
    """
    wanted = [(a, types.float64, 2) for a in tables] + [(a, types.int32, 1) for a in columns]
    return all(
        isinstance(a, types.Array) and (a.layout, a.dtype, a.ndim) == ("C", dtype, axes)
        for a, dtype, axes in wanted
    )


def load_each(block, lane, rows, spins, i, j, at):
    """Fill lanes of a block for eight contacts; see `load_one`."""
    for k in range(WIDTH):
        load_one(block, lane + k, rows, spins, i[at + k], j[at + k])


@vector(load_each)
def load_eight(typingctx, block, lane, rows, spins, i, j, at):
    """Build `load_each`."""
    if not fits((block, rows, spins), (i, j)):
        return None

    def codegen(context, builder, signature, values):
        code = Code(context, builder)
        lane_, at_ = values[1], values[6]
        block_, rows_, spins_, i_, j_ = (
            code.array(kind, values[k])
            for kind, k in ((block, 0), (rows, 2), (spins, 3), (i, 4), (j, 5))
        )
        zero = ir.Constant(at_.type, 0)
        motion, bodies = [], []
        for k in range(WIDTH):
            a, b = (code.index(column, code.after(at_, k)) for column in (i_, j_))
            first, second = (code.load(code.at(rows_, body, zero)) for body in (a, b))
            spin, turn = (code.load(code.at(spins_, body, zero, _FOUR)) for body in (a, b))
            spin = code.shuffled(spin, turn, range(WIDTH))
            motion.append(code.shuffled(builder.fsub(second, first), second, _FOURTHS))
            bodies.append(code.shuffled(spin, first, _FOURTHS))
        for square, places in ((motion, _MOTION), (bodies, _BODY)):
            for column, place in zip(code.turned(square), places, strict=True):
                code.store(column, code.at(block_, ir.Constant(lane_.type, place), lane_))
        return context.get_dummy_value()

    return types.void(block, types.intp, rows, spins, i, j, types.intp), codegen


def hand_each(block, row, lane, forces, slot_i, slot_j, at, accumulate):
    """Hand out the results of eight contacts; see `hand_one`."""
    for k in range(WIDTH):
        hand_one(block, row, lane + k, forces, slot_i[at + k], slot_j[at + k], accumulate)


@vector(hand_each)
def hand_eight(typingctx, block, row, lane, forces, slot_i, slot_j, at, accumulate):
    """Build `hand_each`."""
    if not fits((block, forces), (slot_i, slot_j)):
        return None

    def codegen(context, builder, signature, values):
        code = Code(context, builder)
        row_, lane_, at_ = values[1], values[2], values[6]
        block_, forces_, *slots = (
            code.array(kind, values[k])
            for kind, k in ((block, 0), (forces, 3), (slot_i, 4), (slot_j, 5))
        )
        sides = [
            code.turned(
                [code.load(code.at(block_, code.after(row_, first + k), lane_)) for k in range(6)]
                + [_NOTHING, _NOTHING]
            )
            for first in (0, 6)
        ]
        zero = ir.Constant(at_.type, 0)
        # Contact by contact, the first body before the second: the order of the sums.
        vectors, addresses = [], []
        for k in range(WIDTH):
            for side, column in zip(sides, slots, strict=True):
                vectors.append(side[k])
                addresses.append(code.at(forces_, code.index(column, code.after(at_, k)), zero))
        code.put(vectors, addresses, values[7])
        return context.get_dummy_value()

    place, flag = types.intp, types.boolean
    return types.void(block, place, place, forces, slot_i, slot_j, place, flag), codegen


def take_each(block, row, lane, forces, at, adds):
    """Move the forces on eight bodies into lanes of a block; see `take_one`."""
    for k in range(WIDTH):
        take_one(block, row, lane + k, forces, at + k, adds)


@vector(take_each)
def take_eight(typingctx, block, row, lane, forces, at, adds):
    """Build `take_each`."""
    if not fits((block, forces)):
        return None

    def codegen(context, builder, signature, values):
        code = Code(context, builder)
        row_, lane_, at_ = values[1], values[2], values[4]
        block_, forces_ = code.array(block, values[0]), code.array(forces, values[3])
        zero = ir.Constant(at_.type, 0)
        square = []
        for k in range(WIDTH):
            address = code.at(forces_, code.after(at_, k), zero)
            square.append(code.load(address))
            code.store(_NOTHING, address)
        addresses = [code.at(block_, code.after(row_, k), lane_) for k in range(6)]
        code.put(code.turned(square)[:6], addresses, values[5])
        return context.get_dummy_value()

    place = types.intp
    return types.void(block, place, place, forces, place, types.boolean), codegen


def look_each(block, row, lane, rows, spins, at):
    """Fill lanes of a block with the motion of eight bodies; see `look_one`."""
    for k in range(WIDTH):
        look_one(block, row, lane + k, rows, spins, at + k)


@vector(look_each)
def look_eight(typingctx, block, row, lane, rows, spins, at):
    """Build `look_each`."""
    if not fits((block, rows, spins)):
        return None

    def codegen(context, builder, signature, values):
        code = Code(context, builder)
        row_, lane_, at_ = values[1], values[2], values[5]
        block_, rows_, spins_ = (
            code.array(kind, values[k]) for kind, k in ((block, 0), (rows, 3), (spins, 4))
        )
        zero, half = (ir.Constant(at_.type, k) for k in (0, 4))
        square = [
            code.shuffled(
                code.load(code.at(rows_, body, half, _FOUR)),
                code.load(code.at(spins_, body, zero, _FOUR)),
                range(WIDTH),
            )
            for body in (code.after(at_, k) for k in range(WIDTH))
        ]
        for k, column in enumerate(code.turned(square)):
            code.store(column, code.at(block_, code.after(row_, k), lane_))
        return context.get_dummy_value()

    return types.void(block, types.intp, types.intp, rows, spins, types.intp), codegen


def step_each(block, row, lane, rows, spins, at, drift):
    """Move eight bodies along; see `step_one`."""
    for k in range(WIDTH):
        step_one(block, row, lane + k, rows, spins, at + k, drift)


@vector(step_each)
def step_eight(typingctx, block, row, lane, rows, spins, at, drift):
    """Build `step_each`; row 3 holds masses and row 7 moments of inertia, which stay."""
    if not fits((block, rows, spins)):
        return None

    def codegen(context, builder, signature, values):
        code = Code(context, builder)
        row_, lane_, at_, drift_ = values[1], values[2], values[5], values[6]
        block_, rows_, spins_ = (
            code.array(kind, values[k]) for kind, k in ((block, 0), (rows, 3), (spins, 4))
        )
        zero, half = (ir.Constant(at_.type, k) for k in (0, 4))
        along = ir.Constant(_FOUR, [0.0] * 4)  # the fourth number of a row is the radius, and stays
        for k in range(3):
            along = builder.insert_element(along, drift_, ir.Constant(ir.IntType(32), k))
        square = [code.load(code.at(block_, code.after(row_, k), lane_)) for k in range(WIDTH)]
        for k, motion in enumerate(code.turned(square)):
            body = code.after(at_, k)
            velocity = code.shuffled(motion, motion, range(4))
            code.store(velocity, code.at(rows_, body, half, _FOUR))
            code.store(
                code.shuffled(motion, motion, range(4, WIDTH)), code.at(spins_, body, zero, _FOUR)
            )
            place = code.at(rows_, body, zero, _FOUR)
            way = builder.fmul(velocity, along, flags=("contract",))
            code.store(builder.fadd(code.load(place), way, flags=("contract",)), place)
        return context.get_dummy_value()

    place = types.intp
    return types.void(block, place, place, rows, spins, place, types.float64), codegen
