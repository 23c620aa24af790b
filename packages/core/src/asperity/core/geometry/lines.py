"""The nearest place on a set of lines, for points near them and on the other side of the Earth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["CutLines"]

_BLOCK = 32
_PAIRS = 1 << 17
"""Distances that are taken at once between a group of points and the cuts that may be theirs."""


@dataclass(frozen=True, eq=False)
class CutLines:
    """Lines cut into short straight pieces.

    Parameters
    ----------
    cuts : ndarray, shape (m, 3)
        Ends of the pieces along all lines, earth-fixed, m.
    owner : ndarray of int, shape (m,)
        Line of each; those of one line stand together and in order.
    spacing : float
        No piece is longer, m.
    """

    cuts: NDArray[np.float64]
    owner: NDArray[np.int64]
    spacing: float

    def nearest(self, points: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return for each point a cut of its nearest line, and the nearest place.

        Parameters
        ----------
        points : ndarray, shape (n, 3)
            Earth-fixed, m.

        Returns
        -------
        nearest : ndarray of int64, shape (n,)
        place : ndarray, shape (n, 3)

        Notes
        -----
        A tree of cuts alone prunes nothing for points thousands of kilometres
        away, to which all cuts are about equally far. So the points are halved into
        groups, too, and each group keeps the blocks of cuts that may be nearest to
        any of its points: with `d` the distance from the middle of a group of
        radius `r` to that of a block of radius `s`, the nearest cut of each point
        is no farther than ``u = min(d + s) + r``, and no cut of a block is nearer
        than ``d - s - r``.

        Examples
        --------
        >>> line = CutLines(np.array([[0.0, 0, 0], [10.0, 0, 0]]), np.array([0, 0]), 10.0)
        >>> line.nearest(np.array([[4.0, 3.0, 0.0]]))[1].tolist()
        [[4.0, 0.0, 0.0]]
        """
        from scipy.spatial.distance import cdist

        nearest = np.empty(len(points), dtype=np.int64)
        place = np.empty((len(points), 3))
        for rows, candidates in self._groups(points):
            here = points[rows]
            apart = cdist(here, self.cuts[candidates])
            first = candidates[apart.argmin(axis=1)]
            reach = np.linalg.norm(here - self._feet(here, first), axis=1)
            row, column = np.nonzero(apart <= self._within(reach)[:, None])
            feet = self._feet(here[row], candidates[column])
            order = np.lexsort((np.linalg.norm(here[row] - feet, axis=1), row))
            counts = np.bincount(row, minlength=len(rows))
            best = order[np.cumsum(counts) - counts]
            nearest[rows], place[rows] = candidates[column[best]], feet[best]
        return nearest, place

    def _within(self, reach: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far the cuts of a piece can be at most whose nearest place is so far."""
        # A place at that distance or nearer lies within half a piece of some cut.
        return np.hypot(reach, 0.5 * self.spacing) * (1.0 + 1e-9)

    def _groups(
        self, points: NDArray[np.float64]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Yield groups of points, each with all cuts that may be nearest to one of them."""
        first, count, middle, radius = self._blocks
        waiting = [(np.arange(len(points)), np.arange(len(first)))]
        while waiting:
            rows, blocks = waiting.pop()
            here = points[rows]
            low, high = here.min(axis=0), here.max(axis=0)
            centre = 0.5 * (low + high)
            wide = np.linalg.norm(here - centre, axis=1).max()
            apart = np.linalg.norm(middle[blocks] - centre, axis=1)
            farthest = (apart + radius[blocks]).min() + wide
            blocks = blocks[apart - radius[blocks] - wide <= self._within(farthest)]
            if len(rows) == 1 or len(rows) * int(count[blocks].sum()) <= _PAIRS:
                yield rows, _ranges(first[blocks], count[blocks])
                continue
            order = np.argsort(here[:, np.argmax(high - low)], kind="stable")
            half = len(rows) // 2
            waiting += [(rows[order[:half]], blocks), (rows[order[half:]], blocks)]

    @cached_property
    def _blocks(
        self,
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """First cut and number of cuts of each block, its middle and its radius."""
        m = len(self.cuts)
        begins = np.flatnonzero(np.diff(self.owner, prepend=self.owner[0] - 1))
        place_in_line = np.arange(m) - np.repeat(begins, np.diff(begins, append=m))
        first = np.flatnonzero(place_in_line % _BLOCK == 0)
        count = np.diff(first, append=m)
        middle = np.add.reduceat(self.cuts, first) / count[:, None]
        apart = np.linalg.norm(self.cuts - np.repeat(middle, count, axis=0), axis=1)
        return first, count, middle, np.maximum.reduceat(apart, first)

    def _feet(self, points: NDArray[np.float64], nearest: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the nearest place on the two pieces that meet at a cut, shape (n, 3)."""
        cuts, owner = self.cuts, self.owner
        best = cuts[nearest]
        for neighbour in (nearest - 1, nearest + 1):
            other = np.clip(neighbour, 0, len(cuts) - 1)
            # At the end of a line the piece shrinks to the end itself.
            other = np.where(owner[other] == owner[nearest], other, nearest)
            along = cuts[other] - cuts[nearest]
            square = np.maximum((along**2).sum(axis=1), 1e-300)
            share = np.clip(((points - cuts[nearest]) * along).sum(axis=1) / square, 0.0, 1.0)
            foot = cuts[nearest] + share[:, None] * along
            nearer = ((points - foot) ** 2).sum(axis=1) < ((points - best) ** 2).sum(axis=1)
            best = np.where(nearer[:, None], foot, best)
        return np.asarray(best)


def _ranges(first: NDArray[np.int64], count: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers ``first, first + 1, ...`` of each range, one range after the other."""
    ends = np.cumsum(count)
    return np.repeat(first - (ends - count), count) + np.arange(ends[-1])
