"""Times as integers: against the calendar of the standard library, and past its edges."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asperity.core.errors import InputError
from asperity.core.times import (
    choose_unit,
    duration_seconds,
    format_times,
    from_civil,
    infer_resolution,
    parse_time,
    parse_times,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
dates = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31))


@given(dates)
def test_calendar_fields_are_those_of_the_standard_library(moment):
    expected = (moment.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
    second = moment.second + moment.microsecond * 1e-6
    found, unit, valid = from_civil(
        moment.year, moment.month, moment.day, moment.hour, moment.minute, second, unit="us"
    )
    assert valid.all()
    assert unit == "us"
    assert found[0] == expected


@given(dates, st.sampled_from(["T", " "]), st.sampled_from(["", "Z", "+00:00"]))
def test_text_and_back(moment, separator, zone):
    text = f"{moment.isoformat(separator)}{zone}"
    times, unit, valid = parse_times([text])
    assert valid.all()
    expected = (moment.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
    assert times[0] == expected * (1000 if unit == "ns" else 1)
    (back,) = format_times(times, unit)
    assert parse_times([back])[0][0] == times[0]


@given(st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_zones_are_converted(moment, minutes):
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    times, unit, valid = parse_times([aware.isoformat()])
    assert valid.all()
    assert unit == "ns"
    assert times[0] == (aware - EPOCH) // timedelta(microseconds=1) * 1000


def test_years_outside_the_range_of_nanoseconds_do_not_wrap():
    """NumPy's nanoseconds turn 1556 into 2140."""
    times, unit, _ = parse_times(["1556-01-23T00:00:00Z", "2023-02-06T01:17:34.342Z"])
    assert unit == "us"
    assert format_times(times, unit, "P1D") == ["1556-01-23", "2023-02-06"]
    assert choose_unit(1700, 2100) == "ns"
    assert choose_unit(1556, 2020) == "us"
    assert choose_unit(1990, 2300) == "us"
    for year in ("1677-09-20", "2262-04-12"):
        found, unit, valid = parse_times([f"{year}T00:00:00Z"])
        assert valid.all()
        assert format_times(found, unit, "P1D") == [year]


def test_years_outside_one_to_9999_can_be_written():
    times, unit, valid = from_civil([-4, 12000], [2, 1], [29, 1])
    assert valid.tolist() == [True, True]
    assert format_times(times, unit, "P1D") == ["-0004-02-29", "+12000-01-01"]


def test_a_leap_second_counts_into_the_next_minute():
    times, unit, valid = parse_times(["2016-12-31T23:59:60.5Z"])
    assert valid.all()
    assert format_times(times, unit) == ["2017-01-01T00:00:00.5Z"]
    assert from_civil(2016, 12, 31, 23, 59, 60.0)[2].all()
    assert not from_civil(2016, 12, 31, 23, 59, 61.0)[2].any()


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2020-13-01", "2020-02-30", "2020-01-01T25:00:00", "2020-01-01T10:60:00",
     "20200101", "2020-01-01T10:20:", "2020-01-01T00:00:00+0", "NaT", "99999999-01-01", "12:00"],
)  # fmt: skip
def test_what_is_no_time_is_marked(text):
    times, _, valid = parse_times([text, "2020-01-01"])
    assert valid.tolist() == [False, True]
    assert times[0] == 0
    with pytest.raises(InputError, match="ISO 8601"):
        parse_time(text, "ns")


@given(st.lists(st.text(max_size=25), max_size=5))
def test_no_text_breaks_the_parser(texts):
    times, unit, valid = parse_times(texts)
    assert times.size == valid.size == len(texts)
    assert unit in ("ns", "us")


@pytest.mark.parametrize(
    ("texts", "resolution", "expected"),
    [
        (["2020-01-01T10:20:30Z"], None, "2020-01-01T10:20:30Z"),
        (["2020-01-01T10:20:30.250Z"], None, "2020-01-01T10:20:30.25Z"),
        (["2020-01-01T10:20:30Z"], "PT0.001S", "2020-01-01T10:20:30.000Z"),
        (["2020-01-01T10:20:00Z"], "PT1M", "2020-01-01T10:20Z"),
        (["2020-01-01T00:00:00Z"], "P1D", "2020-01-01"),
    ],
)
def test_times_are_written_with_the_digits_of_the_source(texts, resolution, expected):
    times, unit, _ = parse_times(texts)
    assert format_times(times, unit, resolution) == [expected]


def test_hours_alone_are_read_alike_in_a_column_of_any_kind():
    """Whole columns are parsed by Arrow, those with a bad row one by one."""
    fast = parse_times(["2020-01-01T10", "2020-01-01T11"])
    slow = parse_times(["2020-01-01T10", "2020-01-01T11", "soon"])
    assert fast[2].all()
    assert slow[0][:2].tolist() == fast[0].tolist()


def test_resolution_is_the_coarsest_that_holds_every_time():
    assert infer_resolution(np.array([0, 1_000_000_000]), "ns") == "PT1S"
    assert infer_resolution(np.array([10]), "us") == "PT0.00001S"
    assert infer_resolution(np.array([-1_500_000_000]), "ns") == "PT0.1S"


@pytest.mark.parametrize(
    ("text", "seconds"), [("P1D", 86400), ("PT1M", 60), ("PT0.5S", 0.5), ("P1DT2H", 93600)]
)
def test_durations(text, seconds):
    assert duration_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "P", "PT", "1D", "PT0S", "-P1D", "P1M"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(InputError, match="ISO 8601 duration"):
        duration_seconds(text)
