"""The part of ``asperity demo`` on strain rate, and on what is read out of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from asperity.core.command import plain
from asperity.core.demo import DemoTask
from asperity.core.errors import DataError
from asperity.core.geometry import Faults, Region
from asperity.core.report import SYNTHETIC, Picture, Section, picture
from asperity.gnss.config import PRESETS, StrainConfiguration
from asperity.gnss.criteria import (
    CriteriaConfiguration,
    Ground,
    Targets,
    evaluate,
    nulls_of_history,
)
from asperity.gnss.criteria.report import criteria_section
from asperity.gnss.criteria.results import criteria_document, smoothing_document
from asperity.gnss.events import EVENTS
from asperity.gnss.figures import strain_map
from asperity.gnss.figures.criteria import criteria_map
from asperity.gnss.report import strain_section
from asperity.gnss.strain_rate.field_results import field_document, summary_document
from asperity.gnss.strain_rate.fields import grid_axes, grid_dataset
from asperity.gnss.strain_rate.fitting import collocation_of, stations_around
from asperity.gnss.strain_rate.synthetic import noisy, truth_for
from asperity.gnss.velocities.network import Network
from asperity.gnss.velocities.screening import screen

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["eastern_tibet", "tasks", "western_china"]

DATA, HISTORY = "china-wang-shen-2020", "isc-gem-v3"
#: The rules on events of M 7 and more, by mechanism and in sum, as the study of them takes them.
RULES = ("SS7", "N7", "T7", "discussion")


def tasks() -> list[DemoTask]:
    """Return the tasks of this part."""
    return [western_china, eastern_tibet]


def western_china(seed: int) -> list[Section]:
    """Strain rate of western China as published, and what its deformation criteria are worth."""
    region = Region(74.0, 108.0, 22.0, 46.0)
    shown = ("max_shear_half", "max_shear_half_sd", "strain_ee")
    section, field, faults = _strain("western China", region, "paper", 0.5, shown, seed)
    scored = None if faults is None else _criteria(field, faults, seed)
    return [section] if scored is None else [section, scored]


def eastern_tibet(seed: int) -> Section:
    """Strain rate of eastern Tibet with two scales by likelihood, and its uncertainty."""
    region = Region(97.0, 106.0, 23.0, 34.0)
    shown = ("max_shear_half", "max_shear_half_sd")
    return _strain("eastern Tibet, two scales", region, "best", 0.25, shown, seed)[0]


def _criteria(field: xr.Dataset, faults: Faults, seed: int) -> Section | None:
    """Score the published rules on the nine large events; None without a history of others."""
    from asperity.core.datasets import dataset
    from asperity.core.formats import ReadOptions, read_catalog

    try:
        entry = dataset(HISTORY)
        path = entry.fetch()
    except DataError:
        return None
    earlier = read_catalog(path, options=ReadOptions().merged(entry.read)).catalog
    settings = CriteriaConfiguration()  # type: ignore[call-arg]
    ground = Ground(field, faults, settings)
    targets = Targets.of(EVENTS, ground.area)
    until = min(e.time for e in EVENTS)
    nulls, history = nulls_of_history(ground, earlier, until, "gardner-knopoff", f"data:{HISTORY}")
    results = evaluate(ground, targets, nulls, RULES, None, seed)
    document = {
        "name": "western China",
        **criteria_document(ground, targets, nulls, results, []),
        "smoothing": smoothing_document(ground),
        "history": history,
        "split": None,
    }
    section = criteria_section(plain(document))
    drawn = picture(
        criteria_map(ground, results, "Western China"),
        "Where each rule gives alarm (the darker, the more definitions of an edge agree), the "
        "large mapped faults, and the events of M 7 and more that the rule is about.",
        f"{len(results)} maps of western China with alarms of deformation criteria.",
    )
    return replace(section, pictures=[drawn, *section.pictures], inputs=[(f"data:{HISTORY}", path)])


def _strain(
    name: str, region: Region, preset: str, spacing: float, shown: Sequence[str], seed: int
) -> tuple[Section, xr.Dataset, Faults | None]:
    """Return the section of a strain field, the field itself, and the faults on its maps."""
    network, faults, inputs, notes = _material(region, seed)
    margin = 300.0 if preset == "paper" else 150.0
    chosen = StrainConfiguration(**PRESETS[preset]).model_copy(
        update={"spacing": spacing, "local": 0 if preset == "best" else 300}
    )
    kept = screen(stations_around(network, region, margin))
    field = collocation_of(chosen, seed=seed).fit(
        kept.network.coordinates, kept.network.velocities, kept.network.covariances
    )
    axes = grid_axes((region.west, region.east, region.south, region.north), chosen.spacing)
    x, y = (a.ravel() for a in np.meshgrid(*axes))
    dataset = grid_dataset(field.predict((x, y)), *axes)
    document = {
        "name": name,
        **field_document(field),
        "rejected": list(kept.rejected),
        "loo": field.leave_one_out().document(),
        "summary": summary_document(dataset),
    }
    inside = [e for e in EVENTS if region.contains([e.longitude], [e.latitude])[0]]
    pictures = [
        _picture(strain_map(
            dataset, quantity, axes=not quantity.endswith("_sd"), unit="1e-8", faults=faults,
            events=() if quantity.endswith("_sd") else inside,
        ), quantity, name)
        for quantity in shown
    ]  # fmt: skip
    section = strain_section(document, pictures)
    told = json.dumps(plain({"covariance": document["covariance"]}))
    made = replace(section, notes=[*notes, *section.notes], inputs=inputs)
    return made, dataset.assign_attrs(asperity=told), faults


def _picture(figure: object, quantity: str, name: str) -> Picture:
    what = {
        "max_shear_half": "Maximum shear strain rate, (e1 - e2)/2, with principal axes",
        "strain_ee": "East-west strain rate with principal axes, extension positive",
        "max_shear_half_sd": "Standard deviation of the maximum shear strain rate",
    }[quantity]
    marks = (
        "lines are mapped faults"
        if quantity.endswith("_sd")
        else "stars and triangles are earthquakes of magnitude 7 or more since 2000, lines mapped "
        "faults"
    )
    return picture(
        figure,  # type: ignore[arg-type]
        f"{what}; {marks}.",
        f"Map of {name}: {what.lower()}.",
    )


def _material(
    region: Region, seed: int
) -> tuple[Network, Faults | None, list[tuple[str, Path]], list[str]]:
    """Return velocities and faults, or a synthetic twin that says so."""
    from asperity.core.datasets import dataset
    from asperity.core.geometry import read_faults
    from asperity.gnss.velocities.formats import read_network

    try:
        path = dataset(DATA).fetch()
    except DataError as error:
        note = (
            f"{SYNTHETIC}: data:{DATA} could not be had ({error}). The velocities were made of "
            "a known field with faults and noise; they are no observation."
        )
        return _twin(region, seed), None, [], [note]
    inputs = [(f"data:{DATA}", path)]
    faults = None
    try:
        traces = dataset("himatibetmap").fetch()
        faults = read_faults(traces)
        inputs.append(("data:himatibetmap", traces))
    except DataError:
        pass  # the map says less, the field is the same
    return read_network(path).network, faults, inputs, []


def _twin(region: Region, seed: int) -> Network:
    rng = np.random.default_rng(seed)
    truth = truth_for("mixed", (region.west, region.east, region.south, region.north), seed)
    longitude = rng.uniform(region.west - 2.0, region.east + 2.0, 500)
    latitude = rng.uniform(region.south - 2.0, region.north + 2.0, 500)
    covariances = np.tile(0.16 * np.eye(2), (500, 1, 1))
    velocity = noisy(truth.velocity(longitude, latitude), covariances, 0.3, rng)
    return Network.from_columns(
        longitude=longitude, latitude=latitude, east=velocity[:, 0], north=velocity[:, 1],
        sd_east=0.4, sd_north=0.4, frame="synthetic",
    )  # fmt: skip
