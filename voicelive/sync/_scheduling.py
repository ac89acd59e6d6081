"""What takes a thread: reading in one of its own for those who ask for it, and a close that may not take long."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from .._scheduling import FAREWELL_S
from ..exceptions import ConnectionClosed, ReceiveTimeout

if TYPE_CHECKING:
    from ._connection import VoiceLiveConnection
    from ._reading import Reader

ConnectionT = TypeVar("ConnectionT", bound="VoiceLiveConnection")


@contextlib.contextmanager
def pumping(connection: ConnectionT, reader: Reader) -> Iterator[ConnectionT]:
    """Read while the block runs; see ``VoiceLiveConnection.pump``."""
    stop = threading.Event()
    waits: set[Any] = set()
    thread = threading.Thread(target=_pump, args=(connection, reader, stop, waits), name="voicelive-pump", daemon=True)
    thread.start()
    try:
        yield connection
    finally:
        stop.set()
        reader.wake(waits)
        thread.join()


def _pump(connection: VoiceLiveConnection, reader: Reader, stop: threading.Event, waits: set[Any]) -> None:
    while connection.close_code is None and not stop.is_set():
        with contextlib.suppress(ReceiveTimeout, ConnectionClosed):  # whoever waits hears of it
            reader.within(None, stop.is_set, waits)


def farewell(connection: VoiceLiveConnection) -> None:
    """Close because an exception or Ctrl-C leaves the context: the service hears of it, and that must not hang."""
    cut = threading.Timer(FAREWELL_S, connection._transport.abort)
    cut.daemon = True
    cut.start()
    try:
        connection.close()
    finally:
        cut.cancel()
