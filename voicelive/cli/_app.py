"""The commands and their options."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from typing import Annotated, Any, cast

import typer

import voicelive

from ._compare import compare
from ._demo import demo
from ._failures import EXIT_FAILED, EXIT_USAGE, Failure, failure_from, tell
from ._record import record_command
from ._replay import replay
from ._serve import serve
from ._talk import talk

_UsageError = cast("type[Exception]", typer.BadParameter.__base__)
"""Typer's base of usage errors; some versions take it from click, some bring it along."""

app = typer.Typer(
    help="Talk to the Azure AI Voice Live API, or to a server of the same kind on this machine.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(demo)
app.command()(talk)
app.command()(serve)
app.command("record")(record_command)
app.command()(replay)
app.command()(compare)


def main(arguments: Sequence[str]) -> int:
    """Run a command line; returns the exit code and never raises for what a user can bring about."""
    if sys.stdout is None:  # it was closed before
        tell(Failure("there is no stdout to write to"))
        return EXIT_FAILED
    _never_fail_to_encode()
    try:
        # Standalone, Typer would write usage errors over several lines.
        result = app(list(arguments) or ["--help"], prog_name="voicelive", standalone_mode=False)
        sys.stdout.flush()
    except _UsageError as error:
        tell(Failure(f"{cast('Any', error).format_message()} (voicelive --help shows what there is)"))
        return EXIT_USAGE
    except BaseException as error:
        failure = failure_from(error)
        if failure is None:
            raise
        tell(failure)
        return failure.exit_code
    return result if isinstance(result, int) else 0


@app.callback()
def _root(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", callback=lambda asked: _print_version() if asked else None, is_eager=True
        ),
    ] = False,
) -> None:
    pass


def _print_version() -> None:
    typer.echo(f"voicelive {voicelive.__version__}")
    raise typer.Exit


def _never_fail_to_encode() -> None:
    """Let a terminal or pipe without Unicode show ``?`` for what it can't: the words are the user's and the service's."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
