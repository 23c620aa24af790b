import hashlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

import asperity.core.datasets as module
from asperity.core.cli import app
from asperity.core.datasets import DataSet, dataset, datasets
from asperity.core.errors import DataError, InputError
from asperity.core.files import sha256

CONTENT = b"magnitude\n1.5\n"
ENTRY = DataSet(
    "tiny", "tiny.csv", "", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT), "csv", "", "", ""
)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    folder.mkdir()
    monkeypatch.setattr(module, "cache_folder", lambda: folder)
    monkeypatch.delenv("ASPERITY_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(module, "TIMEOUT", 1.0)
    return folder


@contextmanager
def server(content: bytes, status: int = 200) -> Iterator[str]:
    """Serve one content from a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}/tiny.csv"
        http.shutdown()
        thread.join()


def test_the_registry_is_complete() -> None:
    entries = datasets()
    assert len(entries) >= 20
    for name, entry in entries.items():
        assert entry.name == name
        assert len(entry.sha256) == 64
        assert entry.bytes > 0
        assert entry.url.startswith("https://")
        for text in (entry.licence, entry.citation, entry.format, entry.file):
            assert text, name
    assert len({e.file for e in entries.values()}) == len(entries)


@pytest.mark.data
def test_the_files_at_hand_are_those_registered(data_folder: Path) -> None:
    for entry in datasets().values():
        path = data_folder / entry.file
        assert path.stat().st_size == entry.bytes
        assert entry.fetch() == path
        assert sha256(path) == entry.sha256


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    with pytest.raises(
        InputError, match="data:peace-rivr is not registered; did you mean data:peace-r"
    ):
        dataset("peace-rivr")
    with pytest.raises(InputError, match="asperity data list shows all"):
        dataset("")


def test_a_download_is_checked_and_kept(cache: Path) -> None:
    with server(CONTENT) as url:
        path = replace(ENTRY, url=url).fetch()
    assert path.read_bytes() == CONTENT
    assert path.parent == cache
    # The server is gone; the copy serves.
    assert replace(ENTRY, url="http://127.0.0.1:1/").fetch() == path


def test_wrong_bytes_are_refused_and_not_kept(cache: Path) -> None:
    with (
        server(b"<html>not found</html>") as url,
        pytest.raises(DataError, match="bytes are not those registered"),
    ):
        replace(ENTRY, url=url).fetch()
    assert list(cache.iterdir()) == []


def test_a_server_without_the_file_is_one_line(cache: Path) -> None:
    with (
        server(b"gone", 404) as url,
        pytest.raises(DataError, match=r"from 127.0.0.1:\d+ .HTTPError.; connect to the network"),
    ):
        replace(ENTRY, url=url).fetch()


def test_no_network_and_silence_are_noticed_in_seconds(cache: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        urls = [f"http://127.0.0.1:{silent.getsockname()[1]}/", "http://127.0.0.1:1/"]
        for url in (*urls, "http://no-such-host.invalid/"):
            start = time.perf_counter()
            with pytest.raises(DataError, match=r"put tiny.csv into a folder and name it"):
                replace(ENTRY, url=url).fetch()
            assert time.perf_counter() - start < 20.0
        # A tour asks for many sets: who was silent is not waited for again.
        start = time.perf_counter()
        with pytest.raises(DataError, match=r"cannot be downloaded from .* \(Timeout\)"):
            replace(ENTRY, url=urls[0]).fetch()
        assert time.perf_counter() - start < 2.0
    assert list(cache.iterdir()) == []


def test_the_folder_of_the_user_comes_first(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASPERITY_DATA", str(tmp_path))
    mine = tmp_path / "tiny.csv"
    mine.write_bytes(CONTENT)
    (cache / "tiny.csv").write_bytes(CONTENT)
    assert ENTRY.fetch() == mine
    mine.write_bytes(b"changed")
    assert ENTRY.fetch() == cache / "tiny.csv"
    (cache / "tiny.csv").unlink()
    assert ENTRY.local() is None
    with pytest.raises(DataError, match=r"tiny.csv is another file \(wrong sha256\)"):
        replace(ENTRY, url="http://127.0.0.1:1/").fetch()
    assert mine.read_bytes() == b"changed"


def test_a_cache_that_cannot_be_written_is_one_line(cache: Path) -> None:
    cache.rmdir()
    cache.write_text("a file where the folder should be")
    with server(CONTENT) as url, pytest.raises(DataError, match="cannot be stored in"):
        replace(ENTRY, url=url).fetch()


@pytest.mark.data
def test_list_fetch_and_path(data_folder):
    listed = json.loads(CliRunner().invoke(app, ["data", "list", "--json"]).stdout)
    assert {e["name"] for e in listed["datasets"]} == set(datasets())
    assert all(e["at_hand"] for e in listed["datasets"])
    fetched = json.loads(CliRunner().invoke(app, ["data", "fetch", "prague", "--json"]).stdout)
    where = CliRunner().invoke(app, ["data", "path", "prague"]).stdout.strip()
    assert fetched["datasets"] == [{"name": "prague", "path": where}]
    assert where.startswith(str(data_folder))
