"""The adapter that is best where it is used; :attr:`TransportInfo.adapter` says which one it became.

Under trio that is ``anyio``. Under asyncio it is the first of ``picows``, ``aiohttp`` and ``websockets`` that is
installed and can honour the options: their order is that of the CPU time they take for a frame.
"""

from __future__ import annotations

import importlib
import sys
from typing import Final

from . import get_opener
from ._target import Target, parse_target
from .base import Transport
from .options import ConnectOptions

_FASTEST_FIRST: Final = ("picows", "aiohttp")
"""The adapters for asyncio whose libraries may be missing; websockets is always there, and last."""


async def open_transport(url: str, options: ConnectOptions) -> Transport:
    """Connect with the best adapter; see :class:`~voicelive_transports.Opener`.

    Raises:
        TypeError: a vendor option is unknown to the library that was chosen.
        ValueError: the URL or an option can't be used; nothing was sent.
        ConnectFailed: no connection was made; HandshakeRejected and ConnectTimeout say more.
    """
    return await get_opener(_choose(parse_target(url, options), options))(url, options)


def _choose(target: Target, options: ConnectOptions) -> str:
    if _under_trio():
        return "anyio"
    return next((name for name in _FASTEST_FIRST if _is_usable(name, target, options)), "websockets")


def _under_trio() -> bool:
    # Whoever runs under trio has imported it.
    trio = sys.modules.get("trio")
    return trio is not None and trio.lowlevel.in_trio_task()


def _is_usable(name: str, target: Target, options: ConnectOptions) -> bool:
    """Tell whether the library, which has the adapter's name, can be imported and honours the options."""
    try:
        adapter = importlib.import_module(f".{name}", __package__)
    except ImportError:
        return False
    return adapter.refusal(target, options) is None
