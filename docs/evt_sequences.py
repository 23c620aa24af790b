"""Sequences of induced earthquakes: the database, its calibration and all scores.

    ASPERITY_DATA=FOLDER python docs/evt_sequences.py DATABASE [--output docs] [--seed 0]

Makes the folder DATABASE with `evt sequences --registered` when it is missing, writes
images/evt-*.png under the output folder and prints the tables of evt-sequences.md.
"""

import argparse
import json
from pathlib import Path

from typer.testing import CliRunner

from asperity.core.cli import app


def asperity(*arguments):
    result = CliRunner().invoke(app, [*map(str, arguments), "--json", "--force"])
    if result.exit_code:
        raise SystemExit(result.stderr or f"{arguments}: exit code {result.exit_code}")
    return json.loads(result.stdout)


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        cells = ["-" if v is None else f"{v:.3f}" if isinstance(v, float) else str(v) for v in row]
        print("| " + " | ".join(cells) + " |")
    print()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("database", type=Path)
    parser.add_argument("--output", type=Path, default=Path("docs"))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    images, seed = options.output / "images", ("--seed", options.seed)
    images.mkdir(parents=True, exist_ok=True)
    if not options.database.is_dir():
        asperity("evt", "sequences", "--registered", "-o", options.database, *seed,
                 "--figure", images / "evt-map.png")  # fmt: skip
    found = asperity("evt", "calibrate", options.database, "--evidence", *seed,
                     "--figure", images / "evt-normalised.png",
                     "--panels", images / "evt-eight.png")  # fmt: skip
    keys = ("r", "bias", "rms", "fraction_over", "max_under", "max_over")
    table(
        ["estimator", "index", *keys],
        [[f"{r['estimator']}:{r['events']}:{r['size']}", r["index"], *(r[k] for k in keys)]
         for r in found["comparison"]],
    )  # fmt: skip
    keys = ("n", "invalid", "above", "ks_gev", "ks_lognormal", "ks_critical")
    for group in ("oklahoma-kansas", "pooled"):
        print(group)
        table(
            ["M_UE", "M_LE", *keys],
            [[r["upper"], r["lower"], *(r[k] for k in keys)]
             for r in found["evidence"]["rows"] if r["group"] == group],
        )  # fmt: skip
    table(
        ["law", "parameters", "intervals", "AIC", "KS", "p", "A2", "p"],
        [[f["law"], f["parameters"], f["intervals"], f["aic"], f["ks"], f["ks_p"],
          f["anderson_darling"], f["anderson_darling_p"]] for f in found["fits"]],
    )  # fmt: skip
    found = asperity("evt", "score", options.database, *seed,
                     "--figure", images / "evt-scores.png",
                     "--stages-figure", images / "evt-stages.png")  # fmt: skip
    keys = ("n", "crps", "crps_skill", "log_score", "pit_ks", "coverage_90", "bias", "floored")
    table(["forecaster", *keys], [[r["name"], *(r[k] for k in keys)] for r in found["table"]])
    keys = ("division", "difference", "control", "p_worse", "verdict")
    table(list(keys), [[c[k] for k in keys] for c in found["stages"]["contrasts"]])
    for name, mc, threshold in (("pnr2", -1, 2), ("peace-river", 2, 5)):
        asperity("evt", "replay", f"data:{name}", "--mc", mc, "--threshold", threshold,
                 "--figure", images / f"evt-{name}.png")  # fmt: skip
    for record in images.glob("evt-*.prov.json"):
        record.unlink()  # it names folders of this machine


if __name__ == "__main__":
    main()
