"""The table of stations: what it checks, what it carries, what it refuses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asperity.core.errors import DataError, InputError
from asperity.gnss import Network
from asperity.gnss.velocities.network import COLUMNS, wrap_longitude


def small(**changes):
    columns = {
        "site": ["A", "B", "C"],
        "longitude": [100.0, 101.0, 102.0],
        "latitude": [30.0, 31.0, 32.0],
        "east": [1.0, 2.0, 3.0],
        "north": [-1.0, -2.0, -3.0],
        "sd_east": [0.3, 0.4, 0.5],
        "sd_north": [0.6, 0.7, 0.8],
        "correlation": [0.5, 0.0, -0.5],
    }
    return Network.from_columns(**columns | changes)


def test_covariances_are_those_of_the_deviations_and_the_correlation():
    covariance = small().covariances
    assert covariance.shape == (3, 2, 2)
    np.testing.assert_allclose(covariance[0], [[0.09, 0.09], [0.09, 0.36]])
    np.testing.assert_allclose(covariance[2], [[0.25, -0.2], [-0.2, 0.64]])


def test_what_is_not_given_is_not_known():
    network = small()
    assert np.isnan(network.up).all()
    assert np.isnan(network.height).all()
    assert network.source.tolist() == ["", "", ""]
    assert network.frame == ""


@given(st.floats(-1e4, 1e4))
def test_a_wrapped_longitude_is_the_same_meridian(degrees):
    wrapped = float(wrap_longitude(degrees))
    assert -180.0 <= wrapped < 180.0
    turn = np.exp(1j * np.deg2rad([degrees, wrapped]))
    assert abs(turn[0] - turn[1]) < 1e-10


def test_longitudes_of_other_turns_are_wrapped():
    network = small(longitude=[-229.156, 359.994, 180.0])
    np.testing.assert_allclose(network.longitude, [130.844, -0.006, -180.0])


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("longitude", [100.0, np.nan, 102.0]),
        ("latitude", [30.0, 90.1, 32.0]),
        ("latitude", [30.0, np.nan, 32.0]),
        ("east", [1.0, np.inf, 3.0]),
        ("north", [1.0, np.nan, 3.0]),
        ("sd_east", [0.3, 0.0, 0.5]),
        ("sd_north", [0.3, -1.0, 0.5]),
        ("sd_up", [0.3, np.inf, 0.5]),
        ("correlation", [0.5, 1.0, 0.5]),
        ("correlation", [0.5, np.nan, 0.5]),
        ("up", [0.0, -np.inf, 0.0]),
    ],
)
def test_a_value_that_is_not_allowed_is_named_with_its_row_and_site(column, values):
    with pytest.raises(InputError, match=rf"row 1 \(B\), {column}: found .* expected"):
        small(**{column: values})


def test_an_end_before_its_start_is_refused():
    with pytest.raises(InputError, match=r"row 1 \(B\), end"):
        small(start=[2000.0, 2005.0, np.nan], end=[2001.0, 2004.0, 2003.0])


def test_columns_of_other_lengths_names_or_none_are_refused():
    with pytest.raises(InputError, match="of one length"):
        small(east=[1.0, 2.0])
    with pytest.raises(InputError, match="unknown: vertical"):
        small(vertical=1.0)
    with pytest.raises(InputError, match="missing: east"):
        Network.from_columns(longitude=[1.0], latitude=[1.0], north=[0.0])


def test_columns_cannot_be_written_and_do_not_follow_their_origin():
    east = np.array([1.0, 2.0, 3.0])
    network = small(east=east)
    east[0] = 99.0
    assert network.east[0] == 1.0
    for name in COLUMNS:
        with pytest.raises(ValueError, match="read-only"):
            getattr(network, name)[0] = getattr(network, name)[1]


def test_select_takes_masks_and_indices_in_their_order():
    network = small()
    assert network.select([2, 0]).site.tolist() == ["C", "A"]
    assert network.select(network.east > 1.5).site.tolist() == ["B", "C"]
    assert network.select(slice(1, None)).site.tolist() == ["B", "C"]
    assert len(network.select([])) == 0
    assert "stations 0" in repr(network.select([]))
    with pytest.raises(InputError, match="mask"):
        network.select([True, False])
    with pytest.raises(InputError, match="outside"):
        network.select([3])
    with pytest.raises(InputError, match="integers"):
        network.select([0.5])


def test_concatenate_keeps_rows_and_refuses_frames_that_differ():
    both = Network.concatenate([small(frame="eurasia"), small(frame="eurasia")])
    assert both.site.tolist() == ["A", "B", "C"] * 2
    assert both.frame == "eurasia"
    with pytest.raises(InputError, match="one frame"):
        Network.concatenate([small(frame="eurasia"), small(frame="ITRF2014")])
    with pytest.raises(InputError, match="one frame"):
        Network.concatenate([])


def test_without_deviations_there_are_no_covariances_until_one_is_stated():
    network = small(sd_east=[0.3, np.nan, 0.5])
    assert not network.has_deviations
    with pytest.raises(DataError, match=r"row 1 \(B\)"):
        _ = network.covariances
    stated = network.with_deviation(1.5)
    np.testing.assert_allclose(stated.sd_east, [0.3, 1.5, 0.5])
    np.testing.assert_allclose(stated.sd_north, network.sd_north)


def test_pandas_holds_every_column_and_the_frame():
    table = small(frame="eurasia").to_pandas()
    assert tuple(table.columns) == COLUMNS
    assert table.attrs == {"frame": "eurasia"}
    assert table["east"].tolist() == [1.0, 2.0, 3.0]


def test_a_network_of_no_stations_is_a_network():
    empty = Network.from_columns(longitude=[], latitude=[], east=[], north=[])
    assert len(empty) == 0
    assert empty.covariances.shape == (0, 2, 2)
    assert empty.velocities.shape == (0, 2)
