"""
The error of a velocity, and the colour of its noise
====================================================

Eight years of daily positions with white and flicker noise, drawn again and again: how often does
the interval of a velocity hold the truth?
"""

import numpy as np

from asperity.gnss.figures.positions import trajectory_figure
from asperity.gnss.positions import PositionSeries
from asperity.gnss.positions.noise import Noise, simulate
from asperity.gnss.positions.velocity import VelocityOptions, estimate_velocity

days = np.datetime64("2012-01-01T12:00") + np.arange(2922) * np.timedelta64(1, "D")
years = np.arange(days.size) / 365.25
truth = np.array([[12.0], [-4.0], [1.0]])
noise = Noise(white=1.0, power_law=3.0)


def station(seed):
    positions = truth * years + simulate(noise, days.size, 3, seed=seed)
    return PositionSeries.from_arrays(days, positions, site=f"S{seed:03}")


one = estimate_velocity(station(1), options=VelocityOptions(noise="flicker"))
figure = trajectory_figure(one)

# %%
# White noise alone makes errors of hundredths of a millimetre a year, and they are wrong. With
# flicker noise in the model, found from the same positions, intervals hold what they promise.

for kind in ("white", "flicker"):
    fits = [estimate_velocity(station(s), options=VelocityOptions(noise=kind)) for s in range(12)]
    off = np.abs([f.velocity - truth[:, 0] for f in fits])
    sigma = np.array([f.sigma for f in fits])
    inside = int((off < 1.96 * sigma).sum())
    print(f"{kind:8} mean sigma {sigma.mean():.3f} mm/yr, {inside} of {off.size} within 1.96 sigma")

# %%
# **What it does not say**: whether the noise of a real station is flicker noise. The noise model
# ``power-law`` estimates the index; ten years hardly fix it (:doc:`measured </validation-series>`).
