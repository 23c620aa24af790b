"""The report: one file, safe against what stands in data, without a network."""

import json
import re

import pytest
from lxml import html
from matplotlib.figure import Figure
from typer.testing import CliRunner

from asperity.core.cli import app
from asperity.core.report import Section, Table, picture, render
from asperity.core.report.page import show

HOSTILE = '<script>alert("x")</script>'


def figure():
    made = Figure()
    axes = made.add_subplot()
    axes.plot([0, 1], [1, 0])
    axes.set_title(HOSTILE)
    return made


def section(title="One"):
    return Section(
        title,
        f"lead {HOSTILE}",
        facts={"count": 47937, HOSTILE: 0.123456},
        tables=[Table(f"caption {HOSTILE}", ["a", HOSTILE], [[HOSTILE, None], [1, 2.5]])],
        pictures=[picture(figure(), f"caption {HOSTILE}", f"alternative {HOSTILE}")],
        notes=[HOSTILE],
    )


def test_everything_from_data_is_escaped():
    page = render(HOSTILE, HOSTILE, [section(), section(HOSTILE)], None)
    assert "<script>" not in page
    tree = html.fromstring(page)
    assert not tree.xpath("//script")
    assert tree.findtext(".//h1") == HOSTILE
    assert len(tree.xpath("//section")) == 2


def test_the_page_needs_no_network():
    page = render("Title", "Lead", [section(), section("Two")])
    tree = html.fromstring(page)
    assert not tree.xpath("//link | //img | //iframe | //object")
    for reference in tree.xpath("//@href | //@src | //@*[name()='xlink:href']"):
        assert reference.startswith("#"), reference
    assert not re.findall(r"url\((?!#)", page)
    # Addresses that name a vocabulary are not fetched.
    assert set(re.findall(r"https?://[^/\"' ]+", page)) <= {"http://www.w3.org"}


def test_ids_of_several_figures_do_not_meet():
    page = render("Title", "Lead", [section(), section("Two")])
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids)) > 10
    for used in re.findall(r"url\(#([^)]+)\)", page) + re.findall(r'href="#([^"]+)"', page):
        assert used in ids


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (True, "yes"), (47937, "47,937"), (0.12345, "0.123"), (12345.6, "12,346")],
)
def test_cells(value, text):
    assert show(value) == text


@pytest.mark.parametrize(
    ("content", "needle"),
    [
        ("{", "not a JSON result"),
        ("[1]", "no key 'schema'"),
        ('{"schema": "asperity.unknown/1"}', "no report section"),
        ('{"schema": "asperity.evt.replay/1"}', "the result has no key 'scores'"),
    ],
)
def test_wrong_results_are_refused_and_nothing_is_written(tmp_path, content, needle):
    result, page = tmp_path / "r.json", tmp_path / "page.html"
    result.write_text(content)
    answer = CliRunner().invoke(app, ["report", "build", str(result), "-o", str(page)])
    assert answer.exit_code == 1
    assert needle in answer.stderr
    assert list(tmp_path.iterdir()) == [result]


def test_list_names_what_can_be_shown():
    answer = CliRunner().invoke(app, ["report", "list", "--json"])
    names = [entry["result"] for entry in json.loads(answer.stdout)["sections"]]
    assert "asperity.evt.replay" in names
