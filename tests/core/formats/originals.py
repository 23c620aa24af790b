"""One small file or more of every catalog format, to be damaged: real ones where there are some."""

from pathlib import Path

import numpy as np

from asperity.core import Catalog
from asperity.core.formats import format_names, write_catalog

CSV = "time,latitude,longitude,depth_km,mag,magType,cluster\n" + "".join(
    f"2019-08-{d:02d}T07:30:{d:02d}.5Z,53.{d},-2.9{d},2.{d},1.{d},ML,{d}\n" for d in range(1, 21)
)
NDK = """\
PDEW 2006/04/09 20:50:46.0 -20.45  -70.24  34.6 5.5 5.8 NEAR COAST OF NORTHERN C
C200604092050A   B: 88  166  40 S: 96  189  50 M: 41   52 125 CMT: 1 TRIHD:  1.8
CENTROID:      5.3 0.1 -20.46 0.01  -70.73 0.01  39.0  0.4 FREE S-20060726112355
24  4.180 0.069 -1.700 0.046 -2.480 0.060 -1.050 0.052 -2.410 0.075 -2.280 0.038
V10   4.975 73 100   0.120  8 216  -5.095 15 308   5.035  49 30  106 211 61   81
"""


def drawn_catalog(n=12):
    rng = np.random.default_rng(5)
    tensor = {c: rng.normal(0, 1e17, n) for c in ("mrr", "mtt", "mpp", "mrt", "mrp", "mtp")}
    return Catalog.from_columns(
        {
            "event_id": np.array([str(1000 + i) for i in range(n)], dtype=object),
            "time": np.arange(n) * 86_400 * 10**9,
            "magnitude": rng.normal(2, 1, n).round(2),
            "magnitude_type": np.array(["ML", "Mw", ""] * (n // 3), dtype=object),
            "latitude": rng.uniform(-60, 60, n).round(4),
            "longitude": rng.uniform(-160, 160, n).round(4),
            "depth": rng.uniform(0, 2e4, n).round(),
            "region": np.array(["Valais", "a, b", "Ünal"] * (n // 3), dtype=object),
            **tensor,
        }
    )


def originals(data_folder: Path, folder: Path) -> dict[str, bytes]:
    """Return FORMAT/NAME -> bytes; `folder` takes the files that are made."""
    files = {
        "csv/made.csv": CSV.encode(),
        "ndk/a.ndk": "".join(NDK.replace("2050A", f"2050{c}") for c in "ABC").encode(),
    }
    for name, rows in (
        ("csv/oklahoma-ogs.csv", 30), ("csv/basel.csv", 30), ("csv/midland-texnet.csv", 30),
        ("isc-gem/isc-gem-v3.csv", 40), ("scec-dc/scedc-1994.catalog", 40),
        ("psmeca/alpides-psmeca.txt", 40),
    ):  # fmt: skip
        lines = (data_folder / name.split("/")[1]).read_bytes().splitlines(keepends=True)
        files[name] = b"".join(lines[:rows])
    for name in ("red-deer.mat", "prague.mat", "peace-river.mat"):
        files[f"matlab/{name}"] = (data_folder / name).read_bytes()
    catalog = drawn_catalog()
    for fmt, suffix in (("parquet", ".parquet"), ("netcdf", ".nc"), ("quakeml", ".qml"),
                        ("zmap", ".zmap"), ("csep", ".csep"), ("hypodd", ".reloc")):  # fmt: skip
        path = folder / f"made{suffix}"
        write_catalog(catalog, path)
        files[f"{fmt}/made{suffix}"] = path.read_bytes()
    assert {name.split("/")[0] for name in files} == set(format_names())
    return files
