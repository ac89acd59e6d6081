"""``voicelive serve``: the local server, until Ctrl-C."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import anyio
import typer

from ._local import local_server

if TYPE_CHECKING:
    from types import FrameType

DEFAULT_PORT: Final = 8765


def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen on; 0 takes any that is free.")] = DEFAULT_PORT,
    api_key: Annotated[str | None, typer.Option(metavar="KEY", help="The key to ask for; without it everybody may come in.")] = None,
    tls_cert: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Serve https and wss with this certificate (PEM)."),
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="The certificate's key, if it isn't in the same file.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log sessions as they come and go, on stderr.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the endpoint as a JSON object.")] = False,
) -> None:
    """Run the local server until Ctrl-C.

    The first line on stdout names the endpoint, for a client's endpoint= or --endpoint.
    """
    if verbose:
        _log_sessions()
    options: dict[str, Any] = {"host": host, "port": port, "api_key": api_key, "ssl_context": _tls(tls_cert, tls_key)}
    anyio.run(_serve, options, as_json)


def _tls(cert: Path | None, key: Path | None) -> ssl.SSLContext | None:
    if cert is None:
        if key is not None:
            raise typer.BadParameter("needs --tls-cert, too", param_hint="--tls-key")
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(cert, key)
    except (ssl.SSLError, OSError) as error:
        raise typer.BadParameter(f"no certificate with its key, in PEM: {error}", param_hint="--tls-cert") from error
    return context


async def _serve(options: dict[str, Any], as_json: bool) -> None:
    with _stop_signals() as stopped:
        async with local_server(**options) as server:
            if as_json:
                _tell(json.dumps({"endpoint": server.url, "host": server.host, "port": server.port}))
            else:
                _tell(f"Voice Live server at {server.url} (Ctrl-C ends it)")
            await stopped.wait()


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _log_sessions() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger = logging.getLogger("voicelive.emulator")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


@contextmanager
def _stop_signals() -> Iterator[asyncio.Event]:
    """Turn SIGINT and SIGTERM into an event. Not the loop's own signal handlers, which Windows lacks."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stopped.set)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
