"""Experiments with sequences whose law is known: bias of the estimators, consistency of x."""
