"""
The b-value of a catalog
========================

Oklahoma, 2000 to 2022: from which magnitude on the catalog is complete, and how fast the number
of events falls above it.
"""

from asperity.core.demo import Twin, read_or_twin
from asperity.core.figures import frequency_magnitude
from asperity.core.statistics import b_value
from asperity.core.statistics.results import bvalue_document

oklahoma = Twin(
    "oklahoma-ogs", "Oklahoma", events=14_000, mc=2.4, b=1.12,
    start="2000-01-14", end="2022-12-03", bin_width=0.1,
)  # fmt: skip
material = read_or_twin(oklahoma, seed=0)
catalog = material.result.catalog
print(*material.notes or [f"{len(catalog):,} events of data:{oklahoma.name}"])

# %%
# The completeness here is the mode of the magnitudes plus 0.2, which is quick and often too low.
# The command ``asperity catalog bvalue FILE --mc-method maxc --bin-width 0.1`` prints the same.

document = bvalue_document(catalog, name=oklahoma.title, mc_method="maxc", bin_width=0.1)
print(f"Mc {document['mc']}, b {document['b']:.3f} +- {document['b_sd']:.3f}")
figure = frequency_magnitude(document)

# %%
# **What to look at**: whether the points follow the line over two units of magnitude. **What it
# does not say**: the error holds only if Mc is right. Raise it, and look whether b stays. In
# Oklahoma it does not, so that the error above is the smaller part of what is not known.

for mc in (2.4, 2.8, 3.2, 3.6):
    found = b_value(catalog["magnitude"], mc, bin_width=0.1)
    print(f"Mc {mc}: b {found.b:.3f} +- {found.b_sd:.3f} from {found.n:,} events")
