"""The other view of a catalog: geographic events in local metres, and back."""

from __future__ import annotations

from collections.abc import Container, Hashable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asperity.core.catalog import Catalog
from asperity.core.errors import DataError
from asperity.core.geometry.frames import LocalFrame

__all__ = ["geographic_view", "local_view"]


def local_view(catalog: Catalog, frame: LocalFrame | None = None) -> Catalog:
    """Return a catalog with its hypocentres in metres around an anchor.

    Parameters
    ----------
    catalog : Catalog
        Geographic, or local: an anchored one is moved to the new frame, one
        without an anchor keeps its coordinates and is told where it lies.
    frame : LocalFrame, optional
        Anchored at the middle of the epicentres when missing.

    Returns
    -------
    Catalog
        With ``x, y, z`` in place of ``latitude, longitude, depth`` and the
        attributes ``axes``, ``anchor`` and ``projection``. Other columns of these
        names are kept as ``source_x``, ``source_y`` and ``source_z``.

    Raises
    ------
    DataError
        If the catalog has no coordinates, or is local without an anchor and
        none is given.

    Notes
    -----
    Focal mechanisms and moment tensors stay as they are: they refer to up,
    south and east at the event itself, in either view.

    Examples
    --------
    >>> catalog = Catalog.from_columns(
    ...     {"magnitude": [2.0], "latitude": [35.5], "longitude": [-97.2], "depth": [5000.0]}
    ... )
    >>> local = local_view(catalog, LocalFrame(35.5, -97.2))
    >>> local.frame, round(float(local["z"][0]), 6)
    ('local', -5000.0)
    """
    if catalog.frame == "local" and LocalFrame.of(catalog.attributes) is None:
        if frame is None:
            raise DataError(
                "the catalog is local and has no anchor; say where it lies, "
                "--anchor LATITUDE/LONGITUDE[/ELEVATION[/AZIMUTH]]"
            )
        return catalog.with_columns(
            {}, **replace(frame, axes=catalog.attributes["axes"]).attributes
        )
    geographic = geographic_view(catalog)
    chosen = frame or LocalFrame.around(geographic["latitude"], geographic["longitude"])
    x, y, z = chosen.to_local(geographic["latitude"], geographic["longitude"], geographic["depth"])
    return _replaced(
        geographic,
        ("latitude", "longitude", "depth"),
        {"x": x, "y": y, "z": z},
        chosen.attributes,
    )


def geographic_view(catalog: Catalog, frame: LocalFrame | None = None) -> Catalog:
    """Return a catalog with its hypocentres as latitude, longitude and depth.

    Parameters
    ----------
    catalog : Catalog
        Local, or geographic (returned as it is).
    frame : LocalFrame, optional
        Where a catalog without an anchor lies.

    Returns
    -------
    Catalog
        Other columns of the names ``latitude``, ``longitude`` and ``depth`` are
        kept as ``source_latitude`` and so on.

    Raises
    ------
    DataError
        If the catalog has no coordinates or nobody says where it lies.

    Examples
    --------
    >>> catalog = Catalog.from_columns(
    ...     {"magnitude": [2.0], "x": [0.0], "y": [111.2], "z": [-2000.0]}, axes="ENU"
    ... )
    >>> seen = geographic_view(catalog, LocalFrame(53.787, -2.951))
    >>> round(float(seen["latitude"][0]), 3), round(float(seen["depth"][0]))
    (53.788, 2000)
    """
    if catalog.frame == "geographic":
        return catalog
    if catalog.frame == "none":
        raise DataError("the catalog has no coordinates (frame 'none'), so it has no other view")
    own = LocalFrame.of(catalog.attributes)
    if own is None:
        if frame is None:
            raise DataError(
                "the catalog is local and has no anchor; say where it lies, "
                "--anchor LATITUDE/LONGITUDE[/ELEVATION[/AZIMUTH]]"
            )
        own = replace(frame, axes=catalog.attributes["axes"])
    latitude, longitude, depth = own.to_geographic(catalog["x"], catalog["y"], catalog["z"])
    return _replaced(
        catalog,
        ("x", "y", "z"),
        {"latitude": latitude, "longitude": longitude, "depth": depth},
        {"frame": "geographic", "axes": None, "anchor": None, "projection": None},
    )


def _replaced(
    catalog: Catalog,
    gone: tuple[str, ...],
    columns: dict[str, NDArray[np.float64]],
    attributes: dict[str, Any],
) -> Catalog:
    dataset = catalog.dataset.drop_vars(gone)
    clashing = [name for name in columns if name in dataset]
    dataset = dataset.rename({name: _free_name(name, dataset.variables) for name in clashing})
    kept = {str(name): variable.values for name, variable in dataset.data_vars.items()}
    meanings = {
        str(name): list(variable.attrs["flag_meanings"])
        for name, variable in dataset.data_vars.items()
        if "flag_meanings" in variable.attrs
    }
    merged = {**catalog.attributes, **attributes}
    return Catalog.from_columns(
        kept | columns,
        categories=meanings,
        sort=False,
        **merged,
    )


def _free_name(name: str, taken: Container[Hashable]) -> str:
    """Return a name under which a source's own coordinate may be kept."""
    found = f"source_{name}"
    while found in taken:
        found = f"source_{found}"
    return found
