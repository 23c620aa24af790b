"""Reading and writing a column of a block as a tuple whose length is known when compiled."""

from numba.extending import register_jitable


def inlined(function):
    """Mark a function to be copied into its callers, so that their loops become vector code."""
    return register_jitable(forceinline=True)(function)


@inlined
def read_nothing(block, row, lane):
    """Return no values: the end of the recursion of `reader`."""
    return ()


@inlined
def write_nothing(block, row, lane, values):
    """Write no values: the end of the recursion of `writer`."""


def reader(length):
    """Return ``read(block, row, lane)``: a tuple of the rows from `row` to ``row + length - 1``."""
    if length == 0:
        return read_nothing
    head = reader(length - 1)
    last = length - 1

    @inlined
    def read(block, row, lane):
        return head(block, row, lane) + (block[row + last, lane],)  # noqa: RUF005

    return read


def writer(length):
    """Return ``write(block, row, lane, values)``, the counterpart of `reader`."""
    if length == 0:
        return write_nothing
    head = writer(length - 1)
    last = length - 1

    @inlined
    def write(block, row, lane, values):
        head(block, row, lane, values)
        block[row + last, lane] = values[last]

    return write
