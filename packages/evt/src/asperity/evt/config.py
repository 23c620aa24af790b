"""The configuration of a forecast: what `evt template` prints and `--config` takes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, FiniteFloat

from asperity.core.config import Configuration
from asperity.evt.estimators import EstimatorName
from asperity.evt.forecast import check_reading
from asperity.evt.laws import Law, law_named

__all__ = ["ForecastConfiguration"]


class ForecastConfiguration(Configuration):
    """Forecast of the next record magnitude."""

    mc: FiniteFloat | None = Field(
        None, description="magnitude of completeness; smaller events are left out"
    )
    law: Literal["gev", "lognormal"] = Field("gev", description="law of the normalised magnitude")
    profile: Literal["published", "refit"] = Field(
        "published", description="constants of the law: published, or refit on public catalogs"
    )
    condition_on_record: bool = Field(
        True, description="leave no probability at or below the largest magnitude so far"
    )
    min_events: int = Field(10, ge=2, description="events needed before the first forecast")
    min_records: int = Field(2, ge=1, description="records needed before the first forecast")
    upper: str = Field(
        "upper_limit:all:magnitude:reversed", description="M_UE, estimator:events:size:index"
    )
    lower: str = Field(
        "jump_limited:all:potency:cooke", description="M_LE, estimator:events:size:index"
    )
    thresholds: tuple[FiniteFloat, ...] = Field(
        (), description="magnitudes whose exceedance is printed"
    )
    allow_mismatch: bool = Field(
        False, description="allow the published constants with a cooke M_UE"
    )

    def estimators(self) -> tuple[EstimatorName, EstimatorName]:
        """Return M_UE and M_LE, refusing a reading that the constants do not go with."""
        upper, lower = EstimatorName.parse(self.upper), EstimatorName.parse(self.lower)
        check_reading(upper, self.profile, allow_mismatch=self.allow_mismatch)
        return upper, lower

    def law_of(self) -> Law:
        """Return the law of the normalised magnitude."""
        return law_named(self.law, self.profile)
