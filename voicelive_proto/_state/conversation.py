"""The conversation: its items in order, with what was said in them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .._plain import to_plain
from ..items import ResponseItem
from .base import Limits, Row
from .responses import ResponseTracker
from .tables import CONVERSATION_ITEM, TRANSCRIPTION, ItemState, TranscriptionState

ROOT = "root"


class TrackedItem:
    """A conversation item.

    Attributes:
        id: Item id.
        state: `ItemState`.
        item: The item as the service last reported it.
        audio_ms: Audio generated for it; 0 for items that are not an answer's.
        audio_end_ms: Where its audio was cut by a truncation; None when it was not.
        played_ms: How much of its audio the application says it has played; None when it said nothing.
        transcription: `TranscriptionState` of a user's audio; None before anything came.
    """

    __slots__ = ("_transcript", "audio_end_ms", "audio_ms", "id", "item", "played_ms", "state", "transcription")

    def __init__(self, item_id: str, item: Any = None) -> None:
        self.id = item_id
        self.item = item
        self.state = ItemState.EXPECTED
        self.audio_ms = 0
        self.audio_end_ms: int | None = None
        self.played_ms: int | None = None
        self.transcription: TranscriptionState | None = None
        self._transcript: list[str] = []

    @property
    def type(self) -> str | None:
        """Item type, such as ``message``; None when it was never reported."""
        return self.item.type if self.item is not None else None

    @property
    def role(self) -> str | None:
        """``user``, ``assistant`` or ``system`` for messages, else None."""
        return self.item.get("role") if self.item is not None else None

    @property
    def transcript(self) -> str:
        """What was heard in the user's audio so far, or the transcripts that the item itself carries."""
        return "".join(self._transcript) if self._transcript else self._carried("transcript")

    @property
    def text(self) -> str:
        """Text of the item's text parts."""
        return self._carried("text")

    @property
    def heard_ms(self) -> int:
        """Milliseconds of its audio that can have been heard: what was generated, less what was cut off or not played."""
        limits_ms = [limit for limit in (self.audio_end_ms, self.played_ms) if limit is not None]
        return min([self.audio_ms, *limits_ms])

    def _carried(self, key: str) -> str:
        content = self.item.get("content") if self.item is not None else None
        return "".join(part.get(key) or "" for part in content or ())

    @property
    def text_chars(self) -> int:
        """Characters of text and transcript held."""
        return len(self.transcript) + len(self.text)

    def add_transcript(self, delta: str | None) -> None:
        """Append a piece of what was heard."""
        self._transcript.append(delta or "")

    def set_transcript(self, transcript: str | None) -> None:
        """Replace what was heard by its final form; an empty repetition changes nothing."""
        if transcript or not self._transcript:
            self._transcript = [transcript or ""]


class ConversationTracker:
    """Conversation items in order of ``previous_item_id``; the oldest go when there are more than the limits say."""

    def __init__(self, responses: ResponseTracker, limits: Limits) -> None:
        self._responses = responses
        self._limits = limits
        self._chars = 0
        self._items: dict[str, TrackedItem] = {}
        self._order: list[str] = []
        self.routes: Mapping[str, Callable[[Any], None]] = {
            "conversation.item.created": self._on_created,
            "conversation.item.retrieved": self._on_retrieved,
            "conversation.item.deleted": self._on_deleted,
            "conversation.item.truncated": self._on_truncated,
            "conversation.item.input_audio_transcription.delta": self._on_transcription_delta,
            "conversation.item.input_audio_transcription.completed": self._on_transcription_completed,
            "conversation.item.input_audio_transcription.failed": self._on_transcription_failed,
            "response.output_item.done": self._on_output_item_done,
        }
        self.quick: Mapping[str, Callable[[Any], bool]] = {}

    @property
    def items(self) -> tuple[TrackedItem, ...]:
        """The items in order."""
        return tuple(self._items[item_id] for item_id in self._order)

    def get(self, item_id: str) -> TrackedItem | None:
        """The item of this id, or None."""
        return self._items.get(item_id)

    def report_playback(self, item_id: str, played_ms: int) -> None:
        """The application has played so many milliseconds of an answer's audio; `TrackedItem.heard_ms` and a resume plan use it.

        Raises:
            KeyError: no such item.
            ValueError: a negative duration.
        """
        if played_ms < 0:
            msg = f"played_ms is {played_ms}; it counts from the start of the item's audio"
            raise ValueError(msg)
        self._items[item_id].played_ms = played_ms

    @property
    def pending_calls(self) -> tuple[Any, ...]:
        """Function calls, as reported, that are complete and have no output in the conversation yet."""
        answered = {item.item.call_id for item in self.items if item.type == "function_call_output"}
        calls = [item.item for item in self.items if item.type == "function_call"]
        return tuple(call for call in calls if call.status == "completed" and call.call_id not in answered)

    @property
    def pending_approvals(self) -> tuple[Any, ...]:
        """MCP approval requests, as reported, that were not answered yet; their ``id`` is what an answer names."""
        answered = {item.item.approval_request_id for item in self.items if item.type == "mcp_approval_response"}
        return tuple(item.item for item in self.items if item.type == "mcp_approval_request" and item.id not in answered)

    def row(self, event: Any) -> Row | None:
        """Transcriptions have a table of their own; a response's items are judged there."""
        if event.type == "response.output_item.done":
            return None
        item_id = event.item.id if "item" in event and event.item is not None else event.get("item_id")
        known = self._items.get(item_id or "")
        if ".input_audio_transcription." in event.type:
            return Row("transcription", TRANSCRIPTION, known.transcription if known else None, item_id or "")
        return Row("conversation item", CONVERSATION_ITEM, known.state if known else None, item_id or "")

    def _known(self, item_id: str | None) -> TrackedItem:
        """The item of this id; a transcript may come before its item does (cascaded models)."""
        known = self._items.get(item_id or "")
        if known is None:
            known = self._items[item_id or ""] = TrackedItem(item_id or "")
            self._order.append(known.id)
            self._forget_oldest()
        return known

    def _on_created(self, event: Any) -> None:
        if event.item is None or event.item.id is None:
            return
        known = self._known(event.item.id)
        self._report(known, event.item)
        known.state = ItemState.CREATED
        self._place(known.id, event.previous_item_id)

    def _place(self, item_id: str, previous_item_id: str | None) -> None:
        """Move the item behind the one named; an empty or unknown name leaves it at the end."""
        if previous_item_id == ROOT:
            self._order.remove(item_id)
            self._order.insert(0, item_id)
        elif previous_item_id in self._items and previous_item_id != item_id:
            self._order.remove(item_id)
            self._order.insert(self._order.index(previous_item_id) + 1, item_id)

    def _report(self, known: TrackedItem, item: ResponseItem) -> None:
        """Keep an item as reported, but for its audio."""
        with self._counted(known):
            known.item = _without_audio(item)
        self._forget_oldest()

    @contextmanager
    def _counted(self, known: TrackedItem) -> Iterator[None]:
        """Keep count of the characters held while an item's text changes."""
        self._chars -= known.text_chars
        yield
        self._chars += known.text_chars

    def _forget_oldest(self) -> None:
        while len(self._order) > self._limits.max_items or (self._chars > self._limits.max_text_chars and len(self._order) > 1):
            self._chars -= self._items.pop(self._order.pop(0)).text_chars

    def _on_retrieved(self, event: Any) -> None:
        if event.item is not None and event.item.id in self._items:
            self._report(self._items[event.item.id], event.item)

    def _on_deleted(self, event: Any) -> None:
        if event.item_id in self._items:
            self._order.remove(event.item_id)
            gone = self._items.pop(event.item_id)
            gone.state = ItemState.DELETED
            self._chars -= gone.text_chars

    def _on_truncated(self, event: Any) -> None:
        known = self._known(event.item_id)
        known.state = ItemState.TRUNCATED
        known.audio_end_ms = event.audio_end_ms

    def _on_transcription_delta(self, event: Any) -> None:
        known = self._known(event.item_id)
        known.transcription = TranscriptionState.PARTIAL
        with self._counted(known):
            known.add_transcript(event.delta)

    def _on_transcription_completed(self, event: Any) -> None:
        known = self._known(event.item_id)
        known.transcription = TranscriptionState.COMPLETED
        with self._counted(known):
            known.set_transcript(event.transcript)

    def _on_transcription_failed(self, event: Any) -> None:
        self._known(event.item_id).transcription = TranscriptionState.FAILED

    def _on_output_item_done(self, event: Any) -> None:
        """A finished output item carries the content that its conversation item was created without."""
        if event.item is not None and event.item.id in self._items:
            known = self._items[event.item.id]
            known.audio_ms = self._responses.audio_ms(known.id)
            self._report(known, event.item)


def _without_audio(item: ResponseItem) -> ResponseItem:
    """The item, with the audio that a retrieved one carries left out: state keeps facts, never audio."""
    content = item.get("content")
    if not any(part.get("audio") for part in content or ()):
        return item
    plain = to_plain(item)
    for part in plain["content"]:
        part.pop("audio", None)
    return ResponseItem.from_dict(plain)
