"""``voicelive replay``: a recording as a server for any client, or as a client for any server."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import anyio
import typer

from voicelive import AzureKeyCredential, connect
from voicelive._connect import DEFAULT_API_VERSION
from voicelive._credentials import KEY_VARIABLE

from ._failures import EXIT_FAILED, EXIT_USAGE, Failure
from ._key import key_for
from ._local import local_server
from ._output import check_new
from ._screen import say
from ._signals import stop_signals

if TYPE_CHECKING:
    from voicelive_transports import ConnectOptions, Opener, Transport
    from voicelive_transports.record import Recording


USUAL_MODEL: Final = "gpt-realtime"

_OF_A_CLIENT: Final = {"model": "--model", "api_version": "--api-version", "output": "--record", "timeout": "--timeout"}
_OF_A_SERVER: Final = {"host": "--host", "port": "--port"}


def replay(
    context: typer.Context,
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The recording.")],
    speed: Annotated[float | None, typer.Option(metavar="FACTOR", help="1 keeps the recorded pace.  [default: as fast as can be]")] = None,
    host: Annotated[str, typer.Option(help="As a server: address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="As a server: port; 0 takes any that is free.")] = 8765,
    endpoint: Annotated[
        str | None, typer.Option(metavar="URL", help=f"Be the client, of this server; its key is in {KEY_VARIABLE}.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help=f"As a client: model to ask for.  [default: the recording's, or {USUAL_MODEL}]")
    ] = None,
    api_version: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help=f"As a client: api-version to ask for.  [default: the recording's, or {DEFAULT_API_VERSION}]"),
    ] = None,
    output: Annotated[Path | None, typer.Option("--record", metavar="FILE", help="As a client: record this call, too.")] = None,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", min=0.1, help="As a client: how long to wait for an event.")] = 10.0,
) -> None:
    """Play a recording again.

    Without --endpoint it is a server, until Ctrl-C: every client that connects gets the recorded answers, in their order, and is told if it
    sends other events than recorded. With --endpoint it is the client: it sends what was sent, and says what did not come.
    """
    from voicelive_transports.record import read_recording  # noqa: PLC0415 - not every command needs it

    if speed is not None and not speed > 0:
        raise Failure(f"--speed must be above 0, not {speed:g}", EXIT_USAGE)
    for name, option in (_OF_A_CLIENT if endpoint is None else _OF_A_SERVER).items():
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise Failure(f"{option} does nothing {'without' if endpoint is None else 'with'} --endpoint", EXIT_USAGE)
    if output is not None:
        check_new(output)
    try:
        recording = read_recording(file)
    except (OSError, ValueError) as error:
        raise Failure(f"can't replay: {error}", EXIT_USAGE) from error
    if endpoint is None:
        anyio.run(_serve, recording, speed, {"host": host, "port": port})
        return
    ask = partial(
        _ask,
        recording,
        endpoint,
        model=model or recording.info.model or USUAL_MODEL,
        api_version=api_version or recording.info.api_version or DEFAULT_API_VERSION,
        speed=speed,
        timeout_s=timeout,
        output=output,
    )
    missing = anyio.run(ask)
    for line in missing:
        say(line)
    if missing:
        raise typer.Exit(EXIT_FAILED)
    say("everything came as recorded")


async def _serve(recording: Recording, speed: float | None, options: dict[str, Any]) -> None:
    from voicelive.testing._replay_server import ReplayServer  # noqa: PLC0415 - not every command needs it

    between = ReplayServer(recording, speed=speed, tell=say)
    with stop_signals() as stopped:
        async with local_server(**options, recogniser=None, between=between) as server:
            say(f"Recording served at {server.url} (Ctrl-C ends it)")
            await stopped.wait()


async def _ask(
    recording: Recording, endpoint: str, *, model: str, api_version: str, speed: float | None, timeout_s: float, output: Path | None
) -> list[str]:
    from voicelive.testing import replay_as_client  # noqa: PLC0415 - not every command needs it
    from voicelive_transports import get_opener  # noqa: PLC0415 - as above
    from voicelive_transports.record import record  # noqa: PLC0415 - as above

    opened: list[Transport] = []
    opener: Opener = get_opener("auto") if output is None else record(get_opener("auto"), output)

    async def open_transport(url: str, options: ConnectOptions) -> Transport:
        opened.append(await opener(url, options))
        return opened[0]

    try:
        key = AzureKeyCredential(key_for(endpoint))
        context = connect(endpoint=endpoint, credential=key, model=model, api_version=api_version, transport=open_transport)
    except ValueError as error:
        raise Failure(str(error), EXIT_USAGE) from error
    try:
        async with context:
            return await replay_as_client(recording, opened[0], speed=speed, timeout_s=timeout_s)
    except OSError as error:  # the connection's own are of the package
        raise Failure(f"can't record: {error}", EXIT_FAILED if opened else EXIT_USAGE) from error
