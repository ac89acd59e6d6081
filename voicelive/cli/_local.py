"""The local server, opened for a command."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from ._failures import EXIT_FAILED, EXIT_USAGE, Failure

if TYPE_CHECKING:
    from voicelive.emulator import Server


@asynccontextmanager
async def local_server(place: Callable[..., str] | None = None, **options: Any) -> AsyncIterator[Server]:
    """Run ``voicelive.emulator.serve(**options)``.

    Args:
        place: says of an engine and its option where they were chosen; None when they weren't in a file.
        options: those of ``serve``.

    Raises:
        Failure: it can't listen there, or its libraries aren't installed.
    """
    async with AsyncExitStack() as stack:
        with explained(place):
            # Imported here: the libraries take a moment to import, and not every command needs them.
            from voicelive.emulator import serve  # noqa: PLC0415

            server = await stack.enter_async_context(serve(**options))
        yield server


@contextmanager
def explained(place: Callable[..., str] | None = None) -> Iterator[None]:
    """Make a `Failure` of what keeps the server from starting.

    Raises:
        Failure: with what went wrong, in one line.
    """
    try:
        from voicelive.emulator import BadConfig, BadEngine, BadPort, EmulatorError  # noqa: PLC0415 - as above

        try:
            yield
        except BadEngine as error:
            where = place(*error.keys) if place is not None else ""
            raise Failure(f"{where}{error}", EXIT_USAGE) from error
        except EmulatorError as error:
            raise Failure(str(error), EXIT_USAGE if isinstance(error, (BadPort, BadConfig)) else EXIT_FAILED) from error
    except ImportError as missing:
        raise Failure(f"the local server can't run: {missing}", EXIT_USAGE) from missing
