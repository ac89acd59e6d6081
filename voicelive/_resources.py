"""The documented resources: each method builds one event and sends it.

Arguments that aren't given, or are None, are left out on the wire; so are empty texts where only an id or an addition makes sense.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol, SupportsIndex, cast

from voicelive_proto import client_events as events
from voicelive_proto._base import ABSENT, Model
from voicelive_proto.items import ConversationRequestItem, MCPApprovalResponseRequestItem, ResponseMCPApprovalRequestItem
from voicelive_proto.responses import ResponseCreateParams
from voicelive_proto.session import RequestSession

from ._response_requests import is_beside, with_its_id

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from ._connection import VoiceLiveConnection
    from ._response_handle import ResponseHandle

    class Samples(Protocol):
        """An array of numpy, which type checkers take for a buffer from Python 3.12 on only."""

        def tobytes(self) -> bytes:
            """The samples as bytes."""
            ...


class _Resource:
    __slots__ = ("_send",)

    def __init__(self, connection: VoiceLiveConnection) -> None:
        self._send: Final = connection.send


class SessionResource(_Resource):
    """Session settings: ``connection.session``.

    Attributes:
        avatar: the session's avatar.
    """

    __slots__ = ("_advise", "avatar")

    def __init__(self, connection: VoiceLiveConnection) -> None:
        super().__init__(connection)
        self._advise: Final = connection._advice.on
        self.avatar: Final = SessionAvatarResource(connection)

    async def update(self, *, session: RequestSession | Mapping[str, Any], event_id: str | None = None) -> None:
        """Change settings of the session; a setting that is left out stays, one that is None is switched off.

        Answered by ``session.updated`` or ``error``. What the service is known to refuse or to ignore is said in the log; it is sent all
        the same.

        Raises:
            TypeError: an argument has a wrong type.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``.
        """
        settings = _settings("session", session, RequestSession)
        update = events.SessionUpdate(session=settings, event_id=_text("event_id", event_id))
        self._advise(update)
        await self._send(update)


class SessionAvatarResource(_Resource):
    """The session's avatar: ``connection.session.avatar``."""

    __slots__ = ()

    async def connect(self, *, client_sdp: str, event_id: str | None = None) -> None:
        """Offer a WebRTC connection for the avatar's picture and sound.

        Answered by ``session.avatar.connecting`` with the service's SDP, or ``error``. The session must have an ``avatar``.

        Args:
            client_sdp: the SDP offer in base64.
            event_id: own id of the event; an ``error`` that answers it repeats it.

        Raises:
            TypeError: an argument has a wrong type.
            ValueError: ``client_sdp`` is empty.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``.
        """
        offer = _required("client_sdp", client_sdp, "pass the offer that your WebRTC library made")
        await self._send(events.SessionAvatarConnect(client_sdp=offer, event_id=_text("event_id", event_id)))


class ResponseResource(_Resource):
    """Responses of the model: ``connection.response``."""

    __slots__ = ("_connection",)

    def __init__(self, connection: VoiceLiveConnection) -> None:
        super().__init__(connection)
        self._connection: Final = connection

    async def create(
        self,
        *,
        response: ResponseCreateParams | Mapping[str, Any] | None = None,
        event_id: str | None = None,
        additional_instructions: str | None = None,
        **kwargs: NoReturn,
    ) -> ResponseHandle:
        """Ask for a response. What happens while another is active is said by ``when_response_active`` of ``connect()``.

        Answered by ``response.created`` and, at the end, ``response.done``; or by ``error`` if one is active already.

        Args:
            response: settings for this response only.
            event_id: own id of the event, which an ``error`` that answers it repeats; one is made when there is none. From api-version
                2026-04-10 on it is put into ``metadata``, too, as ``client_event_id``, which the service gives back with the response.
            additional_instructions: added to the session's instructions for this response only.
            **kwargs: none; a setting that belongs into ``response`` is refused by name.

        Returns:
            A handle, to wait for the response, or to have its text and audio as they come. Whoever iterates over the connection can
            let it go.

        Raises:
            TypeError: an argument has a wrong type.
            ResponseActive: a response is active, and ``when_response_active`` is ``"error"``.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``.
        """
        _refuse_unknown("response.create", kwargs, "response")
        requests = self._connection._requests
        own_id: str = _text("event_id", event_id) or requests.new_event_id()
        settings = None if response is None else _settings("response", response, ResponseCreateParams)
        if self._connection._echoes_metadata:
            settings = with_its_id(settings, own_id)
        request = events.ResponseCreate(
            response=ABSENT if settings is None else settings,
            additional_instructions=_text("additional_instructions", additional_instructions),
            event_id=own_id,
        )
        if response is not None:
            self._connection._advice.on(request)
        of_conversation = not is_beside(response)
        if of_conversation:
            await self._connection._gate.enter()
        handle = requests.add(own_id, settings)
        try:
            await self._send(request)
        except BaseException as error:
            if isinstance(error, Exception) or not self._connection.transport_info.sends_first:
                requests.withdraw(own_id)
            raise
        return handle

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

    __slots__ = ("_send_audio",)

    def __init__(self, connection: VoiceLiveConnection) -> None:
        super().__init__(connection)
        self._send_audio: Final = connection._send_audio

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
        if event_id is None:
            await self._send_audio(audio)
        else:
            chunk = cast("str | bytes", audio)
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


class InputAudioTurnResource(_Resource):
    """Audio to the service in turns that the client names: ``connection.input_audio.turn``.

    Answers aren't documented.
    """

    __slots__ = ()

    async def start(self, *, turn_id: str, event_id: str | None = None) -> None:
        """Open a turn.

        Args:
            turn_id: own id of the turn.
            event_id: own id of the event; an ``error`` that answers it repeats it.

        Raises:
            TypeError: an argument has a wrong type.
            ValueError: ``turn_id`` is empty.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``.
        """
        await self._send(events.InputAudioTurnStart(turn_id=_turn(turn_id), event_id=_text("event_id", event_id)))

    async def append(self, *, turn_id: str, audio: str | Buffer | Samples, event_id: str | None = None) -> None:
        """Append audio to an open turn.

        Args:
            turn_id: the turn.
            audio: as in ``input_audio_buffer.append``.
            event_id: own id of the event; an ``error`` that answers it repeats it.

        Raises:
            TypeError: an argument has a wrong type.
            ValueError: ``turn_id`` is empty.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``; the turn isn't open, or the audio is no audio.
        """
        chunk = cast("str | bytes", audio)
        await self._send(events.InputAudioTurnAppend(turn_id=_turn(turn_id), audio=chunk, event_id=_text("event_id", event_id)))

    async def end(self, *, turn_id: str, event_id: str | None = None) -> None:
        """Close a turn: its audio becomes a user message.

        Raises:
            TypeError: an argument has a wrong type.
            ValueError: ``turn_id`` is empty.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``; the turn isn't open.
        """
        await self._send(events.InputAudioTurnEnd(turn_id=_turn(turn_id), event_id=_text("event_id", event_id)))

    async def cancel(self, *, turn_id: str, event_id: str | None = None) -> None:
        """Abandon a turn and its audio.

        Raises:
            TypeError: an argument has a wrong type.
            ValueError: ``turn_id`` is empty.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``; the turn isn't open.
        """
        await self._send(events.InputAudioTurnCancel(turn_id=_turn(turn_id), event_id=_text("event_id", event_id)))


class InputAudioResource(_Resource):
    """All audio to the service that is being streamed: ``connection.input_audio``.

    Attributes:
        turn: its named turns.
    """

    __slots__ = ("turn",)

    def __init__(self, connection: VoiceLiveConnection) -> None:
        super().__init__(connection)
        self.turn: Final = InputAudioTurnResource(connection)

    async def clear(self, *, event_id: str | None = None) -> None:
        """Throw away all input audio being streamed. The answer isn't documented.

        Raises:
            TypeError: ``event_id`` isn't a str.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``.
        """
        await self._send(events.InputAudioClear(event_id=_text("event_id", event_id)))


class InputTextResource(_Resource):
    """Text to the service, piece by piece: ``connection.input_text`` (api-version 2026-06-01-preview). Answers aren't documented."""

    __slots__ = ()

    async def delta(
        self,
        *,
        id: str,  # noqa: A002 - the wire name
        delta: str,
        content_index: int | None = None,
        event_id: str | None = None,
    ) -> None:
        """Append a piece of text to an item.

        Args:
            id: the item.
            delta: the piece.
            content_index: the content part, from 0, which is the service's default.
            event_id: own id of the event; an ``error`` that answers it repeats it.

        Raises:
            TypeError: an argument has a wrong type.
            ValueError: ``id`` is empty, or ``content_index`` below 0.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``.
        """
        if not isinstance(delta, str):
            raise TypeError(f"delta must be a str, not {type(delta).__name__}")
        await self._send(
            events.InputTextDelta(
                id=_id("id", id),
                delta=delta,
                content_index=ABSENT if content_index is None else _count("content_index", content_index),
                event_id=_text("event_id", event_id),
            )
        )

    async def done(
        self,
        *,
        id: str,  # noqa: A002 - the wire name
        content_index: int | None = None,
        event_id: str | None = None,
    ) -> None:
        """End the text of an item's part.

        Raises:
            TypeError: an argument has a wrong type.
            ValueError: ``id`` is empty, or ``content_index`` below 0.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``.
        """
        await self._send(
            events.InputTextDone(
                id=_id("id", id),
                content_index=ABSENT if content_index is None else _count("content_index", content_index),
                event_id=_text("event_id", event_id),
            )
        )


class OutputAudioBufferResource(_Resource):
    """Audio from the service that isn't played yet: ``connection.output_audio_buffer``."""

    __slots__ = ()

    async def clear(self, *, event_id: str | None = None) -> None:
        """Throw away what an avatar hasn't said yet. Answered by ``output_audio_buffer.cleared``.

        Raises:
            TypeError: ``event_id`` isn't a str.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``.
        """
        await self._send(events.OutputAudioBufferClear(event_id=_text("event_id", event_id)))


class ConversationItemResource(_Resource):
    """Items of the conversation: ``connection.conversation.item``."""

    __slots__ = ("_advise",)

    def __init__(self, connection: VoiceLiveConnection) -> None:
        super().__init__(connection)
        self._advise: Final = connection._advice.on

    async def create(
        self,
        *,
        item: ConversationRequestItem | Mapping[str, Any],
        previous_item_id: str | None = None,
        event_id: str | None = None,
    ) -> None:
        """Add an item to the conversation.

        Answered by ``conversation.item.created`` or ``error``. As in ``session.update``, the log says what is known to be refused.

        Args:
            item: a message, function call, function call output...
            previous_item_id: the item to put it after; ``"root"`` for the start; by default the end.
            event_id: own id of the event; an ``error`` that answers it repeats it.

        Raises:
            TypeError: an argument has a wrong type.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``.
        """
        creation = events.ConversationItemCreate(
            item=_settings("item", item, ConversationRequestItem),
            previous_item_id=_text("previous_item_id", previous_item_id),
            event_id=_text("event_id", event_id),
        )
        self._advise(creation)
        await self._send(creation)

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

    __slots__ = ("item",)

    def __init__(self, connection: VoiceLiveConnection) -> None:
        self.item: Final = ConversationItemResource(connection)


class McpApprovalResponseResource(_Resource):
    """Answers to MCP calls that await an approval: ``connection.mcp_approval_response``."""

    __slots__ = ()

    async def create(
        self, *, approval_request_id: str | ResponseMCPApprovalRequestItem, approve: bool, event_id: str | None = None
    ) -> None:
        """Approve or refuse a call that an MCP server is asked for.

        Goes out as ``conversation.item.create`` with an item of type ``mcp_approval_response``, as the event of that name has no
        documented form. Answered by ``conversation.item.created`` or ``error``; an approved call then runs.

        Args:
            approval_request_id: the item of type ``mcp_approval_request``, or its id.
            approve: True to let it run.
            event_id: own id of the event; an ``error`` that answers it repeats it.

        Raises:
            TypeError: an argument has a wrong type.
            ValueError: ``approval_request_id`` is empty.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``.
        """
        if not isinstance(approve, bool):
            raise TypeError(f"approve must be a bool, not {type(approve).__name__}")
        given = approval_request_id
        request_id = given.id or "" if isinstance(given, ResponseMCPApprovalRequestItem) else given
        answer = MCPApprovalResponseRequestItem(approval_request_id=_id("approval_request_id", request_id), approve=approve)
        await self._send(events.ConversationItemCreate(item=answer, event_id=_text("event_id", event_id)))


class RtcCallSdpResource(_Resource):
    """Session descriptions of a WebRTC call: ``connection.rtc.call.sdp`` (pre-release)."""

    __slots__ = ()

    async def create(
        self, *, sdp_offer: str, session: RequestSession | Mapping[str, Any] | None = None, event_id: str | None = None
    ) -> None:
        """Offer a WebRTC call. Answered by ``rtc.call.sdp.created`` or ``rtc.call.error``.

        Args:
            sdp_offer: the SDP offer.
            session: settings to start the session with.
            event_id: own id of the event; an ``error`` that answers it repeats it.

        Raises:
            TypeError: an argument has a wrong type.
            ValueError: ``sdp_offer`` is empty.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``.
        """
        await self._send(
            events.RtcCallSdpCreate(
                sdp_offer=_required("sdp_offer", sdp_offer, "pass the offer that your WebRTC library made"),
                session=ABSENT if session is None else _settings("session", session, RequestSession),
                event_id=_text("event_id", event_id),
            )
        )


class RtcCallResource:
    """A WebRTC call: ``connection.rtc.call`` (pre-release).

    Attributes:
        sdp: its session descriptions.
    """

    __slots__ = ("sdp",)

    def __init__(self, connection: VoiceLiveConnection) -> None:
        self.sdp: Final = RtcCallSdpResource(connection)


class RtcResource:
    """WebRTC: ``connection.rtc`` (pre-release).

    Attributes:
        call: the call.
    """

    __slots__ = ("call",)

    def __init__(self, connection: VoiceLiveConnection) -> None:
        self.call: Final = RtcCallResource(connection)


class TranscriptionSessionResource(_Resource):
    """Transcription settings: ``connection.transcription_session``."""

    __slots__ = ()

    async def update(self, *, session: Mapping[str, Any], event_id: str | None = None) -> None:
        """Change settings of a transcription session; the mapping goes out as it is.

        Raises:
            TypeError: an argument has a wrong type.
            InvalidEvent, ConnectionClosed: see ``VoiceLiveConnection.send``.
        """
        if not isinstance(session, Mapping):
            raise TypeError(f"session must be a mapping, not {type(session).__name__}")
        await self._send(events.TranscriptionSessionUpdate(session=dict(session), event_id=_text("event_id", event_id)))


def _refuse_unknown(method: str, given: Mapping[str, Any], settings: str) -> None:
    for name in given:
        raise TypeError(f"{method}() got an unknown argument {name!r}; a setting goes into {settings}={{{name!r}: ...}}")


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
    return _required(name, value, "pass the id that the service or you gave the item")


def _turn(turn_id: str) -> str:
    return _required("turn_id", turn_id, "choose an id for the turn")


def _required(name: str, value: str, advice: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if not value:
        raise ValueError(f"{name} is empty; {advice}")
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
