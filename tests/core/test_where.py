import operator
import time
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asperity.core.catalog import Catalog
from asperity.core.errors import InputError
from asperity.core.where import where

CATALOG = Catalog.from_columns(
    {
        "magnitude": [1.0, np.nan, 3.0, 2.0],
        "depth": [0.0, 5.0, 10.0, np.nan],
        "time": np.array([1, 2, 3, 4]),
        "event_id": ["a", "b", "c", "d"],
        "magnitude_type": ["Mw", "", "ML", "Mw"],
        "tag": ["x", "y", "", "x"],
    }
)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("magnitude >= 2", [0, 0, 1, 1]),
        ("magnitude >= 2 and depth < 20", [0, 0, 1, 0]),
        ("magnitude < 2 or depth == 5", [1, 1, 0, 0]),
        ("not magnitude < 2", [0, 1, 1, 1]),
        ("1 < magnitude <= 3", [0, 0, 1, 1]),
        ("1 < 2 < magnitude", [0, 0, 1, 0]),
        ("magnitude_type == 'Mw'", [1, 0, 0, 1]),
        ("magnitude_type in ('Mw', 'ML')", [1, 0, 1, 1]),
        ("magnitude_type == ''", [0, 1, 0, 0]),
        ("tag not in ['x']", [0, 1, 1, 0]),
        ("event_id != 'a'", [0, 1, 1, 1]),
        ("time in (1, 4)", [1, 0, 0, 1]),
        ("magnitude - depth / 10 > 0.9", [1, 0, 1, 0]),
        ("-magnitude < -1.5", [0, 0, 1, 1]),
        ("(magnitude + 1) * 2 == 4", [1, 0, 0, 0]),
        ("depth / 0 > 1", [0, 1, 1, 0]),
        ("  magnitude > 2  # a remark", [0, 0, 1, 0]),
        ("time < 1000000000000000000000000000", [1, 1, 1, 1]),
    ],
)
def test_expressions_mean_what_they_say(expression: str, expected: list[int]) -> None:
    assert where(CATALOG, expression).astype(int).tolist() == expected


@pytest.mark.parametrize("comparison", ["<", "<=", ">", ">=", "==", "!="])
def test_a_comparison_with_nan_is_false(comparison: str) -> None:
    assert not where(CATALOG, f"magnitude {comparison} 2")[1]
    assert not where(CATALOG, f"magnitude {comparison} magnitude")[1]
    assert not where(CATALOG, f"2 {comparison} magnitude")[1]
    assert not where(CATALOG, "magnitude not in (1, 2)")[1]


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('touch /tmp/harm')", "magnitude.__class__", "magnitude[0] > 1",
        "(lambda: 1)()", "[m for m in magnitude]", "{m for m in magnitude}", "f'{magnitude}'",
        "magnitude if 1 else depth", "magnitude := 2", "magnitude ** 99 > 1", "magnitude % 2 == 1",
        "magnitude & 1", "magnitude is 3", "magnitude == None", "magnitude > ...", "magnitude > 1j",
        "magnitude > b'1'", "+magnitude > 1", "~time > 1", "await magnitude", "yield magnitude",
        "print(magnitude)", "exec('1')", "open('/etc/passwd')", "magnitude > 1; depth > 1",
        "import os", "*magnitude", "magnitude > 1\x00", "a\nb", "", "   ", "magnitude", "True", "1",
        "'magnitude > 1'", "magnitude > 1 and 'a'", "magnitude and depth", "not magnitude",
        "nothing > 1", "magnitude > 'a'", "tag < 3", "tag + 1 > 2", "-tag == 1",
        "'a' in tag", "magnitude in depth", "tag in 3", "magnitude == (1, 2, 3, 4)",
        "magnitude < (1, 2)", "(1, 2) in magnitude", "1 / 0 > magnitude",
        "time * 10000000000000000000000000000000 > 1", "(1, 2) + (3,) == magnitude",
    ],
)  # fmt: skip
def test_nothing_but_conditions_on_columns_is_taken(expression: str) -> None:
    with pytest.raises(InputError, match="--where"):
        where(CATALOG, expression)


@pytest.mark.parametrize(
    "expression",
    [
        "'a' * 99999999999 == tag", "(1,) * 99999999999 == magnitude",
        "((1,) * 99999) * 99999 == magnitude", "(" * 5000 + "magnitude" + ")" * 5000 + " > 1",
        "not " * 100_000 + "magnitude > 1", "-" * 100_000 + "magnitude > 1",
        "magnitude > " + "9" * 6000, "magnitude + " * 20_000 + "1 > 2",
        "magnitude in (" + "1," * 100_000 + ")", "magnitude > 1e999999",
    ],
)  # fmt: skip
def test_no_expression_eats_memory_or_time(expression: str) -> None:
    start = time.process_time()
    try:
        mask = where(CATALOG, expression)
    except InputError as error:
        message = str(error)
        assert len(message) < 1000
    else:
        assert mask.dtype == bool
    assert time.process_time() - start < 5.0


def test_errors_show_what_there_is() -> None:
    with pytest.raises(InputError, match="there is no column 'deep'; there are event_id, time"):
        where(CATALOG, "deep > 1")
    with pytest.raises(InputError) as caught:
        where(CATALOG, "magnitude % 2 == 1")
    assert str(caught.value).count("--where") == 1


@given(st.text(max_size=40))
@settings(max_examples=200)
def test_no_text_does_harm(text: str) -> None:
    try:
        mask = where(CATALOG, text)
    except InputError:
        return
    assert mask.shape == (4,)


OPERATORS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@given(st.sampled_from(list(OPERATORS)), st.floats(-5, 15), st.sampled_from(["and", "or"]))
def test_rows_are_chosen_one_by_one_as_python_would(sign: str, value: float, joint: str) -> None:
    expression = f"magnitude {sign} {value!r} {joint} depth {sign} {value!r}"
    combine = {"and": operator.and_, "or": operator.or_}[joint]
    expected = [
        combine(OPERATORS[sign](m, value), OPERATORS[sign](d, value))
        for m, d in zip(CATALOG["magnitude"], CATALOG["depth"], strict=True)
    ]
    assert where(CATALOG, expression).tolist() == expected


def test_an_empty_catalog_has_nothing_to_choose() -> None:
    none = CATALOG.select(slice(0, 0))
    for expression, joint in product(("magnitude > 1", "tag == 'x'"), ("and", "or")):
        assert where(none, f"{expression} {joint} time in (1,)").shape == (0,)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("time >= '2020-01-01T00:00:02Z'", [0, 0, 1, 1]),
        ("'2020-01-01T00:00:01' <= time < '2020-01-01T00:00:03'", [0, 1, 1, 0]),
        ("time in ('2020-01-01', '2020-01-01T00:00:03Z')", [1, 0, 0, 1]),
        ("time != '2020-01-01' and magnitude < 4", [0, 1, 1, 0]),
    ],
)
def test_a_text_beside_time_is_a_date(expression: str, expected: list[int]) -> None:
    seconds = np.datetime64("2020-01-01", "s").astype(int) + np.arange(4)
    catalog = Catalog.from_columns({"magnitude": [1.0, 2.0, 3.0, 4.0], "time": seconds * 10**9})
    assert where(catalog, expression).astype(int).tolist() == expected


def test_a_text_beside_relative_times_counts_seconds() -> None:
    catalog = Catalog.from_columns(
        {"magnitude": [1.0, 2.0], "time": [10**9, 3 * 10**9]},
        time_frame="relative", time_origin="the start",
    )  # fmt: skip
    assert where(catalog, "time > '2.5'").tolist() == [False, True]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("event_id == 3", "'event_id' holds texts and '3' holds numbers"),
        ("3 != event_id", "'3' holds numbers and 'event_id' holds texts"),
        ("magnitude == '3'", "'magnitude' holds numbers"),
        ("tag in ('x', 3)", "holds texts and numbers"),
        ("magnitude_type in (1, 2)", "holds numbers"),
        ("1 < magnitude < 'a'", "holds texts"),
        ("time == event_id", "holds texts"),
        ("time > 'noon'", "'noon'"),
        ("magnitude in (depth, 1)", "numbers or texts only"),
        ("event_id + 1 > 2", "calculates with texts"),
        ("-tag == 'x'", "needs a number"),
    ],
)
def test_texts_and_numbers_are_not_compared_in_silence(expression: str, said: str) -> None:
    with pytest.raises(InputError, match="--where") as caught:
        where(CATALOG, expression)
    assert said in str(caught.value)


def test_nothing_is_in_an_empty_list() -> None:
    assert not where(CATALOG, "tag in ()").any()
    assert where(CATALOG, "tag not in []").all()
