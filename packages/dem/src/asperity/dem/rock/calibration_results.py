"""What `dem calibrate` prints and draws: properties, constants, curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from asperity.core.figures.style import INK, new_figure, set_titles, styled
from asperity.dem.rock.calibration import TARGETS, Calibration, Measurement, TestName, measure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from asperity.dem.rock.material import Packing
    from asperity.dem.rock.material_tests import MaterialTest

__all__ = ["calibration_document", "rate_document", "stress_strain_figure", "tests_document"]

#: Points of a curve that a document holds, at most.
CURVE_POINTS = 200
_CURVE = ("axial_strain", "gauge_axial_strain", "gauge_lateral_strain", "axial_stress")
_STYLES: dict[str, tuple[str, str]] = {
    "elastic": ("#7a8b99", "unbreakable"),
    "uniaxial": ("#3b6fb6", "uniaxial"),
    "triaxial": ("#d08a1e", "triaxial"),
    "tension": ("#3a9d5d", "direct tension"),
}
Tests = Mapping[TestName, Sequence["MaterialTest"]]


def tests_document(packings: Mapping[int, Packing], tests: Tests) -> dict[str, Any]:
    """Return the specimens, every test with its curve, and the properties measured."""
    first = next(iter(packings.values()))
    return {
        "particles": len(first.radii),
        "joints": len(first.pairs),
        "porosity": first.porosity,
        "seeds": list(packings),
        "tests": [
            {"test": name, "seed": seed, **_test(test)}
            for name, results in tests.items()
            for seed, test in zip(packings, results, strict=True)
        ],
        "properties": {name: _measurement(m) for name, m in measure(dict(tests)).items()},
    }


def _test(test: MaterialTest) -> dict[str, Any]:
    curve = test.curve
    n = curve.sizes["sample"]
    shown = np.unique(np.linspace(0, n - 1, min(n, CURVE_POINTS)).astype(int))
    top = int(np.argmax(curve["axial_stress"].values))
    tension, shear = test.cracks
    return {
        "young": test.young,
        "poisson": test.poisson,
        "strength": test.strength,
        "deviator": test.deviator,
        "confinement": test.conditions.confinement,
        "strain_rate": test.conditions.strain_rate,
        "strain_at_peak": float(curve["gauge_axial_strain"][top]),
        "cracks": {"tension": tension, "shear": shear},
        "imbalance": test.imbalance,
        "curve": {name: curve[name].values[shown] for name in _CURVE},
    }


def _measurement(m: Measurement) -> dict[str, Any]:
    return {"mean": m.mean, "sd": m.sd, "n": len(m.values)}


def calibration_document(calibration: Calibration) -> dict[str, Any]:
    """Return targets beside what was reached and by which constants, and the way there."""
    joints = calibration.rock.joints
    return {
        "converged": calibration.converged,
        "tolerance": calibration.tolerance,
        "targets": [
            {
                "name": name,
                "target": value,
                "reached": calibration.reached[name].mean,
                "sd": calibration.reached[name].sd,
                "misfit": calibration.misfit(name),
                "parameter": TARGETS[name].parameter,
                "value": getattr(joints, TARGETS[name].parameter),
            }
            for name, value in calibration.targets.items()
        ],
        "steps": [
            {
                "parameters": step.parameters,
                "reached": {name: _measurement(m) for name, m in step.reached.items()},
            }
            for step in calibration.steps
        ],
        "rock": joints.model_dump(mode="json"),
    }


def rate_document(tests: Tests, slower: Tests) -> dict[str, Any]:
    """Return each property at half the strain rate over that at the rate itself."""
    whole, half = measure(dict(tests)), measure(dict(slower))
    return {name: half[name].mean / m.mean for name, m in whole.items()}


@styled
def stress_strain_figure(tests: Tests, name: str = "") -> Figure:
    """Draw stress over gauge strain of every test; tension in a panel of its own."""
    kinds: list[TestName] = [k for k in tests if k in ("uniaxial", "triaxial")]
    if not kinds and "elastic" in tests:
        kinds = ["elastic"]
    panels: list[list[TestName]] = [kinds] if kinds else []
    panels += [["tension"]] if "tension" in tests else []
    figure = new_figure(3.7 * len(panels) + (1.0 if len(panels) == 1 else 0.0), 3.6)
    grid = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, shown in zip(grid, panels, strict=True):
        for kind in shown:
            _draw(axes, kind, tests[kind])
        pulled = shown == ["tension"]
        axes.set_xlabel("axial strain within the gauge, ‰")
        axes.set_ylabel("tensile stress, MPa" if pulled else "axial stress, MPa")
        axes.set_ylim(bottom=0.0)
        axes.legend(loc="lower right", fontsize="small", frameon=False)
        title = "Direct tension" if pulled else "Compression"
        set_titles(axes, title, name if axes is grid[-1] else "")
    return figure


def _draw(axes: Axes, kind: str, results: Sequence[MaterialTest]) -> None:
    colour, label = _STYLES[kind]
    first = results[0]
    if kind == "triaxial":
        label = f"triaxial at {first.conditions.confinement / 1e6:g} MPa"
    for k, test in enumerate(results):
        curve = test.curve
        strain, stress = curve["gauge_axial_strain"].values * 1e3, curve["axial_stress"].values
        axes.plot(strain, stress / 1e6, color=colour, lw=1.1, label=None if k else label)
        if kind != "elastic":
            top = int(np.argmax(stress))
            axes.plot(strain[top], stress[top] / 1e6, "o", ms=3.5, color=INK, mew=0)
