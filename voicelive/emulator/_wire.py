"""The way out of a session: events are numbered, checked by the core and written in the order in which they were emitted.

`Wire.emit` never waits. What belongs together, such as the five events that end a response, therefore goes out as one, and no other
task can put an event between.
"""

import asyncio
import itertools
import secrets
from collections import deque

from msgspec.structs import force_setattr
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from voicelive_proto import Connection
from voicelive_proto.error_details import ServerEventErrorDetails
from voicelive_proto.server_events import Error, ServerEvent

from ._between import Between

HIGH_WATER_FRAMES = 32
"""A producer that can wait does so while more frames than this are unwritten."""


class Wire:
    """Writes a session's events to its WebSocket."""

    def __init__(self, websocket: ServerConnection, connection: Connection, between: Between | None = None) -> None:
        self._websocket = websocket
        self._connection = connection
        self._between = between
        self._frames: deque[bytes] = deque()
        self._close: tuple[int, str] | None = None
        self._filled = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._numbers = itertools.count(1)
        self._session = secrets.token_hex(4)

    def new_id(self, prefix: str) -> str:
        """An id that no other object of any session has, such as ``item_5f0c91d20007``."""
        return f"{prefix}_{self._session}{next(self._numbers):04x}"

    def emit(self, event: ServerEvent) -> None:
        """Number a fresh event and put it in line. Once the session is closed there is nobody to tell, and nothing happens."""
        if self._connection.close_code is not None:
            return
        force_setattr(event, "event_id", self.new_id("event"))
        self._frames.append(self._connection.send(event))
        self._filled.set()
        if len(self._frames) > HIGH_WATER_FRAMES:
            self._has_room.clear()

    def emit_error(self, error: dict[str, str | None], event_id: str | None = None) -> None:
        """Answer with an ``error`` event that names the client event at fault, where that had an id."""
        self.emit(Error(error=ServerEventErrorDetails.from_dict(error | {"event_id": event_id})))

    def emit_close(self, code: int, reason: str) -> None:
        """Close the WebSocket after what is in line; nothing can be emitted any more."""
        self._connection.send_close(code, reason)
        self._close = (code, reason)
        self._filled.set()

    async def has_room(self) -> None:
        """Wait while the client reads more slowly than we produce."""
        await self._has_room.wait()

    async def write_all(self) -> None:
        """Write what is in line and what will be, until the WebSocket closes."""
        try:
            while True:
                await self._filled.wait()
                self._filled.clear()
                await self._write_line()
                if self._close is not None:
                    await self._websocket.close(*self._close)
                    return
        except ConnectionClosed:
            self._has_room.set()

    async def _write_line(self) -> None:
        while self._frames:
            frame = self._frames.popleft()
            for each in [frame] if self._between is None else await self._between.outgoing(frame, self._websocket):
                await self._websocket.send(each, text=True)
            if len(self._frames) <= HIGH_WATER_FRAMES:
                self._has_room.set()
