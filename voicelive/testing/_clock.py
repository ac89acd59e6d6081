"""A clock for the server of a test: time stands still there, until the test moves it.

It is the time of the server's event loop, so all that waits on it stands still together: the pace of speech, delays, pauses, the
longest session. A leap goes from one moment at which something is due to the next, as it would have happened.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from typing_extensions import TypeVarTuple, Unpack

    Ts = TypeVarTuple("Ts")

T = TypeVar("T")

_REAL_LIMIT_S: Final = 60.0
"""In real time: a server that isn't at rest by then never will be."""


class FakeClock:
    """The time in a server, for ``scripted_server(clock=...)``; under pytest the fixture ``voicelive_clock``.

    For one server. What the client does, and how long it waits, is in real time.
    """

    def __init__(self) -> None:
        self._now_s = 0.0
        self._target_s: float | None = None
        self._released_at_s: float | None = None
        self._work = 0
        self._loop: _Loop | None = None
        self._at_rest = threading.Event()
        self._moving = threading.Lock()

    @property
    def now_ms(self) -> float:
        """Milliseconds that have passed in the server."""
        return self._now_s * 1000

    def advance(self, duration_ms: float) -> None:
        """Let so much time pass, and wait until the server has done what was due meanwhile.

        The server takes first what has reached it already. Work that it does in threads, such as speaking, is waited for and takes no
        time; work in other processes, such as recognising speech, isn't waited for: wait for its event before.

        Raises:
            ValueError: ``duration_ms`` is below 0.
            RuntimeError: no server runs on this clock, or it never comes to rest.
        """
        if duration_ms < 0:
            raise ValueError(f"time goes forward; duration_ms must be 0 or more, not {duration_ms:g}")
        if self._loop is None or self._released_at_s is not None:
            raise RuntimeError("no server runs on this clock; give it to one: scripted_server(clock=...)")
        with self._moving:
            self._at_rest.clear()
            self._loop.call_soon_threadsafe(self._aim, duration_ms / 1000)
            if not self._at_rest.wait(_REAL_LIMIT_S):
                raise RuntimeError(f"the server was not at rest within {_REAL_LIMIT_S:g} s; does something in it never end?")

    def new_loop(self) -> asyncio.AbstractEventLoop:
        """The server's event loop."""
        self._loop = _Loop(self)
        return self._loop

    def release(self) -> None:
        """Time goes on by itself from now on, so that the server can end."""
        self._released_at_s = time.monotonic()
        if self._loop is not None:
            self._loop.call_soon_threadsafe(lambda: None)

    def _aim(self, duration_s: float) -> None:
        self._target_s = self._now_s + duration_s

    def _time_s(self) -> float:
        return self._now_s if self._released_at_s is None else self._now_s + time.monotonic() - self._released_at_s

    def _move(self, next_due_s: float | None) -> bool:
        """The loop has nothing to do for so many seconds; tell whether time has moved."""
        if self._target_s is None or self._work:
            return False
        if self._now_s < self._target_s:
            self._now_s = self._target_s if next_due_s is None else min(self._target_s, self._now_s + next_due_s)
            return True
        self._target_s = None
        self._at_rest.set()
        return False


class _Selector(selectors.DefaultSelector):
    """Where a loop waits for its sockets or for the time; here for its sockets or the clock."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> Any:
        """See ``selectors.BaseSelector``."""
        if self._clock._released_at_s is not None:
            return super().select(timeout)
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0) or self._clock._move(timeout):
            return ready
        return super().select(None)


class _Loop(asyncio.SelectorEventLoop):
    """A loop in the time of a clock; it counts what it has given to threads."""

    def __init__(self, clock: FakeClock) -> None:
        self._fake_clock = clock
        super().__init__(_Selector(clock))

    def time(self) -> float:
        """Seconds on the clock."""
        return self._fake_clock._time_s()

    def run_in_executor(self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: Unpack[Ts]) -> asyncio.Future[T]:
        """See ``asyncio.loop``."""
        future = super().run_in_executor(executor, func, *args)
        self._fake_clock._work += 1
        future.add_done_callback(self._finished)
        return future

    def _finished(self, _future: asyncio.Future[Any]) -> None:
        self._fake_clock._work -= 1
