"""
A triaxial test in a few seconds
================================

A fault between 224 grains under pressure is loaded until it slips. Every break of a bond and
every episode of slip on a joint becomes an event of a catalog.
"""

from asperity.dem import Simulation
from asperity.dem.laboratory.figures import energies, stress_and_events
from asperity.dem.laboratory.results import elementary_catalog, history_dataset, summary

test = Simulation.from_case("smoke", seed=0).run()
result = summary(test)
print(f"{result['particles']} grains, {result['contacts']}")
print(f"peak deviator {result['peak_deviator'] / 1e6:.0f} MPa")
print(f"energy that the account misses: {100 * result['energy_closure']:.3f} % of the work")

# %%
# Axial less confining stress, and the events below it: they grow in number before the stress
# falls.

history, events = history_dataset(test), elementary_catalog(test)
figure = stress_and_events(history, events)

# %%
# Where the work of platens and membrane has gone. The dotted line is what the account misses.

balance = energies(history)

# %%
# **What it does not say**: 224 grains are a demonstration. A study wants the cases ``mini`` or
# ``paper``, several seeds, and a look at what :doc:`the model leaves out </theory-dem>`.
