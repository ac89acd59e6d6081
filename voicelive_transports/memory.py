"""Two joined transports without a network, for tests and for a server in the same process. Runs on asyncio and trio.

::

    ours, theirs = memory_pair()
    await ours.send('{"type":"response.create"}')
    frame = await theirs.receive()

What one side sends the other receives, under the rules of :class:`~voicelive_transports.Transport`: back-pressure,
limits, closing and errors are those of a connection over a socket. Only the closing handshake takes no time.
"""

from __future__ import annotations

from collections import deque

import anyio
from anyio.lowlevel import cancel_shielded_checkpoint, checkpoint, checkpoint_if_cancelled

from ._closing import ABNORMAL, INVALID_TEXT, NOT_UTF8, TOO_BIG, check_close
from ._frames import encode_frame, is_utf8
from .base import TransportInfo
from .errors import ConcurrentReceive, ReceiveTimeout, TransportClosed


def memory_pair(
    *,
    max_msg_size: int = 4 * 1024 * 1024,
    max_backlog_bytes: int = 256 * 1024,
    receive_timeout: float | None = None,
) -> tuple[MemoryTransport, MemoryTransport]:
    """Make two transports, each the other's peer.

    Args:
        max_msg_size: largest message in bytes; a longer one ends the connection with code 1009.
        max_backlog_bytes: bytes that may wait in one direction before send() does; one message always may.
        receive_timeout: seconds that one receive may wait; None: no limit.
    """
    link, there, back = _Link(), _Backlog(max_backlog_bytes), _Backlog(max_backlog_bytes)
    return (
        MemoryTransport(link, back, there, max_msg_size, receive_timeout),
        MemoryTransport(link, there, back, max_msg_size, receive_timeout),
    )


class MemoryTransport:
    """One side of a :func:`memory_pair`; a :class:`~voicelive_transports.Transport` that can also be dropped."""

    def __init__(self, link: _Link, incoming: _Backlog, outgoing: _Backlog, max_msg_size: int, receive_timeout_s: float | None) -> None:
        self.info = TransportInfo(adapter="memory", url="memory:", tls=False)
        self._link = link
        self._incoming = incoming
        self._outgoing = outgoing
        self._max_msg_bytes = max_msg_size
        self._receive_timeout_s = receive_timeout_s
        self._receiving = False

    @property
    def close_code(self) -> int | None:
        """See :class:`~voicelive_transports.Transport`."""
        return self._link.ending.code if self._link.ending else None

    @property
    def close_reason(self) -> str | None:
        """See :class:`~voicelive_transports.Transport`."""
        return self._link.ending.reason if self._link.ending else None

    async def send(self, frame: str | bytes) -> None:
        """See :class:`~voicelive_transports.Transport`."""
        data = encode_frame(frame)
        await checkpoint_if_cancelled()
        while not self._link.ending and not self._outgoing.takes(data):
            await self._link.change()
        self._link.check_open()
        self._outgoing.put(data)
        self._link.wake()
        await cancel_shielded_checkpoint()  # here, so that messages go out in the order of the calls

    async def receive(self) -> bytes:
        """See :class:`~voicelive_transports.Transport`."""
        if self._receiving and not self._link.ending:
            raise ConcurrentReceive
        self._receiving = True
        try:
            return await self._receive_in_time()
        finally:
            self._receiving = False

    async def _receive_in_time(self) -> bytes:
        if self._receive_timeout_s is None:
            return await self._receive()
        with anyio.move_on_after(self._receive_timeout_s):
            return await self._receive()
        raise ReceiveTimeout(self._receive_timeout_s)

    async def _receive(self) -> bytes:
        await checkpoint()
        while not self._incoming.frames:
            self._link.check_open()
            await self._link.change()
        frame = self._incoming.pop()
        self._link.wake()
        if len(frame) > self._max_msg_bytes:
            raise self._fault(TOO_BIG, f"message of {len(frame)} bytes is over the limit of {self._max_msg_bytes}")
        if not is_utf8(frame):
            raise self._fault(INVALID_TEXT, NOT_UTF8)
        return frame

    def _fault(self, code: int, reason: str) -> TransportClosed:
        """End the connection over a message that can't be delivered."""
        self._end(code, reason, clean=False)
        return TransportClosed(code, reason, clean=False)

    async def aclose(self, code: int = 1000, reason: str = "") -> None:
        """See :class:`~voicelive_transports.Transport`."""
        check_close(code, reason)
        self._end(code, reason)
        await checkpoint()

    def drop(self) -> None:
        """Lose the connection: both sides see code 1006, the other one after what was already sent to it."""
        self._end(ABNORMAL, "the connection was lost", clean=False)

    def _end(self, code: int, reason: str, *, clean: bool = True) -> None:
        if not self._link.ending:
            self._link.ending = TransportClosed(code, reason, clean)
        self._incoming.frames.clear()
        self._link.wake()


class _Backlog:
    """Frames on their way in one direction, bounded in bytes."""

    def __init__(self, max_bytes: int) -> None:
        self.frames: deque[bytes] = deque()
        self._held_bytes = 0
        self._max_bytes = max_bytes

    def takes(self, frame: bytes) -> bool:
        """Tell whether there is room; for one frame there always is, or a long one could never be sent."""
        return not self.frames or self._held_bytes + len(frame) <= self._max_bytes

    def put(self, frame: bytes) -> None:
        self.frames.append(frame)
        self._held_bytes += len(frame)

    def pop(self) -> bytes:
        frame = self.frames.popleft()
        self._held_bytes -= len(frame)
        return frame


class _Link:
    """What both sides share: how it ended, and a bell that rings on every change."""

    def __init__(self) -> None:
        self.ending: TransportClosed | None = None
        self._changed: anyio.Event | None = None

    def check_open(self) -> None:
        if self.ending:
            raise self.ending.anew()

    async def change(self) -> None:
        # Made by who waits first: a pair may be made before a loop runs.
        if self._changed is None:
            self._changed = anyio.Event()
        await self._changed.wait()

    def wake(self) -> None:
        if self._changed is not None:
            self._changed.set()
            self._changed = None
