"""
Strain rate with its uncertainty, beside the truth
==================================================

Velocities of 300 stations are drawn from a field that is known everywhere: a strike-slip fault, a
thrust, a normal fault and a smooth part, with noise. Collocation does not know the field.
"""

import numpy as np

from asperity.gnss import Collocation
from asperity.gnss.figures import strain_map
from asperity.gnss.strain_rate.fields import grid_axes, grid_dataset
from asperity.gnss.strain_rate.synthetic import noisy, truth_for

region = (97.0, 105.0, 24.0, 32.0)
truth = truth_for("mixed", region, seed=1)
rng = np.random.default_rng(0)
stations = rng.uniform(96.0, 106.0, 300), rng.uniform(23.0, 33.0, 300)
covariances = np.tile(0.16 * np.eye(2), (300, 1, 1))
velocities = noisy(truth.velocity(*stations), covariances, 0.3, rng)

# %%
# The covariance function is found from the velocities by restricted likelihood.

field = Collocation().fit(stations, velocities, covariances)
left_out = field.leave_one_out()
print(f"left-out stations: rms {left_out.rmse:.2f} mm/yr, z2 {left_out.z2:.2f} (1 is right)")

axes = grid_axes(region, 0.25)
nodes = tuple(a.ravel() for a in np.meshgrid(*axes))
strain = grid_dataset(field.predict(nodes), *axes)
figure = strain_map(strain, "max_shear_half", axes=True, stations=stations)

# %%
# Its standard deviation, and what it is worth: the share of nodes whose true east-west strain
# rate lies within 1.645 of them should be 90 %.

uncertainty = strain_map(strain, "max_shear_half_sd", stations=stations)
true_ee = truth.strain(*nodes)[:, 0].reshape(strain["strain_ee"].shape)
z = ((strain["strain_ee"] - true_ee) / strain["strain_ee_sd"]).to_numpy()
inside = np.mean(np.abs(z[np.isfinite(z)]) < 1.645)
print(f"{100 * inside:.0f} % of the nodes lie within the 90 % interval")

# %%
# **What it does not say**: a strain rate belongs to a length. Stations 40 km apart do not show
# the peak over a fault that is locked above 15 km, and intervals are too narrow there while those
# of quiet areas are too wide (:doc:`measured </validation-strain>`).
