"""The documented resources: each method builds one event and sends it.

Arguments that aren't given, or are None, are left out on the wire; so are empty texts where only an id or an addition makes sense.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol, SupportsIndex, cast

from voicelive_proto import client_events as events
from voicelive_proto._base import ABSENT, Model
from voicelive_proto.items import ConversationRequestItem
from voicelive_proto.responses import ResponseCreateParams
from voicelive_proto.session import RequestSession

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from ._connection import VoiceLiveConnection

    class Samples(Protocol):
        """An array of numpy, which type checkers take for a buffer from Python 3.12 on only."""

        def tobytes(self) -> bytes:
            """The samples as bytes."""
            ...


class _Resource:
    def __init__(self, connection: VoiceLiveConnection) -> None:
        self._send: Final = connection.send


class SessionResource(_Resource):
    """Session settings: ``connection.session``."""

    async def update(self, *, session: RequestSession | Mapping[str, Any], event_id: str | None = None) -> None:
        """Change settings of the session; a setting that is left out stays, one that is None is switched off.

        Answered by ``session.updated`` or ``error``.

        Raises:
            TypeError: an argument has a wrong type.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``.
        """
        settings = _settings("session", session, RequestSession)
        await self._send(events.SessionUpdate(session=settings, event_id=_text("event_id", event_id)))


class ResponseResource(_Resource):
    """Responses of the model: ``connection.response``."""

    async def create(
        self,
        *,
        response: ResponseCreateParams | Mapping[str, Any] | None = None,
        event_id: str | None = None,
        additional_instructions: str | None = None,
    ) -> None:
        """Ask for a response.

        Answered by ``response.created`` and, at the end, ``response.done``; or by ``error`` if one is active already.

        Args:
            response: settings for this response only.
            event_id: own id of the event; an ``error`` that answers it repeats it.
            additional_instructions: added to the session's instructions for this response only.

        Raises:
            TypeError: an argument has a wrong type.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``.
        """
        await self._send(
            events.ResponseCreate(
                response=ABSENT if response is None else _settings("response", response, ResponseCreateParams),
                additional_instructions=_text("additional_instructions", additional_instructions),
                event_id=_text("event_id", event_id),
            )
        )

    async def cancel(self, *, response_id: str | None = None, event_id: str | None = None) -> None:
        """Cancel a response in progress: the one named, or the one of the default conversation.

        Answered by ``response.done`` with status ``cancelled``, or ``error`` if none is active.

        Raises:
            TypeError: an argument has a wrong type.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``.
        """
        await self._send(events.ResponseCancel(response_id=_text("response_id", response_id), event_id=_text("event_id", event_id)))


class InputAudioBufferResource(_Resource):
    """Audio to the service: ``connection.input_audio_buffer``."""

    async def append(self, *, audio: str | Buffer | Samples, event_id: str | None = None) -> None:
        """Append audio to the input buffer. There is no answer.

        Args:
            audio: raw audio in the session's input format as bytes, bytearray, memoryview or an array of 16-bit integers; or
                base64 of it as str. At most 15 MiB.
            event_id: own id of the event; an ``error`` that answers it repeats it.

        Raises:
            InvalidEvent: the audio is neither, too long, or cuts a 16-bit sample in two; nothing was sent.
            TypeError: ``event_id`` isn't a str.
            ConnectionClosed: see ``VoiceLiveConnection.send``.
        """
        # The core takes any buffer; its annotation names the built-in ones.
        chunk = cast("str | bytes", audio)
        if event_id is None:
            await self._send(events.InputAudioBufferAppend(audio=chunk))
        else:
            await self._send(events.InputAudioBufferAppend(audio=chunk, event_id=_text("event_id", event_id)))

    async def commit(self, *, event_id: str | None = None) -> None:
        """Make the input buffer a user message; with turn detection the service does this itself.

        Answered by ``input_audio_buffer.committed``, or ``error`` if the buffer is empty.

        Raises:
            TypeError: ``event_id`` isn't a str.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``.
        """
        await self._send(events.InputAudioBufferCommit(event_id=_text("event_id", event_id)))

    async def clear(self, *, event_id: str | None = None) -> None:
        """Throw the input buffer away. Answered by ``input_audio_buffer.cleared``.

        Raises:
            TypeError: ``event_id`` isn't a str.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``.
        """
        await self._send(events.InputAudioBufferClear(event_id=_text("event_id", event_id)))


class OutputAudioBufferResource(_Resource):
    """Audio from the service that isn't played yet: ``connection.output_audio_buffer``."""

    async def clear(self, *, event_id: str | None = None) -> None:
        """Throw away what an avatar hasn't said yet. Answered by ``output_audio_buffer.cleared``.

        Raises:
            TypeError: ``event_id`` isn't a str.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``.
        """
        await self._send(events.OutputAudioBufferClear(event_id=_text("event_id", event_id)))


class ConversationItemResource(_Resource):
    """Items of the conversation: ``connection.conversation.item``."""

    async def create(
        self,
        *,
        item: ConversationRequestItem | Mapping[str, Any],
        previous_item_id: str | None = None,
        event_id: str | None = None,
    ) -> None:
        """Add an item to the conversation.

        Answered by ``conversation.item.created`` or ``error``.

        Args:
            item: a message, function call, function call output...
            previous_item_id: the item to put it after; ``"root"`` for the start; by default the end.
            event_id: own id of the event; an ``error`` that answers it repeats it.

        Raises:
            TypeError: an argument has a wrong type.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``.
        """
        await self._send(
            events.ConversationItemCreate(
                item=_settings("item", item, ConversationRequestItem),
                previous_item_id=_text("previous_item_id", previous_item_id),
                event_id=_text("event_id", event_id),
            )
        )

    async def delete(self, *, item_id: str, event_id: str | None = None) -> None:
        """Delete an item. Answered by ``conversation.item.deleted`` or ``error``.

        Raises:
            TypeError: an argument has a wrong type.
            ValueError: ``item_id`` is empty.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``.
        """
        await self._send(events.ConversationItemDelete(item_id=_id("item_id", item_id), event_id=_text("event_id", event_id)))

    async def retrieve(self, *, item_id: str, event_id: str | None = None) -> None:
        """Ask for the service's copy of an item. Answered by ``conversation.item.retrieved`` or ``error``.

        Raises:
            TypeError: an argument has a wrong type.
            ValueError: ``item_id`` is empty.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``.
        """
        await self._send(events.ConversationItemRetrieve(item_id=_id("item_id", item_id), event_id=_text("event_id", event_id)))

    async def truncate(self, *, item_id: str, audio_end_ms: int, content_index: int, event_id: str | None = None) -> None:
        """Cut an assistant's audio message to what was heard.

        Answered by ``conversation.item.truncated``, or ``error`` if ``audio_end_ms`` is beyond the audio.

        Args:
            item_id: the assistant's message.
            audio_end_ms: audio to keep from the start of the item, in milliseconds.
            content_index: the content part to cut, from 0.
            event_id: own id of the event; an ``error`` that answers it repeats it.

        Raises:
            TypeError: an argument has a wrong type.
            ValueError: ``item_id`` is empty, or a number is below 0.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``.
        """
        await self._send(
            events.ConversationItemTruncate(
                item_id=_id("item_id", item_id),
                content_index=_count("content_index", content_index),
                audio_end_ms=_count("audio_end_ms", audio_end_ms),
                event_id=_text("event_id", event_id),
            )
        )


class ConversationResource:
    """The conversation: ``connection.conversation``.

    Attributes:
        item: its items.
    """

    def __init__(self, connection: VoiceLiveConnection) -> None:
        self.item: Final = ConversationItemResource(connection)


class TranscriptionSessionResource(_Resource):
    """Transcription settings: ``connection.transcription_session``."""

    async def update(self, *, session: Mapping[str, Any], event_id: str | None = None) -> None:
        """Change settings of a transcription session; the mapping goes out as it is.

        Raises:
            TypeError: an argument has a wrong type.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``.
        """
        if not isinstance(session, Mapping):
            raise TypeError(f"session must be a mapping, not {type(session).__name__}")
        await self._send(events.TranscriptionSessionUpdate(session=dict(session), event_id=_text("event_id", event_id)))


def _settings(name: str, value: Any, model: type[Model]) -> Any:
    """Accept the model, or a plain mapping; another model is a mix-up."""
    if isinstance(value, model) or (isinstance(value, Mapping) and not isinstance(value, Model)):
        return value
    raise TypeError(f"{name} must be a {model.__name__} or a mapping, not {type(value).__name__}")


def _text(name: str, value: str | None) -> Any:
    """Give an optional text; absent on the wire when it is None or empty."""
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name} must be a str or None, not {type(value).__name__}")
    return value or ABSENT


def _id(name: str, value: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if not value:
        raise ValueError(f"{name} is empty; pass the id that the service or you gave the item")
    return value


def _count(name: str, value: SupportsIndex) -> int:
    """Accept any integer, also one of numpy; a fraction is refused rather than cut."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an int, not {type(value).__name__}") from None
    if number < 0:
        raise ValueError(f"{name} must be 0 or more, not {number}")
    return number
