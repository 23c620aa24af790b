"""Damaged velocity tables: every reader answers with a network or an AsperityError.

A failure prints the seed that makes it again.
"""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asperity.core.errors import AsperityError
from asperity.gnss.velocities.formats import NetworkOptions, format_names, read_network
from gnss.formats.test_formats import FILES
from naive.mutations import mutate

MUTANTS = 250
BY_PLACE = {"psvelo", "gsrm", "strain-2d", "straintool", "midas"}
COMMENTS = ("#", "*", ">", "%", "!")


def attempt(path, on_error, format=None):
    """Read a file; return the result, or None when it is refused in one line."""
    try:
        result, said = (
            read_network(path, format=format, options=NetworkOptions(on_error=on_error)),
            "",
        )
    except AsperityError as error:
        result, said = None, str(error).strip()
    assert "\n" not in said
    assert said or result is not None
    return result


def check_file(path, data):
    """Read strictly and leniently: what is left out is listed, row for row."""
    path.write_bytes(data)
    strict, lenient = attempt(path, "strict"), attempt(path, "skip")
    if strict is not None:
        assert strict.rejections == ()
        assert len(lenient.network) == len(strict.network)
    if lenient is None:
        return False
    if lenient.format in BY_PLACE and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("latin-1").removeprefix("\xef\xbb\xbf")
        rows = [r for r in re.split(r"\r\n|\n|\r", text) if r.strip()]
        rows = [r for r in rows if not r.lstrip().startswith(COMMENTS)]
        headings = sum("heading" in note for note in lenient.notes)
        assert len(lenient.network) + len(lenient.rejections) >= len(rows) - 2 * headings
    return True


@pytest.mark.parametrize("name", FILES)
def test_mutated_files(name, tmp_path):
    path = tmp_path / "table.txt"
    read = 0
    # More rows than one fixture has, so that a format survives the loss of some.
    body = FILES[name].encode()
    for seed in range(MUTANTS):
        data = mutate(body, np.random.default_rng(seed))
        try:
            read += check_file(path, data)
        except Exception as error:
            error.add_note(f"seed {seed}: {data!r}")
            raise
    assert read > MUTANTS / 4, "most mutants must stay readable for the test to mean something"


@pytest.mark.parametrize("name", FILES)
def test_every_format_forced_upon_every_file(name, tmp_path):
    path = tmp_path / "table.txt"
    path.write_text(FILES[name])
    for other in format_names():
        attempt(path, "skip", other)
        attempt(path, "strict", other)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.lists(
            st.one_of(
                st.floats(allow_nan=True, allow_infinity=True).map(repr),
                st.sampled_from(["105.8", "33.3", "0.5", "1", "-", "nan", "A_GPS", "1e999", "#"]),
                st.text(max_size=4),
            ),
            max_size=14,
        ),
        max_size=6,
    ),
    st.sampled_from([None, *format_names()]),
)
def test_drawn_tables(tmp_path_factory, rows, name):
    path = tmp_path_factory.mktemp("drawn") / "table.txt"
    path.write_text("\n".join(" ".join(row) for row in rows), encoding="utf-8", newline="")
    attempt(path, "skip", name)
