"""Large catalogs: seconds and peak memory of Parquet, CSV and QuakeML.

    python benchmarks/catalog_scale.py --events 1e7
    python benchmarks/catalog_scale.py --csv 1e6
    python benchmarks/catalog_scale.py --quakeml 1e5 --obspy

The catalog is synthetic: thirty years of times to the millisecond, identifiers of eight
digits, Gutenberg-Richter magnitudes, places, depths and two uncertainties. Each step runs
in a process of its own, so that its peak memory is its own. With --obspy (which has to be
installed) the readers of QuakeML run in turn on the same file.
"""

import argparse
import importlib.metadata
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

SAMPLE = """
import numpy as np
from asperity.core.catalog import STRING, Catalog

def sample(n):
    rng = np.random.default_rng(0)
    return Catalog.from_columns(
        {
            "event_id": np.arange(10_000_000, 10_000_000 + n).astype(STRING),
            "time": np.sort(rng.integers(631_152_000_000, 1_577_836_800_000, n)) * 1_000_000,
            "magnitude": np.round(rng.exponential(0.4343, n), 2),
            "magnitude_type": rng.integers(0, 2, n).astype(np.int8),
            "latitude": np.round(rng.uniform(32.0, 37.0, n), 4),
            "longitude": np.round(rng.uniform(-122.0, -114.0, n), 4),
            "depth": np.round(rng.uniform(0.0, 20_000.0, n), -1),
            "depth_uncertainty": np.round(rng.exponential(800.0, n)),
            "horizontal_uncertainty": np.round(rng.exponential(400.0, n)),
        },
        categories={"magnitude_type": ["ML", "Mw"]},
        sort=False,
    )
"""
STEP = """
import resource, sys, time
from pathlib import Path
from asperity.core.formats import read_catalog, write_catalog
path, events = Path(sys.argv[1]), int(sys.argv[2])
{prepare}
start, worked = time.perf_counter(), time.process_time()
{step}
seconds, worked = time.perf_counter() - start, time.process_time() - worked
print(seconds, worked, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, n)
"""
# Thirty years: 1 % is 110 days.
STEPS = {
    "write": (SAMPLE + "c = sample(events)", "write_catalog(c, path); n = len(c)"),
    "read": ("", "n = len(read_catalog(path).catalog)"),
    "1 % window": (
        "read_catalog(path, start='1995-01-01', end='1995-01-02')",
        "n = len(read_catalog(path, start='2001-01-01', end='2001-04-21').catalog)",
    ),
}
ALTERNATE = """
import statistics, sys, time, warnings
from pathlib import Path
from lxml import etree
from asperity.core.formats import read_catalog
warnings.simplefilter("ignore")
path, rounds = Path(sys.argv[1]), int(sys.argv[2])
BED = "{http://quakeml.org/xmlns/bed/1.2}"
FIELDS = [f".//{BED}{n}/{BED}value" for n in ("time", "latitude", "longitude", "depth", "mag")]

def five_fields(path):
    rows = []
    for _, event in etree.iterparse(str(path), tag=BED + "event"):
        rows.append([event.findtext(name) for name in FIELDS])
        event.clear()
        while event.getprevious() is not None:
            del event.getparent()[0]
    return rows

readers = {"asperity": read_catalog, "lxml, five fields": five_fields}
if sys.argv[3] == "obspy":
    import obspy
    readers["obspy"] = lambda p: obspy.read_events(str(p), format="QUAKEML")
seconds = {name: [] for name in readers}
for _ in range(rounds):
    for name, read in readers.items():
        start = time.perf_counter()
        read(path)
        seconds[name].append(time.perf_counter() - start)
for name in readers:
    ratio = statistics.median(s / o for s, o in zip(seconds[name], seconds["asperity"]))
    print(f"{name:20s} {statistics.median(seconds[name]):9.2f} s  {ratio:7.2f} x")
"""


def run(code: str, *arguments: object) -> str:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def measure(path: Path, events: int, rounds: int) -> None:
    print(f"{path.suffix[1:]}, {events:,} events")
    for name, (prepare, step) in STEPS.items():
        if name == "1 % window" and path.suffix != ".parquet":
            continue
        code = STEP.format(prepare=prepare, step=step)
        found = [[float(v) for v in run(code, path, events).split()] for _ in range(rounds)]
        seconds = sorted(f[0] for f in found)
        print(
            f"  {name:11s} {seconds[len(seconds) // 2]:8.3f} s (best {seconds[0]:.3f}, processor "
            f"{min(f[1] for f in found):.3f})  peak {max(f[2] for f in found):.2f} GB  "
            f"{found[0][3]:,.0f} events"
        )
    print(f"  file        {path.stat().st_size / 1e6:,.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=float, help="events of the Parquet catalog")
    parser.add_argument("--csv", type=float, help="events of the CSV table")
    parser.add_argument("--quakeml", type=float, help="events of the QuakeML document")
    parser.add_argument("--obspy", action="store_true", help="read the QuakeML with ObsPy, too")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the files are written")
    given = parser.parse_args()
    packages = ["numpy", "pyarrow", "xarray", "lxml", *(["obspy"] if given.obspy else [])]
    versions = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in packages)
    print(f"Python {platform.python_version()}, {versions}, {platform.machine()}")
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        if given.events:
            measure(Path(folder) / "catalog.parquet", int(given.events), given.rounds)
        if given.csv:
            measure(Path(folder) / "catalog.csv", int(given.csv), given.rounds)
        if given.quakeml:
            path = Path(folder) / "catalog.qml"
            run(
                STEP.format(prepare=STEPS["write"][0], step=STEPS["write"][1]),
                path,
                int(given.quakeml),
            )
            print(f"quakeml, {int(given.quakeml):,} events, {path.stat().st_size / 1e6:.0f} MB")
            print(run(ALTERNATE, path, given.rounds, "obspy" if given.obspy else "-"), end="")


if __name__ == "__main__":
    main()
