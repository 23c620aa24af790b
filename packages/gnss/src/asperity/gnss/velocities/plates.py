"""Published motions of plates, and of international reference frames in each other.

The plate models are those that go with the frames ITRF2008 (Altamimi, Metivier
& Collilieux 2012, doi:10.1029/2011JB008930), ITRF2014 (Altamimi et al. 2017,
doi:10.1093/gji/ggx136) and ITRF2020 (Altamimi et al. 2023,
doi:10.1029/2023GL106373). The values were confirmed in the parameter files of
PROJ; those of ITRF2014 and ITRF2020 in a second compilation as well, where one
figure differs: omega_y of Antarctica in ITRF2020 is -0.321 there and -0.312 here,
which alone gives the published rate. The models of 2008 and 2020 were estimated
with a rate of the origin, which belongs to the velocity of every plate.
"""

from __future__ import annotations

import re

import numpy as np

from asperity.core.errors import InputError
from asperity.gnss.velocities.motion import Motion
from asperity.gnss.velocities.network import Network

__all__ = ["FRAMES", "PLATE_MODELS", "change_frame", "frame_motion", "frame_name", "plate_motion"]

Vector = tuple[float, float, float]

# Rotation vectors, mas/yr.
PLATE_MODELS: dict[str, dict[str, Vector]] = {
    "ITRF2008": {
        "amuria": (-0.190, -0.442, 0.915),
        "antarctica": (-0.252, -0.302, 0.643),
        "arabia": (1.202, -0.054, 1.485),
        "australia": (1.504, 1.172, 1.228),
        "caribbean": (0.049, -1.088, 0.664),
        "eurasia": (-0.083, -0.534, 0.750),
        "india": (1.232, 0.303, 1.540),
        "nazca": (-0.330, -1.551, 1.625),
        "north-america": (0.035, -0.662, -0.100),
        "nubia": (0.095, -0.598, 0.723),
        "pacific": (-0.411, 1.036, -2.166),
        "somalia": (-0.080, -0.745, 0.897),
        "south-america": (-0.243, -0.311, -0.154),
        "sunda": (0.047, -1.000, 0.975),
    },
    "ITRF2014": {
        "antarctica": (-0.248, -0.324, 0.675),
        "arabia": (1.154, -0.136, 1.444),
        "australia": (1.510, 1.182, 1.215),
        "eurasia": (-0.085, -0.531, 0.770),
        "india": (1.154, -0.005, 1.454),
        "nazca": (-0.333, -1.544, 1.623),
        "north-america": (0.024, -0.694, -0.063),
        "nubia": (0.099, -0.614, 0.733),
        "pacific": (-0.409, 1.047, -2.169),
        "somalia": (-0.121, -0.794, 0.884),
        "south-america": (-0.270, -0.301, -0.140),
    },
    "ITRF2020": {
        "amuria": (-0.131, -0.551, 0.837),
        "antarctica": (-0.269, -0.312, 0.678),
        "arabia": (1.129, -0.146, 1.438),
        "australia": (1.487, 1.175, 1.223),
        "caribbean": (0.207, -1.422, 0.726),
        "eurasia": (-0.085, -0.519, 0.753),
        "india": (1.137, 0.013, 1.444),
        "nazca": (-0.327, -1.561, 1.605),
        "north-america": (0.045, -0.666, -0.098),
        "nubia": (0.090, -0.585, 0.717),
        "pacific": (-0.404, 1.021, -2.154),
        "somalia": (-0.081, -0.719, 0.864),
        "south-america": (-0.261, -0.282, -0.157),
    },
}
"""Rotation of plates in a frame, mas/yr, by frame and plate."""

# Rate of the origin that a plate model was estimated with, mm/yr.
_ORIGIN_RATE: dict[str, Vector] = {"ITRF2008": (0.41, 0.22, 0.41), "ITRF2020": (0.37, 0.35, 0.74)}

# Rates of the transformation from ITRF2020: translation, mm/yr, and scale, 1e-9/yr. The
# rotations between these frames do not change with time. EPSG, and the ITRF's own tables.
FRAMES: dict[str, tuple[Vector, float]] = {
    "ITRF2020": ((0.0, 0.0, 0.0), 0.0),
    "ITRF2014": ((0.0, -0.1, 0.2), 0.0),
    "ITRF2008": ((0.0, -0.1, 0.1), 0.03),
    "ITRF2005": ((0.3, -0.1, 0.1), 0.03),
    "ITRF2000": ((0.1, 0.0, -1.7), 0.11),
}
"""Transformation rates from ITRF2020 to a frame: translation (mm/yr), scale (1e-9/yr)."""

_PLATES = sorted({plate for model in PLATE_MODELS.values() for plate in model})
_SAME = {
    "IGS20": "ITRF2020", "IGB20": "ITRF2020", "IGS14": "ITRF2014", "IGB14": "ITRF2014",
    "IGS08": "ITRF2008", "IGB08": "ITRF2008", "IGS05": "ITRF2005",
    "AMUR": "amuria", "ANTA": "antarctica", "ARAB": "arabia", "AUST": "australia",
    "CARB": "caribbean", "EURA": "eurasia", "INDI": "india", "NAZC": "nazca",
    "NOAM": "north-america", "NUBI": "nubia", "PCFC": "pacific", "SOMA": "somalia",
    "SOAM": "south-america", "SUND": "sunda",
}  # fmt: skip


def frame_name(text: str) -> str:
    """Return the name under which a frame is known here, or the text as it is.

    Examples
    --------
    >>> frame_name("igs14"), frame_name("Eurasia"), frame_name("itrf 2020"), frame_name("mine")
    ('ITRF2014', 'eurasia', 'ITRF2020', 'mine')
    """
    key = re.sub(r"[\s_]+", "", text).upper()
    if key in FRAMES:
        return key
    plate = re.sub(r"[\s_]+", "-", text.strip()).lower()
    return _SAME.get(key, plate if plate in _PLATES else text)


def plate_motion(plate: str, frame: str = "ITRF2014") -> Motion:
    """Return the published motion of a plate in a frame.

    Parameters
    ----------
    plate : str
        Such as ``eurasia`` or its code ``EURA``.
    frame : {"ITRF2008", "ITRF2014", "ITRF2020"}, optional

    Returns
    -------
    Motion
        Taken as known; with the rate of the origin where the model has one.

    Raises
    ------
    InputError
        If the frame has no model, or the model has no such plate.

    Examples
    --------
    >>> pole = plate_motion("eurasia", "ITRF2014").pole
    >>> round(pole.latitude, 1), round(pole.longitude, 1), round(pole.rate, 3)
    (55.1, -99.1, 0.261)
    """
    known, name = frame_name(frame), frame_name(plate)
    if known not in PLATE_MODELS:
        raise InputError(
            f"no plate model for the frame {frame!r}; there are {', '.join(PLATE_MODELS)}"
        )
    if name not in PLATE_MODELS[known]:
        raise InputError(
            f"the plate model of {known} has no plate {plate!r}; it has "
            f"{', '.join(PLATE_MODELS[known])}"
        )
    return Motion.from_mas(PLATE_MODELS[known][name], _ORIGIN_RATE.get(known, (0.0, 0.0, 0.0)))


def frame_motion(source: str, target: str, model: str | None = None) -> Motion:
    """Return what has to be added to velocities in one frame to have them in another.

    Parameters
    ----------
    source, target : str
        A frame of `FRAMES` or a plate.
    model : str, optional
        Frame whose plate model says how plates move; that of the frame which is no plate,
        when it has one, else ITRF2014.

    Returns
    -------
    Motion

    Raises
    ------
    InputError
        If a frame is not known.

    Notes
    -----
    Into the frame of a plate its motion is taken away, out of it its motion is added.
    Between international frames v' = v + T + D r with published rates, which is up to
    2 mm/yr for ITRF2000 and below 0.3 mm/yr for the later ones.
    """
    names = [frame_name(source), frame_name(target)]
    for text, name in zip((source, target), names, strict=True):
        if name not in FRAMES and name not in _PLATES:
            raise InputError(
                f"frame {text!r} is not known; there are {', '.join(FRAMES)} and the plates "
                f"{', '.join(_PLATES)}: state the frame of the data with --from, or fit a block "
                "with --block"
            )
    if names[0] == names[1]:
        return Motion(np.zeros(3))
    international = [name for name in names if name in PLATE_MODELS]
    through = frame_name(model) if model else (international or ["ITRF2014"])[0]
    return _into(names[0], through) - _into(names[1], through)


def _into(name: str, through: str) -> Motion:
    """Return what has to be added to velocities in a frame to have them in `through`."""
    if name not in FRAMES:
        return plate_motion(name, through)
    return _rate(through) - _rate(name)


def _rate(frame: str) -> Motion:
    """Return what has to be added to velocities in ITRF2020 to have them in a frame."""
    if frame not in FRAMES:
        raise InputError(f"frame {frame!r} has no published rates; there are {', '.join(FRAMES)}")
    translation, scale = FRAMES[frame]
    return Motion(np.zeros(3), np.array(translation), scale)


def change_frame(
    network: Network, target: str, source: str | None = None, model: str | None = None
) -> Network:
    """Bring a network into another published frame.

    Parameters
    ----------
    network : Network
    target : str
    source : str, optional
        Frame of the network, where it does not say or says another name.
    model : str, optional
        As in `frame_motion`.

    Returns
    -------
    Network
        Its deviations as they were: published motions are taken as known.

    Raises
    ------
    InputError
        If a frame is not known.
    """
    given = source or network.frame
    if not given:
        raise InputError("the frame of the velocities is not known; state it with --from FRAME")
    shift = frame_motion(given, target, model).velocity(*network.coordinates)
    return network.replace(
        east=network.east + shift[:, 0],
        north=network.north + shift[:, 1],
        up=network.up + shift[:, 2],
        frame=frame_name(target),
    )
