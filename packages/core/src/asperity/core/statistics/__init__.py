"""Statistics of catalogs: b and completeness, clusters, fractal dimension, synthetic catalogs.

The names below are loaded when they are first used, so that importing the
package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asperity.core.lazy import lazy

if TYPE_CHECKING:
    from asperity.core.statistics.bvalue import BValue, b_value, next_exceeding, shi_bolt_sd
    from asperity.core.statistics.comparison import (
        Compared,
        comparison_document,
        ratio_p,
        slope_interval,
    )
    from asperity.core.statistics.completeness import (
        Completeness,
        b_stability,
        kolmogorov_smirnov,
        magnitude_of_completeness,
        maximum_curvature,
    )
    from asperity.core.statistics.declustering import Declustering, decluster
    from asperity.core.statistics.fractal import (
        BoxCounting,
        CorrelationDimension,
        box_counting,
        correlation_dimension,
        correlation_integral,
    )
    from asperity.core.statistics.magnitudes import (
        FrequencyMagnitude,
        count_magnitudes,
        infer_bin_width,
        round_magnitudes,
    )
    from asperity.core.statistics.multiplicity import holm
    from asperity.core.statistics.positions import (
        Positions,
        epicentres,
        hypocentres,
        positions_of,
    )
    from asperity.core.statistics.records import (
        expected_records,
        record_count_law,
        record_rows,
        usual_records,
    )

__all__ = [
    "BValue",
    "BoxCounting",
    "Compared",
    "Completeness",
    "CorrelationDimension",
    "Declustering",
    "FrequencyMagnitude",
    "Positions",
    "b_stability",
    "b_value",
    "box_counting",
    "comparison_document",
    "correlation_dimension",
    "correlation_integral",
    "count_magnitudes",
    "decluster",
    "epicentres",
    "expected_records",
    "holm",
    "hypocentres",
    "infer_bin_width",
    "kolmogorov_smirnov",
    "magnitude_of_completeness",
    "maximum_curvature",
    "next_exceeding",
    "positions_of",
    "ratio_p",
    "record_count_law",
    "record_rows",
    "round_magnitudes",
    "shi_bolt_sd",
    "slope_interval",
    "usual_records",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "bvalue": ["BValue", "b_value", "next_exceeding", "shi_bolt_sd"],
        "comparison": ["Compared", "comparison_document", "ratio_p", "slope_interval"],
        "completeness": [
            "Completeness",
            "b_stability",
            "magnitude_of_completeness",
            "kolmogorov_smirnov",
            "maximum_curvature",
        ],
        "declustering": ["Declustering", "decluster"],
        "fractal": [
            "BoxCounting",
            "CorrelationDimension",
            "box_counting",
            "correlation_dimension",
            "correlation_integral",
        ],
        "magnitudes": [
            "FrequencyMagnitude",
            "count_magnitudes",
            "infer_bin_width",
            "round_magnitudes",
        ],
        "multiplicity": ["holm"],
        "positions": ["Positions", "epicentres", "hypocentres", "positions_of"],
        "records": ["expected_records", "record_count_law", "record_rows", "usual_records"],
    },
)
