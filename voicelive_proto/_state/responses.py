"""Responses, their output items and content parts: what has been said so far, and how it ended."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..audio_formats import AudioFormat
from ..responses import AnyResponseStatusDetails, TokenUsage
from .base import Limits, Row, column
from .session import SessionTracker, format_of
from .tables import CONTENT_PART, OUTPUT_ITEM, RESPONSE, PartState, ResponseState

_ENDED = {
    "completed": ResponseState.COMPLETED,
    "cancelled": ResponseState.CANCELLED,
    "failed": ResponseState.FAILED,
    "incomplete": ResponseState.INCOMPLETE,
}


class TrackedPart:
    """A content part of an output item.

    Attributes:
        item_id, content_index: Where it belongs.
        type: ``text`` or ``audio``; None when it was never announced.
        state: `PartState`.
        audio_bytes: Size of the audio received, in the response's output format.
    """

    __slots__ = ("_text", "_transcript", "audio_bytes", "content_index", "item_id", "state", "type")

    def __init__(self, item_id: str, content_index: int, kind: str | None) -> None:
        self.item_id = item_id
        self.content_index = content_index
        self.type = kind
        self.state = PartState.ADDED
        self.audio_bytes = 0
        self._text: list[str] = []
        self._transcript: list[str] = []

    @property
    def text(self) -> str:
        """Text so far."""
        return "".join(self._text)

    @property
    def transcript(self) -> str:
        """Text of the spoken audio so far; it usually runs ahead of the audio."""
        return "".join(self._transcript)

    def add_text(self, delta: str | None) -> None:
        """Append a piece of text."""
        self._text.append(delta or "")

    def add_transcript(self, delta: str | None) -> None:
        """Append a piece of transcript."""
        self._transcript.append(delta or "")

    def set_text(self, text: str | None) -> None:
        """Replace the text by its final form."""
        self._text = [text or ""]

    def set_transcript(self, transcript: str | None) -> None:
        """Replace the transcript by its final form."""
        self._transcript = [transcript or ""]


class TrackedOutputItem:
    """An output item of a response.

    Attributes:
        id: Item id, the same as in the conversation.
        response_id: Its response.
        output_index: Place in the response's output.
        state: `PartState`.
        type: Item type, such as ``message`` or ``function_call``; None when it was never announced.
        item: The item as the service last reported it.
        parts: Content index -> `TrackedPart`.
    """

    __slots__ = ("_arguments", "id", "item", "output_index", "parts", "response_id", "state", "type")

    def __init__(self, item_id: str, response_id: str | None, output_index: int) -> None:
        self.id = item_id
        self.response_id = response_id
        self.output_index = output_index
        self.state = PartState.ADDED
        self.type: str | None = None
        self.item: Any = None
        self.parts: dict[int, TrackedPart] = {}
        self._arguments: list[str] = []

    @property
    def arguments(self) -> str:
        """Arguments of a function or MCP call so far, as JSON text."""
        return "".join(self._arguments)

    def add_arguments(self, delta: str | None) -> None:
        """Append a piece of arguments."""
        self._arguments.append(delta or "")

    def set_arguments(self, arguments: str | None) -> None:
        """Replace the arguments by their final form."""
        self._arguments = [arguments or ""]


class TrackedResponse:
    """A response.

    Attributes:
        id: Response id.
        state: `ResponseState`.
        status: Status as the service wrote it, which may be one that is not in the table.
        status_details: Why it ended so, where it says.
        usage: Tokens it cost, once done.
        metadata: As given in ``response.create``.
        items: Item id -> `TrackedOutputItem`, in order of output.
        format: Layout of its audio; None when the format's name is not known.
    """

    __slots__ = ("format", "id", "items", "metadata", "state", "status", "status_details", "usage")

    def __init__(self, response_id: str, audio: AudioFormat | None) -> None:
        self.id = response_id
        self.state = ResponseState.IN_PROGRESS
        self.status: str | None = None
        self.status_details: AnyResponseStatusDetails | None = None
        self.usage: TokenUsage | None = None
        self.metadata: dict[str, str] | None = None
        self.items: dict[str, TrackedOutputItem] = {}
        self.format = audio

    @property
    def active(self) -> bool:
        """Whether more may come."""
        return self.state in (ResponseState.IN_PROGRESS, ResponseState.CANCELLING)

    def parts(self) -> Iterator[TrackedPart]:
        """Content parts of all items, in order."""
        for item in self.items.values():
            yield from item.parts.values()

    @property
    def text(self) -> str:
        """Text of all parts so far."""
        return "".join(part.text for part in self.parts())

    @property
    def transcript(self) -> str:
        """Transcript of all parts so far."""
        return "".join(part.transcript for part in self.parts())

    @property
    def text_chars(self) -> int:
        """Characters of text and transcript held."""
        return len(self.text) + len(self.transcript)

    @property
    def audio_bytes(self) -> int:
        """Size of the audio received for all parts."""
        return sum(part.audio_bytes for part in self.parts())

    @property
    def audio_ms(self) -> int:
        """Duration of that audio; 0 when the format is not known."""
        return self.format.bytes_to_ms(self.audio_bytes) if self.format else 0


@dataclass
class TokenTotals:
    """Tokens that all responses of the session cost together, by kind."""

    responses: int = 0
    total_tokens: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    input_text_tokens: int = 0
    input_audio_tokens: int = 0
    output_text_tokens: int = 0
    output_audio_tokens: int = 0

    def add(self, usage: TokenUsage) -> None:
        """Count one response in; what the service left out counts as 0."""
        self.responses += 1
        self.total_tokens += usage.total_tokens or 0
        self.input_tokens += usage.input_tokens or 0
        self.output_tokens += usage.output_tokens or 0
        if (given := usage.input_token_details) is not None:
            self.cached_tokens += given.cached_tokens or 0
            self.input_text_tokens += given.text_tokens or 0
            self.input_audio_tokens += given.audio_tokens or 0
        if (made := usage.output_token_details) is not None:
            self.output_text_tokens += made.text_tokens or 0
            self.output_audio_tokens += made.audio_tokens or 0


class ResponseTracker(Mapping[str, TrackedResponse]):
    """Responses by id, oldest first; finished ones go when there are more than the limits say.

    Attributes:
        active: The response that is going on, or None.
        usage: `TokenTotals` of the session.
    """

    def __init__(self, session: SessionTracker, limits: Limits) -> None:
        self.active: TrackedResponse | None = None
        self.usage = TokenTotals()
        self._session = session
        self._limits = limits
        self._finished_chars = 0
        self._responses: OrderedDict[str, TrackedResponse] = OrderedDict()
        self._items: dict[str, TrackedOutputItem] = {}
        self._parts: dict[tuple[str, int], TrackedPart] = {}
        self.routes: Mapping[str, Callable[[Any], None]] = {
            "response.created": self._on_created,
            "response.cancel": self._on_cancel,
            "response.done": self._on_done,
            "response.output_item.added": self._on_item_added,
            "response.output_item.done": self._on_item_done,
            "response.content_part.added": self._on_part_added,
            "response.content_part.done": self._on_part_done,
            "response.text.delta": lambda event: self._part(event).add_text(event.delta),
            "response.text.done": lambda event: self._part(event).set_text(event.text),
            "response.audio_transcript.delta": lambda event: self._part(event).add_transcript(event.delta),
            "response.audio_transcript.done": lambda event: self._part(event).set_transcript(event.transcript),
            "response.audio.delta": self._on_audio,
            "response.audio.done": self._on_audio_done,
            "response.function_call_arguments.delta": self._on_arguments_delta,
            "response.function_call_arguments.done": self._on_arguments_done,
            "response.mcp_call_arguments.delta": self._on_arguments_delta,
            "response.mcp_call_arguments.done": self._on_arguments_done,
        }

        self.quick: Mapping[str, Callable[[Any], bool]] = {"response.audio.delta": self._quick_audio}

    def __getitem__(self, response_id: str) -> TrackedResponse:
        return self._responses[response_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._responses)

    def __len__(self) -> int:
        return len(self._responses)

    def row(self, event: Any) -> Row | None:
        """The row of the part, item or response that the event is about; what is added is judged by its container first."""
        if event.type in ("response.created", "response.done"):
            return self._response_row(event.response.id)
        if event.type == "response.cancel":
            # Nothing active: a race that the service answers with an error, not a fault.
            return self._response_row(self.active.id) if self.active else None
        container = self._container_row(event)
        if container is not None and container.target(column(event)) is None:
            return container
        if "content_index" in event:
            part = self._parts.get((event.item_id, event.content_index))
            return Row("content part", CONTENT_PART, part.state if part else None, f"{event.item_id}[{event.content_index}]")
        return self._item_row(_item_id(event))

    def _container_row(self, event: Any) -> Row | None:
        if event.type == "response.output_item.added":
            return self._response_row(event.response_id)
        return self._item_row(event.item_id) if event.type == "response.content_part.added" else None

    def _item_row(self, item_id: str | None) -> Row:
        item = self._items.get(item_id or "")
        return Row("output item", OUTPUT_ITEM, item.state if item else None, item_id or "")

    def audio_ms(self, item_id: str, content_index: int | None = None) -> int:
        """Milliseconds of audio generated for an item, or for one part of it, that belongs to a response still kept; else 0."""
        for response in self._responses.values():
            item = response.items.get(item_id)
            if item is not None and response.format is not None:
                parts = [part for index, part in item.parts.items() if content_index in (None, index)]
                return response.format.bytes_to_ms(sum(part.audio_bytes for part in parts))
        return 0

    def _response_row(self, response_id: str | None) -> Row:
        response = self._responses.get(response_id or "")
        return Row("response", RESPONSE, response.state if response else None, response_id or "")

    def _response(self, response_id: str | None) -> TrackedResponse:
        """The response of this id; an event that belongs to one never announced creates it."""
        known = self._responses.get(response_id or "")
        if known is None:
            known = self._responses[response_id or ""] = TrackedResponse(response_id or "", self._session.output_format)
            self.active = known
            self._forget_finished()
        return known

    def _item(self, response_id: str | None, item_id: str | None, output_index: int | None) -> TrackedOutputItem:
        known = self._items.get(item_id or "")
        if known is None:
            known = TrackedOutputItem(item_id or "", response_id, output_index or 0)
            self._items[known.id] = self._response(response_id).items[known.id] = known
        return known

    def _part(self, event: Any) -> TrackedPart:
        key = (event.item_id, event.content_index)
        known = self._parts.get(key)
        if known is None:
            known = TrackedPart(event.item_id or "", event.content_index or 0, None)
            item = self._item(event.response_id, event.item_id, event.output_index)
            self._parts[key] = item.parts[known.content_index] = known
        return known

    def _on_audio_done(self, event: Any) -> None:
        self._part(event)

    def _quick_audio(self, event: Any) -> bool:
        part = self._parts.get((event.item_id, event.content_index))
        if part is None or part.state is not PartState.ADDED:
            return False
        part.audio_bytes += len(event.delta)
        return True

    def _on_audio(self, event: Any) -> None:
        self._part(event).audio_bytes += len(event.delta)

    def _on_created(self, event: Any) -> None:
        response = self._response(event.response.id)
        response.status = event.response.status
        response.metadata = event.response.metadata
        if event.response.output_audio_format is not None:
            response.format = format_of(event.response.output_audio_format)
        self.active = response

    def _on_cancel(self, _event: Any) -> None:
        if self.active is not None:
            self.active.state = ResponseState.CANCELLING

    def _on_done(self, event: Any) -> None:
        response = self._response(event.response.id)
        was_active = response.active
        response.status = event.response.status
        response.status_details = event.response.status_details
        response.usage = event.response.usage
        response.state = _ENDED.get(response.status or "", ResponseState.COMPLETED)
        if self.active is response:
            self.active = None
        if was_active:
            self._finished_chars += response.text_chars
            if response.usage is not None:
                self.usage.add(response.usage)
        for item in response.items.values():
            self._let_go(item)
        self._forget_finished()

    def _let_go(self, item: TrackedOutputItem) -> None:
        """Nothing more comes for a finished response's items, but for calls: theirs may run, and be done, after it."""
        if item.state is PartState.ADDED and item.type not in (None, "message", "function_call"):
            return
        self._items.pop(item.id, None)
        for part in item.parts.values():
            self._parts.pop((item.id, part.content_index), None)

    def _forget_finished(self) -> None:
        finished = [response for response in self._responses.values() if not response.active]
        for response in finished:
            if len(finished) <= self._limits.max_responses and self._finished_chars <= self._limits.max_text_chars:
                return
            finished = finished[1:]
            self._finished_chars -= response.text_chars
            for item in response.items.values():
                self._items.pop(item.id, None)
            del self._responses[response.id]

    def _on_item_added(self, event: Any) -> None:
        item = self._item(event.response_id, _item_id(event), event.output_index)
        item.item = event.item
        item.type = event.item.type if event.item is not None else None

    def _on_item_done(self, event: Any) -> None:
        self._on_item_added(event)
        item = self._items[_item_id(event) or ""]
        item.state = PartState.DONE
        response = self._responses.get(item.response_id or "")
        if response is None or not response.active:
            self._let_go(item)

    def _on_part_added(self, event: Any) -> None:
        self._part(event).type = event.part.type if event.part is not None else None

    def _on_part_done(self, event: Any) -> None:
        self._on_part_added(event)
        self._part(event).state = PartState.DONE

    def _on_arguments_delta(self, event: Any) -> None:
        self._item(event.response_id, event.item_id, event.output_index).add_arguments(event.delta)

    def _on_arguments_done(self, event: Any) -> None:
        self._item(event.response_id, event.item_id, event.output_index).set_arguments(event.arguments)


def _item_id(event: Any) -> str | None:
    item = event.get("item")
    found = item.id if item is not None else event.get("item_id")
    return found if isinstance(found, str) else None
