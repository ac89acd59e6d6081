"""``voicelive compare``: what differs between two recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ._failures import EXIT_FAILED, EXIT_USAGE, Failure
from ._screen import say


def compare(
    *,
    first: Annotated[Path, typer.Argument(metavar="FIRST", help="A recording.")],
    second: Annotated[Path, typer.Argument(metavar="SECOND", help="Another one.")],
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD", help="A field that may differ, wherever it stands, besides those of time and event ids."),
    ] = None,
    tolerance_ms: Annotated[float, typer.Option(metavar="MS", min=0, help="How much earlier or later a message may be.")] = 250.0,
) -> None:
    """Say what differs between two recordings, in order, types, fields and timing.

    The exit code is 1 if they differ in more than timing.
    """
    from voicelive.testing._compare import IGNORED, compare  # noqa: PLC0415 - not every command needs it

    try:
        comparison = compare(first, second, ignore=(*IGNORED, *(ignore or ())), tolerance_ms=tolerance_ms)
    except (OSError, ValueError) as error:
        raise Failure(f"can't compare: {error}", EXIT_USAGE) from error
    say(str(comparison))
    if not comparison.is_same:
        raise typer.Exit(EXIT_FAILED)
