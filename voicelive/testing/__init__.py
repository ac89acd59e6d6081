"""Help for the tests of voice applications: speech that a test can say, and a local server as pytest fixtures.

With voicelive installed, pytest has the fixture ``voicelive_server``; see ``docs/testing.md``. `speak` and its companions make PCM:
16-bit little-endian mono, 24,000 Hz unless told otherwise.
"""

from ._faults import Faults
from ._server import ScriptedServer, scripted_server
from ._speech import gain, noise, overlap, silence, speak

__all__ = ["Faults", "ScriptedServer", "gain", "noise", "overlap", "scripted_server", "silence", "speak"]
