"""Ending a connection at once, though it may be over already."""

from __future__ import annotations

import contextlib
from collections.abc import Callable


def abort_quietly(abort: Callable[[], None]) -> None:
    """Call what aborts an asyncio transport.

    A TLS transport that is over raises AttributeError then, up to Python 3.11.2: it asks its protocol, which it let go of.
    """
    with contextlib.suppress(AttributeError):
        abort()
