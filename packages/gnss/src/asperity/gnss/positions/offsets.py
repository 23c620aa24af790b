"""When a station may have moved at once: lists of equipment changes, and earthquakes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.gnss.positions.series import PositionSeries, julian_years
from asperity.gnss.positions.trajectory import Offset
from asperity.gnss.velocities.formats.table import TextFile

if TYPE_CHECKING:
    from asperity.core.catalog import Catalog

__all__ = ["Earthquakes", "OffsetList", "parse_offset_time", "read_offsets"]

EVERY = "*"
"""Name of a station that stands for all."""


def parse_offset_time(text: str) -> float:
    """Return the year (of 365.25 days) of an ISO 8601 time or of a decimal year.

    Raises
    ------
    InputError
        If the text is neither, or a time that nanoseconds since 1970 do not reach.

    Examples
    --------
    >>> round(parse_offset_time("2004-01-01T12:00"), 6), parse_offset_time("2011.25")
    (2004.0, 2011.25)
    """
    from asperity.core.times import parse_time

    if re.fullmatch(r"[12]\d{3}\.\d+", text):
        return float(text)
    nanoseconds = parse_time(text, "ns")
    if abs(nanoseconds) > np.iinfo(np.int64).max:
        raise InputError(f"found {text!r}; steps lie in the years 1678 to 2261")
    return float(julian_years(np.datetime64(nanoseconds, "ns")))


@dataclass(frozen=True)
class OffsetList:
    """Times of possible steps by station.

    Parameters
    ----------
    entries : tuple of (str, Offset)
        Name of a station, ``*`` for all, and the step.
    """

    entries: tuple[tuple[str, Offset], ...] = ()

    def of(self, site: str) -> tuple[Offset, ...]:
        """Return the steps of a station."""
        wanted = (site.upper(), EVERY)
        return tuple(offset for name, offset in self.entries if name in wanted)


def read_offsets(path: Path | str) -> OffsetList:
    """Read a list of possible steps: ``SITE TIME [what happened]``, one a line.

    Parameters
    ----------
    path : Path or str
        Fields parted by white space or commas; ``#`` starts a comment; the time is ISO
        8601 or a decimal year; the station ``*`` stands for all.

    Raises
    ------
    InputError
        If a line has no time; the message names it.
    """
    text = TextFile.open(path)
    entries = []
    for number, line in text.lines:
        fields = line.partition("#")[0].replace(",", " ").split(maxsplit=2)
        if not fields or fields[0].lower() == "site":
            continue
        if len(fields) < 2:
            raise InputError(
                f"{text.name}, line {number}: found {line.strip()[:40]!r}; expected a station and "
                "a time, such as LHAS 2002-11-14 antenna"
            )
        try:
            year = parse_offset_time(fields[1])
        except InputError as error:
            raise InputError(f"{text.name}, line {number}: {error}") from None
        label = fields[2].strip() if len(fields) > 2 else ""
        entries.append((fields[0].upper(), Offset(year, "equipment", label)))
    return OffsetList(tuple(entries))


@dataclass(frozen=True)
class Earthquakes:
    """What the rule of distance needs of a catalog.

    Parameters
    ----------
    years, longitude, latitude, magnitude : ndarray, shape (n,)
        Years of 365.25 days; degrees.
    labels : tuple of str
    """

    years: NDArray[np.float64]
    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    magnitude: NDArray[np.float64]
    labels: tuple[str, ...]

    @classmethod
    def of(cls, catalog: Catalog, least: float = 5.0) -> Earthquakes:
        """Return the events of magnitude `least` or more.

        Raises
        ------
        InputError
            If the catalog has no dates or no places.
        """
        if catalog.time_frame != "utc" or catalog.frame != "geographic":
            raise InputError(
                f"a catalog of time frame {catalog.time_frame!r} and frame {catalog.frame!r}; "
                "steps need dates (utc), latitudes and longitudes (geographic)"
            )
        magnitude = catalog["magnitude"]
        places = np.isfinite(catalog["longitude"]) & np.isfinite(catalog["latitude"])
        rows = np.flatnonzero(places & (magnitude >= least))
        stamps = catalog["time"][rows].astype(f"datetime64[{catalog.time_unit}]")
        labels = [f"M {m:.1f} {str(t)[:16]}" for m, t in zip(magnitude[rows], stamps, strict=True)]
        longitude, latitude = (catalog[name][rows] for name in ("longitude", "latitude"))
        return cls(julian_years(stamps), longitude, latitude, magnitude[rows], tuple(labels))

    def near(self, series: PositionSeries) -> tuple[Offset, ...]:
        """Return the events that may have moved a station while it was observed.

        Notes
        -----
        Those within 10^(M/2 - 0.8) km, the rule of the Nevada Geodetic Laboratory
        (Blewitt et al. 2018, doi:10.1029/2018EO104623).

        Raises
        ------
        InputError
            If the place of the station is not known.
        """
        if not self.years.size:
            return ()
        if not series.has_place:
            raise InputError(
                f"station {series.site or '(no name)'}: its place is not known, so that no "
                "earthquake can be near; give it with --sites"
            )
        from asperity.core.geometry import geodesic_distance

        years = series.years
        while_observed = np.flatnonzero((self.years > years[0]) & (self.years < years[-1]))
        distance = (
            geodesic_distance(
                series.latitude, series.longitude, self.latitude[while_observed],
                self.longitude[while_observed],
            )
            / 1e3
        )  # fmt: skip
        reach = 10.0 ** (self.magnitude[while_observed] / 2.0 - 0.8)
        return tuple(
            Offset(
                float(self.years[row]), "earthquake", self.labels[row],
                float(self.magnitude[row]), float(d),
            )
            for row, d in zip(
                while_observed[distance <= reach], distance[distance <= reach], strict=True
            )
        )  # fmt: skip


def possible_steps(
    series: PositionSeries, listed: OffsetList, earthquakes: Earthquakes | None
) -> tuple[Offset, ...]:
    """Return the steps that a station may have, in time order."""
    near: Sequence[Offset] = earthquakes.near(series) if earthquakes is not None else ()
    return tuple(sorted([*listed.of(series.site), *near], key=lambda offset: offset.year))
