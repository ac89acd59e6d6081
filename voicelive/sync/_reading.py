"""Reading for many, in threads: as ``voicelive._reading``, with a lock in place of the event loop."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from weakref import WeakSet

from .._reading import MAX_EVENTS, Received

if TYPE_CHECKING:
    from .._reading import Sink

__all__ = ["MAX_EVENTS", "Reader", "Received"]

Stop: TypeAlias = Callable[[], bool]
"""Whether a wait shall end now; asked ten times a second, without the lock."""

T = TypeVar("T")


class Reader:
    """Who reads from a connection, and what was read for the connection's own ``recv()`` by others.

    Args:
        read: reads one frame within so many seconds, unless it is stopped, or gives None; raises what ``recv()`` raises.
        take: takes a frame to the connection's state.
        lock: guards that state, and all that is shown to sinks.

    Attributes:
        missed: events dropped from the backlog since ``recv()`` was last told.
    """

    def __init__(
        self, read: Callable[[float | None, Stop | None], bytes | None], take: Callable[[bytes], Received], lock: threading.RLock
    ) -> None:
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

    def until(self, ready: Callable[[], T]) -> T:
        """Give what ``ready()``, which is called under the lock, gives as soon as that is true; meanwhile read, or let another thread.

        Raises:
            ConnectionClosed, ReceiveTimeout: as ``recv()``.
        """
        return self.within(None, ready)

    def within(self, timeout_s: float | None, ready: Callable[[], T], waits: set[Any] | None = None) -> T:
        """As ``until()``, for so many seconds at most, and what has come by then; then it gives what ``ready()`` gives now.

        Args:
            timeout_s: None for no limit.
            ready: as in ``until()``.
            waits: given if ``wake()`` may end this wait.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        with self._changed:
            if waits is None:
                return self._within(deadline, ready, None)
            wait = object()
            waits.add(wait)
            try:
                return self._within(deadline, ready, lambda: wait not in waits)
            finally:
                waits.discard(wait)

    def _within(self, deadline: float | None, ready: Callable[[], T], stop: Stop | None) -> T:
        late = 0
        while not (found := ready()):
            left_s = None if deadline is None else max(0.0, deadline - time.monotonic())
            if stop is not None and stop():
                break
            if left_s == 0:
                late += 1
                if self._busy or late > MAX_EVENTS or not self._read_one(0, None):
                    return ready()
            elif self._busy:
                self._changed.wait(left_s)
            else:
                self._read_one(left_s, stop)
        return found

    def wake(self, waits: set[Any]) -> None:
        """Let these waits end now, as if their time were over."""
        with self._changed:
            waits.clear()
            self._changed.notify_all()

    def next(self, timeout_s: float | None = None) -> Received:
        """The oldest frame that others read for ``recv()``, or the next one that comes.

        Raises:
            TimeoutError: none came within so many seconds.
        """
        with self._changed:
            if not self.within(timeout_s, lambda: bool(self._backlog)):
                raise TimeoutError(f"no event within {timeout_s or 0:g} s")
            return self._backlog.popleft()

    def _read_one(self, timeout_s: float | None, stop: Stop | None) -> bool:
        """Read one frame without the lock, then take it under the lock; whether one came."""
        self._busy = True
        try:
            with _Released(self._changed):
                frame = self._read(timeout_s, stop)
        finally:
            self._busy = False
            self._changed.notify_all()
        if frame is None:
            return False
        received = self._take(frame)
        self._backlog.append(received)
        if len(self._backlog) > MAX_EVENTS:
            self._backlog.popleft()
            self.missed += 1
        if received.problem is None:
            self._show(received.event)
        return True

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
