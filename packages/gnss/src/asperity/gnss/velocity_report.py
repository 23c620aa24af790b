"""Report sections of velocities: what a table holds, its frame, how two fields differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from asperity.core.report import Section, Table, picture
from asperity.gnss.figures import difference_map, overlay_map, velocity_map
from asperity.gnss.velocities.network import Network
from asperity.gnss.velocities.results import network_of

__all__ = ["combine_section", "compare_section", "frame_section", "info_section"]

MOST_ROWS = 20
_ARROWS = "Arrows are velocities, ellipses their 95 % error regions."


def info_section(document: Mapping[str, Any]) -> Section:
    """Velocities of a network, and the stations that its screening left out."""
    network = network_of(document["velocities"], document["frame"])
    frame = document["frame"] or "a frame that the file does not name"
    left_out = document["left_out"]
    rows = [[r["site"], r["longitude"], r["latitude"], r["reason"]] for r in left_out]
    tables = []
    if rows:
        head = ["station", "longitude", "latitude", "why"]
        tables.append(_table("Stations left out", head, rows))
    return Section(
        f"Velocities: {document['name']}",
        f"{document['kept']} of {document['stations']} stations pass the screening; velocities "
        f"are in {frame}.",
        facts={
            "stations": document["stations"],
            "kept": document["kept"],
            "median speed, mm/yr": document["speed_median"],
            "median sigma east, mm/yr": document["sd_east_median"],
            "median spacing, km": document["spacing_median"],
        },
        tables=tables,
        pictures=[_velocity_picture(network, document["name"])] if len(network) else [],
        notes=[str(note) for note in document["notes"]],
    )


def _velocity_picture(network: Network, name: str) -> Any:
    return picture(
        velocity_map(network),
        f"{_ARROWS} The scale stands above the map.",
        f"Map of {len(network)} station velocities of {name}",
    )


def _table(caption: str, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
    """Return a table of the first rows, that says how many there are."""
    more = f" (the first {MOST_ROWS} of {len(rows)})" if len(rows) > MOST_ROWS else ""
    return Table(caption + more, head, rows[:MOST_ROWS])


def frame_section(document: Mapping[str, Any]) -> Section:
    """Rotation of a block, or of one frame in another, and the velocities that are left."""
    network = network_of(document["velocities"], document["to"])
    pole = document["pole"]
    rows = [
        ["pole, latitude", _with_sd(pole["latitude"], pole["latitude_sd"], 2)],
        ["pole, longitude", _with_sd(pole["longitude"], pole["longitude_sd"], 2)],
        ["rate, degrees/Myr", _with_sd(pole["rate_deg_per_myr"], pole["rate_sd"], 4)],
    ]
    tables = [Table("Rotation", ["quantity", "value"], rows)]
    source = document["from"] or "the frame of the data"
    if document["block"] is None:
        lead = f"Velocities brought from {source} to {document['to']} by a published motion."
        facts: dict[str, Any] = {"stations": len(network)}
        notes = ["The published motion is taken as known: it adds nothing to the sigmas."]
    else:
        rigidity = document["rigidity"]
        verdict = "turns as a whole" if rigidity["p"] > 0.05 else "does not turn as a whole"
        lead = (
            f"The block {document['block']} {verdict} within the errors (F test on three "
            f"uniform strain rates, p = {rigidity['p']:.2g}); velocities are relative to it."
        )
        facts = {
            "stations used": document["n_used"],
            "of": document["n_candidates"],
            "reduced chi2": document["chi2_reduced"],
            "rms, mm/yr": document["rms"],
        }
        strain = rigidity["strain"]
        rows += [
            [f"strain {k}, nanostrain/yr", _with_sd(strain[k], strain[f"{k}_sd"], 2)]
            for k in ("ee", "nn", "en")
        ]
        if document["rejected"]:
            head = ["station", "east, mm/yr", "north, mm/yr", "sigma"]
            left_out = [
                [r["site"], r["residual_east"], r["residual_north"], r["distance"]]
                for r in document["rejected"]
            ]
            tables.append(_table("Stations that do not fit the block", head, left_out))
        notes = ["Strain rates do not depend on the frame: its error is no error of theirs."]
    return Section(
        f"Frame: {document['name']} relative to {document['to']}",
        lead,
        facts=facts,
        tables=tables,
        pictures=[_velocity_picture(network, f"{document['name']} relative to {document['to']}")],
        notes=notes,
    )


def _with_sd(value: float | None, deviation: float | None, digits: int) -> str:
    if value is None:
        return "-"
    if not deviation:
        return f"{value:.{digits}f}"
    return f"{value:.{digits}f} ± {deviation:.{digits}f}"


def combine_section(document: Mapping[str, Any]) -> Section:
    """Several velocity fields in one: their motions, variance factors and disagreements."""
    network = network_of(document["velocities"], document["frame"])
    rows = [
        [
            r["field"], r["n_used"], r["pole"]["rate_deg_per_myr"], r["chi2_reduced"], r["rms"],
            document["variance_factors"][r["field"]],
        ]
        for r in document["rotations"]
    ]  # fmt: skip
    head = ["field", "common stations", "degrees/Myr", "reduced chi2", "rms, mm/yr", "factor"]
    tables = [Table("Fields brought into the frame of the first", head, rows)]
    if document["disagreements"]:
        head = ["station", "field", "east, mm/yr", "north, mm/yr", "sigma"]
        apart = [
            [d["site"], d["field"], d["d_east"], d["d_north"], d["z"]]
            for d in document["disagreements"]
        ]
        tables.append(_table("Stations that disagree; the first field is kept", head, apart))
    return Section(
        f"Combination of {', '.join(document['fields'])}",
        f"{document['n_sites']} sites, {document['n_merged']} of them seen by several fields.",
        facts={"sites": document["n_sites"], "disagree": len(document["disagreements"])},
        tables=tables,
        pictures=[_velocity_picture(network, "the combination")],
        notes=[] if document["status"] == "ok" else [str(document["status"])],
    )


def compare_section(document: Mapping[str, Any]) -> Section:
    """Differences of two velocity fields, or of two strain fields."""
    first, second = document["names"]
    title = f"{second} less {first}"
    if document["kind"] == "strain":
        head = ["quantity", "unit", "mean", "rms", "largest", "share beyond 2 sd"]
        rows = [
            [v["variable"], v["units"], v["mean"], v["rms"], v["largest"], v["share_beyond_2_sd"]]
            for v in document["variables"]
        ]
        return Section(
            f"Strain: {title}",
            "Differences of two strain fields on one grid, weighted by area.",
            tables=[Table("Differences", head, rows)],
            notes=["Errors of the two fields are taken as independent."],
        )
    strongest = sorted(document["differences"], key=lambda d: -d["z"])
    rows = [
        [d["site"], d["d_east"], d["d_north"], d["z"], d["q"], d["d_speed"], d["d_azimuth"]]
        for d in strongest
        if d["q"] <= 0.05
    ]
    tables = []
    if rows:
        head = ["station", "east", "north", "sigma", "q", "speed", "azimuth, degrees"]
        tables.append(_table("Changes, mm/yr", head, rows))
    if document["regions"]:
        head = ["block", "stations", "east", "north", "speed", "p"]
        of_blocks = [
            [
                r["name"], r["n"], _with_sd(r["d_east"], r["sd_east"], 2),
                _with_sd(r["d_north"], r["sd_north"], 2),
                _with_sd(r["d_speed"], r["d_speed_sd"], 2), r["p"],
            ]
            for r in document["regions"]
        ]  # fmt: skip
        tables.append(Table("Mean change of blocks, mm/yr", head, of_blocks))
    return Section(
        f"Velocities: {title}",
        f"{document['n_significant']} of {document['n_common']} common stations changed, of which "
        "at most one in twenty by chance.",
        facts={
            "common stations": document["n_common"],
            "changed": document["n_significant"],
            "changed speeds": document["n_significant_speed"],
            "changed azimuths": document["n_significant_azimuth"],
        },
        tables=tables,
        pictures=[
            picture(
                overlay_map(document),
                f"{_ARROWS} {first} in black, {second} in red, in one frame.",
                f"Map of {document['n_common']} velocities of {first} and {second}",
            ),
            picture(
                difference_map(document),
                "Changes that stand out of the noise are in colour, with their 95 % regions.",
                f"Map of the differences {title}",
            ),
        ],
        notes=[] if document["status"] == "ok" else [str(document["status"])],
    )
