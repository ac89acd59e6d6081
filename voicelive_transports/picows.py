"""Adapter on the picows library, version 2.3 or later, for asyncio: the one that takes the least CPU time.

What it makes of the options, beyond the obvious:

* ``compression`` is refused: the library has none.
* ``heartbeat``: a ping after that time without anything from the peer; without a sign of life for half of it more the
  connection is dropped with code 1006. While reading is paused, no peer is taken as gone.
* ``autoping``: while more waits to be sent than asyncio likes, only the latest ping is remembered, and answered after that.
* ``vendor_options`` are further arguments of ``picows.ws_connect``. ``use_aiofastnet`` is False unless set here.

Under uvloop, cancelling the handshake may leave its socket, cut but open, to the garbage collector.
A refusal's body is what came together with its headers. What has come and isn't yet asked for is bounded in bytes:
reading from the socket stops when more than 64 KiB wait, and goes on below 32 KiB. What one read brings comes on top; the
socket's receive buffer is held at 64 KiB for that, which Linux doubles. A connection stays below 256 KiB so.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import anyio
from picows import WSMsgType, WSProtocolError, WSTransport

from ._closing import check_close
from ._frames import encode_frame
from ._picows_handshake import refusal, shake_hands
from ._picows_inbox import Inbox
from ._target import parse_target
from .base import TransportInfo
from .errors import ConcurrentReceive, ReceiveTimeout, TransportClosed
from .options import ConnectOptions

_TEXT: Final = WSMsgType.TEXT  # looked up once: an enumeration's members are dear


class PicowsTransport:
    """A connection of the picows library as :class:`~voicelive_transports.Transport`."""

    def __init__(self, connection: WSTransport, inbox: Inbox, info: TransportInfo, receive_timeout_s: float | None) -> None:
        self.info = info
        self._connection = connection
        self._inbox = inbox
        self._receive_timeout_s = receive_timeout_s
        self._receiving = False

    @property
    def close_code(self) -> int | None:
        """See :class:`~voicelive_transports.Transport`."""
        return self._inbox.ending.code if self._inbox.ending and self._inbox.over.is_set() else None

    @property
    def close_reason(self) -> str | None:
        """See :class:`~voicelive_transports.Transport`."""
        return self._inbox.ending.reason if self._inbox.ending and self._inbox.over.is_set() else None

    async def send(self, frame: str | bytes) -> None:
        """See :class:`~voicelive_transports.Transport`."""
        data = encode_frame(frame)
        inbox = self._inbox
        while not (inbox.writable.is_set() or inbox.ending):
            await inbox.writable.wait()
        if inbox.ending:
            raise await self._ended()
        # The library takes all of it, here and now.
        self._connection.send(_TEXT, data)

    async def receive(self) -> bytes:
        """See :class:`~voicelive_transports.Transport`."""
        if self._receiving:
            raise await self._ended() if self._inbox.ending else ConcurrentReceive
        frame = self._inbox.take_frame()  # nothing to wait for, mostly
        if frame is not None:
            return frame
        self._receiving = True
        try:
            if self._receive_timeout_s is None:
                return await self._receive()
            with anyio.move_on_after(self._receive_timeout_s):
                return await self._receive()
            raise ReceiveTimeout(self._receive_timeout_s)
        finally:
            self._receiving = False

    async def _receive(self) -> bytes:
        frame = await self._inbox.next_frame()
        if frame is None:
            raise await self._ended()
        return frame

    async def aclose(self, code: int = 1000, reason: str = "") -> None:
        """See :class:`~voicelive_transports.Transport`."""
        check_close(code, reason)
        if self._inbox.ending:
            await self._ended()
            return
        self._inbox.close(code, reason)
        try:
            await self._ended()
        except BaseException:
            self._inbox.drop()
            raise

    async def _ended(self) -> TransportClosed:
        """Wait for the end."""
        # What the library objects to is the ending already.
        with suppress(WSProtocolError):
            await self._connection.wait_disconnected()
        await self._inbox.over.wait()
        assert self._inbox.ending is not None, "known when it is over"
        return self._inbox.ending.anew()


async def open_transport(url: str, options: ConnectOptions) -> PicowsTransport:
    """Connect; see :class:`~voicelive_transports.Opener`.

    Raises:
        TypeError: a vendor option is unknown to the library.
        ValueError: the URL or an option can't be used with this adapter; nothing was sent.
        ConnectFailed: no connection was made; HandshakeRejected and ConnectTimeout say more.
    """
    target = parse_target(url, options)
    if reason := refusal(target, options):
        raise ValueError(reason)
    connection, inbox, info = await shake_hands(target, options)
    return PicowsTransport(connection, inbox, info, options.receive_timeout)
