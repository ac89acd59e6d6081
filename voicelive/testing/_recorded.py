"""The server's side of a recording as a script."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from voicelive_transports.record import Moment, Recording, read_recording
from voicelive_transports.replay import check_speed

from ._steps import Close, Cut, Expect, Pause, Raw, Step

APPENDS: Final = ("input_audio_buffer.append", "input_audio.turn.append")
"""Audio is cut as the client likes, so that its messages count by their first."""

_GREETING: Final = "session.created"
_ANSWERS: Final[Mapping[str, tuple[str, ...]]] = {
    "session.update": ("session.updated",),
    "transcription_session.update": ("transcription_session.updated",),
    "session.avatar.connect": ("session.avatar.connecting",),
    "conversation.item.create": ("conversation.item.created", "conversation.item.added"),
    "conversation.item.retrieve": ("conversation.item.retrieved",),
    "conversation.item.truncate": ("conversation.item.truncated",),
    "conversation.item.delete": ("conversation.item.deleted",),
    "input_audio_buffer.commit": ("input_audio_buffer.committed",),
    "input_audio_buffer.clear": ("input_audio_buffer.cleared",),
    "output_audio_buffer.clear": ("output_audio_buffer.cleared",),
    "response.create": ("response.created",),
    "response.cancel": ("response.done",),
}
"""Client event -> what answers it (service facts, section 8); what isn't answered stays where it was recorded."""

_NORMAL: Final = 1000
_NO_CODE: Final = 1005
_LOST: Final = 1006


def recorded_steps(recording: str | Path | Recording, *, speed: float | None = None) -> list[Step]:
    """The server's side of a recording as steps of a script.

    The client has to send messages of the recorded types in their order; what is in them is its own. Played with
    ``server.script(*steps, ignore=APPENDS, greet=False)``, as `ScriptedServer.replay` does.

    Args:
        recording: a recording, or its file.
        speed: 1.0 waits before each of the server's messages as long as the recording does, 2.0 half of it; None doesn't wait.

    Raises:
        OSError, ValueError: as ``read_recording`` does; ``speed`` isn't above 0.
    """
    check_speed(speed)
    moments = (recording if isinstance(recording, Recording) else read_recording(recording)).moments
    return list(_steps(moments, speed))


def _steps(moments: list[Moment], speed: float | None) -> Iterator[Step]:
    before_s, type_before = 0.0, None
    for moment in _in_order_of_cause(moments):
        if moment.kind == "sent":
            kind = type_of(moment.content)
            if kind is not None and not (kind in APPENDS and kind == type_before):
                yield Expect(re.compile(rf"^{re.escape(kind)}$"), {})
            type_before = kind
        else:
            if speed is not None:
                yield Pause(max(0.0, (moment.at_s - before_s) * 1000 / speed))
            yield from _said(moment)
        before_s = max(before_s, moment.at_s)  # a message that was sent early may stand here


def _in_order_of_cause(moments: list[Moment]) -> list[Moment]:
    """The same with each of the client's messages as late as can be: before its answer.

    A client may send several at once, or wait for each answer; in this order it can do either.
    """
    kinds = [type_of(moment.content) if moment.kind != "closed" else None for moment in moments]
    answered: set[int] = set()
    earliest = kinds.index(_GREETING) + 1 if _GREETING in kinds else 0
    places: list[tuple[int, int, int]] = []
    for index, moment in enumerate(moments):
        if moment.kind != "sent":
            places.append((index, 1, index))
            continue
        answers = _ANSWERS.get(kinds[index] or "", ())
        answer = next(
            (at for at in range(index, len(moments)) if moments[at].kind == "received" and kinds[at] in answers and at not in answered),
            index,
        )
        answered.add(answer)
        earliest = max(earliest, answer)
        places.append((earliest, 0, index))
    return [moments[index] for _, _, index in sorted(places)]


def _said(moment: Moment) -> Iterator[Step]:
    if moment.kind == "received":
        yield Raw(moment.content.encode())
    elif moment.content["code"] == _LOST:
        yield Cut()
    elif moment.content["code"] not in (_NORMAL, _NO_CODE):  # with these it was the client, or might have been
        yield Close(moment.content["code"], moment.content["reason"])


def type_of(text: str | bytes) -> str | None:
    """The wire name of a message's event; None if it is none."""
    try:
        event = json.loads(text)
    except ValueError:
        return None
    kind = event.get("type") if isinstance(event, dict) else None
    return kind if isinstance(kind, str) else None
