"""Kill commands with signal 9 at random moments and look at what they leave: a tool, not a test.

    uv run python tests/faults.py --kills 10
    uv run python tests/faults.py --kills 50 --only 'catalog convert' 'evt replay'

Every command runs once to its end; then it is begun and killed again and again, half of the
times at a random moment of its processor time, half of the times shortly after its first file
has appeared, and every other time over the outputs of a run before. Each time

- every file under its final name must be whole, and those of the run before must be there;
- the next run, or `dem resume`, must come to its end, with the result of the first;
- after it no temporary file may be left.

Commands run in forks of this process, in which the libraries are loaded: so the moments fall
into the work, not into imports.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import xarray as xr
from PIL import Image

NOT_THE_RESULT = {
    "wall_seconds", "elapsed_seconds", "contact_updates_per_second", "written", "report", "record",
    "resumed", "time", "provenance", "began", "steps_per_second",
}  # fmt: skip
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Case:
    """A command whose outputs lie in the folder OUT; IN stands for the folder of inputs."""

    words: str
    prepare: tuple[str, ...] = ()
    folder: str = ""

    @property
    def name(self) -> str:
        """The command without its arguments."""
        words = self.words.split()
        return words[0] if words[0] == "demo" else " ".join(words[:2])

    def line(self, inputs: Path, out: Path) -> list[str]:
        """Return the words of the command line."""
        return placed(self.words, inputs, out)

    def next_line(self, inputs: Path, out: Path) -> list[str]:
        """Return what a user types after the command was killed."""
        run = out / self.folder
        if self.folder and any((run / n).is_file() for n in ("checkpoint.nc", "sweep.json")):
            return ["dem", "resume", str(run)]
        there = [p for p in out.rglob("*") if p.is_file() and p.name != ".lock"]
        return [*self.line(inputs, out), *(["--force"] if there and self.name != "demo" else [])]


def placed(words: str, inputs: Path, out: Path) -> list[str]:
    """Return words with the places of inputs and outputs filled in."""
    return [w.replace("IN/", f"{inputs}/").replace("OUT", str(out)) for w in words.split()]


SMOKE = "--case smoke --set loading.strain=0.001 --checkpoint-every 0.05"
CASES = [
    Case("catalog convert IN/a.csv OUT/a.parquet"),
    Case("catalog convert IN/large.parquet OUT/b.parquet"),
    Case("catalog convert IN/a.csv OUT/a.qml"),
    Case("catalog decluster IN/a.csv --method gardner-knopoff -o OUT/d.parquet"),
    Case("evt replay IN/m.csv --mc 1 -o OUT/r.json --figure OUT/r.png"),
    Case("evt sequences IN/m.csv --whole --mc 1 -o OUT/database"),
    Case("evt calibrate IN/sequences --mc 1 --bootstrap 2 -o OUT/c.json --figure OUT/c.png"),
    Case("report build IN/r.json -o OUT/r.html", ("evt replay IN/m.csv --mc 1 -o IN/r.json",)),
    Case("gnss strain IN/v.csv --region 0.5/3.5/0.5/3.5 --spacing 0.25 -o OUT/s.nc"),
    Case("gnss false-alarms --draws 100 -o OUT/f.json"),
    Case(
        "gnss criteria IN/s.nc --faults IN/faults.gmt --catalog IN/a.csv -o OUT/k.json",
        ("gnss strain IN/v.csv --region 0.5/3.5/0.5/3.5 --spacing 0.25 -o IN/s.nc",),
    ),
    Case(f"dem run {SMOKE} -o OUT/run", folder="run"),
    Case(f"dem sweep {SMOKE} --seeds 2 -o OUT/sweep", folder="sweep"),
    Case("dem calibrate --case smoke --test tension --target young=40e9 -o OUT/c.json"),
    Case(
        "dem nucleation IN/one IN/two -o OUT/n.json --figure OUT/n.png",
        ("dem run --case smoke -o IN/one", "dem run --case smoke --seed 1 -o IN/two"),
    ),
    Case("demo --folder OUT"),
]


def make_inputs(folder: Path) -> None:
    """Write small catalogs, velocities and faults."""
    from asperity.core import Catalog, write_catalog

    rng = np.random.default_rng(1)

    def catalog(n: int) -> Catalog:
        return Catalog.from_columns(
            {
                "time": np.sort(rng.integers(0, 10**18, n)),
                "magnitude": (1.0 + rng.exponential(0.43, n)).round(2),
                "latitude": rng.uniform(0, 4, n).round(4),
                "longitude": rng.uniform(0, 4, n).round(4),
                "depth": rng.uniform(0, 2e4, n).round(),
            }
        )

    write_catalog(catalog(4000), folder / "a.csv")
    write_catalog(catalog(400), folder / "m.csv")
    write_catalog(catalog(300_000), folder / "large.parquet")
    (folder / "sequences").mkdir()
    for i in range(8):
        write_catalog(catalog(200), folder / "sequences" / f"s{i}.csv")
    rows = [
        f"S{i:03d},{lon:.4f},{lat:.4f},{9 * np.tanh(lat - 2):.3f},{rng.normal():.3f},1,1"
        for i, (lon, lat) in enumerate(rng.uniform(0, 4, (40, 2)))
    ]
    (folder / "v.csv").write_text("\n".join(["site,lon,lat,ve,vn,se,sn", *rows]) + "\n")
    (folder / "faults.gmt").write_text("> \n1 1\n2 2\n> \n2 1\n3 1.5\n")


# -- one command --------------------------------------------------------------


def begin(words: list[str], log: Path) -> int:
    """Begin a command in a fork of this process, and return its number."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        os.setpgid(0, 0)
        with log.open("w") as stream:
            for number in (1, 2):
                os.dup2(stream.fileno(), number)
        sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
        code = call(words)
        sys.stdout.flush()
    finally:
        os._exit(code)


def call(words: list[str]) -> int:
    """Run a command in this process, and return its exit code."""
    from asperity.core.cli import main

    sys.argv = ["asperity", *words]
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def finish(words: list[str], log: Path) -> tuple[int, float]:
    """Run a command in a fork to its end; return its exit code and its processor time."""
    _, status, usage = os.wait4(begin(words, log), 0)
    return os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime


def spent(pid: int) -> float | None:
    """Return the processor time of a child; None when it has ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return None if fields[0] == "Z" else (int(fields[11]) + int(fields[12])) / TICK


def kill(words: list[str], log: Path, out: Path, moment: float, at_a_file: bool) -> str:
    """Begin a command and kill it; return when: ``before``, ``amid`` or ``after`` its files."""
    known = stamps(out)
    pid = begin(words, log)
    while (used := spent(pid)) is not None:
        if at_a_file and stamps(out) != known:
            time.sleep(moment * 0.1)
            break
        if not at_a_file and used >= moment:
            break
        time.sleep(0.001)
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if os.WIFEXITED(status):
        return "after"
    return "amid" if stamps(out) != known else "before"


def stamps(folder: Path) -> dict[str, int]:
    """Return the files of a folder with the times of their last change."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place) / name
            try:
                found[str(path)] = path.stat().st_mtime_ns
            except FileNotFoundError:
                continue
    return found


# -- what is left -------------------------------------------------------------


def content(path: Path) -> Any:
    """Read a file to its end and return what of it is the result; raises where it is not whole."""
    match path.suffix:
        case ".parquet":
            return {k: repr(v) for k, v in pq.read_table(path).to_pydict().items()}
        case ".nc":
            dataset = xr.load_dataset(path, engine="h5netcdf", decode_times=False)
            return {str(k): v.values.tobytes() for k, v in dataset.items()}
        case ".json" | ".prov":
            return result_of(json.loads(path.read_text()))
        case ".jsonl":
            return [json.loads(line) for line in path.read_text().splitlines()]
        case ".toml":
            return tomllib.loads(path.read_text())
        case ".csv":
            return list(csv.reader(path.read_text().splitlines(), strict=True))
        case ".png":
            with Image.open(path) as picture:
                picture.load()
            return None
        case ".html" | ".qml" | ".svg":
            text = path.read_text()
            assert text.rstrip().endswith(("</html>", "</svg>", "quakeml>")), "cut off"
            return None
    raise AssertionError(f"{path.name}: nothing is known of such files")


def result_of(document: Any) -> Any:
    """Return a document without what differs from run to run."""
    if isinstance(document, dict):
        return {k: result_of(v) for k, v in document.items() if k not in NOT_THE_RESULT}
    return [result_of(v) for v in document] if isinstance(document, list) else document


def visible(out: Path) -> dict[str, Path]:
    """Return the files under their final names."""
    return {
        str(p.relative_to(out)): p
        for p in sorted(out.rglob("*"))
        if p.is_file() and not p.name.startswith(".")
    }


def is_record(name: str) -> bool:
    """Return whether a file says how others were made, which differs from run to run."""
    return name.endswith((".prov.json", "provenance.json", "checkpoint.nc", "sweep.json"))


# -- the campaign -------------------------------------------------------------


@dataclass
class Found:
    """What became of the kills of one command."""

    name: str
    moments: dict[str, int] = field(default_factory=lambda: {"before": 0, "amid": 0, "after": 0})
    findings: list[str] = field(default_factory=list)


def try_case(case: Case, kills: int, seed: int, place: Path, say: Callable[[str], None]) -> Found:
    """Kill one command so many times."""
    rng = np.random.default_rng([seed, *case.name.encode()])
    inputs, log = place / "inputs", place / "log"
    for words in case.prepare:
        made = placed(words, inputs, place)
        if not Path(made[made.index("-o") + 1]).exists():
            assert call([*made, "-q"]) == 0, words
    first = place / "first" / case.words.replace("/", "_")[:40]
    first.mkdir(parents=True)
    assert call([*case.line(inputs, first), "-q"]) == 0, case.words
    shutil.rmtree(first)
    first.mkdir()
    code, processor = finish(case.line(inputs, first), log)
    assert code == 0, log.read_text()
    expected = {n: content(p) for n, p in visible(first).items() if not is_record(n)}
    found = Found(case.name)
    for number in range(kills):
        out = place / "out"
        shutil.rmtree(out, ignore_errors=True)
        old = number % 4 > 1
        shutil.copytree(first, out) if old else out.mkdir()
        words = case.line(inputs, out)
        words += ["--force"] if old and case.name != "demo" else []
        when = kill(words, log, out, rng.uniform(0.0, 1.05) * processor, bool(number % 2))
        found.moments[when] += 1
        for complaint in left_wrong(case, inputs, out, log, old, expected):
            found.findings.append(f"kill {number} ({when}{', over old files' * old}): {complaint}")
            say(f"  {case.name}: {found.findings[-1]}")
    return found


def left_wrong(
    case: Case, inputs: Path, out: Path, log: Path, old: bool, expected: dict[str, Any]
) -> list[str]:
    """Return what is wrong with what a killed command left, and with the next run."""
    wrong = []
    for name, path in visible(out).items():
        try:
            content(path)
        except Exception as error:
            wrong.append(f"{name} is not whole: {error!r}")
    if old and not case.folder:
        wrong += [f"{n} of the run before is gone" for n in expected if n not in visible(out)]
    code, _ = finish(case.next_line(inputs, out), log)
    if code != 0:
        return [*wrong, f"the next run ends with {code}: {log.read_text().strip()[-300:]}"]
    for name, value in expected.items():
        if name not in visible(out):
            wrong.append(f"the next run does not write {name}")
        elif content(out / name) != value:
            wrong.append(f"the next run gives another {name}")
    wrong += [f"{p} is left" for p in out.rglob(".*.part*")]
    return wrong


def main() -> None:
    """Read the command line, and print one line for each command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=10, help="of each command")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[], help="such as 'dem run'")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="asperity faults é ") as own:
        place = Path(own)
        (place / "inputs").mkdir()
        make_inputs(place / "inputs")
        for case in CASES:
            if given.only and case.name not in given.only:
                continue
            began = time.monotonic()
            found = try_case(case, given.kills, given.seed, place, print)
            print(
                f"{case.words.split(' -', 1)[0]:48} {found.moments} "
                f"{len(found.findings)} findings, {time.monotonic() - began:.0f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
