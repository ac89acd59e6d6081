"""WebSocket transports: one seam, and an adapter for each library behind it.

::

    open_transport = get_opener("websockets")
    transport = await open_transport("wss://host/path", ConnectOptions(headers=(("api-key", key),)))
    await transport.send('{"type":"response.create"}')
    frame = await transport.receive()
    await transport.aclose()

Importing this package imports no network library and no event loop; an adapter is imported when it is asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from .base import Opener, Transport, TransportInfo
from .errors import (
    ConcurrentReceive,
    ConnectFailed,
    ConnectTimeout,
    HandshakeRejected,
    ReceiveTimeout,
    TransportClosed,
    TransportError,
)
from .options import ConnectOptions

if TYPE_CHECKING:
    from .memory import MemoryTransport, memory_pair

__all__ = [
    "ConcurrentReceive",
    "ConnectFailed",
    "ConnectOptions",
    "ConnectTimeout",
    "HandshakeRejected",
    "MemoryTransport",
    "Opener",
    "ReceiveTimeout",
    "Transport",
    "TransportClosed",
    "TransportError",
    "TransportInfo",
    "get_opener",
    "memory_pair",
]


class _Adapter(NamedTuple):
    library: str
    requirement: str


_ADAPTERS: Final = {
    "auto": _Adapter("anyio", "voicelive"),
    "picows": _Adapter("picows", "voicelive[picows]"),
    "aiohttp": _Adapter("aiohttp", "voicelive[aiohttp]"),
    "websockets": _Adapter("websockets", "voicelive"),
    "anyio": _Adapter("websockets", "voicelive"),
}
"""Adapter and module name -> the library it needs, and what to install to have it."""


def get_opener(name: str) -> Opener:
    """Return the function that opens connections with the adapter of that name.

    ``"picows"``, ``"aiohttp"`` and ``"websockets"`` need asyncio, ``"anyio"`` runs on asyncio and trio; ``"auto"``
    chooses when it connects, see :mod:`voicelive_transports.auto`.

    Raises:
        ValueError: there is no such adapter.
        ImportError: the adapter's library isn't installed, or can't be imported.
    """
    adapter = _ADAPTERS.get(name)
    if adapter is None:
        raise ValueError(f"unknown transport {name!r}; known are {', '.join(map(repr, _ADAPTERS))}")
    try:
        module = importlib.import_module(f".{name}", __name__)
    except ImportError as exc:
        raise ImportError(
            f"transport {name!r} needs the {adapter.library} library: pip install '{adapter.requirement}'",
            name=exc.name,
        ) from exc
    return cast("Opener", module.open_transport)


def __getattr__(name: str) -> Any:
    """Import the in-memory pair, and with it anyio, when it is first used."""
    if name in ("MemoryTransport", "memory_pair"):
        return getattr(importlib.import_module(".memory", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
