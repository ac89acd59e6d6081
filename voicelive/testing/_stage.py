"""Where a script is played: one WebSocket, and the core's server side of the protocol."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from voicelive_proto import SERVER, Connection, MalformedFrame

from ._filling import Memory
from ._matching import Difference
from ._steps import ClientLeft, Deviation

if TYPE_CHECKING:
    from voicelive.emulator._between import Between


class Stage:
    """What the steps of a script work with.

    Args:
        websocket: the open WebSocket.
        settings: the session's settings at its beginning.
        between: who sees every frame.
        ignored: wire names of events that no step need wait for.
    """

    def __init__(self, websocket: ServerConnection, settings: Mapping[str, Any], between: Between, ignored: frozenset[str]) -> None:
        self._websocket = websocket
        self._between = between
        self._ignored = ignored
        self._connection = Connection(SERVER)
        self._memory = Memory(self._connection, settings)
        self._next: dict[str, Any] | None = None

    @property
    def heard(self) -> dict[str, Any]:
        """The client's event that was taken last; empty before the first."""
        return self._memory.heard

    async def peek(self, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The client's next event, which stays the next; those to be ignored are passed over, unless one fits.

        Raises:
            ClientLeft: there is none any more.
            Deviation: what came is no event.
        """
        while True:
            if self._next is None:
                self._next = await self._read()
            if self._next["type"] not in self._ignored or fits(self._next):
                return self._next
            self._next = None

    def take(self) -> None:
        """The next event is dealt with."""
        assert self._next is not None, "peeked before"
        self._memory.hear(self._next)
        self._next = None

    async def _read(self) -> dict[str, Any]:
        try:
            frame = await self._websocket.recv()
        except ConnectionClosed as closed:
            raise self._left() from closed
        self._between.incoming(frame)
        try:
            self._connection.receive(frame)
        except MalformedFrame as error:
            raise Deviation({"type": "no event", "frame": frame}, [Difference("frame", "an event", str(error))]) from error
        event: dict[str, Any] = json.loads(frame)
        return event

    async def send(self, event: Mapping[str, Any]) -> None:
        """Complete an event and send it.

        Raises:
            LocalProtocolError: the state of the conversation doesn't allow it, or it has a wrong field.
            ClientLeft: nobody is there.
        """
        await self.write(self._connection.send(self._memory.fill(event)))

    async def write(self, frame: bytes) -> None:
        """Send a frame as it is, but for the faults that are to happen to it.

        Raises:
            ClientLeft: nobody is there.
        """
        try:
            for each in await self._between.outgoing(frame, self._websocket):
                await self._websocket.send(each, text=True)
        except ConnectionClosed as closed:
            raise self._left() from closed

    async def pause(self, duration_ms: float) -> None:
        """Let time pass on the server's clock."""
        await asyncio.sleep(duration_ms / 1000)

    async def close(self, code: int, reason: str) -> None:
        """Close the WebSocket."""
        await self._websocket.close(code, reason)

    def cut(self) -> None:
        """Lose the connection."""
        self._websocket.transport.abort()

    def _left(self) -> ClientLeft:
        return ClientLeft(self._websocket.close_code or 1006, self._websocket.close_reason or "")
