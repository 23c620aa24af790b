"""GMT psmeca tables of three kinds, and the times in Global CMT codes."""

import numpy as np
import pytest

from asperity.core.errors import InputError
from asperity.core.formats import ReadOptions, losses, read_catalog, write_catalog
from asperity.core.formats.event_codes import date_of

SM = "63.65 40.41 15 1.16 -1.05 -0.11 0.06 0.30 0.12 26 X Y 040876A\n"
SC = "-70.73 -20.46 39 49 30 106 211 61 81 5.035 24 0 0 C200604092050A\n"
SA = "-70.73 -20.46 39 49 30 106 5.73 0 0 Northern Chile\n-70 -20 10 49 30 106 5 0 0 Two\n"


def read(tmp_path, text, **options):
    path = tmp_path / "a.psmeca"
    path.write_text(text)
    return read_catalog(path, options=ReadOptions(**options))


def test_tensor_components_stand_in_the_order_of_gmt_and_in_dyne_cm(tmp_path):
    catalog = read(tmp_path, SM).catalog
    found = [catalog[c][0] for c in ("mrr", "mtt", "mpp", "mrt", "mrp", "mtp")]
    np.testing.assert_allclose(found, [1.16e19, -1.05e19, -0.11e19, 6e17, 3e18, 1.2e18])
    assert catalog["depth"][0] == 15_000


def test_two_planes_and_a_moment(tmp_path):
    catalog = read(tmp_path, SC).catalog
    assert [catalog[c][0] for c in ("strike", "dip", "rake")] == [49, 30, 106]
    assert [catalog[c][0] for c in ("strike_2", "dip_2", "rake_2")] == [211, 61, 81]
    assert catalog["moment"][0] == pytest.approx(5.035e17)
    assert catalog["magnitude"][0] == pytest.approx(5.7347, abs=1e-4)


def test_one_plane_and_a_magnitude(tmp_path):
    result = read(tmp_path, SA)
    assert result.catalog.time_frame == "order"
    assert result.catalog["magnitude"].tolist() == [5.73, 5.0]
    assert result.catalog.texts("event_id").tolist() == ["Northern Chile", "Two"]
    assert any("no times" in note for note in result.notes)


def test_codes_give_the_day_before_2005_and_the_minute_after(tmp_path):
    result = read(tmp_path, SM + SM.replace("040876A", "201309161501A"))
    catalog = result.catalog
    assert catalog.format_times() == ["1976-04-08T00:00Z", "2013-09-16T15:01Z"]
    np.testing.assert_allclose(
        catalog["time_uncertainty"], [86_400 / np.sqrt(12), 60 / np.sqrt(12)]
    )
    assert any("1 to the day, 1 to the minute" in note for note in result.notes)


def test_small_letters_go_on_where_capitals_ended():
    assert date_of("122704g")[:3] == (2004, 12, 27)


def test_a_six_digit_code_has_no_century_between_2005_and_1961():
    assert date_of("010105A") is None
    assert date_of("010104A")[0] == 2004
    assert date_of("010162A")[0] == 1962


def test_a_title_without_a_date_among_codes_is_rejected(tmp_path):
    with pytest.raises(InputError, match="line 2, column 'title': found 'Chile'"):
        read(tmp_path, SM + SM.replace("040876A", "Chile"))


def test_a_month_that_does_not_exist_is_rejected(tmp_path):
    with pytest.raises(InputError, match="line 2, column 'time'"):
        read(tmp_path, SM + SM.replace("040876A", "139976B"))


@pytest.mark.parametrize("text", [SM, SC])
def test_what_is_written_is_read_back(tmp_path, text):
    catalog = read(tmp_path, text).catalog
    write_catalog(catalog, tmp_path / "b.psmeca")
    back = read_catalog(tmp_path / "b.psmeca").catalog
    assert back.columns == catalog.columns
    for name in back.columns:
        if back[name].dtype.kind == "f":
            np.testing.assert_allclose(back[name], catalog[name], rtol=1e-14, err_msg=name)
        else:
            np.testing.assert_array_equal(back[name], catalog[name])


def test_times_of_numbered_events_become_codes(tmp_path):
    catalog = read(tmp_path, SM + SM.replace("040876A", "201309161501A")).catalog
    numbered = catalog.with_columns({"event_id": ["0", "1"]})
    assert "times kept to the minute or day only, by the codes in the titles" in losses(
        numbered, "psmeca"
    )
    write_catalog(numbered, tmp_path / "b.psmeca")
    back = read_catalog(tmp_path / "b.psmeca").catalog
    np.testing.assert_array_equal(back["time"], catalog["time"])


@pytest.mark.data
def test_the_registered_mechanisms_are_read_without_loss(data_folder):
    path = data_folder / "alpides-psmeca.txt"
    result = read_catalog(path)
    rows = [line.split() for line in path.read_text().splitlines() if line.strip()]
    # The registry's note says 1,793: the last line has no line end and was not counted.
    assert len(result.catalog) == len(rows) == 1_794
    back = np.argsort(result.rows)
    catalog = result.catalog
    for index, name in enumerate(("mrr", "mtt", "mpp", "mrt", "mrp", "mtp"), start=3):
        expected = [float(f"{r[index]}e{int(r[9]) - 7}") for r in rows]
        np.testing.assert_allclose(catalog[name][back], expected, rtol=1e-14)
    assert catalog.texts("event_id")[back].tolist() == [r[12] for r in rows]
    assert str(catalog.datetimes.max()).startswith("2013-09-17")
    assert any("1210 to the day, 584 to the minute" in note for note in result.notes)
