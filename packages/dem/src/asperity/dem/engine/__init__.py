"""Grains, contacts and walls: the state, its laws, and how it moves."""
