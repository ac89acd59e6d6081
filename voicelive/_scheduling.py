"""What takes a scheduler: reading in a task of its own for those who ask for it, and a close that may not take long."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final, TypeVar

import anyio

if TYPE_CHECKING:
    from ._connection import VoiceLiveConnection
    from ._reading import Reader

FAREWELL_S: Final = 1.0
"""So long a close may take when an exception or a cancellation leaves the context."""

ConnectionT = TypeVar("ConnectionT", bound="VoiceLiveConnection")


@contextlib.asynccontextmanager
async def pumping(connection: ConnectionT, reader: Reader) -> AsyncIterator[ConnectionT]:
    """Read while the block runs; see ``VoiceLiveConnection.pump``."""
    failure = None
    async with anyio.create_task_group() as group:
        group.start_soon(_pump, connection, reader)
        try:
            yield connection
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001 - raised below; the group would wrap it
            failure = error
        group.cancel_scope.cancel()
    if failure is not None:
        raise failure


async def _pump(connection: VoiceLiveConnection, reader: Reader) -> None:
    from .exceptions import ConnectionClosed, ReceiveTimeout  # noqa: PLC0415 - brings azure-core

    while connection.close_code is None:
        with contextlib.suppress(ReceiveTimeout, ConnectionClosed):  # whoever waits hears of it
            await reader.until(lambda: False)


async def farewell(connection: VoiceLiveConnection) -> None:
    """Close, shielded, so that the service hears of the end even when a cancellation brings it; bounded, as that must not hang."""
    with anyio.move_on_after(FAREWELL_S, shield=True):
        await connection.close()
