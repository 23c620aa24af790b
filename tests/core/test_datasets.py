"""The registry of data sets: what it holds, and what happens when the bytes are not there."""

import json
import re
import time

import pytest
from typer.testing import CliRunner

from asperity.core import datasets
from asperity.core.cli import app
from asperity.core.datasets import DataSet, dataset
from asperity.core.errors import DataError, InputError

SOME = {"url": "http://127.0.0.1:9/x.csv", "file": "x.csv", "sha256": "0" * 64, "bytes": 1,
        "format": "csv", "licence": "", "citation": "", "note": ""}  # fmt: skip


def test_every_entry_is_complete():
    assert len(datasets.datasets()) == 31
    for name, entry in datasets.datasets().items():
        assert re.fullmatch(r"[a-z0-9-]+", name)
        assert re.fullmatch(r"[0-9a-f]{64}", entry.sha256)
        # Addresses are fixed to a commit or to a published version.
        assert entry.url.startswith("https://")
        assert entry.citation
        assert entry.licence


@pytest.mark.data
def test_registered_files_are_the_bytes_that_are_registered(data_folder):
    at_hand = [entry for entry in datasets.datasets().values() if entry.local() is not None]
    assert len(at_hand) == 31
    for entry in at_hand:
        assert entry.local().stat().st_size == entry.bytes


def test_a_name_that_is_not_registered_suggests_others():
    with pytest.raises(InputError, match="did you mean peace-river"):
        dataset("peaceriver")


def test_a_server_that_does_not_answer_is_a_clear_error_within_seconds(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("ASPERITY_DATA", "")
    start = time.monotonic()
    with pytest.raises(DataError, match="ASPERITY_DATA"):
        DataSet(name="x", **SOME).fetch()
    assert time.monotonic() - start < 12.0


def test_wrong_bytes_in_the_folder_are_not_used(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("ASPERITY_DATA", str(tmp_path))
    (tmp_path / "x.csv").write_text("tampered")
    entry = DataSet(name="x", **SOME)
    assert entry.local() is None
    right = DataSet(
        name="x",
        **{**SOME, "sha256": "80a2b2dd7a0bb4cb0c4de4e6ad1b7e4f9ba8a7a7e41b1a17b3ee5f0f4b0a3a5e"},
    )
    assert right.local() is None


def test_wrong_bytes_from_a_server_are_refused(tmp_path, monkeypatch):
    import http.server
    import threading

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"not what was registered")

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        monkeypatch.setenv("ASPERITY_DATA", "")
        url = f"http://127.0.0.1:{server.server_port}/x.csv"
        with pytest.raises(DataError, match="not those registered"):
            DataSet(name="x", **{**SOME, "url": url}).fetch()
        # Nothing that could be taken for the data set stays in the cache.
        assert not list(tmp_path.rglob("x.csv"))
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.data
def test_list_fetch_and_path(data_folder):
    listed = json.loads(CliRunner().invoke(app, ["data", "list", "--json"]).stdout)
    assert {e["name"] for e in listed["datasets"]} == set(datasets.datasets())
    assert all(e["at_hand"] for e in listed["datasets"])
    fetched = json.loads(CliRunner().invoke(app, ["data", "fetch", "prague", "--json"]).stdout)
    where = CliRunner().invoke(app, ["data", "path", "prague"]).stdout.strip()
    assert fetched["datasets"] == [{"name": "prague", "path": where}]
    assert where.startswith(str(data_folder))
