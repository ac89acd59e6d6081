"""One item of the conversation: what was said in it, and what was heard of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from .._plain import to_plain
from ..items import ResponseItem, ResponseMessageItem
from .base import text_chars, type_of, without_audio
from .output import TrackedOutputItem
from .tables import ItemState, TranscriptionState

_MAX_PARTS = 100
"""More parts of one item are not heard."""


class _Heard:
    """What was heard in a content part of the user's."""

    __slots__ = ("pieces", "state")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.state: TranscriptionState | None = None


class TrackedItem:
    """A conversation item.

    Attributes:
        id: Item id.
        state: `ItemState`.
        item: The item as the service last reported it, without audio; None when only its transcript came so far.
        audio_end_ms: Where its audio was cut by a truncation; None when it was not.
        played_ms: How much of its audio the application says it has played; None when it said nothing.
        transcription: `TranscriptionState` of a user's audio, of the part that was heard last; None before anything came.
        output: The output item that is still being said; None for items that are no answer, or a finished one.
        previous_id: Id of the item before it, as the service named it when it told of the item.
        awaited_id: The same while that one is not known.
    """

    __slots__ = (
        "_audio_ms",
        "_heard",
        "_heard_chars",
        "_item_chars",
        "_left_open",
        "audio_end_ms",
        "awaited_id",
        "id",
        "item",
        "output",
        "played_ms",
        "previous_id",
        "state",
        "transcription",
    )

    def __init__(self, item_id: str) -> None:
        self.id = item_id
        self.item: Any = None
        self.state = ItemState.EXPECTED
        self.audio_end_ms: int | None = None
        self.played_ms: int | None = None
        self.transcription: TranscriptionState | None = None
        self.output: TrackedOutputItem | None = None
        self.previous_id: str | None = None
        self.awaited_id: str | None = None
        self._audio_ms = 0
        self._item_chars = len(item_id)
        self._left_open = False
        self._heard: dict[int, _Heard] = {}
        self._heard_chars = 0

    def __repr__(self) -> str:
        kind = f"{self.role} {self.type}" if self.role else self.type
        return f"<{type(self).__name__} {self.id} {kind} {self.state.name}>"

    @property
    def type(self) -> str | None:
        """Item type, such as ``message``; None when it was never reported."""
        return type_of(self.item)

    @property
    def role(self) -> str | None:
        """``user``, ``assistant`` or ``system`` for messages, else None."""
        return self.item.role if isinstance(self.item, ResponseMessageItem) else None

    @property
    def complete(self) -> bool:
        """Whether the service says that all of it is there; what comes without a status is, unless it is still being said."""
        status = getattr(self.item, "status", None)
        return status == "completed" or (status is None and self.item is not None and self.output is None and not self._left_open)

    @property
    def transcript(self) -> str:
        """What was heard in the user's audio, or said in the answer's, so far."""
        heard = "".join("".join(part.pieces) for _, part in sorted(self._heard.items()))
        return heard or self._joined("transcript")

    @property
    def text(self) -> str:
        """Text of the item's text parts so far."""
        return self._joined("text")

    @property
    def audio_ms(self) -> int:
        """Milliseconds of audio generated for it so far; 0 for items that are not an answer's."""
        return self.output.audio_ms if self.output is not None else self._audio_ms

    @property
    def heard_ms(self) -> int:
        """Milliseconds of its audio that can have been heard: what was generated, less what was cut off or not played."""
        limits_ms = [limit for limit in (self.audio_end_ms, self.played_ms) if limit is not None]
        return max(0, min([self.audio_ms, *limits_ms]))

    @property
    def text_chars(self) -> int:
        """Characters held."""
        return self._item_chars + self._heard_chars + len(self.previous_id or "")

    @property
    def content(self) -> Sequence[Mapping[str, Any]]:
        """Content parts of a message: as reported, or as far as they are said; empty for other items."""
        parts = self.item.content if isinstance(self.item, ResponseMessageItem) else None
        reported: Sequence[Any] = parts or ()
        if self.output is None:
            return reported
        said = [part.as_content() for _, part in sorted(self.output.parts.items())]
        return said if not reported or _chars(said) > _chars(reported) else reported

    def _joined(self, key: str) -> str:
        return "".join(text_of(part, key) for part in self.content)

    def report(self, item: ResponseItem) -> None:
        """Keep the item as reported, but for its audio."""
        self.item = without_audio(item)
        self._item_chars = text_chars(self.item)

    def settle(self, output: TrackedOutputItem, *, left_open: bool) -> None:
        """The answer is over: keep how long it is, and what was said where its item does not say it."""
        self.output = output
        self._left_open = left_open
        said: object = self.content
        if isinstance(self.item, ResponseMessageItem) and said is not self.item.content:
            self.report(ResponseItem.from_dict(self.item.as_dict() | {"content": to_plain(said)}))
        self._audio_ms = output.audio_ms
        self.output = None

    def heard_in(self, content_index: int) -> str:
        """What was heard in one of the user's parts, as far as it was told beside the item."""
        heard = self._heard.get(content_index)
        return "".join(heard.pieces) if heard is not None else ""

    def transcription_of(self, content_index: int | None) -> TranscriptionState | None:
        """The transcription of one of its parts."""
        heard = self._heard.get(content_index or 0)
        return heard.state if heard is not None else None

    def hear(self, state: TranscriptionState, content_index: int | None, transcript: str | None) -> None:
        """Take in a piece of what was heard in a part, or all of it; an empty repetition changes nothing."""
        self.transcription = state
        if len(self._heard) >= _MAX_PARTS and (content_index or 0) not in self._heard:
            return
        heard = self._heard.setdefault(content_index or 0, _Heard())
        heard.state = state
        if state is TranscriptionState.COMPLETED and transcript:
            self._heard_chars -= sum(map(len, heard.pieces))
            heard.pieces.clear()
        if transcript:
            heard.pieces.append(transcript)
            self._heard_chars += len(transcript)


def with_transcripts(item: ResponseItem, known: TrackedItem) -> ResponseItem:
    """A retrieved item, with what is known of its transcripts where the service leaves it out, or shortens it after a truncation.

    How much of an answer was heard is told by the whole of its audio, so its words have to be whole, too.
    """
    if not isinstance(item, ResponseMessageItem):
        return item
    plain = to_plain(item)
    for part, before in zip(plain.get("content") or (), known.content, strict=False):
        reported, said = text_of(part, "transcript"), text_of(before, "transcript")
        shortened = len(reported) < len(said) and (not reported or known.audio_end_ms is not None)
        if shortened and part.get("type") == before.get("type"):
            part["transcript"] = said
    return ResponseItem.from_dict(plain)


def _chars(parts: Sequence[Mapping[str, Any]]) -> int:
    return sum(len(text_of(part, key)) for part in parts for key in ("text", "transcript"))


def text_of(part: Mapping[str, Any], key: str) -> str:
    """The text of a content part under one of its keys; empty where there is none."""
    found = part.get(key)
    return found if isinstance(found, str) else ""
