"""The report: one file, safe against what stands in data, without a network."""

import copy
import json
import re

import numpy as np
import pytest
from lxml import html
from matplotlib.figure import Figure
from typer.testing import CliRunner

from asperity.core.cli import app
from asperity.core.errors import InputError
from asperity.core.report import Section, Table, picture, render, sections_of
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


def test_a_fact_of_many_letters_may_break_its_line():
    """An estimator's name made the page of a telephone wider than its screen."""
    facts = {"M_UE": "upper_limit:all:magnitude:reversed", "events": 47937}
    page = render("t", "l", [Section("One", "lead", facts=facts)])
    long, short = html.fromstring(page).xpath("//dl/div/dd")
    assert (long.get("class"), short.get("class")) == ("long", None)
    assert re.search(r"dd\.long {[^}]*overflow-wrap:anywhere", page)


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


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A genuine document of every kind that becomes a section."""
    folder = tmp_path_factory.mktemp("results")
    rng = np.random.default_rng(3)
    source = folder / "in.csv"
    rows = [
        f"2020-01-{1 + i // 24:02d}T{i % 24:02d}:00:00Z,{m:.1f}"
        for i, m in enumerate(1.0 + rng.exponential(0.4343, 200))
    ]
    source.write_text("\n".join(["time,magnitude", *rows]) + "\n")
    made = {}
    for words in ("catalog bvalue", "catalog compare", "evt forecast", "evt replay"):
        more = ["--mc", "1"] if words.startswith("catalog") else ["--mc", "1", "--threshold", "3"]
        answer = CliRunner().invoke(app, [*words.split(), str(source), *more, "--json"])
        assert answer.exit_code == 0, answer.output
        made[words] = json.loads(answer.stdout)
    return made


def spoiled(document, place=()):
    """Yield each object of a document without one of its keys, and with a wrong value there.

    Of lists of objects the first is spoiled.
    """
    inner = document
    for step in place:
        inner = inner[step]
    for key, value in inner.items():
        if key == "schema":
            continue
        for wrong in ("no such value", "gone"):
            changed = copy.deepcopy(document)
            target = changed
            for step in place:
                target = target[step]
            if wrong == "gone":
                del target[key]
            else:
                target[key] = wrong
            yield (*place, key), changed
        if isinstance(value, dict):
            yield from spoiled(document, (*place, key))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            yield from spoiled(document, (*place, key, 0))


@pytest.mark.parametrize("words", ["catalog bvalue", "evt forecast", "evt replay"])
def test_an_edited_result_is_refused_by_the_name_of_its_key(results, tmp_path, monkeypatch, words):
    monkeypatch.setattr("asperity.core.figures.to_svg", lambda figure: "")  # it takes the most time
    path = tmp_path / "edited.json"
    document = copy.deepcopy(results[words])
    if "forecasts" in document:
        document["forecasts"] = [f for f in document["forecasts"] if f["is_record"]][:3]
    path.write_text(json.dumps(document))
    assert sections_of(path).title
    refused, exact = 0, 0
    for place, changed in spoiled(document):
        path.write_text(json.dumps(changed))
        said = complaint(path)
        if said is None:
            continue
        refused += 1
        assert said.startswith(f"{path}: ")
        assert "key '" in said
        name = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in place).lstrip(".")
        exact += f"key {name!r}" in said
    assert refused > 10
    assert exact > refused / 2  # others come up where several keys meet


def complaint(path):
    try:
        sections_of(path)
    except InputError as error:
        return str(error)
    return None


def test_a_folder_and_a_missing_result_are_named(tmp_path):
    for name, said in ((".", "Is a directory"), ("none.json", "No such file")):
        with pytest.raises(InputError, match=said):
            sections_of(tmp_path / name)
    deep = tmp_path / "deep.json"
    deep.write_text("[" * 200_000)
    with pytest.raises(InputError, match="not a JSON result"):
        sections_of(deep)


def build(*words, code=0):
    answer = CliRunner().invoke(app, ["report", "build", *map(str, words)])
    assert answer.exit_code == code, answer.output
    return answer


def test_a_folder_gives_all_results_in_it(results, tmp_path):
    folder = tmp_path / "one two é"
    folder.mkdir()
    assert "no result of an asperity command there" in build(
        folder, "-o", tmp_path / "none.html", code=1
    ).stderr  # fmt: skip
    for name, words in (("b", "catalog bvalue"), ("a", "evt replay")):
        (folder / f"{name}.json").write_text(json.dumps(results[words]))
    (folder / "a.json.prov.json").write_text(json.dumps({"schema_version": 1}))
    (folder / "c.json").write_text("not JSON")
    (folder / "d.json").write_text(json.dumps({"schema": "asperity.unknown/1"}))
    made = build(folder, folder / "b.json", "-o", tmp_path / "page.html", "--json")
    titles = json.loads(made.stdout)["sections"]
    assert [t.split(":")[0].split(" of ")[0] for t in titles] == [
        "Record magnitudes", "b-value", "b-value",
    ]  # fmt: skip
    record = json.loads((tmp_path / "page.html.prov.json").read_text())
    assert {entry["name"] for entry in record["inputs"]} == {
        str(folder / "a.json"), str(folder / "b.json")
    }  # fmt: skip
    # What is damaged among them is still said by its key.
    broken = dict(results["evt replay"])
    del broken["scores"]
    (folder / "a.json").write_text(json.dumps(broken))
    assert "'scores'" in build(folder, "-o", tmp_path / "no.html", code=1).stderr
