"""The covariance of the signal: a sum of components, each of its own length and variance."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from asperity.core.errors import InputError
from asperity.gnss.strain_rate.covariance.amplitude import Amplitude
from asperity.gnss.strain_rate.covariance.functions import (
    CovarianceFunction,
    Radial,
    covariance_function,
)

__all__ = ["Component", "Covariance"]


@dataclass(frozen=True)
class Component:
    """One part of a covariance.

    Parameters
    ----------
    function : str or CovarianceFunction
    variance : float
        C(0), mm^2/yr^2.
    length : float
        km; what it means depends on the function.
    amplitude : Amplitude, optional
        Factor of the standard deviation that varies in space; one everywhere
        when missing.
    """

    function: str | CovarianceFunction
    variance: float
    length: float
    amplitude: Amplitude | None = None

    def __post_init__(self) -> None:
        covariance_function(self.function)
        for name, unit in (("variance", "mm^2/yr^2"), ("length", "km")):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0.0):
                raise InputError(f"covariance {self.name}: {name} {value!r}; expected > 0 {unit}")

    @property
    def kind(self) -> CovarianceFunction:
        """The covariance function itself."""
        return covariance_function(self.function)

    @property
    def name(self) -> str:
        """Name of the covariance function."""
        return self.function if isinstance(self.function, str) else self.function.name

    @property
    def curvature(self) -> float:
        """-C''(0), the variance of the derivative, (mm/yr)^2/km^2."""
        return self.variance * self.kind.curvature / self.length**2

    def radial(self, distance: NDArray[np.float64]) -> Radial:
        """Return C, g = C'/d and h = g'/d at distances in km."""
        c, g, h = self.kind.radial(distance, self.length)
        return self.variance * c, self.variance * g, self.variance * h


@dataclass(frozen=True)
class Covariance:
    """A sum of independent components.

    Parameters
    ----------
    components : tuple of Component

    Examples
    --------
    >>> two = Covariance.of(("gauss", 30.0, 600.0), ("matern32", 4.0, 100.0))
    >>> two.variance
    34.0
    """

    components: tuple[Component, ...]

    def __post_init__(self) -> None:
        if not self.components:
            raise InputError("a covariance needs at least one component")

    @classmethod
    def of(cls, *parts: tuple[str | CovarianceFunction, float, float]) -> Self:
        """Make a covariance from (function, variance in mm^2/yr^2, length in km) triples."""
        return cls(tuple(Component(*part) for part in parts))

    @property
    def name(self) -> str:
        """Names of the functions, joined by plus signs."""
        return "+".join(c.name for c in self.components)

    @property
    def variance(self) -> float:
        """C(0) where every amplitude is one, mm^2/yr^2."""
        return sum(c.variance for c in self.components)

    @property
    def curvature(self) -> float:
        """-C''(0) where every amplitude is one, (mm/yr)^2/km^2."""
        return sum(c.curvature for c in self.components)

    @property
    def effective_length(self) -> float:
        """sqrt(C(0) / -C''(0)), km: the distance over which the field changes by its own size."""
        return math.sqrt(self.variance / self.curvature)

    @property
    def support(self) -> float:
        """Distance from which on the covariance is zero, km."""
        return max(c.kind.support * c.length for c in self.components)

    def groups(self) -> list[tuple[Amplitude | None, Sequence[Component]]]:
        """Return the components that share an amplitude, together."""
        plain = [c for c in self.components if c.amplitude is None]
        varying = [(c.amplitude, [c]) for c in self.components if c.amplitude is not None]
        return [*([(None, plain)] if plain else []), *varying]

    def require_gradient(self) -> None:
        """Refuse a field that has no velocity gradient.

        Raises
        ------
        InputError
            If a component cannot be differentiated.
        """
        rough = [c.name for c in self.components if not c.kind.differentiable]
        if rough:
            raise InputError(
                f"covariance {rough[0]}: such a field has no gradient, so there is no strain "
                "rate; use matern32, matern52 or gauss"
            )

    def scaled(self, factor: float) -> Self:
        """Return the covariance with all variances multiplied by `factor`."""
        return replace(
            self,
            components=tuple(replace(c, variance=factor * c.variance) for c in self.components),
        )

    def document(self) -> dict[str, Any]:
        """Return name and parameters as the JSON documents show them."""
        return {
            "name": self.name,
            "parameters": {
                "components": [
                    {
                        "function": c.name,
                        "variance": c.variance,
                        "length": c.length,
                        "varying": c.amplitude is not None,
                    }
                    for c in self.components
                ]
            },
        }


def radial_sum(components: Iterable[Component], distance: NDArray[np.float64]) -> Radial:
    """Return the radial functions of a sum of components."""
    parts = [c.radial(distance) for c in components]
    c, g, h = parts[0]
    for more in parts[1:]:
        c, g, h = c + more[0], g + more[1], h + more[2]
    return c, g, h
