"""How much asyncio reads from a socket at once."""

from __future__ import annotations

import asyncio
from typing import Final

READ_BYTES: Final = 120 * 1024


def read_less_at_once(transport: asyncio.BaseTransport) -> None:
    """Have asyncio ask for memory that the C library has at hand.

    For every read, however little comes, asyncio's TCP transport makes room for 256 KiB. From 128 KiB on the C library takes memory from
    the system and gives it back each time: a fourth of what it costs to receive (benchmarks, loopback and scale). TLS and uvloop have a
    buffer that stays.
    """
    if hasattr(transport, "max_size"):
        transport.max_size = READ_BYTES
