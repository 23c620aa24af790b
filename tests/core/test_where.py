"""Expressions that choose events: what they may say, and what they may not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asperity.core import Catalog
from asperity.core.errors import InputError
from asperity.core.where import where

CATALOG = Catalog.from_columns(
    {
        "magnitude": [1.0, 2.5, np.nan, 3.0],
        "depth": [1000.0, 2000.0, 3000.0, np.nan],
        "latitude": [0.0, 1.0, 2.0, 3.0],
        "longitude": [0.0, 1.0, 2.0, 3.0],
        "network": ["US", "", "OK", "US"],
        "n_members": [1, 2, 3, 4],
    }
)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("magnitude >= 2.5", [0, 1, 0, 1]),
        ("magnitude >= 2 and depth < 5000", [0, 1, 0, 0]),
        ("not magnitude >= 2.5", [1, 0, 1, 0]),
        ("magnitude != 1", [0, 1, 0, 1]),
        ("1 <= magnitude < 3", [1, 1, 0, 0]),
        ("network == 'US' or n_members == 3", [1, 0, 1, 1]),
        ("network in ('US', 'OK')", [1, 0, 1, 1]),
        ("n_members not in [1, 2]", [0, 0, 1, 1]),
        ("depth / 1000 - magnitude > -1", [1, 1, 0, 0]),
        ("magnitude > 1 / 0", [0, 0, 0, 0]),
        ("(latitude + longitude) * 0.5 == 2", [0, 0, 1, 0]),
        ("magnitude > -1", [1, 1, 0, 1]),
        ("event_id == '2'", [0, 0, 1, 0]),
    ],
)
def test_conditions(expression, expected):
    assert where(CATALOG, expression).tolist() == [bool(e) for e in expected]


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "magnitude",
        "magnitude >",
        "True",
        "1 < 2",
        "mag > 2",
        "__import__('os').system('true')",
        "magnitude.__class__",
        "(lambda: 1)()",
        "[x for x in magnitude]",
        "magnitude ** 9 ** 9 ** 9 > 1",
        "'a' * 1000000000000 == network",
        "magnitude > 'two'",
        "magnitude > [1, 2, 3, 4]",
        "magnitude in 3",
        "-network == 'x'",
        "magnitude and depth",
        "(" * 5000 + "magnitude > 1" + ")" * 5000,
        "magnitude > 1\nimport os",
        "magnitude := 3",
    ],
)
def test_anything_else_is_refused_in_one_sentence(expression):
    with pytest.raises(InputError, match="--where"):
        where(CATALOG, expression)


def test_unknown_columns_list_what_there_is():
    with pytest.raises(InputError, match="there are event_id, time, magnitude"):
        where(CATALOG, "mag > 2")


@given(st.text(max_size=40))
def test_no_text_breaks_it(expression):
    try:
        mask = where(CATALOG, expression)
    except InputError:
        return
    assert mask.shape == (4,)
