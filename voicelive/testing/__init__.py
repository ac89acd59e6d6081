"""Help for the tests of voice applications: speech that a test can say, and a local server as pytest fixtures.

With voicelive installed, pytest has the fixture ``voicelive_server``; see ``docs/testing.md``. `speak` and its companions make PCM:
16-bit little-endian mono, 24,000 Hz unless told otherwise.
"""

from ._speech import gain, noise, overlap, silence, speak

__all__ = ["gain", "noise", "overlap", "silence", "speak"]
