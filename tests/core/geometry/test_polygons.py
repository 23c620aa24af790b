import json
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from typer.testing import CliRunner

from asperity.core.cli import app
from asperity.core.errors import InputError
from asperity.core.geometry import PolygonRegion, Region, geodesic_distance, read_region
from naive.polygons import densified, even_odd, nearest_sample

STAR = [(-98.0, 34.0), (-96.0, 35.5), (-94.5, 34.2), (-95.0, 37.0), (-99.0, 36.5)]
HOLE = [(-97.0, 35.5), (-96.0, 36.0), (-96.5, 36.5)]


def test_the_area_of_the_earth() -> None:
    # Surface of the WGS 84 ellipsoid, 510 065 621.724 km2 (NGA.STND.0036).
    for region in (Region.parse("-180/180/-90/90"), Region.parse("-180/180/-90/90").polygon):
        assert region.area == pytest.approx(510065621.724e6, rel=1e-11)


@given(st.floats(-180, 180), st.floats(0.1, 170), st.floats(-89, 80), st.floats(0.1, 60))
def test_a_rectangle_and_its_polygon_have_one_area(
    west: float, width: float, south: float, height: float
) -> None:
    east = (west + width + 180) % 360 - 180
    region = Region(west, east, south, min(south + height, 90.0))
    assert region.polygon.area == pytest.approx(region.area, rel=1e-9)


def test_area_agrees_with_geographiclib_on_many_short_edges() -> None:
    region = PolygonRegion.from_rings([STAR], [HOLE])
    geod = Geod(ellps="WGS84")
    areas = [
        abs(geod.polygon_area_perimeter(*densified(np.array(ring), 0.001).T)[0])
        for ring in (STAR, HOLE)
    ]
    assert region.area == pytest.approx(areas[0] - areas[1], rel=1e-8)


@settings(max_examples=50)
@given(st.integers(0, 2**31), st.integers(3, 12), st.sampled_from([0.0, 178.0, -179.0]))
def test_contains_is_the_even_odd_rule(seed: int, n: int, centre: float) -> None:
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, n))
    radius = rng.uniform(2, 9, n)
    if np.diff(np.append(angle, angle[0] + 2 * np.pi)).max() > 3.0:
        angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    ring = np.column_stack([centre + radius * np.cos(angle), radius * np.sin(angle)])
    wrapped = np.column_stack([(ring[:, 0] + 180) % 360 - 180, ring[:, 1]])
    points = rng.uniform(-10, 10, (200, 2)) + np.array([centre, 0.0])
    inside = PolygonRegion.from_rings([wrapped]).contains(points[:, 0], points[:, 1])
    np.testing.assert_array_equal(inside, even_odd(ring, points))


def test_holes_and_outlines() -> None:
    region = PolygonRegion.from_rings([STAR], [HOLE])
    assert region.contains([-96.5, -97.5], [36.0, 36.0]).tolist() == [False, True]
    assert region.contains(*np.array(STAR).T).all()
    assert not region.contains([np.nan, -97.0], [35.0, np.nan]).any()
    assert region.contains([-97.5 + 360], [36.0]).all()


def test_an_outline_round_the_pole_holds_it() -> None:
    arctic = PolygonRegion.from_rings([[(lon, 66.5) for lon in range(0, 360, 30)]])
    assert arctic.contains([0.0, 123.0, -45.0], [90.0, 70.0, 66.6]).all()
    assert not arctic.contains([0.0, 123.0], [66.0, -90.0]).any()
    assert arctic.area == pytest.approx(Region(-180, 180, 66.5, 90).area, rel=1e-9)


def test_bounds_run_across_the_dateline() -> None:
    region = PolygonRegion.from_rings([[(175, -20), (-175, -20), (180, -15)]])
    assert region.bounds == Region(175.0, 185.0, -20.0, -15.0)
    assert region.bounds.contains([-176.0], [-17.0]).all()


@pytest.mark.parametrize("distance", [2e3, 50e3, 400e3])
@pytest.mark.parametrize("east", [0.0, 277.0])
def test_a_buffer_holds_what_is_near(distance: float, east: float) -> None:
    ring = np.array(STAR) + np.array([east, 0.0])
    region = PolygonRegion.from_rings([ring])
    rng = np.random.default_rng(11)
    reach = distance / 6e4
    points = rng.uniform(ring.min(axis=0) - reach, ring.max(axis=0) + reach, (400, 2))
    away = nearest_sample(densified(ring, 0.005), points)
    inside = region.contains(*points.T)
    wide = region.buffer(distance)
    slack = 0.002 * distance + 300.0
    clear = np.abs(away - distance) > slack
    assert clear.sum() > 250
    np.testing.assert_array_equal(
        wide.contains(*points.T)[clear], (inside | (away < distance))[clear]
    )
    if distance <= 50e3:
        narrow = region.buffer(-distance)
        np.testing.assert_array_equal(
            narrow.contains(*points.T)[clear], (inside & (away > distance))[clear]
        )


def test_a_point_like_region_becomes_a_circle() -> None:
    tiny = PolygonRegion.from_rings([[(10, 60), (10.0001, 60), (10, 60.0001)]])
    circle = tiny.buffer(100e3)
    assert circle.area == pytest.approx(np.pi * 1e10, rel=2e-3)
    west, south, east, north = circle.shape.bounds
    assert geodesic_distance(60, 10, north, 10) == pytest.approx(100e3, rel=1e-3)
    assert geodesic_distance(60, 10, south, 10) == pytest.approx(100e3, rel=1e-3)
    assert west < 8.3
    assert east > 11.7


def test_buffers_that_cannot_be_are_refused() -> None:
    region = PolygonRegion.from_rings([STAR])
    with pytest.raises(InputError, match="leaves nothing"):
        region.buffer(-500e3)
    with pytest.raises(InputError, match="reaches a pole"):
        region.buffer(6000e3)
    with pytest.raises(InputError, match="finite number"):
        region.buffer(float("nan"))
    assert region.buffer(0.0) is region


@pytest.mark.parametrize(
    ("ring", "expected"),
    [
        ([(0, 0), (1, 1)], "three different points"),
        ([(0, 0), (1, 1), (0, 0), (1, 1)], "three different points"),
        ([(0, 0), (2, 2), (2, 0), (0, 2)], "not simple: Self-intersection"),
        ([0.0, 1.0], "array \\(n, 2\\)"),
        ([(0, 0), (1, np.nan), (2, 2)], "array \\(n, 2\\)"),
    ],
)
def test_an_outline_that_bounds_nothing_is_refused(ring: list, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        PolygonRegion.from_rings([ring])


def closed(ring: list) -> list:
    return [list(p) for p in [*ring, ring[0]]]


GEOJSON = json.dumps(
    {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}},
        "features": [
            {"type": "Feature", "properties": None, "geometry": None},
            {
                "type": "Feature",
                "properties": {"name": "star"},
                "geometry": {"type": "Polygon", "coordinates": [closed(STAR), closed(HOLE)]},
            },
        ],
    }
)
GMT = '# @VGMT1.0 @GPOLYGON\n> -L"star"\n# @P\n{}\n>\n# @H\n{}\n'.format(
    *("\n".join(f"{x}\t{y}" for x, y in closed(r)) for r in (STAR, HOLE))
)
TABLE = "id;lat;lon\n" + "\n".join(f"7;{y};{x}" for x, y in STAR)


@pytest.mark.parametrize(
    ("name", "text", "holes"),
    [("a.geojson", GEOJSON, [HOLE]), ("a.gmt", GMT, [HOLE]), ("a.csv", TABLE, [])],
)
def test_files_of_polygons(tmp_path: Path, name: str, text: str, holes: list) -> None:
    path = tmp_path / name
    path.write_text("\ufeff" + text, encoding="utf-8")
    region = read_region(str(path))
    assert region.area == pytest.approx(PolygonRegion.from_rings([STAR], holes).area)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "the file is empty"),
        ("{", "not JSON"),
        ("[1]", "found a list"),
        ('{"type": "FeatureCollection"}', "list 'features'; found none"),
        ('{"type": "Banana"}', "geometry 'Banana' is not one of GeoJSON's"),
        ('{"type": "Polygon", "coordinates": 3}', "not nested lists"),
        ('{"type": "Polygon", "coordinates": [[["a", 1]]]}', "not pairs of longitude"),
        ('{"type": "Polygon", "coordinates": [[[10, 95], [1, 1], [2, 3]]]}', "is no place"),
        ('{"type": "Point", "coordinates": [1, 2]}', "holds no polygon"),
        ('{"type": "Feature", "crs": {"name": "EPSG:3857"}}', "convert to longitude and latitude"),
        ("> a\n1 2\n3 x\n", "line 3: '3 x' is no longitude"),
        ("1 2\n500 3\n", "longitude 500, latitude 3 is no place"),
        ("1 2\n3 4\n", "three different points"),
    ],
)
def test_files_that_hold_no_region_say_why(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "region.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=expected):
        PolygonRegion.read(path)


@given(st.one_of(st.text(), st.text('0123456789.,-> \n#@DN|"{}[]:', min_size=1)))
def test_any_text_is_read_or_refused(text: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "any.txt"
        path.write_text(text, encoding="utf-8")
        with suppress(InputError):  # and nothing else
            assert PolygonRegion.read(path).area > 0


def test_a_file_of_bytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "region.shp"
    path.write_bytes(b"\x00\x00\x27\x0a\xff\xfe")
    with pytest.raises(InputError, match="not text"):
        PolygonRegion.read(path)


def test_a_text_is_a_region_when_no_such_file_is_there() -> None:
    assert read_region("1/2/3/4") == Region(1, 2, 3, 4)
    with pytest.raises(InputError, match="write four numbers"):
        read_region("no-such-file.geojson")


def test_a_file_of_polygons_chooses_events_from_the_command_line(tmp_path: Path) -> None:
    """The lower left triangle of the unit square, written by another program as GeoJSON."""
    ring = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    region = tmp_path / "triangle.geojson"
    region.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    events = tmp_path / "events.csv"
    events.write_text("magnitude,longitude,latitude\n1.0,0.2,0.2\n2.0,0.8,0.8\n3.0,0.1,0.7\n")
    out = tmp_path / "inside.csv"
    arguments = [
        "catalog",
        "filter",
        str(events),
        "--region",
        str(region),
        "-o",
        str(out),
        "--json",
    ]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["events"] == 2
    record = json.loads((tmp_path / "inside.csv.prov.json").read_text())
    assert str(region) in [entry["name"] for entry in record["inputs"]]
