"""Ending a connection that may be over already."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable


def abort_quietly(abort: Callable[[], None]) -> None:
    """Call what aborts an asyncio transport.

    A TLS transport that is over raises AttributeError then, up to Python 3.11.2: it asks its protocol, which it let go of.
    """
    with contextlib.suppress(AttributeError):
        abort()


def unsent_bytes(transport: asyncio.WriteTransport) -> int:
    """How much is still to be sent; nothing where the transport is over, of which TLS knows no size."""
    try:
        return transport.get_write_buffer_size()
    except AttributeError:
        return 0
