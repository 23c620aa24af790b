"""What a newcomer does in the first hour: reads help, mistypes, brings tables of their own."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from asperity.core import read_catalog
from asperity.core.cli import app as root
from asperity.core.command_help import COMMON
from asperity.core.completion import answer_bash, complete_file, complete_name, data_names
from asperity.core.datasets import datasets
from asperity.core.errors import InputError
from asperity.core.formats import ReadOptions
from asperity.core.operations import Operations, operations_path, read_operations


def asperity(*words):
    return CliRunner().invoke(root, [str(word) for word in words])


def leaves(command, path=()):
    inner = getattr(command, "commands", {})
    if not inner:
        yield path, command
    for name, below in inner.items():
        yield from leaves(below, (*path, name))


LEAVES = list(leaves(typer.main.get_command(root)))


class TestHelp:
    @pytest.mark.parametrize(("path", "command"), LEAVES, ids=[" ".join(p) for p, _ in LEAVES])
    def test_every_option_stands_in_full_within_80_columns(self, path, command):
        text = asperity(*path, "-h").stdout
        for parameter in command.params:
            for name in (*parameter.opts, *parameter.secondary_opts):
                if name.startswith("-"):
                    assert re.search(rf"(^|[\s/]){re.escape(name)}\b", text), name
        body, _, example = text.partition("\nExample:\n")
        assert max(map(len, body.splitlines())) <= 80
        # One line, that it can be copied as it stands.
        assert f"Example: {example.strip()}" == command.epilog
        assert "<list[" not in text
        assert "…" not in text
        assert text.index(COMMON) < text.index("--debug")

    def test_a_group_tells_each_command_in_a_whole_sentence(self):
        text = " ".join(asperity("evt", "--help").stdout.split())
        assert "forecast before each event, and how it scored." in text
        assert "..." not in text.removeprefix("Usage: asperity evt [OPTIONS] COMMAND [ARGS]...")

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            ("--mc two", "'--mc': found 'two', expected a number"),
            ("--bin-width -1", "found '-1', expected a number greater than or equal to 0"),
            ("--bootstrap 1.5", "found '1.5', expected an integer"),
        ],
    )
    def test_a_wrong_number_is_said_with_what_was_typed(self, words, said):
        done = asperity("catalog", "bvalue", "x.csv", *words.split())
        assert done.exit_code == 2
        assert said in done.stderr
        assert done.stderr.endswith("; see asperity catalog bvalue --help\n")

    def test_a_part_that_is_not_installed_is_no_typing_error(self, monkeypatch):
        monkeypatch.setattr("asperity.core.diagnosis.PARTS", ("asperity-core", "asperity-moon"))
        assert "asperity-moon is not installed" in asperity("moon").stderr
        assert "No such command" in asperity("mars").stderr


class TestNames:
    def test_the_list_for_a_tab_is_the_registry(self):
        assert data_names() == list(datasets())

    @pytest.mark.parametrize("name", ["pnr3", "data:pnr3"])
    def test_a_wrong_name_of_data_brings_the_right_one(self, name):
        assert "did you mean data:pnr2" in asperity("data", "path", name).stderr

    def test_a_name_of_data_without_its_prefix(self):
        assert "pnr2: no such file; did you mean data:pnr2?" in (
            asperity("catalog", "info", "pnr2").stderr
        )

    def test_a_file_that_is_nearly_there(self, tmp_path):
        (tmp_path / "field.csv").write_text("magnitude\n1\n")
        wrong = asperity("catalog", "info", tmp_path / "fied.csv").stderr
        assert f"no such file; did you mean {tmp_path / 'field.csv'}?" in wrong
        assert "no folder" in asperity("catalog", "info", tmp_path / "no" / "x.csv").stderr

    @pytest.mark.data
    def test_python_takes_the_names_that_the_commands_take(self, data_folder):
        assert len(read_catalog("data:peace-river").catalog) == 65


class TestCompletion:
    def test_files_and_names(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        Path("dates.csv").write_text("")
        assert complete_file("") == []
        assert complete_file("data:pn") == ["data:pnr2"]
        assert complete_file("dat")[-1] == "dates.csv"
        assert "data:basel" in complete_file("dat")
        assert complete_name("peace") == ["peace-river"]

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            (["data", ":", "pe"], ["peace-river"]),
            (["data", ":"], None),
            (["dat"], False),
            (["data:pe"], False),
            (["other", ":", "pe"], False),
        ],
    )
    def test_bash_parts_words_at_colons(self, words, expected, capsys):
        line = ["asperity", "catalog", "info", *words]
        told = answer_bash(
            {
                "_ASPERITY_COMPLETE": "complete_bash",
                "COMP_WORDS": "\n".join(line),
                "COMP_CWORD": str(len(line) - 1),
            }
        )
        said = capsys.readouterr().out.splitlines()
        assert told == (expected is not False)
        assert said == (list(datasets()) if expected is None else expected or [])

    @pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
    def test_a_tab_in_bash(self):
        """What bash itself gets from the script that the program prints for it."""
        program = Path(sys.executable).with_name("asperity")
        script = (
            'eval "$(_ASPERITY_COMPLETE=source_bash asperity)"\n'
            'try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _asperity_completion asperity; '
            'echo "${COMPREPLY[*]}"; }\n'
            "try asperity catalog info data : pe\n"
            "try asperity evt replay --thr\n"
            "try asperity catalog bv\n"
        )
        done = subprocess.run(
            ["bash", "--norc", "-c", script], capture_output=True, text=True, check=True,
            env={**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"},
        )  # fmt: skip
        assert done.stdout.split() == ["peace-river", "--threshold", "bvalue"]


class TestOwnCatalog:
    def test_a_column_for_each_part_of_the_time(self, tmp_path):
        path = tmp_path / "parts.csv"
        path.write_text(
            "year,month,day,hour,minute,second,mag\n"
            "2021,3,9,7,5,2.5,1.0\n2021,03,09,07,05,03,n/a\n2021,12.0,31,23,59,59.25,2.0\n"
        )
        catalog = read_catalog(path).catalog
        assert catalog.format_times() == [
            "2021-03-09T07:05:02.50Z", "2021-03-09T07:05:03.00Z", "2021-12-31T23:59:59.25Z",
        ]  # fmt: skip
        assert [m != m for m in catalog["magnitude"]] == [False, True, False]
        days = tmp_path / "days.csv"
        days.write_text("yr,mo,dy,mag\n1999,1,2,1.0\n")
        assert read_catalog(days).catalog.attributes["time_resolution"] == "P1D"
        path.write_text("year,month,day,mag\n2021,13,9,1\n")
        with pytest.raises(InputError, match="line 2, column 'year to second': found '2021-13-09'"):
            read_catalog(path)

    def test_a_message_s_names_can_be_put_into_the_mapping(self, tmp_path):
        path = tmp_path / "odd.csv"
        path.write_text("evid,Origin Time (UTC),Mw_est\n1,2020-01-01T00:00:00,2\n")
        with pytest.raises(InputError, match=r"the file has evid, .* magnitude = 'Mw_est'"):
            read_catalog(path)
        for names in (("Mw_est", "Origin Time (UTC)"), ("mw_est", "origin_time_utc")):
            mapping = dict(zip(("magnitude", "time"), names, strict=True))
            catalog = read_catalog(path, options=ReadOptions(columns=mapping)).catalog
            assert catalog.format_times() == ["2020-01-01T00:00:00Z"]

    def test_dates_of_a_spreadsheet_beside_their_clock(self, tmp_path):
        path = tmp_path / "german.csv"
        path.write_text("Datum;Zeit;Ml\n31.12.2019;12:00:30;1,5\n1.1.2020;00:00:00;0,5\n")
        mapping = {"magnitude": "Ml", "date": "Datum", "clock": "Zeit"}
        catalog = read_catalog(path, options=ReadOptions(columns=mapping, decimal=",")).catalog
        assert catalog.format_times() == ["2019-12-31T12:00:30Z", "2020-01-01T00:00:00Z"]
        assert catalog["magnitude"].tolist() == [1.5, 0.5]

    def test_rows_left_out_are_told_with_their_reason(self, tmp_path):
        path = tmp_path / "bad.csv"
        path.write_text("magnitude\n1\nx\n2\ny\n")
        said = asperity("catalog", "info", path, "--on-error", "skip").stderr
        assert (
            "left out line 3, column 'magnitude': found 'x', expected a number and 1 more" in said
        )

    def test_a_command_without_a_reader_s_options_says_where_they_are(self, tmp_path):
        path = tmp_path / "bad.csv"
        path.write_text("magnitude\n0,5\n1,5\n")
        said = asperity("catalog", "bvalue", path).stderr
        assert "--decimal ," in said
        assert f"convert first, asperity catalog convert {path} bad.parquet" in said
        # The command that takes them sends nobody elsewhere.
        assert "convert first" not in asperity("catalog", "info", path).stderr

    def test_what_a_person_reads_has_units_and_a_script_has_its_keys(self, tmp_path):
        path = tmp_path / "in.csv"
        path.write_text("time,latitude,longitude,depth_km,magnitude\n2020-01-01,1,2,8.5,3\n")
        text = asperity("catalog", "info", path).stdout
        assert "8.5 to 8.5 km" in text
        assert "2/2/1/1 degrees" in text
        found = json.loads(asperity("catalog", "info", path, "--json").stdout)
        assert found["bounds"]["depth_max"] == 8500.0

    def test_the_mapping_is_an_input_of_what_it_made(self, tmp_path):
        events, names, out = (tmp_path / n for n in ("events.csv", "names.toml", "own.parquet"))
        events.write_text("size\n1\n")
        names.write_text('[columns]\nmagnitude = "Size"\n')
        assert asperity("catalog", "convert", events, out, "--columns", names).exit_code == 0
        record = json.loads(asperity("provenance", "show", out).stdout)
        assert {entry["name"] for entry in record["inputs"]} == {str(events), str(names)}


class TestOwnInjection:
    @pytest.mark.parametrize(
        ("heading", "value", "expected"),
        [
            ("time,rate", "1", ("rate", 1.0)),
            ("date;Rate (bbl/day)", "86400", ("rate", 0.158987294928)),
            ("time,rate_m3_per_min", "60", ("rate", 1.0)),
            ("time\trate (m3/hour)", "7200", ("rate", 2.0)),
            ("Date,Volume_bbl", "2", ("volume", 0.317974589856)),
            ("time,Pressure [MPa]", "3", ("pressure", 3e6)),
            ("time,pressure_psi", "1", ("pressure", 6894.757293168)),
        ],
    )
    def test_a_unit_in_the_heading_is_converted(self, heading, value, expected, tmp_path):
        """A barrel is 42 US gallons of 231 cubic inches; a psi is a pound-force per square inch."""
        mark = next(m for m in ",;\t" if m in heading)
        path = tmp_path / "own.csv"
        path.write_text(f"{heading}\n2020-01-01{mark}{value}\n")
        (name, values), *others = read_operations(path).columns.items()
        assert (name, values.tolist()) == (expected[0], pytest.approx([expected[1]], rel=1e-12))
        assert not others

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("time,rate (furlong/day)\n2020-01-01,1\n", r"found time, rate \(furlong/day\)"),
            ("time,rate,rate (l/s)\n2020-01-01,1,1\n", "two columns for one quantity"),
            ("time,volume\n2020-01-01,5\n2020-01-02,4\n", r"name the column 'rate \(m3/day\)'"),
        ],
    )
    def test_what_cannot_be_meant(self, text, said, tmp_path):
        path = tmp_path / "own.csv"
        path.write_text(text)
        with pytest.raises(InputError, match=said):
            read_operations(path)

    def test_a_catalog_takes_its_injection_along(self, tmp_path):
        events, injected, out = (
            tmp_path / n for n in ("events.csv", "injected.csv", "own.parquet")
        )
        events.write_text("time,magnitude\n2020-01-02,1\n")
        injected.write_text("Date;Rate (m3/day)\n2020-01-01;86400\n2020-01-03;0\n")
        done = asperity("catalog", "convert", events, out, "--operations", injected)
        assert done.exit_code == 0, done.stderr
        assert Operations.read(operations_path(out)).columns["rate"].tolist() == [1.0, 0.0]
        assert read_catalog(out).operations is not None
        injected.write_text("time,rate\n0,1\n5,0\n")
        wrong = asperity("catalog", "convert", events, out, "--operations", injected, "--force")
        assert wrong.exit_code == 1
        assert "counts times as 'relative', the catalog as 'utc'" in wrong.stderr
