"""The connection of the websockets library, with an end to every wait and without redirects."""

from __future__ import annotations

import asyncio
import math
from typing import Any, Final

import anyio
from websockets.asyncio.client import ClientConnection
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake
from websockets.protocol import State

from ._abort import abort_quietly
from ._asyncio_reads import read_less_at_once
from ._rejection import patience_s, read_rejection
from ._websockets_facts import Rejected

_LAST_LOOK_S: Final = 0.05
"""Before a peer is given up, what its socket holds is read once more: the pong may have come while this process was stopped."""


class WatchedConnection(ClientConnection):
    """A connection that ends when the peer is gone or doesn't finish closing, even while writing is blocked.

    The library's own heartbeat stays off. Its ping waits behind a full write buffer, so it doesn't notice a peer that
    reads no more; and it misses the pong of a live peer while we ourselves leave messages unread.
    """

    def __init__(self, protocol: ClientProtocol, *, ping_interval: float | None = None, **options: Any) -> None:
        super().__init__(protocol, ping_interval=None, **options)
        self.peer_is_silent = False
        """True if the connection was given up because the peer answered no ping."""
        self._heartbeat_s = ping_interval
        self._reads = 0
        self._beating: asyncio.Task[None] | None = None
        self._cutting: asyncio.TimerHandle | None = None
        self._answer: bytes | None = b""
        self._answer_until_s = math.inf

    async def handshake(self, *args: Any, **kwargs: Any) -> None:
        """Perform the handshake; a refusal is raised as Rejected, as ``connect`` follows redirects of InvalidStatus."""
        read_less_at_once(self.transport)
        self._answer_until_s = anyio.current_effective_deadline()
        try:
            await super().handshake(*args, **kwargs)
        except InvalidHandshake as exc:
            if rejection := read_rejection(self._answer or b""):
                raise Rejected(rejection) from exc
            raise
        finally:
            self._answer = None
        if self._heartbeat_s is not None:
            self._beating = self.loop.create_task(self._beat(self._heartbeat_s))

    def _hear_answer(self, data: bytes) -> None:
        """Wait no longer for a refusal's body than is sensible, nor for more of it than is kept; the library waits for all of it."""
        assert self._answer is not None, "the handshake goes on"
        self._answer += data
        if (rejection := read_rejection(self._answer)) is None:
            return
        if rejection.complete:
            abort_quietly(self.transport.abort)
        elif self._cutting is None:
            self._cutting = self.loop.call_later(patience_s(self._answer_until_s - self.loop.time()), self.transport.abort)

    def cut_off_later(self) -> None:
        """Give the closing handshake ``close_timeout``, and not more."""
        if self._cutting is None and self.close_timeout is not None and self.state is not State.CLOSED:
            self._cutting = self.loop.call_later(self.close_timeout, self.transport.abort)

    def data_received(self, data: bytes) -> None:
        """Process what came; if it ends the connection, the peer is to close it soon."""
        self._reads += 1
        super().data_received(data)
        if self._answer is not None:
            self._hear_answer(data)
        if self.protocol.close_expected():
            self.cut_off_later()

    def connection_lost(self, exc: Exception | None) -> None:
        """End what watched the connection, too."""
        if exc is None and self.drain_waiters:
            # Without one the library lets sends that wait for room return as if they had sent.
            exc = ConnectionAbortedError("the connection was dropped with messages unsent")
        super().connection_lost(exc)
        if self._beating is not None:
            self._beating.cancel()
        if self._cutting is not None:
            self._cutting.cancel()

    async def _beat(self, interval_s: float) -> None:
        # Ends by being cancelled when the connection is lost, which comes before any ConnectionClosed from ping().
        while not self.peer_is_silent:
            await asyncio.sleep(interval_s)
            self.peer_is_silent = await self._is_silent(interval_s / 2)
        abort_quietly(self.transport.abort)

    async def _is_silent(self, patience_s: float) -> bool:
        """Ping, and tell whether nothing at all came back although we were reading."""
        # To be paused later takes something that came, which is counted.
        reading, reads = self.transport.is_reading(), self._reads
        with anyio.move_on_after(patience_s) as waiting:
            await (await self.ping())
        if waiting.cancelled_caught:
            await asyncio.sleep(_LAST_LOOK_S)
        return waiting.cancelled_caught and reading and self._reads == reads
