"""Readers of position files: real files, the traps of their formats, and round trips."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from asperity.core.errors import InputError
from asperity.gnss.positions import (
    PositionOptions,
    PositionSeries,
    julian_years,
    read_positions,
    write_positions,
)

DAY = np.timedelta64(1, "D")


def one(path, **options):
    result = read_positions(path, options=PositionOptions(**options))
    assert len(result.series) == 1
    return result.series[0], result


def test_lhas_is_read_by_the_names_of_its_columns(data_folder):
    series, result = one(data_folder / "lhas-tenv3.tenv3")
    assert (result.format, series.site, len(series)) == ("tenv3", "LHAS", 3631)
    # The first row of the file: 385 + 0.888603 m east, and a longitude of -268.896 degrees.
    assert series.positions[:, 0] == pytest.approx([888.603, 602.585, 707.878])
    assert series.longitude == pytest.approx(360.0 - 268.8960142076)
    assert series.correlations[:, 0].tolist() == [-0.009728, -0.044382, -0.198749]
    # Its decimal years are days of 365.25 since J2000, as ours are.
    assert series.years[0] == pytest.approx(1995.3785, abs=5e-5)


def test_pbo_has_north_before_east(data_folder):
    series, result = one(data_folder / "p156-pbo.pos")
    assert (result.format, series.site, series.frame) == ("pbo-pos", "P156", "ITRF08")
    assert series.positions[:, 0] == pytest.approx([62.65, -122.80, 2.76])
    assert series.deviations[:, 0] == pytest.approx([2.46, 3.12, 11.22])
    # Rne, Rnu, Reu in the file; en, eu, nu here.
    assert series.correlations[:, 0].tolist() == [-0.159, 0.127, -0.205]
    assert str(series.times[0])[:16] == "2006-06-08T12:00"


def test_usud_has_its_first_row_out_of_order(data_folder):
    series, result = one(data_folder / "usud-sio.neu")
    assert (result.format, series.site) == ("sio-neu", "USUD")
    assert any("order of the epochs breaks at 1 place" in note for note in result.notes)
    assert str(series.times[0])[:10] == "1999-01-01"
    assert series.positions[:, 0] == pytest.approx([-74.25, 57.81, 0.44])
    assert (series.latitude, series.height) == pytest.approx((36.1331104696, 1508.6098))


def test_nepal_takes_its_name_from_the_comments(data_folder):
    series, _ = one(data_folder / "nepal-kkn4.neu")
    assert series.site == "KKN4"
    assert not series.has_place
    # Day of year 115 is the day of the earthquake: the station moved south and up.
    after = series.times > np.datetime64("2015-04-26")
    before = series.positions[:, ~after].mean(axis=1)
    jump = series.positions[:, after][:, :3].mean(axis=1) - before
    assert jump == pytest.approx([-445.0, -1830.0, 1260.0], rel=0.03)


def tenv3(*rows):
    header = (
        "site YYMMMDD yyyy.yyyy __MJD week d reflon _e0(m) __east(m) ____n0(m) _north(m) u0(m) "
        "____up(m) _ant(m) sig_e(m) sig_n(m) sig_u(m) __corr_en __corr_eu __corr_nu"
    )
    return "\n".join([header, *rows]) + "\n"


def tenv3_row(mjd, east, e0=10, sigma=0.001):
    return (
        f"TEST 95MAY19 1995.3785 {mjd} 801 5 91.1 {e0} {east} 20 0.5 30 0.7 0.0 {sigma} 0.001 "
        "0.004 0.0 0.0 0.0"
    )


def test_integer_part_that_is_renewed_is_added(tmp_path):
    path = tmp_path / "a.tenv3"
    path.write_text(tenv3(tenv3_row(49856, 0.9), tenv3_row(49857, 0.1, e0=11)))
    series, result = one(path)
    assert np.diff(series.positions[0]) == pytest.approx(200.0)
    assert "integer part of east changes" in result.notes[0]


def test_sigma_of_nine_stands_for_none(tmp_path):
    path = tmp_path / "a.tenv3"
    path.write_text(tenv3(tenv3_row(49856, 0.9), tenv3_row(49857, 0.8, sigma="9.99999")))
    series, result = one(path)
    assert len(series) == 1
    assert "1 epochs whose sigma stands for none" in result.notes[0]


def test_without_header_the_columns_stand_in_their_order(tmp_path):
    path = tmp_path / "TEST"
    path.write_text("\n".join(tenv3_row(m, 0.5) for m in range(49856, 49860)))
    assert len(one(path)[0]) == 4


def test_reversed_order_and_duplicates_are_flagged(tmp_path):
    path = tmp_path / "a.tenv3"
    rows = [tenv3_row(m, 0.5) for m in (49859, 49858, 49857, 49857)]
    path.write_text(tenv3(*rows))
    series, result = one(path)
    assert (np.diff(series.times) == DAY).all()
    assert len(result.notes) == 2
    path.write_text(tenv3(*rows, tenv3_row(49858, 0.6)))
    with pytest.raises(InputError, match=r"line 6, column 'time'.*an epoch that stands once"):
        read_positions(path)
    kept = read_positions(path, options=PositionOptions(on_error="skip"))
    assert len(kept.series[0]) == 3
    assert kept.rejections[0].line == 6


def test_bad_rows_are_named(tmp_path):
    path = tmp_path / "a.tenv3"
    path.write_text(tenv3(tenv3_row(49856, 0.9), tenv3_row(49857, "x")))
    with pytest.raises(InputError, match=r"line 3, column 'east': found 'x'"):
        read_positions(path)
    path.write_text(tenv3(tenv3_row(49856, 0.9), "TEST 95MAY19 1995.4"))
    with pytest.raises(InputError, match=r"line 3, column '\(row\)'.*20 columns"):
        read_positions(path)
    path.write_text("1 2 3\n")
    with pytest.raises(InputError, match="no reader knows these positions"):
        read_positions(path)
    path.write_text(" 2015.9 2015 400 0.1 0.1 0.1 0.1 0.1 0.1\n")
    with pytest.raises(InputError, match="a day from 1 to 366"):
        read_positions(path, format="sio-neu")


@pytest.fixture
def stations():
    generator = np.random.default_rng(1)
    times = np.datetime64("2010-01-01T12:00") + np.array([0, 1, 2, 5, 9]) * DAY
    return [
        PositionSeries.from_arrays(
            times, generator.normal(size=(3, 5)), np.abs(generator.normal(size=(3, 5))) + 0.1,
            0.5 * np.tanh(generator.normal(size=(3, 5))), site=site, longitude=lon,
            latitude=30.0, height=np.nan, frame="IGS14",
        )
        for site, lon in (("AAAA", 100.0), ("BBBB", -170.5))
    ]  # fmt: skip


def test_a_name_that_ends_in_nul_is_a_name():
    """Found by fuzzing: no row was its own station's."""
    path = Path(__file__).parents[1] / "regressions" / "name-that-ends-in-nul.csv"
    result = read_positions(path, options=PositionOptions(on_error="skip"))
    (odd,) = [series for series in result.series if series.site.endswith("\0")]
    assert len(odd) == 1
    assert result.rejections


def test_our_own_table_gives_back_every_bit(stations, tmp_path):
    write_positions(stations, tmp_path / "two.csv")
    back = read_positions(tmp_path / "two.csv").series
    for before, after in zip(stations, back, strict=True):
        assert before.dataset.identical(after.dataset)
    squeezed = tmp_path / "two.csv.gz"
    squeezed.write_bytes(gzip.compress((tmp_path / "two.csv").read_bytes()))
    assert len(read_positions(squeezed).series) == 2
    with pytest.raises(InputError, match="a name or a place is given for 2 stations"):
        read_positions(squeezed, options=PositionOptions(site="X"))


@pytest.mark.parametrize(
    ("clock", "value"),
    [("decimal_year", "2012.5"), ("mjd", "56110.0"), ("time", "2012-07-02T12:00Z")],
)  # fmt: skip
def test_clocks_of_our_own_table(tmp_path, clock, value):
    (tmp_path / "a.csv").write_text(f"{clock},east,north\n{value},1.0,2.0\n")
    series, result = one(tmp_path / "a.csv", site="AAAA")
    # 2012 has 366 days: its middle is the midnight before July 2.
    expected = "2012-07-02T00" if clock == "decimal_year" else "2012-07-02T12"
    assert str(series.times[0])[:13] == expected
    assert "no column up" in result.notes[0]


def test_a_series_checks_what_it_is_given():
    times = np.datetime64("2010-01-01") + np.arange(3) * DAY
    with pytest.raises(InputError, match=r"AAAA, epoch 1 .*not after the one before"):
        PositionSeries.from_arrays(times[[0, 0, 1]], np.zeros((3, 3)), site="AAAA")
    with pytest.raises(InputError, match=r"epoch 2 .*sd_north: found -1, expected mm above zero"):
        PositionSeries.from_arrays(times, np.zeros((3, 3)), [[1.0] * 3, [1, 1, -1], [1.0] * 3])
    with pytest.raises(InputError, match=r"expected \(3, 3\) for 3 epochs"):
        PositionSeries.from_arrays(times, np.zeros((2, 3)))
    series = PositionSeries.from_arrays(times, np.zeros((3, 3)))
    assert julian_years(series.times)[1] - series.years[0] == pytest.approx(1 / 365.25)
    assert len(series.select([True, False, True])) == 2
