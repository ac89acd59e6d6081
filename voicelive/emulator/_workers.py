"""Worker threads for the engines: a bounded number for each kind, so that a slow voice cannot take those of the recogniser."""

import asyncio
import contextvars
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


class Workers:
    """Runs the calls of one kind of engine.

    A cancelled caller goes on at once: its call is dropped if it has not begun, and otherwise ends by itself in its thread, which takes
    no other call until then.

    Args:
        name: of the kind, for the names of the threads.
        threads: at most so many calls at a time; others wait their turn.
    """

    def __init__(self, name: str, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"voicelive-{name}")

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a function in a worker thread, with the caller's context variables."""
        call = functools.partial(contextvars.copy_context().run, function, *arguments)
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    def close(self) -> None:
        """Drop the calls that wait. One that runs ends by itself; nobody waits for it here."""
        self._pool.shutdown(wait=False, cancel_futures=True)
