"""The timeline of a conversation: one row for each event, and one for a run of audio or transcript pieces.

Pieces come by the dozen and mixed with each other, so they are summed up by event type until an event of another kind ends the run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from ._failures import printable

Direction = Literal["->", "<-"]
SENT: Final[Direction] = "->"
RECEIVED: Final[Direction] = "<-"


@dataclass(frozen=True)
class Row:
    """A row of the timeline.

    Attributes:
        at_s: seconds since the start; for a run, of its first event.
        direction: ``->`` to the service, ``<-`` from it.
        event_type: wire name of the event.
        facts: short facts, may be empty.
    """

    at_s: float
    direction: Direction
    event_type: str
    facts: str


class Timeline:
    """Turns events into rows and hands them on in order of time.

    Args:
        write: called with each row once it is whole.
        bytes_per_ms: how many bytes of audio last a millisecond, either way.
        every_piece: give each piece of audio and transcript a row of its own.
    """

    def __init__(self, write: Callable[[Row], None], *, bytes_per_ms: int, every_piece: bool = False) -> None:
        self._write = write
        self._bytes_per_ms = bytes_per_ms
        self._every_piece = every_piece
        self._runs: dict[str, _Run] = {}

    def add(self, at_s: float, direction: Direction, event: Any) -> None:
        """Take the next event, of either direction."""
        event_type = event.type
        if event_type not in _PIECES:
            self.flush()
            self._write(Row(at_s, direction, event_type, _facts(event)))
            return
        run = self._runs.setdefault(event_type, _Run(at_s, direction))
        run.add(getattr(event, _PIECES[event_type]))
        if self._every_piece:
            self.flush()

    def flush(self) -> None:
        """End the runs that go on."""
        for event_type, run in self._runs.items():
            self._write(Row(run.at_s, run.direction, event_type, run.facts(self._bytes_per_ms)))
        self._runs.clear()


class _Run:
    """Pieces of one type: how many, and how much audio or which text."""

    def __init__(self, at_s: float, direction: Direction) -> None:
        self.at_s = at_s
        self.direction = direction
        self._count = 0
        self._audio_bytes = 0
        self._texts: list[str] = []

    def add(self, piece: bytes | str | None) -> None:
        self._count += 1
        if isinstance(piece, str):
            self._texts.append(piece)
        else:
            self._audio_bytes += len(piece or b"")

    def facts(self, bytes_per_ms: int) -> str:
        content = _quoted("".join(self._texts)) if self._texts else f"{self._audio_bytes / bytes_per_ms / 1000:.2f} s"
        return f"x{self._count}  {content}"


_PIECES: Final = {
    "input_audio_buffer.append": "audio",
    "response.audio.delta": "delta",
    "response.audio_transcript.delta": "delta",
    "response.text.delta": "delta",
    "conversation.item.input_audio_transcription.delta": "delta",
}
"""Event types that come in runs, and the field that holds the piece."""


def _facts(event: Any) -> str:
    describe = _FACTS.get(event.type)
    return printable(describe(event)) if describe else ""


def _joined(*facts: str | None) -> str:
    return ", ".join(filter(None, facts))


def _quoted(text: str | None) -> str:
    return f'"{printable(text or "")}"'


def _session(event: Any) -> str:
    session = event.session
    voice, detection, transcription = session.voice, session.turn_detection, session.input_audio_transcription
    return _joined(
        session.model,
        f"voice {voice if isinstance(voice, str) else voice.get('name')}" if voice else None,
        f"turns by {detection.type}" if detection else None,
        f"transcription by {transcription.model}" if transcription else None,
    )


def _item(event: Any) -> str:
    return f"{event.item.type} of the {event.item.role}" if event.item.get("role") else str(event.item.type)


def _response_done(event: Any) -> str:
    response = event.response
    reason = response.status_details.get("reason") if response.status_details else None
    tokens = f"{response.usage.total_tokens} tokens" if response.usage else None
    return _joined(response.status, reason, tokens)


def _error(event: Any) -> str:
    return f"{event.error.code or event.error.type}: {event.error.message}"


_FACTS: Final[Mapping[str, Callable[[Any], str]]] = {
    "session.created": _session,
    "session.update": _session,
    "session.updated": _session,
    "input_audio_buffer.speech_started": lambda event: f"at {event.audio_start_ms} ms of audio",
    "input_audio_buffer.speech_stopped": lambda event: f"at {event.audio_end_ms} ms of audio",
    "conversation.item.created": _item,
    "conversation.item.input_audio_transcription.completed": lambda event: _quoted(event.transcript),
    "conversation.item.input_audio_transcription.failed": _error,
    "response.output_item.added": _item,
    "response.output_item.done": _item,
    "response.audio_transcript.done": lambda event: _quoted(event.transcript),
    "response.text.done": lambda event: _quoted(event.text),
    "response.done": _response_done,
    "error": _error,
    "warning": lambda event: str(event.warning.message),
}
"""Short facts by event type; types that aren't here say enough by their name."""
