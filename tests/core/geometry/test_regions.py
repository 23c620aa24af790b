import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asperity.core.errors import InputError
from asperity.core.geometry import Region


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1/2/3", "found 3 parts"),
        ("1/2/3/x", "write four numbers"),
        ("", "found 1 parts"),
        ("1/2/3/nan", "write four numbers"),
        ("1/inf/3/4", "write four numbers"),
        ("-181/2/3/4", "west is -181; allowed are -180 to 360"),
        ("1/2/3/91", "north is 91; allowed are -90 to 90"),
        ("1/2/4/3", "south lies above north"),
    ],
)
def test_a_region_that_is_none_is_refused_with_the_reason(text: str, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        Region.parse(text)


def test_edges_belong_to_the_region() -> None:
    region = Region.parse("-100/-95/34/37")
    assert region.contains([-100, -95, -95, -97], [34, 34, 37, 35]).all()
    assert not region.contains([-100.001, -94.999, -97, -97], [35, 35, 33.999, 37.001]).any()


def test_longitudes_of_any_turn_are_the_same_place() -> None:
    for region in (Region.parse("350/10/-5/5"), Region.parse("-10/10/-5/5")):
        assert region.contains([0, 360, -5, 355, 10], np.zeros(5)).all()
        assert not region.contains([11, 349, 180], np.zeros(3)).any()


def test_west_beyond_east_crosses_the_dateline() -> None:
    region = Region.parse("175/-175/-20/-15")
    assert region.width == 10
    assert region.contains([175, 180, -180, -175], np.full(4, -17.0)).all()
    assert not region.contains([174.9, -174.9, 0], np.full(3, -17.0)).any()


def test_a_whole_turn_holds_every_longitude() -> None:
    for text in ("-180/180/-90/90", "0/360/-90/90"):
        region = Region.parse(text)
        assert region.contains(np.linspace(-180, 360, 500), np.zeros(500)).all()


def test_nan_lies_outside() -> None:
    assert not Region.parse("0/1/0/1").contains([np.nan, 0.5], [0.5, np.nan]).any()


@given(
    west=st.floats(-180, 180),
    width=st.floats(0.01, 359.9),
    fraction=st.floats(0, 1),
    turns=st.integers(-2, 2),
)
def test_what_lies_between_west_and_east_is_inside(
    west: float, width: float, fraction: float, turns: int
) -> None:
    east = (west + width + 180) % 360 - 180
    region = Region(west, east, -10, 10)
    inside = west + fraction * width + 360 * turns
    outside = west + width + (0.001 + 0.998 * fraction) * (360 - width) + 360 * turns
    assert region.contains(inside, 0.0)
    assert not region.contains(outside, 0.0)
