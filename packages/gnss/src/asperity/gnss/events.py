"""The M >= 7 earthquakes of western China and its surroundings since 2000 (Ma et al. 2024).

Which nine events the article counts is inferred: the list has its split into five
strike-slip and four dip-slip events and holds those it names.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EVENTS", "Event"]


@dataclass(frozen=True)
class Event:
    """An earthquake.

    Parameters
    ----------
    name : str
    time : str
        UTC.
    longitude, latitude : float
        Epicentre, degrees.
    magnitude : float
        Ms of the China Earthquake Networks Center in the table; of a catalog, its own.
    style : {"strike-slip", "normal", "thrust", "odd", ""}
        Odd is none of the three; empty where the mechanism is not known.
    moment_magnitude : float, optional
    source : str, optional
        Of the epicentre.
    """

    name: str
    time: str
    longitude: float
    latitude: float
    magnitude: float
    style: str
    moment_magnitude: float | None = None
    source: str = ""

    @property
    def year(self) -> str:
        """Year of the event, four digits."""
        return self.time[:4]


_USGS = "U.S. Geological Survey"
_ROUNDED = "rounded, after several agencies"

#: Places to a few kilometres: against the ISC-GEM catalog (which ends in 2012) the epicentres of
#: Kunlun, Yutian 2008 and Yushu differ by 2 to 4 km, that of Wenchuan by 8 km.
EVENTS: tuple[Event, ...] = (
    Event("Kunlun", "2001-11-14T09:26:10", 90.541, 35.946, 8.1, "strike-slip", 7.8, _USGS),
    Event("Yutian", "2008-03-20T22:33", 81.392, 35.445, 7.3, "normal", 7.1, _USGS),
    Event("Wenchuan", "2008-05-12T06:28:01", 103.32, 31.00, 8.0, "thrust", 7.9, _ROUNDED),
    Event("Yushu", "2010-04-13T23:49:38", 96.629, 33.165, 7.1, "strike-slip", 6.9, _USGS),
    Event("Lushan", "2013-04-20T00:02", 102.888, 30.308, 7.0, "thrust", 6.6, _USGS),
    Event("Yutian", "2014-02-12T09:19:48", 82.5, 36.1, 7.3, "strike-slip", 6.9, _ROUNDED),
    Event("Jiuzhaigou", "2017-08-08T13:19:49", 103.855, 33.193, 7.0, "strike-slip", 6.5, _USGS),
    Event("Maduo", "2021-05-21T18:04:13", 98.255, 34.586, 7.4, "strike-slip", 7.4, _USGS),
    Event("Wushi", "2024-01-22T18:09:04", 78.654, 41.256, 7.1, "thrust", 7.0, _USGS),
)
