"""Help for the tests of voice applications: a local server as pytest fixtures, conversations written down, faults, and speech.

With voicelive installed, pytest has the fixtures ``voicelive_server`` and ``voicelive_session``; see ``docs/testing.md``. `speak` and
its companions make PCM: 16-bit little-endian mono, 24,000 Hz unless told otherwise.
"""

from ._answers import answer_audio, answer_call, answer_text
from ._clock import FakeClock
from ._faults import Faults
from ._matching import ABSENT, ANY
from ._script import Script
from ._server import ScriptedServer, scripted_server
from ._speech import gain, noise, overlap, silence, speak
from ._steps import close, expect, expect_close, optional, pause, raw, reply, unordered

__all__ = [
    "ABSENT",
    "ANY",
    "FakeClock",
    "Faults",
    "Script",
    "ScriptedServer",
    "answer_audio",
    "answer_call",
    "answer_text",
    "close",
    "expect",
    "expect_close",
    "gain",
    "noise",
    "optional",
    "overlap",
    "pause",
    "raw",
    "reply",
    "scripted_server",
    "silence",
    "speak",
    "unordered",
]
