"""Slow, obvious versions of the b-value's parts."""

import math
from decimal import ROUND_HALF_UP, Decimal

import numpy as np


def next_exceeding(magnitudes, margin, tolerance=1e-9):
    """Look at every later event."""
    found = []
    for i, m in enumerate(magnitudes):
        rows = [
            j
            for j in range(i + 1, len(magnitudes))
            if magnitudes[j] - m >= margin - tolerance and magnitudes[j] - m > tolerance
        ]
        found.append(rows[0] if rows else -1)
    return found


def round_half_away(text, width):
    """Round a decimal text to a multiple of another, in decimal arithmetic."""
    steps = (abs(Decimal(text)) / Decimal(width)).quantize(Decimal(1), ROUND_HALF_UP)
    return float(steps * Decimal(width) * (-1 if text.startswith("-") else 1))


def binned_likelihood_b(magnitudes, mc, width):
    """Maximise the likelihood of the geometric law on a grid of b."""
    steps = np.round((np.asarray(magnitudes) - mc) / width)
    grid = np.linspace(0.2, 4.0, 380_001)
    ratio = 10.0 ** (-grid * width)
    log_likelihood = np.log1p(-ratio) + steps.mean() * np.log(ratio)
    return grid[np.argmax(log_likelihood)]


def shi_bolt(values, b):
    """Sum by hand."""
    n = len(values)
    mean = sum(values) / n
    return math.log(10) * b * b * math.sqrt(sum((v - mean) ** 2 for v in values) / (n * (n - 1)))
