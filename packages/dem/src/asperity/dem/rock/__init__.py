"""Specimens of rock: how they are packed, tested and calibrated."""
