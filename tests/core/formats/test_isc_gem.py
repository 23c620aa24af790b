"""ISC-GEM: the centre's own table and that of the GEM toolkit."""

import csv

import numpy as np
import pytest

from asperity.core.errors import InputError
from asperity.core.formats import ReadOptions, read_catalog
from asperity.core.geometry.mechanisms import moment_magnitude

CENTRE = """\
# ISC-GEM Global Instrumental Earthquake Catalogue
# a preamble, with commas, and words
#           date          ,    lat  ,    lon   ,smajax,sminax,strike,q,depth , unc ,q,  mw ,unc ,q,s,  mo  ,fac,mo_auth, mpp  , mpr  , mrr  , mrt  , mtp  , mtt  ,str1 ,dip1 ,rake1, str2 , dip2 , rake2 ,type, eventid
1904-06-25 21:00:37.58, 52.864, 160.445, 35.3, 24.1, 59.0, B, 30.0, 10.3, B, 7.70, 0.40, C, p, 5.10, 20, bibliog, , , , , , , , , , , , , , 16957819
2012-12-29 14:59:36.68, 38.763, 142.169, 4.7, 3.4, 117.0, A, 40.0, 5.4, A, 5.50, 0.10, A, d, 2.23, 17, gcmt, -1.53, 1.33, 1.63, 0.71, -0.44, -0.11, 10, 40, 90, 190, 50, 90, s, 602065111
"""  # noqa: E501
TOOLKIT = """\
eventID,Agency,year,month,day,hour,minute,second,longitude,latitude,SemiMajor90,SemiMinor90,ErrorStrike,depth,depthError,magnitude,sigmaMagnitude,moment,scaling,source,mpp,mpr,mrr,mrt,mtp,mtt\r
602065111,ISC-GEM,2012,12,29,14,59,36.68,142.1690,38.7630,4.70,3.40,117.00,40.00,5.40,5.50,0.10,2.23,17,    gcmt  ,-1.53,1.33,1.63,0.71,-0.44,-0.11\r
"""  # noqa: E501


def test_repeated_names_of_the_centre_are_told_apart_by_their_place(tmp_path):
    path = tmp_path / "isc-gem-cat.csv"
    path.write_text(CENTRE)
    result = read_catalog(path)
    catalog = result.catalog
    assert result.format == "isc-gem"
    assert catalog.format_times() == ["1904-06-25T21:00:37.58Z", "2012-12-29T14:59:36.68Z"]
    assert catalog["depth_uncertainty"].tolist() == [10_300.0, 5_400.0]
    assert catalog["magnitude_uncertainty"].tolist() == [0.40, 0.10]
    assert catalog.texts("epicentre_quality").tolist() == ["B", "A"]
    assert catalog.texts("depth_quality").tolist() == ["B", "A"]
    assert catalog.texts("magnitude_quality").tolist() == ["C", "A"]
    assert catalog["strike_2"][1] == 190
    assert catalog.texts("event_id").tolist() == ["16957819", "602065111"]


def test_both_tables_give_the_same_event(tmp_path):
    (tmp_path / "a.csv").write_text(CENTRE)
    (tmp_path / "b.csv").write_text(TOOLKIT, newline="")
    a = read_catalog(tmp_path / "a.csv").catalog.select(np.array([1]))
    b = read_catalog(tmp_path / "b.csv").catalog
    for name in b.columns:
        if name not in ("network", "magnitude_type", "event_id", "moment_source"):
            np.testing.assert_array_equal(a[name], b[name], err_msg=name)
    assert a.texts("moment_source") == b.texts("moment_source")
    # 2.23e17 N m is the Mw 5.50 that the row gives: the scale is N m, not dyne cm.
    assert moment_magnitude(b["moment"])[0] == pytest.approx(5.50, abs=0.01)
    assert b["mrr"][0] == pytest.approx(1.63e17)


def test_a_moment_without_its_scale_is_rejected(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(TOOLKIT.replace("2.23,17,", "2.23,,"), newline="")
    with pytest.raises(InputError, match="line 2, column 'moment'"):
        read_catalog(path)
    assert len(read_catalog(path, options=ReadOptions(on_error="skip")).rejections) == 1


@pytest.mark.data
def test_the_registered_catalog_is_read_without_loss(data_folder):
    path = data_folder / "isc-gem-v3.csv"
    result = read_catalog(path)
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    catalog = result.catalog
    assert len(catalog) == len(rows) == 24_375
    assert result.notes == ()
    # Every number of the file, in its own order, against a plain csv reader.
    back = np.argsort(result.rows)
    columns = {
        "SemiMajor90": ("error_axis_1", 1e3), "SemiMinor90": ("error_axis_2", 1e3),
        "ErrorStrike": ("error_azimuth_1", 1), "depth": ("depth", 1e3),
        "depthError": ("depth_uncertainty", 1e3), "magnitude": ("magnitude", 1),
        "sigmaMagnitude": ("magnitude_uncertainty", 1), "latitude": ("latitude", 1),
        "longitude": ("longitude", 1),
    }  # fmt: skip
    for name, (column, scale) in columns.items():
        expected = [float(r[name]) * scale if r[name].strip() else np.nan for r in rows]
        np.testing.assert_allclose(catalog[column][back], expected, rtol=1e-15, err_msg=name)
    for name, column in (("moment", "moment"), ("mpr", "mrp"), ("mtt", "mtt")):
        expected = [
            float(f"{r[name].strip()}e{r['scaling'].strip()}") if r[name].strip() else np.nan
            for r in rows
        ]
        np.testing.assert_allclose(catalog[column][back], expected, rtol=1e-14, err_msg=name)
    sources = [r["source"].strip() for r in rows]
    assert catalog.texts("moment_source")[back].tolist() == sources
    seconds = [float(r["second"]) for r in rows]
    found = catalog["time"][back] % 60_000_000_000 / 1e9
    np.testing.assert_allclose(found, seconds, atol=1e-9)
