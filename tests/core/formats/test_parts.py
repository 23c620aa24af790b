"""Parquet files read and written a part at a time: the same as whole, in bounded memory."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from asperity.core import Catalog, CatalogParts, read_catalog, summarise, write_catalog
from asperity.core.cli import app
from asperity.core.errors import InputError
from asperity.core.formats import ReadOptions, parquet, parts, write_catalog_parts
from asperity.core.formats.parquet import opened
from asperity.core.formats.source import Source

N = 1000
PART = 64
SKIP = ReadOptions(on_error="skip")


def made(**attributes) -> Catalog:
    rng = np.random.default_rng(4)
    texts = rng.choice(["ML", "Mw", "", "Md", "mb"], N).astype(object)
    texts[: N // 2] = "Mw"  # the other kinds come late: their codes differ from part to part
    return Catalog.from_columns(
        {
            "event_id": np.array([f"id{i:04d}, é" for i in range(N)], dtype=object),
            "time": np.sort(rng.integers(0, 10**9, N)) * 10**6,
            "magnitude": np.where(rng.random(N) < 0.05, np.nan, rng.normal(1, 1, N)),
            "magnitude_type": texts,
            "latitude": rng.uniform(30, 40, N),
            "longitude": rng.uniform(-120, -110, N),
            "depth": rng.uniform(0, 2e4, N),
            "region": rng.choice(["a", 'b "c"', "x,y"], N).astype(object),
            "count": rng.integers(0, 9, N),
        },
        **attributes,
    )


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(parquet, "ROW_GROUP", PART)
    monkeypatch.setattr(parts, "_PART", PART)
    monkeypatch.setattr(parts, "_COMPARED", 300)  # identifiers are compared in several lots


@pytest.fixture
def path(tmp_path) -> Path:
    write_catalog(made(source="drawn"), tmp_path / "a.parquet")
    return tmp_path / "a.parquet"


def command(*words, code=0):
    answer = CliRunner().invoke(app, ["catalog", *map(str, words), "--json", "--force"])
    assert answer.exit_code == code, answer.output
    return json.loads(answer.stdout) if code == 0 else answer.stderr


def both_ways(monkeypatch, *words, out=None, code=0):
    """Return the answers of a command that holds the catalog whole, and that takes parts."""
    answers = []
    for large in (False, True):
        with monkeypatch.context() as changed:
            if not large:
                changed.setattr(parts, "is_large", lambda _: False)
            target = () if out is None else ("-o", out.with_stem(f"{out.stem}-{large}"))
            answers.append(command(*words, *target, code=code))
    return answers


def columns(path) -> dict[str, tuple[str, list[str], list[str]]]:
    """Return type, values (as texts: NaN is not equal to itself) and meanings of each column."""
    table = pq.read_table(path)
    meanings = {n: c["flag_meanings"] for n, c in attributes_of_columns(path).items() if c}
    return {
        f.name: (str(f.type), [repr(v) for v in table[f.name].to_pylist()], meanings.get(f.name))
        for f in table.schema
    }


def attributes_of_columns(path) -> dict:
    dataset = read_catalog(path).catalog.dataset
    return {n: v.attrs if "flag_meanings" in v.attrs else {} for n, v in dataset.items()}


def attributes(path) -> dict:
    found = json.loads(pq.read_schema(path).metadata[b"asperity"])
    found.pop("provenance")
    return found


WINDOW = "1970-01-03T00:00/1970-01-09T12:00"
CHOICES = [
    (), ("--where", "magnitude >= 2"), ("--where", "magnitude_type in ('ML', 'Md')"),
    ("--region", "-118/-114/32/38"), ("--time", WINDOW), ("--time", "1990-01-01/"),
    ("--time", WINDOW, "--where", "magnitude < 0 and region == 'x,y'"), ("--where", "depth < 0"),
]  # fmt: skip


@pytest.mark.parametrize("choice", CHOICES, ids=" ".join)
@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_filter_gives_the_same_to_the_last_bit(path, tmp_path, monkeypatch, suffix, choice):
    out = tmp_path / f"out{suffix}"
    whole, part = both_ways(monkeypatch, "filter", path, *choice, out=out)
    assert (whole["events"], whole["left_out"]) == (part["events"], part["left_out"])
    a, b = tmp_path / f"out-False{suffix}", tmp_path / f"out-True{suffix}"
    if suffix == ".csv":
        assert a.read_bytes() == b.read_bytes()
        return
    assert columns(a) == columns(b)
    assert attributes(a) == attributes(b)
    groups = [
        [
            pq.read_metadata(p).row_group(i).num_rows
            for i in range(pq.read_metadata(p).num_row_groups)
        ]
        for p in (a, b)
    ]
    assert groups[0] == groups[1]
    assert read_catalog(b).catalog.columns == made().columns


@pytest.mark.parametrize("frame", ["utc", "relative", "order"])
@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_convert_gives_the_same(tmp_path, monkeypatch, suffix, frame):
    catalog = made(time_frame=frame, time_origin="the start", time_unit="us")
    write_catalog(catalog, tmp_path / "a.parquet")
    whole, part = both_ways(
        monkeypatch, "convert", tmp_path / "a.parquet", out=tmp_path / f"out{suffix}"
    )
    assert whole.pop("written") != part.pop("written")
    assert whole == part
    a, b = tmp_path / f"out-False{suffix}", tmp_path / f"out-True{suffix}"
    assert a.read_bytes() == b.read_bytes() if suffix == ".csv" else columns(a) == columns(b)


@pytest.mark.parametrize("more", [{}, {"time_resolution": "PT1S"}], ids=["", "resolution"])
def test_info_is_the_same(tmp_path, monkeypatch, more):
    write_catalog(made(**more), tmp_path / "a.parquet")
    whole, part = both_ways(monkeypatch, "info", tmp_path / "a.parquet")
    assert whole == part
    assert part["events"] == N
    assert part["magnitude_types"]["unknown"] > 0


def test_the_numbers_of_a_summary_are_those_of_numpy(path):
    found = summarise(CatalogParts(path))
    catalog = made()
    assert found["magnitude_max"] == np.nanmax(catalog["magnitude"])
    assert found["missing_magnitudes"] == np.isnan(catalog["magnitude"]).sum()
    assert found["bounds"]["west"] == catalog["longitude"].min()
    assert [found["start"], found["end"]] == catalog.format_times(np.array([0, -1]))
    assert found["magnitude_types"]["ML"] == (catalog.texts("magnitude_type") == "ML").sum()


@pytest.mark.parametrize("rows", [1, 7, 100, N])
def test_row_groups_of_any_size_do(tmp_path, rows):
    """Those of other writers may be larger than a part, or many to one."""
    catalog = made()
    pq.write_table(catalog.to_arrow(), tmp_path / "a.parquet", row_group_size=rows)
    found = list(CatalogParts(tmp_path / "a.parquet"))
    assert max(map(len, found)) <= PART
    expected = read_catalog(tmp_path / "a.parquet").catalog
    for name in catalog.columns:
        values = np.concatenate([part[name] for part in found])
        np.testing.assert_array_equal(values, expected[name])
        assert {part.dataset[name].attrs == expected.dataset[name].attrs for part in found} == {
            True
        }


def spoiled(path, **changes) -> Catalog:
    """Write rows that break the format, far from one another."""
    catalog = made()
    columns = {name: np.array(catalog[name], copy=True) for name in changes}
    for name, values in changes.items():
        for row, value in values.items():
            columns[name][row] = value
    changed = catalog.with_columns(columns)
    pq.write_table(changed.to_arrow(), path, row_group_size=PART)
    return changed


BAD = {
    "magnitude": {"magnitude": {70: np.inf, 900: -np.inf}},
    "an id twice": {"event_id": {950: "id0003, é", 951: "id0003, é", 5: "id0004, é"}},
    "an empty id": {"event_id": {10: "", 800: ""}},
    "long ids": {"event_id": {10: "y" * 300, 800: "y" * 300, 801: "y" * 301}},
    "both": {"event_id": {950: "id0003, é"}, "latitude": {950: 91.0, 3: -91.0, 200: np.inf}},
    "order": {"time": {500: 0}},
    "order and magnitude": {"time": {500: 0}, "magnitude": {3: np.inf}},
}


@pytest.mark.parametrize("name", BAD)
def test_bad_rows_are_refused_or_put_aside_alike(tmp_path, monkeypatch, name):
    path = tmp_path / "bad.parquet"
    spoiled(path, **BAD[name])
    for words in (("info", path), ("convert", path), ("filter", path)):
        out = None if words[0] == "info" else tmp_path / "out.csv"
        whole, part = both_ways(monkeypatch, *words, out=out, code=1)
        assert part == whole
        assert not list(tmp_path.glob("out*"))
        assert not list(tmp_path.glob(".*part*"))
    if "order" in name:
        return
    whole, part = both_ways(
        monkeypatch, "convert", path, "--on-error", "skip", out=tmp_path / "out.parquet"
    )
    assert whole["rejected"] == part["rejected"] > 0
    assert columns(tmp_path / "out-False.parquet") == columns(tmp_path / "out-True.parquet")
    listed = [tmp_path / f"out-{way}.parquet.rejected.jsonl" for way in (False, True)]
    assert listed[0].read_text() == listed[1].read_text()
    assert CatalogParts(path, SKIP).events == part["events"]


def test_operations_go_with_it(path, tmp_path, monkeypatch):
    from asperity.core import Operations

    beside = Operations(np.array([0, 10**9]), {"rate": np.array([0.1, 0.2])})
    beside.write(tmp_path / "a.operations.parquet")
    assert command("info", path)["operations"] == 2
    command("convert", path, tmp_path / "b.parquet")
    assert Operations.read(tmp_path / "b.operations.parquet").columns["rate"].tolist() == [0.1, 0.2]


def test_a_failure_in_the_middle_leaves_the_old_output(path, tmp_path, monkeypatch):
    out = tmp_path / "out.parquet"
    out.write_text("old")
    seen = []

    def full(self, table, **_):
        seen.append(len(table))
        if len(seen) > 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    assert "No space left on device" in command("convert", path, out, code=1)
    assert out.read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.parquet", "out.parquet"]


def test_too_little_memory_is_not_called_damage(path):
    with pytest.raises(InputError, match="not enough memory to read it"), opened(Source(path)):
        pa.allocate_buffer(2**60)


def test_damage_in_the_middle_is_one_line(path, tmp_path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    assert "the Parquet file is cut off or damaged" in command("info", path, code=1)


def test_what_needs_the_whole_catalog_still_gets_it(path, tmp_path):
    assert command("convert", path, tmp_path / "a.qml")["events"] == N
    local = command("convert", path, tmp_path / "local.parquet", "--frame", "local")
    assert local["frame"] == "local"
    with pytest.raises(InputError, match="quakeml is written from a catalog as a whole"):
        write_catalog_parts(CatalogParts(path), tmp_path / "b.qml")


def test_an_empty_file_has_one_part_of_no_events(tmp_path):
    write_catalog(made().select(slice(0, 0)), tmp_path / "a.parquet")
    (only,) = CatalogParts(tmp_path / "a.parquet")
    assert len(only) == 0
    assert only.columns == made().columns
    assert summarise([only])["start"] is None


def test_columns_of_one_name_are_refused(tmp_path):
    table = made().to_arrow()
    doubled = table.append_column("depth", table["depth"])
    pq.write_table(doubled, tmp_path / "a.parquet")
    for read in (read_catalog, CatalogParts):
        with pytest.raises(InputError, match="two columns are called 'depth'"):
            read(tmp_path / "a.parquet")


SAMPLE = """
import sys, resource
import numpy as np, pyarrow as pa, pyarrow.parquet as pq
from asperity.core import Catalog
from asperity.core.formats import parquet
with open(sys.argv[1], "wb") as stream:
    writer = None
    for part in range(int(sys.argv[2])):
        n = parquet.ROW_GROUP
        rows = np.arange(part * n, part * n + n)
        table = Catalog.from_columns(
            {"event_id": rows.astype(np.dtypes.StringDType()), "time": rows * 10**9,
             "magnitude": rows % 90 / 10.0, **{f"free_{i}": rows * 1.5 + i for i in range(12)}},
        ).to_arrow()
        writer = writer or pq.ParquetWriter(stream, table.schema, compression="zstd")
        writer.write_table(table)
    writer.close()
"""
PEAK = """
import resource, sys
from typer.testing import CliRunner
from asperity.core.cli import app
answer = CliRunner().invoke(app, sys.argv[1:])
assert answer.exit_code == 0, answer.output
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def test_memory_does_not_grow_with_the_file(tmp_path):
    """Ten parts take little more than two: the identifiers' numbers, 8 bytes an event."""

    def run(code, *words):
        return subprocess.run(
            [sys.executable, "-c", code, *map(str, words)],
            check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip

    peaks = {}
    for count in (2, 10):
        source = tmp_path / f"{count}.parquet"
        run(SAMPLE, source, count)
        out = tmp_path / f"out-{count}.parquet"
        peaks[count] = float(run(PEAK, "catalog", "filter", source, "-o", out))
    megabytes = 8 * 131_072 * 15 * 8 / 2**20
    assert megabytes > 100  # what the larger file holds more
    assert peaks[10] - peaks[2] < megabytes / 2
