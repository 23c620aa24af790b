"""Following a sequence: nothing counted twice, whatever the source and the processes do."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from asperity.core.cli import app
from asperity.core.errors import DataError, InputError
from asperity.evt.config import ForecastConfiguration
from asperity.evt.results import forecast_document
from asperity.evt.watch.fdsn import FdsnSource, parse_event_text
from asperity.evt.watch.follow import Watcher, follow, look_once
from asperity.evt.watch.signal import parse_lights
from asperity.evt.watch.sources import FileSource, Look
from asperity.evt.watch.store import Event, EventStore, Frame

CONFIGURATION = ForecastConfiguration(mc=0.0, thresholds=(2.0,))
DAY = 86_400 * 10**9


def some_events(n=60, seed=1):
    rng = np.random.default_rng(seed)
    m = rng.exponential(0.4343, n)
    return [Event(f"e{i}", i * DAY, float(m[i]), "ML") for i in range(n)]


def look(events, complete=False):
    return Look(events, Frame(), complete)


def rows(events):
    stamps = (np.datetime64("2020-01-01T00:00:00") + np.timedelta64(e.time, "ns") for e in events)
    return [f"{e.event_id},{s}Z,{e.magnitude:.3f}" for e, s in zip(events, stamps, strict=True)]


def write_csv(path, events, tail="\n"):
    path.write_text("\n".join(["event_id,time,magnitude", *rows(events)]) + tail)


# -- what is told ---------------------------------------------------------------------------------


def test_every_line_is_the_forecast_of_what_was_known_then():
    """The oracle is `evt forecast` on the events so far, from a catalog of its own."""
    events = some_events()
    watcher = Watcher(CONFIGURATION)
    lines = [line for e in events for line in watcher.take(look([e]))]
    assert [line["event_id"] for line in lines] == [e.event_id for e in events]
    for k in (8, 20, 41, 59):
        alone = EventStore(Frame(), {e.event_id: e for e in events[: k + 1]})
        expected = forecast_document(Watcher(CONFIGURATION, store=alone).sequence(), CONFIGURATION)
        for key in ("n_events", "n_records", "m_max", "m_ue", "m_le", "status"):
            assert lines[k][key] == pytest.approx(expected[key], abs=1e-11), key
        for p, value in expected["quantiles"].items():
            assert lines[k]["quantiles"][p] == pytest.approx(value, abs=1e-11)
        if expected["status"] == "ok":
            chance = expected["exceedance"][0]["probability"]
            assert lines[k]["exceedance"][0]["probability"] == pytest.approx(chance, abs=1e-11)


def test_all_at_once_and_one_by_one_tell_the_same():
    events = some_events()
    together = Watcher(CONFIGURATION).take(look(events))
    watcher = Watcher(CONFIGURATION)
    assert together == [line for e in events for line in watcher.take(look([e]))]


def strip(line):
    keys = ("n_events", "n_records", "m_max", "m_ue", "m_le", "quantiles", "exceedance", "status")
    return {key: line[key] for key in keys}


@given(st.integers(0, 1000), st.integers(1, 12))
@settings(max_examples=40, deadline=None)
def test_order_of_arrival_batches_and_repeats_do_not_matter(seed, parts):
    """Shuffled, cut into batches, each sent twice: the end is that of the sorted events."""
    events = some_events(40)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(events))
    watcher = Watcher(CONFIGURATION)
    lines = []
    for batch in np.array_split(order, parts):
        sent = [events[i] for i in batch]
        lines += watcher.take(look([*sent, *sent]))
        assert watcher.take(look(sent)) == []
    assert len(watcher.store) == len(events)
    expected = Watcher(CONFIGURATION).take(look(events))[-1]
    found = strip(lines[-1])
    for key, value in strip(expected).items():
        assert found[key] == (pytest.approx(value, abs=1e-11) if key[:2] == "m_" else value) or (
            key in ("quantiles", "exceedance")
        )
    assert found["quantiles"] == pytest.approx(expected["quantiles"], abs=1e-11)


def test_a_late_event_is_told_with_the_forecast_that_results():
    events = some_events()
    watcher = Watcher(CONFIGURATION)
    watcher.take(look([*events[:20], *events[21:]]))
    (line,) = watcher.take(look([events[20]]))
    assert line["kind"] == "late"
    assert line["is_record"] is False
    assert strip(line) == strip(Watcher(CONFIGURATION).take(look(events))[-1])


def test_a_revision_recomputes_and_tells_what_was_before():
    events = some_events()
    watcher = Watcher(CONFIGURATION)
    watcher.take(look(events))
    revised = Event("e10", events[10].time, 4.5, "Mw")
    (line,) = watcher.take(look([revised]))
    assert (line["kind"], line["m_max"]) == ("revised", 4.5)
    assert line["before"]["magnitude"] == events[10].magnitude
    changed = [*events[:10], revised, *events[11:]]
    assert strip(line) == strip(Watcher(CONFIGURATION).take(look(changed))[-1])
    # and back: the largest event turns out to have been small
    (line,) = watcher.take(look([events[10]]))
    assert strip(line) == strip(Watcher(CONFIGURATION).take(look(events))[-1])
    # a revision to below Mc takes the event out of the count, one without change says nothing
    (line,) = watcher.take(look([Event("e10", events[10].time, -1.0)]))
    assert line["n_events"] == len(events) - 1
    assert watcher.take(look([Event("e10", events[10].time, -1.0)])) == []


def test_an_event_is_withdrawn_when_two_whole_looks_miss_it():
    events = some_events()
    watcher = Watcher(CONFIGURATION)
    watcher.take(look(events, complete=True))
    rest = events[:30] + events[31:]
    assert watcher.take(look(rest, complete=True)) == []  # perhaps caught while being written
    assert watcher.take(look(events[:5])) == []  # a part of the events says nothing of others
    (line,) = watcher.take(look(rest, complete=True))
    assert (line["kind"], line["event_id"], line["n_events"]) == ("withdrawn", "e30", 59)
    assert watcher.take(look(rest, complete=True)) == []


def test_events_without_magnitude_wait_for_one():
    watcher = Watcher(CONFIGURATION)
    assert watcher.take(look([Event("a", 0, float("nan"))])) == []
    assert watcher.take(look([Event("a", 0, float("nan"))])) == []
    (line,) = watcher.take(look([Event("a", 0, 1.5)]))
    assert (line["kind"], line["n_events"], line["status"]) == ("revised", 1, "too few events")


def test_withdrawing_all_leaves_no_event():
    watcher = Watcher(CONFIGURATION)
    watcher.take(look([Event("a", 0, 1.0)], complete=True))
    watcher.take(look([], complete=True))
    (line,) = watcher.take(look([], complete=True))
    assert (line["kind"], line["n_events"], line["m_max"]) == ("withdrawn", 0, None)


def test_following_needs_mc():
    with pytest.raises(InputError, match="needs Mc"):
        Watcher(ForecastConfiguration())


# -- signals --------------------------------------------------------------------------------------


def test_signal_by_forecast_and_by_event():
    lights = parse_lights("amber=2:0.3,red=3:0.2")
    assert lights.signal(1.0, {"amber": 0.29, "red": 0.19}) == "green"
    assert lights.signal(1.0, {"amber": 0.3, "red": 0.19}) == "amber"
    assert lights.signal(1.0, {"amber": 0.9, "red": 0.2}) == "red"
    assert lights.signal(2.0, {"amber": None, "red": None}) == "amber"
    assert lights.signal(float("nan"), {"amber": None, "red": None}) == "green"
    watcher = Watcher(CONFIGURATION, parse_lights("amber=1.5:0.5,red=9"))
    lines = watcher.take(look(some_events()))
    assert {line["signal"] for line in lines} == {"green", "amber"}
    for line in lines:
        chance = line["chances"]["amber"]
        assert (line["signal"] == "amber") == (
            line["m_max"] >= 1.5 or (chance is not None and chance >= 0.5)
        )
    for line, following in zip(lines, lines[1:], strict=False):
        assert following["signal_before"] == line["signal"]


@pytest.mark.parametrize(
    "text", ["amber", "amber=x", "blue=2", "amber=3,red=2", "red=2:0", "red=2,red=3", ""]
)
def test_thresholds_that_cannot_be_meant(text):
    with pytest.raises(InputError):
        parse_lights(text)


# -- a file that grows ----------------------------------------------------------------------------


def test_a_last_line_without_end_waits(tmp_path):
    """2.9 cut off after the point would be taken for 2."""
    path = tmp_path / "events.csv"
    events = some_events(30)
    source, watcher = FileSource(path), Watcher(CONFIGURATION)
    assert "not there yet" in look_once(source, watcher).notes[0]
    write_csv(path, events[:20], tail="\ne20,2020-01-21T00:00:00Z,2.")
    update = look_once(source, watcher)
    assert len(update.lines) == 20
    assert "no line end" in update.notes[0]
    assert look_once(source, watcher).looked is False  # nothing has changed
    write_csv(path, events)
    update = look_once(source, watcher)
    assert [line["event_id"] for line in update.lines] == [f"e{i}" for i in range(20, 30)]
    assert update.lines[0]["magnitude"] == pytest.approx(events[20].magnitude, abs=1e-3)


def test_a_row_that_cannot_be_read_withdraws_nothing(tmp_path):
    path = tmp_path / "events.csv"
    events = some_events(20)
    write_csv(path, events)
    source, watcher = FileSource(path), Watcher(CONFIGURATION)
    look_once(source, watcher)
    text = path.read_text().replace(f"{events[5].magnitude:.3f}", "?.?")
    for _ in range(3):
        path.write_text(text)
        update = look_once(source, watcher)
        assert update.lines == []
        assert "1 rows left out" in update.notes[0]
        text += "\n"
    assert len(watcher.store) == 20


def test_rows_without_identifiers_are_known_by_their_place(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("magnitude\n1.0\n1.5\n")
    source, watcher = FileSource(path), Watcher(CONFIGURATION)
    assert len(look_once(source, watcher).lines) == 2
    path.write_text("magnitude\n1.0\n1.5\n0.7\n")
    (line,) = look_once(source, watcher).lines
    assert (line["kind"], line["n_events"]) == ("new", 3)


@pytest.mark.parametrize("suffix", [".parquet", ".xml", ".csv"])
def test_any_format_can_grow(tmp_path, suffix):
    from asperity.core.formats import write_catalog

    events = some_events(30)
    path = tmp_path / f"events{suffix}"
    watcher = Watcher(CONFIGURATION)
    source = FileSource(path)
    for n in (12, 30):
        catalog = EventStore(Frame(), {e.event_id: e for e in events[:n]}).catalog()
        catalog = catalog.with_columns(
            {"latitude": np.zeros(n), "longitude": np.zeros(n), "depth": np.zeros(n)},
            frame="geographic",
        )
        write_catalog(catalog, path)
        assert len(look_once(source, watcher).lines) == (12 if n == 12 else 18)
    assert watcher.take(look([])) == []


def run(*arguments, code=0):
    result = CliRunner().invoke(app, ["evt", "watch", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_file_that_is_not_there_yet_is_waited_for(tmp_path):
    """Unlike every other command, for which it is a misspelt name."""
    result = CliRunner().invoke(
        app, ["evt", "watch", str(tmp_path / "soon.csv"), "--mc", "2", "--once"]
    )
    assert result.exit_code == 0
    assert "is not there yet" in result.stderr


def test_command_looks_once_keeps_the_state_and_writes_the_report(tmp_path):
    path, state, report = (tmp_path / n for n in ("events.csv", "state.json", "report.html"))
    events = some_events(60)
    write_csv(path, events[:40])
    options = ["--mc", 0, "--once", "--state", state, "--threshold", 2, "-q",
               "--thresholds", "amber=2,red=3.5", "-o", report]  # fmt: skip
    first = run(path, *options)
    assert [line["schema"] for line in first] == ["asperity.evt.watch/1"] * 40
    assert "Sequence in progress" in report.read_text()
    kept = json.loads(state.read_text())
    assert len(kept["events"]) == 40
    assert kept["forecast"] == first[-1]
    assert kept["signal"] == first[-1]["signal"]
    # the house rule: an output that exists is replaced with --force only
    run(path, *options, code=1)
    assert run(path, *options, "--force", "--json")[0]["n_lines"] == 0
    write_csv(path, events)
    again = run(path, *options, "--force")
    assert [line["n_events"] for line in again] == list(range(41, 61))
    assert again[0]["signal_before"] == first[-1]["signal"]
    whole = run(path, "--mc", 0, "--once", "--threshold", 2, "-q", "--no-backlog")
    assert strip(whole[0]) == strip(again[-1])
    other = tmp_path / "other.csv"
    write_csv(other, events)
    run(other, *options, "--force", code=1)
    state.write_text("{")
    run(path, *options, "--force", code=1)


@pytest.mark.parametrize(
    "arguments",
    [["FILE", "--once"], ["-", "--mc", "0"], ["FILE", "--mc", "0", "--start", "2020-01-01"],
     ["http://localhost/x", "--mc", "0"], ["FILE", "--mc", "0", "--thresholds", "blue=1"]],
)  # fmt: skip
def test_command_lines_that_cannot_be_meant(tmp_path, arguments):
    path = tmp_path / "events.csv"
    write_csv(path, some_events(12))
    run(*[str(path) if a == "FILE" else a for a in arguments], code=2)


def start(*arguments):
    code = "from asperity.core.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "evt", "watch", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def kept_events(state):
    return len(json.loads(state.read_text())["events"]) if state.exists() else 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_killed_and_started_again_it_counts_nothing_twice(tmp_path, number):
    path, state = tmp_path / "events.csv", tmp_path / "state.json"
    events = some_events(50)
    write_csv(path, events[:20])
    options = [path, "--mc", 0, "--interval", 0.1, "--state", state, "-q"]
    first = start(*options)
    try:
        until(lambda: kept_events(state) == 20)
        write_csv(path, events[:30])
        until(lambda: kept_events(state) == 30)
    finally:
        os.kill(first.pid, number)
        out, err = first.communicate(timeout=30)
    assert len(out.splitlines()) == 30
    if number == signal.SIGTERM:
        assert first.returncode == 143
        assert "interrupted by SIGTERM" in err
    # meanwhile the file grows, and one event is revised
    events[3] = Event("e3", events[3].time, 3.75)
    write_csv(path, events)
    second = start(*options)
    try:
        until(lambda: kept_events(state) == 50)
    finally:
        second.send_signal(signal.SIGINT)
        out, _ = second.communicate(timeout=30)
    assert second.returncode == 130
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["kind"] for line in lines] == ["revised", *["new"] * 20]
    whole = Watcher(CONFIGURATION).take(look_once_of(path))
    assert strip(lines[-1]) | {"exceedance": None} == strip(whole[-1]) | {"exceedance": None}


def look_once_of(path):
    return FileSource(path).look()


# -- an event service -----------------------------------------------------------------------------


class Service(ThreadingHTTPServer):
    """A server that speaks the protocol, and misbehaves as told: a list of answers to come."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.events, self.plan, self.queries = [], [], []

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_address[1]}/fdsnws/event/1"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        split = urlsplit(self.path)
        self.server.queries.append((split.path, parse_qs(split.query)))
        what = self.server.plan.pop(0) if self.server.plan else "list"
        if what == "slow":
            time.sleep(1.5)
        if isinstance(what, int):
            self.send_response(what)
            self.end_headers()
            if what != 204:
                self.wfile.write(b"Error: not today\n")
            return
        minimum = float(parse_qs(split.query)["minmagnitude"][0])
        chosen = [e for e in self.server.events if e.magnitude >= minimum]
        if not chosen:
            self.send_response(204)
            self.end_headers()
            return
        head = "#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID"
        lines = [f"{head}|MagType|Magnitude|MagAuthor|EventLocationName"]
        for e in chosen:
            stamp = np.datetime64(0, "ns") + np.timedelta64(e.time, "ns")
            lines.append(
                f"{e.event_id}|{stamp}|0|0|1|me|c|x|1|{e.magnitude_type}|{e.magnitude}|me|here"
            )
        body = ("\n".join(lines) + "\n").encode()
        self.send_response(200)
        if what != "cut line":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            if what in ("cut", "cut line"):
                body = body[:-25]
            self.wfile.write(body)
        except BrokenPipeError:
            pass

    def log_message(self, *arguments):
        pass


@contextmanager
def service(events=()):
    server = Service()
    server.events = list(events)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def source_of(server, waits=None, **options):
    return FdsnSource(
        server.address, {"minmagnitude": "0", "starttime": "1970-01-01"}, timeout=0.5,
        wait=(waits if waits is not None else []).append, **options,
    )  # fmt: skip


def test_service_new_late_revised_withdrawn_and_repeated():
    events = some_events(30)
    with service(events[:20]) as server:
        source, watcher = source_of(server), Watcher(CONFIGURATION)
        assert len(look_once(source, watcher).lines) == 20
        path, query = server.queries[0]
        assert path == "/fdsnws/event/1/query"
        assert query["format"] == ["text"]
        assert look_once(source, watcher).lines == []
        server.events = [*events[:3], Event("e3", events[3].time, 3.2, "Mw"), *events[4:30]]
        lines = look_once(source, watcher).lines
        assert [line["kind"] for line in lines] == ["revised", *["new"] * 10]
        server.events = server.events[1:]
        assert look_once(source, watcher).lines == []
        (line,) = look_once(source, watcher).lines
        assert (line["kind"], line["event_id"]) == ("withdrawn", "e0")
        # revised to below what is asked for, it is missing from the list
        server.events[5] = Event(server.events[5].event_id, server.events[5].time, -0.5)
        look_once(source, watcher)
        assert look_once(source, watcher).lines[0]["n_events"] == 28


def test_service_without_events_is_no_failure():
    with service() as server:
        update = look_once(source_of(server), Watcher(CONFIGURATION))
        assert (update.lines, update.notes, update.failed) == ([], (), False)


def test_service_that_fails_is_asked_again():
    events = some_events(12)
    with service(events) as server:
        server.plan = [500, "slow", "cut", "list"]
        waits = []
        update = look_once(source_of(server, waits, attempts=4), Watcher(CONFIGURATION))
        assert len(update.lines) == 12
        assert waits == [1.0, 2.0, 4.0]


def test_service_that_stays_away_makes_a_failed_look_and_loses_nothing():
    events = some_events(12)
    with service(events[:11]) as server:
        source, watcher = source_of(server), Watcher(CONFIGURATION)
        look_once(source, watcher)
        server.plan = [503, 503, 503]
        update = look_once(source, watcher)
        assert update.failed
        assert "503" in update.notes[0]
        server.events = events
        (line,) = look_once(source, watcher).lines
        assert line["n_events"] == 12
    with pytest.raises(DataError, match="no answer in 3 attempts"):
        source.look()  # nobody listens there any more


def test_an_answer_that_breaks_off_in_a_line_withdraws_nothing():
    events = some_events(12)
    with service(events) as server:
        source, watcher = source_of(server), Watcher(CONFIGURATION)
        look_once(source, watcher)
        server.plan = ["cut line"] * 3
        for _ in range(3):
            update = look_once(source, watcher)
            assert update.lines == []
            assert "breaks off" in update.notes[0]
        assert len(watcher.store) == 12


def test_a_question_that_the_service_refuses_is_an_error():
    with service() as server:
        server.plan = [400]
        with pytest.raises(InputError, match=r"400 Bad Request.*not today"):
            source_of(server).look()
    with pytest.raises(InputError, match="no list of events"):
        parse_event_text("<html>\n")
    events, notes = parse_event_text(
        "#EventID|Time|MagType|Magnitude\na|2020-01-01|ML|1\nb|no time|ML|1\n"
        "c|2020-01-01|ML|x\nd\ne|2020-01-02||\n"
    )
    assert [e.event_id for e in events] == ["a", "e"]
    assert np.isnan(events[1].magnitude)
    assert "3 lines left out" in notes[0]


def test_the_loop_goes_on_after_failures():
    events = some_events(15)
    with service(events) as server:
        server.plan = [500, 500, 500]
        pauses = []
        looks = follow(source_of(server), Watcher(CONFIGURATION), 7.0, pauses.append)
        updates = [next(looks) for _ in range(3)]
        assert [u.failed for u in updates] == [True, False, False]
        assert [len(u.lines) for u in updates] == [0, 15, 0]
        assert pauses == [7.0] * 2


def test_command_asks_a_service(tmp_path):
    events = some_events(25)
    with service(events) as server:
        lines = run(
            server.address, "--mc", 0.1, "--start", "1970-01-01", "--region", "-10/10/-5/5",
            "--once", "-q",
        )  # fmt: skip
        _, query = server.queries[-1]
        assert query["minmagnitude"] == ["0.1"]
        assert query["starttime"] == ["1970-01-01T00:00:00.000"]
        assert query["maxlongitude"] == ["10"]
        assert len(lines) == sum(e.magnitude >= 0.1 for e in events)
        server.plan = [404]
        run(server.address, "--mc", 0, "--start", "1970-01-01", "--once", code=1)
