"""The positions of a GNSS station in time, labelled and checked once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.errors import InputError
from asperity.core.notebook import Shown
from asperity.gnss.velocities.network import wrap_longitude

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "COMPONENTS",
    "CORRELATIONS",
    "DEVIATIONS",
    "PositionSeries",
    "from_julian_years",
    "julian_years",
]

Numbers = NDArray[np.float64]
Times = NDArray[np.datetime64]

COMPONENTS = ("east", "north", "up")
DEVIATIONS = ("sd_east", "sd_north", "sd_up")
CORRELATIONS = ("correlation_en", "correlation_eu", "correlation_nu")
_J2000 = np.datetime64("2000-01-01T12:00:00", "ns")
_YEAR = 365.25 * 86_400e9  # nanoseconds


def julian_years(times: ArrayLike) -> Numbers:
    """Return times as years of 365.25 days, counted so that J2000.0 is 2000.0.

    Examples
    --------
    >>> julian_years(np.array(["2000-01-01T12:00", "2004-01-01T12:00"], dtype="M8[ns]")).tolist()
    [2000.0, 2004.0]
    """
    ticks = (np.asarray(times, dtype="datetime64[ns]") - _J2000).astype(np.int64)
    return np.asarray(2000.0 + ticks / _YEAR)


def from_julian_years(years: ArrayLike) -> Times:
    """Return the times of years of 365.25 days, to the second.

    Examples
    --------
    >>> str(from_julian_years(2004.0))[:16]
    '2004-01-01T12:00'
    """
    seconds = np.round((np.asarray(years, dtype=np.float64) - 2000.0) * (_YEAR / 1e9))
    return np.asarray(_J2000 + seconds.astype("timedelta64[s]"))


@dataclass(frozen=True, eq=False, repr=False)
class PositionSeries(Shown):
    """Positions of one station relative to a fixed point, in time order.

    Parameters
    ----------
    dataset : xarray.Dataset
        One dimension, ``time`` (datetime64[ns], increasing). Variables ``east``,
        ``north``, ``up`` (mm), their standard deviations ``sd_east``, ``sd_north``,
        ``sd_up`` (mm, NaN where not known) and correlations ``correlation_en``,
        ``correlation_eu``, ``correlation_nu``. Attributes ``site``, ``longitude``
        and ``latitude`` (degrees), ``height`` (m), NaN where not known, ``frame``.

    Examples
    --------
    >>> days = np.datetime64("2015-01-01T12:00") + np.arange(3) * np.timedelta64(1, "D")
    >>> series = PositionSeries.from_arrays(days, [[0.0, 0.1, 0.2]] * 3, site="KKN4")
    >>> series
    <PositionSeries: site KKN4, epochs 3, days 2015-01-01 to 2015-01-03>
    """

    dataset: xr.Dataset

    @classmethod
    def from_arrays(
        cls,
        times: ArrayLike,
        positions: ArrayLike,
        deviations: ArrayLike | None = None,
        correlations: ArrayLike | None = None,
        *,
        site: str = "",
        longitude: float = np.nan,
        latitude: float = np.nan,
        height: float = np.nan,
        frame: str = "",
    ) -> Self:
        """Build a series from arrays.

        Parameters
        ----------
        times : array_like of datetime64, shape (n,)
            Increasing, without duplicates.
        positions : array_like, shape (3, n)
            East, north and up, mm.
        deviations : array_like, shape (3, n), optional
            Standard deviations (1 sigma), mm.
        correlations : array_like, shape (3, n), optional
            Between east and north, east and up, north and up.
        site : str, optional
        longitude, latitude : float, optional
            Degrees.
        height : float, optional
            Metres above the ellipsoid.
        frame : str, optional

        Raises
        ------
        InputError
            If shapes do not fit, times do not increase, a position is not finite,
            or a deviation is not above zero.
        """
        import xarray as xr

        stamps = np.asarray(times, dtype="datetime64[ns]")
        n = stamps.size
        blocks = {
            COMPONENTS: positions,
            DEVIATIONS: np.full((3, n), np.nan) if deviations is None else deviations,
            CORRELATIONS: np.zeros((3, n)) if correlations is None else correlations,
        }
        variables: dict[str, Any] = {}
        for names, block in blocks.items():
            values = np.array(block, dtype=np.float64)
            if stamps.ndim != 1 or values.shape != (3, n):
                raise InputError(
                    f"station {site or '(no name)'}: {names[0]}, {names[1]} and {names[2]} have "
                    f"the shape {values.shape}; expected (3, {n}) for {n} epochs"
                )
            variables |= {k: ("time", v) for k, v in zip(names, values, strict=True)}
        place = {"longitude": float(wrap_longitude(longitude)), "latitude": float(latitude)}
        attributes = {"site": site, **place, "height": float(height), "frame": frame}
        series = cls(xr.Dataset(variables, {"time": stamps}, attributes))
        series._check()
        return series

    def _check(self) -> None:
        """Refuse the first epoch that is not allowed."""
        where = f"station {self.site or '(no name)'}"
        backwards = np.flatnonzero(np.diff(self.times) <= np.timedelta64(0))
        if backwards.size:
            row = int(backwards[0]) + 1
            raise InputError(
                f"{where}, epoch {row} ({self.times[row]}): not after the one before it; sort the "
                "epochs and leave duplicates out"
            )
        rules = (
            (COMPONENTS, np.isfinite, "a finite number of mm"),
            (DEVIATIONS, lambda v: np.isnan(v) | ((v > 0) & np.isfinite(v)), "mm above zero"),
            (CORRELATIONS, lambda v: np.abs(v) < 1.0, "a number inside -1 to 1"),
        )
        for names, allowed, expected in rules:
            for name in names:
                values = self.dataset[name].to_numpy()
                wrong = np.flatnonzero(~allowed(values))
                if wrong.size:
                    row = int(wrong[0])
                    raise InputError(
                        f"{where}, epoch {row} ({self.times[row]}), {name}: found "
                        f"{values[row]:g}, expected {expected}"
                    )
        if abs(self.latitude) > 90.0:
            raise InputError(f"{where}: latitude {self.latitude:g}; expected -90 to 90 degrees")

    def __len__(self) -> int:
        return int(self.dataset.sizes["time"])

    def _facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = {"site": self.site or "(no name)", "epochs": len(self)}
        if len(self):
            first, last = self.times[[0, -1]].astype("datetime64[D]")
            facts["days"] = f"{first} to {last}"
        return facts

    @property
    def site(self) -> str:
        """Name of the station."""
        return str(self.dataset.attrs["site"])

    @property
    def frame(self) -> str:
        """Reference frame, empty where not known."""
        return str(self.dataset.attrs["frame"])

    @property
    def longitude(self) -> float:
        """Degrees, NaN where not known."""
        return float(self.dataset.attrs["longitude"])

    @property
    def latitude(self) -> float:
        """Degrees, NaN where not known."""
        return float(self.dataset.attrs["latitude"])

    @property
    def height(self) -> float:
        """Metres above the ellipsoid, NaN where not known."""
        return float(self.dataset.attrs["height"])

    @property
    def has_place(self) -> bool:
        """Whether longitude and latitude are known."""
        return bool(np.isfinite([self.longitude, self.latitude]).all())

    @property
    def times(self) -> Times:
        """Epochs, datetime64[ns], shape (n,)."""
        return np.asarray(self.dataset["time"].to_numpy())

    @property
    def years(self) -> Numbers:
        """Epochs in years of 365.25 days, shape (n,); see `julian_years`."""
        return julian_years(self.times)

    @property
    def span(self) -> float:
        """Years between the first and the last epoch."""
        return float(np.ptp(self.years)) if len(self) else 0.0

    @property
    def positions(self) -> Numbers:
        """East, north and up, mm, shape (3, n)."""
        return np.stack([self.dataset[name].to_numpy() for name in COMPONENTS])

    @property
    def deviations(self) -> Numbers:
        """Standard deviations, mm, shape (3, n); NaN where not known."""
        return np.stack([self.dataset[name].to_numpy() for name in DEVIATIONS])

    @property
    def correlations(self) -> Numbers:
        """Correlations east-north, east-up, north-up, shape (3, n)."""
        return np.stack([self.dataset[name].to_numpy() for name in CORRELATIONS])

    @property
    def interval(self) -> float:
        """Usual time between epochs, days: the median, a day where there is one epoch."""
        if len(self) < 2:
            return 1.0
        return float(np.median(np.diff(self.times)) / np.timedelta64(1, "D"))

    def select(self, epochs: ArrayLike) -> PositionSeries:
        """Return the epochs of a mask or of increasing indices."""
        return type(self)(self.dataset.isel(time=np.asarray(epochs)))

    def with_positions(self, positions: ArrayLike) -> PositionSeries:
        """Return the series with other positions, mm, shape (3, n)."""
        return type(self).from_arrays(
            self.times, positions, self.deviations, self.correlations, **self.dataset.attrs
        )

    def with_attributes(self, **attributes: Any) -> PositionSeries:
        """Return the series with another site, longitude, latitude, height or frame."""
        return type(self).from_arrays(
            self.times,
            self.positions,
            self.deviations,
            self.correlations,
            **(self.dataset.attrs | attributes),
        )
