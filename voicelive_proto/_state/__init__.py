"""Trackers: reducers that keep the facts of a session from the events of either role. No I/O, clock or randomness; never audio."""
