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
        Ms of the China Earthquake Networks Center.
    style : {"strike-slip", "normal", "thrust"}
    """

    name: str
    time: str
    longitude: float
    latitude: float
    magnitude: float
    style: str

    @property
    def year(self) -> str:
        """Year of the event, four digits."""
        return self.time[:4]


#: Epicentres after the U.S. Geological Survey, except Wenchuan and Yutian 2014 (rounded values).
EVENTS: tuple[Event, ...] = (
    Event("Kunlun", "2001-11-14T09:26:10", 90.541, 35.946, 8.1, "strike-slip"),
    Event("Yutian", "2008-03-20T22:33", 81.392, 35.445, 7.3, "normal"),
    Event("Wenchuan", "2008-05-12T06:28:01", 103.32, 31.00, 8.0, "thrust"),
    Event("Yushu", "2010-04-13T23:49:38", 96.629, 33.165, 7.1, "strike-slip"),
    Event("Lushan", "2013-04-20T00:02", 102.888, 30.308, 7.0, "thrust"),
    Event("Yutian", "2014-02-12T09:19:48", 82.5, 36.1, 7.3, "strike-slip"),
    Event("Jiuzhaigou", "2017-08-08T13:19:49", 103.855, 33.193, 7.0, "strike-slip"),
    Event("Maduo", "2021-05-21T18:04:13", 98.255, 34.586, 7.4, "strike-slip"),
    Event("Wushi", "2024-01-22T18:09:04", 78.654, 41.256, 7.1, "thrust"),
)
