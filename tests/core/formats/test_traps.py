"""The traps of real files, one test each, named as in the design's list.

Those of QuakeML, psmeca, ndk and SCEC-DC stand with their readers.
"""

import gzip

import numpy as np
import pytest

from asperity.core.datasets import dataset
from asperity.core.errors import InputError
from asperity.core.formats import ReadOptions, read_catalog, write_catalog


def registered(name, **changed):
    entry = dataset(name)
    return read_catalog(entry.fetch(), options=ReadOptions(**changed).merged(entry.read))


def plain(name, **options):
    """Read a registered file as a path is read: without the registry's options."""
    return read_catalog(dataset(name).fetch(), options=ReadOptions(**options))


def table(tmp_path, text, name="a.csv", encoding="utf-8", **options):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return read_catalog(path, options=ReadOptions(**options))


# -- coordinates ------------------------------------------------------------


@pytest.mark.data
def test_british_national_grid_as_latitude_is_named_and_not_guessed(data_folder):
    with pytest.raises(InputError, match=r"British National Grid .* pass --crs EPSG:27700"):
        plain("pnr2", depth_unit="m", rate_unit="m3/min")
    catalog = registered("pnr2").catalog
    # The well pad PNR-1z/2 lies at 53.787 N, 2.951 W (Cuadrilla's planning documents).
    assert np.median(catalog["latitude"]) == pytest.approx(53.787, abs=0.01)
    assert np.median(catalog["longitude"]) == pytest.approx(-2.965, abs=0.02)


@pytest.mark.data
def test_swapped_latitude_and_longitude_are_named(data_folder):
    with pytest.raises(InputError, match="look swapped; pass --swap-coordinates"):
        plain("red-deer")
    catalog = registered("red-deer").catalog
    assert 52.2 < catalog["latitude"].min() <= catalog["latitude"].max() < 52.3
    assert -114.2 < catalog["longitude"].min() <= catalog["longitude"].max() < -114.0


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "shallow", "deep"),
    [("paradox", -2_700, 30_000), ("cooper-basin", 3_800, 4_500), ("pnr2", 1_800, 2_600)],
)
def test_elevation_stored_as_depth(name, shallow, deep, data_folder):
    result = registered(name)
    depth = result.catalog["depth"]
    assert shallow < depth.min() <= depth.max() < deep
    assert result.catalog.attributes["depth_datum"] == "datum of the source's elevations"


def test_longitudes_from_0_to_360(tmp_path):
    catalog = table(tmp_path, "mag,lat,lon\n1,0,359.5\n1,0,180\n1,0,181\n").catalog
    assert catalog["longitude"].tolist() == [-0.5, 180.0, -179.0]


# -- times ------------------------------------------------------------------


@pytest.mark.data
def test_datenum_rounding_is_undone_and_recorded(data_folder):
    catalog = registered("pnr2").catalog
    # 20:38:55.999996 in the file.
    assert catalog.format_times(np.array([0])) == ["2019-08-13T20:38:56.0Z"]
    assert np.all(catalog["time_uncertainty"] == 1e-5)


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "resolution", "seconds"),
    [("prague", "P1D", 86_400), ("guy-greenbrier", "P1D", 86_400), ("oklahoma-ogs", "PT1M", 60)],
)
def test_coarse_times_keep_the_order_of_the_file(name, resolution, seconds, data_folder):
    result = registered(name)
    times = result.catalog["time"]
    assert result.catalog.attributes["time_resolution"] == resolution
    np.testing.assert_allclose(result.catalog["time_uncertainty"], seconds / np.sqrt(12))
    equal = times[1:] == times[:-1]
    assert equal.any()
    assert np.all(np.diff(result.rows)[equal] > 0)


def test_times_before_1970_and_historical(tmp_path):
    catalog = table(tmp_path, "time,mag\n1965-03-01T00:00:00Z,5\n1556-01-23,8\n").catalog
    assert catalog.time_unit == "us"
    assert [t[:10] for t in catalog.format_times()] == ["1556-01-23", "1965-03-01"]


def test_times_after_2262_do_not_wrap(tmp_path):
    catalog = table(tmp_path, "time,mag\n2500-01-01T00:00:00Z,5\n2000-01-01T00:00:00Z,5\n").catalog
    assert catalog.time_unit == "us"
    assert catalog.format_times()[1].startswith("2500-01-01")
    write_catalog(catalog, tmp_path / "a.parquet")
    assert read_catalog(tmp_path / "a.parquet").catalog == catalog


def test_leap_seconds_count_on(tmp_path):
    text = "time,mag\n2016-12-31T23:59:60.5Z,1\n2016-12-31T23:59:59Z,2\n"
    assert table(tmp_path, text).catalog.format_times() == [
        "2016-12-31T23:59:59.0Z", "2017-01-01T00:00:00.5Z",
    ]  # fmt: skip


def test_time_zones_become_utc(tmp_path):
    text = "time,mag\n2020-01-01T01:30:00+01:00,1\n2019-12-31T18:00:00-05:30,2\n"
    assert table(tmp_path, text).catalog.format_times() == [
        "2019-12-31T23:30:00Z", "2020-01-01T00:30:00Z",
    ]  # fmt: skip


def test_day_and_month_that_cannot_be_told_apart_are_refused(tmp_path):
    with pytest.raises(InputError, match="ambiguous"):
        table(tmp_path, "time,mag\n01/02/2003 10:00,1\n03/04/2003 11:00,2\n")


# -- magnitudes -------------------------------------------------------------


@pytest.mark.data
def test_missing_magnitudes_are_kept_and_counted(data_folder):
    assert np.isnan(registered("pnr2").catalog["magnitude"]).sum() == 283
    assert np.isnan(registered("oklahoma-ogs").catalog["magnitude"]).sum() == 3


@pytest.mark.parametrize("sentinel", [-9.0, -999.0, 9.99])
def test_sentinels_are_pointed_at_and_replaced_when_asked(tmp_path, sentinel):
    text = f"mag\n1.5\n{sentinel}\n"
    result = table(tmp_path, text)
    assert result.catalog["magnitude"].tolist() == [1.5, sentinel]
    assert any(f"--missing={sentinel:g}" in n for n in result.notes)
    assert np.isnan(table(tmp_path, text, missing=(sentinel,)).catalog["magnitude"][1])


@pytest.mark.data
def test_mixed_magnitude_types_are_kept_as_they_are(data_folder):
    catalog = registered("midland-texnet").catalog
    assert set(catalog.texts("magnitude_type")) == {"ML", "Ml", "Mb_lg"}


def test_magnitudes_rounded_to_a_tenth_are_recorded(tmp_path):
    assert table(tmp_path, "mag\n1.5\n2.0\n0.3\n").catalog.attributes["magnitude_resolution"] == 0.1
    assert "magnitude_resolution" not in table(tmp_path, "mag\n1.512\n2.0\n").catalog.attributes


# -- identifiers ------------------------------------------------------------


def test_duplicate_identifiers_are_rejected_row_by_row(tmp_path):
    text = "id,mag\na,1\nb,2\na,3\n"
    with pytest.raises(InputError, match="line 4, column 'event_id': found 'a'"):
        table(tmp_path, text)
    result = table(tmp_path, text, on_error="skip")
    assert result.catalog["magnitude"].tolist() == [1.0, 2.0]
    assert len(result.rejections) == 1


@pytest.mark.data
def test_several_rows_for_one_event_are_no_duplicates_without_an_identifier(data_folder):
    # oklahoma-ogs has no identifiers and rows that agree in every field but the source.
    assert len(registered("oklahoma-ogs").catalog) == 47_937


@pytest.mark.data
def test_sources_with_blanks_around_them_are_one(data_folder):
    names = set(registered("oklahoma-ogs").catalog.texts("network"))
    assert all(n == n.strip() for n in names)
    assert {"US", "USG", "RMT"} <= names


# -- text files -------------------------------------------------------------


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    for encoding in ("utf-8-sig", "utf-16"):
        assert len(table(tmp_path, "mag,lat,lon\n1,2,3\n", encoding=encoding).catalog) == 1


def test_latin_1_text_is_read(tmp_path):
    catalog = table(tmp_path, "mag,region\n1,Zürich\n", encoding="latin-1").catalog
    assert catalog.texts("region").tolist() == ["Zürich"]


def test_decimal_commas_are_named_and_read_when_asked(tmp_path):
    text = "mag;lat;lon\n1,5;47,1;8,2\n"
    with pytest.raises(InputError, match="--decimal ,"):
        table(tmp_path, text)
    assert table(tmp_path, text, decimal=",").catalog["magnitude"].tolist() == [1.5]


def test_thousands_of_columns_are_read_in_bounded_time(tmp_path):
    import time

    names = ["mag", *(f"c{i}" for i in range(5000))]
    text = ",".join(names) + "\n" + "\n".join(",".join(["1.5"] * len(names)) for _ in range(20))
    start = time.process_time()
    result = table(tmp_path, text)
    assert time.process_time() - start < 5.0
    assert len(result.catalog) == 20
    assert any("columns not read: c0, c1" in n for n in result.notes)


@pytest.mark.parametrize("content", [b"", b"\n\n  \n", b"\xef\xbb\xbf"])
def test_empty_files_are_refused_as_such(tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match="empty"):
        read_catalog(path)


def test_a_header_without_rows_is_an_empty_catalog(tmp_path):
    result = table(tmp_path, "time,mag\n")
    assert len(result.catalog) == 0
    assert "the file holds no events" in result.notes


# -- binary files -----------------------------------------------------------


@pytest.mark.data
def test_a_truncated_parquet_file_is_refused_in_one_line(data_folder, tmp_path):
    write_catalog(registered("red-deer").catalog, tmp_path / "a.parquet")
    data = (tmp_path / "a.parquet").read_bytes()
    for size in (5, 100, len(data) // 2, len(data) - 1):
        (tmp_path / "b.parquet").write_bytes(data[:size])
        with pytest.raises(InputError, match="cut off or damaged"):
            read_catalog(tmp_path / "b.parquet")


def test_a_truncated_gzip_file_is_refused_in_one_line(tmp_path):
    data = gzip.compress(b"mag\n" + b"1.5\n" * 100_000)
    (tmp_path / "a.csv.gz").write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match="gzip file is cut off or damaged"):
        read_catalog(tmp_path / "a.csv.gz")


@pytest.mark.data
def test_a_flipped_bit_of_a_page_is_an_error_and_not_another_magnitude(data_folder, tmp_path):
    catalog = registered("red-deer").catalog
    for suffix in (".parquet", ".nc"):
        write_catalog(catalog, tmp_path / f"a{suffix}")
        data = bytearray((tmp_path / f"a{suffix}").read_bytes())
        rng = np.random.default_rng(1)
        changed = 0
        for place in rng.integers(0, len(data), 300):
            data[place] ^= 4
            (tmp_path / f"b{suffix}").write_bytes(data)
            data[place] ^= 4
            try:
                back = read_catalog(tmp_path / f"b{suffix}").catalog
            except InputError:
                continue
            changed += not np.array_equal(back["magnitude"], catalog["magnitude"])
        assert changed == 0, suffix


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "rows", "column"),
    [("pnr2", 550_894, "rate"), ("peace-river", 120, "rate"), ("red-deer", 52, "rate"),
     ("paradox", 6_896, "rate"), ("cooper-basin", 33_839, "rate"), ("prague", 156, "volume"),
     ("guy-greenbrier", 165, "volume")],
)  # fmt: skip
def test_injection_beside_the_matlab_catalogs(name, rows, column, data_folder):
    from scipy.io import loadmat

    operations = registered(name).operations
    assert len(operations) == rows
    content = loadmat(dataset(name).fetch(), squeeze_me=True, struct_as_record=False)
    if column == "volume":  # monthly volumes, unit not stated
        found = operations.columns["volume"][-1]
        assert found == pytest.approx(np.sum(content["R"].IV))
    else:  # m3/min or m^3/min, once as an array of single characters
        source = content["S"].inj
        order = np.argsort(source.time, kind="stable")
        np.testing.assert_allclose(operations.columns["rate"], source.rate[order] / 60.0)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system(tmp_path, end):
    text = end.join(
        ["time,mag,lat,lon", "2020-01-01,1,2,3", "2020-01-02,2,2,3", "2020-01-03,3,2,3"]
    )
    assert len(table(tmp_path, text).catalog) == 3
    assert len(table(tmp_path, text + end).catalog) == 3


def test_a_number_with_an_underscore_is_none(tmp_path):
    with pytest.raises(InputError, match="line 3, column 'magnitude': found '1_0'"):
        table(tmp_path, "mag\n+1.5\n1_0\n")


def test_a_time_column_of_an_unknown_name_is_pointed_at(tmp_path):
    result = table(tmp_path, "Zeitpunkt,mag,lat,lon\n2020-01-01T00:00:00,2.0,1,2\n")
    assert result.catalog.time_frame == "order"
    (note,) = (n for n in result.notes if "the time" in n)
    assert "Zeitpunkt" in note
    assert "--columns" in note
    assert "lat" not in note.split(".")[0]
    assert not table(tmp_path, "mag,lat,lon\n2.0,1,2\n").notes
