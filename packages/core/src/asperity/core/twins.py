"""Catalogs that the tours of several packages show, with the laws of their synthetic twins."""

from __future__ import annotations

from asperity.core.demo import Twin

__all__ = ["ISC_GEM", "PEACE_RIVER", "PRESTON_NEW_ROAD"]

PEACE_RIVER = Twin(
    "peace-river", "Peace River 2022", events=34, mc=2.0, b=0.7,
    start="2022-11-29", end="2023-03-01",
    region=(-117.0, -116.0, 56.0, 56.6),
)  # fmt: skip
PRESTON_NEW_ROAD = Twin(
    "pnr2", "Preston New Road 2019", events=4_797, mc=-1.0, b=1.2,
    start="2019-08-15", end="2019-10-02",
    region=(-2.98, -2.96, 53.78, 53.80),
)  # fmt: skip
ISC_GEM = Twin(
    "isc-gem-v3", "The world 1904 to 2012", events=9_500, mc=6.0, b=0.95,
    start="1904-01-01", end="2013-01-01",
    region=(-180.0, 180.0, -60.0, 70.0), bin_width=0.01,
)  # fmt: skip
