"""Strain rate from velocities: collocation on the sphere, and other methods beside it."""
