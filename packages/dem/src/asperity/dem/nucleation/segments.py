"""Forces of grains in an episode: a line before, a jump at its peak, a line after it.

The shape of such a ladder has one of eight classes, the signs of slope, jump and slope
(Ye, Lui & Young 2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import InputError
from asperity.dem.nucleation.episodes import Episode

__all__ = ["CLASSES", "Ladder", "classes_of", "ladder", "segment_table"]

Array = NDArray[np.float64]
#: Signs of the slope before, the jump and the slope after, by class.
CLASSES: dict[int, tuple[int, int, int]] = {
    1: (1, -1, 1), 2: (1, 1, 1), 3: (1, 1, -1), 4: (1, -1, -1),
    5: (-1, 1, -1), 6: (-1, -1, -1), 7: (-1, -1, 1), 8: (-1, 1, 1),
}  # fmt: skip
#: No line after the peak (the contact has died), none before it (it was dead).
NO_POST, NO_PRE, NO_CLASS = 9, 10, 0
_BY_SIGNS = {signs: number for number, signs in CLASSES.items()}
#: Least number of samples to which a line is fitted.
LEAST = 3


@dataclass(frozen=True)
class Ladder:
    """Lines before and after a moment, one entry a contact.

    Parameters
    ----------
    pre, post : ndarray, shape (c,)
        Slopes, N/s; NaN where no line can be fitted.
    jump : ndarray, shape (c,)
        Line after less line before, at the moment, N.
    level : ndarray, shape (c,)
        Line before at the moment, N.
    change : ndarray, shape (c,)
        From the beginning of the first line to the end of the second, N.
    """

    pre: Array
    post: Array
    jump: Array
    level: Array
    change: Array


def ladder(times: ArrayLike, forces: ArrayLike, peak: float) -> Ladder:
    """Fit lines to forces before and after a moment, by least squares.

    Parameters
    ----------
    times : array_like, shape (t,)
        Of the samples of one window, s.
    forces : array_like, shape (t, c)
        N. A contact without any force on a side has no line there.
    peak : float
        The moment, s; a sample at it belongs to the second line.

    Returns
    -------
    Ladder
    """
    t = np.asarray(times, float)
    f = np.asarray(forces, float)
    before, after = t < peak, t >= peak
    pre, level = _line(t[before] - peak, f[before])
    post, start = _line(t[after] - peak, f[after])
    begin = t[0] - peak if len(t) else 0.0
    end = t[-1] - peak if len(t) else 0.0
    return Ladder(pre, post, start - level, level, start + post * end - (level + pre * begin))


def _line(t: Array, f: Array) -> tuple[Array, Array]:
    """Return slopes and values at t = 0 of lines through samples; NaN where there is none."""
    contacts = f.shape[1]
    if len(t) < LEAST:
        return np.full(contacts, np.nan), np.full(contacts, np.nan)
    centred = t - t.mean()
    mean = f.mean(axis=0)
    slope = centred @ (f - mean) / (centred @ centred)
    slope[~f.any(axis=0)] = np.nan
    return slope, mean - slope * t.mean()


def classes_of(pre: ArrayLike, jump: ArrayLike, post: ArrayLike) -> NDArray[np.int8]:
    """Return the class of each ladder.

    Returns
    -------
    ndarray of int8
        1 to 8 by `CLASSES`; 9 without a line after, 10 without one before, 0 where a slope
        or the jump is exactly zero.
    """
    a, b, c = (np.asarray(x, float) for x in (pre, jump, post))
    out = np.zeros(a.shape, np.int8)
    for number, signs in CLASSES.items():
        same = (np.sign(a) == signs[0]) & (np.sign(b) == signs[1]) & (np.sign(c) == signs[2])
        out[same] = number
    out[np.isnan(c)] = NO_POST
    out[np.isnan(a)] = NO_PRE
    return out


def segment_table(
    contacts: xr.Dataset, episodes: Sequence[Episode], mainshock: float
) -> xr.Dataset:
    """Return the ladders of all contacts in all episodes.

    Parameters
    ----------
    contacts : xarray.Dataset
        Sampled joints, see `asperity.dem.laboratory.results.contacts_dataset`.
    episodes : sequence of Episode
        Before the mainshock.
    mainshock : float
        Its time, s since the loading began.

    Returns
    -------
    xarray.Dataset
        Dimensions ``episode`` and ``contact``: ``normal_pre, normal_jump, normal_post,
        normal_level, normal_change``, the same of ``shear`` and of ``strength`` (the shear
        force that a joint bears), ``normal_class`` and ``shear_class``, and ``friction``, the
        coefficient in force at the peak; of the episodes ``peak``, ``time_to_mainshock`` and
        ``duration``, s.

    Raises
    ------
    InputError
        If the contacts were not sampled in the time of the episodes.
    """
    time = contacts["time"].values
    if not len(episodes) or not len(time) or not contacts.sizes["contact"]:
        raise InputError("no episodes or no sampled contacts: there are no segments of force")
    forces = {
        "normal": contacts["normal_force"].values,
        "shear": contacts["shear_force"].values,
        "strength": contacts["strength"].values,
    }
    friction = contacts["friction"].values
    parts: dict[str, list[Array]] = {}
    for episode in episodes:
        window = (time >= episode.begin) & (time < episode.end)
        at = min(int(np.searchsorted(time, episode.peak)), len(time) - 1)
        parts.setdefault("friction", []).append(friction[at].astype(float))
        for name, values in forces.items():
            found = ladder(time[window], values[window], episode.peak)
            for key in ("pre", "jump", "post", "level", "change"):
                parts.setdefault(f"{name}_{key}", []).append(getattr(found, key))
    variables = {
        name: (("episode", "contact"), np.array(rows), {"units": _unit(name)})
        for name, rows in parts.items()
    }
    table = xr.Dataset(
        variables,
        coords={
            "peak": ("episode", [e.peak for e in episodes], {"units": "s"}),
            "time_to_mainshock": (
                "episode", [mainshock - e.peak for e in episodes], {"units": "s"},
            ),
            "duration": ("episode", [e.end - e.begin for e in episodes], {"units": "s"}),
            "area": ("contact", contacts["area"].values, {"units": "m2"}),
        },
        attrs={"title": "segments of contact forces"},
    )  # fmt: skip
    for name in ("normal", "shear"):
        kinds = classes_of(*(table[f"{name}_{key}"].values for key in ("pre", "jump", "post")))
        table[f"{name}_class"] = (("episode", "contact"), kinds)
    return table


def _unit(name: str) -> str:
    if name == "friction":
        return "1"
    return "N s-1" if name.endswith(("pre", "post")) else "N"
