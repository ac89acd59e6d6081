"""The local server, opened for a command."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from ._failures import EXIT_FAILED, EXIT_USAGE, Failure

if TYPE_CHECKING:
    from voicelive.emulator import Server


@asynccontextmanager
async def local_server(**options: Any) -> AsyncIterator[Server]:
    """Run ``voicelive.emulator.serve(**options)``.

    Raises:
        Failure: it can't listen there, or its libraries aren't installed.
    """
    async with AsyncExitStack() as stack:
        try:
            # Imported here: the libraries take a moment to import, and not every command needs them.
            from voicelive.emulator import BadPort, EmulatorError, serve  # noqa: PLC0415

            try:
                server = await stack.enter_async_context(serve(**options))
            except EmulatorError as error:
                raise Failure(str(error), EXIT_USAGE if isinstance(error, BadPort) else EXIT_FAILED) from error
        except ImportError as missing:
            raise Failure(f"the local server can't run: {missing}", EXIT_USAGE) from missing
        yield server
