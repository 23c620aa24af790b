"""Velocities of stations: tables, frames, rotations of blocks, combination, comparison."""
