"""The written format: its JSON Schema is the generated one, and real catalogs satisfy it."""

import json
from pathlib import Path

import jsonschema
import pytest

from asperity.core import Catalog
from asperity.core.datasets import dataset
from asperity.core.formats import ReadOptions, format_names, read_catalog
from asperity.core.schema import COLUMNS, Attributes, attribute_schema, check_attributes

DOCS = Path(__file__).resolve().parents[2] / "docs"
REGISTERED = (
    "pnr2", "peace-river", "prague", "guy-greenbrier", "paradox", "red-deer", "cooper-basin",
    "oklahoma-ogs", "midland-texnet", "basel", "isc-gem-v3", "scedc-1994", "alpides-psmeca",
)  # fmt: skip
VALID = {"schema_version": 1, "frame": "none", "time_frame": "order"}


@pytest.fixture(scope="module")
def validator():
    schema = json.loads((DOCS / "catalog-format.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_published_schema_is_the_generated_one():
    published = json.loads((DOCS / "catalog-format.schema.json").read_text(encoding="utf-8"))
    assert published == attribute_schema()


def test_the_specification_names_every_column_attribute_and_format():
    text = (DOCS / "catalog-format.md").read_text(encoding="utf-8")
    numbered = {f"error_{what}_{i}" for what in ("axis", "azimuth", "dip") for i in (2, 3)}
    for name in [*(c for c in COLUMNS if c not in numbered), *Attributes.model_fields]:
        assert f"`{name}`" in text, name
    for name in format_names():
        if name not in ("parquet", "netcdf"):
            assert f"| `{name}` |" in text, name


@pytest.mark.data
@pytest.mark.parametrize("name", REGISTERED)
def test_real_catalogs_satisfy_the_schema(name, validator, data_folder):
    entry = dataset(name)
    catalog = read_catalog(entry.fetch(), options=ReadOptions().merged(entry.read)).catalog
    validator.validate(json.loads(json.dumps(catalog.attributes)))


def test_a_laboratory_catalog_satisfies_the_schema(validator):
    catalog = Catalog.from_columns(
        {"time": [1], "magnitude": [-6.0], "x": [0.0], "y": [0.0], "z": [0.0]},
        time_frame="relative", time_origin="start of loading", axes="ENU",
        anchor={"latitude": 47.0, "longitude": 8.0},
    )  # fmt: skip
    validator.validate(catalog.attributes)


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": 2}, {"schema_version": None}, {"frame": "polar"}, {"frame": "local"},
        {"time_frame": "utc"}, {"time_frame": "relative", "time_unit": "ns"}, {"time_unit": "s"},
        {"time_resolution": "1 day"}, {"magnitude_resolution": -0.1},
        {"anchor": {"latitude": 95, "longitude": 0}}, {"anchor": {"latitude": 5}}, {"axes": "UP"},
    ],
)  # fmt: skip
def test_the_schema_refuses_what_the_library_refuses(change, validator):
    attributes = {**VALID, **change}
    assert check_attributes(attributes)
    assert not validator.is_valid(attributes)


@pytest.mark.parametrize(
    "change",
    [
        {}, {"time_frame": "utc", "time_unit": "us"}, {"frame": "local", "axes": "NED"},
        {"time_resolution": "P1D"}, {"note": "unknown keys are kept"}, {"anchor": None},
    ],
)  # fmt: skip
def test_the_schema_takes_what_the_library_takes(change, validator):
    attributes = {**VALID, **change}
    assert check_attributes(attributes) == []
    assert validator.is_valid(attributes)
