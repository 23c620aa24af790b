"""Global CMT ndk records."""

import numpy as np
import pytest

from asperity.core.errors import InputError
from asperity.core.formats import ReadOptions, losses, read_catalog, write_catalog

# Two published records; the second is fixed in depth and has body, surface and mantle waves.
RECORDS = """\
PDEW 2006/04/09 20:50:46.0 -20.45  -70.24  34.6 5.5 5.8 NEAR COAST OF NORTHERN C
C200604092050A   B: 88  166  40 S: 96  189  50 M: 41   52 125 CMT: 1 TRIHD:  1.8
CENTROID:      5.3 0.1 -20.46 0.01  -70.73 0.01  39.0  0.4 FREE S-20060726112355
24  4.180 0.069 -1.700 0.046 -2.480 0.060 -1.050 0.052 -2.410 0.075 -2.280 0.038
V10   4.975 73 100   0.120  8 216  -5.095 15 308   5.035  49 30  106 211 61   81
PDEW 2013/03/01 12:53:51.1  50.90  157.45  33.0 5.7 6.4 KURIL ISLANDS
C201303011253A   B:143  373  40 S:144  355  50 M:129  216 125 CMT: 1 BOXHD:  3.7
CENTROID:      7.5 0.1  50.70 0.00  157.75 0.01  44.4  0.2 FIX  S-20130603112852
25  4.020 0.025 -0.940 0.020 -3.080 0.020  0.946 0.023  1.640 0.023 -1.860 0.016
V10   4.437 78 300   0.136  0  30  -4.573 12 120   4.505 210 33   90  30 57   90
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "gcmt.ndk"
    path.write_text(RECORDS)
    return path


def test_the_centroid_is_the_event_and_the_hypocentre_stands_beside_it(path):
    catalog = read_catalog(path).catalog
    assert catalog.attributes["origin"] == "centroid"
    assert catalog.format_times() == ["2006-04-09T20:50:51.3Z", "2013-03-01T12:53:58.6Z"]
    assert catalog["latitude"].tolist() == [-20.46, 50.70]
    assert catalog["depth"].tolist() == [39_000.0, 44_400.0]
    assert catalog["hypocentre_latitude"].tolist() == [-20.45, 50.90]
    assert catalog["centroid_time_shift"].tolist() == [5.3, 7.5]


def test_moments_in_dyne_cm_become_newton_metres(path):
    catalog = read_catalog(path).catalog
    np.testing.assert_allclose(catalog["moment"], [5.035e17, 4.505e18], rtol=1e-12)
    np.testing.assert_allclose(catalog["mrr"], [4.18e17, 4.02e18], rtol=1e-12)
    np.testing.assert_allclose(catalog["mtp_uncertainty"], [0.038e17, 0.016e18], rtol=1e-12)
    # ObsPy 1.5.1 gives Mwc 5.73 and 6.37 for these records, at the same centroid times.
    assert catalog["magnitude"].round(2).tolist() == [5.73, 6.37]


def test_the_other_fields(path):
    catalog = read_catalog(path).catalog
    assert catalog["surface_components"].tolist() == [189, 355]
    assert catalog["mantle_period"].tolist() == [125, 125]
    assert catalog["half_duration"].tolist() == [1.8, 3.7]
    assert catalog.texts("moment_rate_function").tolist() == ["TRIHD", "BOXHD"]
    assert catalog.texts("depth_type").tolist() == ["FREE", "FIX"]
    assert catalog["azimuth_p"].tolist() == [308, 120]
    assert catalog["rake_2"].tolist() == [81, 90]
    assert catalog["magnitude_ms"].tolist() == [5.8, 6.4]


def test_written_records_are_the_bytes_that_were_read(path, tmp_path):
    catalog = read_catalog(path).catalog
    assert losses(catalog, "ndk") == []
    write_catalog(catalog, tmp_path / "back.ndk")
    assert (tmp_path / "back.ndk").read_text() == RECORDS


def test_a_record_that_lost_a_line_is_rejected_and_the_next_is_read(path):
    lines = RECORDS.splitlines()
    path.write_text("\n".join(lines[:1] + lines[2:]))
    with pytest.raises(InputError, match="line 1, column '\\(record\\)'"):
        read_catalog(path)
    result = read_catalog(path, options=ReadOptions(on_error="skip"))
    assert result.catalog.texts("event_id").tolist() == ["C201303011253A"]
    assert len(result.rejections) == 1


def test_a_catalog_without_tensors_is_refused_by_name(tmp_path, path):
    catalog = read_catalog(path).catalog
    plain = type(catalog)(catalog.dataset.drop_vars("mrt"))
    with pytest.raises(InputError, match="no column 'mrt'"):
        write_catalog(plain, tmp_path / "x.ndk")
    assert not (tmp_path / "x.ndk").exists()


def test_a_second_that_rounds_up_goes_into_the_next_minute(path, tmp_path):
    catalog = read_catalog(path).catalog
    late = catalog["time"] - catalog["time"] % 60_000_000_000 + 59_970_000_000
    catalog = catalog.with_columns({"time": late, "centroid_time_shift": np.zeros(2)})
    assert "time rounded to 0.1 s" in losses(catalog, "ndk")
    write_catalog(catalog, tmp_path / "back.ndk")
    back = read_catalog(tmp_path / "back.ndk").catalog
    np.testing.assert_array_equal(back["time"] - late, [30_000_000, 30_000_000])
