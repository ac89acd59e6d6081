"""What the websockets library tells of a connection, asynchronous, blocking or over anyio, in our terms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from websockets.exceptions import InvalidHandshake, InvalidHeader
from websockets.http11 import Response
from websockets.protocol import Protocol as WebSocketProtocol

from ._addresses import host_and_port
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


def ending(protocol: WebSocketProtocol, *, peer_is_silent: bool) -> TransportClosed:
    """How the connection ended, once it has. The first close frame counts, whoever sent it."""
    theirs, ours = protocol.close_rcvd, protocol.close_sent
    if theirs is not None and protocol.close_rcvd_then_sent is not False:
        return TransportClosed(theirs.code, theirs.reason, clean=ours is not None)
    if ours is not None:
        return TransportClosed(ours.code, ours.reason, clean=theirs is not None)
    return TransportClosed(ABNORMAL, "the peer stopped answering pings" if peer_is_silent else "the connection was lost", clean=False)


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
    """The address of a socket; None if it is closed already."""
    try:
        address = ask()
    except OSError:
        return None
    return host_and_port(address)
