"""Adapter on the aiohttp library, version 3.13 or later, for asyncio.

What it makes of the options, beyond the obvious:

* ``heartbeat``: a ping after that time without anything from the peer. Without a sign of life for half of it more,
  the connection is dropped with code 1006. For intervals above 5 s the library rounds each up to whole seconds. Where
  so much is left unread for so long that reading is paused, the peer is taken as gone, too: its pong isn't seen.
* ``autoping``: pings are answered while somebody receives, as the library does all its work there.
* ``proxy``: by the library for ``wss://`` alone, as it asks a proxy for a ``ws://`` URL in a way that shows the proxy
  all headers; SOCKS isn't known to it. Both are refused.
* ``vendor_options`` are further arguments of ``aiohttp.ClientSession.ws_connect``.

What has come and isn't yet asked for is bounded in bytes: the library stops reading from the socket when more than 512 KiB
wait (128 KiB before its version 3.14), and offers no way to say less.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Coroutine, Generator
from contextlib import suppress
from types import coroutine
from typing import Any, Final

import anyio
from aiohttp import ClientError, ServerTimeoutError, WebSocketError, WSMessage, WSMsgType

from ._abort import abort_quietly, unsent_bytes
from ._aiohttp_handshake import Opened, refusal, shake_hands
from ._closing import ABNORMAL, INVALID_TEXT, NO_CODE, NOT_UTF8, PROTOCOL_ERROR, TOO_BIG, check_close, may_be_received
from ._frames import encode_frame, is_utf8
from ._target import parse_target
from .errors import ConcurrentReceive, ReceiveTimeout, TransportClosed
from .options import ConnectOptions

# Looked up once: an enumeration's members cost more than the rest of what is done with a frame.
_TEXT: Final = WSMsgType.TEXT
_MESSAGES: Final = frozenset({WSMsgType.TEXT, WSMsgType.BINARY})
_HEARTBEATS: Final = frozenset({WSMsgType.PING, WSMsgType.PONG})


@coroutine
def _sharing_waits(sending: Coroutine[Any, Any, None]) -> Generator[Any, Any, bool]:
    """Await the library's send so that cancelling it leaves alone what it waits for; tells whether it has waited to the end.

    All who wait for room wait for one future of the library's. It is cancelled with the first of them whose task is, and from then on
    each send that has to wait raises CancelledError in a task that nobody cancelled.
    """
    room = None
    try:
        while True:
            room = sending.send(None)
            room._asyncio_future_blocking = False  # as a task does that is given a future to wait for
            yield from asyncio.shield(room)
    except StopIteration:
        return True
    except asyncio.CancelledError:
        # Another wait was cut off, such as that of the library's own pings as it closes. Our message was taken before.
        if room is None or not room.cancelled():
            raise
        return False
    finally:
        sending.close()


class AiohttpTransport:
    """A connection of the aiohttp library as :class:`~voicelive_transports.Transport`."""

    def __init__(self, opened: Opened, options: ConnectOptions) -> None:
        self.info = opened.info
        self._opened = opened
        self._socket = opened.socket
        self._options = options
        self._max_msg_size = options.max_msg_size
        self._receive_timeout_s = options.receive_timeout
        self._receiving = False
        self._closing = False
        self._ending: TransportClosed | None = None
        self._over = asyncio.Event()
        opened.connection.add_callback(self._let_go)

    @property
    def close_code(self) -> int | None:
        """See :class:`~voicelive_transports.Transport`."""
        return self._ending.code if self._ending and self._over.is_set() else None

    @property
    def close_reason(self) -> str | None:
        """See :class:`~voicelive_transports.Transport`."""
        return self._ending.reason if self._ending and self._over.is_set() else None

    async def send(self, frame: str | bytes) -> None:
        """See :class:`~voicelive_transports.Transport`.

        Over a lost connection the code is 1006, even if the peer's close frame still waits to be received.
        """
        data = encode_frame(frame)
        if self._ending:
            raise await self._ended()
        try:
            if not await _sharing_waits(self._socket.send_frame(data, _TEXT)) and self._socket.closed:
                # There was no room until the connection was dropped, and the message with it.
                raise await self._ended()
        except (ClientError, ConnectionError) as exc:
            raise await self._ended() from exc

    async def receive(self) -> bytes:
        """See :class:`~voicelive_transports.Transport`."""
        if self._ending:
            raise await self._ended()
        if self._receiving:
            raise ConcurrentReceive
        self._receiving = True
        try:
            if self._receive_timeout_s is not None:
                return await self._receive_in_time(self._receive_timeout_s)
            message = await self._socket.receive()
            return self._usual(message) or await self._take(message)
        finally:
            self._receiving = False

    async def _receive_in_time(self, timeout_s: float) -> bytes:
        with anyio.move_on_after(timeout_s):
            return await self._take(await self._socket.receive())
        raise ReceiveTimeout(timeout_s)

    def _usual(self, message: WSMessage) -> bytes | None:
        """The frame of a message with which there is nothing to do: nearly all are so."""
        frame: Any = message.data
        fits = message.type is _TEXT and frame.__class__ is bytes and len(frame) <= self._max_msg_size and not self._closing
        return frame if fits and frame.isascii() else None

    async def _take(self, message: WSMessage) -> bytes:
        while message.type in _HEARTBEATS:
            # These come with autoping=False alone, and nobody asks for them.
            message = await self._socket.receive()
        if self._closing:
            raise await self._ended()
        if message.type not in _MESSAGES:
            await self._end(message)
            raise await self._ended()
        frame: bytes = message.data if isinstance(message.data, bytes) else message.data.encode()
        if len(frame) > self._max_msg_size:
            return await self._fail(TOO_BIG, f"message of {len(frame)} bytes is over the limit of {self._max_msg_size}")
        if not is_utf8(frame):
            return await self._fail(INVALID_TEXT, NOT_UTF8)
        return frame

    async def _end(self, message: WSMessage) -> None:
        """Take the message with which the library says that there will be no more."""
        if message.type is WSMsgType.CLOSE and message.data and not may_be_received(message.data):
            await self._fail(PROTOCOL_ERROR, f"the peer closed with code {message.data}, which no frame may carry")
        elif message.type is WSMsgType.CLOSE:
            self._ending = TransportClosed(message.data or NO_CODE, message.extra or "", clean=self._options.autoclose)
            await self._drop(answer=(message.data or 1000) if self._options.autoclose else None)
        elif message.type is WSMsgType.ERROR and isinstance(message.data, WebSocketError):
            self._ending = TransportClosed(message.data.code, str(message.data), clean=False)
            await self._drop()
        elif message.type is WSMsgType.ERROR and isinstance(message.data, zlib.error):
            self._ending = TransportClosed(PROTOCOL_ERROR, "a message can't be decompressed", clean=False)
            await self._drop()
        else:
            self._ending = self._lost()
            await self._drop()

    async def _fail(self, code: int, reason: str) -> bytes:
        """End the connection over a message that can't be delivered."""
        self._ending = TransportClosed(code, reason, clean=False)
        await self._drop(answer=code, reason=reason)
        raise await self._ended()

    async def aclose(self, code: int = 1000, reason: str = "") -> None:
        """See :class:`~voicelive_transports.Transport`."""
        check_close(code, reason)
        if self._ending:
            await self._over.wait()
            return
        self._closing = True
        self._ending = TransportClosed(code, reason, clean=False)
        await self._drop(answer=code, reason=reason)

    async def _drop(self, *, answer: int | None = None, reason: str = "") -> None:
        """Send a close frame, if ``answer`` is its code, wait for the peer's if that is missing, and let everything go."""
        assert self._ending is not None, "the ending is known first"
        transport = self._opened.transport
        try:
            if answer is not None:
                with anyio.move_on_after(self._options.close_timeout):
                    await self._socket.close(code=answer, message=reason.encode())
                    heard = self._socket.close_code not in (None, ABNORMAL)
                    self._ending = TransportClosed(self._ending.code, self._ending.reason, self._ending.clean or (heard and self._closing))
                    if unsent_bytes(transport) and (lost := self._opened.protocol.closed) is not None:
                        with suppress(ClientError):
                            await lost  # the library closes when all is sent
        finally:
            # The library's own closing would wait for a peer that reads no more, and whoever waits for room with it.
            abort_quietly(transport.abort)
            self._opened.answer.close()
            self._over.set()
            await self._opened.session.close()

    def _let_go(self) -> None:
        """The library lets the connection go; over a peer that it gave up, what is unsent would keep it open."""
        if self._silent():
            abort_quietly(self._opened.transport.abort)

    async def _ended(self) -> TransportClosed:
        """Wait for the end."""
        if self._ending is None:
            return self._lost()
        await self._over.wait()
        return self._ending.anew()

    def _lost(self) -> TransportClosed:
        what_happened = "the peer stopped answering pings" if self._silent() else "the connection was lost"
        return TransportClosed(ABNORMAL, what_happened, clean=False)

    def _silent(self) -> bool:
        return isinstance(self._socket.exception(), ServerTimeoutError)


async def open_transport(url: str, options: ConnectOptions) -> AiohttpTransport:
    """Connect; see :class:`~voicelive_transports.Opener`.

    Raises:
        TypeError: a vendor option is unknown to the library.
        ValueError: the URL or an option can't be used with this adapter; nothing was sent.
        ConnectFailed: no connection was made; HandshakeRejected and ConnectTimeout say more.
    """
    target = parse_target(url, options)
    if reason := refusal(target, options):
        raise ValueError(reason)
    return AiohttpTransport(await shake_hands(target, options), options)
