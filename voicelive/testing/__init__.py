"""Help for the tests of voice applications: a local server as pytest fixtures, conversations written down, faults, and speech.

With voicelive installed, pytest has the fixtures ``voicelive_server`` and ``voicelive_session``; see ``docs/testing.md``. `speak` and
its companions make PCM: 16-bit little-endian mono, 24,000 Hz unless told otherwise.

Importing this package imports none of it: each name is imported when it is first used, as pytest loads it in every run.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ._answers import answer_audio, answer_call, answer_text
    from ._clock import FakeClock
    from ._compare import Comparison, compare
    from ._faults import Faults
    from ._matching import ABSENT, ANY
    from ._recorded import recorded_steps
    from ._replay_client import replay_as_client
    from ._script import Script
    from ._server import ScriptedServer, scripted_server
    from ._sessions import Sessions
    from ._speech import from_format, gain, level_db, noise, overlap, pieces, resample, silence, speak, to_format, with_noise
    from ._steps import close, expect, expect_close, optional, pause, raw, reply, unordered

__all__ = [
    "ABSENT",
    "ANY",
    "Comparison",
    "FakeClock",
    "Faults",
    "Script",
    "ScriptedServer",
    "Sessions",
    "answer_audio",
    "answer_call",
    "answer_text",
    "close",
    "compare",
    "expect",
    "expect_close",
    "from_format",
    "gain",
    "level_db",
    "noise",
    "optional",
    "overlap",
    "pause",
    "pieces",
    "raw",
    "recorded_steps",
    "replay_as_client",
    "reply",
    "resample",
    "scripted_server",
    "silence",
    "speak",
    "to_format",
    "unordered",
    "with_noise",
]

_NAMES: Final = {
    "_answers": "answer_audio answer_call answer_text",
    "_clock": "FakeClock",
    "_compare": "Comparison compare",
    "_faults": "Faults",
    "_matching": "ABSENT ANY",
    "_recorded": "recorded_steps",
    "_replay_client": "replay_as_client",
    "_script": "Script",
    "_server": "ScriptedServer scripted_server",
    "_sessions": "Sessions",
    "_speech": "from_format gain level_db noise overlap pieces resample silence speak to_format with_noise",
    "_steps": "close expect expect_close optional pause raw reply unordered",
}
_MODULES: Final = {name: module for module, names in _NAMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, and keep it."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
