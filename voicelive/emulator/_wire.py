"""The way out of a session: events are numbered, checked by the core and written in the order in which they were emitted.

`Wire.emit` never waits. What belongs together, such as the five events that end a response, therefore goes out as one, and no other
task can put an event between.
"""

import asyncio
import itertools
import logging
import secrets
from collections import deque
from contextlib import suppress

from msgspec.structs import force_setattr
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from voicelive_proto import Connection
from voicelive_proto.error_details import ServerEventErrorDetails, ServerEventWarningDetails
from voicelive_proto.server_events import Error, ServerEvent, Warning  # noqa: A004 - its name on the wire

from ._between import Between
from ._limits import ServerLimits
from ._tasks import ended

logger = logging.getLogger("voicelive.emulator")

HIGH_WATER_FRAMES = 32
"""A producer that can wait does so while more frames than this are unwritten."""

_FEW_LONG = 16
"""So many times as much may wait when it is no more than `HIGH_WATER_FRAMES` events."""

OVERFLOW = "session_output_overflow"
"""Code of the error, and reason of the close, for a client that does not read. Both are the service's own (rules, second table)."""


class Wire:
    """Writes a session's events to its WebSocket.

    Args:
        websocket: where they go.
        connection: numbers and checks them.
        limits: how much may wait for a client that does not read, and how long.
        between: sees every frame, or None.
    """

    def __init__(self, websocket: ServerConnection, connection: Connection, limits: ServerLimits, between: Between | None = None) -> None:
        self._websocket = websocket
        self._connection = connection
        self._limits = limits
        self._between = between
        self._frames: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._written = 0
        self._writing = False
        self._close: tuple[int, str] | None = None
        self._filled = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._overflowed = asyncio.Event()
        self._numbers = itertools.count(1)
        self._session = secrets.token_hex(4)

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be emitted any more."""
        return self._connection.close_code is not None

    def new_id(self, prefix: str) -> str:
        """An id that no other object of any session has, such as ``item_5f0c91d20007``."""
        return f"{prefix}_{self._session}{next(self._numbers):04x}"

    def emit(self, event: ServerEvent) -> None:
        """Number a fresh event and put it in line. Once the session is closed there is nobody to tell, and nothing happens."""
        if self.is_closed:
            return
        force_setattr(event, "event_id", self.new_id("event"))
        frame = self._connection.send(event)
        self._frames.append(frame)
        self._waiting_bytes += len(frame)
        self._filled.set()
        if len(self._frames) > HIGH_WATER_FRAMES:
            self._has_room.clear()
        if self._waiting_bytes > self._limits.max_backlog_bytes:
            self._judge_backlog()

    def _judge_backlog(self) -> None:
        """A few long events may wait, such as items that were asked for with their audio; many are a client that does not read."""
        if len(self._frames) > HIGH_WATER_FRAMES or self._waiting_bytes > _FEW_LONG * self._limits.max_backlog_bytes:
            self._overflow(f"{self._waiting_bytes} bytes of events wait to be read; {self._limits.max_backlog_bytes} may")

    def emit_error(self, error: dict[str, str | None], event_id: str | None = None) -> None:
        """Answer with an ``error`` event that names the client event at fault, where that had an id."""
        self.emit(Error(error=ServerEventErrorDetails.from_dict(error | {"event_id": event_id})))

    def emit_warning(self, message: str, *, param: str, code: str | None = None) -> None:
        """Say that something will not have the effect that the client may expect."""
        self.emit(Warning(warning=ServerEventWarningDetails(message=message, param=param, code=code)))

    def emit_close(self, code: int, reason: str) -> None:
        """Close the WebSocket after what is in line; nothing can be emitted any more."""
        self._connection.send_close(code, reason)
        self._close = (code, reason)
        self._filled.set()

    async def let_write(self) -> None:
        """Give way to the writer when much is in line, for a producer that would not wait otherwise."""
        if not self._has_room.is_set():
            await asyncio.sleep(0)

    async def has_room(self) -> None:
        """Wait while the client reads more slowly than we produce."""
        await self._has_room.wait()

    async def run(self) -> None:
        """Write what is in line and what will be, until the WebSocket closes or the client stops reading."""
        writing = asyncio.create_task(self._write_all())
        watching = asyncio.create_task(self._watch())
        try:
            await asyncio.wait((writing, watching), return_when=asyncio.FIRST_COMPLETED)
        finally:
            await ended((writing, watching))
        if watching.done() and not watching.cancelled():
            await self._part_by_overflow()
        elif (error := writing.exception()) is not None:
            raise error

    async def _write_all(self) -> None:
        try:
            while True:
                await self._filled.wait()
                self._filled.clear()
                await self._write_line()
                if self._close is not None:
                    await self._part(*self._close)
                    return
        except ConnectionClosed:
            self._has_room.set()

    async def _write_line(self) -> None:
        while self._frames:
            frame = self._frames.popleft()
            self._waiting_bytes -= len(frame)
            for each in [frame] if self._between is None else await self._between.outgoing(frame, self._websocket):
                self._writing = True
                await self._websocket.send(each, text=True)
                self._writing = False
                self._written += 1
            if len(self._frames) <= HIGH_WATER_FRAMES:
                self._has_room.set()

    async def _watch(self) -> None:
        """Wait until the client has stopped reading, if it ever does: it took nothing for long, or too much waits for it."""
        while not self._overflowed.is_set():
            before = self._written
            try:
                await asyncio.wait_for(self._overflowed.wait(), self._limits.stall_s)
            except asyncio.TimeoutError:
                if self._writing and self._written == before:
                    self._overflow(f"nothing was read for {self._limits.stall_s:g} s")

    def _overflow(self, problem: str) -> None:
        """Let go of what waits, and have the client told why, should it read again."""
        message = f"{problem}; read events as they come, also while you send"
        self._frames.clear()
        self._waiting_bytes = 0
        self.emit_error({"type": "server_error", "code": OVERFLOW, "message": message})
        self._connection.send_close(CloseCode.POLICY_VIOLATION, OVERFLOW)
        self._has_room.set()
        self._overflowed.set()

    async def _part_by_overflow(self) -> None:
        """Send the last error behind what the socket still holds, and close with 1008. Nobody else may be writing."""
        logger.warning("a client was closed with code 1008: it does not read what it is sent")
        last = [self._send_last(frame) for frame in self._frames]
        self._frames.clear()
        await asyncio.gather(*last, self._part(CloseCode.POLICY_VIOLATION, OVERFLOW))  # each writes when it first runs, in this order

    async def _send_last(self, frame: bytes) -> None:
        with suppress(ConnectionClosed):
            await self._websocket.send(frame, text=True)

    async def _part(self, code: int, reason: str) -> None:
        """Close in order; by force when the client takes no part in it."""
        try:
            await asyncio.wait_for(self._websocket.close(code, reason), 2 * self._limits.close_s)
        except asyncio.TimeoutError:
            self._websocket.transport.abort()
