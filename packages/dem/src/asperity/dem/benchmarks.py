"""Benchmarks of the contact kernels, against a plain compiled loop over contacts.

The packing is a periodic cube of spheres whose radii are uniform within a tenth of 1 mm, at
a solid fraction of 0.642, grown from a lattice; or one from a file. Linear contacts with
history (job A), parallel bonds and flat joints of 1 x 3 elements on every touching contact
(job B), none of which breaks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from asperity.core.benchmark import Benchmark
from asperity.core.errors import InputError
from asperity.dem.engine.joints import FlatJoint, ParallelBond
from asperity.dem.engine.models import Hooke, Linear
from asperity.dem.engine.system import System
from asperity.dem.rock.genesis import coordination, pack_box, periodic_vessel, scale_to_stress

if TYPE_CHECKING:
    from asperity.dem.config import Specimen

__all__ = [
    "Packing",
    "flat_joint",
    "grown_packing",
    "linear",
    "parallel_bond",
    "periodic_packing",
    "read_packing",
]

Array = NDArray[np.float64]
Mode = Literal["gather", "private"]
SIDE = 13
STEPS = 200
SOLID_FRACTION = 0.642
#: Part of the steps that the plain loop does.
SHARE = 0.1
CONTACT = Hooke(1e6, 5e5, 0.5, 1e4, 5e3)


@dataclass(frozen=True)
class Packing:
    """Spheres in a periodic cube and how they touch, SI units."""

    positions: Array
    radii: Array
    velocities: Array
    side: float
    density: float
    contact: Hooke
    time_step: float

    def system(self, **others: Any) -> System:
        """Return a system of these spheres, at rest in their spins."""
        return System(
            self.positions, self.radii, self.density, period=[self.side] * 3,
            velocities=self.velocities, skin=2e-4, ledger=False, **others,
        )  # fmt: skip

    def arrays(self) -> dict[str, Any]:
        """Return what `read_packing` reads, and who touches whom."""
        system = self.system(contact=None)
        pairs = system.close_pairs(0.0)
        i, j = np.ascontiguousarray(pairs.T)
        pair = system.pair(i, j)
        c = self.contact
        return {
            "x": self.positions, "r": self.radii, "L": np.array(self.side), "v0": self.velocities,
            "contacts": pairs, "overlap": pair.span - pair.distance,
            "rho": np.array(self.density), "kn": np.array(c.normal_stiffness),
            "kt": np.array(c.shear_stiffness), "gamma_n": np.array(c.normal_damping),
            "gamma_t": np.array(c.shear_damping), "mu": np.array(c.friction),
            "dt": np.array(self.time_step),
        }  # fmt: skip


@lru_cache(maxsize=2)
def grown_packing(seed: int, lattice: int = SIDE) -> Packing:
    """Grow spheres from a jittered lattice to the solid fraction of the job.

    Parameters
    ----------
    seed : int
    lattice : int
        Spheres along a side of the cube.
    """
    rng = np.random.default_rng(seed)
    n = lattice**3
    radii = 1e-3 * rng.uniform(0.9, 1.1, n)
    side = float((4.0 / 3.0 * np.pi * np.sum(radii**3) / SOLID_FRACTION) ** (1.0 / 3.0))
    ticks = side * (np.arange(lattice) + 0.5) / lattice
    x = np.stack(np.meshgrid(ticks, ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 3)
    x += rng.uniform(-0.3, 0.3, x.shape) * side / lattice
    growing = Hooke(1e6, 5e5, 0.0, 4e4, 0.0)
    for share in np.linspace(0.8, 1.0, 11):
        system = Packing(x, share * radii, np.zeros((n, 3)), side, 2650.0, growing, 1e-6).system(
            contact=growing
        )
        system.time_step = 1e-6
        for _ in range(10 if share < 1.0 else 60):
            system.run(30)
            system.rows[:, 4:7] *= 0.3
        x = system.rows[np.argsort(system.ids), :3]
    speeds = rng.uniform(-0.04, 0.04, (n, 3))
    return Packing(x, radii, speeds - speeds.mean(axis=0), side, 2650.0, CONTACT, 2e-7)


def periodic_packing(
    specimen: Specimen, modulus: float, grains: int, seed: int
) -> tuple[Packing, dict[str, Any]]:
    """Pack a periodic cube with the grain sizes and the porosity of a specimen.

    Parameters
    ----------
    specimen : Specimen
        Whose ``packing_stress``, where it is above 0, takes the place of its porosity.
    modulus : float
        Of contacts while radii are scaled to that stress, Pa.
    grains : int
        About so many.
    seed : int

    Returns
    -------
    packing : Packing
        At rest, with the contact constants of job A.
    document : dict
        ``particles, side, porosity, coordination``.
    """
    s, w = specimen, specimen.half_width
    one = 4.0 / 3.0 * np.pi * s.mean_radius**3 * (1.0 + w**2)
    side = float((grains * one / (1.0 - s.porosity)) ** (1.0 / 3.0))
    rng = np.random.default_rng(seed)
    x, r = pack_box((side,) * 3, s.mean_radius, w, 1.0 - s.porosity, rng)
    if s.packing_stress > 0.0:
        vessel = periodic_vessel((side,) * 3)
        x, r = scale_to_stress(x, r, vessel, modulus, s.packing_stress)
    x = x % side
    density = s.density
    light = density * 4.0 / 3.0 * np.pi * float(r.min()) ** 3
    step = 0.1 * float(np.sqrt(light / CONTACT.normal_stiffness))
    packing = Packing(x, r, np.zeros_like(x), side, density, CONTACT, step)
    return packing, {
        "particles": len(r),
        "side": side,
        "porosity": 1.0 - 4.0 / 3.0 * np.pi * float(np.sum(r**3)) / side**3,
        "coordination": coordination(x, r, np.full(3, side)),
    }


def read_packing(path: Path) -> Packing:
    """Read a packing.

    Parameters
    ----------
    path : Path
        ``.npz`` with x (n, 3) and r (n) in m, L in m, v0 (n, 3) in m/s, rho, kn, kt,
        gamma_n, gamma_t, mu and dt.

    Raises
    ------
    InputError
        If the file cannot be read or lacks one of them.
    """
    names = ("x", "r", "L", "v0", "rho", "kn", "kt", "gamma_n", "gamma_t", "mu", "dt")
    try:
        with np.load(path) as content:
            values = {name: np.asarray(content[name], float) for name in names}
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path}: {error}; a packing holds {', '.join(names)}") from None
    kn, kt, mu, gamma_n, gamma_t = (
        float(values[k]) for k in ("kn", "kt", "mu", "gamma_n", "gamma_t")
    )
    return Packing(
        values["x"], values["r"], values["v0"], float(values["L"]), float(values["rho"]),
        Hooke(kn, kt, mu, gamma_n, gamma_t), float(values["dt"]),
    )  # fmt: skip


class Reference:
    """The plain loop over the contacts of a packing, begun anew at each call."""

    def __init__(self, packing: Packing, steps: int) -> None:
        from asperity.dem.engine._kernels.naive import hooke_steps

        system = packing.system()
        system.refresh(everything=True)
        self.rows, self.spins = system.rows, system.turning
        self.i, self.j = np.ascontiguousarray(system.close_pairs(2e-4).T)
        self.packing, self.steps, self.loop = packing, steps, hooke_steps

    def __call__(self) -> int:
        """Make the steps; returns the touching contacts summed over them."""
        c = self.packing.contact
        values = (
            c.normal_stiffness, c.shear_stiffness, c.friction, c.normal_damping, c.shear_damping,
        )  # fmt: skip
        self.moved, self.turned = self.rows.copy(), self.spins.copy()
        return int(
            self.loop(
                self.moved, self.turned, np.zeros((len(self.i), 3)), self.i, self.j,
                self.packing.side, values, self.packing.time_step, self.steps,
            )
        )  # fmt: skip


class Steps:
    """The engine's steps on a packing; the first call is the one whose energies count."""

    def __init__(self, system: System, packing: Packing, steps: int) -> None:
        system.time_step = packing.time_step
        self.system, self.steps = system, steps
        self.found: dict[str, Any] = {}

    def __call__(self) -> None:
        """Make the steps and go on from there at the next call."""
        self.system.run(self.steps, chunk=self.steps)
        if not self.found:
            moved, turned = self.system.kinetic_energy()
            self.found = {
                "touching_contacts": sum(self.system.contacts.values()),
                "kinetic_energy": moved,
                "rotational_energy": turned,
            }

    def results(self, seconds: float) -> Mapping[str, Any]:
        """Return what belongs to the document of the benchmark."""
        updates = self.found["touching_contacts"] * self.steps / seconds
        return {**self.found, "contact_updates_per_second": updates}


def _job(
    name: str,
    joint: ParallelBond | FlatJoint | None,
    seed: int,
    packing: Path | None,
    steps: int,
    threads: int,
    mode: Mode,
) -> Benchmark:
    spheres = grown_packing(seed) if packing is None else read_packing(packing)
    if joint is None:
        system = spheres.system(contact=spheres.contact, mode=mode, threads=threads)
    else:
        system = spheres.system(mode=mode, threads=threads)
        system.install(joint, system.close_pairs(0.0))
    timed = Steps(system, spheres, steps)
    few = max(1, round(SHARE * steps))
    return Benchmark(
        name,
        timed,
        Reference(spheres, few),
        f"a plain compiled loop over linear contacts ({few} of {steps} steps timed), one thread",
        reference_share=few / steps,
        details={
            "particles": len(spheres.radii), "steps": steps, "threads": threads, "mode": mode,
            "seed": seed,
        },
        results=timed.results,
    )  # fmt: skip


def linear(
    seed: int,
    packing: Path | None = None,
    steps: int = STEPS,
    threads: int = 1,
    mode: Mode = "gather",
) -> Benchmark:
    """Time linear contacts with friction and history, against a plain compiled loop."""
    return _job("dem-linear", None, seed, packing, steps, threads, mode)


def parallel_bond(
    seed: int,
    packing: Path | None = None,
    steps: int = STEPS,
    threads: int = 1,
    mode: Mode = "gather",
) -> Benchmark:
    """Time parallel bonds on every contact, against a plain compiled loop of linear contacts."""
    joint = ParallelBond(Linear(normal_stiffness=1.0), stiffnesses=(1e6, 5e5, 0.5, 0.5))
    return _job("dem-parallel-bond", joint, seed, packing, steps, threads, mode)


def flat_joint(
    seed: int,
    packing: Path | None = None,
    steps: int = STEPS,
    threads: int = 1,
    mode: Mode = "gather",
) -> Benchmark:
    """Time flat joints of 1 x 3 elements, against a plain compiled loop of linear contacts."""
    joint = FlatJoint(6e8, 2.0, tensile_strength=1e12, cohesion=1e12, friction_angle=10.0)
    return _job("dem-flat-joint", joint, seed, packing, steps, threads, mode)
