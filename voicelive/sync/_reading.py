"""Reading for many, in threads: as ``voicelive._reading``, with a lock in place of the event loop."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from .._reading import MAX_EVENTS, Received

if TYPE_CHECKING:
    from .._reading import Sink

__all__ = ["MAX_EVENTS", "Reader", "Received"]


class Reader:
    """Who reads from a connection, and what was read for the connection's own ``recv()`` by others.

    Args:
        read: reads one frame within so many seconds, or gives None; raises what ``recv()`` raises when there is none.
        take: takes a frame to the connection's state.
        lock: guards that state, and all that is shown to sinks.

    Attributes:
        missed: events dropped from the backlog since ``recv()`` was last told.
    """

    def __init__(self, read: Callable[[float | None], bytes | None], take: Callable[[bytes], Received], lock: threading.RLock) -> None:
        self._read = read
        self._take = take
        self._changed = threading.Condition(lock)
        self._sinks: WeakSet[Sink] = WeakSet()
        self._backlog: deque[Received] = deque()
        self._busy = False
        self.missed = 0

    def add(self, sink: Sink) -> None:
        """Show events to a sink, until it is removed or nobody holds it any more."""
        with self._changed:
            self._sinks.add(sink)

    def remove(self, sink: Sink) -> None:
        """Show it none any more."""
        with self._changed:
            self._sinks.discard(sink)

    def until(self, ready: Callable[[], object]) -> None:
        """Return once ``ready()`` is true; meanwhile read, or wait while another thread reads.

        Raises:
            ConnectionClosed, ReceiveTimeout: as ``recv()``.
        """
        self.within(None, ready)

    def within(self, timeout_s: float | None, ready: Callable[[], object]) -> bool:
        """As ``until()``, for so many seconds at most; whether it became true."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        with self._changed:
            while not ready():
                left_s = None if deadline is None else deadline - time.monotonic()
                if left_s is not None and left_s <= 0:
                    return False
                if self._busy:
                    self._changed.wait(left_s)
                else:
                    self._read_one(left_s)
            return True

    def next(self, timeout_s: float | None = None) -> Received:
        """The oldest frame that others read for ``recv()``, or the next one that comes.

        Raises:
            TimeoutError: none came within so many seconds.
        """
        with self._changed:
            if not self.within(timeout_s, lambda: self._backlog):
                raise TimeoutError(f"no event within {timeout_s or 0:g} s")
            return self._backlog.popleft()

    def _read_one(self, timeout_s: float | None) -> None:
        """Read one frame without the lock, then take it under the lock."""
        self._busy = True
        try:
            with _Released(self._changed):
                frame = self._read(timeout_s)
        finally:
            self._busy = False
            self._changed.notify_all()
        if frame is None:
            return
        received = self._take(frame)
        self._backlog.append(received)
        if len(self._backlog) > MAX_EVENTS:
            self._backlog.popleft()
            self.missed += 1
        if received.problem is None:
            self._show(received.event)

    def _show(self, event: Any) -> None:
        for sink in tuple(self._sinks):
            sink.take(event)


class _Released:
    """A condition's lock, let go of for a while, however often this thread holds it."""

    def __init__(self, condition: Any) -> None:
        self._condition = condition

    def __enter__(self) -> None:
        self._state = self._condition._release_save()

    def __exit__(self, *_: object) -> None:
        self._condition._acquire_restore(self._state)
