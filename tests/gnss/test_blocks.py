"""Blocks by name, box, polygons and lists."""

import json
from pathlib import Path

import numpy as np
import pytest

from asperity.core.errors import DataError, InputError
from asperity.core.geometry import read_faults, read_region
from asperity.gnss import Network
from asperity.gnss.velocities.blocks import choose_block, read_blocks

SQUARE = [[105.0, 20.0], [115.0, 20.0], [115.0, 30.0], [105.0, 30.0], [105.0, 20.0]]
FARTHER = [[x + 20.0, y] for x, y in SQUARE]


@pytest.fixture
def network():
    return Network.from_columns(
        site=["A001_GPS", "B002_GPS", "C003", "D004"],
        longitude=[110.0, 112.0, 80.0, 130.0], latitude=[25.0, 28.0, 40.0, 25.0],
        east=0.0, north=0.0, sd_east=[0.5, 1.5, 0.5, 0.5], sd_north=0.5,
    )  # fmt: skip


def geojson(path, *features):
    made = [
        {"type": "Feature", "properties": {"name": name},
         "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for name, ring in features
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": made}))
    return path


def test_south_china_takes_its_box_and_small_sigmas(network):
    name, members = choose_block(network, "south-china")
    assert name == "south-china"
    assert members.tolist() == [True, False, False, False]


def test_a_box_a_list_and_their_names(network, tmp_path):
    assert choose_block(network, "105/115/20/30")[1].tolist() == [True, True, False, False]
    assert choose_block(network, "a001, C003")[1].tolist() == [True, False, True, False]
    listed = tmp_path / "stable.txt"
    listed.write_text("# stable\nB002  good\nD004_GPS\n")
    assert choose_block(network, str(listed))[0] == "stable"
    assert choose_block(network, str(listed))[1].tolist() == [False, True, False, True]


def test_polygons_of_geojson_and_of_tables(network, tmp_path):
    path = geojson(tmp_path / "block.geojson", ("one", SQUARE))
    assert choose_block(network, str(path))[1].tolist() == [True, True, False, False]
    table = tmp_path / "outline.txt"
    table.write_text("\n".join(f"{x} {y}" for x, y in SQUARE))
    assert choose_block(network, str(table))[1].tolist() == [True, True, False, False]


def test_blocks_of_a_file_keep_their_names_and_parts(network, tmp_path):
    path = geojson(tmp_path / "b.geojson", ("one", SQUARE), ("two", FARTHER), ("one", FARTHER))
    blocks = {block.name: block.members(network).tolist() for block in read_blocks(path)}
    assert blocks == {"one": [True, True, False, True], "two": [False, False, False, True]}
    empty = tmp_path / "empty.geojson"
    empty.write_text('{"type": "FeatureCollection", "features": []}')
    with pytest.raises(InputError, match="no polygon"):
        read_blocks(empty)


@pytest.mark.parametrize("read", [read_blocks, lambda path: read_region(str(path)), read_faults])
def test_a_polygon_without_rings_is_none(read):
    """Found by fuzzing; an empty array stands for no geometry (RFC 7946, section 3.1)."""
    path = Path(__file__).parent / "regressions" / "polygon-without-rings.geojson"
    with pytest.raises(InputError) as told:
        read(path)
    assert str(told.value).startswith(f"{path}: ")
    assert len(str(told.value).splitlines()) == 1


def test_what_is_no_block_is_refused(network, tmp_path):
    with pytest.raises(InputError, match="no station named ZZZZ; stations are called like A001"):
        choose_block(network, "A001,ZZZZ")
    with pytest.raises(DataError, match="none of 4 stations"):
        choose_block(network, "0/10/0/10")
    with pytest.raises(InputError, match="no such file"):
        choose_block(network, "missing.geojson")
    binary = tmp_path / "b.bin"
    binary.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(InputError, match="not text"):
        choose_block(network, str(binary))
    assert np.array_equal(choose_block(network, "D004")[1], [False, False, False, True])
