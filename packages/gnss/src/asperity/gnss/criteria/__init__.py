"""Deformation criteria of coming earthquakes, as named rules, and how well they do.

The names below are loaded when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asperity.core.lazy import lazy

if TYPE_CHECKING:
    from asperity.gnss.criteria.area import StudyArea
    from asperity.gnss.criteria.comparison import added_by, paired_difference
    from asperity.gnss.criteria.config import PUBLISHED, CriteriaConfiguration, Rule
    from asperity.gnss.criteria.evaluation import RuleResult, evaluate, evaluate_rule
    from asperity.gnss.criteria.faults import faults_in, large_faults
    from asperity.gnss.criteria.ground import Ground
    from asperity.gnss.criteria.history import located_events, nulls_of_history
    from asperity.gnss.criteria.nulls import Null, seismicity_null, uniform_null
    from asperity.gnss.criteria.scores import (
        AlarmScore,
        Molchan,
        alarm_score,
        irwin_hall_cdf,
        molchan,
    )
    from asperity.gnss.criteria.space_time import TimeScore, announced, score_alarms
    from asperity.gnss.criteria.surface import EDGES, Surface
    from asperity.gnss.criteria.synthetic import synthetic_alarms
    from asperity.gnss.criteria.targets import Targets, catalog_events, mainshocks
    from asperity.gnss.criteria.time_tables import (
        StatisticTable,
        monthly_counts,
        read_statistics,
        write_statistics,
    )

__all__ = [
    "EDGES",
    "PUBLISHED",
    "AlarmScore",
    "CriteriaConfiguration",
    "Ground",
    "Molchan",
    "Null",
    "Rule",
    "RuleResult",
    "StatisticTable",
    "StudyArea",
    "Surface",
    "Targets",
    "TimeScore",
    "added_by",
    "alarm_score",
    "announced",
    "catalog_events",
    "evaluate",
    "evaluate_rule",
    "faults_in",
    "irwin_hall_cdf",
    "large_faults",
    "located_events",
    "mainshocks",
    "molchan",
    "monthly_counts",
    "nulls_of_history",
    "paired_difference",
    "read_statistics",
    "score_alarms",
    "seismicity_null",
    "synthetic_alarms",
    "uniform_null",
    "write_statistics",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "area": ["StudyArea"],
        "comparison": ["added_by", "paired_difference"],
        "config": ["PUBLISHED", "CriteriaConfiguration", "Rule"],
        "evaluation": ["RuleResult", "evaluate", "evaluate_rule"],
        "faults": ["faults_in", "large_faults"],
        "ground": ["Ground"],
        "history": ["located_events", "nulls_of_history"],
        "nulls": ["Null", "seismicity_null", "uniform_null"],
        "scores": ["AlarmScore", "Molchan", "alarm_score", "irwin_hall_cdf", "molchan"],
        "space_time": ["TimeScore", "announced", "score_alarms"],
        "surface": ["EDGES", "Surface"],
        "synthetic": ["synthetic_alarms"],
        "targets": ["Targets", "catalog_events", "mainshocks"],
        "time_tables": [
            "StatisticTable",
            "monthly_counts",
            "read_statistics",
            "write_statistics",
        ],
    },
)
