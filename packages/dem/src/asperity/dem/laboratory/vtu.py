"""Grains and contacts as VTK unstructured grids (``.vtu``), which ParaView and PyVista read."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray

__all__ = ["write_lines", "write_points"]

_TYPES = {"float64": "Float64", "float32": "Float32", "int64": "Int64", "uint8": "UInt8"}
VERTEX, LINE = 1, 3
_BLOCK = 1 << 20


def write_points(path: Path, points: NDArray[np.float64], data: Mapping[str, NDArray[Any]]) -> None:
    """Write points with data; drawn as spheres by a glyph scaled with their radius.

    Parameters
    ----------
    path : Path
    points : ndarray, shape (n, 3)
        m.
    data : mapping
        Arrays of n rows by name.
    """
    each = np.arange(len(points))[:, None]
    _write(path, points, each, VERTEX, point_data=data, cell_data={})


def write_lines(
    path: Path,
    points: NDArray[np.float64],
    pairs: NDArray[np.int64],
    data: Mapping[str, NDArray[Any]],
) -> None:
    """Write lines between points with data on the lines.

    Parameters
    ----------
    path : Path
    points : ndarray, shape (n, 3)
        m.
    pairs : ndarray, shape (c, 2)
        Rows of the ends.
    data : mapping
        Arrays of c rows by name.
    """
    _write(path, points, pairs, LINE, point_data={}, cell_data=data)


def _write(
    path: Path,
    points: NDArray[np.float64],
    cells: NDArray[Any],
    kind: int,
    point_data: Mapping[str, NDArray[Any]],
    cell_data: Mapping[str, NDArray[Any]],
) -> None:
    n, size = cells.shape
    topology = {
        "connectivity": cells.astype(np.int64).ravel(),
        "offsets": size * np.arange(1, n + 1, dtype=np.int64),
        "types": np.full(n, kind, np.uint8),
    }
    lines = [
        '<?xml version="1.0"?>',
        '<VTKFile type="UnstructuredGrid" version="1.0" byte_order="LittleEndian" '
        'header_type="UInt64" compressor="vtkZLibDataCompressor">',
        "<UnstructuredGrid>",
        f'<Piece NumberOfPoints="{len(points)}" NumberOfCells="{n}">',
        "<PointData>", *(_array(name, a) for name, a in point_data.items()), "</PointData>",
        "<CellData>", *(_array(name, a) for name, a in cell_data.items()), "</CellData>",
        "<Points>", _array("Points", points), "</Points>",
        "<Cells>", *(_array(name, a) for name, a in topology.items()), "</Cells>",
        "</Piece>", "</UnstructuredGrid>", "</VTKFile>",
    ]  # fmt: skip
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _array(name: str, values: NDArray[Any]) -> str:
    """Return a data array, compressed in blocks as VTK wants it."""
    columns = values.shape[1] if values.ndim > 1 else 1
    raw = np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<")).tobytes()
    blocks = [raw[k : k + _BLOCK] for k in range(0, len(raw), _BLOCK)]
    packed = [zlib.compress(block, 1) for block in blocks]
    rest = len(raw) % _BLOCK
    header = np.array([len(blocks), _BLOCK, rest, *map(len, packed)], "<u8").tobytes()
    text = (base64.b64encode(header) + base64.b64encode(b"".join(packed))).decode()
    return (
        f"<DataArray type={quoteattr(_TYPES[values.dtype.name])} Name={quoteattr(name)} "
        f'NumberOfComponents="{columns}" format="binary">{text}</DataArray>'
    )
