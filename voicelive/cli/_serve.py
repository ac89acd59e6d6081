"""``voicelive serve``: the local server, until Ctrl-C."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import anyio
import typer

from ._chosen import Chosen
from ._local import explained, local_server
from ._screen import say
from ._signals import stop_signals

if TYPE_CHECKING:
    from voicelive.emulator import Server


def serve(
    *,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", metavar="FILE", help="Settings in TOML; options given here come before them.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.  [default: 127.0.0.1]")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="Port to listen on; 0 takes any that is free.  [default: 8765]")
    ] = None,
    api_key: Annotated[
        str | None, typer.Option(metavar="KEY", help="The key to ask for; without it, all but far web pages come in.")
    ] = None,
    tls: Annotated[
        bool | None, typer.Option("--tls", help="Serve https and wss with a certificate made for the host, and say how to trust it.")
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Serve https and wss with this certificate (PEM).")
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="The certificate's key, if it isn't in the same file.")
    ] = None,
    responder: Annotated[
        str | None, typer.Option(metavar="NAME", help="What decides the answers: a name, or module:function.  [default: built-in]")
    ] = None,
    voice: Annotated[str | None, typer.Option(metavar="NAME", help="What speaks them.  [default: espeak]")] = None,
    recogniser: Annotated[
        str | None, typer.Option(metavar="NAME", help="What understands speech; 'none' goes without.  [default: auto]")
    ] = None,
    vad: Annotated[str | None, typer.Option(metavar="NAME", help="What tells speech from silence.  [default: auto]")] = None,
    pace: Annotated[
        str | None, typer.Option(metavar="lead|none", help="Send audio at the pace of speech, or as fast as it is made.  [default: lead]")
    ] = None,
    mcp_calls_end: Annotated[
        str | None,
        typer.Option(metavar="after_response|in_response", help="Where MCP calls run and end.  [default: after_response]"),
    ] = None,
    session_limit_s: Annotated[float | None, typer.Option(metavar="SECONDS", help="A session's longest duration.  [default: 3600]")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log sessions as they come and go, on stderr.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the endpoint as a JSON object.")] = False,
) -> None:
    """Run the local server until Ctrl-C.

    The first line on stdout names the endpoint, for a client's endpoint= or --endpoint. Engines are chosen by name; their options are in
    the file of settings.
    """
    if verbose:
        _log_sessions()
    options: dict[str, Any] = {"host": host, "port": port, "api_key": api_key, "pace": pace, "session_limit_s": session_limit_s}
    options |= {"responder": responder, "voice": voice, "recogniser": recogniser, "vad": vad, "mcp_calls_end": mcp_calls_end}
    options |= {"tls": tls, "tls_cert": tls_cert and str(tls_cert), "tls_key": tls_key and str(tls_key)}
    anyio.run(_serve, config, {name: value for name, value in options.items() if value is not None}, as_json)


async def _serve(config: Path | None, given: dict[str, Any], as_json: bool) -> None:
    with stop_signals() as stopped:
        async with _running(config, given) as (server, certificate):
            if as_json:
                trust = {"certificate": str(certificate)} if certificate else {}
                say(json.dumps({"endpoint": server.url, "host": server.host, "port": server.port, **trust}))
            else:
                say(f"Voice Live server at {server.url} (Ctrl-C ends it)")
                if certificate:
                    _tell_how_to_trust(certificate)
            await stopped.wait()


@asynccontextmanager
async def _running(config: Path | None, given: dict[str, Any]) -> AsyncIterator[tuple[Server, Path | None]]:
    """The server, and the certificate that was made for it."""
    with explained():
        chosen = Chosen(config, given)
        chosen.look_here()
        options = chosen.settings.options()
    with chosen.tls() as (context, certificate):
        async with local_server(chosen.place, **options, ssl_context=context) as server:
            yield server, certificate


def _tell_how_to_trust(certificate: Path) -> None:
    say(f"Its certificate is made for this run: {certificate}")
    say(f"Python trusts it with SSL_CERT_FILE={certificate}, Node with NODE_EXTRA_CA_CERTS={certificate}")


def _log_sessions() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger = logging.getLogger("voicelive.emulator")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
