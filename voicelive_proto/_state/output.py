"""What a response is made of: its output items, their content parts, and what all of them cost."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..audio_formats import AudioFormat
from ..responses import AnyResponseStatusDetails, TokenUsage
from .base import text_chars, type_of, without_audio
from .tables import PartState, ResponseState

_ADDED, _DONE = PartState.ADDED, PartState.DONE  # before Python 3.12 an enumeration's member costs a look-up of its own
_ACTIVE = frozenset({ResponseState.IN_PROGRESS, ResponseState.CANCELLING})


class TrackedPart:
    """A content part of an output item.

    Attributes:
        response_id, item_id, content_index: Where it belongs.
        type: ``text`` or ``audio``; None when it was never announced.
        state: `PartState`.
        audio_bytes: Size of the audio received, in the response's output format.
    """

    __slots__ = ("_text", "_transcript", "audio_bytes", "content_index", "item_id", "response_id", "state", "type")

    def __init__(self, item: "TrackedOutputItem", content_index: int) -> None:
        self.response_id = item.response_id
        self.item_id = item.id
        self.content_index = content_index
        self.type: str | None = None
        self.state = item.state
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
        """Append a piece of text; what is done takes no more."""
        if self.state is _ADDED:
            self._text.append(delta or "")

    def add_transcript(self, delta: str | None) -> None:
        """Append a piece of transcript; what is done takes no more."""
        if self.state is _ADDED:
            self._transcript.append(delta or "")

    def set_text(self, text: str | None) -> None:
        """Replace the text by its final form; without one it stays as it was joined."""
        self._text = [self.text if text is None else text]

    def set_transcript(self, transcript: str | None) -> None:
        """Replace the transcript by its final form; without one it stays as it was joined."""
        self._transcript = [self.transcript if transcript is None else transcript]

    @property
    def text_chars(self) -> int:
        """Characters held."""
        return sum(map(len, self._text)) + sum(map(len, self._transcript))

    def as_content(self) -> dict[str, Any]:
        """The part as an item carries it."""
        if self.type == "text" or (self._text and not self._transcript):
            return {"type": "text", "text": self.text}
        return {"type": "audio", "transcript": self.transcript}


class TrackedOutputItem:
    """An output item of a response.

    Attributes:
        id: Item id, the same as in the conversation.
        response_id: Its response.
        output_index: Place in the response's output.
        state: `PartState`.
        item: The item as the service last reported it, without audio; None when it was never announced, or its response was let go.
        parts: Content index -> `TrackedPart`.
        format: Layout of its audio; None when the format's name is not known.
    """

    __slots__ = ("_arguments", "_arguments_chars", "_item_chars", "format", "id", "item", "output_index", "parts", "response_id", "state")

    def __init__(self, item_id: str, response_id: str, output_index: int, audio: AudioFormat | None) -> None:
        self.id = item_id
        self.response_id = response_id
        self.output_index = output_index
        self.state = _ADDED
        self.item: Any = None
        self.parts: dict[int, TrackedPart] = {}
        self.format = audio
        self._item_chars = len(item_id)
        self._arguments: list[str] = []
        self._arguments_chars = 0

    @property
    def type(self) -> str | None:
        """Item type, such as ``message`` or ``function_call``; None when it was never announced."""
        return type_of(self.item)

    @property
    def arguments(self) -> str:
        """Arguments of a function or MCP call so far, as JSON text."""
        return "".join(self._arguments)

    @property
    def text(self) -> str:
        """Text of all parts so far."""
        return "".join(part.text for part in self.parts.values())

    @property
    def transcript(self) -> str:
        """Transcript of all parts so far."""
        return "".join(part.transcript for part in self.parts.values())

    @property
    def text_chars(self) -> int:
        """Characters held: text, transcript, arguments, and what the reported item repeats or adds."""
        return self.own_chars + sum(part.text_chars for part in self.parts.values())

    @property
    def own_chars(self) -> int:
        """The same without its parts."""
        return self._item_chars + self._arguments_chars

    @property
    def audio_bytes(self) -> int:
        """Size of the audio received for all parts."""
        return sum(part.audio_bytes for part in self.parts.values())

    @property
    def audio_ms(self) -> int:
        """Duration of that audio; 0 when the format is not known."""
        return self.format.bytes_to_ms(self.audio_bytes) if self.format else 0

    def add_arguments(self, delta: str | None) -> None:
        """Append a piece of arguments; what is done takes no more."""
        if self.state is _ADDED:
            self._arguments.append(delta or "")
            self._arguments_chars += len(delta or "")

    def set_arguments(self, arguments: str | None) -> None:
        """Replace the arguments by their final form; without one they stay as they were joined."""
        final = self.arguments if arguments is None else arguments
        self._arguments = [final]
        self._arguments_chars = len(final)

    def report(self, item: Any) -> None:
        """Keep the item as reported, but for its audio."""
        self.item = without_audio(item)
        self._item_chars = text_chars(self.item)

    def close(self) -> None:
        """Nothing more comes for the item and its parts."""
        self.state = _DONE
        self.close_parts()

    def close_parts(self) -> None:
        """Nothing more comes for its parts."""
        for part in self.parts.values():
            part.state = _DONE

    def let_go(self) -> None:
        """Its response is forgotten: keep what tells that it still runs, and what was said."""
        self.item = None
        self._arguments = []
        self._item_chars = self._arguments_chars = 0


class TrackedResponse:
    """A response.

    Attributes:
        id: Response id.
        state: `ResponseState`.
        status: Status as the service wrote it, which may be one that is not in the table.
        status_details: Why it ended so, where it says.
        usage: Tokens it cost, once done.
        metadata: As given in ``response.create``.
        conversation_id: The conversation that it belongs to; None when the service names none, as for one outside of it.
        items: Item id -> `TrackedOutputItem`, in order of output.
        format: Layout of its audio; None when the format's name is not known.
        counted_chars: How many characters count against the limit; 0 while it is active.
    """

    __slots__ = ("conversation_id", "counted_chars", "format", "id", "items", "metadata", "state", "status", "status_details", "usage")

    def __init__(self, response_id: str, audio: AudioFormat | None) -> None:
        self.id = response_id
        self.state = ResponseState.IN_PROGRESS
        self.status: str | None = None
        self.status_details: AnyResponseStatusDetails | None = None
        self.usage: TokenUsage | None = None
        self.metadata: dict[str, str] | None = None
        self.conversation_id: str | None = None
        self.items: dict[str, TrackedOutputItem] = {}
        self.format = audio
        self.counted_chars = 0

    @property
    def active(self) -> bool:
        """Whether more may come."""
        return self.state in _ACTIVE

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
        """Characters held: in all items, and in what is told of the response itself."""
        told = [self.id, self.status, self.status_details, self.usage, self.metadata, self.conversation_id]
        return text_chars(told) + sum(item.text_chars for item in self.items.values())

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
    """Tokens that all responses of the session cost together, by kind; what the service left out counts as 0."""

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
        """Count one response in."""
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
