"""The velocities of a GNSS network: one table of stations, checked once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import DataError, InputError
from asperity.core.notebook import Shown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "Network", "wrap_longitude"]

Numbers = NDArray[np.float64]

_TEXTS = ("site", "source")
_REQUIRED = ("longitude", "latitude", "east", "north")
COLUMNS = (
    "site", "longitude", "latitude", "height", "east", "north", "up",
    "sd_east", "sd_north", "sd_up", "correlation", "start", "end", "source",
)  # fmt: skip
"""Names of the columns, in the order of the table."""


@dataclass(frozen=True, eq=False, repr=False)
class Network(Shown):
    """Station velocities with their covariances, in one reference frame.

    Columns are read-only arrays of one length n, checked when the network is
    made; `from_columns` fills in what is not known.

    Parameters
    ----------
    site : ndarray of object, shape (n,)
        Names; they may repeat.
    longitude, latitude : ndarray, shape (n,)
        Degrees; longitudes are wrapped to -180 up to, not including, 180.
    height : ndarray, shape (n,)
        Metres above the ellipsoid, NaN where not known.
    east, north, up : ndarray, shape (n,)
        Velocity, mm/yr; `up` is NaN where not known. It is carried along and
        takes no part in strain.
    sd_east, sd_north, sd_up : ndarray, shape (n,)
        Standard deviations (1 sigma), mm/yr, above zero, NaN where not known.
    correlation : ndarray, shape (n,)
        Between east and north, inside -1 to 1.
    start, end : ndarray, shape (n,)
        Time span of the observations, decimal years, NaN where not known.
    source : ndarray of object, shape (n,)
        Where each row comes from.
    frame : str
        Reference frame of the velocities, such as ``ITRF2014`` or ``eurasia``;
        empty where not known.

    Raises
    ------
    InputError
        If columns differ in length, or a value is not allowed; the message names
        the row, from 0, and the site.

    Examples
    --------
    >>> network = Network.from_columns(
    ...     longitude=[-229.0, 112.0], latitude=[30.0, 31.0], east=[6.9, 7.1], north=[-2.2, -2.0],
    ...     sd_east=0.5, sd_north=0.5, site=["LHAS", "WUHN"], frame="eurasia")
    >>> network.longitude.tolist()
    [131.0, 112.0]
    >>> network.select(network.latitude > 30.5)
    <Network: stations 1, frame eurasia, west/east/south/north 112/112/31/31>
    """

    site: NDArray[np.object_]
    longitude: Numbers
    latitude: Numbers
    height: Numbers
    east: Numbers
    north: Numbers
    up: Numbers
    sd_east: Numbers
    sd_north: Numbers
    sd_up: Numbers
    correlation: Numbers
    start: Numbers
    end: Numbers
    source: NDArray[np.object_]
    frame: str = ""

    def __post_init__(self) -> None:
        for name in COLUMNS:
            kind: Any = object if name in _TEXTS else np.float64
            # A copy, so that nobody else can write into a checked column.
            values = np.array(getattr(self, name), dtype=kind)
            object.__setattr__(self, name, values)
        lengths = {name: getattr(self, name).shape for name in COLUMNS}
        if any(len(shape) != 1 for shape in lengths.values()) or len(set(lengths.values())) != 1:
            raise InputError(
                "columns of a network are one-dimensional and of one length; found "
                + ", ".join(f"{name} {shape}" for name, shape in lengths.items())
            )
        self._check()
        object.__setattr__(self, "longitude", wrap_longitude(self.longitude))
        for name in COLUMNS:
            getattr(self, name).flags.writeable = False

    def _check(self) -> None:
        """Refuse the first value that is not allowed."""
        for column, values, allowed in self._rules():
            wrong = np.flatnonzero(~allowed[0])
            if wrong.size:
                row = int(wrong[0])
                raise InputError(
                    f"network, row {row} ({self.site[row]}), {column}: found {values[row]:g}, "
                    f"expected {allowed[1]}"
                )

    def _rules(self) -> list[tuple[str, Numbers, tuple[NDArray[np.bool_], str]]]:
        """Return each column with where it is allowed, and what is expected."""
        finite = "a finite number"
        rules = [
            ("longitude", np.isfinite(self.longitude), "a finite number of degrees"),
            ("latitude", np.abs(self.latitude) <= 90.0, "degrees from -90 to 90"),
            ("east", np.isfinite(self.east), finite),
            ("north", np.isfinite(self.north), finite),
            ("correlation", np.abs(self.correlation) < 1.0, "a number inside -1 to 1"),
        ]
        for name in ("sd_east", "sd_north", "sd_up"):
            values = getattr(self, name)
            allowed = (values > 0.0) & np.isfinite(values) | np.isnan(values)
            rules.append((name, allowed, "a finite number above zero, mm/yr"))
        for name in ("height", "up", "start", "end"):
            rules.append((name, ~np.isinf(getattr(self, name)), "a finite number or NaN"))
        rules.append(("end", ~(self.end < self.start), "a year that is not before the start"))
        return [(name, getattr(self, name), (where, text)) for name, where, text in rules]

    @classmethod
    def from_columns(cls, *, frame: str = "", **columns: Any) -> Self:
        """Build a network from the columns that are known.

        Parameters
        ----------
        frame : str, optional
        **columns
            Arrays of shape (n,), or one value for all rows. `longitude`, `latitude`,
            `east` and `north` are required; sites are numbered, `correlation` is 0 and
            the others are not known unless they are given.

        Raises
        ------
        InputError
            If a column is unknown, missing, or holds what is not allowed.
        """
        unknown = sorted(columns.keys() - set(COLUMNS))
        missing = [name for name in _REQUIRED if name not in columns]
        if unknown or missing:
            raise InputError(
                f"columns of a network are {', '.join(COLUMNS)}; "
                f"unknown: {', '.join(unknown) or 'none'}, missing: {', '.join(missing) or 'none'}"
            )
        n = int(np.asarray(columns["longitude"]).size)
        width = len(str(max(n - 1, 0)))
        defaults: dict[str, Any] = dict.fromkeys(COLUMNS, np.nan)
        defaults |= {"site": [f"{i:0{width}d}" for i in range(n)], "source": "", "correlation": 0.0}
        full = {}
        for name, given in (defaults | columns).items():
            values = np.asarray(given, dtype=object if name in _TEXTS else np.float64)
            full[name] = np.full(n, values.item(), values.dtype) if values.ndim == 0 else values
        return cls(**full, frame=frame)

    @classmethod
    def concatenate(cls, networks: Sequence[Network]) -> Self:
        """Return the rows of several networks of one frame as one network.

        Raises
        ------
        InputError
            If there is none, or their frames differ.
        """
        frames = {network.frame for network in networks}
        if len(frames) != 1:
            raise InputError(
                f"networks to be joined need one frame; found {sorted(frames)}: "
                "bring them into one with gnss combine"
            )
        columns = {
            name: np.concatenate([getattr(network, name) for network in networks])
            for name in COLUMNS
        }
        return cls(**columns, frame=frames.pop())

    def __len__(self) -> int:
        return int(self.site.size)

    def _facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = {"stations": len(self), "frame": self.frame or "not known"}
        if len(self):
            edges = [f(v) for v in self.coordinates for f in (np.min, np.max)]
            facts["west/east/south/north"] = "/".join(f"{v:.4g}" for v in edges)
        return facts

    @property
    def coordinates(self) -> tuple[Numbers, Numbers]:
        """Longitude and latitude, degrees, shape (n,) each."""
        return self.longitude, self.latitude

    @property
    def velocities(self) -> Numbers:
        """East and north velocity, mm/yr, shape (n, 2)."""
        return np.column_stack([self.east, self.north])

    @property
    def has_deviations(self) -> bool:
        """Whether every row has standard deviations east and north."""
        return bool(np.isfinite(self.sd_east).all() and np.isfinite(self.sd_north).all())

    @property
    def covariances(self) -> Numbers:
        """Covariance of east and north, mm2/yr2, shape (n, 2, 2).

        Raises
        ------
        DataError
            If a standard deviation is not known.
        """
        if not self.has_deviations:
            row = int(np.flatnonzero(np.isnan(self.sd_east) | np.isnan(self.sd_north))[0])
            raise DataError(
                f"the network has no standard deviation at row {row} ({self.site[row]}); "
                "state one for such rows with --sigma MM/YR (Network.with_deviation)"
            )
        cross = self.correlation * self.sd_east * self.sd_north
        rows = [[self.sd_east**2, cross], [cross, self.sd_north**2]]
        return np.moveaxis(np.array(rows), -1, 0)

    def select(self, rows: ArrayLike | slice) -> Network:
        """Return the rows of a mask or of an index array, in its order.

        Parameters
        ----------
        rows : array_like of bool, shape (n,), or of int, shape (m,), or slice

        Raises
        ------
        InputError
            If a mask is not of length n or an index lies outside.
        """
        index = rows if isinstance(rows, slice) else np.asarray(rows)
        if isinstance(index, np.ndarray):
            if index.dtype == bool and index.shape != (len(self),):
                raise InputError(f"a mask of shape {index.shape} for {len(self)} stations")
            if index.dtype != bool:
                index = index.astype(np.intp) if index.size == 0 else index
                if index.ndim != 1 or not np.issubdtype(index.dtype, np.integer):
                    raise InputError("rows are a mask or a one-dimensional array of integers")
                if index.size and not -len(self) <= index.min() <= index.max() < len(self):
                    raise InputError(f"a row outside 0 to {len(self) - 1}: {index.max()}")
        columns = {name: getattr(self, name)[index] for name in COLUMNS}
        return type(self)(**columns, frame=self.frame)

    def replace(self, *, frame: str | None = None, **columns: Any) -> Network:
        """Return the network with some columns, or the frame, replaced."""
        merged = {name: getattr(self, name) for name in COLUMNS} | columns
        return type(self).from_columns(frame=self.frame if frame is None else frame, **merged)

    def with_deviation(self, sigma: float) -> Network:
        """Return the network with a standard deviation (mm/yr) where none is known."""
        return self.replace(
            sd_east=np.where(np.isnan(self.sd_east), sigma, self.sd_east),
            sd_north=np.where(np.isnan(self.sd_north), sigma, self.sd_north),
        )

    def to_columns(self) -> Mapping[str, NDArray[Any]]:
        """Return the columns by name."""
        return {name: getattr(self, name) for name in COLUMNS}

    def to_pandas(self) -> pd.DataFrame:
        """Return the table as a DataFrame; the frame is in its ``attrs``."""
        import pandas as pd

        table = pd.DataFrame(dict(self.to_columns()))
        table.attrs["frame"] = self.frame
        return table


def wrap_longitude(longitude: ArrayLike) -> Numbers:
    """Return longitudes of any turn as -180 up to, not including, 180 degrees.

    Values that lie there already are returned to the last bit.

    Examples
    --------
    >>> wrap_longitude([-229.156, 359.5, 180.0, 12.1]).round(3).tolist()
    [130.844, -0.5, -180.0, 12.1]
    """
    degrees = np.asarray(longitude, dtype=np.float64)
    inside = (degrees >= -180.0) & (degrees < 180.0)
    wrapped = np.where(inside, degrees, np.mod(degrees + 180.0, 360.0) - 180.0)
    # The remainder of what lies a rounding error west of -180 is rounded up to 360.
    return np.asarray(np.where(wrapped >= 180.0, -180.0, wrapped))
