"""A traffic light: green, amber or red by the forecast and by what has happened."""

from __future__ import annotations

from dataclasses import dataclass

from asperity.core.errors import InputError

__all__ = ["Lights", "parse_lights"]

PROBABILITY = 0.05
_COLOURS = ("amber", "red")


@dataclass(frozen=True)
class Lights:
    """Magnitudes and probabilities at which a signal changes.

    Parameters
    ----------
    magnitudes : dict of str to float
        By colour.
    probabilities : dict of str to float
        By colour: the signal is given when the next record exceeds the magnitude
        with this probability or more.
    """

    magnitudes: dict[str, float]
    probabilities: dict[str, float]

    def signal(self, m_max: float, chances: dict[str, float | None]) -> str:
        """Return the signal.

        Parameters
        ----------
        m_max : float
            Largest magnitude so far: an event at a magnitude is a signal by itself.
        chances : dict
            Probability of exceedance by colour, None without a forecast.

        Examples
        --------
        >>> lights = parse_lights("amber=2,red=3:0.1")
        >>> lights.signal(1.0, {"amber": 0.2, "red": 0.02})
        'amber'
        >>> lights.signal(3.1, {"amber": None, "red": None})
        'red'
        """
        for colour in reversed(_COLOURS):
            if colour not in self.magnitudes:
                continue
            chance = chances.get(colour)
            forecast = chance is not None and chance >= self.probabilities[colour]
            if forecast or m_max >= self.magnitudes[colour]:
                return colour
        return "green"


def parse_lights(text: str) -> Lights:
    """Read ``amber=M[:P],red=M[:P]``; P is 0.05 when missing.

    Raises
    ------
    InputError
        If the text is none, or red does not lie above amber.

    Examples
    --------
    >>> parse_lights("red=2.5").probabilities
    {'red': 0.05}
    """
    magnitudes: dict[str, float] = {}
    probabilities: dict[str, float] = {}
    for part in text.split(","):
        colour, equals, value = part.strip().partition("=")
        magnitude, colon, probability = value.partition(":")
        try:
            m, p = float(magnitude), float(probability) if colon else PROBABILITY
        except ValueError:
            equals = ""
        if not equals or colour not in _COLOURS or colour in magnitudes:
            raise InputError(f"{text!r}: write amber=M,red=M or amber=M:P,red=M:P")
        if not (abs(m) < 100.0 and 0.0 < p < 1.0):
            raise InputError(f"{part.strip()}: give a magnitude, and a probability between 0 and 1")
        magnitudes[colour], probabilities[colour] = m, p
    if len(magnitudes) == 2 and not magnitudes["red"] >= magnitudes["amber"]:
        raise InputError(f"{text!r}: red must not lie below amber")
    return Lights(magnitudes, probabilities)
