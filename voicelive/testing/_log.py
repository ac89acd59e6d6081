"""What was said last, in lines that a test's report can show."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, Final

MAX_EVENTS: Final = 200
_MAX_LINE_CHARS: Final = 160
_MAX_TEXT_CHARS: Final = 60


class Log:
    """Keeps the last frames of both sides; of a long call the oldest go."""

    def __init__(self) -> None:
        self._frames: deque[tuple[str, str | bytes]] = deque(maxlen=MAX_EVENTS)
        self._count = 0

    def add(self, sender: str, frame: str | bytes) -> None:
        """Note a frame of ``client`` or ``server``."""
        self._count += 1
        self._frames.append((sender, frame))

    def __str__(self) -> str:
        """A line for each event, and one for a run of deltas."""
        frames = list(self._frames)
        gone = self._count - len(frames)
        return "\n".join([*([f"... {gone} before"] if gone else []), *_lines(frames)])


def _lines(frames: list[tuple[str, str | bytes]]) -> Iterator[str]:
    events = [(sender, *_parsed(frame)) for sender, frame in frames]
    for (sender, kind), run in groupby(events, lambda event: event[:2]):
        same = list(run)
        if len(same) > 1 and kind.endswith((".delta", ".append")):
            yield f"{sender}  {kind} {len(same)} times"
            continue
        for _, _, fields in same:
            yield f"{sender}  {kind} {fields}"[:_MAX_LINE_CHARS].rstrip()


def _parsed(frame: str | bytes) -> tuple[str, str]:
    """A frame's type and the rest of it; what is no event is shown as it is."""
    try:
        event = json.loads(frame)
        kind = str(event.pop("type"))
    except (ValueError, TypeError, KeyError, AttributeError):
        return "no event", repr(frame)
    event.pop("event_id", None)
    return kind, json.dumps(shortened(event), ensure_ascii=False) if event else ""


def shortened(value: Any) -> Any:
    """The same with long texts, such as audio, cut."""
    if isinstance(value, Mapping):
        return {key: shortened(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shortened(each) for each in value]
    if isinstance(value, str) and len(value) > _MAX_TEXT_CHARS:
        return f"{value[:_MAX_TEXT_CHARS]}... ({len(value)} characters)"
    return value
