"""Worker threads for the engines: a bounded number for each kind, so that a slow voice cannot take those of the recogniser."""

import asyncio
import contextvars
import functools
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")


class Workers:
    """Runs the calls of one kind of engine.

    A cancelled caller goes on at once: its call is dropped if it has not begun, and otherwise ends by itself in its thread, which takes
    no other call until then. Unlike those of `concurrent.futures`, the threads are daemons: a call that never ends keeps no program from
    its own end.

    Args:
        name: of the kind, for the names of the threads.
        threads: at most so many calls at a time; others wait their turn.
    """

    def __init__(self, name: str, threads: int) -> None:
        self._waiting: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._threads = [threading.Thread(target=self._work, name=f"voicelive-{name}-{number}", daemon=True) for number in range(threads)]

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a function in a worker thread, with the caller's context variables."""
        for thread in self._threads:
            if thread.ident is None:
                thread.start()
        future: Future[T] = Future()
        self._waiting.put((future, functools.partial(contextvars.copy_context().run, function, *arguments)))
        return await asyncio.wrap_future(future)

    def _work(self) -> None:
        while (task := self._waiting.get()) is not None:
            future, call = task
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(call())
                except BaseException as error:  # noqa: BLE001 - it is the caller's
                    future.set_exception(error)
            del task, future, call  # a thread that waits holds on to nothing

    def close(self) -> None:
        """Drop the calls that wait, and end the threads; one that runs ends by itself, nobody waits for it."""
        try:
            while task := self._waiting.get_nowait():
                task[0].cancel()
        except Empty:
            pass
        for _ in self._threads:
            self._waiting.put(None)
