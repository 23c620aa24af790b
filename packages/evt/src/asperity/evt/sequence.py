"""The part of a catalog that a forecast uses: the events at or above Mc, in order of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from asperity.core.catalog import Catalog
from asperity.core.errors import DataError
from asperity.core.formats import ReadResult
from asperity.core.operations import Operations

__all__ = ["McSource", "Sequence", "cut_at", "sequence_of"]

McSource = Literal["given", "smallest magnitude"]


@dataclass(frozen=True)
class Sequence:
    """Events at or above the magnitude of completeness, in order of time.

    Parameters
    ----------
    catalog : Catalog
    rows : ndarray of int64, shape (n,)
        Row of each event in the file, from 0.
    mc : float
    mc_source : {"given", "smallest magnitude"}
        Whether the user said what `mc` is.
    bin_width : float
        Step of the magnitudes in the source, 0 if continuous or not known.
    missing : int
        Events without a magnitude, which were left out.
    operations : Operations or None
        What an operator did, where the source says.
    """

    catalog: Catalog
    rows: NDArray[np.int64]
    mc: float
    mc_source: McSource
    bin_width: float
    missing: int
    operations: Operations | None = None

    @property
    def magnitudes(self) -> NDArray[np.float64]:
        """Magnitudes, shape (n,)."""
        return self.catalog["magnitude"]

    def times(self, rows: Any = slice(None)) -> list[Any]:
        """Return times as the command line prints them."""
        return self.catalog.format_times(rows)


def sequence_of(result: ReadResult, mc: float | None) -> Sequence:
    """Cut a catalog that was read at the magnitude of completeness; see `cut_at`."""
    return cut_at(result.catalog, mc, rows=result.rows, operations=result.operations)


def cut_at(
    catalog: Catalog,
    mc: float | None,
    *,
    rows: NDArray[np.int64] | None = None,
    operations: Operations | None = None,
) -> Sequence:
    """Cut a catalog at the magnitude of completeness.

    Parameters
    ----------
    catalog : Catalog
    mc : float or None
        Without it all events with a magnitude are used, and the smallest is taken as Mc.
    rows : ndarray of int64, shape (n,), optional
        Row of each event in its file; counted from 0 when missing.
    operations : Operations, optional

    Raises
    ------
    DataError
        If nothing is left.
    """
    source: McSource = "given" if mc is not None else "smallest magnitude"
    magnitudes = catalog["magnitude"]
    finite = np.isfinite(magnitudes)
    if mc is None:
        if not finite.any():
            raise DataError(
                "the catalog holds no magnitudes; map the column that has them with "
                "catalog convert --columns"
            )
        mc = float(magnitudes[finite].min())
    chosen = np.flatnonzero(finite & (magnitudes >= mc - 1e-9))
    if not chosen.size:
        largest = f", the largest {magnitudes[finite].max():g}" if finite.any() else ""
        raise DataError(
            f"no event reaches Mc = {mc:g}; the catalog has {len(catalog)} "
            f"events{largest}: lower --mc"
        )
    return Sequence(
        catalog.select(chosen),
        (np.arange(len(catalog)) if rows is None else rows)[chosen],
        mc,
        source,
        float(catalog.attributes.get("magnitude_resolution", 0.0)),
        int((~finite).sum()),
        operations,
    )
