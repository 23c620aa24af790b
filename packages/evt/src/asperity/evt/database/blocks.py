"""Square blocks around large events and around dense seismicity (Verdon & Eisner 2024, Fig. 1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError

__all__ = ["Block", "BlockSearch", "find_blocks"]

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

KM_PER_DEGREE = 111.195
_STEP = 1.0
"""Kilometres between the positions at which the search for dense blocks looks."""
_WIDEST = 4000.0


@dataclass(frozen=True)
class BlockSearch:
    """How blocks are found.

    Parameters
    ----------
    mc : float
        Smaller events are not counted.
    size : float
        Side of a block, km.
    major : float
        A block is centred on each event of this magnitude or more.
    min_events : int
        Blocks around major events with fewer counted events are dropped.
    dense : int
        Blocks elsewhere hold at least so many counted events.
    max_magnitude : float or None
        Blocks elsewhere hold no larger event. The digest of the paper gives 3.5.
    """

    mc: float
    size: float = 20.0
    major: float = 4.0
    min_events: int = 20
    dense: int = 500
    max_magnitude: float | None = None

    def __post_init__(self) -> None:
        if not (0.0 < self.size <= 1000.0 and self.dense >= 1 and self.min_events >= 1):
            raise InputError(
                f"blocks of {self.size:g} km with {self.min_events} or {self.dense} events at "
                "least; the size must lie in (0, 1000], the numbers be 1 or more"
            )


@dataclass(frozen=True, eq=False)
class Block:
    """A block and its events.

    Parameters
    ----------
    rows : ndarray of int64, shape (n,)
        Its events of all magnitudes, ascending.
    n_counted : int
        Of these, with M >= Mc.
    longitude, latitude : float
        Centre, degrees.
    box : tuple of float
        West, east, south, north, degrees.
    method : {"major", "dense"}
    """

    rows: Rows
    n_counted: int
    longitude: float
    latitude: float
    box: tuple[float, float, float, float]
    method: Literal["major", "dense"]


def find_blocks(
    longitude: ArrayLike, latitude: ArrayLike, magnitudes: ArrayLike, search: BlockSearch
) -> list[Block]:
    """Cut a catalog into blocks, none of which share an event.

    Parameters
    ----------
    longitude, latitude : array_like, shape (n,)
        Degrees.
    magnitudes : array_like, shape (n,)
    search : BlockSearch

    Returns
    -------
    list of Block
        Those around major events by decreasing magnitude, then the dense ones by
        decreasing number of events.

    Raises
    ------
    DataError
        If what is left for the search of dense blocks spans thousands of kilometres.

    Notes
    -----
    1. Each event of `major` or more that no block holds yet, the largest first,
       becomes the centre of a block, which takes all events within half its size east,
       west, north and south that are still free.
    2. Of the events that are left the block with most M >= Mc is taken, wherever it
       lies on a grid of one kilometre, and again, as long as it holds `dense` events.

    Degrees become kilometres at the latitude of a block (1), or of the middle of what
    is left (2).

    Examples
    --------
    >>> blocks = find_blocks([0.0, 0.01, 3.0], [0.0, 0.0, 0.0], [4.2, 2.0, 2.0],
    ...     BlockSearch(mc=1.5, min_events=2))
    >>> [(b.method, b.rows.tolist()) for b in blocks]
    [('major', [0, 1])]
    """
    x, y, m = (np.asarray(v, dtype=np.float64) for v in (longitude, latitude, magnitudes))
    free = np.isfinite(x) & np.isfinite(y) & np.isfinite(m)
    counted = free & (m >= search.mc - 1e-9)
    blocks = []
    majors = np.flatnonzero(free & (m >= search.major - 1e-9))
    for event in majors[np.argsort(-m[majors], kind="stable")]:
        if not free[event]:
            continue
        block = _block(x, y, free, counted, float(x[event]), float(y[event]), search.size, "major")
        free[block.rows] = False
        if block.n_counted >= search.min_events:
            blocks.append(block)
    return blocks + _dense_blocks(x, y, m, free, counted, search)


def _block(
    x: Array, y: Array, free: NDArray[np.bool_], counted: NDArray[np.bool_],
    longitude: float, latitude: float, size: float, method: Literal["major", "dense"],
) -> Block:  # fmt: skip
    north = size / 2.0 / KM_PER_DEGREE
    east = north / np.cos(np.deg2rad(latitude))
    offset = (x - longitude + 180.0) % 360.0 - 180.0
    inside = free & (np.abs(offset) <= east) & (np.abs(y - latitude) <= north)
    rows = np.flatnonzero(inside)
    box = (longitude - east, longitude + east, latitude - north, latitude + north)
    return Block(rows, int(counted[rows].sum()), longitude, latitude, box, method)


def _dense_blocks(
    x: Array, y: Array, m: Array, free: NDArray[np.bool_], counted: NDArray[np.bool_],
    search: BlockSearch,
) -> list[Block]:  # fmt: skip
    """Take the densest block again and again."""
    left = np.flatnonzero(free & counted)
    if left.size < search.dense:
        return []
    middle = 0.5 * (y[left].min() + y[left].max())
    scale = np.array([KM_PER_DEGREE * np.cos(np.deg2rad(middle)), KM_PER_DEGREE])
    origin = np.array([x[left].min(), y[left].min()])
    places = (np.column_stack([x[left], y[left]]) - origin) * scale
    if places.max() > _WIDEST:
        raise DataError(
            f"the search for dense blocks spans {places.max():.0f} km, beyond {_WIDEST:.0f}; "
            "choose part of the catalog with --region, or raise the number with --dense"
        )
    cells = np.floor(places / _STEP).astype(np.int64)
    width = max(round(search.size / _STEP), 1)
    shape = tuple(cells.max(axis=0) + 2 * width)
    counts, large = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    np.add.at(counts, (cells[:, 0] + width, cells[:, 1] + width), 1)
    if search.max_magnitude is not None:
        above = cells[m[left] > search.max_magnitude + 1e-9]
        np.add.at(large, (above[:, 0] + width, above[:, 1] + width), 1)
    forbidden = _sums(large, width) > 0
    sums = np.where(forbidden, -1, _sums(counts, width))
    blocks: list[Block] = []
    while True:
        i, j = np.unravel_index(int(np.argmax(sums)), sums.shape)
        if sums[i, j] < search.dense:
            return blocks
        corner = (np.array([i, j]) - width) * _STEP
        place = origin + (corner + search.size / 2.0) / scale
        block = _block(x, y, free, counted, float(place[0]), float(place[1]), search.size, "dense")
        # The grid counts at the middle latitude, the block at its own: look once more.
        largest = m[block.rows].max() if block.rows.size else -np.inf
        if block.n_counted < search.dense or (
            search.max_magnitude is not None and largest > search.max_magnitude + 1e-9
        ):
            sums[i, j] = -1
            continue
        blocks.append(block)
        free[block.rows] = False
        remaining = free[left]
        counts[:] = 0
        np.add.at(counts, (cells[remaining, 0] + width, cells[remaining, 1] + width), 1)
        sums = np.where(forbidden | (sums < 0), -1, _sums(counts, width))


def _sums(counts: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """Return the sum over each square of `width` cells, by the corner nearest the origin."""
    table = np.zeros(tuple(n + 1 for n in counts.shape), np.int64)
    table[1:, 1:] = counts.cumsum(axis=0).cumsum(axis=1)
    return np.asarray(
        table[width:, width:] - table[:-width, width:] - table[width:, :-width]
        + table[:-width, :-width]
    )  # fmt: skip
