"""ZMAP: columns of numbers, decimal years."""

import numpy as np
import pytest

from asperity.core import Catalog
from asperity.core.errors import InputError
from asperity.core.formats import ReadOptions, losses, read_catalog, write_catalog

ROW = "7.59\t47.58\t2006.9197\t12\t2\t0.4\t4.289\t22\t5\t18.25\t0.3\t0.6\t0.1\n"


def read(tmp_path, text, **options):
    path = tmp_path / "a.dat"
    path.write_text(text)
    return read_catalog(path, options=ReadOptions(**options))


def test_thirteen_columns_with_decimal_year(tmp_path):
    result = read(tmp_path, ROW)
    catalog = result.catalog
    assert result.format == "zmap"
    assert catalog.format_times() == ["2006-12-02T22:05:18.25Z"]
    assert catalog["depth"][0] == 4289
    assert catalog["horizontal_uncertainty"][0] == 300
    assert catalog["depth_uncertainty"][0] == 600
    assert catalog["magnitude_uncertainty"][0] == 0.1


def test_a_decimal_year_rounded_across_new_year_keeps_its_december(tmp_path):
    # 23:59 on 31 December 1999 is 1999.999998, printed with four digits as 2000.0000.
    text = ROW + "7 47 2000.0000 12 31 1.0 5 23 59 30 0 0 0\n"
    assert read(tmp_path, text).catalog.format_times()[0] == "1999-12-31T23:59:30.00Z"


def test_whole_years_are_calendar_years(tmp_path):
    catalog = read(tmp_path, "7 47 2000 12 31 1.0 5 23 59 30\n7 47 2001 1 1 1 5 0 0 0\n").catalog
    assert catalog.format_times() == ["2000-12-31T23:59:30Z", "2001-01-01T00:00:00Z"]


def test_a_decimal_year_that_contradicts_its_month_is_rejected(tmp_path):
    with pytest.raises(InputError, match="line 2, column 'year'"):
        read(tmp_path, ROW + ROW.replace("2006.9197", "2006.3"))


def test_a_row_with_a_missing_number_is_rejected(tmp_path):
    with pytest.raises(InputError, match=r"line 2.*13 numbers, not 12"):
        read(tmp_path, ROW + ROW.rsplit("\t", 1)[0] + "\n")


def test_what_is_left_out_is_named(tmp_path):
    catalog = Catalog.from_columns(
        {"magnitude": [1.0], "latitude": [1.0], "longitude": [2.0], "time": [1_234_567_891],
         "magnitude_type": ["Mw"], "cluster": [3]}
    )  # fmt: skip
    assert losses(catalog, "zmap") == [
        "columns left out: magnitude_type, cluster", "times rounded to microseconds",
    ]  # fmt: skip


def test_a_catalog_without_dates_is_refused(tmp_path):
    with pytest.raises(InputError, match="time_frame 'order'"):
        write_catalog(Catalog.from_columns({"magnitude": [1.0]}), tmp_path / "a.zmap")


def test_losses_are_said_when_writing(tmp_path, caplog):
    catalog = Catalog.from_columns(
        {"magnitude": [1.0], "latitude": [1.0], "longitude": [2.0], "time": [0],
         "event_id": ["smi:a"]}
    )  # fmt: skip
    write_catalog(catalog, tmp_path / "a.zmap")
    assert "zmap: columns left out: event_id" in caplog.text


def test_numbers_of_a_written_file_are_numpy_readable(tmp_path):
    catalog = read(tmp_path, ROW + ROW.replace("12\t2\t0.4", "12\t2\tNaN")).catalog
    write_catalog(catalog, tmp_path / "b.zmap")
    table = np.loadtxt(tmp_path / "b.zmap")
    assert table.shape == (2, 13)
    np.testing.assert_allclose(table[0, 2], 2006.9203, atol=1e-4)


def test_the_last_microsecond_of_a_year_stays_in_it(tmp_path):
    times = [-1_000, 31_535_999_999_999_000]
    catalog = Catalog.from_columns(
        {"time": times, "magnitude": [1.0, 2.0], "latitude": [0.0, 0.0], "longitude": [0.0, 0.0]}
    )
    for chosen in (catalog, catalog.select(slice(0, 1))):
        write_catalog(chosen, tmp_path / "a.zmap")
        back = read_catalog(tmp_path / "a.zmap").catalog
        np.testing.assert_array_equal(back["time"], chosen["time"])
