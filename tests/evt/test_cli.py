"""``asperity evt`` from the command line: the documents, the figures, the errors."""

import json

import pytest

from commands import document, run

E1 = "magnitude\n1.5\n2.0\n2.4\n3.1\n"


@pytest.fixture
def e1(tmp_path):
    path = tmp_path / "e1.csv"
    path.write_text(E1)
    return str(path)


@pytest.fixture
def rising(tmp_path):
    """A thousand magnitudes, rounded to 0.1, in a table with times."""
    import numpy as np

    rng = np.random.default_rng(2)
    m = np.round(rng.exponential(0.4343, 1000), 1)
    lines = [f"2020-01-{1 + k // 50:02d}T{k % 24:02d}:00:00Z,{x:.1f}" for k, x in enumerate(m)]
    path = tmp_path / "rising.csv"
    path.write_text("time,magnitude\n" + "\n".join(lines) + "\n")
    return str(path)


def test_records(e1):
    found = document("evt", "records", e1)
    assert next(iter(found)) == "schema"
    assert found["n_events"] == 4
    assert [r["magnitude"] for r in found["records"]] == [1.5, 2.0, 2.4, 3.1]
    assert [r["index"] for r in found["records"]] == [0, 1, 2, 3]


def test_estimate_prints_all_eight_of_e1(e1):
    found = document("evt", "estimate", e1, "--mc", "1.5")
    values = [e["value"] for e in found["estimates"]]
    expected = [3.3484375, 3.1742757286, 3.3484375, 3.1742757286,
                3.8629629630, 3.3233415156, 3.8629629630, 3.3233415156]  # fmt: skip
    assert values == pytest.approx(expected, abs=1e-9)
    assert {e["index"] for e in found["estimates"]} == {"cooke"}
    assert found["m_max"] == 3.1


def test_estimate_reads_standard_input_and_chooses_fields():
    found = document(
        "evt", "estimate", "-", "--mc", "1.5", "--index", "truncated",
        "--fields", "upper_limit:all:magnitude", input=E1,
    )  # fmt: skip
    assert [e["value"] for e in found["estimates"]] == pytest.approx([5.467578125], abs=1e-9)


def test_a_field_may_name_its_own_index(e1):
    fields = "upper_limit:all:magnitude:reversed,upper_limit:all:magnitude"
    found = document("evt", "estimate", e1, "--mc", "1.5", "--fields", fields)["estimates"]
    assert [(e["index"], round(e["value"], 7)) for e in found] == [
        ("reversed", 4.5140625),
        ("cooke", 3.3484375),
    ]


def test_a_replay_whose_forecasts_are_all_invalid_says_why(tmp_path):
    """E2 with a lower limit that lies above the upper one."""
    path = tmp_path / "e2.csv"
    path.write_text("magnitude\n1.6\n1.5\n2.1\n1.7\n1.8\n2.6\n1.5\n1.9\n3.2\n2.0\n")
    found = document(
        "evt", "replay", path, "--mc", "0", "--min-events", "4", "--allow-mismatch",
        "--ue", "upper_limit:all:potency:cooke", "--le", "jump_limited:all:magnitude:cooke",
    )  # fmt: skip
    assert found["forecasts"] == []
    assert found["status"] == "M_UE not above M_LE"


def test_estimate_of_two_events(tmp_path):
    path = tmp_path / "two.csv"
    path.write_text("magnitude\n1.0\n2.0\n")
    found = document("evt", "estimate", path)
    assert [e["value"] for e in found["estimates"]][:2] == pytest.approx([2.25, 2.0627697139])


def test_a_single_event_has_null_jumps_with_the_reason(tmp_path):
    path = tmp_path / "one.csv"
    path.write_text("magnitude\n2.0\n")
    found = document("evt", "estimate", path)
    jumps = [e for e in found["estimates"] if e["estimator"] == "jump_limited"]
    assert all(e["value"] is None and "found one" in e["status"] for e in jumps)


def test_forecast_of_e1_needs_min_events(e1):
    few = document("evt", "forecast", e1, "--mc", "1.5", "--threshold", "3.6")
    assert few["status"] == "too few events"
    assert few["quantiles"]["0.5"] is None
    found = document(
        "evt", "forecast", e1, "--mc", "1.5", "--min-events", "4", "--threshold", "3.6",
        "--threshold", "4.1", "--no-condition-on-record",
    )  # fmt: skip
    assert found["m_ue"] == pytest.approx(4.5140625)
    assert found["m_le"] == pytest.approx(3.3233415156)
    probabilities = [e["probability"] for e in found["exceedance"]]
    assert probabilities == pytest.approx([0.1439663323, 0.0184350375], abs=1e-9)
    assert found["law"]["parameters"] == {"k": 0.23, "sigma": 0.1, "mu": 0.0}
    assert found["baseline"]["name"] == "gutenberg-richter"
    assert set(found["quantiles"]) == {"0.05", "0.25", "0.5", "0.75", "0.95"}


def test_forecast_refuses_constants_that_do_not_go_with_the_reading(e1):
    arguments = [
        "evt",
        "forecast",
        e1,
        "--min-events",
        "4",
        "--ue",
        "upper_limit:all:magnitude:cooke",
    ]
    assert "--allow-mismatch" in run(*arguments, code=2).stderr
    run(*arguments, "--allow-mismatch")


def test_template_set_and_config(tmp_path, e1):
    path = tmp_path / "forecast.toml"
    run("evt", "template", "-o", path)
    run("config", "check", path)
    found = document(
        "evt", "forecast", e1, "--config", path, "--set", "min_events=4", "--set", "law=lognormal",
    )  # fmt: skip
    assert found["law"]["name"] == "lognormal"
    assert found["status"] == "ok"
    assert (
        "min_events"
        in run("evt", "forecast", e1, "--config", path, "--set", "min_events=1", code=2).stderr
    )


def test_replay_keys_and_figures(tmp_path, rising):
    out, png, svg = (tmp_path / f"r.{s}" for s in ("json", "png", "svg"))
    run(
        "evt", "replay", rising, "--mc", "0.5", "--threshold", "2", "--threshold", "3",
        "--figure", png, "--figure", svg, "-o", out,
    )  # fmt: skip
    found = json.loads(out.read_text())
    first = found["forecasts"][0]
    for key in ("event_index", "time", "observed", "is_record", "n_events", "m_max", "m_ue", "m_le",
                "x", "pit", "quantiles", "exceedance", "status", "row"):  # fmt: skip
        assert key in first
    assert all((f["pit"] is not None) == f["is_record"] for f in found["forecasts"])
    assert found["scores"]["n_records_scored"] == sum(f["is_record"] for f in found["forecasts"])
    assert png.read_bytes()[:4] == b"\x89PNG"
    assert b"<svg" in svg.read_bytes()[:2000]
    for path in (out, png, svg):
        record = json.loads(path.with_name(path.name + ".prov.json").read_text())
        assert len(record["inputs"][0]["sha256"]) == 64
    page = tmp_path / "page.html"
    run("report", "build", out, "-o", page)
    text = page.read_text()
    assert "Gutenberg-Richter" in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "Record magnitudes: rising" in text


def test_outputs_are_not_replaced_unasked(tmp_path, rising):
    out = tmp_path / "r.json"
    out.write_text("mine")
    assert "--force" in run("evt", "replay", rising, "-o", out, code=1).stderr
    assert out.read_text() == "mine"
    run("evt", "replay", rising, "--mc", "0.5", "-o", out, "--force")


def test_unsorted_files_are_put_in_time_order(tmp_path):
    rows = [f"2020-01-01T{h:02d}:00:00Z,{m}" for h, m in enumerate([1.0, 0.5, 1.5, 1.2, 2.0])]
    for name, lines in (("a", rows), ("b", rows[::-1])):
        (tmp_path / f"{name}.csv").write_text("\n".join(["time,magnitude", *lines]) + "\n")
    a, b = (document("evt", "records", tmp_path / f"{n}.csv")["records"] for n in "ab")
    assert [r["magnitude"] for r in a] == [r["magnitude"] for r in b] == [1.0, 1.5, 2.0]
    assert [r["row"] for r in a] == [0, 2, 4]
    assert [r["row"] for r in b] == [4, 2, 0]


@pytest.mark.parametrize(
    ("arguments", "code", "needle"),
    [
        (("evt", "records", "missing.csv"), 1, "no such file"),
        (("evt", "records", "data:nowhere"), 1, "not registered"),
        (("evt", "estimate", "{e1}", "--index", "x"), 2, "'cooke', 'reversed', 'truncated'"),
        (("evt", "estimate", "{e1}", "--mc", "9"), 1, "no event reaches"),
        (("evt", "replay", "{e1}", "--axis", "x"), 2, "'auto', 'time', 'events'"),
        (("evt", "forecast", "{e1}", "--law", "weibull"), 2, "law"),
        (("evt", "forecast", "{e1}", "--ue", "nonsense"), 2, "estimator"),
        (("evt", "forecast", "{e1}", "--threshold", "nan"), 2, "finite"),
        (("evt", "forecast", "{e1}", "--mc", "inf"), 2, "finite"),
    ],
)
def test_failures_are_one_line(e1, arguments, code, needle):
    result = run(*[a.replace("{e1}", e1) for a in arguments], code=code)
    assert needle in result.stderr
    assert result.stderr.count("\n") == 1
    assert not result.stdout


def test_replay_without_enough_events_has_a_status(tmp_path, e1):
    png, out = tmp_path / "r.png", tmp_path / "r.json"
    run("evt", "replay", e1, "--threshold", "4", "--figure", png, "-o", out)
    found = json.loads(out.read_text())
    assert found["forecasts"] == []
    assert found["status"] == "too few events"
    assert png.stat().st_size > 1000
    run("report", "build", out, "-o", tmp_path / "page.html")
    assert "No record could be scored" in (tmp_path / "page.html").read_text()


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "mc"),
    [("peace-river", 2.0), ("pnr2", -1.0), ("prague", 2.2), ("guy-greenbrier", 2.1),
     ("paradox", 1.5), ("oklahoma-ogs", 3.0)],
)  # fmt: skip
def test_registered_sequences_end_to_end(data_folder, tmp_path, name, mc):
    found = document("evt", "replay", f"data:{name}", "--mc", mc, "-q")
    assert found["n_events"] >= 20
    assert found["forecasts"]
    assert found["name"] == name
    assert document("evt", "estimate", f"data:{name}", "--mc", mc, "-q")["m_max"] > mc
    assert document("evt", "records", f"data:{name}", "--mc", mc, "-q")["n_records"] > 2


COMMANDS = (("records",), ("estimate",), ("forecast", "--threshold", "4"), ("replay",))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])
def test_where_mc_comes_from_is_said(e1, command):
    """Without --mc a reader must see that nobody chose it: in the result and in a warning."""
    name, *more = command
    result = run("evt", name, e1, *more, "--json")
    found = json.loads(result.stdout)
    assert (found["mc"], found["mc_source"]) == (1.5, "smallest magnitude")
    assert result.stderr.startswith("asperity: warning: ")
    assert "no --mc given; the smallest magnitude, 1.5," in result.stderr
    assert run("evt", name, e1, *more, "-q").stderr == ""
    told = run("evt", name, e1, *more, "--mc", "2", "--json")
    assert json.loads(told.stdout)["mc_source"] == "given"
    assert told.stderr == ""


def test_what_there_is_too_little_of_is_said(tmp_path, e1):
    path = tmp_path / "falling.csv"
    path.write_text("magnitude\n" + "".join(f"{3 - k / 10:.1f}\n" for k in range(20)))
    for name in ("forecast", "replay"):
        assert document("evt", name, path, "--mc", "1")["status"] == "too few records"
        assert document("evt", name, e1, "--mc", "1")["status"] == "too few events"
        known = document("evt", name, path, "--mc", "1", "--min-records", "1")
        assert not known["status"].startswith("too few")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])
@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("magnitude\n", 1),
        ("", 1),
        ("magnitude\n\n\n", 1),
        ("magnitude,event_id\nnan,a\nnan,b\n", 1),
        ("magnitude\n2.0\n", 0),
        ("magnitude\n2.0\n2.0\n", 0),
        ("magnitude\n" + "2.0\n" * 30, 0),
        ("magnitude,event_id\n2.0,a\nnan,b\n", 0),
        ("time,magnitude\n2020-01-01T00:00:00Z,1\n2020-01-01T00:00:00Z,2\n", 0),
        ("magnitude\n-300\n300\n", 0),
    ],
    ids=["head", "nothing", "blank", "no-magnitudes", "one", "two-equal", "all-equal",
         "one-and-nan", "one-instant", "extreme"],
)  # fmt: skip
@pytest.mark.parametrize("mc", [(), ("--mc", "1")], ids=["no-mc", "mc"])
def test_small_and_empty_sequences_have_a_status_or_an_error(tmp_path, command, content, code, mc):
    path = tmp_path / "small.csv"
    path.write_text(content)
    name, *more = command
    result = run("evt", name, path, *more, *mc, "-q", "--json", code=code)
    if code:
        assert result.stdout == ""
        assert result.stderr.count("\n") == 1
    else:
        found = json.loads(result.stdout)
        assert found["n_events"] >= 1
        assert run("evt", name, path, *more, *mc, "-q").stdout


def test_the_figure_of_a_replay_without_forecasts_says_why(tmp_path):
    path, figure = tmp_path / "one.csv", tmp_path / "one.svg"
    path.write_text("magnitude\n2.0\n")
    run("evt", "replay", path, "--mc", "1", "--figure", figure)
    assert figure.stat().st_size > 1000
