"""Other ways to forecast the next record magnitude, behind one interface.

`asperity.evt.rivals.protocol` says what a rival is asked and may answer. A new
rival is a class in a module of its family, and a line in `rivals`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asperity.evt.rivals.protocol import Rival

__all__ = ["rivals"]


def rivals() -> dict[str, Rival]:
    """Return all rivals by name, the baseline first.

    Examples
    --------
    >>> next(iter(rivals()))
    'gutenberg-richter'
    """
    from asperity.evt.rivals.bayes import BayesianEnd
    from asperity.evt.rivals.endpoints import (
        FixedIncrement,
        KijkoSellevoll,
        RobsonWhitlock,
        TatePisarenko,
        TruncatedMaximumLikelihood,
    )
    from asperity.evt.rivals.extremes import BlockMaxima, PeaksOverThreshold
    from asperity.evt.rivals.gutenberg_richter import GutenbergRichter
    from asperity.evt.rivals.next_maximum import Ensemble, NextMaximum
    from asperity.evt.rivals.volumes import volumetric

    every: list[Rival] = [
        GutenbergRichter(),
        GutenbergRichter(1.0),
        NextMaximum(),
        Ensemble(),
        KijkoSellevoll(),
        TatePisarenko(),
        RobsonWhitlock(),
        RobsonWhitlock(0.5),
        FixedIncrement(),
        TruncatedMaximumLikelihood(),
        BayesianEnd(),
        BlockMaxima(),
        PeaksOverThreshold(),
        *volumetric(),
    ]
    return {rival.name: rival for rival in every}
