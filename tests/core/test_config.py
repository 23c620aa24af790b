import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field
from typer.testing import CliRunner

from asperity.core.cli import app
from asperity.core.config import Configuration, load, resolve, to_toml
from asperity.core.errors import InputError


class Fault(Configuration):
    """The fault."""

    friction: float = Field(0.6, ge=0, le=1, description="coefficient of friction")
    name: str = Field("", description="its name")


class Laboratory(Configuration):
    """A laboratory of tests."""

    steps: int = Field(10, gt=0, description="number of steps")
    pressure: float | None = Field(None, description="Pa")
    tags: tuple[str, ...] = Field(("a",), description="words")
    fast: bool = Field(False, description="hurry")
    fault: Fault = Fault()


def test_what_is_not_said_is_the_default() -> None:
    assert resolve(Laboratory, {"kind": "laboratory"}) == Laboratory()


@pytest.mark.parametrize(
    ("change", "path", "value"),
    [
        ("steps=3", ("steps",), 3),
        ("fault.friction = 0.2", ("fault", "friction"), 0.2),
        ("fault.name=San Andreas", ("fault", "name"), "San Andreas"),
        ('fault.name="0.5"', ("fault", "name"), "0.5"),
        ("fault.name=a=b", ("fault", "name"), "a=b"),
        ("fast=true", ("fast",), True),
        ('tags=["x", "y"]', ("tags",), ("x", "y")),
        ("pressure=1e6", ("pressure",), 1e6),
    ],
)
def test_changes_on_the_command_line_win(change: str, path: tuple[str, ...], value: Any) -> None:
    found: Any = resolve(Laboratory, {"steps": 99, "fault": {"friction": 0.9}}, [change])
    for key in path:
        found = getattr(found, key)
    assert found == value


@pytest.mark.parametrize(
    ("content", "changes", "expected"),
    [
        ({"step": 3}, (), "step: Extra inputs .*; keys are steps, pressure, tags, fast, fault.fr"),
        ({"fault": {"mu": 1}}, (), "fault.mu: Extra inputs"),
        ({}, ("steps=0",), "steps: .*greater than 0, found 0"),
        ({}, ("fault.friction=2",), "fault.friction: .*less than or equal to 1, found 2"),
        ({}, ("steps=many",), "steps: .*found 'many'"),
        ({}, ("steps",), "write section.key=value"),
        ({}, ("=3",), "write section.key=value"),
        ({}, ("steps.deep=3",), "steps: Input should be a valid integer"),
        ({"steps": 4}, ("steps.deep=3",), "'steps' is a value, not a section"),
        ({"fault": 3}, (), "fault: "),
        ({"steps": -1, "fast": 7}, (), "and 1 more"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_right(content, changes, expected) -> None:
    with pytest.raises(InputError, match=expected):
        resolve(Laboratory, content, changes, "lab.toml")


def test_the_content_of_the_caller_is_left_alone() -> None:
    content = {"kind": "x", "fault": {"friction": 0.1}}
    resolve(Laboratory, content, ["fault.friction=0.2"])
    assert content == {"kind": "x", "fault": {"friction": 0.1}}


@given(st.text(st.characters(exclude_categories=["Cs"])), st.floats(0, 1), st.booleans())
def test_a_template_is_read_back_as_it_was(name: str, friction: float, comments: bool) -> None:
    before = Laboratory(fault=Fault(friction=friction, name=name), tags=(name, "b"), fast=True)
    text = to_toml("laboratory", before, comments=comments)
    content = tomllib.loads(text)
    assert content["kind"] == "laboratory"
    assert resolve(Laboratory, content) == before
    assert ("# coefficient of friction" in text) == comments


def test_a_key_without_a_value_stands_as_a_comment() -> None:
    text = to_toml("laboratory", Laboratory())
    assert "# pressure =" in text
    assert text.startswith("# A laboratory of tests.\n")


def test_configurations_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Laboratory().steps = 3  # type: ignore[misc]


def test_files_that_are_no_toml_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "lab.toml"
    with pytest.raises(InputError, match=r"No such file.*check the name"):
        load(path)
    for content in (b"steps = ", b"\xff\xfe", b"steps = 1\nsteps = 2"):
        path.write_bytes(content)
        with pytest.raises(InputError, match="not a TOML file"):
            load(path)


def test_show_and_check(tmp_path):
    path = tmp_path / "forecast.toml"
    path.write_text('kind = "evt.forecast"\nmin_events = 20\n')
    shown = CliRunner().invoke(app, ["config", "show", str(path), "--set", "law=lognormal"])
    assert tomllib.loads(shown.stdout)["min_events"] == 20
    assert tomllib.loads(shown.stdout)["law"] == "lognormal"
    assert CliRunner().invoke(app, ["config", "check", str(path)]).exit_code == 0
    path.write_text('kind = "evt.forecast"\nmin_events = "some"\n')
    wrong = CliRunner().invoke(app, ["config", "check", str(path)])
    assert wrong.exit_code == 3
    assert "min_events" in wrong.stdout
    path.write_text("kind = \n")
    broken = CliRunner().invoke(app, ["config", "show", str(path)])
    assert broken.exit_code == 1
    assert "not a TOML file" in broken.stderr
    path.write_text('kind = "weather"\n')
    assert "evt.forecast" in CliRunner().invoke(app, ["config", "show", str(path)]).stderr
