"""The configuration of a forecast: what `evt template` prints and `--config` takes."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, FiniteFloat, model_validator

from asperity.core.config import Configuration
from asperity.core.errors import InputError
from asperity.evt.estimators import EstimatorName
from asperity.evt.forecast import check_reading
from asperity.evt.laws import Law, law_named, law_of_constants

__all__ = ["ForecastConfiguration"]


def _known(text: str) -> str:
    EstimatorName.parse(text)
    return text


EstimatorText = Annotated[str, AfterValidator(_known)]
"""``estimator:events:size:index``, refused where a part is not known."""


class ForecastConfiguration(Configuration):
    """Forecast of the next record magnitude."""

    mc: FiniteFloat | None = Field(
        None, description="magnitude of completeness; smaller events are left out"
    )
    law: Literal["gev", "lognormal", "gumbel"] = Field(
        "gev", description="law of the normalised magnitude"
    )
    profile: Literal["published", "refit", "own"] = Field(
        "published",
        description="constants of the law: published, refit on public catalogs, or your own",
    )
    constants: tuple[FiniteFloat, ...] | None = Field(
        None,
        description="your own, which evt calibrate fits: k, sigma, mu of a gev law; mu, sigma, "
        "shift of a lognormal; sigma, mu of a gumbel",
    )
    condition_on_record: bool = Field(
        True, description="leave no probability at or below the largest magnitude so far"
    )
    min_events: int = Field(10, ge=2, description="events needed before the first forecast")
    min_records: int = Field(2, ge=1, description="records needed before the first forecast")
    upper: EstimatorText = Field(
        "upper_limit:all:magnitude:reversed", description="M_UE, estimator:events:size:index"
    )
    lower: EstimatorText = Field(
        "jump_limited:all:potency:cooke", description="M_LE, estimator:events:size:index"
    )
    thresholds: tuple[FiniteFloat, ...] = Field(
        (), description="magnitudes whose exceedance is printed"
    )
    allow_mismatch: bool = Field(
        False, description="allow the published constants with a cooke M_UE"
    )

    @model_validator(mode="after")
    def _reading_goes_with_constants(self) -> Self:
        upper, _ = self.estimators()
        check_reading(upper, self.profile, allow_mismatch=self.allow_mismatch)
        if (self.constants is not None) != (self.profile == "own"):
            raise InputError(
                "constants go with the profile own and it with them; pass --calibration, or set "
                "both in the configuration"
            )
        self.law_of()
        return self

    def estimators(self) -> tuple[EstimatorName, EstimatorName]:
        """Return M_UE and M_LE."""
        return EstimatorName.parse(self.upper), EstimatorName.parse(self.lower)

    def law_of(self) -> Law:
        """Return the law of the normalised magnitude."""
        if self.constants is not None:
            return law_of_constants(self.law, self.constants)
        return law_named(self.law, self.profile)
