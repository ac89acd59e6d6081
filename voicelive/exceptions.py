"""What can go wrong with a connection, for callers of ``voicelive``.

::

    azure.core.exceptions.AzureError
    └── VoiceLiveError
        ├── ConnectionError                                  the WebSocket connection
        │   ├── ConnectFailed                                no connection was made
        │   │   ├── HandshakeRejected   .status .headers     the service answered, and not with 101
        │   │   └── ConnectTimeout                           also a TimeoutError
        │   ├── ConnectionClosed        .code .reason        the connection is over
        │   ├── ReceiveTimeout                               also a TimeoutError; the connection goes on
        │   ├── ConcurrentReceive                            a second recv() while one waits; the connection goes on
        │   └── MalformedEvent          .path .excerpt       a frame that is no event; the connection goes on
        └── InvalidEvent                .event_type .state   also a ValueError: an event that may not be sent

``ConnectionError`` and ``ConnectionClosed`` have their documented names; the former isn't the built-in one. An ``error`` event of
the service is none of these: it is delivered as an event. What a credential raises reaches the caller unchanged.

Messages may be logged: none holds a credential, a URL's query or audio.
"""

# Names say what happened, as the documented ConnectionClosed does.
# ruff: noqa: N818

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from azure.core.exceptions import AzureError

import voicelive_transports as transports
from voicelive_proto import LocalProtocolError, MalformedFrame

__all__ = [
    "ConcurrentReceive",
    "ConnectFailed",
    "ConnectTimeout",
    "ConnectionClosed",
    "ConnectionError",
    "HandshakeRejected",
    "InvalidEvent",
    "MalformedEvent",
    "ReceiveTimeout",
    "VoiceLiveError",
]

_CLOSE_HINTS: Final = {
    1006: "no close frame came: the network or the service dropped the connection; connect again",
    1008: "policy violation: the service ended the session on purpose; an error event before it may say why",
    1009: "a message was too big: raise max_msg_size in connection_options for incoming ones, send less at once otherwise",
    1011: "the service failed; connect again",
}


class VoiceLiveError(AzureError):
    """Base of every error of this package."""


class ConnectionError(VoiceLiveError):  # noqa: A001 - the documented name
    """Something went wrong with the WebSocket connection, or with what came over it."""


class ConnectFailed(ConnectionError):
    """No connection was made: name resolution, TCP, TLS, a proxy or the WebSocket handshake failed."""


class HandshakeRejected(ConnectFailed):
    """The service answered the handshake with an HTTP status other than 101.

    Attributes:
        status: HTTP status code, such as 401.
        headers: the answer's headers as (name, value) pairs in order; never part of a message.
    """

    def __init__(self, message: str, status: int, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers


class ConnectTimeout(ConnectFailed, TimeoutError):
    """The connection wasn't ready within ``handshake_timeout``."""


class ConnectionClosed(ConnectionError):
    """The connection is over; nothing more can be sent or received.

    Attributes:
        code: close code; 1005 if the close frame had none, 1006 if the connection was lost without one.
        reason: the reason that came with it, may be empty.
    """

    def __init__(self, code: int, reason: str) -> None:
        text = f"WebSocket connection closed with code {code}: {reason or 'no reason given'}"
        hint = _CLOSE_HINTS.get(code)
        super().__init__(f"{text} ({hint})" if hint else text)
        self.code = code
        self.reason = reason


class ReceiveTimeout(ConnectionError, TimeoutError):
    """No event came within ``receive_timeout``; nothing is lost and the next ``recv()`` goes on."""


class ConcurrentReceive(ConnectionError):
    """A second ``recv()`` was called while another waits; let one task receive and hand events on."""


class MalformedEvent(ConnectionError):
    """A frame from the service that is no event; the next ``recv()`` goes on with the next frame.

    Attributes:
        event_type: wire name of the event, or None when it has none.
        path: where in the frame, such as ``$.session.tools[0].name``; ``$`` for the frame as a whole.
        excerpt: the frame's first bytes, at most 120.
    """

    def __init__(self, message: str, *, event_type: str | None, path: str, excerpt: bytes) -> None:
        super().__init__(message)
        self.event_type = event_type
        self.path = path
        self.excerpt = excerpt


class InvalidEvent(VoiceLiveError, ValueError):
    """An event that may not be sent, or not in this form; nothing was sent and no state has moved.

    Attributes:
        event_type: wire name of the event, or None when it has none.
        state: name of the state that refuses it, or None when the event itself is wrong.
    """

    def __init__(self, message: str, *, event_type: str | None, state: str | None) -> None:
        super().__init__(message)
        self.event_type = event_type
        self.state = state


_FROM_TRANSPORT: Final[dict[type[Exception], Callable[[Any], ConnectionError]]] = {
    transports.HandshakeRejected: lambda error: HandshakeRejected(str(error), error.status, error.headers),
    transports.ConnectTimeout: lambda error: ConnectTimeout(str(error)),
    transports.ConnectFailed: lambda error: ConnectFailed(str(error)),
    transports.TransportClosed: lambda error: ConnectionClosed(error.code, error.reason),
    transports.ReceiveTimeout: lambda error: ReceiveTimeout(str(error)),
    transports.ConcurrentReceive: lambda error: ConcurrentReceive(str(error)),
    transports.TransportError: lambda error: ConnectionError(str(error)),
}
"""Every error of a transport, and what callers of this package see instead; subclasses count as their nearest base."""


def from_transport(error: transports.TransportError) -> ConnectionError:
    """Give the error that callers see for an error of the transport."""
    nearest = next(base for base in type(error).__mro__ if base in _FROM_TRANSPORT)
    return _FROM_TRANSPORT[nearest](error)


def from_malformed(error: MalformedFrame) -> MalformedEvent:
    """Give the error that callers see for a frame that is no event."""
    return MalformedEvent(str(error), event_type=error.event_type, path=error.path, excerpt=error.excerpt)


def from_local(error: LocalProtocolError) -> InvalidEvent:
    """Give the error that callers see for an event that may not be sent."""
    return InvalidEvent(str(error), event_type=error.event_type, state=error.state)
