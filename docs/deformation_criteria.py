"""Deformation criteria of Ma et al. 2024 scored on earthquakes: tables and figures.

    ASPERITY_DATA=FOLDER python docs/deformation_criteria.py [--output docs] [--fields FOLDER]

Writes images/criteria-*.png under the output folder and prints the tables of
deformation-criteria.md. Strain fields are kept in --fields, and taken from there.
"""

import argparse
from pathlib import Path

import numpy as np
from scipy.optimize import brentq
from threadpoolctl import threadpool_limits

from asperity.core import read_catalog
from asperity.core.config import resolve
from asperity.core.datasets import dataset
from asperity.core.figures import save_figure
from asperity.core.geometry import Region, geodesic_distance, read_faults
from asperity.gnss import read_field, read_network, screen
from asperity.gnss.config import PRESETS, StrainConfiguration
from asperity.gnss.criteria import (
    CriteriaConfiguration,
    Ground,
    StudyArea,
    Targets,
    catalog_events,
    evaluate,
    mainshocks,
    score_alarms,
    seismicity_null,
    synthetic_alarms,
    uniform_null,
)
from asperity.gnss.criteria.evaluation import rank_events
from asperity.gnss.criteria.results import criteria_document
from asperity.gnss.criteria.scores import significant_skill
from asperity.gnss.criteria.time_results import time_score_document
from asperity.gnss.events import EVENTS
from asperity.gnss.figures.alarms import alarms_figure
from asperity.gnss.figures.criteria import criteria_map, molchan_figure
from asperity.gnss.strain_rate.fields import grid_axes, grid_dataset, write_field
from asperity.gnss.strain_rate.fitting import collocation_of, stations_around

REGION = Region(74.0, 106.0, 22.0, 46.0)
SETS = {"Wang & Shen": "china-wang-shen-2020", "Alpides": "alpides-2025-eurasia"}
LARGE = ("SS7", "N7", "T7", "discussion")
MODERATE = ("SS5", "N5", "T5")
SHORT = {"uniform": "area", "seismicity": "seismicity"}


def strain_field(name, preset, folder):
    """What `gnss strain data:NAME --preset P --region 74/106/22/46 --spacing 0.25` writes."""
    path = folder / f"{name}-{preset}.nc"
    if not path.is_file():
        network = read_network(dataset(name).fetch()).network
        chosen = StrainConfiguration(**PRESETS[preset])
        kept = screen(stations_around(network, REGION, chosen.margin)).network
        field = collocation_of(chosen).fit(kept.coordinates, kept.velocities, kept.covariances)
        axes = grid_axes((REGION.west, REGION.east, REGION.south, REGION.north), 0.25)
        x, y = (a.ravel() for a in np.meshgrid(*axes))
        write_field(grid_dataset(field.predict((x, y)), *axes), path, {})
    return read_field(path)


def earlier(catalog, until, method="gardner-knopoff"):
    before = catalog.between(None, until)
    return mainshocks(before.select(before["magnitude"] >= 5.0), method)


def nulls_of(ground, before):
    bandwidth = ground.settings.null.bandwidth
    places = before["longitude"], before["latitude"]
    return [uniform_null(ground.area), seismicity_null(ground.area, *places, bandwidth)]


def p_text(p):
    return "<.001" if p < 0.001 else f"{p:.3f}".lstrip("0") if p < 0.9995 else "1"


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def skill_rows(rankings, null):
    """Cells of the area skill: strike-slip events, then all nine."""
    cells = {}
    for r in rankings:
        if r.null == null and r.events in ("strike-slip", "all"):
            found = f"{r.molchan.area_skill:.2f} ({p_text(r.molchan.p_value)})"
            cells.setdefault((r.quantity, r.score), {})[r.events] = found
    return {key: f"{c['strike-slip']} / {c['all']}" for key, c in cells.items()}


NAMES = {
    ("shear", "value"): "value of maximum shear",
    ("shear", "gradient"): "its gradient",
    ("shear", "edge"): "edge of high shear",
    ("east-west", "value"): "size of the east-west strain rate",
}


def alarm_cell(result, edge):
    area, seismic = (result.alarms[edge, null] for null in SHORT)
    return (
        f"{area.hits} of {area.n}; {100 * area.share:.1f} / {100 * seismic.share:.1f} %; "
        f"{p_text(area.p_value)} / {p_text(seismic.p_value)}"
    )


def nine(grounds, before):
    targets = {label: Targets.of(EVENTS, g.area) for label, g in grounds.items()}
    nulls = {label: nulls_of(g, before) for label, g in grounds.items()}
    for null in SHORT:
        print(f"Area skill (p), null {null}: five strike-slip / all nine\n")
        cells = {
            label: skill_rows(rank_events(g, targets[label], nulls[label]), null)
            for label, g in grounds.items()
        }
        table(
            ["score", *cells],
            [[name, *(c[key] for c in cells.values())] for key, name in NAMES.items()],
        )
    results = {
        label: evaluate(g, targets[label], nulls[label], LARGE, split="2012-01-01")
        for label, g in grounds.items()
    }
    print("Alarms: hits; share on alarm of area / of seismicity; p for each\n")
    rows = []
    for k, name in enumerate(LARGE):
        for edge in ("band", "ridge", "contour"):
            rows.append([name, edge, *(alarm_cell(r[k], edge) for r in results.values())])
    table(["rule", "edge", *results], rows)
    print("Range of SS7 and T7 alone: events inside; area / seismicity inside; p\n")
    table(
        ["rule", *results],
        [[LARGE[k], *(range_cell(r[k]) for r in results.values())] for k in (0, 2)],
    )
    print("Edge against value, strike-slip: mean difference of tau, p of signs; p of the rate\n")
    rows = []
    for null in SHORT:
        rows.append([null, *(edge_cell(r[0], null) for r in results.values())])
    table(["null", *results], rows)
    print("Fitted before 2012 (strike-slip), tested after, null seismicity\n")
    rows = []
    for what in ("value", "edge", "range"):
        rows.append([what, *(trained_cell(r[0], what) for r in results.values())])
    table(["fitted", *results], rows)
    return targets, nulls, results


def range_cell(result):
    area, seismic = (result.range_scores[null] for null in SHORT)
    return (
        f"{area.hits} of {area.n}; {100 * area.share:.1f} / {100 * seismic.share:.1f} %; "
        f"{p_text(area.p_value)} / {p_text(seismic.p_value)}"
    )


def edge_cell(result, null):
    pair, given = result.paired[null], result.given[null]
    return f"{pair.mean:+.2f}, {p_text(pair.p_value)}; {p_text(given.p_value)}"


def trained_cell(result, what):
    found = result.trained[what, "seismicity"]
    test = found.test
    gain = ""
    if (what, "seismicity") in result.gains:
        info = result.gains[what, "seismicity"]
        gain = f"; {info.gain:+.2f} nat ({info.low:+.2f} to {info.high:+.2f})"
    return (
        f"{found.training.hits} of {found.training.n}, then {test.hits} of {test.n} on "
        f"{100 * test.share:.0f} %, {p_text(test.p_value)}{gain}"
    )


def moderate(grounds, catalog, before):
    print("M 5 to 6, declustered after Gardner & Knopoff\n")
    made = catalog_events(catalog)
    all_results = {}
    for label, ground in grounds.items():
        targets = Targets.of(made, ground.area).inside
        all_results[label] = (
            targets,
            evaluate(ground, targets, nulls_of(ground, before), MODERATE, split="2000-01-01"),
        )
    rows = []
    for k, name in enumerate(MODERATE):
        for label, (_, results) in all_results.items():
            result = results[k]
            area, seismic = (result.range_scores[null] for null in SHORT)
            skill = [result.rankings["value", null] for null in SHORT]
            rows.append([
                name, label, f"{area.hits} of {area.n}",
                f"{100 * area.share:.0f} / {100 * seismic.share:.0f} %",
                f"{area.gain:.2f} / {seismic.gain:.2f}",
                f"{p_text(area.p_value)} / {p_text(seismic.p_value)}",
                " / ".join(f"{s.area_skill:.2f} ({p_text(s.p_value)})" for s in skill),
            ])  # fmt: skip
    table(
        ["rule", "field", "inside the range", "area / seismicity inside", "gain", "p",
         "area skill of the value (p)"],
        rows,
    )  # fmt: skip
    return all_results


def moderate_more(all_results):
    print("SS5 as alarm (high or edge, in the range), and the edge against the value\n")
    rows = []
    for label, (_, results) in all_results.items():
        for edge in ("band", "ridge", "contour"):
            rows.append([label, edge, alarm_cell(results[0], edge)])
    table(["field", "edge", "hits; share; p"], rows)
    table(
        ["rule", *all_results],
        [
            [f"{name}, {null}", *(edge_cell(r[k], null) for _, r in all_results.values())]
            for k, name in enumerate(MODERATE)
            for null in SHORT
        ],
    )
    print("Fitted before 2000, tested after, null seismicity\n")
    table(
        ["rule, fitted", *all_results],
        [
            [f"{name}, {what}", *(trained_cell(r[k], what) for _, r in all_results.values())]
            for k, name in enumerate(MODERATE)
            for what in ("range", "value")
        ],
    )


def control(ground, targets):
    """Share of the events of each mechanism in each range: is a rule about its own events?"""
    print("Events of M 5 to 6 inside each range, by mechanism (Wang & Shen, paper)\n")
    rows = []
    for name in MODERATE:
        inside = ground.inside_range(ground.settings.rules[name])
        cells = []
        for other in MODERATE:
            rows_of = targets.for_rule(ground.settings.rules[other]).rows
            hits = np.count_nonzero(inside[rows_of])
            cells.append(f"{hits} of {rows_of.size} ({100 * hits / rows_of.size:.0f} %)")
        rows.append([name, *cells, f"{100 * ground.area.shares[inside].sum():.0f} %"])
    table(["range of", "strike-slip", "normal", "thrust", "area"], rows)


def variants(field, faults, psmeca, history):
    """How much the answers hang on choices, one at a time, on one field."""
    area = StudyArea.of(field)
    nine_rows, five_rows = [], []
    cases = {
        "as above": ([], "gardner-knopoff", 0.0),
        "events 100 km apart": ([], "gardner-knopoff", 100.0),
        "nearest-neighbour declustering": ([], "nearest-neighbour", 0.0),
        "no declustering": ([], "none", 0.0),
        "kernel of 50 km": (["null.bandwidth=50"], "gardner-knopoff", 0.0),
        "kernel of 100 km": (["null.bandwidth=100"], "gardner-knopoff", 0.0),
        "places exact": (["zones.location_error=0"], "gardner-knopoff", 0.0),
        "faults within 50 km": (["faults.distance=50"], "gardner-knopoff", 0.0),
    }
    for label, (changes, method, apart) in cases.items():
        ground = Ground(field, faults, resolve(CriteriaConfiguration, {}, changes))
        nulls = nulls_of(ground, earlier(history, "2001-11-14", method))
        targets = Targets.of(EVENTS, area)
        r = evaluate(ground, targets, nulls, ("SS7", "discussion"), apart=apart)
        nine_rows.append([
            label, alarm_cell(r[0], "contour"), alarm_cell(r[1], "contour"),
            *(f"{m.area_skill:.2f} ({p_text(m.p_value)})" for m in
              (r[0].rankings[s, "seismicity"] for s in ("value", "edge"))),
        ])  # fmt: skip
        made = catalog_events(mainshocks(psmeca, method))
        targets = Targets.of(made, area).inside
        nulls = nulls_of(ground, earlier(history, "1976-01-01", method))
        r = evaluate(ground, targets, nulls, MODERATE, apart=apart)
        five_rows.append([label, *(range_cell(x) for x in r), alarm_cell(r[0], "contour")])
    print("Choices, one at a time (Wang & Shen, paper)\n")
    table(["choice", "SS7, contour", "discussion, contour", "value", "edge"], nine_rows)
    table(["choice", *MODERATE, "SS5 as alarm, contour"], five_rows)


def power():
    """How often n events show a skill that is there: taus of a falling exponential density."""
    print("Share of draws with p < 0.05 (seed 0, 20,000 draws)\n")
    rng = np.random.default_rng(0)
    rows = []
    for skill in (0.6, 0.7, 0.8, 0.9):
        slope = brentq(lambda b, mean: 1.0 / b - 1.0 / np.expm1(b) - mean, 1e-6, 60.0, 1.0 - skill)
        cells = [f"{skill:.1f}"]
        for n in (1, 3, 5, 9, 46):
            drawn = -np.log1p(rng.uniform(size=(20_000, n)) * np.expm1(-slope)) / slope
            found = np.mean(1.0 - drawn.mean(axis=1) > significant_skill(n))
            cells.append(f"{100 * found:.0f} %")
        rows.append(cells)
    table(["true area skill", "1 event", "3", "5", "9", "46"], rows)


def epicentres(catalogs):
    """How far the places of catalogs lie from those of the table of events."""
    print("Distance from the epicentres of the table, km\n")
    rows = []
    for event in EVENTS:
        cells = [f"{event.name} {event.year}"]
        for catalog in catalogs.values():
            day = catalog.between(event.time[:10], str(np.datetime64(event.time[:10]) + 1))
            day = day.select(day["magnitude"] >= event.moment_magnitude - 0.2)
            distance = 1e-3 * geodesic_distance(
                event.latitude, event.longitude, day["latitude"], day["longitude"]
            )
            near = distance[distance < 300.0]
            cells.append(f"{near.min():.1f}" if near.size else "-")
        rows.append(cells)
    table(["event", *catalogs], rows)


def time_rule(images):
    """How often the rule in time is found, on synthetic networks; seeds 0 to 99."""
    print("Synthetic networks, 20 regions, 20 years, split after 150 months; 100 of each\n")
    rows = []
    for noise in (0.06, 0.12, 0.24):
        for share in (0.0, 0.2, 0.5, 1.0):
            found = []
            for seed in range(100):
                rng = np.random.default_rng(seed)
                made = synthetic_alarms(rng, noise=noise, precursors=share)
                found.append(score_alarms(made.statistic, made.events, split=150))
            rows.append([
                f"{100 * noise:.0f} %", f"{100 * share:.0f} %",
                f"{100 * np.mean([f.marked.alarm.share for f in found]):.0f} %",
                f"{np.mean([f.marked.r_value for f in found]):+.2f}",
                f"{100 * np.mean([f.marked.alarm.p_value <= 0.05 for f in found]):.0f} %",
                f"{np.median([f.trained.threshold for f in found]):.2f}",
                f"{np.mean([f.trained.test.r_value for f in found]):+.2f}",
                f"{100 * np.mean([f.trained.test.alarm.p_value <= 0.05 for f in found]):.0f} %",
            ])  # fmt: skip
    table(
        ["noise", "events announced", "on alarm at 18 %", "R at 18 %", "p <= .05 at 18 %",
         "threshold trained", "its R after the split", "p <= .05 after the split"],
        rows,
    )  # fmt: skip
    made = synthetic_alarms(np.random.default_rng(0), precursors=0.5)
    score = time_score_document(score_alarms(made.statistic, made.events, split=150))
    save_figure(alarms_figure(score), images / "criteria-alarms-synthetic.png")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path("docs"))
    parser.add_argument("--fields", type=Path, default=Path("criteria-fields"))
    chosen = parser.parse_args()
    chosen.fields.mkdir(exist_ok=True)
    images = chosen.output / "images"
    faults = read_faults(dataset("himatibetmap").fetch())
    history = read_catalog(dataset("isc-gem-v3").fetch()).catalog
    psmeca = read_catalog(dataset("alpides-psmeca").fetch()).catalog
    settings = CriteriaConfiguration.model_validate({})
    grounds = {}
    power()
    epicentres({"ISC-GEM": history, "GCMT (centroid)": psmeca})
    time_rule(images)
    with threadpool_limits(1):
        for set_name, name in SETS.items():
            paper = strain_field(name, "paper", chosen.fields)
            best = strain_field(name, "best", chosen.fields)
            grounds[f"{set_name}, paper"] = Ground(paper, faults, settings)
            # The published ranges are those of another smoothing: percentiles carry them over.
            grounds[f"{set_name}, best"] = Ground(best, faults, settings, reference=paper)
        before = earlier(history, "2001-11-14")
        print(f"{len(before)} earlier events in the world before 2001-11-14\n")
        targets, nulls, results = nine(grounds, before)
        for n in (1, 3, 5, 9):
            print(f"{n} events: area skill of {significant_skill(n):.2f} needed for p < 0.05")
        best = grounds["Wang & Shen, best"]
        by_values = Ground(best.field, faults, settings)
        for name in ("SS7", "SS5", "N5", "T5"):
            inside = by_values.inside_range(settings.rules[name])
            share = 100.0 * best.area.shares[inside].sum()
            print(f"{name}: on best the range as plain values covers {share:.0f} % of the area")
        print()
        main_catalog = mainshocks(psmeca, "gardner-knopoff")
        old = earlier(history, "1976-01-01")
        five = moderate(grounds, main_catalog, old)
        moderate_more(five)
        control(grounds["Wang & Shen, paper"], five["Wang & Shen, paper"][0])
        variants(grounds["Wang & Shen, paper"].field, faults, psmeca, history)
    for preset in ("paper", "best"):
        label = f"Wang & Shen, {preset}"
        ground = grounds[label]
        figure = criteria_map(ground, results[label], f"Wang & Shen 2020, preset {preset}")
        save_figure(figure, images / f"criteria-large-{preset}.png")
        document = criteria_document(
            ground, targets[label], nulls[label], results[label],
            rank_events(ground, targets[label], nulls[label]),
        )  # fmt: skip
        save_figure(molchan_figure(document), images / f"criteria-molchan-large-{preset}.png")
    label = "Wang & Shen, paper"
    ground, (chosen_targets, found) = grounds[label], five[label]
    figure = criteria_map(ground, found, "Wang & Shen 2020, preset paper")
    save_figure(figure, images / "criteria-moderate-paper.png")
    document = criteria_document(ground, chosen_targets, nulls_of(ground, old), found, [])
    save_figure(molchan_figure(document), images / "criteria-molchan-moderate-paper.png")


if __name__ == "__main__":
    main()
