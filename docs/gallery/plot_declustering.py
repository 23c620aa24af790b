"""
Declustering a catalog whose parents are known
==============================================

An epidemic-type catalog says of every event whether it is an aftershock. The method of nearest
neighbours does not look.
"""

from asperity.core.figures import nearest_neighbour_modes
from asperity.core.statistics import decluster
from asperity.core.statistics.synthetic import Etas, etas_catalog

DAY = 86400.0
model = Etas.with_branching_ratio(0.6, background_rate=4.0 / DAY)
catalog = etas_catalog(730.0 * DAY, model, extent=300_000.0, seed=3)
made, rows = decluster(catalog, method="nearest-neighbour")
figure = nearest_neighbour_modes(made, "Epidemic-type, branching ratio 0.6")

# %%
# The dashed line parts clustered events (below) from the background. It is where two normal laws
# fitted to the proximity are equally likely.

background = catalog["generation"][rows] == 0
print(f"{len(catalog):,} events, {background.sum():,} of the background")
print(f"{made.n_mainshocks:,} mainshocks found")

# %%
# **What it does not say**: which single event is an aftershock. Methods differ by factors on real
# catalogs, most of all on induced ones (:doc:`the theory </theory-statistics>`).
