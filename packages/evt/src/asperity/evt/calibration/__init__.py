"""Calibration of the normalised magnitude: fits, their goodness, the evidence for a reading."""
