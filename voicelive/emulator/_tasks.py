"""The tasks of one session: started here, ended together."""

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine
from typing import Any, TypeVar

logger = logging.getLogger("voicelive.emulator")

T = TypeVar("T")


async def ended(tasks: Collection["asyncio.Task[Any]"], patience_s: float | None = None) -> bool:
    """Cancel tasks and wait until they have stopped; False when some had not after so long.

    Args:
        tasks: the tasks.
        patience_s: how long to wait; None waits as long as it takes.
    """
    for task in tasks:
        task.cancel()
    if not tasks:
        return True
    _, left = await asyncio.wait(tasks, timeout=patience_s)
    return not left


class Tasks:
    """Runs what a session does besides reading its client.

    Args:
        on_failure: called with what a task raised. Tasks answer for the engines' failures themselves, so this is a fault of the server.
    """

    def __init__(self, on_failure: Callable[[BaseException], None]) -> None:
        self._on_failure = on_failure
        self._running: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run a coroutine beside the others."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._on_failure(error)

    async def end(self, patience_s: float) -> None:
        """Cancel what still runs, and wait until it has stopped; a responder that does not let itself be cancelled is left behind."""
        if not await ended(tuple(self._running), patience_s):
            logger.warning("%d tasks of a session did not stop when they were cancelled", len(self._running))
