"""Responses, their output items and content parts: what has been said so far, and how it ended."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, cast

from .base import Limits, Quick, Routes, Row, column, item_id_of, remember, type_of
from .output import TokenTotals, TrackedOutputItem, TrackedPart, TrackedResponse
from .session import SessionTracker, format_of
from .tables import CONTENT_PART, OUTPUT_ITEM, RESPONSE, PartState, ResponseState

_ADDED = PartState.ADDED
_ENDED = {
    "completed": ResponseState.COMPLETED,
    "cancelled": ResponseState.CANCELLED,
    "failed": ResponseState.FAILED,
    "incomplete": ResponseState.INCOMPLETE,
}
_CLOSED_WITH_ITS_RESPONSE = frozenset({None, "message", "function_call"})
_PART_EVENTS = frozenset(kind.type for row in CONTENT_PART.values() for kind in row)


class ResponseTracker(Mapping[str, TrackedResponse]):
    """Responses by id, oldest first; finished ones go when there are more than the limits say.

    Attributes:
        active: The response that is going on, or None; of several the conversation's own.
        usage: `TokenTotals` of the session.
    """

    def __init__(self, session: SessionTracker, limits: Limits) -> None:
        self.active: TrackedResponse | None = None
        self.usage = TokenTotals()
        self._session = session
        self._limits = limits
        self._finished_chars = 0
        self._responses: OrderedDict[str, TrackedResponse] = OrderedDict()
        self._let_go: dict[str, None] = {}  # finished ones, because of the limits
        self._items: dict[str, TrackedOutputItem] = {}
        self._parts: dict[tuple[str, int], TrackedPart] = {}
        self._recent: TrackedPart | None = None  # the part of the last delta
        self._calls: OrderedDict[str, TrackedOutputItem] = OrderedDict()  # still running when their response was forgotten

    def __getitem__(self, response_id: str | None) -> TrackedResponse:
        return self._responses[cast("str", response_id)]  # None, which ids may be, is a KeyError

    def __iter__(self) -> Iterator[str]:
        return iter(self._responses)

    def __len__(self) -> int:
        return len(self._responses)

    def output_item(self, item_id: str) -> TrackedOutputItem | None:
        """The output item of this id, if its response is still kept or it is a call that still runs; else None."""
        return self._items.get(item_id) or self._calls.get(item_id)

    def audio_ms(self, item_id: str, content_index: int | None = None) -> int:
        """Milliseconds of audio generated for an item, or for one part of it, that belongs to a response still kept; else 0."""
        item = self._items.get(item_id)
        if item is None or item.format is None:
            return 0
        parts = [part for index, part in item.parts.items() if content_index in (None, index)]
        return item.format.bytes_to_ms(sum(part.audio_bytes for part in parts))

    def row(self, event: Any) -> Row | None:
        """The row of the part, item or response that the event is about; what is added is judged by its container first."""
        if event.type in ("response.created", "response.done"):
            response = event.response
            response_id = response.id if response is not None else None
            return None if response_id in self._let_go else self._response_row(response_id)
        if event.type == "response.cancel":
            # Nothing active: a race that the service answers with an error, not a fault.
            meant = self._meant(event)
            return self._response_row(meant.id) if meant is not None else None
        container = self._container_row(event)
        row = container if container is not None and not container.allows(column(event)) else self._own_row(event)
        return None if row.state is None and event.response_id in self._let_go else row

    def _container_row(self, event: Any) -> Row | None:
        if event.type == "response.output_item.added":
            return self._response_row(event.response_id)
        return self._item_row(event, event.item_id) if event.type == "response.content_part.added" else None

    def _own_row(self, event: Any) -> Row:
        if event.type not in _PART_EVENTS:
            return self._item_row(event, item_id_of(event))
        part = self._parts.get((event.item_id or "", event.content_index or 0))
        return Row("content part", CONTENT_PART, _state(part, event), f"{event.item_id}[{event.content_index}]")

    def _item_row(self, event: Any, item_id: str | None) -> Row:
        return Row("output item", OUTPUT_ITEM, _state(self.output_item(item_id or ""), event), item_id or "")

    def _response_row(self, response_id: str | None) -> Row:
        response = self._responses.get(response_id or "")
        return Row("response", RESPONSE, response.state if response else None, response_id or "")

    def _meant(self, event: Any) -> TrackedResponse | None:
        """The active response that a ``response.cancel`` is about."""
        named = self._responses.get(event.response_id) if event.response_id is not None else self.active
        return named if named is not None and named.active else None

    def _response(self, response_id: str | None) -> TrackedResponse:
        """The response of this id; an event that belongs to one never announced creates it, of one let go it goes nowhere."""
        known = self._responses.get(response_id or "")
        if known is not None:
            return known
        known = TrackedResponse(response_id or "", self._session.output_format)
        if known.id in self._let_go:
            known.state = ResponseState.COMPLETED
            return known
        self._responses[known.id] = known
        self.active = self.active or known
        self._forget_oldest()
        return known

    def _item(self, response_id: str | None, item_id: str | None, output_index: int | None) -> TrackedOutputItem:
        """The output item of this id; one that is over may have its id used again by another response.

        One that a finished response did not have before goes nowhere.
        """
        known = self.output_item(item_id or "")
        if known is not None and (known.state is _ADDED or response_id in (None, known.response_id)):
            return known
        response = self._response(response_id)
        item = TrackedOutputItem(item_id or "", response.id, output_index or 0, response.format)
        if not response.active:
            item.state = PartState.DONE
            return item
        if known is not None:
            self._drop(known)
        self._items[item.id] = response.items[item.id] = item
        return item

    def _part(self, event: Any) -> TrackedPart:
        """The part that the event is about; what comes for one of a finished response goes nowhere."""
        item = self._item(event.response_id, event.item_id, event.output_index)
        index = event.content_index or 0
        response = self._responses.get(item.response_id)
        if response is None or not response.active:
            return TrackedPart(item, index)
        known = item.parts.get(index)
        if known is None:
            known = item.parts[index] = self._parts[item.id, index] = TrackedPart(item, index)
        return known

    def _quick_audio(self, event: Any) -> bool:
        part = self._recent  # as `_open_part`, without the call: most of all events come this way
        if part is None or part.item_id != event.item_id or part.content_index != event.content_index or part.state is not _ADDED:
            part = self._open_part(event)
        delta = event.delta
        if part is None or delta is None:
            return False
        part.audio_bytes += len(delta)
        return True

    def _quick_transcript(self, event: Any) -> bool:
        part = self._open_part(event)
        if part is None or event.delta is None:
            return False
        part.add_transcript(event.delta)
        return True

    def _quick_text(self, event: Any) -> bool:
        part = self._open_part(event)
        if part is None or event.delta is None:
            return False
        part.add_text(event.delta)
        return True

    def _open_part(self, event: Any) -> TrackedPart | None:
        """The part that takes the delta: nearly always the same as before, and then found without a look-up.

        Told by its item alone: to compare the response as well takes a twentieth of a tracked turn.
        """
        part = self._recent
        if part is None or part.item_id != event.item_id or part.content_index != event.content_index:
            part = self._recent = self._parts.get((event.item_id, event.content_index))
        return part if part is not None and part.state is _ADDED else None

    def _on_audio(self, event: Any) -> None:
        self._part(event).audio_bytes += len(event.delta or b"")

    def _on_audio_done(self, event: Any) -> None:
        self._part(event)

    def _on_created(self, event: Any) -> None:
        created = event.response
        if created is None:
            return
        self._let_go.pop(created.id or "", None)
        response = self._response(created.id)
        if not response.active:
            return
        response.status = created.status
        response.metadata = created.metadata
        response.conversation_id = created.conversation_id
        if self.active is None or self.active.conversation_id is None or response.conversation_id is not None:
            self.active = response
        audio_format = created.output_audio_format
        if audio_format is not None:
            response.format = format_of(audio_format)

    def _on_cancel(self, event: Any) -> None:
        meant = self._meant(event)
        if meant is not None:
            meant.state = ResponseState.CANCELLING

    def _on_done(self, event: Any) -> None:
        done = event.response
        if done is None:
            return
        response = self._response(done.id)
        if not response.active:
            return
        usage = done.usage
        if usage is not None:
            self.usage.add(usage)
        response.status = done.status
        response.status_details = done.status_details
        response.usage = usage
        response.state = _ENDED.get(response.status or "", ResponseState.COMPLETED)
        if self.active is response:
            self.active = self._still_going_on(response)
        for item in response.items.values():
            if item.type in _CLOSED_WITH_ITS_RESPONSE:  # calls that the service makes may run, and be done, after it
                item.close()
            else:
                item.close_parts()
        self._count(response, response.text_chars)
        self._forget_oldest()

    def _still_going_on(self, over: TrackedResponse) -> TrackedResponse | None:
        """The last one begun beside a response that is over; its conversation has none, as it has one at a time."""
        its_own = over.conversation_id
        beside = [other for other in self._responses.values() if other.active and (its_own is None or other.conversation_id != its_own)]
        return beside[-1] if beside else None

    def _count(self, response: TrackedResponse, more_chars: int) -> None:
        """Hold a finished response's characters against the limit."""
        self._finished_chars += more_chars
        response.counted_chars += more_chars

    def _change(self, item: TrackedOutputItem, change: Callable[..., None], *arguments: Any) -> None:
        """Change what an item says by itself; what a finished response gains counts, and what belongs to none stays as it is."""
        response = self._responses.get(item.response_id)
        if response is None or response.items.get(item.id) is not item:
            return
        before_chars = item.own_chars
        change(*arguments)
        if not response.active:
            self._count(response, item.own_chars - before_chars)
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        while self._too_many:
            others = [response for response in self._responses.values() if response is not self.active]
            self._forget(next((response for response in others if not response.active), others[0]))

    @property
    def _too_many(self) -> bool:
        finished = len(self._responses) - (self.active is not None)
        return finished > self._limits.max_responses or (finished > 1 and self._finished_chars > self._limits.max_text_chars)

    def _forget(self, response: TrackedResponse) -> None:
        del self._responses[response.id]
        remember(self._let_go, response.id, self._limits.max_responses // 10)
        self._finished_chars -= response.counted_chars
        for item in response.items.values():
            if self._items.get(item.id) is item:
                self._drop(item)
                if item.state is _ADDED:
                    item.let_go()
                    self._calls[item.id] = item
        while len(self._calls) > self._limits.max_calls:
            self._calls.popitem(last=False)

    def _drop(self, item: TrackedOutputItem) -> None:
        """Events find the item no more."""
        self._recent = None
        self._items.pop(item.id, None)
        self._calls.pop(item.id, None)
        for index in item.parts:
            self._parts.pop((item.id, index), None)

    def _on_item_added(self, event: Any) -> None:
        item = self._item(event.response_id, item_id_of(event), event.output_index)
        self._change(item, item.report, event.item)

    def _on_item_done(self, event: Any) -> None:
        item = self._item(event.response_id, item_id_of(event), event.output_index)
        item.close()
        self._calls.pop(item.id, None)
        self._change(item, item.report, event.item)

    def _on_part_added(self, event: Any) -> None:
        self._part(event).type = type_of(event.part)

    def _on_part_done(self, event: Any) -> None:
        part = self._part(event)
        part.type = type_of(event.part)
        part.state = PartState.DONE

    def _on_text(self, event: Any) -> None:
        self._part(event).add_text(event.delta)

    def _on_text_done(self, event: Any) -> None:
        self._part(event).set_text(event.text)

    def _on_transcript(self, event: Any) -> None:
        self._part(event).add_transcript(event.delta)

    def _on_transcript_done(self, event: Any) -> None:
        self._part(event).set_transcript(event.transcript)

    def _on_arguments_delta(self, event: Any) -> None:
        item = self._item(event.response_id, event.item_id, event.output_index)
        self._change(item, item.add_arguments, event.delta)

    def _on_arguments_done(self, event: Any) -> None:
        item = self._item(event.response_id, event.item_id, event.output_index)
        self._change(item, item.set_arguments, event.arguments)

    routes: ClassVar[Routes] = {
        "response.created": _on_created,
        "response.cancel": _on_cancel,
        "response.done": _on_done,
        "response.output_item.added": _on_item_added,
        "response.output_item.done": _on_item_done,
        "response.content_part.added": _on_part_added,
        "response.content_part.done": _on_part_done,
        "response.text.delta": _on_text,
        "response.text.done": _on_text_done,
        "response.audio_transcript.delta": _on_transcript,
        "response.audio_transcript.done": _on_transcript_done,
        "response.audio.delta": _on_audio,
        "response.audio.done": _on_audio_done,
        "response.function_call_arguments.delta": _on_arguments_delta,
        "response.function_call_arguments.done": _on_arguments_done,
        "response.mcp_call_arguments.delta": _on_arguments_delta,
        "response.mcp_call_arguments.done": _on_arguments_done,
    }
    quick: ClassVar[Quick] = {
        "response.audio.delta": _quick_audio,
        "response.audio_transcript.delta": _quick_transcript,
        "response.text.delta": _quick_text,
    }


def _state(known: TrackedOutputItem | TrackedPart | None, event: Any) -> PartState | None:
    """The state of an item or part; None when there is none, or when the event names another response than its own."""
    return known.state if known is not None and event.response_id in (known.response_id, None) else None
