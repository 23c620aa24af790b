"""
The next record of an injection sequence
========================================

Preston New Road, England, 2019. Before each event the magnitude of the next record is forecast
from the events before it alone; then the record that came is held against it.
"""

from asperity.core.demo import read_or_twin
from asperity.evt.config import ForecastConfiguration
from asperity.evt.demo import PRESTON_NEW_ROAD
from asperity.evt.figures import replay_figure
from asperity.evt.results import make_replay, replay_document
from asperity.evt.sequence import sequence_of

material = read_or_twin(PRESTON_NEW_ROAD, seed=0)
print(*material.notes or [f"data:{PRESTON_NEW_ROAD.name}"])

# %%
# Bands are the central 50 and 90 % of the next record's magnitude, stars the records that came.
# Below stands the chance that the next record, should one come, exceeds magnitudes 2 and 3.

configuration = ForecastConfiguration(mc=PRESTON_NEW_ROAD.mc, thresholds=(2.0, 3.0))
sequence = sequence_of(material.result, PRESTON_NEW_ROAD.mc)
document = replay_document(sequence, make_replay(sequence, configuration), configuration)
figure = replay_figure({"name": PRESTON_NEW_ROAD.title, **document})

# %%
# The scores stand beside those of the plain Gutenberg-Richter law, whose next record exceeds the
# largest magnitude by an exponential variable. Over the registered sequences none of the two is
# clearly better: :doc:`the table </validation-evt>`.

scores = document["scores"]
print(f"{scores['n_records_scored']} records scored")
print(f"CRPS {scores['crps']:.3f}, Gutenberg-Richter {scores['baseline']['crps']:.3f}")
