"""``voicelive record``: stands between a client and the service, and writes down what passes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import anyio
import typer

from voicelive._endpoint import check_encrypted, parse_endpoint

from ._failures import EXIT_USAGE, Failure
from ._output import check_new
from ._screen import say

if TYPE_CHECKING:
    from voicelive_transports.record import AudioMode

_MODES: Final[dict[str, AudioMode]] = {"elided": "elided", "kept": "kept", "wav": "wav"}


def record_command(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The recording to write; further sessions get a number.")],
    endpoint: Annotated[str, typer.Option(metavar="URL", help="The service, or another server, to pass everything on to.")],
    audio: Annotated[str, typer.Option(metavar="elided|kept|wav", help="What becomes of audio.")] = "elided",
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen on; 0 takes any that is free.")] = 8766,
) -> None:
    """Record what any client and the service say to each other, until Ctrl-C.

    Point the client to the address that is printed, with its own key or token: they are passed on, and written nowhere.
    """
    if audio not in _MODES:
        raise Failure(f"--audio is {audio!r}; it can be elided, kept or wav", EXIT_USAGE)
    check_new(file)
    try:
        address = parse_endpoint(endpoint)
        check_encrypted(address, allow_insecure=False)
    except ValueError as error:
        raise Failure(str(error), EXIT_USAGE) from error
    from ._recorder import Recorder  # noqa: PLC0415 - loads websockets, which not every command needs

    anyio.run(Recorder(address, file, _MODES[audio], say).listen, host, port)
