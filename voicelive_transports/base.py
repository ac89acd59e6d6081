"""The seam between a Voice Live connection and the network: frames in, frames out, close.

An adapter is an :class:`Opener`: it opens a WebSocket and gives a :class:`Transport`. JSON, events and retries stay
above; ping, pong, fragments, compression and the locking of concurrent sends stay below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .options import ConnectOptions


@dataclass(frozen=True)
class TransportInfo:
    """Facts about an open transport, for logs and diagnostics; nothing in it is secret."""

    adapter: str
    """Name of the adapter, as :func:`voicelive_transports.get_opener` takes it."""
    url: str
    """The URL without its query."""
    tls: bool
    """True if the connection is encrypted."""
    local_address: tuple[str, int] | None = None
    """Our host and port; None if there is no such socket."""
    peer_address: tuple[str, int] | None = None
    """The peer's host and port, or the proxy's if there is one between; None if there is no such socket."""
    compression: str | None = None
    """The negotiated extension as the server's handshake names it, such as ``permessage-deflate``; None if none."""
    sends_first: bool = False
    """True if a send() takes its message first and waits for room afterwards, so that one that is cancelled while it waits has sent it.
    Otherwise it has not, as a rule."""


class Transport(Protocol):
    """An open connection which carries whole messages.

    One task may receive while any number of tasks send. Every method may be cancelled: a cancelled receive() loses no
    message, and of a cancelled send() either the whole message goes out or nothing does.
    """

    @property
    def info(self) -> TransportInfo:
        """Facts about the connection."""
        ...

    @property
    def close_code(self) -> int | None:
        """The close code as in :class:`TransportClosed`; None while the connection is open or closing."""
        ...

    @property
    def close_reason(self) -> str | None:
        """The close reason as in :class:`TransportClosed`; None while the connection is open or closing."""
        ...

    async def send(self, frame: str | bytes) -> None:
        """Send one text message; ``bytes`` must be UTF-8 already, and go out as text too.

        Returns when the message is handed over; waits while too much unsent data is held.

        Raises:
            TypeError: ``frame`` is neither str nor bytes; nothing was sent.
            UnicodeEncodeError: a str that isn't encodable as UTF-8 (a lone surrogate); nothing was sent.
            TransportClosed: the connection is over.
        """
        ...

    async def receive(self) -> bytes:
        """Wait for one whole message and return it as UTF-8 bytes, whether the peer sent text or binary.

        Messages which came before the peer closed are delivered before TransportClosed is raised. After our own
        aclose() none is delivered.

        Raises:
            TransportClosed: the connection is over: closed by either side, lost, or ended by this side because a
                message was longer than ``max_msg_size`` (code 1009) or not UTF-8 (code 1007).
            ReceiveTimeout: ``receive_timeout`` passed; the connection goes on.
            ConcurrentReceive: another task waits in receive().
        """
        ...

    async def aclose(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection and wait for the peer's close frame, at most ``close_timeout``.

        Does nothing if the connection is closed already. A receive() that waits meanwhile raises TransportClosed.
        Cancelling aclose() drops the connection at once.

        Raises:
            TypeError: ``code`` isn't an int or ``reason`` isn't a str.
            ValueError: the code may not be sent, or the reason takes more than 123 bytes as UTF-8.
        """
        ...


class Opener(Protocol):
    """Opens a connection: the one function an adapter offers."""

    async def __call__(self, url: str, options: ConnectOptions) -> Transport:
        """Connect to a ``ws://`` or ``wss://`` URL and perform the handshake.

        Redirects are not followed, so headers never reach another host.

        Raises:
            ValueError: the URL or an option can't be used with this adapter; nothing was sent.
            ConnectFailed: no connection was made; HandshakeRejected and ConnectTimeout say more.
        """
        ...
