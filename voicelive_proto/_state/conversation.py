"""The conversation: its items in order, with what was said in them."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple, cast

from ..error_details import named_event
from ..items import ResponseItem
from .base import Limits, Quick, Routes, Row, item_id_of, remember, type_of
from .items import TrackedItem, with_transcripts
from .output import TrackedOutputItem
from .responses import ResponseTracker
from .tables import CONVERSATION_ITEM, TRANSCRIPTION, ItemState, PartState, TranscriptionState

ROOT = "root"


class _AskedFirst(NamedTuple):
    """A request for an item at the start of the conversation."""

    item_id: str | None
    type: str | None
    role: str | None
    part_type: str | None
    event_id: str | None


class ConversationTracker:
    """Conversation items in order of ``previous_item_id``; the oldest go when there are more than the limits say.

    Attributes:
        forgotten: How many items went because of the limits.
    """

    def __init__(self, responses: ResponseTracker, limits: Limits) -> None:
        self.forgotten = 0
        self._responses = responses
        self._limits = limits
        self._chars = 0
        self._items: dict[str, TrackedItem] = {}
        self._order: list[str] = []
        self._speaking: dict[str, TrackedItem] = {}  # answers that are still being said
        self._awaited: dict[str, list[TrackedItem]] = {}  # item that is not known yet -> those that come behind it
        self._asked_first: list[_AskedFirst] = []
        self._deleted: dict[str, None] = {}
        self._let_go: dict[str, None] = {}  # because of the limits

    @property
    def items(self) -> tuple[TrackedItem, ...]:
        """The items in order."""
        return tuple(self._items[item_id] for item_id in self._order)

    def get(self, item_id: str | None) -> TrackedItem | None:
        """The item of this id, or None."""
        return self._items.get(cast("str", item_id))

    def report_playback(self, item_id: str | None, played_ms: int) -> None:
        """The application has played so many milliseconds of an answer's audio; `TrackedItem.heard_ms` and a resume plan use it.

        Raises:
            KeyError: no such item.
            ValueError: a negative duration.
        """
        if played_ms < 0:
            msg = f"played_ms is {played_ms}; it counts from the start of the item's audio"
            raise ValueError(msg)
        self._items[cast("str", item_id)].played_ms = played_ms

    @property
    def pending_calls(self) -> tuple[Any, ...]:
        """Function calls, as reported, that are complete and have no output in the conversation yet."""
        answered = {item.item.call_id for item in self.items if item.type == "function_call_output"}
        complete = [item.item for item in self.items if item.type == "function_call" and item.complete]
        return tuple(call for call in complete if call.call_id not in answered)

    def may_have_call(self, call_id: str) -> bool:
        """Whether a function call of this id was told of, or may have been before the limits cut the conversation."""
        told: list[TrackedItem | TrackedOutputItem] = list(self._items.values())
        told += [output for response in self._responses.values() for output in response.items.values()]
        calls = {known.item.call_id for known in told if known.type == "function_call"}
        return bool(self.forgotten) or call_id in calls

    @property
    def pending_approvals(self) -> tuple[Any, ...]:
        """MCP approval requests, as reported, that were not answered yet; their ``id`` is what an answer names."""
        answered = {item.item.approval_request_id for item in self.items if item.type == "mcp_approval_response"}
        return tuple(item.item for item in self.items if item.type == "mcp_approval_request" and item.id not in answered)

    def row(self, event: Any) -> Row | None:
        """Transcriptions have a table of their own; a response's items are judged there, and what a client asks for by the service."""
        if event.type.startswith("response.") or event.type in ("conversation.item.create", "error"):
            return None
        item_id = item_id_of(event)
        known = self._items.get(item_id)
        if ".input_audio_transcription." in event.type:
            return Row("transcription", TRANSCRIPTION, known.transcription_of(event.content_index) if known else None, item_id)
        if known is None and event.type != "conversation.item.created" and self._may_be_let_go(item_id):
            return None
        return Row("conversation item", CONVERSATION_ITEM, self._state(item_id), item_id)

    def _state(self, item_id: str) -> ItemState | None:
        known = self._items.get(item_id)
        gone = ItemState.DELETED if item_id in self._deleted else None
        return known.state if known is not None else gone

    def _may_be_let_go(self, item_id: str) -> bool:
        return item_id in self._let_go or (self.forgotten > len(self._let_go) and item_id not in self._deleted)

    def _known(self, item_id: str) -> TrackedItem:
        """The item of this id; a transcript may come before its item does (cascaded models)."""
        known = self._items.get(item_id)
        if known is None:
            known = self._items[item_id] = TrackedItem(item_id)
            self._order.append(item_id)
            self._chars += known.text_chars
            self._forget_oldest()
            self._gather(known)
        return known

    def _gather(self, known: TrackedItem) -> None:
        """Put a new item before those that waited for it, and these behind it, with all that follows them."""
        waiting = self._awaited.pop(known.id, [])
        if waiting:
            self._move(known.id, min(self._order.index(each.id) for each in waiting))
        for each in waiting:
            each.awaited_id = None
            self._move(each.id, self._order.index(known.id) + 1)

    def _on_asked(self, event: Any) -> None:
        """The answer to an item put first names no item before it; only the request says where it goes."""
        item = event.item
        if item is None:
            return
        asked = _AskedFirst(item.get("id"), item.get("type"), item.get("role"), _first_part_type(item), event.event_id)
        if asked.item_id is not None:
            self._asked_first = [earlier for earlier in self._asked_first if earlier.item_id != asked.item_id]
        if event.previous_item_id == ROOT:
            self._asked_first.append(asked)
            del self._asked_first[: -self._limits.max_calls]

    def _on_error(self, event: Any) -> None:
        """What was refused is awaited no more."""
        event_id = named_event(event.error)
        if event_id is not None and self._asked_first:
            self._asked_first = [asked for asked in self._asked_first if asked.event_id != event_id]

    def _was_asked_first(self, item: ResponseItem, *, unnamed: bool) -> bool:
        """Whether the item answers a request for one at the start: by its id, or, where that had none, by its kind.

        The latter only of null: where all items come with an empty ``previous_item_id`` (cascaded models), it tells nothing.
        """
        kind = (type_of(item), item.get("role"))
        part_type = _first_part_type(item)
        for asked in self._asked_first:
            alike = unnamed and (asked.part_type == part_type or None in (asked.part_type, part_type))
            if asked[:3] == (item.id, *kind) or (alike and asked[:3] == (None, *kind)):
                self._asked_first.remove(asked)
                return True
        return False

    def _on_created(self, event: Any) -> None:
        item = event.item
        item_id = item.id if item is not None else None
        if item_id is None:
            return
        known = self._known(item_id)
        if known.state is ItemState.EXPECTED:
            self._join(known)
        known.state = ItemState.CREATED
        self._deleted.pop(known.id, None)
        self._let_go.pop(known.id, None)
        first = not event.previous_item_id and self._was_asked_first(item, unnamed=event.previous_item_id is None)
        self._counted(known, self._report, known, item, ROOT if first else event.previous_item_id or None)

    def _join(self, known: TrackedItem) -> None:
        """An item that is only now told of comes last, not where its transcript found it, unless something stands behind it."""
        if self._order[-1] != known.id and not any(each.previous_id == known.id for each in self._items.values()):
            self._move(known.id, len(self._order))

    def _place(self, known: TrackedItem, previous_item_id: str | None) -> None:
        """Move the item behind the one named, with all that follows it."""
        self._await(known, None)
        known.previous_id = previous_item_id
        if previous_item_id == ROOT or previous_item_id in self._let_go:
            self._move(known.id, 0)
        elif previous_item_id in self._items and previous_item_id != known.id:
            self._move(known.id, self._order.index(previous_item_id) + 1)
        else:
            self._await(known, previous_item_id)

    def _await(self, known: TrackedItem, previous_item_id: str | None) -> None:
        """Note that the item belongs behind one that is not known yet, or that it waits no more."""
        if known.awaited_id is not None:
            waiting = self._awaited[known.awaited_id]
            waiting.remove(known)
            if not waiting:
                del self._awaited[known.awaited_id]
        known.awaited_id = previous_item_id
        if previous_item_id is not None:
            self._awaited.setdefault(previous_item_id, []).append(known)

    def _move(self, item_id: str, index: int) -> None:
        """Move an item to a place, and with it those that were put behind it, or behind these, unless the place is among them."""
        start = self._order.index(item_id)
        if start == index:
            return
        end = start + 1
        follows = {item_id}
        while end < len(self._order) and self._items[self._order[end]].previous_id in follows:
            follows.add(self._order[end])
            end += 1
        if start < index <= end:
            end = start + 1
        moved = self._order[start:end]
        del self._order[start:end]
        index -= len(moved) if index > start else 0
        self._order[index:index] = moved

    def _report(self, known: TrackedItem, item: ResponseItem, previous_item_id: str | None) -> None:
        self._place(known, previous_item_id)
        known.report(item)
        self._follow(known)

    def _follow(self, known: TrackedItem) -> None:
        """Read what an answer says from its output item while it is being said; one already finished says it all."""
        output = self._responses.output_item(known.id)
        if output is not None and output.state is PartState.ADDED:
            known.output = output
            self._speaking[known.id] = known
        elif output is not None:
            self._settle(known, output.item)

    def _settle(self, known: TrackedItem, item: ResponseItem | None) -> None:
        self._speaking.pop(known.id, None)
        if item is not None:
            known.report(item)
        output = known.output or self._responses.output_item(known.id)
        if output is not None:
            known.settle(output, left_open=item is None)

    def _counted(self, known: TrackedItem, change: Callable[..., None], *arguments: Any) -> None:
        """Hold an item's characters against the limit when its text has changed."""
        before_chars = known.text_chars
        change(*arguments)
        self._chars += known.text_chars - before_chars
        self._forget_oldest()

    def _forget_oldest(self) -> None:
        while len(self._order) > self._limits.max_items or (self._chars > self._limits.max_text_chars and len(self._order) > 1):
            remember(self._let_go, self._order[0], self._limits.max_items // 10)
            self._drop(self._items[self._order[0]])
            self.forgotten += 1

    def _drop(self, known: TrackedItem) -> None:
        self._order.remove(known.id)
        del self._items[known.id]
        self._chars -= known.text_chars
        self._speaking.pop(known.id, None)
        self._await(known, None)

    def _on_retrieved(self, event: Any) -> None:
        known = self._items.get(item_id_of(event))
        if known is not None:
            self._counted(known, known.report, with_transcripts(event.item, known))

    def _on_deleted(self, event: Any) -> None:
        known = self._items.get(event.item_id)
        if known is not None:
            self._drop(known)
            for follower in self._items.values():
                if follower.previous_id == known.id:
                    follower.previous_id = known.previous_id
                    self._chars += len(known.previous_id or "") - len(known.id)
            self._forget_oldest()
            known.state = ItemState.DELETED
            remember(self._deleted, event.item_id, self._limits.max_items)

    def _on_truncated(self, event: Any) -> None:
        known = self._reached(event)
        if known is not None:
            known.state = ItemState.TRUNCATED
            known.audio_end_ms = event.audio_end_ms

    def _reached(self, event: Any) -> TrackedItem | None:
        """The item that the event is about, made if need be; None for one that is gone: its transcript may come after it went."""
        item_id = item_id_of(event)
        return None if item_id in self._deleted or item_id in self._let_go else self._known(item_id)

    def _on_transcription_delta(self, event: Any) -> None:
        self._hear(event, TranscriptionState.PARTIAL, event.delta)

    def _on_transcription_completed(self, event: Any) -> None:
        self._hear(event, TranscriptionState.COMPLETED, event.transcript)

    def _on_transcription_failed(self, event: Any) -> None:
        self._hear(event, TranscriptionState.FAILED, None)

    def _hear(self, event: Any, state: TranscriptionState, transcript: str | None) -> None:
        known = self._reached(event)
        if known is not None:
            self._counted(known, known.hear, state, event.content_index, transcript)

    def _on_output_item_added(self, event: Any) -> None:
        known = self._items.get(item_id_of(event))
        if known is not None:
            self._counted(known, self._follow, known)

    def _on_output_item_done(self, event: Any) -> None:
        """A finished output item carries the content that its conversation item was created without."""
        known = self._items.get(item_id_of(event))
        if known is not None:
            self._counted(known, self._settle, known, event.item)

    def _on_response_done(self, event: Any) -> None:
        """Whatever was still being said is over, but for calls that run on."""
        said = event.response.output if event.response is not None else None
        over = [known for known in self._speaking.values() if known.output and known.output.state is PartState.DONE]
        for known in over:
            if known.id in self._speaking:  # still there: the limits may have let it go meanwhile
                self._counted(known, self._settle, known, next((item for item in said or () if item.id == known.id), None))

    routes: ClassVar[Routes] = {
        "conversation.item.create": _on_asked,
        "conversation.item.created": _on_created,
        "conversation.item.retrieved": _on_retrieved,
        "conversation.item.deleted": _on_deleted,
        "conversation.item.truncated": _on_truncated,
        "conversation.item.input_audio_transcription.delta": _on_transcription_delta,
        "conversation.item.input_audio_transcription.completed": _on_transcription_completed,
        "conversation.item.input_audio_transcription.failed": _on_transcription_failed,
        "response.output_item.added": _on_output_item_added,
        "response.output_item.done": _on_output_item_done,
        "response.done": _on_response_done,
        "error": _on_error,
    }
    quick: ClassVar[Quick] = {}


def _first_part_type(item: Any) -> str | None:
    """What an item's content begins with, in the service's word for it; None where that tells nothing."""
    parts = item.get("content")
    first = parts[0] if isinstance(parts, list) and parts else None
    part_type = first.get("type") if isinstance(first, Mapping) else None
    return "text" if part_type == "output_text" else part_type
