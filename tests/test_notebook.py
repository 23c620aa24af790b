"""What objects show at a prompt and in a notebook: a line, a short table, in every state."""

import numpy as np
import pytest

from asperity.dem import Simulation, pack
from asperity.evt import ESTIMATORS, LAWS
from asperity.evt.replay import replay
from asperity.gnss import Network

MAGNITUDES = np.random.default_rng(0).exponential(0.4, 200)


def network():
    return Network.from_columns(
        site=["<b>A</b>", "B"], longitude=[100.0, 101.0], latitude=[30.0, 31.0],
        east=[1.0, 2.0], north=[0.0, 1.0], frame="ITRF2014 & more",
    )  # fmt: skip


def replayed(magnitudes):
    (law, *_) = LAWS.values()
    return replay(magnitudes, 0.0, law, upper=ESTIMATORS[0], lower=ESTIMATORS[4])


def prepared():
    simulation = Simulation.from_case("smoke")
    simulation.prepare()
    return simulation


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Simulation.from_case("smoke"), "stage new"),
        (prepared, "state prepared"),
        (lambda: prepared().system, "flat joint contacts"),
        (lambda: pack(Simulation.from_case("smoke").configuration, 0), "porosity 0.3"),
        (lambda: replayed(MAGNITUDES), "events 200"),
        (lambda: replayed(MAGNITUDES[:3]), "events 3"),
        (network, "stations 2"),
        (lambda: network().select([]), "stations 0"),
    ],
)
def test_objects_show_themselves_in_a_line_and_a_table(make, told):
    thing = make()
    line, table = repr(thing), thing._repr_html_()
    assert line.startswith(f"<{type(thing).__name__}: ")
    assert told in line
    assert len(line) < 300
    assert "\n" not in line
    assert len(table) < 3000
    assert table.startswith("<table>")
    assert "<b>" not in table
    assert "& more" not in table
