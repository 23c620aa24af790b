"""Benchmarks of the catalog layer."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from asperity.core.benchmark import Benchmark
from asperity.core.catalog import Catalog
from asperity.core.errors import InputError

__all__ = ["catalog_io", "quakeml", "random_catalog"]

EVENTS = 1_000_000
QUAKEML_EVENTS = 100_000
QUAKEML_SHARE = 0.01


def random_catalog(n: int, seed: int) -> Catalog:
    """Return a catalog of `n` random events over thirty years, in time order."""
    rng = np.random.default_rng(seed)
    return Catalog.from_columns(
        {
            "time": np.sort(rng.integers(0, 10**18, n)),
            "magnitude": np.round(rng.exponential(0.43, n), 2),
            "latitude": rng.uniform(30.0, 40.0, n),
            "longitude": rng.uniform(-100.0, -90.0, n),
            "depth": np.round(rng.uniform(0.0, 10_000.0, n), 1),
        },
        sort=False,
    )


def _scratch_folder() -> Path:
    """Return a folder that is removed when the program ends."""
    folder = Path(tempfile.mkdtemp(prefix="asperity-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def catalog_io(seed: int) -> Benchmark:
    """Write and read a catalog of a million events, against plain Arrow without a schema."""
    import pyarrow.parquet as pq

    from asperity.core.formats import read_catalog, write_catalog

    catalog = random_catalog(EVENTS, seed)
    table = catalog.to_arrow()
    folder = _scratch_folder()
    ours, plain = (folder / name for name in ("ours.parquet", "plain.parquet"))

    def kernel() -> Any:
        write_catalog(catalog, ours)
        return read_catalog(ours).catalog

    def reference() -> Any:
        pq.write_table(table, plain, compression="zstd")
        return pq.read_table(plain, use_threads=False)

    return Benchmark(
        "catalog-io",
        kernel,
        reference,
        "pyarrow, the same table written and read without a schema or checks",
        details={"events": EVENTS, "seed": seed},
    )


def quakeml(seed: int) -> Benchmark:
    """Read 100,000 events of QuakeML, against ObsPy."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # ObsPy looks up its plug-ins in a deprecated way
            from obspy import read_events
    except ImportError:
        raise InputError(
            "the benchmark quakeml is measured against ObsPy, which is not installed; "
            "install asperity-core[quakeml]"
        ) from None
    from asperity.core.formats import read_catalog, write_catalog

    catalog = random_catalog(QUAKEML_EVENTS, seed)
    folder = _scratch_folder()
    whole, part = (folder / name for name in ("whole.xml", "part.xml"))
    write_catalog(catalog, whole)
    # ObsPy's time grows with the number of events: a hundredth stands for the whole.
    write_catalog(catalog.select(slice(0, round(QUAKEML_SHARE * QUAKEML_EVENTS))), part)

    def kernel() -> Any:
        return read_catalog(whole).catalog

    def reference() -> Any:
        return read_events(str(part))

    return Benchmark(
        "quakeml",
        kernel,
        reference,
        f"ObsPy ({QUAKEML_SHARE:.0%} of the events timed)",
        reference_share=QUAKEML_SHARE,
        details={"events": QUAKEML_EVENTS, "seed": seed},
    )
