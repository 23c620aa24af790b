"""Whether the hazard of a sequence changes with time, as its records tell it."""
