"""Follow a sequence while it happens: sources, store of events, signal, loop."""
