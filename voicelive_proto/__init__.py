"""The Voice Live protocol without I/O: events, codec and state for either side of a connection.

::

    conn = Connection(CLIENT)
    frame = conn.send(client_events.ResponseCreate())  # bytes for the WebSocket, as a text message
    event = conn.receive(text)  # an event of voicelive_proto.server_events
    conn.responses.active  # what is known because of it

Needs msgspec and pybase64, nothing else.
"""

from typing import TYPE_CHECKING, Any

from . import client_events, server_events
from ._codec import Decoder, append_frame, encode
from ._connection import CLIENT, MAX_APPEND_BYTES, SERVER, Connection, Role
from ._registry import CLIENT_EVENTS, FAMILIES, SERVER_EVENTS
from ._state.base import Limits
from .audio_formats import AudioFormat, audio_format
from .errors import LocalProtocolError, MalformedFrame, ProtocolError, RemoteProtocolError, UnexpectedEvent

if TYPE_CHECKING:
    from . import enums

__all__ = [
    "CLIENT",
    "CLIENT_EVENTS",
    "FAMILIES",
    "MAX_APPEND_BYTES",
    "SERVER",
    "SERVER_EVENTS",
    "AudioFormat",
    "Connection",
    "Decoder",
    "Limits",
    "LocalProtocolError",
    "MalformedFrame",
    "ProtocolError",
    "RemoteProtocolError",
    "Role",
    "UnexpectedEvent",
    "append_frame",
    "audio_format",
    "client_events",
    "encode",
    "enums",
    "server_events",
]


def __getattr__(name: str) -> Any:
    """Load the constants when they are asked for: making them takes a tenth of the import, and the core itself needs none."""
    if name != "enums":
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module  # noqa: PLC0415 - as the constants themselves

    return import_module(f"{__name__}.enums")
