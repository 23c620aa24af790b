"""An event service that speaks the FDSN protocol, read in its text format."""

from __future__ import annotations

import http.client
import math
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from asperity.core.errors import DataError, InputError
from asperity.core.times import parse_times
from asperity.evt.watch.sources import Look
from asperity.evt.watch.store import Event, Frame

__all__ = ["FdsnSource", "parse_event_text"]

_AGAIN = (408, 425, 429, 500, 502, 503, 504)
"""Answers after which it is worth asking again."""
_COLUMNS = {"id": "eventid", "time": "time", "magnitude": "magnitude", "type": "magtype"}


@dataclass
class FdsnSource:
    """The events of a service at or above a magnitude, from a time on.

    Parameters
    ----------
    address : str
        Of the service, up to its version, such as ``https://HOST/fdsnws/event/1``.
    parameters : mapping of str to str
        Of the query: ``starttime``, ``minmagnitude``, ``minlatitude``, ...
    timeout : float, optional
        Seconds to wait for an answer.
    attempts : int, optional
        How often to ask before a look fails.
    wait : callable, optional
        Waits so many seconds between the attempts: 1, 2, 4, ...

    Notes
    -----
    Every look asks for the whole window, so that revised events come again and
    withdrawn ones are missing. A service that answers 204 (or 404 with ``nodata=404``)
    has no such event. An answer that breaks off is no answer.

    References
    ----------
    FDSN Web Service Specifications, version 1.2: fdsnws-event.
    """

    address: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 30.0
    attempts: int = 3
    wait: Callable[[float], None] = time.sleep

    @property
    def name(self) -> str:
        """The address of the query."""
        query = {"format": "text", "orderby": "time-asc", "nodata": "204", **self.parameters}
        return f"{self.address.rstrip('/')}/query?{urllib.parse.urlencode(query)}"

    def look(self, *, again: bool = False) -> Look:
        """Ask for the events, every time.

        Raises
        ------
        DataError
            If there is no answer after all attempts.
        InputError
            If the service refuses the question.
        """
        del again
        failure = ""
        for attempt in range(self.attempts):
            if attempt:
                self.wait(2.0 ** (attempt - 1))
            try:
                return self._ask()
            except urllib.error.HTTPError as error:
                failure = f"{error.code} {error.reason}"
                if error.code not in _AGAIN:
                    said = " ".join(error.read(300).decode("utf-8", "replace").split())
                    raise InputError(
                        f"{self.address}: the service answers {failure} ({said}); check the "
                        "address, --start and --region"
                    ) from None
            except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
                reason = getattr(error, "reason", None) or error
                failure = str(reason) or type(error).__name__
        raise DataError(
            f"{self.address}: no answer in {self.attempts} attempts ({failure}); "
            "is the network there, and the service up?"
        )

    def _ask(self) -> Look:
        request = urllib.request.Request(self.name, headers={"User-Agent": "asperity"})
        # The scheme was checked when the source was named.
        with urllib.request.urlopen(request, timeout=self.timeout) as answer:
            if answer.status == 204:
                return Look((), Frame(), True)
            data: bytes = answer.read()
        text = data.decode("utf-8", "replace")
        whole = not text or text.endswith("\n")
        if not whole:
            text = text[: text.rfind("\n") + 1]
        events, notes = parse_event_text(text)
        if not whole:
            notes = (*notes, "the answer breaks off in its last line, which is left out")
        return Look(events, Frame(), whole, notes)


def parse_event_text(text: str) -> tuple[list[Event], tuple[str, ...]]:
    r"""Read the text format of an event service.

    Parameters
    ----------
    text : str
        A header ``#EventID|Time|...`` and a line for each event.

    Returns
    -------
    events : list of Event
        Times in nanoseconds since 1970.
    notes : tuple of str
        Lines that could not be read.

    Raises
    ------
    InputError
        If the header does not name what is needed.

    Examples
    --------
    >>> text = "#EventID|Time|MagType|Magnitude\nab1|1970-01-01T00:00:01|ML|2.3\n"
    >>> parse_event_text(text)[0]
    [Event(event_id='ab1', time=1000000000, magnitude=2.3, magnitude_type='ML')]
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return [], ()
    head = [name.strip().lower().lstrip("#").replace(" ", "") for name in lines[0].split("|")]
    if not set(_COLUMNS.values()) <= set(head):
        raise InputError(
            f"the service answered no list of events: {lines[0][:80]!r}; expected "
            "#EventID|Time|...|MagType|Magnitude|..."
        )
    place = {key: head.index(name) for key, name in _COLUMNS.items()}
    rows = [[part.strip() for part in line.split("|")] for line in lines[1:]]
    bad = [line for line, row in zip(lines[1:], rows, strict=True) if len(row) < len(head) - 1]
    rows = [[*row, ""] for row in rows if len(row) >= len(head) - 1]
    times, unit, valid = parse_times([row[place["time"]].removesuffix("Z") for row in rows])
    factor = 1 if unit == "ns" else 1000
    events = []
    for row, moment, known in zip(rows, times.tolist(), valid.tolist(), strict=True):
        name, magnitude = row[place["id"]], row[place["magnitude"]]
        try:
            size = float(magnitude) if magnitude else math.nan
        except ValueError:
            known = False
        if not known or not name:
            bad.append("|".join(row))
            continue
        events.append(Event(name, moment * factor, size, row[place["type"]]))
    notes = (f"{len(bad)} lines left out, such as {bad[0][:80]!r}",) if bad else ()
    return events, notes
