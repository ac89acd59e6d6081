"""Rivals by name, such as ``picows asyncio``: a way to open a session, and the loop that it runs on."""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

from . import raw, sessions
from .server import Address

T = TypeVar("T")
Open = Callable[[Address, str], AbstractAsyncContextManager[Any]]

OPEN: dict[str, Open] = {
    **{adapter: functools.partial(sessions.open_ours, adapter=adapter) for adapter in sessions.ADAPTERS},
    "official": sessions.open_official,
    "openai": sessions.open_openai,
    "raw websockets": raw.open_websockets,
    "raw aiohttp": raw.open_aiohttp,
    "raw picows": raw.open_picows,
    "limit": raw.open_limit,
}
"""Stack -> opens a session at an address with a model."""

LOOPS = ("asyncio", "uvloop", "trio")

OFFICIAL = "official asyncio"
LIMIT = "limit asyncio"
ON_ASYNCIO = tuple(f"{adapter} asyncio" for adapter in sessions.ADAPTERS)
"""Our adapters on asyncio."""
ON_TRIO = "anyio trio"


def opener(rival: str) -> Open:
    """How the rival opens a session."""
    return OPEN[rival.rpartition(" ")[0]]


def run(rival: str, main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine function on the rival's loop."""
    loop = rival.rpartition(" ")[2]
    if loop == "trio":
        import trio

        result: T = trio.run(main)
    elif loop == "uvloop":
        import uvloop

        result = uvloop.run(main())
    else:
        result = asyncio.run(main())
    return result
