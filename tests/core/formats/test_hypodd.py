"""HypoDD relocations."""

import numpy as np
import pytest

from asperity.core import Catalog
from asperity.core.errors import InputError
from asperity.core.formats import losses, read_catalog, write_catalog

# Layout of hypoDD 1.3's write statement.
ROW = (
    "   38542  37.306940 -121.673130     6.240     -312.2      204.1      -98.7     11.5     "
    "12.1     15.3 1984  4 24 21 15 18.960  6.2    0    0   90   33 -9.000  0.120   1\n"
)


def test_all_columns(tmp_path):
    path = tmp_path / "hypoDD.reloc"
    path.write_text(ROW)
    result = read_catalog(path)
    catalog = result.catalog
    assert result.format == "hypodd"
    assert catalog.format_times() == ["1984-04-24T21:15:18.96Z"]
    assert catalog["depth"][0] == 6240
    found = [catalog[f"from_centroid_{a}"][0] for a in ("east", "north", "down")]
    assert found == [-312.2, 204.1, -98.7]
    assert catalog["depth_uncertainty"][0] == 15.3
    assert catalog["n_catalog_p"][0] == 90
    assert np.isnan(catalog["residual_correlation"][0])
    assert catalog["residual_catalog"][0] == 0.120
    assert catalog["cluster"][0] == 1


def test_a_minute_of_sixty_seconds_counts_on(tmp_path):
    path = tmp_path / "a.reloc"
    path.write_text(ROW.replace("18.960", "60.000"))
    assert read_catalog(path).catalog.format_times() == ["1984-04-24T21:16:00Z"]


def test_cluster_zero_is_named_as_none(tmp_path):
    path = tmp_path / "a.reloc"
    path.write_text(ROW[:-2] + "0\n")
    assert "1 events have cluster 0, which is none" in read_catalog(path).notes


def test_a_fortran_overflow_is_rejected_with_its_line(tmp_path):
    path = tmp_path / "a.reloc"
    path.write_text(ROW + ROW.replace("     -312.2", " **********").replace("38542", "38543"))
    with pytest.raises(InputError, match="line 2, column 'from_centroid_east'"):
        read_catalog(path)


def test_what_was_read_is_written_without_loss(tmp_path):
    path = tmp_path / "a.reloc"
    path.write_text(ROW)
    catalog = read_catalog(path).catalog
    assert losses(catalog, "hypodd") == []
    write_catalog(catalog, tmp_path / "b.reloc")
    back = read_catalog(tmp_path / "b.reloc").catalog
    assert back == catalog


def test_text_clusters_and_identifiers_are_named_as_lost(tmp_path):
    catalog = Catalog.from_columns(
        {"magnitude": [1.0], "latitude": [0.0], "longitude": [0.0], "time": [0],
         "event_id": ["Main"], "cluster": ["CL160"]}
    )  # fmt: skip
    said = losses(catalog, "hypodd")
    assert said[0] == "columns left out: cluster"
    assert any("event_id replaced" in s for s in said)
    write_catalog(catalog, tmp_path / "b.reloc")
    assert read_catalog(tmp_path / "b.reloc").catalog.texts("event_id").tolist() == ["1"]
