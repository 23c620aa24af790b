"""Print the tables of nucleation-study.md from sweeps and their studies.

For N = 0, 1, 2, 3:

asperity dem sweep --case paper --published-spreads --set fault.strength_seed=N -o sweep-N
asperity dem nucleation sweep-N -o study-N
asperity dem nucleation sweep-N --preset published -o published-N

and then python docs/nucleation_study.py, in the folder that holds them.
"""

import json
from pathlib import Path

import numpy as np
from scipy.stats import pearsonr, rankdata, spearmanr

from asperity.dem.laboratory.folder import told
from asperity.dem.laboratory.published import SIMULATIONS

SEEDS = [n for n in range(4) if Path(f"study-{n}").is_dir()]


def spread(values):
    """Return median and range of numbers."""
    v = np.array([x for x in values if x is not None and np.isfinite(x)], float)
    return f"{np.median(v):.3g} ({v.min():.3g} to {v.max():.3g})" if len(v) else "-"


def table(header, rows):
    """Print a table."""
    print("\n| " + " | ".join(header) + " |\n|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")


def correlation(x, y):
    """Return Spearman's correlation as text."""
    found = spearmanr(x, y)
    return f"{found.statistic:.2f} (p {found.pvalue:.2g})"


def macroscopic():
    """Print stresses, breaks and times of all sweeps beside the published ones."""
    runs = {n: [told(Path(f"sweep-{n}") / s.name) for s in SIMULATIONS] for n in SEEDS}
    drops = {n: [max(r["stress_drops"], key=lambda d: d["drop"], default=None) for r in every]
             for n, every in runs.items()}  # fmt: skip
    width = [(s.largest - s.smallest) * 1e3 for s in SIMULATIONS]

    def here(make):
        return [spread([make(r, d) for r, d in zip(runs[n], drops[n], strict=True) if d])
                for n in SEEDS]  # fmt: skip

    kinds = ("joint_shear", "joint_tension", "flat_joint_shear", "flat_joint_tension")
    table(
        ["", "published", *(f"strengths {n}" for n in SEEDS)],
        [
            ["peak deviator, MPa", spread([s.peak / 1e6 for s in SIMULATIONS]),
             *here(lambda r, d: r["peak_deviator"] / 1e6)],
            ["after the drop, MPa", spread([s.after / 1e6 for s in SIMULATIONS]),
             *here(lambda r, d: d["low"] / 1e6)],
            ["drop, MPa", spread([s.drop / 1e6 for s in SIMULATIONS]),
             *here(lambda r, d: d["drop"] / 1e6)],
            ["drop, % of the peak", spread([100 * s.drop / s.peak for s in SIMULATIONS]),
             *here(lambda r, d: 100 * d["drop"] / d["peak"])],
            ["grain-size spread and peak",
             correlation(width, [s.peak for s in SIMULATIONS]),
             *(correlation(width, [r["peak_deviator"] for r in runs[n]]) for n in SEEDS)],
            ["grain-size spread and drop",
             correlation(width, [s.drop for s in SIMULATIONS]),
             *(correlation(width, [d["drop"] for d in drops[n]]) for n in SEEDS)],
            ["Young's modulus by the platens, GPa", "38 to 40",
             *here(lambda r, d: r["young"] and r["young"] / 1e9)],
            *([f"breaks, {kind.replace('_', ' ')}", "",
               *here(lambda r, d, kind=kind: r["elementary_events"][kind])] for kind in kinds),
            ["closure error of the energies, %", "",
             *here(lambda r, d: 100 * r["energy_closure"])],
            ["computing, minutes of one core", "",
             *(f"{sum(r['wall_seconds'] for r in runs[n]) / 60:.0f}" for n in SEEDS)],
        ],
    )  # fmt: skip


def studies(prefix):
    """Print what the studies of a preset found."""
    found = [json.loads(Path(f"{prefix}-{n}/study.json").read_text()) for n in SEEDS]
    print(f"\n## {prefix}")
    each = ("foreshocks", "episodes", "b", "dimension", "slipped_share", "aseismic_moment_share")
    table(
        ["", *(f"strengths {n}" for n in SEEDS)],
        [
            ["simulations that count", *(len(d["simulations"]) for d in found)],
            *([key.replace("_", " "), *(spread([r[key] for r in d["simulations"]]) for d in found)]
              for key in each),
            ["failed by a jump", *(f"{d['mechanism']['failed_by_jump']:.2f}" for d in found)],
            ["failed, told and not told",
             *(f"{d['mechanism']['failed']}, {d['mechanism']['failed_undetermined']}"
               for d in found)],
            ["migration of slip", *(f"{d['mechanism']['migration']:.2f}" for d in found)],
            ["verdict", *(d["mechanism"]["verdict"] for d in found)],
        ],
    )  # fmt: skip
    rows = zip(*(d["comparison"] for d in found), strict=True)
    table(
        ["statement", "published", *(f"strengths {n}" for n in SEEDS)],
        [
            [row[0]["statement"], row[0]["published"],
             *(f"{cell['verdict']}: {cell['here']}" for cell in row)]
            for row in rows
        ],
    )  # fmt: skip
    for d, n in zip(found, SEEDS, strict=True):
        for t in d["trees"]:
            bound = 0.05 / len(t["levels"])
            low = [v["k"] for v in t["levels"] if v["p_random_tree"] < bound]
            if t["linkage"] == "single" or low:
                print(f"- strengths {n}, {t['metric']}, {t['linkage']}: random trees reject at "
                      f"k = {low}")  # fmt: skip


def statements():
    """Print each published statement with the verdicts of all sweeps, under both presets."""
    columns = []
    for prefix in ("study", "published"):
        found = [json.loads(Path(f"{prefix}-{n}/study.json").read_text()) for n in SEEDS]
        column = []
        for cells in zip(*(d["comparison"] for d in found), strict=True):
            verdicts = [cell["verdict"] for cell in cells]
            counted = ", ".join(
                f"{v} {verdicts.count(v)}" if verdicts.count(v) < len(SEEDS) else v
                for v in dict.fromkeys(verdicts)
            )
            column.append(f"**{counted}**: {cells[0]['here']}")
        columns.append(column)
    rows = found[0]["comparison"]
    table(
        ["statement", "published", "default choices", "published choices"],
        [[r["statement"], r["published"], a, b]
         for r, a, b in zip(rows, *columns, strict=True)],
    )  # fmt: skip


def scaling():
    """Print correlations of all sweeps, and of stress drop and foreshocks at one spread."""
    found = [json.loads(Path(f"study-{n}/study.json").read_text()) for n in SEEDS]
    table(
        ["mainshock", "nucleation", *(f"strengths {n}" for n in SEEDS)],
        [
            [row[0]["mainshock_measure"], row[0]["nucleation_measure"],
             *(f"{r['rho']:.2f} (p {r['p']:.2g})" for r in row)]
            for row in zip(*(d["scaling"] for d in found), strict=True)
        ],
    )  # fmt: skip
    for d, n in zip(found, SEEDS, strict=True):
        known = [r for r in d["simulations"] if r["drop"]]
        columns = zip(
            *((r["drop"]["drop"], r["foreshocks"], r["half_width"]) for r in known), strict=True
        )
        ranks = [rankdata(column) for column in columns]
        x, y = (v - np.polyval(np.polyfit(ranks[2], v, 1), ranks[2]) for v in ranks[:2])
        print(f"- strengths {n}: stress drop and foreshocks at one grain-size spread: partial rank "
              f"correlation {np.corrcoef(x, y)[0, 1]:.2f}")  # fmt: skip


def pooled():
    """Print correlations of all simulations, ranked within their set of strengths."""
    found = [json.loads(Path(f"study-{n}/study.json").read_text())["simulations"] for n in SEEDS]
    for name, get in (
        ("stress drop", lambda r: r["drop"] and r["drop"]["drop"]),
        ("slip moment", lambda r: r["slip_moment"]),
    ):
        ranks = []
        for runs in found:
            known = [r for r in runs if get(r) is not None]
            pair = [rankdata([get(r) for r in known]), rankdata([r["foreshocks"] for r in known])]
            ranks.append([x / len(known) - (len(known) + 1) / (2 * len(known)) for x in pair])
        x, y = (np.concatenate(column) for column in zip(*ranks, strict=True))
        told = pearsonr(x, y)
        print(f"- {name} and foreshocks, {len(x)} simulations ranked within their sets: "
              f"{told.statistic:.2f} (p {told.pvalue:.1g})")  # fmt: skip


if __name__ == "__main__":
    macroscopic()
    statements()
    studies("study")
    studies("published")
    scaling()
    pooled()
