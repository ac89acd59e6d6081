"""Waiting for engines, which are other people's code: they may raise anything, never end, or not let themselves be cancelled."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from ._errors import EngineFailed
from ._limits import ServerLimits
from ._tasks import ended

logger = logging.getLogger("voicelive.emulator")


async def watched(work: Coroutine[Any, Any, None], progress: Callable[[], object], limits: ServerLimits) -> None:
    """Wait for an answer to be given, for as long as it gets on.

    Args:
        work: gives the answer; cancelled when the caller is, and left behind if that does not end it in time.
        progress: something that changes whenever the answer gets on.
        limits: how long it may stand still.

    Raises:
        EngineFailed: it stood still, was cancelled by itself, or tried to end the program.
        Exception: whatever the engines raise.
    """
    working = asyncio.create_task(_without_exit(work))
    try:
        while not working.done():
            before = progress()
            await asyncio.wait((working,), timeout=limits.engine_s)
            if not working.done() and progress() == before:
                raise EngineFailed(f"nothing came from the responder, the voice, the recogniser or a tool for {limits.engine_s:g} s")
    finally:
        if not await ended((working,), limits.close_s):
            logger.warning("an engine goes on though its work was cancelled; it is left behind")
    if working.cancelled():
        raise EngineFailed("the responder, the voice or a tool was cancelled")
    working.result()


async def _without_exit(work: Coroutine[Any, Any, None]) -> None:
    # An event loop ends with the first SystemExit that comes out of one of its tasks.
    try:
        await work
    except SystemExit as error:
        raise EngineFailed(f"an engine tried to end the program: SystemExit({error.code!r})") from error
