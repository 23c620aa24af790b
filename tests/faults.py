"""Kill commands with signal 9 at random moments, or fill their disk: a tool, not a test.

    uv run python tests/faults.py --kills 10
    uv run python tests/faults.py --kills 50 --only 'catalog convert' 'evt replay'
    sudo .venv/bin/python tests/faults.py --full-disk

Kills: every command runs once to its end; then it is begun and killed again and again, half of the
times at a random moment of its processor time, half of the times shortly after its first file
has appeared, and every other time over the outputs of a run before. Each time

- every file under its final name must be whole, and those of the run before must be there;
- the next run, or `dem resume`, must come to its end, with the result of the first;
- after it no temporary file may be left.

A full disk: every command runs on a file system of its own, in memory, which only root may mount.
It has room for all outputs first, and then for a part of them, every other time beside the outputs
of a run before. Each time the command must end with code 1 and one line that names the reason;
files must be whole, as after a kill, and no temporary one left; and the next run, with room, must
give the result of the first.

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
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
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
    Case("dem calibrate --case smoke --test tension --target young=66e9 --steps 1 -o OUT/c.toml"),
    Case(
        "dem nucleation IN/one IN/two --draws 200 -o OUT/n",
        ("dem run --case smoke -o IN/one", "dem run --case smoke --seed 1 -o IN/two"),
    ),
    Case("demo --folder OUT"),
]
ON_A_FULL_DISK = [
    *(
        Case(f"catalog convert IN/a.csv OUT/a.{suffix}")
        for suffix in ("csv", "nc", "zmap", "csep", "reloc")
    ),
    *(Case(f"catalog convert IN/tensors.csv OUT/a.{suffix}") for suffix in ("ndk", "psmeca")),
    Case("catalog filter IN/a.csv --where magnitude>1.2 -o OUT/f.csv"),
    Case(
        "gnss map IN/s.nc --figure OUT/m.png",
        ("gnss strain IN/v.csv --region 0.5/3.5/0.5/3.5 --spacing 0.25 -o IN/s.nc",),
    ),
]
ROOM = (0.0, 0.02, 0.3, 0.7, 0.97)


def make_inputs(folder: Path) -> None:
    """Write small catalogs, velocities and faults."""
    from asperity.core import Catalog, write_catalog

    rng = np.random.default_rng(1)

    def catalog(n: int, *tensor: str) -> Catalog:
        return Catalog.from_columns(
            {
                "event_id": [f"e{i}" for i in range(n)],
                "time": np.sort(rng.integers(0, 10**18, n)),
                "magnitude": (1.0 + rng.exponential(0.43, n)).round(2),
                "latitude": rng.uniform(0, 4, n).round(4),
                "longitude": rng.uniform(0, 4, n).round(4),
                "depth": rng.uniform(0, 2e4, n).round(),
                **{component: rng.normal(0.0, 1e17, n).round(-14) for component in tensor},
            }
        )

    write_catalog(catalog(4000), folder / "a.csv")
    write_catalog(catalog(400), folder / "m.csv")
    write_catalog(catalog(400, "mrr", "mtt", "mpp", "mrt", "mrp", "mtp"), folder / "tensors.csv")
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
        sys.stderr.flush()
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


def call_quietly(words: list[str]) -> int:
    """Run a command in this process without its result, and return its exit code."""
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        return call([*words, "-q"])


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
        case ".zmap" | ".csep" | ".reloc" | ".ndk" | ".psmeca":
            return path.read_text()
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


def first_run(case: Case, place: Path) -> tuple[Path, float, dict[str, Any]]:
    """Run one command to its end; return its outputs, its processor time and its result."""
    inputs, log = place / "inputs", place / "log"
    for words in case.prepare:
        made = placed(words, inputs, place)
        if not Path(made[made.index("-o") + 1]).exists():
            assert call_quietly(made) == 0, words
    first = place / "first" / case.words.replace("/", "_")[:40]
    first.mkdir(parents=True)
    assert call_quietly(case.line(inputs, first)) == 0, case.words
    shutil.rmtree(first)
    first.mkdir()
    code, processor = finish(case.line(inputs, first), log)
    assert code == 0, log.read_text()
    expected = {n: content(p) for n, p in visible(first).items() if not is_record(n)}
    return first, processor, expected


def try_case(case: Case, kills: int, seed: int, place: Path, say: Callable[[str], None]) -> Found:
    """Kill one command so many times."""
    rng = np.random.default_rng([seed, *case.name.encode()])
    inputs, log = place / "inputs", place / "log"
    first, processor, expected = first_run(case, place)
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
    wrong = not_whole(out)
    if old and not case.folder:
        wrong += [f"{n} of the run before is gone" for n in expected if n not in visible(out)]
    return wrong + next_run_wrong(case, inputs, out, log, expected)


def not_whole(out: Path) -> list[str]:
    """Return which files under their final names cannot be read to their end."""
    wrong = []
    for name, path in visible(out).items():
        try:
            content(path)
        except Exception as error:
            wrong.append(f"{name} is not whole: {error!r}")
    return wrong


def next_run_wrong(
    case: Case, inputs: Path, out: Path, log: Path, expected: dict[str, Any]
) -> list[str]:
    """Return what is wrong with the next run, and what is left after it."""
    code, _ = finish(case.next_line(inputs, out), log)
    if code != 0:
        return [f"the next run ends with {code}: {log.read_text().strip()[-300:]}"]
    wrong = []
    for name, value in expected.items():
        if name not in visible(out):
            wrong.append(f"the next run does not write {name}")
        elif content(out / name) != value:
            wrong.append(f"the next run gives another {name}")
    return wrong + [f"{p} is left" for p in out.rglob(".*.part*")]


# -- a full disk --------------------------------------------------------------


@contextmanager
def own_disk(place: Path, size: int) -> Iterator[Path]:
    """Yield a folder that is a file system of its own; only root may mount one."""
    disk = place / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)
        disk.rmdir()


def fill_disk(case: Case, place: Path, say: Callable[[str], None]) -> Found:
    """Run one command on a disk that has room for a part of its outputs, and once more with it."""
    inputs, log = place / "inputs", place / "log"
    first, _, expected = first_run(case, place)
    needed = sum(path.stat().st_blocks * 512 for path in first.rglob("*") if path.is_file())
    found = Found(case.name, {"refused": 0, "fits": 0})
    for number, share in enumerate(ROOM):
        with own_disk(place, 4 * needed + 2**22) as disk:
            out, old = disk / "out", number % 2 == 1
            shutil.copytree(first, out) if old else out.mkdir()
            words = case.line(inputs, out)
            words += ["--force"] if old and case.name != "demo" else []
            filler = disk / "filler"
            free = shutil.disk_usage(disk).free - round(share * needed)
            with filler.open("wb") as stream:
                os.posix_fallocate(stream.fileno(), 0, free)
            code, _ = finish(words, log)
            wrong = [] if code == 0 else told_wrongly(code, log.read_text())
            wrong += not_whole(out)
            found.moments["refused" if code else "fits"] += 1
            if old and not case.folder:
                wrong += [f"{n} is another" for n in expected if content(out / n) != expected[n]]
            wrong += [f"{p} is left" for p in out.rglob(".*.part*")]
            filler.unlink()
            wrong += next_run_wrong(case, inputs, out, log, expected)
        for complaint in wrong:
            found.findings.append(
                f"room for {share:.0%}{', over old files' * old}, exit {code}: {complaint}"
            )
            say(f"  {case.name}: {found.findings[-1]}")
    if not found.moments["refused"]:
        found.findings.append("the disk was never full")
    return found


def told_wrongly(code: int, said: str) -> list[str]:
    """Return what is wrong with what a command says of a full disk."""
    lines = [line for line in said.splitlines() if line.startswith("asperity: error: ")]
    wrong = [] if code == 1 else [f"the exit code is {code}"]
    if len(lines) != 1 or "No space left on device" not in lines[0]:
        wrong.append(f"it is not told in one line: {said.strip()[-600:]!r}")
    return wrong


def main() -> None:
    """Read the command line, and print one line for each command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=10, help="of each command")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[], help="such as 'dem run'")
    parser.add_argument("--full-disk", action="store_true", help="instead of kills; as root")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="asperity faults é ") as own:
        place = Path(own)
        (place / "inputs").mkdir()
        make_inputs(place / "inputs")
        for case in [*CASES, *ON_A_FULL_DISK] if given.full_disk else CASES:
            if given.only and case.name not in given.only:
                continue
            began = time.monotonic()
            if given.full_disk:
                found = fill_disk(case, place, print)
            else:
                found = try_case(case, given.kills, given.seed, place, print)
            print(
                f"{case.words.split(' -', 1)[0]:48} {found.moments} "
                f"{len(found.findings)} findings, {time.monotonic() - began:.0f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
