"""Take the law that `evt calibrate` fitted into the configuration of a forecast."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asperity.core.errors import InputError, UsageError
from asperity.core.report import read_result

__all__ = ["own_constants"]


def own_constants(path: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a calibration says of a `ForecastConfiguration`.

    Parameters
    ----------
    path : Path
        JSON result of ``asperity evt calibrate``.
    given : mapping
        What other options say: `law` chooses among the fitted ones, else the best by
        AIC is taken; `upper` and `lower` must be those of the calibration unless
        `allow_mismatch` is set.

    Returns
    -------
    dict
        ``law``, ``profile``, ``constants``, ``upper``, ``lower``.

    Raises
    ------
    InputError
        If the file is no such result.
    UsageError
        If another option contradicts it.
    """
    document = read_result(path)
    if not document["schema"].startswith("asperity.evt.calibrate/"):
        raise InputError(f"{path}: a result of {document['schema']}, expected one of evt calibrate")
    if given.get("profile", "own") != "own":
        raise UsageError(f"--calibration gives constants of its own, --profile {given['profile']} "
                         "others; give one of them")  # fmt: skip
    try:
        readings = {side: document[side] for side in ("upper", "lower")}
        fits = {fit["law"]: fit["parameters"] for fit in document["fits"]}
        name = given.get("law", document["best"])
        constants = tuple(fits[name].values())
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: not a whole result of evt calibrate ({error}); make it again"
                         ) from None  # fmt: skip
    for side, option in (("upper", "--ue"), ("lower", "--le")):
        said = given.get(side, readings[side])
        if said != readings[side] and not given.get("allow_mismatch"):
            raise UsageError(
                f"{option} {said}: {path} was fitted with {readings[side]}; leave {option} out, or "
                "pass --allow-mismatch"
            )
        readings[side] = said
    return {"law": name, "profile": "own", "constants": constants, **readings}
