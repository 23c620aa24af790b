"""The look that all figures share, and how they are written."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

__all__ = ["INK", "STAR", "STYLE", "marker_areas", "new_figure", "save_figure", "to_svg"]

# Ink for text and axes; accents are from cmcrameri's batlow, readable in grey and
# told apart by colour-blind readers.
INK = "#26323a"
STAR = "#f5b83d"
STYLE: Any = {
    "figure.dpi": 110,
    "savefig.dpi": 180,
    "font.size": 9.5,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelcolor": INK,
    "axes.edgecolor": "#8a979f",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e3e8eb",
    "grid.linewidth": 0.7,
    "axes.axisbelow": True,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "svg.fonttype": "path",
    "svg.hashsalt": "asperity",
    "axes.formatter.useoffset": False,
    "date.converter": "concise",
}
# No dates, so that a figure made again is the same; no metadata block in SVG at all.
_UNDATED: dict[str, dict[str, Any]] = {
    "svg": dict.fromkeys(("Date", "Creator", "Format", "Type")),
    "pdf": {"CreationDate": None},
}


def new_figure(width: float = 7.2, height: float = 3.6, **layout: Any) -> Figure:
    """Return an empty figure, `width` x `height` inches, with the common look."""
    with mpl.rc_context(STYLE):
        return Figure(figsize=(width, height), layout=layout.pop("layout", "constrained"), **layout)


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure as PNG, SVG or PDF, byte for byte the same each time."""
    kind = path.suffix.lower().lstrip(".")
    if kind not in ("png", "svg", "pdf"):
        from asperity.core.errors import InputError

        raise InputError(f"{path}: figures are written as .png, .svg or .pdf")
    with mpl.rc_context(STYLE):
        figure.savefig(path, format=kind, metadata=_UNDATED.get(kind), facecolor="white")


def to_svg(figure: Figure) -> str:
    """Return a figure as an SVG element that can stand inside a page."""
    buffer = io.StringIO()
    with mpl.rc_context(STYLE):
        figure.savefig(buffer, format="svg", metadata=_UNDATED["svg"], transparent=True)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    # The page decides the width, up to one at which the letters are as large as its own.
    head, rest = text[: text.index(">")], text[text.index(">") :]
    head = re.sub(r' (?:width|height)="[^"]*"', "", head)
    return f'{head} style="max-width: {96 * figure.get_figwidth():.0f}px"{rest}'


def marker_areas(magnitudes: NDArray[np.float64], largest: float = 220.0) -> NDArray[np.float64]:
    """Return marker areas in points squared that grow threefold per unit of magnitude.

    The largest event has the area `largest`; none falls below 1.5.
    """
    finite = magnitudes[np.isfinite(magnitudes)]
    top = finite.max() if finite.size else 0.0
    exponent = np.nan_to_num(magnitudes, nan=top - 6.0) - top
    return np.asarray(np.maximum(1.5, largest * 3.0**exponent))
