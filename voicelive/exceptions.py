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
        │   ├── EventsMissed            .count               events went, as nobody took them; the connection goes on
        │   ├── SubscriptionClosed                           next() of a subscription that was closed; the connection goes on
        │   └── MalformedEvent          .path .excerpt       a frame that is no event; the connection goes on
        ├── InvalidEvent                .event_type .state   also a ValueError: an event that may not be sent
        │   └── ResponseActive          .response_id         a response is active already, and the connection was told to refuse
        └── ServiceError                .type .code .param .event_id    what was awaited came to nothing: the service's own words
            ├── RequestRefused                               the service refused the request
            └── ResponseFailed          .response            the response ended with status ``failed``

``ConnectionError`` and ``ConnectionClosed`` have their documented names; the former isn't the built-in one. An ``error`` event of
the service is delivered as an event; it is raised, as a ``ServiceError``, only where somebody awaits that very answer. What a
credential raises reaches the caller unchanged.

Messages may be logged: none holds a credential, a URL's query or audio.
"""

# Names say what happened, as the documented ConnectionClosed does.
# ruff: noqa: N818

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from azure.core.exceptions import AzureError

import voicelive_transports as transports
from voicelive_proto import LocalProtocolError, MalformedFrame

if TYPE_CHECKING:
    from voicelive_proto.responses import Response

__all__ = [
    "ConcurrentReceive",
    "ConnectFailed",
    "ConnectTimeout",
    "ConnectionClosed",
    "ConnectionError",
    "EventsMissed",
    "HandshakeRejected",
    "InvalidEvent",
    "MalformedEvent",
    "ReceiveTimeout",
    "RequestRefused",
    "ResponseActive",
    "ResponseFailed",
    "ServiceError",
    "SubscriptionClosed",
    "VoiceLiveError",
]

_CLOSE_HINTS: Final = {
    1006: "no close frame came: the network or the service dropped the connection; connect again",
    1008: "policy violation: the service ended the session on purpose; an error event before it may say why",
    1009: "a message was too big: raise max_msg_size in connection_options for incoming ones, send less at once otherwise",
    1011: "the service failed; connect again",
}


class VoiceLiveError(AzureError):
    """Base of every error of this package; can be pickled, but for what was raised before it."""

    def __reduce__(self) -> Any:
        # Not by a call with args, which hold the message alone. What azure-core keeps of an earlier error has a traceback.
        state = {**vars(self), "args": self.args, "exc_type": type(None), "exc_value": None, "exc_traceback": None}
        return type(self).__new__, (type(self),), state


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
    """The connection wasn't ready within ``handshake_timeout``; or ``stay_connected()`` made one, and no session began on it."""


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


class EventsMissed(ConnectionError):
    """Events came faster than they were taken, and the oldest are gone; the next call goes on with those that are left.

    Attributes:
        count: how many are gone.
    """

    def __init__(self, count: int) -> None:
        super().__init__(
            f"{count} events were dropped, the oldest first, because nobody took them; iterate while others wait, or take less"
        )
        self.count = count


class SubscriptionClosed(ConnectionError):
    """A subscription was closed, and all that it held has been taken; the connection goes on."""

    def __init__(self) -> None:
        super().__init__("the subscription was closed, and nothing is left in it; subscribe again with events()")


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


class ResponseActive(InvalidEvent):
    """A response was asked for while another is active, and ``when_response_active`` is ``"error"``; nothing was sent.

    Attributes:
        response_id: the active response, or None while it is only asked for.
    """

    def __init__(self, response_id: str | None) -> None:
        name = response_id or "one that was asked for"
        super().__init__(
            f"a response is active already ({name}); wait for its response.done, cancel it, or connect with when_response_active='queue'",
            event_type="response.create",
            state="IN_PROGRESS",
        )
        self.response_id = response_id


class ServiceError(VoiceLiveError):
    """The service said that what was awaited came to nothing.

    Attributes:
        type: kind of error, such as ``invalid_request_error``; None when it isn't said.
        code: such as ``conversation_already_has_active_response``; None when it isn't said.
        param: the parameter that is wrong; None when it isn't said.
        event_id: the client event that it answers; None when it isn't known.
    """

    def __init__(
        self,
        message: str,
        *,
        type: str | None,  # noqa: A002 - the wire name
        code: str | None,
        param: str | None = None,
        event_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.type = type
        self.code = code
        self.param = param
        self.event_id = event_id


class RequestRefused(ServiceError):
    """The service answered a request with an ``error`` event."""


class ResponseFailed(ServiceError):
    """A response ended with status ``failed``.

    Attributes:
        response: the response as its ``response.done`` has it.
    """

    def __init__(self, message: str, *, kind: str | None, code: str | None, response: Response) -> None:
        super().__init__(message, type=kind, code=code)
        self.response = response


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
