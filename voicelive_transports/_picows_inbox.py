"""What the picows library calls: messages are kept until they are asked for, and close frames are answered."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from typing import Any, Final

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport

from ._abort import abort_quietly, unsent_bytes
from ._addresses import host_and_port
from ._closing import ABNORMAL, INVALID_TEXT, NO_CODE, NOT_UTF8, PROTOCOL_ERROR, TOO_BIG, may_be_received
from ._frames import is_utf8
from .errors import TransportClosed
from .options import ConnectOptions

# Looked up once: an enumeration's members cost more than the rest of what is done with a frame.
_TEXT: Final = WSMsgType.TEXT
_BINARY: Final = WSMsgType.BINARY
_CONTINUATION: Final = WSMsgType.CONTINUATION
_CLOSE: Final = WSMsgType.CLOSE
_PING: Final = WSMsgType.PING

_PAUSE_ABOVE_BYTES: Final = 64 * 1024
_RESUME_BELOW_BYTES: Final = 32 * 1024
_OVERHEAD_BYTES: Final = 48
"""What a message takes beyond its bytes, so that empty ones count, too."""


class Inbox(WSListener):
    """The state of one connection between the library's calls and ours. Nothing here waits but :meth:`next_frame`."""

    def __init__(self, options: ConnectOptions) -> None:
        super().__init__()
        self.ending: TransportClosed | None = None
        self.over = asyncio.Event()
        self.local_address: tuple[str, int] | None = None
        self.peer_address: tuple[str, int] | None = None
        self.writable = asyncio.Event()
        self.writable.set()
        self._options = options
        self._frames: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._paused = False
        self._parts: bytearray | None = None
        self._ping: bytes | None = None
        self._discarding = False
        self._closed_by_us = False
        self._arrived: asyncio.Future[None] | None = None
        self._giving_up: asyncio.TimerHandle | None = None

    # -- called by the adapter

    def take_frame(self) -> bytes | None:
        """The oldest message that is there; None for none, or when it ends the connection."""
        if not self._frames:
            return None
        frame = self._frames.popleft()
        self._waiting_bytes -= len(frame) + _OVERHEAD_BYTES
        if self._paused and self._waiting_bytes < _RESUME_BELOW_BYTES:
            self._resume_reading()
        if not is_utf8(frame):
            self._frames.clear()
            self._fail(INVALID_TEXT, NOT_UTF8)
            return None
        return frame

    async def next_frame(self) -> bytes | None:
        """Wait for a message; None when none will come any more. A cancelled one loses none."""
        while not self._frames:
            if self.ending:
                return None
            self._arrived = asyncio.get_running_loop().create_future()
            await self._arrived
        return self.take_frame()

    def close(self, code: int, reason: str) -> None:
        """Begin the closing handshake, and take no more messages."""
        self._closed_by_us = True
        self._frames.clear()
        self._fail(code, reason)

    def drop(self) -> None:
        """End the connection at once."""
        abort_quietly(partial(self._transport.disconnect, graceful=False))

    # -- called by the library

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The handshake is over."""
        self._transport = transport
        # Now: who opened the connection may get its turn when it is over already, and asyncio's TLS transports know nothing then.
        self.local_address = host_and_port(transport.underlying_transport.get_extra_info("sockname"))
        self.peer_address = host_and_port(transport.underlying_transport.get_extra_info("peername"))

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """A frame has come; expected pongs the library keeps for itself."""
        kind = frame.msg_type
        if kind == _CLOSE:
            self._take_close(frame)
        elif not self._discarding and (kind == _TEXT or kind in (_BINARY, _CONTINUATION)):
            # After a frame that it can't read the library hands over the one before it, and then whatever it makes of the rest.
            self._discarding = transport.is_close_frame_sent
            if not frame.fin or self._parts is not None or frame.rsv1 or frame.rsv2 or frame.rsv3 or kind == _CONTINUATION:
                self._take_part(frame, continues=kind == _CONTINUATION)
            elif frame.payload_size > self._options.max_msg_size:
                self._fail_too_big()
            else:
                self._put(frame.get_payload_as_bytes())
        elif kind == _PING and self._options.autoping:
            self._ping = frame.get_payload_as_bytes()
            self._answer_ping()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The TCP connection is gone."""
        if self._giving_up:
            self._giving_up.cancel()
        self.ending = self.ending or _ended_by_the_library(transport)
        self._paused = False  # a TLS transport that is over can't be told to go on
        self.over.set()
        self.writable.set()
        self._wake()
        # Python 3.10 takes a TLS transport that the peer ended as left open, until it is told.
        transport.underlying_transport.close()

    def send_user_specific_ping(self, transport: WSTransport) -> None:
        """It is time for a ping; without one while reading is paused, as the pong would wait behind what isn't read."""
        if self._paused:
            # Later: the library expects a pong only after this.
            asyncio.get_running_loop().call_soon(transport.notify_user_specific_pong_received)
        else:
            transport.send_ping()

    def is_user_specific_pong(self, frame: WSFrame) -> bool:
        """A frame has come where a pong is expected: whoever sends anything is not gone."""
        self._transport.notify_user_specific_pong_received()
        return bool(frame.msg_type == WSMsgType.PONG)

    def pause_writing(self) -> None:
        """More than asyncio's high-water mark waits to be sent."""
        self.writable.clear()

    def resume_writing(self) -> None:
        """Little enough waits to be sent."""
        self.writable.set()
        self._answer_ping()

    # -- own

    def _take_part(self, frame: WSFrame, *, continues: bool) -> None:
        """Take a fragment, or refuse what is out of order."""
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            return self._fail(PROTOCOL_ERROR, "reserved bits are set")
        if continues != (self._parts is not None):
            return self._fail(PROTOCOL_ERROR, "a fragment is out of order")
        if self._parts is None:
            self._parts = bytearray()
        if len(self._parts) + frame.payload_size > self._options.max_msg_size:
            return self._fail_too_big()
        self._parts += frame.get_payload_as_memoryview()
        if frame.fin:
            self._put(bytes(self._parts))
            self._parts = None
        return None

    def _answer_ping(self) -> None:
        """Answer the latest ping, as RFC 6455 section 5.5.3 allows, once there is room: else pongs that nobody reads would pile up."""
        if self._ping is not None and self.writable.is_set():
            self._transport.send_pong(self._ping)
            self._ping = None

    def _put(self, message: bytes) -> None:
        self._frames.append(message)
        self._waiting_bytes += len(message) + _OVERHEAD_BYTES
        if self._waiting_bytes > _PAUSE_ABOVE_BYTES and not self._paused:
            self._paused = True
            self._transport.underlying_transport.pause_reading()
            self._transport.notify_user_specific_pong_received()
        if self._arrived is not None:
            self._wake()

    def _wake(self) -> None:
        if self._arrived and not self._arrived.done():
            self._arrived.set_result(None)

    def _resume_reading(self) -> None:
        self._paused = False
        self._transport.underlying_transport.resume_reading()

    def _fail(self, code: int, reason: str) -> None:
        """Begin the closing handshake; messages that came before stay."""
        self.ending = TransportClosed(code, reason, clean=False)
        self._discarding = True
        self._transport.send(_CLOSE, code.to_bytes(2, "big") + reason.encode())
        self._give_up_in_time()
        if self._paused:
            # The peer's answer comes after all it sent before.
            self._resume_reading()
        self._wake()

    def _fail_too_big(self) -> None:
        self._fail(TOO_BIG, f"message of over {self._options.max_msg_size} bytes")

    def _take_close(self, frame: WSFrame) -> None:
        payload = frame.get_payload_as_bytes()
        code = int.from_bytes(payload[:2], "big") if payload else NO_CODE
        if self.ending is None and self._transport.is_close_frame_sent:
            # It answers the library, which couldn't read what came before.
            self.ending = _ended_by_the_library(self._transport)
        elif self.ending is None and payload and not may_be_received(code):
            self._fail(PROTOCOL_ERROR, f"the peer closed with code {code}, which no frame may carry")
        elif self.ending is None:
            self.ending = TransportClosed(code, payload[2:].decode(), clean=self._options.autoclose)
            if self._options.autoclose:
                self._transport.send(_CLOSE, payload)
        elif self._closed_by_us:
            self.ending = TransportClosed(self.ending.code, self.ending.reason, clean=True)
        self._discarding = True
        self._give_up_in_time()
        # What is handed over to the system already it delivers by itself.
        self._transport.disconnect(graceful=unsent_bytes(self._transport.underlying_transport) > 0)

    def _give_up_in_time(self) -> None:
        if self._options.close_timeout is not None and self._giving_up is None:
            self._giving_up = asyncio.get_running_loop().call_later(self._options.close_timeout, self.drop)


def _ended_by_the_library(transport: WSTransport) -> TransportClosed:
    """Tell what happened when neither the peer nor the adapter closed."""
    # None until there was a close frame, whatever its annotation says.
    handshake: Any = transport.close_handshake
    sent = None if handshake is None else handshake.sent
    if sent is None:
        return TransportClosed(ABNORMAL, "the connection was lost", clean=False)
    if sent.code == WSCloseCode.GOING_AWAY:
        # So it says good-bye to a peer that answers no ping.
        return TransportClosed(ABNORMAL, "the peer stopped answering pings", clean=False)
    return TransportClosed(sent.code.value, sent.reason, clean=False)
