"""Configurations: completed, checked, changed on the command line, written and read again."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field
from typer.testing import CliRunner

from asperity.core.cli import app
from asperity.core.config import Configuration, resolve, to_toml
from asperity.core.errors import InputError


class Sample(Configuration):
    """A sample."""

    radius: float = Field(1.0, gt=0, description="radius, m")
    label: str = Field("", description="what it is called")


class Run(Configuration):
    """A run."""

    steps: int = Field(10, ge=1, description="number of steps")
    names: tuple[str, ...] = Field((), description="names")
    limit: float | None = Field(None, description="limit, Pa")
    sample: Sample = Field(Sample(), description="the sample")


def test_defaults_files_and_changes_in_that_order():
    made = resolve(
        Run, {"steps": 5, "sample": {"radius": 2.0}}, ["sample.label=granite", "steps=7"]
    )
    assert (made.steps, made.sample.radius, made.sample.label) == (7, 2.0, "granite")


@pytest.mark.parametrize(
    ("content", "changes", "needle"),
    [
        ({"stepz": 1}, [], "stepz"),
        ({"steps": 0}, [], "greater than or equal to 1, found 0"),
        ({}, ["sample.radius=-1"], r"sample\.radius"),
        ({}, ["steps"], "write section.key=value"),
        ({}, ["=3"], "write section.key=value"),
        ({}, ["steps.inner=3"], "steps"),
        ({"sample": 3}, ["sample.radius=1"], "is a value, not a section"),
        ({"steps": "many", "sample": {"radius": "wide"}}, [], "and 1 more"),
    ],
)
def test_what_is_wrong_is_named_with_what_there_is(content, changes, needle):
    with pytest.raises(InputError, match=needle):
        resolve(Run, content, changes, "run.toml")


def test_unknown_keys_list_the_known_ones():
    with pytest.raises(InputError, match=r"keys are steps, names, limit, sample\.radius"):
        resolve(Run, {"stepz": 1})


@given(
    st.builds(
        Run,
        steps=st.integers(1, 10**9),
        names=st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]))).map(tuple),
        limit=st.none() | st.floats(allow_nan=False, allow_infinity=False),
        sample=st.builds(Sample, radius=st.floats(1e-9, 1e9)),
    )
)
def test_written_and_read_again(made):
    for comments in (True, False):
        text = to_toml("run", made, comments=comments)
        assert resolve(Run, tomllib.loads(text)) == made


def test_the_template_tells_units_and_bounds_of_its_keys():
    text = to_toml("run", Run())
    assert "# radius, m\nradius = 1.0" in text
    assert "# limit =" in text
    assert text.startswith('# A run.\nkind = "run"')


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
