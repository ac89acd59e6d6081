"""``voicelive demo``: a spoken question, its spoken answer, and all that goes over the wire meanwhile."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import anyio
import typer

from voicelive._connect import DEFAULT_API_VERSION
from voicelive._credentials import KEY_VARIABLE

from ._failures import EXIT_USAGE, Failure, failure_from
from ._question import BYTES_PER_MS, DEFAULT_TEXT, Question, question_from_text, question_from_wav
from ._result import Result, audio_ms, latency_line, save
from ._screen import Screen
from ._service import Service
from ._spoken_turn import Answer, SpokenTurn
from ._timeline import Direction, Row, Timeline
from ._transcript import Transcript


def demo(
    *,
    wav: Annotated[Path | None, typer.Option(metavar="FILE", help="Ask what is spoken in this WAV file (PCM of any rate).")] = None,
    say: Annotated[str | None, typer.Option(metavar="TEXT", help=f'Ask this, spoken by the local voice. Default: "{DEFAULT_TEXT}"')] = None,
    output: Annotated[Path, typer.Option(metavar="FILE", help="Where to save the spoken answer (WAV).")] = Path("answer.wav"),
    fast: Annotated[bool, typer.Option("--fast", help="Send the question at once, not at the pace of speech.")] = False,
    endpoint: Annotated[
        str | None, typer.Option(metavar="URL", help=f"Ask this service, with the key in {KEY_VARIABLE}. Default: a local server.")
    ] = None,
    model: Annotated[str, typer.Option(metavar="NAME", help="Model that answers.")] = "gpt-realtime",
    voice: Annotated[str | None, typer.Option(metavar="NAME", help="Voice that answers: alloy, en-US-AvaNeural...")] = None,
    api_version: Annotated[str, typer.Option(metavar="VERSION", help="Version of the service's interface.")] = DEFAULT_API_VERSION,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", min=0.1, help="How long the service may be silent.")] = 30.0,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show each piece of audio and transcript on a line of its own.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print nothing but the result, as a JSON object.")] = False,
) -> None:
    """Hold a spoken conversation.

    One question, one answer, with the timeline of all events, the transcript of both sides and the latencies. Without --endpoint it
    runs on this machine alone: local server, local voice, local speech recognition.
    """
    _check_files(wav, say, output)
    question = question_from_wav(wav) if wav else question_from_text(DEFAULT_TEXT if say is None else say)
    answer = Answer()
    service = Service(endpoint, model, voice, api_version)
    display = Display(Screen(), every_piece=verbose, silent=as_json)
    try:
        anyio.run(partial(_converse, service, question, answer, display, paced=not fast, patience_s=timeout))
    except BaseException as error:
        failure = failure_from(error)
        if failure is None:
            raise
        display.finish()
        raise _with_what_there_is(failure, answer, output) from error
    display.finish()
    result = Result(question, answer, save(answer, output))
    if as_json:
        sys.stdout.write(json.dumps(result.as_dict()) + "\n")
    else:
        display.conclude(result)


def _check_files(wav: Path | None, say: str | None, output: Path) -> None:
    """Judge the options before anything takes time."""
    if wav is not None and say is not None:
        raise Failure("--wav and --say are two questions; give one", EXIT_USAGE)
    try:
        if problem := _output_problem(output, wav):
            raise Failure(f"--output {output} {problem}", EXIT_USAGE)
    except OSError as error:
        raise Failure(f"--output {output} can't be written: {error.strerror or error}", EXIT_USAGE) from error


def _output_problem(output: Path, wav: Path | None) -> str | None:
    if output.is_dir():
        return "is a folder; name a WAV file to write"
    if not output.parent.is_dir():
        return f"is nowhere: there is no folder {output.parent}"
    if wav is not None and output.exists() and wav.exists() and output.samefile(wav):
        return "is the question itself; name another file"
    return None


def _with_what_there_is(failure: Failure, answer: Answer, output: Path) -> Failure:
    """Save the answer so far, as somebody may have waited for it, and say so."""
    if save(answer, output) is None:
        return failure
    return Failure(f"{failure.message}; the answer so far ({audio_ms(answer)} ms of audio) is in {output}", failure.exit_code)


async def _converse(service: Service, question: Question, answer: Answer, display: Display, *, paced: bool, patience_s: float) -> None:
    async with service.open(pace="lead" if paced else None) as (endpoint, context):
        display.introduce(question, endpoint, local=service.endpoint is None)
        async with context as connection:
            turn = SpokenTurn(connection, question, answer, display.show, paced=paced, patience_s=patience_s)
            await turn.hold(service.session())


class Display:
    """Shows the conversation on a screen while it goes on.

    Args:
        screen: where to.
        every_piece: show each piece of audio and transcript on its own.
        silent: show nothing.
    """

    def __init__(self, screen: Screen, *, every_piece: bool, silent: bool) -> None:
        self._screen = screen
        self._silent = silent
        self._timeline = Timeline(self._row, bytes_per_ms=BYTES_PER_MS, every_piece=every_piece)
        self._transcript = Transcript(screen.spoken)

    def introduce(self, question: Question, endpoint: str, *, local: bool) -> None:
        """Say what is asked, and whom."""
        if not self._silent:
            self._screen.line(f"{'local server' if local else 'service'} at {endpoint}")
            self._screen.line(f"question: {question.source} ({question.audio_ms} ms of audio)")

    def show(self, at_s: float, direction: Direction, event: Any) -> None:
        """Show an event."""
        if not self._silent:
            self._timeline.add(at_s, direction, event)
            self._transcript.add(event)

    def finish(self) -> None:
        """Show what is held back."""
        self._timeline.flush()

    def conclude(self, result: Result) -> None:
        """Say what came of it."""
        self._screen.line("")
        self._screen.line(latency_line(result.answer))
        self._screen.line(result.summary(), "bold green")

    def _row(self, row: Row) -> None:
        event_type = f"{row.event_type:<40} " if row.facts else row.event_type
        self._screen.row((f"{row.at_s:8.3f} s  ", "dim"), (f"{row.direction} {event_type}", ""), (row.facts, "dim"))
