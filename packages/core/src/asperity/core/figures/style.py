"""The look that all figures share, and how they are written."""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec

import matplotlib as mpl
import numpy as np
from cmcrameri import cm
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from asperity.core.statistics.magnitudes import check_plausible

__all__ = [
    "DEEPENING",
    "INK",
    "STAR",
    "STYLE",
    "extension",
    "marker_areas",
    "new_figure",
    "save_figure",
    "set_titles",
    "styled",
    "to_svg",
]

_P = ParamSpec("_P")
# Ink for text and axes; accents are from cmcrameri's batlow, readable in grey and
# told apart by colour-blind readers.
INK = "#26323a"
STAR = "#f5b83d"
# batlow without its light end, in which small dots vanish on white.
DEEPENING = ListedColormap(cm.batlow_r(np.linspace(0.22, 1.0, 256)), "batlow_r from 0.22")
_SMALLEST = 2.0, 10.0  # points squared of the smallest marker, of many events and of a hundred
_LONGEST_TITLE = 48
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


def styled(draw: Callable[_P, Figure]) -> Callable[_P, Figure]:
    """Let a function draw its axes, too, with the common look."""

    @functools.wraps(draw)
    def drawn(*arguments: _P.args, **options: _P.kwargs) -> Figure:
        with mpl.rc_context(STYLE):
            return draw(*arguments, **options)

    return drawn


def set_titles(axes: Axes, name: str, remark: str = "") -> None:
    """Put a name above the left end of axes and a remark above the right one.

    The name is a user's: a dollar sign in it starts no formula, and one of many
    letters loses its middle.
    """
    if len(name) > _LONGEST_TITLE:
        half = _LONGEST_TITLE // 2
        name = f"{name[:half]}...{name[3 - half :]}"
    axes.set_title(" ".join(name.split()), parse_math=False)
    if remark:
        axes.set_title(remark, loc="right", fontsize=9, fontweight="normal")


def extension(values: NDArray[np.float64], low: float, high: float) -> str:
    """Return which ends of a colour bar stand for values beyond them, too.

    Examples
    --------
    >>> extension(np.array([1.0, 5.0]), 1.0, 3.0)
    'max'
    """
    below, above = bool((values < low).any()), bool((values > high).any())
    return {(0, 0): "neither", (1, 0): "min", (0, 1): "max", (1, 1): "both"}[below, above]


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

    The largest event has the area `largest`; the smallest is a dot that can be
    seen, 3 points wide among a hundred events and 1.4 among ten thousand.

    Raises
    ------
    DataError
        If a number can be no magnitude: its event would dwarf all others.
    """
    check_plausible(magnitudes)
    finite = magnitudes[np.isfinite(magnitudes)]
    top = finite.max() if finite.size else 0.0
    exponent = np.nan_to_num(magnitudes, nan=top - 6.0) - top
    smallest = np.clip(_SMALLEST[1] * np.sqrt(100.0 / max(magnitudes.size, 1)), *_SMALLEST)
    return np.asarray(np.maximum(smallest, largest * 3.0**exponent))
