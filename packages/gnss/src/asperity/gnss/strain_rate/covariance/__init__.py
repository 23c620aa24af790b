"""Covariances of the velocity signal: functions, sums, vector models, and the empirical one."""

from asperity.gnss.strain_rate.covariance.functions import (
    FUNCTIONS,
    CovarianceFunction,
    covariance_function,
)
from asperity.gnss.strain_rate.covariance.model import Component, Covariance
from asperity.gnss.strain_rate.covariance.vectors import MODELS, VectorModel, vector_model

__all__ = [
    "FUNCTIONS",
    "MODELS",
    "Component",
    "Covariance",
    "CovarianceFunction",
    "VectorModel",
    "covariance_function",
    "vector_model",
]
