"""The written specification is what the code does."""

import json
import re

import jsonschema
import numpy as np
import pytest

from asperity.core import Catalog, ReadOptions, read_catalog, write_catalog
from asperity.core.datasets import dataset
from asperity.core.formats.parquet import ROW_GROUP
from asperity.core.schema import COLUMNS, attribute_schema, check_attributes
from conftest import ROOT

SPECIFICATION = (ROOT / "docs/catalog-format.md").read_text(encoding="utf-8")
SCHEMA = json.loads((ROOT / "docs/catalog-format.schema.json").read_text(encoding="utf-8"))
CATALOGS = (
    "pnr2", "peace-river", "prague", "guy-greenbrier", "paradox", "red-deer", "cooper-basin",
    "oklahoma-ogs", "midland-texnet", "basel", "isc-gem-v3", "scedc-1994", "alpides-psmeca",
)  # fmt: skip


def test_the_published_schema_is_the_one_in_use():
    assert attribute_schema() == SCHEMA
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_column_stands_in_the_specification():
    rows = re.findall(r"^\| `(\w+)` \| (string|int64|float64|category) \| ([^|]+) \|",
                      SPECIFICATION, re.MULTILINE)  # fmt: skip
    written = {name: (kind, unit.strip()) for name, kind, unit in rows}
    assert written == {c.name: (c.kind, c.unit or "-") for c in COLUMNS.values()}


@pytest.mark.parametrize(
    ("attributes", "valid"),
    [
        ({"schema_version": 1, "frame": "none", "time_frame": "order"}, True),
        ({"schema_version": 1, "frame": "none", "time_frame": "utc", "time_unit": "ns"}, True),
        ({"schema_version": 1, "frame": "none", "time_frame": "utc"}, False),
        ({"schema_version": 2, "frame": "none", "time_frame": "order"}, False),
        ({"frame": "none", "time_frame": "order"}, False),
        ({"schema_version": 1, "frame": "local", "time_frame": "order"}, False),
        ({"schema_version": 1, "frame": "local", "time_frame": "order", "axes": "NED"}, True),
        (
            {"schema_version": 1, "frame": "none", "time_frame": "relative", "time_unit": "us"},
            False,
        ),
        ({"schema_version": 1, "frame": "none", "time_frame": "order", "mine": [1]}, True),
    ],
)
def test_schema_and_validator_agree(attributes, valid):
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid(attributes) is valid
    assert (check_attributes(attributes) == []) is valid


@pytest.mark.data
def test_attributes_of_real_catalogs_satisfy_the_schema(data_folder):
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for name in CATALOGS:
        entry = dataset(name)
        result = read_catalog(entry.fetch(), options=ReadOptions().merged(entry.read))
        validator.validate(result.catalog.attributes)


def test_layout_of_a_file(tmp_path):
    import pyarrow.parquet as pq

    n = 2 * ROW_GROUP + 5
    times = np.arange(n)
    catalog = Catalog.from_columns(
        {"magnitude": np.zeros(n), "time": times, "network": ["US"] * n}, sort=False
    )
    write_catalog(catalog, tmp_path / "a.parquet")
    file = pq.ParquetFile(tmp_path / "a.parquet")
    sizes = [file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups)]
    assert sizes == [131_072, 131_072, 5]
    place = file.schema_arrow.names.index("time")
    for i in range(3):
        column = file.metadata.row_group(i).column(place)
        assert column.compression == "ZSTD"
        assert column.statistics.min == i * ROW_GROUP
    types = {field.name: str(field.type) for field in file.schema_arrow}
    assert types["time"] == "int64"
    assert types["event_id"] == "string"
    assert types["network"].startswith("dictionary<values=string")
    attributes = json.loads(file.schema_arrow.metadata[b"asperity"])
    assert attributes["schema_version"] == 1
    assert attributes == json.loads(json.dumps(catalog.attributes))
