"""One session: a client's events come in, each is answered as the service answers it (service facts, section 8)."""

import asyncio
import base64
import dataclasses
import functools
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosedError
from websockets.frames import CloseCode

from voicelive_proto import CLIENT_EVENTS, MAX_APPEND_BYTES, SERVER, Connection, Limits
from voicelive_proto import client_events as client
from voicelive_proto import server_events as server
from voicelive_proto.error_details import RtcCallErrorDetails
from voicelive_proto.errors import MalformedFrame
from voicelive_proto.session import RequestSession, ResponseSession

from ._answering import Engines
from ._between import Between
from ._conversation import Conversation, Entry, audio_of, image_key, item_from_client
from ._errors import Refused
from ._handshake import Admission
from ._limits import ServerLimits
from ._mcp import McpCall
from ._mcp_listing import McpListing
from ._plans import Plan, make_plan
from ._quota import Quota
from ._responses import Responses
from ._settings import FIXED_BY_INPUT, Settings, initial_settings, is_cascaded, merged
from ._share import Share
from ._tasks import Tasks
from ._turns import Turns
from ._wire import Wire

logger = logging.getLogger("voicelive.emulator")

AT_FAULT = "the server is at fault; its log says how"
"""Reason of a close with 1011."""

_ALWAYS_READ_BYTES = 64 * 1024

TRANSCRIPTION_KEYS = ("input_audio_format", "input_audio_transcription", "turn_detection", "input_audio_noise_reduction")
"""Settings that ``transcription_session.updated`` shows."""


class Session:
    """A conversation with one client.

    Args:
        websocket: the open WebSocket.
        admission: what the client asked for when it opened it.
        engines: responder, voice, recogniser, voice activity detector.
        quota: what its responses cost is taken from.
        paced: whether audio goes out at the pace of speech.
        limit_s: the session's longest duration.
        limits: what the client may take.
        share: its part of the server's time.
        audio_of_all: bytes of audio that all sessions hold.
        between: who sees every frame, or None.

    Attributes:
        id: session id.
        model: model that the client asked for.
        connection: the core's view of the session; read its state, send nothing.
        opened_at_s: when it was opened, by ``time.monotonic()``.
    """

    def __init__(
        self,
        websocket: ServerConnection,
        admission: Admission,
        engines: Engines,
        quota: Quota,
        *,
        paced: bool,
        limit_s: float,
        limits: ServerLimits,
        share: Share,
        audio_of_all: Callable[[], int],
        between: Between | None,
    ) -> None:
        # A server answers for every item of its conversation, so the core must know them all; the session's own limits bound them.
        self.connection = Connection(SERVER, limits=Limits(max_items=limits.max_items, max_text_chars=limits.max_conversation_bytes))
        self.model = admission.model
        self.opened_at_s = time.monotonic()
        self._websocket = websocket
        self._admission = admission
        self._limit_s = limit_s
        self._limits = limits
        self._share = share
        self._between = between
        self._wire = Wire(websocket, self.connection, limits, between)
        self.id = self._wire.new_id("sess")
        self._tasks = Tasks(self._broke)
        self._settings: Settings = initial_settings(model=admission.model, api_version=admission.api_version)
        self._conversation = Conversation(self._wire.new_id("conv"), limits)
        self._make_item = functools.partial(item_from_client, new_id=self._wire.new_id, image_key=image_key(admission.api_version))
        self._mcp = McpListing(self._wire, self._conversation, self._tasks, engines.mcp, engines.mcp_reach)
        engines = dataclasses.replace(engines, mcp=self._mcp.servers)
        self._responses = Responses(
            self._wire,
            self._conversation,
            engines,
            self._tasks,
            quota,
            limits=limits,
            paced=paced,
            failure_code="message_creation_failed" if admission.agent else "server_error",
        )
        self._turns = Turns(
            wire=self._wire,
            conversation=self._conversation,
            responses=self._responses,
            engines=engines,
            tasks=self._tasks,
            settings=self._settings,
            make_plan=self._plan,
            limits=limits,
            audio_of_all=audio_of_all,
        )
        self._expires_at = int(time.time() + limit_s)

    @property
    def settings(self) -> Settings:
        """The settings in force, by wire name."""
        return dict(self._settings)

    @property
    def items(self) -> tuple[dict[str, Any], ...]:
        """The conversation's items in order, as the client sees them."""
        return tuple(dict(entry.item) for entry in self._conversation)

    @property
    def conversation_bytes(self) -> int:
        """Size of the conversation's items as JSON."""
        return self._conversation.size_bytes

    @property
    def held_audio_bytes(self) -> int:
        """Audio of the user that was not taken from the buffer, or not recognised, as 16-bit samples."""
        return self._turns.held_bytes

    @property
    def audio_sent_ms(self) -> int:
        """Length of the audio that the session's items hold of the assistant."""
        return sum(entry.heard_ms for entry in self._conversation if entry.item.get("role") == "assistant")

    async def run(self) -> None:
        """Serve the client until the WebSocket closes."""
        self._tasks.start(self._wire.run())
        self._tasks.start(self._expire())
        self._wire.emit(server.SessionCreated(session=self._report()))
        try:
            async for frame in self._websocket:
                if self._wire.is_closed:
                    continue  # what the client sent before it saw our close
                await self._take(frame)
                await self._wire.let_write()
                await self._share.wait()
        except ConnectionClosedError as closed:
            logger.info("session %s: the client went away: %s", self.id, closed)
        finally:
            self.connection.receive_close(self._websocket.close_code or CloseCode.ABNORMAL_CLOSURE, self._websocket.close_reason or "")
            await self._tasks.end(self._limits.close_s)

    async def _take(self, frame: str | bytes) -> None:
        event_id = pending = None
        if self._between is not None:
            self._between.incoming(frame)
        try:
            with self._share.spent(len(frame)):
                self._check_size(frame)
                event = self.connection.receive(frame)
                event_id = event.event_id
                pending = self._answer(event)
            if pending is not None:
                await pending
        except MalformedFrame as error:
            self._wire.emit_error(error.reply, error.event_id)
        except Refused as refused:
            self._wire.emit_error(refused.reply, event_id)

    def _check_size(self, frame: str | bytes) -> None:
        """Long events are read only when they are long for audio or text, not for their number of values, each of which takes time."""
        if len(frame) > _ALWAYS_READ_BYTES:
            values = frame.count(",") if isinstance(frame, str) else frame.count(b",")
            if values > self._limits.max_event_values:
                raise Refused(f"the event is {len(frame)} bytes long and has more than {self._limits.max_event_values} values")

    def _answer(self, event: Any) -> Awaitable[None] | None:
        handler = _HANDLERS.get(event.type)
        if handler is None:
            raise Refused(f"there is no client event of type {event.type!r}", code="invalid_event", param="type")
        for key in _REQUIRED[event.type]:
            if event.get(key) is None:
                raise Refused(f"{event.type} needs {key!r}", code="missing_required_parameter", param=key)
        return handler(self, event)

    async def _expire(self) -> None:
        """End the session at its longest duration. The service's own close code is not documented; OpenAI's is 1001."""
        await asyncio.sleep(self._limit_s)
        message = f"the session has reached its longest duration of {self._limit_s / 60:g} minutes"
        self._wire.emit_error({"type": "invalid_request_error", "code": "session_expired", "message": message})
        self._wire.emit_close(CloseCode.GOING_AWAY, "session_expired")

    def _broke(self, error: BaseException) -> None:
        logger.error("session %s: the server is at fault", self.id, exc_info=error)
        self._tasks.start(self._websocket.close(CloseCode.INTERNAL_ERROR, AT_FAULT))

    def _report(self) -> ResponseSession:
        shown = {"id": self.id, "object": "realtime.session", **self._settings, "expires_at": self._expires_at}
        return ResponseSession.from_dict(shown)

    def _plan(self) -> Plan:
        return make_plan(self._settings, {}, self._make_item)

    def _on_session_update(self, event: client.SessionUpdate) -> None:
        self._change_settings(event["session"].as_dict())
        self._wire.emit(server.SessionUpdated(session=self._report()))
        if event["session"].get("interim_response") is not None and not is_cascaded(self.model):
            message = "interim_response is ignored by this model; cascaded models have it"
            self._wire.emit_warning(message, param="session.interim_response", code="unsupported_setting")
        if any(tool["type"] == "foundry_agent" for tool in event["session"].get("tools") or ()):
            self._wire.emit_warning("agents as tools are never called here", param="session.tools", code="unsupported_setting")
        self._mcp.follow(self._settings["tools"])

    def _on_transcription_session_update(self, event: client.TranscriptionSessionUpdate) -> None:
        """Not in the service's documentation, yet in the documented API; answered as OpenAI's beta did."""
        self._change_settings(RequestSession.from_dict(event.session).as_dict())
        shown = {key: self._settings[key] for key in TRANSCRIPTION_KEYS}
        self._wire.emit(server.TranscriptionSessionUpdated(session={"id": self.id, **shown}))

    def _change_settings(self, update: Mapping[str, Any]) -> None:
        fixed = FIXED_BY_INPUT if self._turns.have_audio else ()
        if self._responses.have_spoken:
            fixed = (*fixed, "voice")
        if self._admission.agent:
            fixed = (*fixed, "instructions")
        settings = merged(self._settings, update, api_version=self._admission.api_version, fixed=fixed)
        size_bytes = len(msgspec.json.encode(settings))
        if size_bytes > self._limits.max_settings_bytes:
            message = f"the settings would take {size_bytes} bytes as JSON; {self._limits.max_settings_bytes} are allowed"
            raise Refused(message, param="session")
        self._settings = settings
        self._turns.configure(self._settings)

    def _on_avatar_connect(self, event: client.SessionAvatarConnect) -> None:
        """Answer the offer with an SDP that leads nowhere: no picture is made here."""
        if self._settings["avatar"] is None:
            raise Refused("the session has no avatar; set session.avatar first", param="session.avatar")
        try:
            base64.b64decode(event.client_sdp, validate=True)
        except ValueError:
            raise Refused("client_sdp must be an SDP offer in base64", param="client_sdp") from None
        self._wire.emit(server.SessionAvatarConnecting(server_sdp=base64.b64encode(SDP_ANSWER).decode()))

    async def _on_append(self, event: client.InputAudioBufferAppend) -> None:
        await self._turns.append(_appended(event))

    def _on_commit(self, _event: client.InputAudioBufferCommit) -> None:
        self._turns.commit()

    def _on_clear(self, _event: client.InputAudioBufferClear) -> None:
        self._turns.clear()

    def _on_clear_all(self, _event: client.InputAudioClear) -> None:
        """Throw all input audio away, of named turns too; said as for the buffer, since no other answer is documented."""
        self._turns.named.clear()
        self._turns.clear()

    def _on_turn_start(self, event: client.InputAudioTurnStart) -> None:
        self._turns.named.start(event.turn_id)

    def _on_turn_append(self, event: client.InputAudioTurnAppend) -> None:
        self._turns.named.append(event.turn_id, _appended(event))

    def _on_turn_end(self, event: client.InputAudioTurnEnd) -> None:
        self._turns.named.end(event.turn_id)

    def _on_turn_cancel(self, event: client.InputAudioTurnCancel) -> None:
        self._turns.named.cancel(event.turn_id)

    def _on_output_clear(self, _event: client.OutputAudioBufferClear) -> None:
        """Of audio that was sent nothing can be taken back; the avatar stops."""
        self._wire.emit(server.OutputAudioBufferCleared())
        self._responses.avatar.idle()

    def _on_item_create(self, event: client.ConversationItemCreate) -> None:
        given = event["item"].as_dict() if event.item is not None else None
        entry = Entry(self._make_item(given))
        request = self._conversation.approval_request(entry.item["approval_request_id"]) if _is_approval(entry) else None
        samples = self._turns.decode_all(audio_of(given) if given is not None and entry.item["type"] == "message" else [])
        before = self._conversation.insert(entry, event.previous_item_id)
        self._wire.emit(server.ConversationItemCreated(previous_item_id=before, item=entry.shown()))
        if len(samples):
            self._turns.listen(entry, samples)
        if request is not None:
            self._follow_answer(request, approved=entry.item["approve"])

    def _follow_answer(self, request: Entry, *, approved: bool) -> None:
        """Have a call run when it is approved; its request has this one answer, though the item that brought it be deleted.

        Raises:
            Refused: the call would run now, and may not; it can be approved again.
        """
        if approved:
            call = McpCall(request.item["server_label"], request.item["name"], request.item["arguments"])
            self._responses.create_when_free(lambda: dataclasses.replace(self._plan(), approved=call))
        request.is_answered = True

    def _on_item_retrieve(self, event: client.ConversationItemRetrieve) -> None:
        """Of the assistant's audio the service's items have no place; of the user's they do."""
        entry = self._conversation.existing(event.item_id, "retrieve")
        self._wire.emit(server.ConversationItemRetrieved(item=entry.shown(self._turns.kept.get(entry.id))))

    def _on_item_delete(self, event: client.ConversationItemDelete) -> None:
        self._conversation.delete(event.item_id)
        self._turns.kept.drop(event.item_id)
        self._wire.emit(server.ConversationItemDeleted(item_id=event.item_id))

    def _on_item_truncate(self, event: client.ConversationItemTruncate) -> None:
        item_id, index, end_ms = event.item_id, event.content_index, event.audio_end_ms
        self._conversation.truncate(item_id, index, end_ms)
        self._wire.emit(server.ConversationItemTruncated(item_id=item_id, content_index=index, audio_end_ms=end_ms))

    def _on_text_delta(self, event: client.InputTextDelta) -> None:
        self._conversation.add_text(event.id, event.content_index or 0, event.delta)

    def _on_text_done(self, event: client.InputTextDone) -> None:
        self._conversation.add_text(event.id, event.content_index or 0, "")

    def _on_response_create(self, event: client.ResponseCreate) -> Awaitable[None] | None:
        items = self._turns.becoming_items()
        if items is not None:
            return self._create_response_after(items, event)
        self._create_response(event)
        return None

    async def _create_response_after(self, items: Awaitable[object], event: client.ResponseCreate) -> None:
        await items
        self._create_response(event)

    def _create_response(self, event: client.ResponseCreate) -> None:
        params = event["response"].as_dict() if event.response is not None else {}
        plan = make_plan(self._settings, params, self._make_item, event.additional_instructions)
        # The service's own default for cancel_previous is said to be true, yet a second response is refused.
        create = self._responses.create_instead if params.get("cancel_previous") else self._responses.create
        create(plan)

    def _on_response_cancel(self, event: client.ResponseCancel) -> None:
        self._responses.cancel(event.response_id)

    def _on_rtc_call(self, _event: client.RtcCallSdpCreate) -> None:
        error = RtcCallErrorDetails(type="invalid_request_error", code="not_supported", message=NO_WEBRTC)
        self._wire.emit(server.RtcCallError(operation="sdp.create", error=error))

    def _on_unsupported(self, event: client.ClientEvent) -> None:
        raise Refused(f"{event['type']}: {_UNSUPPORTED[event['type']]}", code="not_supported", param="type")


def _appended(event: client.InputAudioBufferAppend | client.InputAudioTurnAppend) -> bytes:
    """The audio of an append.

    Raises:
        Refused: it is more than one append may carry.
    """
    assert isinstance(event.audio, bytes)
    if len(event.audio) > MAX_APPEND_BYTES:
        message = f"{len(event.audio)} bytes of audio in one append; {MAX_APPEND_BYTES} are allowed"
        raise Refused(message, param="audio")
    return event.audio


def _is_approval(entry: Entry) -> bool:
    return bool(entry.item["type"] == "mcp_approval_response")


SDP_ANSWER = b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=video 0 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\n"
"""A refused media line, as RFC 3264 section 6 has it: port 0."""

NO_WEBRTC = "this server has no WebRTC; audio goes over the WebSocket"
_UNSUPPORTED = {
    "mcp_approval_response": "send the approval as an item of conversation.item.create",
    "byom_credential.update": "this server calls no model of yours",
}
"""Events that exist, and why they are refused here. None has a documented answer that could be given."""

_REQUIRED = {
    name: tuple(field.encode_name for field in msgspec.structs.fields(cls) if field.required) for name, cls in CLIENT_EVENTS.items()
}

_HANDLERS: Mapping[str, Callable[[Session, Any], Awaitable[None] | None]] = {
    "session.update": Session._on_session_update,
    "session.avatar.connect": Session._on_avatar_connect,
    "transcription_session.update": Session._on_transcription_session_update,
    "input_audio_buffer.append": Session._on_append,
    "input_audio_buffer.commit": Session._on_commit,
    "input_audio_buffer.clear": Session._on_clear,
    "input_audio.clear": Session._on_clear_all,
    "input_audio.turn.start": Session._on_turn_start,
    "input_audio.turn.append": Session._on_turn_append,
    "input_audio.turn.end": Session._on_turn_end,
    "input_audio.turn.cancel": Session._on_turn_cancel,
    "output_audio_buffer.clear": Session._on_output_clear,
    "conversation.item.create": Session._on_item_create,
    "conversation.item.retrieve": Session._on_item_retrieve,
    "conversation.item.delete": Session._on_item_delete,
    "conversation.item.truncate": Session._on_item_truncate,
    "input_text.delta": Session._on_text_delta,
    "input_text.done": Session._on_text_done,
    "response.create": Session._on_response_create,
    "response.cancel": Session._on_response_cancel,
    "rtc.call.sdp.create": Session._on_rtc_call,
    **dict.fromkeys(_UNSUPPORTED, Session._on_unsupported),
}
"""Wire name -> what answers it; everything that is in no row is refused as unknown."""
