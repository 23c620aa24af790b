"""Coverage-guided fuzzing of every reader with atheris: a tool, not a test.

    uv venv --python 3.11 fuzz && uv pip install --python fuzz/bin/python atheris \\
        -e packages/core -e packages/gnss -e packages/evt -e packages/dem hypothesis pytest
    nice fuzz/bin/python tests/fuzz.py --minutes 30 --findings findings

Each reader gets an equal share of the time in a process of its own, beginning with
real files and with what earlier runs found worth keeping. A finding is any exception
that is no AsperityError, a read of more than ten seconds, and a gigabyte more memory
than before it; the input is kept with its traceback, once for each place. What is
mended becomes an input under ``tests/core/formats/regressions``.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path

import numpy as np

TESTS = Path(__file__).resolve().parent
sys.path.insert(0, str(TESTS))

SLOWEST = 10.0
MEMORY = 2**30
SHARED_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
Reader = Callable[[Path], object]


Readers = dict[str, tuple[Reader, list[bytes]]]
"""NAME -> (reader, files to begin with)."""


def readers(name: str, data: Path, folder: Path) -> Readers:
    """Return the readers among which one of a name is."""
    return catalog_readers(data, folder) if name.startswith("catalog") else table_readers(data)


def catalog_readers(data: Path, folder: Path) -> Readers:
    """Return the readers of catalogs; their files to begin with are written first."""
    from asperity.core import formats
    from core.formats.originals import originals

    found: Readers = {}
    files = originals(data, folder)

    def catalog(name: str | None) -> Reader:
        def read(path: Path) -> None:
            options = formats.ReadOptions(on_error="skip")
            result = formats.read_catalog(path, format=name, options=options)
            formats.write_catalog(result.catalog, folder / "again.parquet")

        return read

    for name in formats.format_names():
        seeds = [data for key, data in files.items() if key.startswith(f"{name}/")]
        found[f"catalog-{name}"] = catalog(name), [s for s in seeds if len(s) < 300_000]
    small = [data for data in files.values() if len(data) < 20_000]
    found["catalog"] = catalog(None), small
    return found


def table_readers(data: Path) -> Readers:
    """Return the readers of all that is no catalog."""
    from asperity.core import config, geometry, operations
    from asperity.core.report import sections_of
    from asperity.evt.database.windows import read_windows
    from asperity.evt.watch.fdsn import parse_event_text
    from asperity.gnss import positions
    from asperity.gnss.criteria.time_tables import read_statistics
    from asperity.gnss.positions.inputs import read_places
    from asperity.gnss.positions.offsets import read_offsets
    from asperity.gnss.strain_rate.fitting import read_points
    from asperity.gnss.velocities import formats as velocities
    from asperity.gnss.velocities.blocks import read_blocks
    from gnss.formats.test_formats import FILES as VELOCITIES
    from gnss.positions.test_position_fuzz import FILES as POSITIONS

    found: Readers = {}
    skip = velocities.NetworkOptions(on_error="skip")
    for name, text in VELOCITIES.items():
        found[f"velocities-{name}"] = (
            lambda path, name=name: velocities.read_network(path, format=name, options=skip),
            [text.encode()],
        )
    tables = [text.encode() for text in VELOCITIES.values()]
    found["velocities"] = lambda path: velocities.read_network(path, options=skip), tables
    lenient = positions.PositionOptions(on_error="skip")
    for name, text in POSITIONS.items():
        found[f"positions-{name}"] = (
            lambda path, name=name: positions.read_positions(path, format=name, options=lenient),
            [text.encode()],
        )

    traces = (data / "himatibetmap.geojson").read_bytes()
    lines = b'{"type":"FeatureCollection","features":[' + b",".join(
        re.findall(rb'\{ ?"type": ?"Feature".*', traces)[:4]
    ).rstrip(b",") + b"]}"  # fmt: skip
    square = b'{"type":"Polygon","coordinates":[[[0,0],[4,0],[4,4],[0,4],[0,0]]]}'
    gmt = b"# @VGMT1.0 @GPOLYGON\n> -Lname\n# @D1|a\n0 0\n4 0\n4 4\n0 0\n> \n9 9\n10 9\n10 11\n"
    found["faults"] = geometry.read_faults, [lines, gmt]
    found["region"] = (
        lambda path: geometry.read_region(str(path)),
        [square, gmt, b"0 0\n4 0\n4 4\n"],
    )
    found["blocks"] = read_blocks, [square, gmt]
    plan = b"time,rate,volume\n2030-01-01,0.02,0\n2030-02-01T12:00:00Z,0,5.5\n"
    found["operations"] = operations.read_operations, [plan, b"time,pressure\n0,1e5\n60.5,nan\n"]
    toml = b'[[window]]\nname = "a"\nregion = "0/4/0/4"\nstart = "2001-01-01"\nmc = 2.5\n'
    found["windows"] = read_windows, [toml]
    found["config"] = config.load, [toml]
    records = b'{"schema":"asperity.catalog.bvalue/1","b":1.0,"mc":1.5,"n":9,"distribution":{}}'
    found["report"] = sections_of, [records, b'{"schema":"asperity.evt.replay/1","forecasts":[]}']
    events = b"#EventID|Time|MagType|Magnitude\nab1|1970-01-01T00:00:01|ML|2.3\n"
    found["event-text"] = lambda path: parse_event_text(path.read_text("latin-1")), [events]
    months = b"region,west,east,south,north,month,statistic\na,0,4,0,4,2005-01,1.5\n"
    found["statistics"] = read_statistics, [months + b"a,0,4,0,4,2005-02,\n"]
    found["points"] = read_points, [b"lon,lat\n100.5,30\n101,-31.25\n"]
    found["places"] = read_places, [b"site,lon,lat,height\nAAAA,91.1,29.6,3600\n"]
    found["offsets"] = read_offsets, [b"LHAS 2002-11-14 antenna\n* 2004.9863\n# none\n"]
    return found


def fuzz(name: str, seconds: int, data: Path, findings: Path) -> None:
    """Feed one reader for so many seconds; never returns."""
    import atheris

    from naive.mutations import mutate

    corpus = findings / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=SHARED_MEMORY) as own:
        folder = Path(own)
        with atheris.instrument_imports(include=["asperity"], enable_loader_override=False):
            read, seeds = readers(name, data, folder)[name]
        for seed in seeds:
            (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
            attempt(read, folder, seed, findings / name)
        # What a single read may take is what the process takes once all is loaded, and MEMORY.
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY,) * 2)

        def change(content: bytes, longest: int, seed: int) -> bytes:
            if seed % 3:
                return bytes(atheris.Mutate(content, longest))
            return mutate(content, np.random.default_rng(seed))[:longest]

        options = [
            f"-max_total_time={seconds}", "-rss_limit_mb=0", "-print_final_stats=1", "-timeout=60",
            "-verbosity=0", f"-max_len={max(4096, 2 * max(map(len, seeds)))}",
            f"-artifact_prefix={findings / name}-", str(corpus),
        ]  # fmt: skip
        atheris.Setup(
            [sys.argv[0], *options],
            lambda content: attempt(read, folder, content, findings / name),
            custom_mutator=change,
        )
        atheris.Fuzz()


def attempt(read: Reader, folder: Path, content: bytes, prefix: Path) -> None:
    """Read one input; keep it when something is found."""
    from asperity.core.errors import AsperityError

    path = folder / "input"
    path.write_bytes(content)
    began = time.process_time()
    said = ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            read(path)
    except AsperityError as error:
        if "\n" in str(error).strip() or not str(error).strip():
            said = f"not one line\n{error!r}"
    except Exception:
        said = traceback.format_exc()
    if time.process_time() - began > SLOWEST:
        said = f"took {time.process_time() - began:.0f} s\n{said}"
    if said:
        keep(content, said, prefix)


def keep(content: bytes, said: str, prefix: Path) -> None:
    """Write an input and its traceback, unless one of the same place is there."""
    ours = re.findall(r'File ".*/(asperity/.*?)", line (\d+)', said)
    where = ours[-1] if ours else ("", "")
    mark = hashlib.sha256(repr((where, said.strip().splitlines()[-1][:24])).encode())
    place = prefix.with_name(f"{prefix.name}-{mark.hexdigest()[:10]}")
    if not place.with_suffix(".txt").exists():
        place.with_suffix(".input").write_bytes(content)
        place.with_suffix(".txt").write_text(said)


def campaign(minutes: float, only: list[str], data: Path, findings: Path) -> None:
    """Give each reader its share of the time and print what was done."""
    with tempfile.TemporaryDirectory() as own:
        known = [*catalog_readers(data, Path(own)), *table_readers(data)]
    names = [n for n in known if not only or any(fnmatch(n, pattern) for pattern in only)]
    share = max(5, round(60 * minutes / len(names)))
    print(f"{len(names)} readers, {share} s each", flush=True)
    for name in names:
        end = time.monotonic() + share
        runs = ends = 0
        # The library itself may crash: what is left of the share goes on after it.
        while (left := round(end - time.monotonic())) > 2:
            done = subprocess.run(
                [sys.executable, __file__, "--reader", name, "--seconds", str(left),
                 "--data", str(data), "--findings", str(findings)],
                capture_output=True, text=True, errors="replace", check=False,
            )  # fmt: skip
            counted = re.search(r"stat::number_of_executed_units: *(\d+)", done.stderr)
            runs += int(counted[1]) if counted else 0
            ends += done.returncode != 0
            if done.returncode != 0:
                (findings / f"{name}-end-{ends}.log").write_text(done.stderr[-20_000:])
        kept = len(list(findings.glob(f"{name}-{'?' * 10}.txt")))
        print(f"{name:24} {runs:9} inputs  {kept} findings  {ends} crashes", flush=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30.0, help="in all")
    parser.add_argument("--findings", type=Path, default=Path("findings"))
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ASPERITY_DATA", "data")))
    parser.add_argument("--only", nargs="*", default=[], help="readers, such as 'positions-*'")
    parser.add_argument("--reader", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    findings = given.findings.resolve()
    findings.mkdir(parents=True, exist_ok=True)
    if given.reader:
        fuzz(given.reader, given.seconds, given.data, findings)
    else:
        campaign(given.minutes, given.only, given.data, findings)


if __name__ == "__main__":
    main()
