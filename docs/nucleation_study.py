"""Print the tables of nucleation-study.md from a sweep and its studies.

asperity dem sweep --case paper --published-spreads -o ensemble --executor local:2
asperity dem nucleation ensemble -o study
asperity dem nucleation ensemble --preset published -o study-published
python docs/nucleation_study.py ensemble study study-published
"""

import json
import sys
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from asperity.dem.folder import told
from asperity.dem.published import SIMULATIONS


def spread(values):
    """Return median and range of numbers."""
    v = np.array([x for x in values if x is not None and np.isfinite(x)], float)
    return f"{np.median(v):.3g} ({v.min():.3g} to {v.max():.3g})" if len(v) else "-"


def stresses(folder):
    """Return rows of stresses: published, and here."""
    here = {s.name: told(folder / s.name) for s in SIMULATIONS if (folder / s.name).is_dir()}
    known = [s for s in SIMULATIONS if s.name in here and here[s.name]["stress_drops"]]
    largest = {s.name: max(here[s.name]["stress_drops"], key=lambda d: d["drop"]) for s in known}
    width = [(s.largest - s.smallest) * 1e3 for s in known]
    columns = {
        "peak, MPa": ([s.peak / 1e6 for s in known],
                      [here[s.name]["peak_deviator"] / 1e6 for s in known]),
        "after the drop, MPa": ([s.after / 1e6 for s in known],
                                [largest[s.name]["low"] / 1e6 for s in known]),
        "drop, MPa": ([s.drop / 1e6 for s in known],
                      [largest[s.name]["drop"] / 1e6 for s in known]),
        "drop, % of the peak": ([100 * s.drop / s.peak for s in known],
                                [100 * d["drop"] / d["peak"] for d in largest.values()]),
    }  # fmt: skip
    print(
        f"\n{len(known)} simulations with a drop of {len(here)}; wall time of all "
        f"{sum(v['wall_seconds'] for v in here.values()) / 60:.0f} minutes of one core\n"
    )
    print("| | published | here | rank correlation with the grain-size spread, published | here |")
    print("|---|---|---|---|---|")
    for name, (theirs, ours) in columns.items():
        rho = [spearmanr(width, values) for values in (theirs, ours)]
        print(
            f"| {name} | {spread(theirs)} | {spread(ours)} | "
            + " | ".join(f"{r.statistic:.2f} (p {r.pvalue:.2g})" for r in rho)
            + " |"
        )
    young = [v["young"] / 1e9 for v in here.values() if v["young"]]
    breaks = {
        k: [v["elementary_events"][k] for v in here.values()]
        for k in ("joint_shear", "joint_tension", "flat_joint_shear", "flat_joint_tension")
    }
    print(f"| Young's modulus by the platens, GPa | 38 to 40 | {spread(young)} | | |")
    for kind, values in breaks.items():
        print(f"| breaks, {kind.replace('_', ' ')} | | {spread(values)} | | |")
    fore = [v["foreshocks"] for v in here.values()]
    print(f"| events of the fault before the drop | | {spread(fore)} | | |")
    closure = [100 * v["energy_closure"] for v in here.values()]
    print(f"| closure error of the energies, % | | {spread(closure)} | | |")


def study(path):
    """Print what a study found."""
    document = json.loads((path / "study.json").read_text())
    runs = document["simulations"]
    print(
        f"\n### {document['preset']}: {len(runs)} simulations, "
        f"{len(document['set_aside'])} set aside\n\n{document['decision']}. "
        f"Mechanism: {document['mechanism']['verdict']}.\n"
    )
    for key in ("foreshocks", "episodes", "b", "dimension", "slipped_share",
                "aseismic_moment_share"):  # fmt: skip
        print(f"- {key.replace('_', ' ')}: {spread([r[key] for r in runs])}")
    found = document["mechanism"]
    print(
        f"- failed by a jump {found['failed_by_jump']:.2f}, by loading "
        f"{found['failed_by_slope']:.2f} of {found['failed']}; migration {found['migration']:.2f}\n"
    )
    print("| statement | published | here | verdict |\n|---|---|---|---|")
    for row in document["comparison"]:
        print(
            "| " + " | ".join(row[k] for k in ("statement", "published", "here", "verdict")) + " |"
        )
    null = [t for t in document["trees"] if t["linkage"] == "single"]
    for t in null:
        low = [lv["k"] for lv in t["levels"] if lv["p_random_tree"] < 0.05 / len(t["levels"])]
        print(f"\nPaper-style null (random trees), {t['metric']}, single: rejects at k = {low}")


if __name__ == "__main__":
    stresses(Path(sys.argv[1]))
    for name in sys.argv[2:]:
        study(Path(name))
