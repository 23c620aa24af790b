"""The pieces that the readers of text share."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from asperity.core import Catalog
from asperity.core.formats.text import TextRows, civil_fields, decimals, iso_times, to_numbers
from asperity.core.times import from_civil


def test_numbers_are_ascii_digits_without_underscores():
    values, valid = to_numbers(
        ["1.5", "-2e3", "", "nan", "1_0", "\uff11\uff12", "0x10", "1,5", "5."]
    )
    assert valid.tolist() == [True, True, True, True, False, False, False, False, True]
    np.testing.assert_array_equal(values[:2], [1.5, -2000.0])
    assert np.isnan(values[2:4]).all()


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=20))
def test_decimals_are_read_back_exactly(numbers):
    values = np.array(numbers, dtype=float)
    back, valid = to_numbers(decimals(values))
    assert valid.all()
    np.testing.assert_array_equal(back, values)


@given(st.lists(st.integers(-(10**17), 10**17), min_size=1, max_size=20))
def test_civil_fields_are_the_inverse_of_from_civil(micro):
    times = np.array(micro, dtype=np.int64)
    fields, seconds, decimal_year = civil_fields(times, "us")
    back, _, valid = from_civil(*fields, [float(s) for s in seconds], unit="us")
    assert valid.all()
    np.testing.assert_array_equal(back, times)
    assert np.all((decimal_year >= fields[0]) & (decimal_year <= fields[0] + 1))


def test_a_row_is_rejected_once_and_named_by_its_line():
    rows = TextRows([["1", "x"], ["y", "z"], ["3", "4"]], [5, 8, 9], 2)
    rows.numbers(0, "a")
    rows.numbers(1, "b")
    assert [(r.line, r.column, r.value) for r in rows.rejections] == [(8, "a", "y"), (5, "b", "x")]
    assert rows.good.tolist() == [False, False, True]


def test_a_bad_date_does_not_choose_the_unit_of_the_others():
    rows = TextRows([["9999"], ["2000"], ["99"]], [1, 2, 3], 1)
    times, unit = rows.civil([99999, 2000, 2001], [13, 1, 1], [1, 1, 1])
    assert unit == "ns"
    assert rows.good.tolist() == [False, True, True]
    assert times[1] == 946_684_800 * 10**9


@given(
    st.lists(st.integers(-(9**18), 9**18), min_size=1, max_size=20),
    st.sampled_from([1, 10, 10**3, 10**4, 10**6, 10**7, 10**9]),
    st.sampled_from([None, "P1D", "PT1M", "PT1S", "PT0.1S", "PT0.01S", "PT0.000001S", "PT0.25S"]),
    st.sampled_from(["ns", "us"]),
)
def test_fast_times_are_those_of_the_catalog(ticks, step, resolution, unit):
    times = np.sort(np.array(ticks) // step * step)
    catalog = Catalog.from_columns(
        {"time": times, "magnitude": np.zeros(times.size)}, time_unit=unit,
        time_resolution=resolution,
    )  # fmt: skip
    assert list(iso_times(catalog)) == catalog.format_times()
