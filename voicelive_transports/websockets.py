"""Adapter on the websockets library, version 15 or later, for asyncio.

What it makes of the options, beyond the obvious:

* ``heartbeat``: a ping at that interval. If nothing at all comes within half of it, the connection is dropped, with code
  1006. That isn't judged while we leave messages unread, as the pong is behind them.
* ``autoclose=False`` and ``autoping=False`` are refused: the library always answers, as RFC 6455 section 5.5 asks.
* ``vendor_options`` are further arguments of ``websockets.asyncio.client.connect``.

What has come and isn't yet asked for is bounded in frames, as the library counts: reading from the socket stops when
more than 4 wait. In bytes that is 5 times ``max_msg_size`` at most when messages are large; when they are small, what
one read from the socket holds (120 KiB; more over TLS), which compression can multiply. With the service's audio
deltas of about 10 kB it is under 200 kB. ``vendor_options={"max_queue": n}`` sets another count.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

import anyio
from websockets.asyncio.client import connect
from websockets.exceptions import (
    ConcurrencyError,
    ConnectionClosed,
    InvalidProxy,
    WebSocketException,
)
from websockets.protocol import State

from ._abort import abort_quietly
from ._closing import INVALID_TEXT, NOT_UTF8, check_close
from ._frames import encode_frame, is_utf8
from ._target import parse_target
from ._websockets_arguments import connect_arguments
from ._websockets_connection import WatchedConnection
from ._websockets_facts import Rejected, connection_info, detail, ending
from .base import TransportInfo
from .errors import ConcurrentReceive, ConnectFailed, ConnectTimeout, ReceiveTimeout, TransportClosed
from .options import ConnectOptions


class WebsocketsTransport:
    """A connection of the websockets library as :class:`~voicelive_transports.Transport`."""

    def __init__(self, connection: WatchedConnection, info: TransportInfo, receive_timeout_s: float | None) -> None:
        self.info = info
        self._connection = connection
        self._receive_timeout_s = receive_timeout_s
        self._closing = False

    @property
    def close_code(self) -> int | None:
        """See :class:`~voicelive_transports.Transport`."""
        return self._ending().code if self._connection.state is State.CLOSED else None

    @property
    def close_reason(self) -> str | None:
        """See :class:`~voicelive_transports.Transport`."""
        return self._ending().reason if self._connection.state is State.CLOSED else None

    async def send(self, frame: str | bytes) -> None:
        """See :class:`~voicelive_transports.Transport`."""
        # Encoded here: over a str that has no UTF-8 the library would close the connection.
        data = encode_frame(frame)
        try:
            await self._connection.send(data, text=True)
        except ConnectionClosed as exc:
            raise self._ending() from exc

    def receive(self) -> Coroutine[Any, Any, bytes]:
        """See :class:`~voicelive_transports.Transport`."""
        # Not a coroutine around a coroutine: that would cost each message a tenth.
        return self._receive() if self._receive_timeout_s is None else self._receive_in_time(self._receive_timeout_s)

    async def _receive_in_time(self, timeout_s: float) -> bytes:
        with anyio.move_on_after(timeout_s):
            return await self._receive()
        raise ReceiveTimeout(timeout_s)

    async def _receive(self) -> bytes:
        try:
            frame = await self._connection.recv(decode=False)
            while self._closing:
                frame = await self._connection.recv(decode=False)
        except ConnectionClosed as exc:
            raise self._ending() from exc
        except ConcurrencyError as exc:
            if not self._closing:
                raise ConcurrentReceive from exc
            # It is aclose() that reads.
            await self._connection.wait_closed()
            raise self._ending() from None
        if not is_utf8(frame):
            await self.aclose(INVALID_TEXT, NOT_UTF8)
            # Not _ending(): the peer may have closed or gone since, and the message would vanish unseen.
            raise TransportClosed(INVALID_TEXT, NOT_UTF8, clean=False)
        return frame

    async def aclose(self, code: int = 1000, reason: str = "") -> None:
        """See :class:`~voicelive_transports.Transport`."""
        check_close(code, reason)
        self._closing = True
        self._connection.cut_off_later()
        # The peer's close frame comes after all that nobody has read, so somebody must.
        reading = asyncio.create_task(self._discard())
        try:
            await self._connection.close(code, reason)
        finally:
            # Ends what a cancelled close leaves open. After a complete one nothing is left, but until Python 3.11
            # asyncio warns of a TLS transport that the peer closed first and nobody closed here.
            abort_quietly(self._connection.transport.abort)
        await reading

    async def _discard(self) -> None:
        with contextlib.suppress(ConnectionClosed, ConcurrencyError):
            while True:
                await self._connection.recv(decode=False)

    def _ending(self) -> TransportClosed:
        return ending(self._connection.protocol, peer_is_silent=self._connection.peer_is_silent)


async def open_transport(url: str, options: ConnectOptions) -> WebsocketsTransport:
    """Connect; see :class:`~voicelive_transports.Opener`.

    Raises:
        TypeError: a vendor option is unknown to the library.
        ValueError: the URL or an option can't be used with this adapter; nothing was sent.
        ConnectFailed: no connection was made; HandshakeRejected and ConnectTimeout say more.
    """
    target = parse_target(url, options)
    # Limited here, so that the connection can tell how much time is left.
    arguments = {**connect_arguments(options), "open_timeout": None}
    try:
        with anyio.fail_after(options.handshake_timeout):
            connection = await connect(url, create_connection=WatchedConnection, **arguments)
    except Rejected as exc:
        raise exc.rejection.error(target) from exc
    except (TimeoutError, asyncio.TimeoutError) as exc:
        raise ConnectTimeout(target.public_url, options.handshake_timeout) from exc
    except InvalidProxy:
        # Without the cause, whose message quotes the address and so perhaps a password.
        raise ConnectFailed(target.public_url, "the proxy named by the environment has no valid URL") from None
    except (OSError, WebSocketException) as exc:
        raise ConnectFailed(target.public_url, detail(exc)) from exc
    assert isinstance(connection, WatchedConnection), "as asked for"
    info = connection_info(connection, target, "websockets")
    # Of no more use, and the credential is among them; they would take a sixth of an idle connection's memory.
    for message in (connection.request, connection.response):
        assert message is not None, "the handshake is over"
        message.headers.clear()
    return WebsocketsTransport(connection, info, options.receive_timeout)
