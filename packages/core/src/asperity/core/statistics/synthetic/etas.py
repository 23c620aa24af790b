"""Epidemic-type aftershock sequences: every event may have aftershocks of its own."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asperity.core.catalog import STRING, Catalog
from asperity.core.errors import InputError
from asperity.core.statistics.synthetic.catalogs import (
    build,
    check_duration,
    check_number,
    local_columns,
)
from asperity.core.statistics.synthetic.magnitudes import GutenbergRichter
from asperity.core.statistics.synthetic.poisson import finite

__all__ = ["Etas", "etas_catalog"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Etas:
    """Parameters of an epidemic-type aftershock sequence.

    Parameters
    ----------
    background_rate : float
        mu, events per second.
    productivity : float
        K, s^(p - 1).
    alpha : float
        Growth of the productivity, powers of ten per magnitude.
    c : float
        Time offset of Omori's law, s.
    p : float
        Its exponent, above 1.
    distance : float
        Scale of the distance kernel for an event of magnitude Mc, m.
    q : float
        Its exponent, above 1.
    gamma : float
        Growth of that scale, powers of ten per magnitude.
    magnitudes : GutenbergRichter

    Raises
    ------
    InputError
        If a parameter is out of range, or the branching ratio is not below 1: the
        message gives it.

    Notes
    -----
    lambda(t) = mu + sum over events i before t of K 10^(alpha (m_i - Mc)) (t - t_i + c)^(-p).
    The branching ratio, the mean number of direct aftershocks of an event, is
    K c^(1 - p) / (p - 1) times the mean of 10^(alpha (m - Mc)), which is b/(b - alpha)
    for unbounded magnitudes. Aftershocks lie at distances r from their parent with
    P(R > r) = (1 + r^2/d^2)^(1 - q), d = `distance` 10^(gamma (m - Mc)), in any direction.

    References
    ----------
    Ogata, Y. (1988). Statistical models for earthquake occurrences and residual analysis
    for point processes. J. Am. Stat. Assoc. 83, 9-27. doi:10.1080/01621459.1988.10478560

    Ogata, Y. & Zhuang, J. (2006). Space-time ETAS models and an improved extension.
    Tectonophysics 413, 13-23. doi:10.1016/j.tecto.2005.10.016

    Examples
    --------
    >>> model = Etas.with_branching_ratio(0.5, background_rate=1e-5)
    >>> round(model.branching_ratio, 12)
    0.5
    """

    background_rate: float = 1.0 / 86_400.0
    productivity: float = 0.2
    alpha: float = 0.8
    c: float = 864.0
    p: float = 1.2
    distance: float = 500.0
    q: float = 1.8
    gamma: float = 0.4
    magnitudes: GutenbergRichter = GutenbergRichter()  # noqa: RUF009 (frozen)

    def __post_init__(self) -> None:
        limits = (
            ("background_rate", 0.0, self.background_rate), ("alpha", 0.0, self.alpha),
            ("productivity", 0.0, self.productivity), ("gamma", 0.0, self.gamma),
        )  # fmt: skip
        for name, low, value in limits:
            if not (math.isfinite(value) and value >= low):
                raise InputError(f"{name} {value}; give a number from {low:g} up")
        for name, low, value in (
            ("c", 0.0, self.c), ("distance", 0.0, self.distance), ("p", 1.0, self.p),
            ("q", 1.0, self.q),
        ):  # fmt: skip
            if not (math.isfinite(value) and value > low):
                raise InputError(f"{name} {value}; give a number above {low:g}")
        if not self.branching_ratio < 1.0:
            raise InputError(
                f"the branching ratio is {self.branching_ratio:.4g}: sequences would grow without "
                "end; lower the productivity K or alpha, give m_max, or raise b, c or p"
            )

    @classmethod
    def with_branching_ratio(cls, ratio: float, **parameters: Any) -> Etas:
        """Return the model whose productivity gives a branching ratio.

        Parameters
        ----------
        ratio : float
            From 0 to below 1.
        **parameters
            The others of `Etas`.
        """
        if not 0.0 <= ratio < 1.0:
            raise InputError(f"branching ratio {ratio}; give a number from 0 to below 1")
        base = cls(**{**parameters, "productivity": 0.0})
        mean = base.magnitudes.mean_productivity(base.alpha)
        if not math.isfinite(mean):
            raise InputError(
                f"alpha {base.alpha} is not below b {base.magnitudes.b}: the branching ratio has "
                "no bound; lower alpha or give m_max"
            )
        return replace(base, productivity=ratio / (mean * base._aftershocks_per_k))

    @property
    def _aftershocks_per_k(self) -> float:
        return float(self.c ** (1.0 - self.p) / (self.p - 1.0))

    @property
    def branching_ratio(self) -> float:
        """Mean number of direct aftershocks of an event."""
        if self.productivity == 0.0:
            return 0.0
        mean = self.magnitudes.mean_productivity(self.alpha)
        return self.productivity * self._aftershocks_per_k * mean

    def aftershocks(self, magnitudes: ArrayLike) -> Array:
        """Return the mean number of direct aftershocks of events, shape (n,)."""
        above = np.asarray(magnitudes, dtype=np.float64) - self.magnitudes.mc
        return np.asarray(
            self.productivity * self._aftershocks_per_k * 10.0 ** (self.alpha * above)
        )


def etas_catalog(
    duration: float,
    model: Etas,
    *,
    extent: float = 100_000.0,
    seed: int | np.random.Generator = 0,
) -> Catalog:
    """Draw an epidemic-type aftershock sequence, generation by generation.

    Parameters
    ----------
    duration : float
        Seconds. Aftershocks of events before the start are missing, so that the rate
        grows at first.
    model : Etas
    extent : float, optional
        Side of the square of the background, m; aftershocks may lie outside.
    seed : int or numpy.random.Generator, optional

    Returns
    -------
    Catalog
        In a local frame, with relative times; ``parent_id`` names the parent (empty
        for the background), ``generation`` counts from 0.

    Raises
    ------
    InputError
        If an argument is out of range.
    DataError
        If the catalog would not fit into memory.

    Examples
    --------
    >>> model = Etas.with_branching_ratio(0.5, background_rate=1e-4)
    >>> catalog = etas_catalog(1e6, model, seed=2)
    >>> bool((catalog["generation"] > 0).any())
    True
    """
    check_duration(duration)
    if not (math.isfinite(extent) and extent > 0.0):
        raise InputError(f"extent {extent} m; give a length above 0")
    check_number(model.background_rate * duration / (1.0 - model.branching_ratio))
    rng = np.random.default_rng(seed)
    law = model.magnitudes
    n = int(rng.poisson(model.background_rate * duration))
    young: dict[str, NDArray[Any]] = {
        "time": rng.uniform(0.0, duration, n),
        "magnitude": law.sample(n, rng),
        "x": rng.uniform(0.0, extent, n),
        "y": rng.uniform(0.0, extent, n),
        "parent": np.full(n, -1, dtype=np.int64),
        "generation": np.zeros(n, dtype=np.int64),
    }
    generations = [young]
    total = n
    while young["time"].size:
        young = _children(young, total - young["time"].size, duration, model, rng)
        total += young["time"].size
        check_number(total)
        generations.append(young)
    whole = {name: np.concatenate([g[name] for g in generations]) for name in generations[0]}
    order = np.argsort(whole["time"], kind="stable")
    place = np.empty(total, dtype=np.int64)
    place[order] = np.arange(total)
    whole = {name: values[order] for name, values in whole.items()}
    ids = np.arange(total).astype(STRING)
    parent_id = np.full(total, "", dtype=STRING)
    child = whole["parent"] >= 0
    parent_id[child] = ids[place[whole["parent"][child]]]
    columns = {
        "event_id": ids, "magnitude": whole["magnitude"], "parent_id": parent_id,
        "generation": whole["generation"], **local_columns(whole["x"], whole["y"]),
    }  # fmt: skip
    parameters = {k: v for k, v in asdict(model).items() if k != "magnitudes"}
    description = {
        "model": "etas", "duration": duration, "extent": extent, **parameters,
        "branching_ratio": model.branching_ratio, "magnitudes": finite(asdict(law)),
    }  # fmt: skip
    return build(whole["time"], columns, law, description)


def _children(
    parents: dict[str, NDArray[Any]],
    first_row: int,
    duration: float,
    model: Etas,
    rng: np.random.Generator,
) -> dict[str, NDArray[Any]]:
    """Draw the direct aftershocks, within the duration, of one generation."""
    counts = rng.poisson(model.aftershocks(parents["magnitude"]))
    check_number(counts.sum())
    who = np.repeat(np.arange(counts.size), counts)
    # Inverse of Omori's law, (1 + t/c)^(1 - p) = U; 1 - U keeps 0 out.
    elapsed = model.c * ((1.0 - rng.random(who.size)) ** (1.0 / (1.0 - model.p)) - 1.0)
    time = parents["time"][who] + elapsed
    inside = time < duration
    who, time = who[inside], time[inside]
    magnitude = np.asarray(parents["magnitude"], dtype=np.float64)[who]
    scale = model.distance * 10.0 ** (model.gamma * (magnitude - model.magnitudes.mc))
    share = (1.0 - rng.random(who.size)) ** (1.0 / (1.0 - model.q))
    radius = scale * np.sqrt(share - 1.0)
    azimuth = rng.uniform(0.0, 2.0 * math.pi, who.size)
    return {
        "time": time,
        "magnitude": model.magnitudes.sample(who.size, rng),
        "x": parents["x"][who] + radius * np.sin(azimuth),
        "y": parents["y"][who] + radius * np.cos(azimuth),
        "parent": first_row + who,
        "generation": parents["generation"][who] + 1,
    }
