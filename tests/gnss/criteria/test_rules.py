"""Rules, faults and configuration: alarms that can be written down by hand."""

import numpy as np
import pytest

from asperity.core.config import load, resolve, to_toml
from asperity.core.datasets import dataset
from asperity.core.errors import InputError, UsageError
from asperity.core.geometry import FaultKind, Faults, FaultTrace, read_faults
from asperity.gnss.criteria import (
    PUBLISHED,
    CriteriaConfiguration,
    Ground,
    large_faults,
)
from asperity.gnss.criteria.faults import connected_lengths, type_counts, words_that_disagree

SETTINGS = CriteriaConfiguration.model_validate({})


def trace(*points, kind=FaultKind.LEFT_LATERAL, name=""):
    return FaultTrace(np.array(points, dtype=float), kind, name)


@pytest.fixture(scope="module")
def ground(field_of):
    """Shear of 0 to 40 and east-west strain of -20 to 20 nanostrain/yr, growing eastwards."""
    field = field_of(lambda x, y: 2.0 * x + 0.1, east=lambda x, y: 2.0 * x - 20.0)
    faults = Faults((
        trace((0.0, 0.0), (20.0, 0.0), kind=FaultKind.LEFT_LATERAL),
        trace((12.0, -1.0), (16.0, -1.0), kind=FaultKind.NORMAL, name="Graben"),
        trace((1.0, 1.0), (4.0, 1.0), kind=FaultKind.REVERSE),
    ))  # fmt: skip
    return Ground(field, faults, SETTINGS)


def test_large_faults_have_a_name_or_go_on():
    pieces = Faults((
        trace((0.0, 0.0), (0.7, 0.0)),
        trace((1.4, 0.0), (0.7, 0.02)),
        trace((1.42, 0.0), (1.6, 0.0)),
        trace((5.0, 0.0), (5.5, 0.0)),
        trace((8.0, 0.0), (8.2, 0.0), name="Named Fault"),
        trace((0.0, 1.0), (3.0, 1.0), kind=FaultKind.FOLD, name="Named Fold"),
    ))  # fmt: skip
    lengths = connected_lengths(pieces, 5.0)
    assert lengths[:3] == pytest.approx([1e-3 * pieces.lengths[:3].sum()] * 3)
    assert lengths[3] == pytest.approx(1e-3 * pieces.lengths[3])
    large = large_faults(pieces, "strike-slip", 150.0, 5.0)
    assert [t.coordinates[0, 0] for t in large] == [0.0, 1.4, 1.42, 8.0]
    # Without the gap bridged the pieces are short.
    assert [t.name for t in large_faults(pieces, "strike-slip", 150.0, 1.0)] == ["Named Fault"]
    assert not len(large_faults(pieces, "normal", 150.0, 5.0))
    assert not len(connected_lengths(Faults(()), 5.0))


def test_oblique_faults_are_of_both_styles():
    oblique = Faults((trace((0.0, 0.0), (3.0, 0.0), kind=FaultKind.REVERSE_RIGHT_LATERAL),))
    assert len(large_faults(oblique, "reverse", 150.0, 5.0)) == 1
    assert len(large_faults(oblique, "strike-slip", 150.0, 5.0)) == 1


def test_strike_slip_rule_is_edge_and_fault_and_range(ground):
    x, y = ground.area.coordinates
    rank = (x + 0.125) / 20.25
    shear = 2.0 * x + 0.1
    found = ground.alarm(PUBLISHED["SS7"], "band")
    # 25 km are 0.226 degrees of latitude: the nodes on the fault only.
    expected = (rank >= 0.6) & (rank < 0.9) & (np.abs(y) < 0.2) & (shear >= 6.0) & (shear <= 20.0)
    assert not expected.any()
    assert (found == expected).all()
    wider = PUBLISHED["SS7"].model_copy(update={"values": (6.0, 30.0)})
    expected = (rank >= 0.6) & (rank < 0.9) & (np.abs(y) < 0.2) & (shear <= 30.0)
    assert expected.sum() == 11
    assert (ground.alarm(wider, "band") == expected).all()


def test_normal_rule_is_the_west_side_of_extension(ground):
    x, y = ground.area.coordinates
    rank = (x + 0.125) / 20.25
    near = (np.abs(y + 1.0) < 0.2) & (x > 11.9) & (x < 16.1)
    expected = near & (rank >= 0.6) & (rank < 0.9)
    assert (ground.alarm(PUBLISHED["N7"], "band") == expected).all()
    # East is where extension falls: nowhere on a field that grows eastwards.
    east = PUBLISHED["N7"].model_copy(update={"side": "east"})
    assert not ground.alarm(east, "band").any()


def test_thrust_rule_looks_at_shortening(ground):
    x, y = ground.area.coordinates
    rank = 1.0 - (x + 0.125) / 20.25
    near = (np.abs(y - 1.0) < 0.2) & (x > 0.7) & (x < 4.3)
    rule = PUBLISHED["T7"].model_copy(update={"values": (-16.0, -12.0)})
    ee = 2.0 * x - 20.0
    expected = near & (rank >= 0.6) & (rank < 0.9) & (ee >= -16.0) & (ee <= -12.0)
    assert expected.sum() == 9
    assert (ground.alarm(rule, "band") == expected).all()


def test_moderate_rules_are_ranges_and_high_or_edge(ground):
    x, _ = ground.area.coordinates
    ee, shear = 2.0 * x - 20.0, 2.0 * x + 0.1
    assert (ground.alarm(PUBLISHED["N5"], "band") == (ee >= 0.0)).all()
    assert (ground.alarm(PUBLISHED["T5"], "band") == (ee <= 0.0)).all()
    expected = (shear >= 8.0) & (shear <= 30.0) & ((x + 0.125) / 20.25 >= 0.6)
    assert (ground.alarm(PUBLISHED["SS5"], "band") == expected).all()


def test_a_union_is_any_of_its_rules(ground):
    parts = [ground.alarm(PUBLISHED[f"discussion-{k}"], "contour") for k in ("SS", "N", "T")]
    assert all(part.any() for part in parts)
    expected = np.logical_or.reduce(parts)
    assert (ground.alarm(PUBLISHED["discussion"], "contour") == expected).all()


def test_alarms_reach_as_far_as_places_are_uncertain(ground):
    x, _ = ground.area.coordinates
    y = ground.area.coordinates[1]
    one = (x == 10.0) & (y == 0.0)
    # 25 km and half a cell of 27.8 km: the eight neighbours, whose corners are 39.3 km away, but
    # not those corners.
    assert ground.reach == pytest.approx(25.0 + 13.9, abs=0.01)
    assert ground.widened(one).sum() == 5
    exact = resolve(CriteriaConfiguration, {}, ["zones.location_error=0"])
    bare = Ground(ground.field, ground.faults, exact)
    assert bare.widened(one).sum() == 1


def test_a_reference_makes_percentiles_of_a_range(ground, field_of):
    # The same order of places, other values: by percentiles the range is the same nodes.
    other = field_of(lambda x, y: (2.0 * x + 0.1) ** 3, east=lambda x, y: x)
    there = Ground(other, ground.faults, SETTINGS, reference=ground.field)
    rule = PUBLISHED["SS7"]
    low, high = there.bounds(rule)
    assert (low, high) == pytest.approx((12 / 81, 40 / 81))
    assert (there.inside_range(rule) == ground.inside_range(rule)).all()
    assert not Ground(other, ground.faults, SETTINGS).inside_range(rule)[40]


def test_without_a_fault_of_the_style_there_is_no_alarm(ground):
    bare = Ground(ground.field, Faults(()), SETTINGS)
    assert np.isinf(bare.fault_distance("normal")).all()
    assert not bare.alarm(PUBLISHED["discussion"], "band").any()


def test_a_file_changes_one_key_of_a_published_rule(tmp_path):
    path = tmp_path / "criteria.toml"
    path.write_text('[rules.SS7]\nvalues = [5.0, 9.0]\n[rules.mine]\nquantity = "extension"\n')
    chosen = resolve(CriteriaConfiguration, load(path))
    assert chosen.rules["SS7"].values == (5.0, 9.0)
    assert chosen.rules["SS7"].fault == "strike-slip"
    assert chosen.rules["mine"].zone == "edge"
    assert chosen.rules["T5"] == PUBLISHED["T5"]
    assert resolve(CriteriaConfiguration, {}, ["rules.N7.side='any'"]).rules["N7"].side == "any"


def test_the_template_reads_back(tmp_path):
    path = tmp_path / "criteria.toml"
    path.write_text(to_toml("gnss.criteria", SETTINGS))
    assert resolve(CriteriaConfiguration, load(path)) == SETTINGS


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("rules.SS7.values=[3.0]", "a lowest and a highest"),
        ("rules.SS7.values=[3.0, 1.0]", "a lowest and a highest"),
        ("rules.SS7.max_magnitude=6", "max_magnitude must be above"),
        ("rules.discussion.union=['N9']", "union of 'N9'"),
        ("zones.band=[0.9, 0.6]", "two ascending ranks"),
        ("rules.SS7.fault='oblique'", "strike-slip"),
    ],
)
def test_configurations_that_cannot_be_are_refused(change, said):
    with pytest.raises(UsageError, match=said):
        resolve(CriteriaConfiguration, {}, [change])


def test_rules_must_be_a_table():
    with pytest.raises(InputError, match="rules"):
        resolve(CriteriaConfiguration, {"rules": 3})


@pytest.mark.data
def test_the_registered_faults_are_typed_by_their_codes(data_folder):
    faults = read_faults(dataset("himatibetmap").fetch())
    kinds = type_counts(faults.without_folds())
    # Counted in the file by the first two digits of ltype.
    assert kinds == {
        "reverse": 216, "left-lateral": 169, "normal": 155, "right-lateral": 80,
        "reverse-right-lateral": 3,
    }  # fmt: skip
    assert ("strike-slip", "reverse", 3) in words_that_disagree(faults)
    assert sum(n for *_, n in words_that_disagree(faults)) == 16


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("thrsut", "reverse"), ("lrft slip", "left-lateral"), ("left sli[p", "left-lateral"),
        ("left sllp", "left-lateral"), ("leftslip", "left-lateral"), ("right slp", "right-lateral"),
        ("rightslip", "right-lateral"), ("striek-slip", "strike-slip"),
        ("srtrike-slip", "strike-slip"), ("strikes-lip", "strike-slip"), ("snycline", "fold"),
        ("sycline", "fold"), ("c", "unknown"), ("alteration", "unknown"), ("mapped", "unknown"),
    ],
)  # fmt: skip
def test_misspelt_words_are_understood(words, kind):
    assert FaultKind.parse(words) == kind
