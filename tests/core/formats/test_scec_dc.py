"""The fixed columns of the Southern California Earthquake Data Center."""

import io

import numpy as np
import pandas as pd
import pytest

from asperity.core.errors import InputError
from asperity.core.formats import ReadOptions, read_catalog

ROWS = """\
#YYY/MM/DD HH:mm:SS.ss ET GT MAG  M    LAT     LON     DEPTH Q  EVID     NPH NGRM
1994/01/01 04:00:00.72 eq  l 1.37 c    34.111 -116.873  -0.0 A  3138764   17  95
1994/01/16 04:54:19.40 eq  l 0.00 n    32.916 -117.814   5.4 C  3140560    7   50
1994/01/17 14:58:08.16 qb  r 3.10 lr   34.347 -118.524   9.8 D 37366661    6    0
"""


def test_every_field_of_a_row(tmp_path):
    path = tmp_path / "a.catalog"
    path.write_text(ROWS)
    result = read_catalog(path)
    catalog = result.catalog
    assert result.format == "scec-dc"
    assert catalog.texts("event_id").tolist() == ["3138764", "3140560", "37366661"]
    assert catalog.format_times() == [
        "1994-01-01T04:00:00.72Z", "1994-01-16T04:54:19.40Z", "1994-01-17T14:58:08.16Z",
    ]  # fmt: skip
    np.testing.assert_array_equal(catalog["magnitude"], [1.37, np.nan, 3.10])
    assert catalog.texts("magnitude_type").tolist() == ["Mc", "", "MLr"]
    np.testing.assert_array_equal(catalog["latitude"], [34.111, 32.916, 34.347])
    np.testing.assert_array_equal(catalog["longitude"], [-116.873, -117.814, -118.524])
    np.testing.assert_allclose(catalog["depth"], [0.0, 5400.0, 9800.0])
    assert catalog.texts("event_type").tolist() == ["earthquake", "earthquake", "quarry blast"]
    assert catalog.texts("geographic_type").tolist() == ["local", "local", "regional"]
    assert catalog.texts("location_quality").tolist() == ["A", "C", "D"]
    assert catalog["n_phases"].tolist() == [17, 7, 6]
    assert catalog["n_waveforms"].tolist() == [95, 50, 0]


def test_a_listing_that_is_cut_off_is_refused_by_its_own_count(tmp_path):
    path = tmp_path / "a.catalog"
    path.write_text(ROWS + "### Number of rows returned:5\n")
    with pytest.raises(InputError, match="says 5 rows, 3 were found"):
        read_catalog(path)
    result = read_catalog(path, options=ReadOptions(on_error="skip"))
    assert len(result.catalog) == 3
    assert "the listing says 5 rows, 3 were found" in result.notes


def test_a_shifted_row_is_rejected_with_its_line(tmp_path):
    path = tmp_path / "a.catalog"
    path.write_text(ROWS + "1994/01/01  04:00:00.72 eq  l 1.37 c    34.111 -116.873  -0.0 A  31\n")
    with pytest.raises(InputError, match=r"line 5, column '\(row\)'"):
        read_catalog(path)


@pytest.mark.data
def test_the_registered_year_is_read_whole(data_folder):
    result = read_catalog(data_folder / "scedc-1994.catalog")
    assert len(result.catalog) == 28_254  # "Number of rows returned" in the file
    assert np.isnan(result.catalog["magnitude"]).sum() == 104  # type n: no magnitude
    # Every number against pandas' own reader of fixed widths, columns as the format has them.
    columns = {
        "magnitude": (29, 33), "latitude": (38, 45), "longitude": (46, 54), "depth": (55, 60),
        "event_id": (63, 71), "n_phases": (71, 76), "n_waveforms": (76, 81),
    }  # fmt: skip
    lines = (data_folder / "scedc-1994.catalog").read_text().splitlines()
    rows = io.StringIO("\n".join(line for line in lines if line[:1] not in ("#", "")))
    theirs = pd.read_fwf(rows, colspecs=list(columns.values()), names=list(columns), header=None)
    back = np.argsort(result.rows)
    scale = {"depth": 1000.0}
    known = ~np.isnan(result.catalog["magnitude"][back])
    for name in columns:
        ours = result.catalog[name][back].astype(float)
        expected = theirs[name].to_numpy(dtype=float) * scale.get(name, 1.0)
        chosen = known if name == "magnitude" else slice(None)
        np.testing.assert_allclose(ours[chosen], expected[chosen], rtol=1e-14, err_msg=name)
    northridge = np.nanargmax(result.catalog["magnitude"])
    assert result.catalog.format_times(np.array([northridge])) == ["1994-01-17T12:30:55.39Z"]
