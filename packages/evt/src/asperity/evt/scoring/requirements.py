"""Conditions on scores: ``crps<0.2``, or ``ensemble:crps<0.2`` for another forecaster."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asperity.core.errors import InputError

__all__ = ["Requirement", "check_requirements", "parse_requirement"]

SCORES = (
    "crps", "log_score", "pit_ks", "coverage_50", "coverage_90", "coverage_95", "bias",
    "crps_skill", "information_gain", "n",
)  # fmt: skip
_COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_FORM = re.compile(r"(?:([A-Za-z0-9.-]+):)?([a-z_0-9]+)\s*(<=|>=|<|>)\s*([-+0-9.eE]+)")


@dataclass(frozen=True)
class Requirement:
    """A condition on one score of one forecaster."""

    forecaster: str
    score: str
    comparison: str
    limit: float

    def __str__(self) -> str:
        return f"{self.forecaster}:{self.score}{self.comparison}{self.limit:g}"


def parse_requirement(text: str, default: str) -> Requirement:
    """Read a condition; without a name it is on the forecaster `default`.

    Raises
    ------
    InputError
        If it has another form, or the score is not known.

    Examples
    --------
    >>> str(parse_requirement("crps<0.2", "gev-published"))
    'gev-published:crps<0.2'
    """
    match = _FORM.fullmatch(text.strip())
    if match is None or match[2] not in SCORES:
        raise InputError(
            f"condition {text!r}: write SCORE<NUMBER or FORECASTER:SCORE<NUMBER with <, <=, > or "
            f">=; scores are {', '.join(SCORES)}"
        )
    try:
        limit = float(match[4])
    except ValueError:
        raise InputError(f"condition {text!r}: {match[4]!r} is no number") from None
    return Requirement(match[1] or default, match[2], match[3], limit)


def check_requirements(
    requirements: Sequence[Requirement], table: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return each condition with what was found and whether it holds.

    A score that does not exist (no forecast at all) does not meet its condition.

    Raises
    ------
    InputError
        If no forecaster has that name.
    """
    by_name = {row["name"]: row for row in table}
    found = []
    for requirement in requirements:
        if requirement.forecaster not in by_name:
            raise InputError(
                f"condition {requirement}: no forecaster is called {requirement.forecaster!r}; "
                f"there are {', '.join(by_name)}"
            )
        value = by_name[requirement.forecaster][requirement.score]
        met = value is not None and _COMPARE[requirement.comparison](value, requirement.limit)
        found.append({"condition": str(requirement), "value": value, "met": bool(met)})
    return found
