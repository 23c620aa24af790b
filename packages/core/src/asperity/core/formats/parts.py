"""A catalog that is larger than memory: a Parquet file, read a part at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from asperity.core.catalog import Catalog
from asperity.core.formats import parquet
from asperity.core.formats.source import Source
from asperity.core.formats.stored import admit, check_order, refuse, repeated_rows_in
from asperity.core.formats.table import ReadOptions, Rejection
from asperity.core.operations import Operations, operations_path

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["CatalogParts", "is_large"]

_PART = 131_072
_READ_AHEAD = 1_048_576
_COMPARED = 8_388_608
"""Identifiers that are compared at once: their numbers take 64 MB, twice that to sort."""


def is_large(path: Path | str) -> bool:
    """Return whether a file is a Parquet catalog of more than one part.

    Examples
    --------
    >>> is_large("no such file")
    False
    """
    path = Path(path)
    if not path.is_file():
        return False
    try:
        with path.open("rb") as stream:
            if stream.read(4) != b"PAR1":
                return False
        return bool(pq.read_metadata(path).num_rows > _PART)
    except (pa.ArrowException, OSError, ValueError):
        return False  # whoever reads it whole says what is wrong


class CatalogParts:
    """The events of a Parquet file in time order, as catalogs of some 130,000 events each.

    Going through them, as often as one likes, never holds more than one of them. All have
    the same columns, categories and attributes; there is one at least, of no events where
    the file has none. Together they are what `read_catalog` returns: order, values and
    identifiers are checked over the whole file.

    Parameters
    ----------
    path : Path or str
    options : ReadOptions, optional
        Of these `start`, `end` and `on_error` count.

    Attributes
    ----------
    events : int
        Number of events in all parts, before `map`.
    outside : int
        Events of the file that lie outside the window.
    rejections : tuple of Rejection
        Rows that are left out (empty in strict mode).
    operations : Operations or None
        What lies beside the file.
    format : str
        ``parquet``.

    Raises
    ------
    InputError
        If the file is damaged, is no catalog or is out of time order; and, in strict mode,
        on the way through if a row is bad.

    Examples
    --------
    >>> import tempfile
    >>> from asperity.core import write_catalog
    >>> path = Path(tempfile.mkdtemp()) / "a.parquet"
    >>> _ = write_catalog(Catalog.from_columns({"magnitude": [1.0, 2.0, 3.0]}), path)
    >>> sum(part["magnitude"].sum() for part in CatalogParts(path))
    np.float64(6.0)
    """

    format = parquet.NAME

    def __init__(self, path: Path | str, options: ReadOptions | None = None) -> None:
        options = options or ReadOptions()
        self._source = Source(path)
        self._strict = options.on_error == "strict"
        self._changes: tuple[Callable[[Catalog], Catalog], ...] = ()
        name = self._source.name
        with parquet.opened(self._source) as file:
            self._schema = file.schema_arrow
            self._empty = parquet.from_arrow(self._schema.empty_table(), name)
            self._window = parquet.limits(file, name, options.start, options.end)
            self._groups, self._before = parquet.row_groups(file.metadata, *self._window)
            total = file.metadata.num_rows
        # Categories get the same codes in all parts; without theirs there are none.
        self._categories: dict[str, pa.Array] = {}
        self._categories, within = self._survey()
        lots = max(1, -(-within // _COMPARED))
        self._repeated = repeated_rows_in(self._identifiers, lots)
        self.rejections: tuple[Rejection, ...] = ()
        if not self._strict:
            self.rejections = tuple(r for _, bad in self._admitted() for r in bad)
        self.events = within - len(self.rejections)
        self.outside = total - within
        beside = operations_path(Path(path))
        self.operations = Operations.read(beside) if beside.is_file() else None

    @property
    def catalog(self) -> Catalog:
        """A catalog without events that has the columns and attributes of all parts."""
        return self._changed(self._empty)

    def map(self, change: Callable[[Catalog], Catalog]) -> Self:
        """Return these parts with each of them changed, when its turn comes."""
        changed = copy(self)
        changed._changes = (*self._changes, change)
        return changed

    def __iter__(self) -> Iterator[Catalog]:
        nothing = True
        parts = self._admitted()
        for catalog, bad in parts:
            if bad and self._strict:
                self._refuse(bad, parts)
            yield self._changed(catalog)
            nothing = False
        if nothing:
            yield self.catalog

    def _changed(self, catalog: Catalog) -> Catalog:
        for change in self._changes:
            catalog = change(catalog)
        return catalog

    def _refuse(
        self,
        bad: Sequence[Rejection],
        others: Iterator[tuple[Catalog, tuple[Rejection, ...]]],
    ) -> NoReturn:
        """Refuse the file, and say how many rows are wrong in the rest of it."""
        refuse(self._source.name, [*bad, *(r for _, more in others for r in more)])
        raise AssertionError("unreachable: there was a bad row")

    def _admitted(self) -> Iterator[tuple[Catalog, tuple[Rejection, ...]]]:
        """Yield what may stay of each part, and what may not."""
        name = self._source.name
        begun = 0
        for first, table in self._tables():
            catalog = parquet.unchecked(table, name)
            here = np.searchsorted(self._repeated, [begun, begun + len(table)])
            repeated = self._repeated[slice(*here)] - begun
            rows = np.arange(first, first + len(table))
            admitted, _, bad = admit(catalog, table["event_id"], rows, name, "skip", repeated)
            begun += len(table)
            yield admitted, bad

    def _survey(self) -> tuple[dict[str, pa.Array], int]:
        """Return the meanings of each category over the whole file, and the events in the window.

        Raises
        ------
        InputError
            If the file is out of time order.
        """
        names = [f.name for f in self._schema if pa.types.is_dictionary(f.type)]
        meanings: dict[str, dict[Any, None]] = {name: {} for name in names}
        last: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        within = 0
        for first, table in self._tables(["time", *names]):
            times = np.concatenate([last, table["time"].to_numpy()])
            check_order(times, self._source.name, first - last.size)
            last = times[-1:]
            within += len(table)
            for name in names:
                for chunk in table[name].chunks:
                    meanings[name] |= dict.fromkeys(chunk.dictionary.to_pylist())
        return {n: pa.array(list(m), pa.string()) for n, m in meanings.items()}, within

    def _identifiers(self) -> Iterator[pa.ChunkedArray]:
        for _, table in self._tables(["time", "event_id"]):
            yield table["event_id"]

    def _tables(self, columns: list[str] | None = None) -> Iterator[tuple[int, pa.Table]]:
        """Yield the rows of each part that lie in the window, and where in the file they begin."""
        low, high = self._window
        with parquet.opened(self._source, _READ_AHEAD) as file:
            row = self._before
            for batch in file.iter_batches(
                _PART, row_groups=self._groups, columns=columns, use_threads=False
            ):
                table = pa.Table.from_batches([batch])
                times = table["time"].to_numpy()
                begin = 0 if low is None else int(np.searchsorted(times, low))
                stop = len(times) if high is None else int(np.searchsorted(times, high))
                if begin < stop:
                    inside = self._encoded(table.slice(begin, stop - begin))
                    yield row + begin, inside.replace_schema_metadata(self._schema.metadata)
                row += len(table)

    def _encoded(self, table: pa.Table) -> pa.Table:
        """Return a table whose categories have the codes of the whole file."""
        for name, meanings in self._categories.items():
            if name in table.column_names:
                texts = table[name].combine_chunks().cast(pa.string())
                codes = pc.index_in(texts, value_set=meanings)
                if pa.types.is_null(meanings.type):
                    continue
                encoded = pa.DictionaryArray.from_arrays(codes, meanings)
                table = table.set_column(table.column_names.index(name), name, encoded)
        return table
