"""
Two balls collide
=================

The smallest test of a contact law: two elastic spheres meet head-on. Hertz's theory gives the
largest overlap and how long the contact lasts.
"""

import numpy as np

from asperity.core.figures import new_figure
from asperity.core.figures.style import set_titles, styled
from asperity.dem import Hertz, System

RADIUS, DENSITY, YOUNG, POISSON, SPEED = 0.01, 2650.0, 70e9, 0.25, 0.5  # m, kg/m3, Pa, -, m/s
FIRST, SECOND = np.array([0]), np.array([1])

balls = System(
    [[-RADIUS, 0.0, 0.0], [RADIUS + 1e-6, 0.0, 0.0]], [RADIUS, RADIUS], DENSITY,
    Hertz(YOUNG, POISSON), velocities=[[SPEED, 0.0, 0.0], [-SPEED, 0.0, 0.0]],
)  # fmt: skip
balls.time_step = 2e-8

times, overlaps = [], []
for step in range(10, 4210, 10):
    balls.run(10)
    times.append(step * balls.time_step)
    apart = np.linalg.norm(balls.separations(FIRST, SECOND))
    overlaps.append(2.0 * RADIUS - apart)
times, overlaps = np.array(times), np.array(overlaps)

# %%
# With the reduced modulus E* = E/(2 (1 - nu^2)), radius R/2 and mass m/2, and the closing speed
# v, the overlap reaches (15 m v^2/(16 E* sqrt(R)))^(2/5) and the contact lasts 2.9432 times that
# over v.

modulus = 0.5 * YOUNG / (1.0 - POISSON**2)
mass = 0.5 * DENSITY * 4.0 / 3.0 * np.pi * RADIUS**3
closing = 2.0 * SPEED
deepest = (15.0 * mass * closing**2 / (16.0 * modulus * np.sqrt(0.5 * RADIUS))) ** 0.4
lasting = 2.9432 * deepest / closing
touching = times[overlaps > 0.0]
print(f"largest overlap {1e6 * overlaps.max():.3f} um, Hertz {1e6 * deepest:.3f} um")
print(f"contact lasts {1e6 * np.ptp(touching):.1f} us, Hertz {1e6 * lasting:.1f} us")


@styled
def overlap_figure():
    figure = new_figure(6.4, 3.2)
    axes = figure.subplots()
    axes.plot(1e6 * times, 1e6 * overlaps, label="computed")
    axes.axhline(1e6 * deepest, color="0.4", ls="--", label="largest overlap by Hertz")
    axes.set(xlabel="time (µs)", ylabel="overlap (µm)", ylim=(0.0, 1.4e6 * deepest))
    axes.legend(loc="upper right")
    set_titles(axes, "Head-on collision", "spheres of 10 mm, closing at 1 m/s")
    return figure


figure = overlap_figure()
