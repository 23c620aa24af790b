"""Discrete-element laboratory earthquakes and the study of their nucleation."""
