"""Compilation of the kernels of strain fields and position series ahead of their first use."""

from __future__ import annotations

__all__ = ["warm_up"]


def warm_up() -> None:
    """Compile the kernels, for `asperity doctor --warm-up`."""
    import numpy as np

    from asperity.gnss.positions.midas import midas
    from asperity.gnss.positions.noise import Noise, fit_noise, simulate
    from asperity.gnss.strain_rate.collocation import Collocation
    from asperity.gnss.strain_rate.covariance.empirical import empirical_covariance
    from asperity.gnss.strain_rate.shen import ShenStrain

    places = (np.array([0.0, 1.0, 0.0, 1.0, 0.5]), np.array([0.0, 0.0, 1.0, 1.0, 0.4]))
    velocities = np.array([[0.0, 1.0, 0.0, 1.0, 0.4], [0.0, 0.0, 1.0, 1.0, 0.6]])
    covariances = np.tile(np.eye(2), (5, 1, 1))
    field = Collocation("matern32").fit(places, velocities, covariances)
    field.predict(places)
    empirical_covariance(field.observations_)
    ShenStrain().fit(places, velocities, covariances).predict(places)
    years = 2000.0 + np.arange(600) / 365.25
    values = simulate(Noise(1.0, 1.0), 600)[0]
    kept = np.arange(600) != 300
    fit_noise(years[kept], values[kept], np.ones((599, 1)), "flicker")
    midas(years, values)
