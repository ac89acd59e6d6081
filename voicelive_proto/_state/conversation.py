"""The conversation: its items in order, with what was said in them."""

from collections.abc import Callable, Mapping
from typing import Any

from .base import Row
from .tables import CONVERSATION_ITEM, TRANSCRIPTION, ItemState, TranscriptionState

ROOT = "root"


class TrackedItem:
    """A conversation item.

    Attributes:
        id: Item id.
        state: `ItemState`.
        item: The item as the service last reported it.
        audio_end_ms: Where its audio was cut by a truncation; None when it was not.
        transcription: `TranscriptionState` of a user's audio; None before anything came.
    """

    __slots__ = ("_transcript", "audio_end_ms", "id", "item", "state", "transcription")

    def __init__(self, item_id: str, item: Any = None) -> None:
        self.id = item_id
        self.item = item
        self.state = ItemState.EXPECTED
        self.audio_end_ms: int | None = None
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

    def _carried(self, key: str) -> str:
        content = self.item.get("content") if self.item is not None else None
        return "".join(part.get(key) or "" for part in content or ())

    def add_transcript(self, delta: str | None) -> None:
        """Append a piece of what was heard."""
        self._transcript.append(delta or "")

    def set_transcript(self, transcript: str | None) -> None:
        """Replace what was heard by its final form; an empty repetition changes nothing."""
        if transcript or not self._transcript:
            self._transcript = [transcript or ""]


class ConversationTracker:
    """Conversation items in order of ``previous_item_id``; the oldest go when there are more than ``max_items``."""

    def __init__(self, *, max_items: int) -> None:
        self._max_items = max_items
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
        known.item = event.item
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

    def _forget_oldest(self) -> None:
        while len(self._order) > self._max_items:
            del self._items[self._order.pop(0)]

    def _on_retrieved(self, event: Any) -> None:
        if event.item is not None and event.item.id in self._items:
            self._items[event.item.id].item = event.item

    def _on_deleted(self, event: Any) -> None:
        if event.item_id in self._items:
            self._order.remove(event.item_id)
            self._items.pop(event.item_id).state = ItemState.DELETED

    def _on_truncated(self, event: Any) -> None:
        known = self._known(event.item_id)
        known.state = ItemState.TRUNCATED
        known.audio_end_ms = event.audio_end_ms

    def _on_transcription_delta(self, event: Any) -> None:
        known = self._known(event.item_id)
        known.transcription = TranscriptionState.PARTIAL
        known.add_transcript(event.delta)

    def _on_transcription_completed(self, event: Any) -> None:
        known = self._known(event.item_id)
        known.transcription = TranscriptionState.COMPLETED
        known.set_transcript(event.transcript)

    def _on_transcription_failed(self, event: Any) -> None:
        self._known(event.item_id).transcription = TranscriptionState.FAILED

    def _on_output_item_done(self, event: Any) -> None:
        """A finished output item carries the content that its conversation item was created without."""
        if event.item is not None and event.item.id in self._items:
            self._items[event.item.id].item = event.item
