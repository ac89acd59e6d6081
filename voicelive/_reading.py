"""Reading for many: one connection's events, for everyone who waits for some.

Nobody reads in the background. Whoever waits first reads, for all: what comes goes to every sink before the next frame is read. When
the one who reads has what it waited for, or is cancelled, another one who waits goes on. So a handle, a subscription and an
iteration can wait at the same time, in one task or in several, and none takes an event away from another.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeVar
from weakref import WeakSet

import anyio

if TYPE_CHECKING:
    from voicelive_proto import MalformedFrame

MAX_EVENTS: Final = 1024
"""So many events are kept for somebody who doesn't take them; then the oldest go."""


T = TypeVar("T")


class Received(NamedTuple):
    """A frame that came: its event, or why it is none."""

    frame: bytes
    event: Any
    problem: MalformedFrame | None = None


class Sink(Protocol):
    """Somebody to whom every event is shown, in order, as soon as it is read."""

    def take(self, event: Any) -> None:
        """Look at an event; must not wait, nor fail."""
        ...


class Reader:
    """Who reads from a connection, and what was read for the connection's own ``recv()`` by others.

    Args:
        read: reads one frame; raises what ``recv()`` raises when there is none.
        take: takes a frame to the connection's state.

    Attributes:
        busy: somebody waits for a frame at this moment.
        shared: an event matters to others than the connection's own ``recv()``, or lies in the backlog. While it is False, ``recv()``
            goes straight to the transport.
        missed: events dropped from the backlog since ``recv()`` was last told.
    """

    __slots__ = ("_backlog", "_news", "_read", "_sinks", "_take", "busy", "missed", "shared")

    def __init__(self, read: Callable[[], Awaitable[bytes]], take: Callable[[bytes], Received]) -> None:
        self._read = read
        self._take = take
        self._sinks: WeakSet[Sink] | None = None  # a connection shall be small, and many never need it
        self._backlog: list[Received] = []  # a deque takes more, empty, than all else here; and few wait
        self._news: anyio.Event | None = None
        self.busy = False
        self.shared = False
        self.missed = 0

    def add(self, sink: Sink) -> None:
        """Show events to a sink, until it is removed or nobody holds it any more."""
        if self._sinks is None:
            self._sinks = WeakSet()
        self._sinks.add(sink)
        self.shared = True

    def remove(self, sink: Sink) -> None:
        """Show it none any more."""
        if self._sinks is not None:
            self._sinks.discard(sink)
        self._settle()

    async def until(self, ready: Callable[[], T]) -> T:
        """Give what ``ready()`` gives as soon as that is true; meanwhile read, or wait while another reads.

        Raises:
            ConnectionClosed, ReceiveTimeout: as ``recv()``.
        """
        while not (found := ready()):
            if self.busy:
                self._news = self._news or anyio.Event()
                self.shared = True
                await self._news.wait()
                continue
            self.busy = True
            try:
                received = self._take(await self._read())
            finally:
                self.leave()
            self._keep(received)
            if received.problem is None:
                self.show(received.event)
            else:
                self._settle()
        return found

    async def within(self, timeout_s: float | None, ready: Callable[[], T], waits: set[Any] | None = None) -> T:
        """As ``until()``, for so many seconds at most; then it gives what ``ready()`` gives now.

        Args:
            timeout_s: None for no limit.
            ready: as in ``until()``.
            waits: holds this wait while it lasts, for ``wake()``.
        """
        waits = set() if waits is None else waits
        with anyio.move_on_after(timeout_s) as wait:
            waits.add(wait)
            try:
                return await self.until(ready)
            finally:
                waits.discard(wait)
        return ready()  # it may have come while something else held the event loop over the deadline

    def wake(self, waits: set[Any]) -> None:
        """Let these waits end now, as if their time were over."""
        for wait in tuple(waits):
            wait.cancel()

    async def next(self) -> Received:
        """The oldest frame that others read for ``recv()``, or the next one that comes."""
        await self.until(lambda: self._backlog)
        oldest = self._backlog.pop(0)
        self._settle()
        return oldest

    def leave(self) -> None:
        """Let another go on to read."""
        self.busy = False
        if self._news is not None:
            self._news.set()
            self._news = None

    def show(self, event: Any) -> None:
        """Show an event to every sink."""
        for sink in tuple(self._sinks or ()):
            sink.take(event)
        self._settle()

    def _keep(self, received: Received) -> None:
        self._backlog.append(received)
        if len(self._backlog) > MAX_EVENTS:
            self._backlog.pop(0)
            self.missed += 1

    def _settle(self) -> None:
        self.shared = bool(self._sinks or self._backlog or self._news is not None)
