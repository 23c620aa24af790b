"""Report sections of triaxial tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from asperity.core.report import Picture, Section, Table, picture

if TYPE_CHECKING:
    import xarray as xr

    from asperity.core.catalog import Catalog
    from asperity.dem.laboratory.fault import FaultPlane

__all__ = ["nucleation_section", "run_pictures", "run_section", "sweep_section"]

_LIMITS = (
    "Grains are spheres of one size range, far larger than those of the rock; stresses and drops "
    "depend on the friction that is put in, which is chosen and not measured.",
    "Elementary events are single bond breaks and slip episodes, before they are gathered into "
    "acoustic emissions; their b-value is not that of a laboratory's recording.",
)


def run_section(document: Mapping[str, Any], pictures: Sequence[Picture] = ()) -> Section:
    """Triaxial test: stress drops, events on the fault before the first, energies."""
    drops = document["stress_drops"]
    peak = document["peak_deviator"] / 1e6
    if drops:
        first = drops[0]
        lead = (
            f"The deviator rose to {peak:.0f} MPa and fell {len(drops)} times; the first fall, "
            f"from {first['peak'] / 1e6:.0f} to {first['low'] / 1e6:.0f} MPa, came after "
            f"{document['foreshocks']} elementary events on the fault."
        )
    else:
        lead = f"The deviator rose to {peak:.0f} MPa and did not fall by a tenth of it at once."
    closure = document["energy_closure"]
    rows = [
        [f"{1e3 * d['time']:.2f}", *(f"{d[k] / 1e6:.0f}" for k in ("peak", "low", "drop"))]
        for d in drops
    ]
    counted = document["elementary_events"]
    return Section(
        f"Laboratory earthquakes: {document.get('name') or 'triaxial test'}",
        lead,
        facts={
            "grains": document["particles"],
            "steps": document["steps"],
            "confining stress, MPa": document["sigma3_mean"] / 1e6,
            "closure error of the energies, %": None if closure is None else 100.0 * closure,
            "million contact updates a second": document["contact_updates_per_second"] / 1e6,
        },
        tables=[
            Table("Stress drops", ["time, ms", "from, MPa", "to, MPa", "drop, MPa"], rows),
            Table(
                "Elementary events",
                ["kind", "number"],
                [[kind.replace("_", " "), n] for kind, n in counted.items() if n],
            ),
        ],
        pictures=pictures,
        notes=list(_LIMITS),
    )


def run_pictures(
    history: xr.Dataset,
    elementary: Catalog,
    plane: FaultPlane,
    drops: Sequence[Mapping[str, float]],
) -> list[Picture]:
    """Return the pictures of a test: stress with events, slip on the fault, energies.

    Parameters
    ----------
    history : Dataset
        See `asperity.dem.laboratory.results.history_dataset`.
    elementary : Catalog
        See `asperity.dem.laboratory.results.elementary_catalog`.
    plane : FaultPlane
    drops : sequence of mapping
        See `asperity.dem.laboratory.results.stress_drops`.
    """
    from asperity.dem.laboratory import figures

    moments = figures.spans_around(drops, float(history["time"][-1]))
    return [
        picture(
            figures.stress_and_events(history, elementary),
            "Axial less confining stress, and below it the magnitudes of bond breaks and "
            "slip episodes.",
            "Curve of stress against time, with dots of events below it.",
        ),
        picture(
            figures.slip_sequence(elementary, plane, moments),
            "Slip on the fault, seen at right angles to it: while the load rises, shortly "
            "before the first fall, in it, and later.",
            "Maps of an elliptic fault with dots that grow darker with slip.",
        ),
        picture(
            figures.energies(history),
            "Where the work of platens and membrane has gone; the dotted line is what the "
            "account misses.",
            "Curves of energies and of the closure error against time.",
        ),
    ]


def sweep_section(document: Mapping[str, Any], pictures: Sequence[Picture] = ()) -> Section:
    """Sweep: peaks and drops of many triaxial tests."""
    members = [m for m in document["members"] if m["failure"] is None]
    rows = [
        [
            m["name"],
            ", ".join(f"{key} = {value}" for key, value in m["changes"].items()) or "-",
            m["seed"],
            f"{m['peak_deviator'] / 1e6:.0f}",
            "-" if m["largest_drop"] is None else f"{m['largest_drop'] / 1e6:.0f}",
            m["foreshocks"],
        ]
        for m in members
    ]
    peaks = [m["peak_deviator"] / 1e6 for m in members]
    return Section(
        f"Sweep of {len(members)} triaxial tests",
        f"Peaks of the deviator from {min(peaks):.0f} to {max(peaks):.0f} MPa.",
        facts={"tests": len(members), "failed": document["failed"]},
        tables=[
            Table(
                "Tests",
                ["name", "changed", "seed", "peak, MPa", "largest drop, MPa", "events before it"],
                rows,
            )
        ],
        pictures=pictures,
        notes=list(_LIMITS),
    )


def nucleation_section(document: Mapping[str, Any], pictures: Sequence[Picture] = ()) -> Section:
    """Study of nucleation: the decision, the mechanism, published statements with verdicts."""
    told = document["mechanism"]
    simulations = document["simulations"]
    rows = [
        [r["statement"], r["verdict"], r["published"], r["here"]] for r in document["comparison"]
    ]
    failed = told["failed_by_jump"]
    lead = document["decision"]
    notes = [
        "Agreement with a published statement is no proof of it: both may share a cause, such as "
        "the friction that is put in.",
        "Slip between emissions is a lower bound: a fault that creeps while one place emits counts "
        "as seismic meanwhile.",
    ]
    if document["set_aside"]:
        notes.append(f"{len(document['set_aside'])} runs were set aside: "
                     + "; ".join(document["set_aside"]) + ".")  # fmt: skip
    if len(simulations) < 27:
        notes.append(
            f"{len(simulations)} simulations; few leaves allow no small p, and many levels cannot "
            "be tested."
        )
    return Section(
        "Nucleation: do foreshocks tell the mainshock?",
        lead[0].upper() + lead[1:] + ".",
        facts={
            "simulations": len(simulations),
            "median share of the moment that slips without emissions": told[
                "aseismic_moment_share"
            ],
            "share of failures by a jump": failed,
            "mechanism": told["verdict"],
        },
        tables=[
            Table("Published statements", ["statement", "verdict", "published", "here"], rows),
            *_power_table(document.get("power", [])),
            Table(
                "Simulations",
                ["name", "foreshocks", "episodes", "mainshock at, ms", "b", "dimension"],
                [
                    [
                        s["name"], s["foreshocks"], s["episodes"],
                        f"{1e3 * s['mainshock_time']:.2f}",
                        "-" if s["b"] is None else f"{s['b']:.2f}",
                        "-" if s["dimension"] is None else f"{s['dimension']:.2f}",
                    ]
                    for s in simulations
                ],
            ),
        ],
        pictures=pictures,
        notes=notes,
    )  # fmt: skip


def _power_table(rows: Sequence[Mapping[str, Any]]) -> list[Table]:
    if not rows:
        return []
    strengths = sorted({row["correlation"] for row in rows})
    by = {(row["linkage"], row["correlation"]): row["found"] for row in rows}
    linkages = list(dict.fromkeys(row["linkage"] for row in rows))
    return [
        Table(
            "How often trees of so many leaves show a relation, by the correlation of the clouds",
            ["linkage", *(f"{r:g}" for r in strengths)],
            [[k, *(f"{100 * by[k, r]:.0f} %" for r in strengths)] for k in linkages],
        )
    ]
