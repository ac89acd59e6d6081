"""Worker threads for the engines: a bounded number for each kind, so that a slow voice cannot take those of the recogniser."""

import asyncio
import contextvars
import functools
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

T = TypeVar("T")

MAX_LOST_THREADS = 16
"""So many calls that nobody waits for any more, and that do not end, are made up for with new threads."""


class Workers:
    """Runs the calls of one kind of engine.

    A cancelled caller goes on at once: its call is dropped if it has not begun, and otherwise ends by itself in its thread. Until then
    another thread takes its place.

    Args:
        name: of the kind, for the names of the threads.
        threads: at most so many calls at a time; others wait their turn.
    """

    def __init__(self, name: str, threads: int) -> None:
        self._pool = _Pool(f"voicelive-{name}", threads)

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a function in a worker thread, with the caller's context variables."""
        call = _Call(functools.partial(contextvars.copy_context().run, function, *arguments))
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)
        except asyncio.CancelledError:
            self._pool.give_up(call)
            raise

    def close(self) -> None:
        """Drop the calls that wait. One that runs ends by itself; nobody waits for it, nor does the program's end."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class _Call:
    """A call, and whether it runs."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self._function = function
        self.runs = False

    def __call__(self) -> Any:
        try:
            return self._function()
        except StopIteration as error:  # no future takes it: whoever waits for this one would wait forever
            raise RuntimeError("the call raised StopIteration") from error


class _Pool(Executor):
    """As `concurrent.futures.ThreadPoolExecutor`, but a thread that never ends keeps neither the others nor the program's end waiting."""

    def __init__(self, name: str, threads: int) -> None:
        self._name = name
        self._threads = threads
        self._started = 0
        self._lost: set[_Call] = set()
        self._idle = threading.Semaphore(0)
        self._calls: queue.SimpleQueue[tuple[Future[Any], _Call] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """See ``concurrent.futures.Executor``."""
        future: Future[Any] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("the server has ended; its engines are asked nothing more")
            self._calls.put((future, fn if isinstance(fn, _Call) else _Call(functools.partial(fn, *args, **kwargs))))
            self._start_thread()
        return future

    def _start_thread(self) -> None:
        if not self._idle.acquire(blocking=False) and self._have < self._threads:
            self._started += 1
            threading.Thread(target=self._work, name=f"{self._name}-{self._started}", daemon=True).start()

    @property
    def _have(self) -> int:
        """Threads that somebody may still hope for."""
        return self._started - min(len(self._lost), MAX_LOST_THREADS)

    def give_up(self, call: _Call) -> None:
        """Nobody waits for this call any more; if it runs, its thread is made up for."""
        with self._lock:
            if call.runs:
                self._lost.add(call)
                if not self._calls.empty():
                    self._start_thread()

    def _work(self) -> None:
        while (item := self._calls.get()) is not None:
            future, call = item
            call.runs = True  # already now: once the future runs it can't be dropped any more, and whoever gives it up has to see that
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(call())
                except BaseException as error:  # noqa: BLE001 - the caller's to handle
                    future.set_exception(error)
            call.runs = False
            if self._may_go(call):
                return
            del item, future, call
            self._idle.release()
        self._calls.put(None)  # for the next thread

    def _may_go(self, call: _Call) -> bool:
        """Whether the thread that made this call was given up, and another has taken its place."""
        with self._lock:
            self._lost.discard(call)
            if self._have <= self._threads:
                return False
            self._started -= 1
            return True

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """See ``concurrent.futures.Executor``."""
        del wait  # nobody is waited for
        with self._lock:
            self._closed = True
            while cancel_futures and not self._calls.empty():
                item = self._calls.get()
                if item is not None:
                    item[0].cancel()
            self._calls.put(None)
