"""Sequences cut from catalogs: against counting by hand, and there and back through a folder."""

import json

import numpy as np
import pytest

from asperity.core.catalog import Catalog
from asperity.core.errors import DataError, InputError
from asperity.core.formats import ReadResult
from asperity.evt.database.blocks import BlockSearch, find_blocks
from asperity.evt.database.conversions import conversion
from asperity.evt.database.entries import blocks_of, completeness_of, whole
from asperity.evt.database.windows import read_windows
from commands import document, run

DEGREE = 111.195


def scattered(n=4000, seed=3):
    """Two clouds and a background near the equator, where a degree is a degree."""
    rng = np.random.default_rng(seed)
    x = np.concatenate([rng.normal(0.0, 4.0, n), rng.normal(60.0, 4.0, n // 2),
                        rng.uniform(-100.0, 160.0, n)])  # fmt: skip
    y = np.concatenate([rng.normal(0.0, 4.0, n), rng.normal(10.0, 4.0, n // 2),
                        rng.uniform(-100.0, 100.0, n)])  # fmt: skip
    m = 1.0 + rng.exponential(0.4343, x.size)
    m = np.minimum(m, 3.9)
    return x / DEGREE, y / DEGREE, m


def in_square(x, y, lon, lat, half):
    return (np.abs(x - lon) * DEGREE <= half + 1e-9) & (np.abs(y - lat) * DEGREE <= half + 1e-9)


def test_the_largest_events_take_their_surroundings_first():
    x, y, m = scattered()
    m[10], m[11], m[7000] = 4.5, 4.2, 4.9  # 11 lies in the block of 10
    x[11], y[11] = x[10] + 0.02, y[10]
    blocks = find_blocks(x, y, m, BlockSearch(1.5, dense=10**6))
    assert [b.method for b in blocks] == ["major"] * len(blocks)
    assert (blocks[0].longitude, blocks[0].latitude) == (x[7000], y[7000]) or len(blocks) == 1
    of_ten = next(b for b in blocks if 10 in b.rows)
    inside = in_square(x, y, x[10], y[10], 10.0)
    assert of_ten.rows.tolist() == np.flatnonzero(inside).tolist()
    assert of_ten.n_counted == np.count_nonzero(inside & (m >= 1.5))
    assert 11 in of_ten.rows


def test_dense_blocks_are_the_densest_and_share_nothing():
    x, y, m = scattered()
    blocks = find_blocks(x, y, m, BlockSearch(1.5, dense=150))
    counts = [b.n_counted for b in blocks]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] >= 150
    assert len(blocks) >= 2
    rows = np.concatenate([b.rows for b in blocks])
    assert np.unique(rows).size == rows.size
    # By hand: no square centred on an event holds much more than the one that was found.
    by_event = [np.count_nonzero(in_square(x, y, a, b, 10.0) & (m >= 1.5))
                for a, b in zip(x[:300], y[:300], strict=True)]  # fmt: skip
    assert counts[0] >= 0.97 * max(by_event)


def test_the_cap_on_magnitudes_holds():
    x, y, m = scattered()
    blocks = find_blocks(x, y, m, BlockSearch(1.5, dense=100, max_magnitude=3.5))
    assert all(m[b.rows].max() <= 3.5 for b in blocks)
    free = find_blocks(x, y, m, BlockSearch(1.5, dense=100))
    assert any(m[b.rows].max() > 3.5 for b in free)


def test_nothing_found_and_nothing_there():
    assert find_blocks([0.0], [0.0], [1.0], BlockSearch(1.5)) == []
    assert find_blocks([], [], [], BlockSearch(1.5)) == []
    with pytest.raises(InputError, match="size must lie"):
        BlockSearch(1.5, size=-1.0)


def test_a_search_across_the_world_asks_for_a_region():
    x = np.linspace(-170, 170, 900)
    with pytest.raises(DataError, match="--region"):
        find_blocks(x, np.zeros(900), np.full(900, 2.0), BlockSearch(1.5))


def result_of(**columns):
    catalog = Catalog.from_columns(columns)
    return ReadResult(catalog, None, np.arange(len(catalog)))


def test_conversions_are_the_published_ones():
    """Munafo et al. (2016): a slope of 2/3; Gruenthal et al. (2009) at ML 4 gives 3.7156."""
    assert conversion("identity").apply([1.25, 3.0]).tolist() == [1.25, 3.0]
    steps = np.diff(conversion("munafo-2016").apply([0.0, 1.0, 2.0]))
    assert steps == pytest.approx([2 / 3, 2 / 3])
    assert conversion("gruenthal-2009").apply([4.0])[0] == pytest.approx(3.7156)
    assert conversion("gruenthal-2009").outside([0.5, 2.0, 7.0]) == 2
    with pytest.raises(InputError, match="known are identity"):
        conversion("mine")


def test_completeness_of_a_complete_sequence():
    rng = np.random.default_rng(5)
    m = np.round(1.0 + rng.exponential(0.4343, 3000) - 0.05, 1)
    entry = whole(result_of(magnitude=m[m >= 1.0]), "made", 1.0)
    found = completeness_of(entry).completeness
    assert set(found) == {"maxc", "ks", "b-stability"}
    assert found["b-stability"]["mc"] == pytest.approx(1.0, abs=0.21)
    assert found["ks"]["mc"] == pytest.approx(1.0, abs=0.21)
    few = completeness_of(whole(result_of(magnitude=[1.0, 2.0, 2.5]), "few", 1.0)).completeness
    assert few["ks"]["mc"] is None
    assert "50 events" in few["ks"]["status"]


def test_a_sequence_needs_two_events_and_blocks_need_places():
    with pytest.raises(DataError, match="1 event reaches"):
        whole(result_of(magnitude=[1.0, 2.5]), "x", 2.0)
    with pytest.raises(DataError, match="--whole"):
        blocks_of(result_of(magnitude=[1.0, 2.5]), "x", BlockSearch(1.0))


@pytest.fixture
def catalog_file(tmp_path):
    x, y, m = scattered(1500)
    m[10] = 4.5
    rows = [
        f"2020-01-{1 + k // 400:02d}T{k // 20 % 20:02d}:{3 * (k % 20):02d}Z,{b:.5f},{a:.5f},{c:.2f}"
        for k, (a, b, c) in enumerate(zip(x, y, m, strict=True))
    ]
    path = tmp_path / "two-clouds.csv"
    path.write_text("time,latitude,longitude,magnitude\n" + "\n".join(rows) + "\n")
    return path


def test_sequences_there_and_back(catalog_file, tmp_path):
    folder = tmp_path / "db"
    asked = (catalog_file, "--mc", 1.5, "--dense", 150, "-o", folder,
             "--figure", tmp_path / "map.png")  # fmt: skip
    found = document("evt", "sequences", *asked)
    assert found["methods"] == {"major": 1, "dense": 1}
    assert found["sequences"][0]["m_max"] == 4.5
    assert (tmp_path / "map.png").stat().st_size > 10_000
    index = json.loads((folder / "index.json").read_text())
    assert [s["name"] for s in index["sequences"]] == [s["name"] for s in found["sequences"]]
    # A folder of further catalogs joins with one command.
    more = tmp_path / "more"
    more.mkdir()
    (more / "extra.csv").write_text("magnitude\n1.5\n2.0\n2.4\n3.1\n")
    joined = document("evt", "sequences", folder, more, "-o", tmp_path / "db2", "--no-completeness")
    assert joined["n_sequences"] == 3
    by_name = {s["name"]: s for s in joined["sequences"]}
    assert by_name["extra"]["n_events"] == 4
    for s in found["sequences"]:
        kept = by_name[s["name"]]
        assert {k: kept[k] for k in s} == s
    # The folder is not overwritten without being asked.
    refused = run("evt", "sequences", *asked[:-2], code=1)
    assert "not empty" in refused.stderr
    # A name may stand for one sequence only.
    twice = run("evt", "sequences", folder, folder, "--no-completeness", code=1)
    assert "two sequences are called" in twice.stderr


def test_windows_and_whole_and_conversion(catalog_file, tmp_path):
    windows = tmp_path / "windows.toml"
    windows.write_text(
        '[[window]]\nname = "east"\nregion = "0.3/0.8/-0.2/0.4"\nmc = 2\n'
        '[[window]]\nname = "late"\nstart = "2020-01-05"\n'
    )
    found = document("evt", "sequences", catalog_file, "--windows", windows, "--mc", 1.5,
                     "--no-completeness")["sequences"]  # fmt: skip
    assert [(s["name"], s["mc"], s["method"]) for s in found] == [
        ("east", 2.0, "window"), ("late", 1.5, "window")
    ]  # fmt: skip
    assert found[0]["box"] == [0.3, 0.8, -0.2, 0.4]
    assert found[1]["start"] >= "2020-01-05"
    asked = ("--whole", "--mc", 2, "--convert", "munafo-2016", "--no-completeness")
    (whole_one,) = document("evt", "sequences", catalog_file, *asked)["sequences"]
    assert whole_one["m_max"] == pytest.approx(1.15 + 4.5 * 2 / 3)
    assert whole_one["conversion"]["name"] == "munafo-2016"
    windows.write_text('[[window]]\nname = "x"\nregions = "1"\n')
    with pytest.raises(InputError, match="window 1"):
        read_windows(windows)


def test_what_is_missing_is_said(catalog_file):
    assert "give --mc" in run("evt", "sequences", catalog_file, code=2).stderr
    assert "--registered" in run("evt", "sequences", code=2).stderr


def test_oklahoma_has_the_blocks_that_were_counted(data_folder):
    """Another program found 28 blocks around M >= 4 and 5 cells on a fixed grid."""
    found = document("evt", "sequences", "data:oklahoma-ogs", "--mc", "1.5", "--since",
                     "2009-01-01", "--no-completeness")  # fmt: skip
    assert found["methods"]["major"] == 28
    assert 5 <= found["methods"]["dense"] <= 10
    sizes = [s["n_events"] for s in found["sequences"] if s["method"] == "major"]
    assert (min(sizes), max(sizes)) == (56, 2028)
    assert [s["m_max"] for s in found["sequences"]][:5] == [5.8, 5.7, 5.1, 5.0, 4.7]


def test_the_registered_database_is_large_enough(data_folder):
    found = document("evt", "sequences", "--registered", "--no-completeness")
    assert found["n_distinct"] >= 45
    assert found["n_paper"] == 80
    assert sum(s["duplicate_of"] is not None for s in found["sequences"]) == 1
