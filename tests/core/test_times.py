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

MOMENTS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999))
RECENT = st.datetimes(datetime(1678, 1, 1), datetime(2261, 12, 31))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


@given(MOMENTS)
def test_every_date_of_the_calendar_is_that_of_the_standard_library(moment: datetime) -> None:
    text = moment.isoformat() + "Z"
    assert parse_time(text, "us") == microseconds(moment.replace(tzinfo=UTC))
    times, unit, valid = parse_times([text])
    assert valid.all()
    assert unit == choose_unit(moment.year, moment.year)
    assert format_times(times, unit, "PT0.000001S") == [
        moment.isoformat(timespec="microseconds") + "Z"
    ]


@given(RECENT, st.integers(-18 * 60, 18 * 60))
def test_zones_are_taken_away(moment: datetime, minutes: int) -> None:
    local = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    expected = microseconds(local) * 1000
    for text in (local.isoformat(), local.isoformat().replace("T", " ", 1)):
        times, unit, valid = parse_times([text, "1970-01-01T00:00:60Z"])
        assert (valid.all(), unit) == (True, "ns")
        assert times[0] == expected


@given(st.integers(-9_214_560_000_000_000_000, 9_214_646_399_999_999_999))
def test_nanoseconds_are_kept_whatever_stands_beside_them(time: int) -> None:
    text = format_times([time], "ns")[0]
    assert parse_time(text, "ns") == time
    # A leap second in the column sends all of it down the slow way.
    assert parse_times([text, "2016-12-31T23:59:60Z"])[0][0] == time
    assert parse_times([text])[0][0] == time


def test_1556_is_1556() -> None:
    times, unit, valid = parse_times(["1556-01-23T04:00:00Z", "2020-01-01"])
    assert (unit, valid.all()) == ("us", True)
    assert format_times(times, unit, "PT1S") == ["1556-01-23T04:00:00Z", "2020-01-01T00:00:00Z"]


def test_a_leap_second_counts_into_the_next_minute() -> None:
    times, _, valid = parse_times(["2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"])
    assert valid.all()
    assert times[0] == times[1]


@pytest.mark.parametrize(
    "text",
    ["", "x", "2019-02-29", "2019-13-01", "2019-01-32", "2019-01-01T25:00", "2019-01-01T00:60",
     "2019-01-01T00:00:61", "2019-01-01T00:00:00+99:99", "2019-01-01T00:00:00+01:60", "2019",
     "20190101", "2019-01-01T24:00:01", "0x10-01-01", "2019-01-01T00:00:00ZZ"],
)  # fmt: skip
def test_what_is_no_time_is_marked_not_guessed(text: str) -> None:
    _, _, valid = parse_times([text, "2019-01-01"])
    assert valid.tolist() == [False, True]
    with pytest.raises(InputError, match="is not a time; write ISO 8601"):
        parse_time(text, "ns")


def test_midnight_may_be_24() -> None:
    assert parse_time("2019-01-01T24:00", "us") == parse_time("2019-01-02", "us")


@given(st.text(max_size=30))
def test_no_text_does_harm(text: str) -> None:
    times, unit, valid = parse_times([text])
    assert times.shape == valid.shape == (1,)
    assert unit in ("ns", "us")


def test_missing_texts_are_missing() -> None:
    _, _, valid = parse_times([None, "2019-01-01", ""])
    assert valid.tolist() == [False, True, False]
    assert parse_times([])[0].shape == (0,)


def test_civil_fields_that_are_none_are_marked() -> None:
    rows = np.array(
        [[2019, 2, 28, 0, 0, 0.5], [2019, 2, 29, 0, 0, 0], [2019.5, 1, 1, 0, 0, 0],
         [np.nan, 1, 1, 0, 0, 0], [2019, 1, 1, 0, 0, np.nan], [2019, 1, 1, 24, 0, 0]]
    )  # fmt: skip
    times, unit, valid = from_civil(*rows.T)
    assert valid.tolist() == [True, False, False, False, False, True]
    assert format_times(times[valid], unit) == ["2019-02-28T00:00:00.5Z", "2019-01-02T00:00:00.0Z"]


def test_years_that_nanoseconds_cannot_hold_are_marked_when_they_must() -> None:
    _, _, valid = from_civil([1600, 2000], [1, 1], [1, 1], unit="ns")
    assert valid.tolist() == [False, True]


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [("P1D", 86400), ("PT1M", 60), ("PT0.001S", 0.001), ("P1DT2H", 93600), ("PT1H30M", 5400)],
)
def test_durations(duration: str, seconds: float) -> None:
    assert duration_seconds(duration) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "P", "PT", "1D", "PT0S", "P1Y", "PT-1S", "P1D2H"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is not an ISO 8601 duration"):
        duration_seconds(text)


@pytest.mark.parametrize(
    ("resolution", "expected"),
    [
        ("P1D", "1969-12-31"),
        ("PT1M", "1969-12-31T23:59Z"),
        ("PT1S", "1969-12-31T23:59:59Z"),
        ("PT0.1S", "1969-12-31T23:59:59.5Z"),
        ("PT0.001S", "1969-12-31T23:59:59.500Z"),
        (None, "1969-12-31T23:59:59.5Z"),
    ],
)
def test_times_before_1970_have_the_digits_of_their_source(resolution, expected) -> None:
    assert format_times([-500_000_000], "ns", resolution) == [expected]


@given(st.lists(st.integers(-(10**17), 10**17), min_size=1), st.integers(0, 9))
def test_the_resolution_divides_every_time_and_none_coarser_does(times: list, digits: int) -> None:
    ticks = np.array(times) // 10 ** (9 - digits) * 10 ** (9 - digits)
    found = round(duration_seconds(infer_resolution(ticks, "ns")) * 1e9)
    assert (ticks % found == 0).all()
    assert found == 10**9 or (ticks % (10 * found) != 0).any()


def test_years_outside_one_to_9999_can_be_written():
    times, unit, valid = from_civil([-4, 12000], [2, 1], [29, 1])
    assert valid.tolist() == [True, True]
    assert format_times(times, unit, "P1D") == ["-0004-02-29", "+12000-01-01"]


def test_hours_alone_are_read_alike_in_a_column_of_any_kind():
    """Whole columns are parsed by Arrow, those with a bad row one by one."""
    fast = parse_times(["2020-01-01T10", "2020-01-01T11"])
    slow = parse_times(["2020-01-01T10", "2020-01-01T11", "soon"])
    assert fast[2].all()
    assert slow[0][:2].tolist() == fast[0].tolist()


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
