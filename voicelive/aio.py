"""The asynchronous client under its documented import path: ``from voicelive.aio import connect``.

``connect`` and the options are imported at once; the rest when it is first used, as the exceptions bring azure-core with them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from ._connect import connect
from ._options import WebsocketConnectionOptions

if TYPE_CHECKING:
    from ._connection import VoiceLiveConnection
    from ._resources import (
        ConversationItemResource,
        ConversationResource,
        InputAudioBufferResource,
        OutputAudioBufferResource,
        ResponseResource,
        SessionResource,
        TranscriptionSessionResource,
    )
    from .exceptions import ConnectionClosed, ConnectionError  # noqa: A004 - the documented name

__all__ = [
    "ConnectionClosed",
    "ConnectionError",
    "ConversationItemResource",
    "ConversationResource",
    "InputAudioBufferResource",
    "OutputAudioBufferResource",
    "ResponseResource",
    "SessionResource",
    "TranscriptionSessionResource",
    "VoiceLiveConnection",
    "WebsocketConnectionOptions",
    "connect",
]

_MODULES: Final = {
    "VoiceLiveConnection": "._connection",
    "ConnectionClosed": ".exceptions",
    "ConnectionError": ".exceptions",
}


def __getattr__(name: str) -> Any:
    """Import what isn't imported at once: the connection, its resources, the exceptions."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES.get(name, "._resources"), __package__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
