"""What can go wrong on a transport.

::

    TransportError
    ├── ConnectFailed              .url .detail                    no connection was made
    │   ├── HandshakeRejected      .status .reason .headers .body  the server answered, and not with 101
    │   └── ConnectTimeout         .timeout_s
    ├── TransportClosed            .code .reason .clean            the connection is over
    ├── ReceiveTimeout             .timeout_s                      also a TimeoutError; the connection goes on
    └── ConcurrentReceive                                          a second receive() while one waits

Messages are made from the attributes, and may be logged: none holds the query of a URL, user info or a header's value.
"""

# The names say what happened, as those of the documented exceptions above do; only the root has the suffix.
# ruff: noqa: N818

from __future__ import annotations

from typing import Final

from ._closing import describe_code

MAX_BODY_BYTES: Final = 2048
"""So much of a refusing answer's body is kept."""

_HINTS: Final = {
    400: "check the api-version, the model and the other query parameters",
    401: "check that the key or token is right and belongs to this resource",
    403: "the identity lacks a role on this resource, such as Cognitive Services User, or a network rule shuts it out",
    404: "check the endpoint's host and path",
    429: "too many connections or requests; wait, then try again",
}
_REDIRECT_HINT: Final = "redirects are refused so that credentials never travel on; use the final address itself"


class TransportError(Exception):
    """Base of every error of a transport."""

    def __repr__(self) -> str:
        # The default would show the arguments, among them the headers of an answer.
        return f"{type(self).__name__}({str(self)!r})"


class ConnectFailed(TransportError):
    """No connection was made: name resolution, TCP, TLS, the proxy or the WebSocket handshake failed.

    Attributes:
        url: the URL without its query.
        detail: what failed, in words.
    """

    def __init__(self, url: str, detail: str) -> None:
        super().__init__(url, detail)
        self.url = url
        self.detail = detail

    def __str__(self) -> str:
        return f"can't connect to {self.url}: {self.detail}"


class HandshakeRejected(ConnectFailed):
    """The server answered the handshake with an HTTP status other than 101.

    Attributes:
        url: the URL without its query.
        status: HTTP status code.
        reason: reason phrase, may be empty.
        headers: the answer's headers as (name, value) pairs in order; never part of a message.
        body: the first 2048 bytes of the answer's body, or what came of them within 2 seconds; never part of a message.
    """

    def __init__(self, url: str, status: int, reason: str = "", headers: tuple[tuple[str, str], ...] = (), body: bytes = b"") -> None:
        answer = f"the server answered HTTP {status} {reason}".rstrip()
        hint = _REDIRECT_HINT if 300 <= status < 400 else _HINTS.get(status)
        super().__init__(url, f"{answer}; {hint}" if hint else answer)
        self.args = (url, status, reason, headers, body[:MAX_BODY_BYTES])
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = body[:MAX_BODY_BYTES]


class ConnectTimeout(ConnectFailed):
    """The connection wasn't ready in time.

    Attributes:
        url: the URL without its query.
        timeout_s: the ``handshake_timeout`` in seconds; None if there was none and the system gave up.
    """

    def __init__(self, url: str, timeout_s: float | None) -> None:
        limit = "the system's own limit" if timeout_s is None else f"{timeout_s:g} s (handshake_timeout)"
        super().__init__(url, f"no WebSocket connection within {limit}")
        self.args = (url, timeout_s)
        self.timeout_s = timeout_s


class TransportClosed(TransportError):
    """The connection is over; nothing more can be sent or received.

    Attributes:
        code: close code of the close frame that was first, ours or the peer's; 1005 if the peer's had none, 1006 if
            the connection was lost before any.
        reason: its reason; for 1006, what happened in words.
        clean: True if both sides exchanged close frames.
    """

    def __init__(self, code: int, reason: str, clean: bool) -> None:
        super().__init__(code, reason, clean)
        self.code = code
        self.reason = reason
        self.clean = clean

    def anew(self) -> TransportClosed:
        """The same once more, to be raised: one that was raised keeps its traceback."""
        return TransportClosed(self.code, self.reason, self.clean)

    def __str__(self) -> str:
        text = f"connection closed with code {self.code} ({describe_code(self.code)})"
        return f"{text}: {self.reason}" if self.reason else text


class ReceiveTimeout(TransportError, TimeoutError):
    """No message came within ``receive_timeout``; nothing is lost and the next receive() goes on.

    Attributes:
        timeout_s: the limit, in seconds.
    """

    def __init__(self, timeout_s: float) -> None:
        super().__init__(timeout_s)
        self.timeout_s = timeout_s

    def __str__(self) -> str:
        return f"no message within {self.timeout_s:g} s (receive_timeout)"


class ConcurrentReceive(TransportError):
    """A second receive() was called while another waits: the order of messages would be lost."""

    def __str__(self) -> str:
        return "another task is waiting in receive(); let one task receive and hand messages on"
