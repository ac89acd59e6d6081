"""The local server for programs without an event loop of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from anyio.from_thread import start_blocking_portal

from ._server import Server, serve


@contextmanager
def serve_in_thread(host: str = "127.0.0.1", port: int = 0, **options: Any) -> Iterator[Server]:
    """Run a local server in a thread while the block runs, for blocking clients, notebooks and other programs' tests.

    Args:
        host: address to listen on.
        port: port to listen on; 0 takes any that is free.
        **options: those of `serve`. What they are asked (a responder, say) is called in the server's thread.

    Raises:
        BadPort, PortTaken, EmulatorError, ImportError, ValueError: as `serve` does.
    """
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(serve(host, port, **options)) as server:
        yield server
