import json
from pathlib import Path

import numpy as np
import pytest

from asperity.core.datasets import dataset
from asperity.core.errors import DataError, InputError
from asperity.core.geometry.faults import FaultKind, Faults, FaultTrace, SlipRate, read_faults
from naive.faults import nearest_trace


@pytest.mark.parametrize(
    ("text", "kind", "styles"),
    [
        ("Dextral", FaultKind.RIGHT_LATERAL, {"strike-slip"}),
        ("Sinistral-Reverse", FaultKind.LEFT_LATERAL_REVERSE, {"strike-slip", "reverse"}),
        ("Reverse-Dextral", FaultKind.REVERSE_RIGHT_LATERAL, {"strike-slip", "reverse"}),
        ("Normal-Strike-Slip", FaultKind.NORMAL_STRIKE_SLIP, {"strike-slip", "normal"}),
        ("Subduction_Thrust", FaultKind.REVERSE, {"reverse"}),
        ("Spreading_Ridge", FaultKind.NORMAL, {"normal"}),
        ("Dextral_Transform", FaultKind.RIGHT_LATERAL, {"strike-slip"}),
        ("left slip", FaultKind.LEFT_LATERAL, {"strike-slip"}),
        ("strike-slip", FaultKind.STRIKE_SLIP, {"strike-slip"}),
        ("Strike slip", FaultKind.STRIKE_SLIP, {"strike-slip"}),
        ("Anticline", FaultKind.FOLD, set()),
        ("who knows", FaultKind.UNKNOWN, set()),
        ("", FaultKind.UNKNOWN, set()),
    ],
)
def test_the_words_of_databases_are_kinds(text: str, kind: FaultKind, styles: set[str]) -> None:
    assert FaultKind.parse(text) is kind
    assert kind.styles == styles


def test_every_kind_is_read_from_its_own_name() -> None:
    for kind in FaultKind:
        assert FaultKind.parse(kind.value) is kind


def random_traces(rng: np.random.Generator, n: int, west: float, south: float) -> Faults:
    walks = [
        np.cumsum(rng.normal(scale=0.3, size=(rng.integers(1, 9), 2)), axis=0)
        + rng.uniform(0, 10, 2)
        + np.array([west, south])
        for _ in range(n)
    ]
    return Faults(tuple(FaultTrace(w) for w in walks))


@pytest.mark.parametrize(("west", "south"), [(80.0, 30.0), (174.0, -20.0), (-40.0, 70.0)])
def test_distances_are_those_of_dense_samples(west: float, south: float) -> None:
    rng = np.random.default_rng(12)
    faults = random_traces(rng, 12, west, south)
    lat, lon = rng.uniform(south - 3, south + 13, 40), rng.uniform(west - 5, west + 15, 40)
    nearest = faults.nearest(lat, (lon + 180) % 360 - 180)
    distance, owner = nearest_trace([t.coordinates for t in faults], lat, lon, 150.0)
    # The oracle misses the foot by up to 50 m along the trace.
    np.testing.assert_allclose(nearest.distance, distance, rtol=5e-4, atol=1.0)
    clear = np.abs(nearest.distance - distance) < 1e-3 * distance + 1
    np.testing.assert_array_equal(nearest.index[clear], owner[clear])


def test_far_and_long_traces_keep_to_a_thousandth() -> None:
    equator = FaultTrace(np.array([[0.0, 0.0], [60.0, 0.0]]))
    oblique = FaultTrace(np.array([[-10.0, -50.0], [50.0, 55.0]]))
    faults = Faults((equator, oblique))
    rng = np.random.default_rng(13)
    lat, lon = rng.uniform(-80, 80, 40), rng.uniform(-90, 150, 40)
    distance, _ = nearest_trace([t.coordinates for t in faults], lat, lon, 5000.0)
    np.testing.assert_allclose(faults.nearest(lat, lon).distance, distance, rtol=1e-3)


def test_a_point_on_the_trace_is_at_no_distance() -> None:
    trace = FaultTrace(np.array([[80.0, 30.0], [83.0, 31.0], [84.0, 30.0]]))
    nearest = Faults((trace,)).nearest(trace.coordinates[:, 1], trace.coordinates[:, 0])
    assert nearest.distance.max() < 1e-6


def test_points_beside_a_meridian_are_measured_along_the_parallel() -> None:
    trace = FaultTrace(np.array([[10.0, -1.0], [10.0, 1.0]]), name="meridian")
    nearest = Faults((trace,)).nearest([0.0, 2.0, np.nan], [10.5, 10.0, 10.0])
    # Half a degree of the equator, a degree of the meridian from the end of the trace.
    np.testing.assert_allclose(nearest.distance[:2], [55659.745, 110575.065], atol=0.01)
    assert np.isnan(nearest.distance[2])
    assert nearest.index.tolist() == [0, 0, -1]
    np.testing.assert_allclose(nearest.latitude[:2], [0.0, 1.0], atol=1e-6)


def test_a_trace_of_one_point_is_a_place() -> None:
    nearest = Faults((FaultTrace(np.array([[0.0, 0.0]])),)).nearest(0.0, 1.0)
    assert nearest.distance[0] == pytest.approx(111319.491, abs=0.001)


def test_no_traces_and_no_such_style_are_errors() -> None:
    with pytest.raises(DataError, match="no fault traces"):
        Faults(()).nearest(0.0, 0.0)
    with pytest.raises(InputError, match="style 'thrust' is not known; choose normal"):
        Faults(()).of_style("thrust")
    with pytest.raises(InputError, match="expected \\(n, 2\\)"):
        FaultTrace(np.zeros((0, 2)))


@pytest.mark.data
def test_himatibetmap(data_folder: Path) -> None:
    faults = read_faults(dataset("himatibetmap").fetch())
    # Counts of the registry's note.
    assert len(faults) == 940
    assert len(faults.without_folds()) == 623
    assert sum(bool(t.name) for t in faults) == 224
    kinds = [t.kind for t in faults]
    assert kinds.count(FaultKind.REVERSE_RIGHT_LATERAL) == 3
    assert len(faults.of_style("strike-slip")) == 252
    assert len(faults.of_style("reverse")) == 219
    assert {t.certainty for t in faults} == {"certain", "approximate", "inferred"}
    karakoram = next(t for t in faults if t.name == "Karakoram Fault")
    assert karakoram.kind is FaultKind.RIGHT_LATERAL
    assert karakoram.slip_rate == SlipRate(6.0, 1.0, 11.0)


@pytest.mark.data
def test_great_earthquakes_lie_near_the_faults_that_the_design_names(data_folder: Path) -> None:
    # gnss.md 6: km from the USGS epicentre to the nearest trace.
    events = {
        "Kunlun 2001": (35.946, 90.541, 8),
        "Yutian 2008": (35.490, 81.467, 6),
        "Wenchuan 2008": (31.002, 103.322, 27),
        "Yushu 2010": (33.165, 96.548, 3),
        "Lushan 2013": (30.308, 102.888, 10),
        "Maduo 2021": (34.598, 98.251, 4),
    }
    faults = read_faults(dataset("himatibetmap").fetch()).without_folds()
    latitude, longitude, stated = np.array(list(events.values())).T
    np.testing.assert_allclose(
        faults.nearest(latitude, longitude).distance / 1e3, stated, atol=0.55
    )


@pytest.mark.data
def test_real_traces_against_dense_samples(data_folder: Path) -> None:
    faults = read_faults(dataset("himatibetmap").fetch()).without_folds()
    rng = np.random.default_rng(14)
    lat, lon = rng.uniform(25, 42, 8), rng.uniform(75, 105, 8)
    found = faults.nearest(lat, lon)
    # No coarse sample of any trace lies nearer, and fine ones of the named trace lie as near.
    coarse, _ = nearest_trace([t.coordinates for t in faults], lat, lon, 1000.0)
    assert np.all(coarse >= found.distance - 1e-3)
    for i, index in enumerate(found.index):
        fine, _ = nearest_trace(
            [faults.traces[index].coordinates], lat[i : i + 1], lon[i : i + 1], 20.0
        )
        assert found.distance[i] == pytest.approx(fine[0], rel=1e-3)
    # The trace that is named is as near alone as it is among all.
    for i, index in enumerate(found.index):
        alone = Faults((faults.traces[index],)).nearest(lat[i], lon[i])
        assert alone.distance[0] == pytest.approx(found.distance[i], abs=1e-6)


GEM = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {
                "name": "Polochic",
                "slip_type": "Sinistral",
                "net_slip_rate": "(4.5,,)",
                "average_dip": "(85,80,90)",
                "average_rake": "(-10,,)",
            },
            "geometry": {
                "type": "MultiLineString",
                "coordinates": [[[0, 0], [1, 0]], [[2, 0], [3, 0]]],
            },
        },
        {
            "type": "Feature",
            "properties": {"name": None, "slip_type": None, "strike_slip_rate": "(-16.8,-5.4,-26)"},
            "geometry": {"type": "LineString", "coordinates": [[5, 5, 100.0], [6, 6, 90.0]]},
        },
    ],
}  # fmt: skip


def test_attributes_of_the_gem_database(tmp_path: Path) -> None:
    path = tmp_path / "gem.geojson"
    path.write_text(json.dumps(GEM))
    first, second, third = read_faults(path)
    assert first.name == second.name == "Polochic"
    assert first.kind is FaultKind.LEFT_LATERAL
    assert (first.slip_rate, first.dip, first.rake) == (SlipRate(4.5), 85.0, -10.0)
    assert (third.name, third.kind) == ("", FaultKind.UNKNOWN)
    assert third.slip_rate == SlipRate(16.8, 5.4, 26.0)


def test_gmt_segments_with_and_without_attributes(tmp_path: Path) -> None:
    path = tmp_path / "faults.gmt"
    path.write_text(
        "# @VGMT1.0 @GLINESTRING\n# @Nname|slip_type|slip_rate\n# @Tstring|string|double\n"
        '> \n# @D"North|South fault"|Reverse|2.5\n10 45\n11 45.5\n'
        "> \n# @D|Normal|\n12 45\n13 45.5\n"
    )
    first, second = read_faults(path)
    assert (first.name, first.kind) == ("North|South fault", FaultKind.REVERSE)
    assert first.slip_rate == SlipRate(2.5)
    assert (second.name, second.kind, second.slip_rate) == ("", FaultKind.NORMAL, None)
    path.write_text(
        '> -L"San Andreas" -W1p\n-120 35\n-119 34.5\n> Garlock -W2p\n-118 35\n-117 35\n'
    )
    assert read_faults(path).names.tolist() == ["San Andreas", "Garlock"]


def test_a_file_without_lines_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "point.geojson"
    path.write_text('{"type": "Point", "coordinates": [1, 2]}')
    with pytest.raises(InputError, match="holds no lines"):
        read_faults(path)
    with pytest.raises(InputError, match="No such file"):
        read_faults(tmp_path / "none.geojson")


def test_lengths_follow_the_geodesics() -> None:
    faults = Faults((FaultTrace(np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])),))
    assert faults.lengths[0] == pytest.approx(222638.982, abs=0.01)


def test_a_near_trace_is_not_hidden_by_the_end_of_another():
    """The near line passes at 100 m halfway between its cuts, the far one ends 400 m away."""
    degree = 111_194.9  # metres in a degree along the equator of the sphere, near enough
    line = np.array([[-0.5, 0.0], [0.5, 0.0]])
    for shift in np.linspace(0.0, 1000.0, 11):
        along = shift / degree
        end = np.array([[along, 500.0 / degree], [along, 0.2]])
        faults = Faults((FaultTrace(line, name="near"), FaultTrace(end, name="far")))
        nearest = faults.nearest(100.0 / degree, along)
        assert faults.names[nearest.index[0]] == "near"
        assert nearest.distance[0] == pytest.approx(100.0, rel=1e-2)
