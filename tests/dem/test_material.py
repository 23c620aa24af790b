"""Virtual tests of rock against lattices of known stiffness and strength, and calibration."""

import json
import math

import numpy as np
import pytest

from asperity.core.config import resolve
from asperity.core.errors import InputError
from asperity.dem import LaboratoryConfiguration
from asperity.dem.config import CASES, FlatJoints
from asperity.dem.rock.calibration import calibrate, run_tests
from asperity.dem.rock.material import Packing, Rock, pack
from asperity.dem.rock.material_tests import (
    Conditions,
    direct_tension,
    gauge_strain,
    triaxial,
    uniaxial,
)
from commands import run
from naive.dem import shortened

RADIUS, MODULUS, RATIO = 1e-3, 20e9, 2.0
#: Joints of the full radius, all equally strong.
EVEN = FlatJoints(
    modulus=MODULUS, ratio=RATIO, radius_multiplier=1.0, tensile_strength=5e6, tensile_sd=0.0,
    cohesion=40e6, cohesion_sd=0.0, around=4,
)  # fmt: skip


def rng():
    return np.random.default_rng(0)


def lattice(cells, basis, side):
    """Touching grains at the points of a cubic lattice, joined to their nearest neighbours."""
    corners = np.stack(np.meshgrid(*map(np.arange, cells), indexing="ij"), axis=-1).reshape(-1, 3)
    x = side * (corners[:, None] + np.array(basis)[None]).reshape(-1, 3)
    x -= 0.5 * (x.min(axis=0) + x.max(axis=0))
    d = np.linalg.norm(x[:, None] - x[None], axis=2)
    i, j = np.nonzero(np.triu(d < 2.01 * RADIUS, 1))
    pairs = np.column_stack([i, j]).astype(np.int32)
    extent = np.ptp(x, axis=0) + 2 * RADIUS
    return Packing(x, np.full(len(x), RADIUS), pairs, extent[0] * extent[1], extent[2])


CUBIC = lattice((5, 5, 10), [(0, 0, 0)], 2 * RADIUS)


def rock(cement="flat-joint", **changes):
    return Rock(EVEN, cement, platen_stiffness=1e9).with_joints(**changes)


@pytest.mark.parametrize(("cement", "springs"), [("flat-joint", 1.0), ("parallel-bond", 2.0)])
def test_simple_cubic_lattice(cement, springs):
    # Chains of springs E* pi r^2 / 2r, one on each (2r)^2: E = pi/4 E*, no lateral strain.
    # A parallel bond has the spring of its contact beside it, in compression only.
    pressed = uniaxial(CUBIC, rock(cement, breakable=False), rng(), Conditions(
        largest_gauge_strain=3e-4, gauge=1.0))  # fmt: skip
    assert pressed.young == pytest.approx(springs * math.pi / 4 * MODULUS, rel=5e-3)
    assert abs(pressed.poisson) < 1e-3
    pulled = direct_tension(CUBIC, rock(cement), rng(), Conditions(gauge=1.0))
    assert pulled.young == pytest.approx(math.pi / 4 * MODULUS, rel=2e-3)
    # Every chain breaks where one of its joints bears its tensile strength on pi r^2.
    assert pulled.strength == pytest.approx(math.pi / 4 * 5e6, rel=0.02)
    tension, shear = pulled.cracks
    assert tension > 0
    assert shear == 0


def test_face_centred_cubic_lattice_widens_as_its_springs_say():
    side = 2 * math.sqrt(2) * RADIUS
    packing = lattice((6, 6, 12), [(0, 0, 0), (0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5)], side)
    test = uniaxial(packing, rock(breakable=False), rng(), Conditions(largest_gauge_strain=2e-4))
    # All sites are centres of symmetry: grains move with the mean strain and do not turn.
    kn = MODULUS * math.pi * RADIUS**2 / (2 * RADIUS)
    ways = np.array([(a, b, 0) for a in (1, -1) for b in (1, -1)])
    ways = np.concatenate([np.roll(ways, k, axis=1) for k in range(3)]) / math.sqrt(2)

    def stress(strain):
        total = np.zeros((3, 3))
        for n in ways:
            stretch = 2 * RADIUS * strain @ n
            along = (stretch @ n) * n
            force = kn * along + kn / RATIO * (stretch - along)
            total += np.outer(force, 2 * RADIUS * n) / 2  # each spring belongs to two sites
        return total / (side**3 / 4)

    c11, c12 = stress(np.diag([1.0, 0, 0]))[0, 0], stress(np.diag([1.0, 0, 0]))[1, 1]
    # Grains at the free sides have fewer springs than those inside.
    assert test.poisson == pytest.approx(c12 / (c11 + c12), rel=0.05)


@pytest.fixture(scope="module")
def specimen():
    configuration = resolve(LaboratoryConfiguration, CASES["smoke"], (), "test")
    return pack(configuration, 0)


def test_moduli_are_those_of_the_static_solution(specimen):
    # All displacements and rotations from one system of equations, instead of steps in time.
    test = uniaxial(specimen, rock(breakable=False), rng(), Conditions(largest_gauge_strain=2e-4))
    moved, pressed = shortened(
        specimen.positions, specimen.radii, specimen.pairs, MODULUS, RATIO, 4, 1e9,
        0.5 * specimen.height, 1e-5,
    )  # fmt: skip
    x = specimen.positions
    off = np.linalg.norm(x[:, :2] - x[:, :2].mean(axis=0), axis=1)
    inside = (np.abs(x[:, 2] - x[:, 2].mean()) < 0.03) & (off < 0.015)
    inside &= np.bincount(specimen.pairs.ravel(), minlength=len(x)) >= 3
    strain = -gauge_strain(x[inside], x[inside] + moved[inside])
    assert test.young == pytest.approx(pressed / specimen.section / strain[2, 2], rel=0.01)
    lateral = 0.5 * (strain[0, 0] + strain[1, 1])
    assert test.poisson == pytest.approx(-lateral / strain[2, 2], abs=2e-3)


def test_stiffness_follows_the_modulus_and_not_the_rate(specimen):
    conditions = Conditions(largest_gauge_strain=5e-4)
    once, twice = (
        uniaxial(specimen, rock(modulus=m, breakable=False), rng(), conditions)
        for m in (MODULUS, 2 * MODULUS)
    )
    assert twice.young == pytest.approx(2 * once.young, rel=0.02)
    slow = uniaxial(
        specimen, rock(breakable=False), rng(),
        Conditions(strain_rate=0.25, largest_gauge_strain=5e-4),
    )  # fmt: skip
    assert slow.young == pytest.approx(once.young, rel=0.01)
    assert slow.poisson == pytest.approx(once.poisson, abs=0.01)
    assert 0.0 < once.poisson < 0.5


def test_tension_of_equal_joints(specimen):
    # Before anything breaks nothing but the strength of the joints has the unit of a stress.
    once, twice = (
        direct_tension(specimen, rock(tensile_strength=s, cohesion=8 * s), rng())
        for s in (5e6, 10e6)
    )
    assert twice.strength == pytest.approx(2 * once.strength, rel=0.03)
    # In a uniform strain the first joint to break would lie along the axis, at s / E*.
    broken = once.curve["tension_cracks"].values > 0
    first = float(once.curve["gauge_axial_strain"].values[np.argmax(broken)])
    assert 0.2 * 5e6 / MODULUS < first < 5e6 / MODULUS
    assert sum(once.cracks) > 0


def test_confinement_strengthens(specimen):
    fast = Conditions(strain_rate=2.0, confinement=5e6)
    free = uniaxial(specimen, rock(), rng(), fast)
    under = triaxial(specimen, rock(), rng(), fast)
    assert under.curve["axial_stress"].values[0] == pytest.approx(5e6, rel=3e-3)
    # Friction of broken joints and bonds: more than the pressure itself.
    assert under.deviator > free.strength + 5e6
    # The membrane turns nothing: lateral strain stays small until the peak.
    peak = int(np.argmax(under.curve["axial_stress"].values))
    assert np.abs(under.curve["gauge_lateral_strain"].values[:peak]).max() < 0.03


def test_calibration_reaches_its_targets(specimen):
    targets = {"young": 30e9, "poisson": 0.12, "tension": 3e6}
    seen = []
    found = calibrate(
        {0: specimen}, rock(), targets, Conditions(), tolerance=0.02, watch=seen.append
    )
    assert found.converged
    assert len(seen) == len(found.steps) > 1
    # Made anew with the constants that it has found.
    tests = run_tests(["elastic", "tension"], {0: specimen}, found.rock, Conditions())
    assert tests["elastic"][0].young == pytest.approx(30e9, rel=0.02)
    assert tests["elastic"][0].poisson == pytest.approx(0.12, rel=0.02)
    assert tests["tension"][0].strength == pytest.approx(3e6, rel=0.02)
    assert found.rock.joints.cohesion == EVEN.cohesion  # no target asks for another


def test_what_cannot_be_calibrated(specimen):
    with pytest.raises(InputError, match="'e' is not known"):
        calibrate({0: specimen}, rock(), {"e": 1.0})
    with pytest.raises(InputError, match=r"poisson is 0\.6"):
        calibrate({0: specimen}, rock(), {"poisson": 0.6})
    # Grains were packed to a porosity: contacts beside parallel bonds press from the start.
    with pytest.raises(InputError, match=r"specimen\.packing_stress"):
        uniaxial(specimen, rock("parallel-bond"), rng())
    with pytest.raises(InputError, match="strain_rate is -1"):
        Conditions(strain_rate=-1.0)


def test_calibrate_from_the_command_line(tmp_path):
    toml, picture = tmp_path / "rock.toml", tmp_path / "tension.png"
    told = run(
        "dem", "calibrate", "--case", "smoke", "--test", "tension", "--target", "young=40e9",
        "--set", "rock.tensile_strength=5e6", "--specimens", 2, "--json", "-o", toml,
        "--figure", picture,
    )  # fmt: skip
    document = json.loads(told.stdout)
    assert document["converged"]
    (row,) = document["targets"]
    assert abs(row["reached"] / 40e9 - 1) <= document["tolerance"]
    assert {t["test"] for t in document["tests"]} == {"elastic", "tension"}
    assert document["properties"]["tension"]["n"] == 2
    assert document["properties"]["tension"]["sd"] > 0
    assert picture.stat().st_size > 10_000
    shown = json.loads(run("config", "show", toml, "--json").stdout)
    assert row["value"] == pytest.approx(document["rock"]["modulus"])
    assert f"modulus = {row['value']!r}" in toml.read_text()
    assert shown
    missed = run(
        "dem", "calibrate", "--case", "smoke", "--target", "young=400e9", "--steps", 1, code=3
    )
    assert "NOT reached" in missed.stdout
    for wrong in (
        (), ("--test", "shear"), ("--target", "young"), ("--target", "young=-1"),
        ("--test", "tension", "--cement", "parallel-bond", "-o", tmp_path / "no.toml"),
    ):  # fmt: skip
        run("dem", "calibrate", "--case", "smoke", *wrong, code=2)
