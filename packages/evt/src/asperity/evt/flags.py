"""What a sequence shows that makes its numbers mean less than they seem to."""

from __future__ import annotations

import numpy as np

from asperity.core.errors import DataError
from asperity.evt.sequence import Sequence

__all__ = ["sequence_flags"]

_ENOUGH = 50
"""Events from which the mode of the magnitudes says something of completeness."""


def sequence_flags(sequence: Sequence) -> list[str]:
    """Return warnings about a sequence, one sentence each; none for a sound one.

    Parameters
    ----------
    sequence : Sequence

    Returns
    -------
    list of str
        Of: magnitudes that are missing, of several types, all equal, or incomplete
        above Mc; Mc that nobody gave; events in the order of the file for want of
        times.

    Examples
    --------
    >>> from asperity.core import Catalog
    >>> from asperity.core.formats import ReadResult
    >>> from asperity.evt.sequence import sequence_of
    >>> same = Catalog.from_columns({"magnitude": [2.0, 2.0, 2.0]})
    >>> sequence_flags(sequence_of(ReadResult(same, None, np.arange(3)), 2.0))[0]
    'all 3 magnitudes are equal: there is nothing to learn from their order or spread'
    """
    flags = []
    m, catalog = sequence.magnitudes, sequence.catalog
    if sequence.missing:
        flags.append(f"{sequence.missing} events without a magnitude were left out")
    if sequence.mc_source != "given":
        flags.append(f"nobody gave Mc; {sequence.mc:g}, the smallest magnitude, stands for it")
    types = [t for t in dict.fromkeys(catalog.texts("magnitude_type").tolist()) if t]
    if len(types) > 1:
        flags.append(
            f"magnitudes of {len(types)} types ({', '.join(types[:6])}): a record may be a change "
            "of type"
        )
    if m.size > 1 and np.ptp(m) == 0.0:
        flags.append(
            f"all {m.size} magnitudes are equal: there is nothing to learn from their order or "
            "spread"
        )
    elif m.size >= _ENOUGH:
        flags += _incomplete(sequence)
    if catalog.time_frame == "order":
        flags.append("no times: the events count in the order of the file")
    return flags


def _incomplete(sequence: Sequence) -> list[str]:
    """Say where the mode of the magnitudes lies well above Mc."""
    from asperity.core.statistics.completeness import maximum_curvature

    try:
        found = maximum_curvature(
            sequence.magnitudes, bin_width=sequence.bin_width, correction=0.0
        ).mc
    except DataError:
        return []
    if found <= sequence.mc + 0.25:
        return []
    return [
        f"magnitudes thin out below {found:g} although Mc is {sequence.mc:g}: the catalog looks "
        f"incomplete there, and M_UE depends on Mc; compare --mc {found + 0.2:.1f}"
    ]
