"""Scores of all ways to forecast the next record, over many sequences, in one table."""
