"""The 27 simulations of Ye, Lui and Young (2024), as facts: grain sizes, contacts, stresses.

Ye, S. H., Lui, S. K. Y. and Young, R. P. (2024), Scientific Reports 14, 28812; the values
stand in the first author's public files.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SIMULATIONS", "PublishedSimulation"]


@dataclass(frozen=True)
class PublishedSimulation:
    """One of the published simulations.

    Parameters
    ----------
    name : str
    smallest, largest : float
        Diameters of the grains, uniform between the two, m.
    contacts, grains : int
    peak, after, drop : float
        Deviator at its peak, after the drop, and the drop, Pa.
    """

    name: str
    smallest: float
    largest: float
    contacts: int
    grains: int
    peak: float
    after: float
    drop: float

    @property
    def changes(self) -> tuple[str, ...]:
        """What the simulation changes in the configuration."""
        mean, spread = self.smallest + self.largest, self.largest - self.smallest
        return (
            f"specimen.mean_radius={mean / 4.0:.6g}",
            f"specimen.half_width={spread / mean:.6g}",
            f"specimen.contacts_per_grain={self.contacts / self.grains:.6g}",
        )


def _simulation(line: str) -> PublishedSimulation:
    name, low, high, contacts, grains, peak, after, drop = line.split()
    return PublishedSimulation(
        name, float(low) * 1e-3, float(high) * 1e-3, int(contacts), int(grains),
        float(peak) * 1e6, float(after) * 1e6, float(drop) * 1e6,
    )  # fmt: skip


# Run, diameters (mm), contacts, balls, deviator at the peak, after the drop, and the drop (MPa).
SIMULATIONS = tuple(
    _simulation(line)
    for line in """
    S487 4.95 5.05 7118 1375 280 210 70
    S488 4.94 5.06 7148 1375 340 250 90
    S489 4.93 5.07 7123 1375 235 120 115
    S490 4.92 5.08 7125 1375 210 115 95
    S486 4.9 5.1 7114 1374 285 210 75
    S485 4.85 5.15 7100 1373 220 125 95
    S484 4.8 5.2 7071 1372 280 195 85
    S476 4.75 5.25 7122 1371 175 100 75
    S475 4.7 5.3 7093 1368 295 225 70
    S474 4.65 5.35 7103 1367 285 220 65
    S473 4.6 5.4 7061 1364 200 110 90
    S472 4.55 5.45 7048 1363 230 120 110
    S464 4.5 5.5 6982 1358 230 170 60
    S483 4.04 5.06 6846 1324 150 85 65
    S471 4.45 5.55 7043 1356 180 85 95
    S449 4.4 5.6 7013 1353 250 170 80
    S470 4.35 5.65 7031 1353 240 160 80
    S455 4.3 5.7 6992 1351 230 185 45
    S469 4.25 5.75 7015 1348 230 130 100
    S458 4.2 5.8 6993 1343 275 205 70
    S468 4.15 5.85 6949 1338 195 145 50
    S467 4.1 5.9 6916 1333 200 120 80
    S479 4.05 5.95 6893 1325 226 188 38
    S482 4.03 5.97 6883 1323 265 180 85
    S481 4.02 5.98 6831 1322 200 150 50
    S480 4.01 5.99 6883 1321 215 145 70
    S463 4.0 6.0 6844 1321 210 165 45
    """.strip().splitlines()
)
