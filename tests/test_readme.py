"""What the README and the documentation tell a reader to type works as it stands."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from asperity.core.cli import app
from conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks_of(text):
    """Return (language, text) of the blocks of code of a page."""
    return re.findall(r"^```(\w*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def commands_of(text):
    """Return what a reader of a page is to type, each command in one line."""
    blocks = [re.sub(r"\s*\\\n\s*", " ", block) for _, block in blocks_of(text)]
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("asperity ") and line != "asperity doctor"]


BLOCKS, COMMANDS = blocks_of(README), commands_of(README)
SECTIONS = [part for part in re.split(r"^## ", README, flags=re.MULTILINE) if commands_of(part)]
GUIDES = [ROOT / "docs/start.md", *sorted((ROOT / "docs").glob("howto-*.md"))]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_two_commands_stand_in_the_readme():
    assert "pip install uv && uv run asperity demo" in README
    assert "uv run pytest" in README
    # CI calls what the README says.
    assert "\nuv run pytest\n" in (ROOT / ".ci/run").read_text(encoding="utf-8")


def run_in_order(text, commands, name):
    """Run commands and the Python of a page in one process, so that libraries load once."""
    for command in commands:
        result = CliRunner().invoke(app, shlex.split(command)[1:])
        assert result.exit_code == 0, f"{command}\n{result.stderr}"
    for language, block in blocks_of(text):
        if language == "python":
            exec(compile(block, name, "exec"), {})


@pytest.mark.data
@pytest.mark.parametrize("section", SECTIONS, ids=lambda s: s.partition("\n")[0])
def test_commands_in_order(section, data_folder, tmp_path, monkeypatch):
    """The commands of a section need no files of other sections."""
    monkeypatch.chdir(tmp_path)
    run_in_order(section, commands_of(section), "README.md")


def test_sections_hold_all_commands():
    assert [c for section in SECTIONS for c in commands_of(section)] == COMMANDS
    assert len(COMMANDS) >= 40


@pytest.mark.data
@pytest.mark.parametrize("page", GUIDES, ids=lambda p: p.name)
def test_guides_in_order(page, data_folder, tmp_path, monkeypatch):
    """What the README's test runs is left to it."""
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    commands = [command for command in commands_of(text) if command not in COMMANDS]
    assert len(commands_of(text)) >= 5
    run_in_order(text, commands, page.name)


def mentioned(text):
    """Return all commands that a page shows, in blocks or in a line, also those with gaps."""
    lines = re.sub(r"\s*\\\n\s*", " ", text).splitlines()
    shown = [line.strip() for line in lines if re.match(r"(?:    )?asperity [a-z-]", line)]
    return shown + re.findall(r"`(asperity [a-z-][^`]*)`", text.replace("\n", " "))


def unknown(command):
    """Return the first word of a command that the command line does not know, or nothing."""
    words, here = shlex.split(command)[1:], typer.main.get_command(app)
    while words and hasattr(here, "commands"):
        if words[0].startswith("-") or words[0].isupper():
            break
        names = words.pop(0).split("|")
        wrong = [name for name in names if name not in here.commands]
        if wrong:
            return wrong[0]
        here = here.commands[names[0]]
    options = {"-h", "--help", *(o for p in here.params for o in (*p.opts, *p.secondary_opts))}
    named = [re.split("[=|]", word)[0] for word in words if re.match("--?[a-z]", word)]
    return next((option for option in named if option not in options), None)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_commands_and_options_exist(page):
    text = page.read_text(encoding="utf-8")
    wrong = {command: unknown(command) for command in mentioned(text) if unknown(command)}
    assert not wrong


def test_what_does_not_exist_is_noticed():
    text = "`asperity evt replay a.csv --mc 2`, `asperity evt relpay`, `asperity dem run --mc 2`"
    assert [unknown(command) for command in mentioned(text)] == [None, "relpay", "--mc"]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        if target.startswith(("api/", "auto_gallery/")):
            continue  # made when the site is built
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.toml")), ids=lambda p: p.name)
def test_examples_are_valid_configurations(path):
    program = str(Path(sys.executable).with_name("asperity"))
    subprocess.run([program, "config", "check", str(path)], check=True, capture_output=True)
