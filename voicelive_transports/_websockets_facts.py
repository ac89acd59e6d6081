"""What the library's connections, asynchronous or blocking, tell of themselves, in our terms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidHeader
from websockets.http11 import Response

from ._closing import ABNORMAL
from ._rejection import Rejection
from ._target import Target
from .base import TransportInfo
from .errors import TransportClosed


class Connected(Protocol):
    """What both kinds of connection have once they are open."""

    response: Response | None

    @property
    def local_address(self) -> Any: ...
    @property
    def remote_address(self) -> Any: ...


class Rejected(InvalidHandshake):
    """The server answered the handshake with an HTTP status other than 101; ``rejection`` is the answer."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(f"HTTP {rejection.status}")
        self.rejection = rejection


def ending(end: ConnectionClosed, *, peer_is_silent: bool) -> TransportClosed:
    """How the connection ended, once it has. The first close frame counts, whoever sent it."""
    if end.rcvd is not None and end.rcvd_then_sent is not False:
        return TransportClosed(end.rcvd.code, end.rcvd.reason, clean=end.sent is not None)
    if end.sent is None:
        what_happened = "the peer stopped answering pings" if peer_is_silent else "the connection was lost"
        return TransportClosed(ABNORMAL, what_happened, clean=False)
    return TransportClosed(end.sent.code, end.sent.reason, clean=end.rcvd is not None)


def detail(exc: Exception) -> str:
    """Say what failed, without values of headers."""
    if isinstance(exc, InvalidHeader):
        return f"the server's answer has a wrong or missing {exc.name} header"
    return str(exc) or type(exc).__name__


def connection_info(connection: Connected, target: Target, adapter: str) -> TransportInfo:
    """Facts about an open connection."""
    assert connection.response is not None, "the handshake is over"
    return TransportInfo(
        adapter=adapter,
        url=target.public_url,
        tls=target.tls,
        local_address=_host_and_port(lambda: connection.local_address),
        peer_address=_host_and_port(lambda: connection.remote_address),
        compression=connection.response.headers.get("Sec-WebSocket-Extensions"),
        sends_first=True,
    )


def _host_and_port(ask: Callable[[], Any]) -> tuple[str, int] | None:
    """Cut an address of a socket, which for IPv6 has four parts, and for a Unix socket is a path; None if it is closed already."""
    try:
        address = ask()
    except OSError:
        return None
    return (address[0], address[1]) if isinstance(address, tuple) else None
