"""What a report is made of, and how it becomes one self-contained HTML file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from asperity.core.formats import ReadResult

__all__ = ["SYNTHETIC", "Picture", "Section", "Table", "picture", "render", "write_report"]


SYNTHETIC = "SYNTHETIC DATA"
"""What a note begins with when a section shows no observations."""
#: Letters from which on a cell of a table may break its line.
_LONG_CELL = 24


@dataclass(frozen=True)
class Picture:
    """A figure as inline SVG, with a caption and a text for those who cannot see it."""

    svg: str
    caption: str
    alternative: str


def picture(figure: Figure, caption: str, alternative: str) -> Picture:
    """Return a matplotlib figure as a `Picture`."""
    from asperity.core.figures import to_svg

    return Picture(to_svg(figure), caption, alternative)


@dataclass(frozen=True)
class Table:
    """A small table: a caption, column heads and rows of texts or numbers."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Any]]

    @property
    def words(self) -> set[int]:
        """Columns that hold sentences: they break lines, and are no numbers to line up."""
        return {
            k for row in self.rows for k, cell in enumerate(row) if len(show(cell)) > _LONG_CELL
        }


@dataclass(frozen=True)
class Section:
    """One part of a report.

    Parameters
    ----------
    title : str
    lead : str
        What the reader should take away, in a sentence or two.
    facts : mapping of str to object
        Key figures shown large at the top.
    tables, pictures : sequences
    notes : sequence of str
        Caveats: what the data cannot say, what was synthetic.
    inputs : sequence of (str, Path)
        Names and files that it was made from, for the provenance.
    catalogs : mapping of str to ReadResult
        Catalogs that were made for it, by name: sections of other packages may take them.
    """

    title: str
    lead: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    tables: Sequence[Table] = ()
    pictures: Sequence[Picture] = ()
    notes: Sequence[str] = ()
    inputs: Sequence[tuple[str, Path]] = ()
    catalogs: Mapping[str, ReadResult] = field(default_factory=dict)

    @property
    def synthetic(self) -> list[str]:
        """Notes that must be read before the figures: that the data are synthetic."""
        return [note for note in self.notes if note.startswith(SYNTHETIC)]

    @property
    def caveats(self) -> list[str]:
        """The other notes."""
        return [note for note in self.notes if not note.startswith(SYNTHETIC)]

    @property
    def anchor(self) -> str:
        """Name of the section inside the page."""
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")


def show(value: Any) -> str:
    """Return a value as a cell shows it.

    Examples
    --------
    >>> show(0.12345), show(None), show(47937)
    ('0.123', '-', '47,937')
    """
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return str(value)


def render(
    title: str, lead: str, sections: Sequence[Section], provenance: Mapping[str, Any] | None = None
) -> str:
    """Return the page as HTML; everything that comes from data is escaped.

    Parameters
    ----------
    title, lead : str
    sections : sequence of Section
    provenance : mapping, optional
        Shown at the foot.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("asperity.core", "report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["show"] = show
    template = environment.get_template("page.html.j2")
    unique = [_distinct_ids(section, i) for i, section in enumerate(sections)]
    return template.render(
        title=title, lead=lead, sections=unique, provenance=dict(provenance or {})
    )


def _distinct_ids(section: Section, number: int) -> Section:
    """Give the ids inside each SVG a prefix of their own: on one page they must not meet."""
    from dataclasses import replace

    pictures = [
        replace(p, svg=re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>s{number}p{k}-", p.svg))
        for k, p in enumerate(section.pictures)
    ]
    return replace(section, pictures=pictures)


def write_report(
    path: Path,
    title: str,
    lead: str,
    sections: Sequence[Section],
    provenance: Mapping[str, Any] | None = None,
) -> None:
    """Write the page that `render` returns."""
    path.write_text(render(title, lead, sections, provenance), encoding="utf-8")
