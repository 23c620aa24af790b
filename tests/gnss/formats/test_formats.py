"""Every format of velocity tables, from fixtures written after the formats' descriptions."""

import gzip

import numpy as np
import pytest

from asperity.core.errors import InputError
from asperity.gnss import Network
from asperity.gnss.velocities.formats import (
    NetworkOptions,
    format_names,
    losses,
    read_network,
    write_network,
)

# The same three stations in every format: east 7.3, -0.4, 3.2; north -1.8, 2.5, -1.3 mm/yr.
EAST = [7.3, -0.4, 3.2]
NORTH = [-1.8, 2.5, -1.3]
SD_EAST = [0.8, 0.3, 0.2]
SD_NORTH = [0.7, 0.4, 0.25]
LONGITUDE = [105.815, -0.005, 112.564]
LATITUDE = [33.34, 41.271, 40.892]

FILES = {
    "psvelo": """\
# lon lat ve vn se sn rho site
 105.815 33.340 7.3 -1.8 0.8 0.7 -0.043 1375_GPS
 359.995 41.271 -0.4 2.5 0.3 0.4 0.027 A001_GPS
 112.564 40.892 3.2 -1.3 0.2 0.25 0.020 A002_GPS
""",
    "gsrm": """\
105.815 33.340 7.3 -1.8 0.8 0.7 -0.043 1375 Wang & Shen 2020
359.995 41.271 -0.4 2.5 0.3 0.4 0.027 A001 this study
112.564 40.892 3.2 -1.3 0.2 0.25 0.020 A002 Kreemer
""",
    "globk": """\
 SUMMARY VELOCITY ESTIMATES FROM GLOBK Ver 5.34S
  Long.       Lat.        E & N Rate      E & N Adj.      E & N +-   RHO        H Rate   H adj.    +-  SITE
  (deg)      (deg)          (mm/yr)       (mm/yr)       (mm/yr)                 (mm/yr)
  105.81500  33.34000     7.30   -1.80    7.30   -1.80    0.80    0.70 -0.043      1.10   1.10    0.90 1375_GPS*
  359.99500  41.27100    -0.40    2.50   -0.40    2.50    0.30    0.40  0.027     -0.30  -0.30    0.80 A001_GPS
* a comment within
  112.56400  40.89200     3.20   -1.30    3.20   -1.30    0.20    0.25  0.020      0.00   0.00    0.50 A002_GPS
""",  # noqa: E501
    "globk-table": (
        "Lon\tLat\tE.vel\tN.vel\tE.adj\tN.adj\tE.sig\tN.sig\tCorr\tU.vel\tU.adj\tU.sig\tStat"
        "\tE.sig.scaled\tN.sig.scaled\n"
        "105.815\t33.34\t7.3\t-1.8\t35.2\t27.3\t0.4\t0.35\t-0.043\t0.0\t0.0\t0.0\t1375\t0.8\t0.7\n"
        "359.995\t41.271\t-0.4\t2.5\t1.0\t2.0\t0.15\t0.2\t0.027\t0.0\t0.0\t0.0\tA001\t0.3\t0.4\n"
        "112.564\t40.892\t3.2\t-1.3\t1.0\t2.0\t0.1\t0.12\t0.02\t0.0\t0.0\t0.0\tA002\t0.2\t0.25\n"
    ),
    "midas": """\
1375 MIDAS5 2001.0000 2011.5000 10.5000 3500 3400 2900 0.007300 -0.001800 0.001100 0.000800 0.000700 0.000900 0.0 0.0 0.0 0.01 0.02 0.03 0.001 0.001 0.002 2 33.340 -254.185 512.3
A001 MIDAS5 2005.2000 2016.9000 11.7000 3900 3800 3100 -0.000400 0.002500 -0.000300 0.000300 0.000400 0.000800 0.0 0.0 0.0 0.01 0.02 0.03 0.001 0.001 0.002 0 41.271 -0.005 1034.0
A002 MIDAS5 2009.9000 2014.8000 4.9000 1500 1400 1100 0.003200 -0.001300 0.000100 0.000200 0.000250 0.000500 0.0 0.0 0.0 0.01 0.02 0.03 0.001 0.001 0.002 1 40.892 -247.436 1100.5
""",  # noqa: E501
    "pbo": """\
PBO Velocities from analysis center
Reference Frame : NAM08
*Dot# Name Ref_epoch Ref_jday Ref_X Ref_Y Ref_Z Ref_Nlat Ref_Elong Ref_Up dX/dt dY/dt dZ/dt SXd SYd SZd Rxy Rxz Rzy dN/dt dE/dt dU/dt SNd SEd SUd Rne Rnu Reu first_epoch last_epoch
* (deg) (m/yr)
 1375 1375_GPS 20130622120000 56465.5 -1.0 2.0 3.0 33.340 105.815 512.3 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 -0.00180 0.00730 0.00110 0.00070 0.00080 0.00090 -0.043 0.0 0.0 20010101120000 20110702000000
 A001 two words 20130622120000 56465.5 -1.0 2.0 3.0 41.271 359.995 1034.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.00250 -0.00040 -0.00030 0.00040 0.00030 0.00080 0.027 0.0 0.0 20050101000000 20160101000000
 A002 A002_GPS 20130622120000 56465.5 -1.0 2.0 3.0 40.892 112.564 1100.5 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 -0.00130 0.00320 0.00010 0.00025 0.00020 0.00050 0.020 0.0 0.0 20090101 20140101
""",  # noqa: E501
    "straintool": """\
1375 105.8150000 33.3400000 7.3000000 -1.8000000 0.8000000 0.7000000 1 3.7208000
A001 -0.0050000 41.2710000 -0.4000000 2.5000000 0.3000000 0.4000000 1 6.7872000
A002 112.5640000 40.8920000 3.2000000 -1.3000000 0.2000000 0.2500000 1 4.8597000
""",
    "strain-2d": """\
# lon(deg) lat(deg) VE(mm) VN(mm) VU(mm) SE(mm) SN(mm) SU(mm)
105.815 33.340 7.3 -1.8 1.1 0.8 0.7 0.9
359.995 41.271 -0.4 2.5 -0.3 0.3 0.4 0.8 A001
112.564 40.892 3.2 -1.3 0.1 0.2 0.25 0.5 A002
""",
    "csv": """\
site,lon,lat,height,ve,vn,vu,se,sn,su,rho_en,t0,t1,frame,source
1375,105.815,33.34,512.3,7.3,-1.8,1.1,0.8,0.7,0.9,-0.043,2001,2011.5,eurasia,"Wang, Shen"
A001,359.995,41.271,,-0.4,2.5,,0.3,0.4,,0.027,,,eurasia,
A002,112.564,40.892,1100.5,3.2,-1.3,0.1,0.2,0.25,0.5,0.02,2009,2014,eurasia,x
""",
}


@pytest.fixture
def save(tmp_path):
    def write(text, name="table.txt"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.mark.parametrize("name", FILES)
def test_a_format_is_found_by_its_content_and_gives_the_same_stations(name, save):
    result = read_network(save(FILES[name]))
    assert result.format == name
    network = result.network
    np.testing.assert_allclose(network.longitude, LONGITUDE, atol=1e-9)
    np.testing.assert_allclose(network.latitude, LATITUDE)
    np.testing.assert_allclose(network.east, EAST, rtol=1e-12)
    np.testing.assert_allclose(network.north, NORTH, rtol=1e-12)
    np.testing.assert_allclose(network.sd_east, SD_EAST, rtol=1e-12)
    np.testing.assert_allclose(network.sd_north, SD_NORTH, rtol=1e-12)
    assert result.rejections == ()


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_forced_format_reads_the_same_as_a_found_one(name, save):
    path = save(FILES[name])
    forced = read_network(path, format=name).network
    np.testing.assert_array_equal(forced.east, read_network(path).network.east)


def test_every_format_has_a_fixture():
    assert {*FILES, "china-gnss"} == {*format_names()}


@pytest.mark.parametrize("name", ["psvelo", "gsrm", "globk", "globk-table", "pbo", "csv"])
def test_correlations_are_kept(name, save):
    network = read_network(save(FILES[name])).network
    np.testing.assert_allclose(network.correlation, [-0.043, 0.027, 0.020])


@pytest.mark.parametrize("name", ["globk", "midas", "pbo"])
def test_vertical_velocities_are_carried(name, save):
    network = read_network(save(FILES[name])).network
    np.testing.assert_allclose(network.up[:2], [1.1, -0.3], rtol=1e-12)
    np.testing.assert_allclose(network.sd_up, [0.9, 0.8, 0.5], rtol=1e-12)


def test_names_sources_and_spans():
    from asperity.gnss.velocities.formats.table import NetworkOptions as Options
    from asperity.gnss.velocities.formats.table import TextFile, assemble

    def of(name, module):
        lines = list(enumerate(FILES[name].splitlines(), start=1))
        text = TextFile("x", lines)
        return assemble(module.read(text, Options()), Options(), "x", name).network

    from asperity.gnss.velocities.formats import globk, gsrm, midas, pbo

    gsrm_network = of("gsrm", gsrm)
    assert gsrm_network.site.tolist() == ["1375", "A001", "A002"]
    assert gsrm_network.source.tolist() == ["Wang & Shen 2020", "this study", "Kreemer"]
    assert of("globk", globk).site.tolist() == ["1375_GPS", "A001_GPS", "A002_GPS"]
    spans = of("midas", midas)
    np.testing.assert_allclose(spans.start, [2001.0, 2005.2, 2009.9])
    np.testing.assert_allclose(spans.height, [512.3, 1034.0, 1100.5])
    epochs = of("pbo", pbo)
    # Noon of the first of January 2001; midnight after 182 of 365 days of 2011.
    np.testing.assert_allclose(epochs.start[0], 2001 + 0.5 / 365)
    np.testing.assert_allclose(epochs.end[0], 2011 + 182 / 365)
    assert epochs.end[2] == 2014.0


def test_frames_are_taken_from_the_name_the_header_or_the_column(save):
    assert read_network(save(FILES["midas"], "midas.EU.txt")).network.frame == "eurasia"
    assert read_network(save(FILES["midas"], "midas.IGS14.txt")).network.frame == "IGS14"
    assert read_network(save(FILES["pbo"])).network.frame == "NAM08"
    assert read_network(save(FILES["csv"])).network.frame == "eurasia"
    said = NetworkOptions(frame="ITRF2014")
    assert read_network(save(FILES["csv"]), options=said).network.frame == "ITRF2014"
    mixed = FILES["csv"].replace("0.027,,,eurasia", "0.027,,,ITRF2014")
    with pytest.raises(InputError, match="several frames"):
        read_network(save(mixed))


def test_the_placeholder_of_straintool_is_no_correlation(save):
    result = read_network(save(FILES["straintool"]))
    assert result.network.correlation.tolist() == [0.0, 0.0, 0.0]
    assert any("placeholder" in note for note in result.notes)


def test_alpides_takes_scaled_sigmas_unless_raw_ones_are_asked_for(save):
    path = save(FILES["globk-table"])
    raw = read_network(path, options=NetworkOptions(sigmas="raw")).network
    np.testing.assert_allclose(raw.sd_east, [0.4, 0.15, 0.1])
    scaled = read_network(path)
    assert np.isnan(scaled.network.up).all()
    assert any("scaled" in note for note in scaled.notes)


def test_geocentric_velocities_are_turned_by_the_cross_product(save):
    """Velocities of a rotation: v = omega x r in geocentric axes, and east and north by angles."""
    omega = np.array([-0.126, -0.538, 0.990]) * 1e-3 / 3600 * np.pi / 180 * 1e6
    lines, expected = [], []
    for latitude, longitude in ((30.0, 104.0), (45.0, 88.0), (22.5, 113.4)):
        phi, theta = np.deg2rad([latitude, longitude])
        place = 6371.0 * np.array(
            [np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi)]
        )
        velocity = np.cross(omega, place)
        lines.append(f"{latitude} {longitude} " + " ".join(f"{v:.6f}" for v in velocity))
        north = -velocity[0] * np.sin(phi) * np.cos(theta)
        north += -velocity[1] * np.sin(phi) * np.sin(theta) + velocity[2] * np.cos(phi)
        east = -velocity[0] * np.sin(theta) + velocity[1] * np.cos(theta)
        expected.append((east, north))
    result = read_network(save("\n".join(lines)))
    assert result.format == "china-gnss"
    np.testing.assert_allclose(result.network.velocities, expected, atol=1e-5)
    assert result.network.frame == "ITRF2014"
    assert not result.network.has_deviations
    stated = read_network(save("\n".join(lines)), options=NetworkOptions(sigma=1.5)).network
    np.testing.assert_allclose(stated.covariances[0], np.eye(2) * 2.25)


def test_geocsv_says_its_delimiter_and_units(save):
    text = """\
# dataset: GeoCSV 2.0
# delimiter: |
# field_unit: unitless | degrees_east | degrees_north | m/yr | m/yr | m/yr | m/yr
# field_type: string | float | float | float | float | float | float
Station | Longitude | Latitude | E_velocity | N_velocity | sigma_E | sigma_N
1375 | 105.815 | 33.34 | 0.0073 | -0.0018 | 0.0008 | 0.0007
"""
    text = text.replace("E_velocity", "east_velocity").replace("N_velocity", "north_velocity")
    network = read_network(save(text)).network
    np.testing.assert_allclose(network.velocities, [[7.3, -1.8]])
    np.testing.assert_allclose(network.sd_east, [0.8])


def test_a_commented_header_names_the_columns_of_a_table(save):
    text = "# lat, lon, vn, ve, sn, se, name\n33.34, 105.815, -1.8, 7.3, 0.7, 0.8, A B\n"
    result = read_network(save(text))
    assert result.format == "csv"
    assert result.network.site.tolist() == ["A B"]
    assert (result.network.longitude[0], result.network.east[0]) == (105.815, 7.3)


def test_a_commented_header_that_contradicts_the_places_is_followed(save):
    swapped = "# lat lon vn ve sn se rho site\n33.3 45.8 -1.8 7.3 0.7 0.8 0.1 A\n"
    result = read_network(save(swapped))
    assert (result.network.latitude[0], result.network.north[0]) == (33.3, -1.8)
    assert result.format == "csv"
    agreeing = swapped.replace("lat lon vn ve sn se", "lon lat ve vn se sn")
    assert read_network(save(agreeing)).format == "psvelo"


def test_numbered_stations_of_psvelo_are_no_sigmas_of_strain_2d(save):
    rows = "105.8 33.3 7.3 -1.8 0.8 0.7 0.1 {}\n112.6 41.2 3.0 -0.9 0.3 0.3 0.2 {}\n"
    assert read_network(save(rows.format("1375", "1376"))).format == "psvelo"
    assert read_network(save(rows.format("0.9", "1.1"))).format == "strain-2d"


@pytest.mark.parametrize("mark", ["*", "#", "  "])
def test_headers_of_globk_may_be_comments(mark, save):
    """GLORG writes them plain, CVFRAME and VELROT behind a star, EULERVEL behind a hash."""
    text = FILES["globk"].replace("  Long.", f"{mark}  Long.").replace("  (deg)", f"{mark}  (deg)")
    result = read_network(save(text))
    assert result.format == "globk"
    assert result.network.east.tolist() == EAST


def test_a_headed_table_in_metres_without_commas(save):
    """The layout of StrainTool's midas.full: named columns, m/yr, longitudes below -180."""
    text = """\
code lon lat ve vn sve svn sne tp
00NA -229.1560118921 -12.4666386637 0.036213 0.058799 0.000233 0.000262 1 10.4969
01NA -229.0179525296 -12.4782229675 0.035826 0.059595 0.000250 0.000256 1 11.4743
"""
    path = save(text)
    with pytest.raises(InputError, match="look like m/yr"):
        read_network(path)
    network = read_network(path, options=NetworkOptions(velocity_unit="m/yr")).network
    np.testing.assert_allclose(network.longitude, [130.8439881, 130.9820475])
    np.testing.assert_allclose(network.velocities[0], [36.213, 58.799])


def test_encodings_line_ends_gzip_and_fortran_exponents(save):
    plain = FILES["psvelo"]
    for data in (
        b"\xef\xbb\xbf" + plain.encode(),
        plain.replace("\n", "\r\n").encode(),
        plain.replace("\n", "\r").encode(),
        plain.encode("utf-16"),
        gzip.compress(plain.encode()),
        plain.replace(" 7.3 ", " 0.73D+01 ").encode(),
        plain.replace(" ", ",").encode().replace(b",105", b"105").replace(b"\n,", b"\n"),
    ):
        assert read_network(save(data)).network.east.tolist() == EAST


# -- what is refused -----------------------------------------------------------


def in_metres(text, factor=1000.0):
    rows = []
    for line in text.splitlines()[1:]:
        fields = line.split()
        rows.append(" ".join(fields[:2] + [f"{float(v) / factor:.6g}" for v in fields[2:6]]
                             + fields[6:]))  # fmt: skip
    return "\n".join(rows)


def test_metres_for_millimetres_are_detected_and_refused(save):
    path = save(in_metres(FILES["psvelo"]))
    with pytest.raises(InputError, match=r"look like m/yr .*--velocity-unit m/yr"):
        read_network(path)
    stated = read_network(path, options=NetworkOptions(velocity_unit="m/yr")).network
    np.testing.assert_allclose(stated.east, EAST)
    as_is = read_network(path, options=NetworkOptions(velocity_unit="mm/yr")).network
    np.testing.assert_allclose(as_is.east, np.array(EAST) / 1000)


def test_millimetres_for_metres_are_detected_and_refused(save):
    lines = [line.split() for line in FILES["midas"].splitlines()]
    rows = [f[:8] + [str(1000 * float(v)) for v in f[8:14]] + f[14:] for f in lines]
    path = save("\n".join(" ".join(f) for f in rows))
    with pytest.raises(InputError, match=r"holds m/yr, but .* mm/yr"):
        read_network(path)
    stated = read_network(path, options=NetworkOptions(velocity_unit="mm/yr")).network
    np.testing.assert_allclose(stated.east, EAST)


def test_rows_of_both_units_are_refused_with_the_first_line(save):
    mixed = "\n".join(FILES["psvelo"].splitlines()[1:] * 3) + "\n" + in_metres(FILES["psvelo"])
    with pytest.raises(InputError, match=r"line 10: 3 of 12 rows look like m/yr"):
        read_network(save(mixed))


def test_units_in_the_header_are_followed_and_must_agree(save):
    text = "lon,lat,ve_m_yr,vn_m_yr,se_m_yr,sn_m_yr\n105,33,0.0073,-0.0018,0.0008,0.0007\n"
    np.testing.assert_allclose(read_network(save(text)).network.velocities, [[7.3, -1.8]])
    with pytest.raises(InputError, match="one unit"):
        read_network(save(text.replace("se_m_yr", "se_mm_yr")))


@pytest.mark.parametrize(
    ("old", "new", "column", "value"),
    [
        ("3.2 -1.3 0.2 0.25", "3.2 -1.3 0.0 0.25", "sd_east", "0"),
        ("3.2 -1.3 0.2 0.25", "3.2 -1.3 0.2 -0.1", "sd_north", "-0.1"),
        ("3.2 -1.3 0.2 0.25", "3.2 -1.3 99.99 0.25", "sd_east", "99.99"),
        ("3.2 -1.3 0.2 0.25", "nan -1.3 0.2 0.25", "east", "nan"),
        ("3.2 -1.3 0.2 0.25", "3.2 -1.x 0.2 0.25", "north", "-1.x"),
        ("3.2 -1.3 0.2 0.25", "9999 -1.3 0.2 0.25", "east", "9999"),
        ("0.020 A002", "1.0 A002", "correlation", "1"),
        ("40.892", "90.892", "latitude", "90.892"),
        ("112.564", "-412.564", "longitude", "-412.564"),
        (" 0.2 0.25 0.020 A002_GPS", "", "(row)", "4 columns: 112.564 40.892 3.2 -1.3"),
    ],
)
def test_a_bad_row_is_refused_with_line_column_and_value_or_left_out(old, new, column, value, save):
    path = save(FILES["psvelo"].replace(old, new))
    with pytest.raises(InputError) as caught:
        read_network(path)
    message = str(caught.value)
    assert str(path) in message
    assert f"line 4, column {column!r}: found {value!r}, expected" in message
    assert "--on-error skip" in message
    skipped = read_network(path, options=NetworkOptions(on_error="skip"))
    assert skipped.network.east.tolist() == EAST[:2]
    assert [(r.line, r.column, r.value) for r in skipped.rejections] == [(4, column, value)]


def test_a_truncated_summary_of_globk_is_refused(save):
    text = FILES["globk"]
    with pytest.raises(InputError, match="line 7"):
        read_network(save(text[: text.rindex("0.00   0.00")]))
    broken = text.replace("  359.99500  41.27100", "  *******  41.27100")
    with pytest.raises(InputError, match=r"line 5.*twelve numbers"):
        read_network(save(broken.replace("  *******", "  x******")))


def test_what_is_no_velocity_table_is_refused(save):
    with pytest.raises(InputError, match="is empty"):
        read_network(save(b""))
    with pytest.raises(InputError, match="is empty"):
        read_network(save("\n\n  \n"))
    with pytest.raises(InputError, match=r"no station|no reader"):
        read_network(save("# only\n# comments\n"))
    with pytest.raises(InputError, match="not a text file"):
        read_network(save(b"PK\x03\x04\x00\x00\x00"))
    with pytest.raises(InputError, match="no reader knows this table; line 1 has 4 columns"):
        read_network(save("1 2 3 4\n5 6 7 8\n"))
    with pytest.raises(InputError, match="no such file"):
        read_network("does-not-exist.vel")
    with pytest.raises(InputError, match="there are globk-table"):
        read_network(save(FILES["psvelo"]), format="sinex")
    with pytest.raises(InputError, match="lacks ve, vn"):
        read_network(save("lon,lat,site\n1,2,A\n"), format="csv")
    with pytest.raises(InputError, match="24 columns has no coordinates"):
        read_network(save("\n".join(" ".join(line.split()[:24])
                                    for line in FILES["midas"].splitlines())))  # fmt: skip


def test_a_missing_sigma_among_others_is_refused_unless_one_is_stated(save):
    text = FILES["csv"].replace(",0.3,0.4,", ",,0.4,")
    with pytest.raises(InputError, match="line 3, column 'sd_east'"):
        read_network(save(text))
    stated = read_network(save(text), options=NetworkOptions(sigma=2.0)).network
    np.testing.assert_allclose(stated.sd_east, [0.8, 2.0, 0.2])


@pytest.mark.parametrize(
    "bad", [{"velocity_unit": "cm/yr"}, {"on_error": "drop"}, {"sigma": 0.0}, {"sigmas": "both"}]
)
def test_options_are_checked(bad):
    with pytest.raises(InputError):
        NetworkOptions(**bad)


# -- writing -------------------------------------------------------------------


def drawn(n=40):
    rng = np.random.default_rng(3)
    return Network.from_columns(
        site=[f"S {i}, x" for i in range(n)],
        longitude=rng.uniform(-180, 180, n),
        latitude=rng.uniform(-90, 90, n),
        height=np.where(rng.random(n) < 0.5, np.nan, rng.normal(0, 1000, n)),
        east=rng.normal(0, 10, n),
        north=rng.normal(0, 10, n),
        up=np.where(rng.random(n) < 0.5, np.nan, rng.normal(0, 3, n)),
        sd_east=rng.uniform(0.1, 2, n),
        sd_north=rng.uniform(0.1, 2, n),
        correlation=rng.uniform(-0.9, 0.9, n),
        start=np.full(n, 1999.3),
        source='a "quoted" source',
        frame="eurasia",
    )


def test_our_own_table_gives_a_network_back_to_the_last_bit(tmp_path):
    network = drawn()
    path = tmp_path / "n.csv"
    assert write_network(network, path) == "csv"
    assert losses(network, "csv") == []
    back = read_network(path)
    assert back.format == "csv"
    assert back.network.frame == "eurasia"
    before, after = network.to_columns(), back.network.to_columns()
    vertical = np.isnan(before["sd_up"])  # velocities without a sigma are not known
    for name in before:
        if name == "up":
            assert np.isnan(after["up"][vertical]).all()
        else:
            np.testing.assert_array_equal(before[name], after[name], err_msg=name)


def test_psvelo_gives_velocities_and_covariances_back(tmp_path):
    network = drawn()
    path = tmp_path / "n.psvelo"
    assert write_network(network, path) == "psvelo"
    assert losses(network, "psvelo") == [
        "heights left out", "vertical velocities left out", "time spans left out",
        "sources left out",
    ]  # fmt: skip
    back = read_network(path).network
    np.testing.assert_array_equal(back.velocities, network.velocities)
    np.testing.assert_array_equal(back.covariances, network.covariances)
    assert back.site[0] == "S_0_x"


def test_an_unknown_suffix_or_format_is_refused(tmp_path):
    with pytest.raises(InputError, match="suffix"):
        write_network(drawn(), tmp_path / "n.dat")
    with pytest.raises(InputError, match="cannot be written; there are csv, psvelo"):
        write_network(drawn(), tmp_path / "n.dat", format="globk")


# -- real files ----------------------------------------------------------------


def test_wang_and_shen_2020_reads_in_full(data_folder):
    result = read_network(data_folder / "china-wang-shen-2020.psvelo")
    assert result.format == "psvelo"
    assert len(result.network) == 2403
    first = result.network.select([0])
    assert first.site.tolist() == ["1375_GPS"]
    assert (first.longitude[0], first.latitude[0], first.east[0]) == (105.815, 33.34, 7.3)


def test_alpides_reads_in_full(data_folder):
    result = read_network(data_folder / "alpides-2025-eurasia.csv")
    network = result.network
    assert result.format == "globk-table"
    assert len(network) == 13_891
    assert len(network) - len({*network.site}) == 836
    assert network.longitude.min() >= -180.0
    assert network.longitude.max() < 180.0
    assert np.isnan(network.up).all()
    raw = read_network(
        data_folder / "alpides-2025-eurasia.csv", options=NetworkOptions(sigmas="raw")
    ).network
    assert raw.sd_east[0] == 0.3
    assert network.sd_east[0] == 0.6
