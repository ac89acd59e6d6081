"""An open connection: one core, one transport, and the resources that send through it.

It awaits and never schedules: no task is started here, so it runs wherever its transport does, on asyncio or trio.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from voicelive_proto import CLIENT, Connection, LocalProtocolError, MalformedFrame
from voicelive_transports import Transport, TransportClosed, TransportError, TransportInfo

from ._resources import (
    ConversationResource,
    InputAudioBufferResource,
    OutputAudioBufferResource,
    ResponseResource,
    SessionResource,
    TranscriptionSessionResource,
)
from .exceptions import ConnectionClosed, ConnectionError, from_local, from_malformed, from_transport  # noqa: A004 - the documented name

if TYPE_CHECKING:
    from typing_extensions import Self

    from voicelive_proto import UnexpectedEvent
    from voicelive_proto._state.conversation import ConversationTracker
    from voicelive_proto._state.input_audio import InputAudioTracker
    from voicelive_proto._state.responses import ResponseTracker
    from voicelive_proto._state.session import SessionTracker
    from voicelive_proto.client_events import ClientEvent
    from voicelive_proto.server_events import AnyServerEvent

MAX_MALFORMED_FRAMES: Final = 32
"""So many records of malformed frames are kept, the newest."""

_QUIET_ENDS: Final = frozenset({1000, 1001})
"""Close codes that end an iteration without an error: normal closure, going away (RFC 6455 section 7.4.1)."""

_log = logging.getLogger("voicelive")


class MalformedFrameRecord(NamedTuple):
    """What is kept of a frame from the service that is no event."""

    problem: str
    """What is wrong, in words."""
    path: str
    """Where, such as ``$.session.tools[0].name``; ``$`` for the frame as a whole."""
    event_type: str | None
    """Wire name of the event, or None when it has none."""
    excerpt: bytes
    """The frame's first bytes, at most 120."""


class ConnectionState:
    """What is known of a connection because of the events that went over it; read only.

    It holds facts, never audio, and is bounded: old responses and items are let go.
    """

    __slots__ = ("_core",)

    def __init__(self, core: Connection) -> None:
        self._core = core

    @property
    def session(self) -> SessionTracker:
        """The session: ``.state``, ``.id``, ``.config`` (effective settings by wire name), ``.expires_at``."""
        return self._core.session

    @property
    def input_audio(self) -> InputAudioTracker:
        """The input audio buffer: bytes and milliseconds held, and whether the user speaks."""
        return self._core.input_audio

    @property
    def responses(self) -> ResponseTracker:
        """The responses by id, and the active one."""
        return self._core.responses

    @property
    def conversation(self) -> ConversationTracker:
        """The conversation's items, in order."""
        return self._core.conversation

    @property
    def violations(self) -> tuple[UnexpectedEvent, ...]:
        """The last events of the service that came out of order; each was delivered all the same."""
        return tuple(self._core.violations)


class VoiceLiveConnection:
    """A connection to the service, as ``connect()`` gives it; iterating over it gives the service's events.

    One task may receive while any number of tasks send. Cancelling ``recv()`` loses no event; of a cancelled ``send()`` either the
    whole event goes out or nothing does, though ``state`` may count it as sent.

    Args:
        transport: an open transport, which the connection owns from now on. ``connect()`` makes one; make the connection
            yourself to run it over a transport of your own, such as a side of ``voicelive_transports.memory_pair()``.

    Attributes:
        session: session settings.
        response: responses of the model.
        input_audio_buffer: audio to the service.
        output_audio_buffer: audio from the service (avatars).
        conversation: the conversation; its items are at ``conversation.item``.
        transcription_session: transcription settings.
        state: what is known because of the events so far, see `ConnectionState`.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._core = Connection(CLIENT)
        self._malformed: deque[MalformedFrameRecord] = deque(maxlen=MAX_MALFORMED_FRAMES)
        self._closed_by_us = False
        self.state: Final = ConnectionState(self._core)
        self.session: Final = SessionResource(self)
        self.response: Final = ResponseResource(self)
        self.input_audio_buffer: Final = InputAudioBufferResource(self)
        self.output_audio_buffer: Final = OutputAudioBufferResource(self)
        self.conversation: Final = ConversationResource(self)
        self.transcription_session: Final = TranscriptionSessionResource(self)

    @property
    def transport_info(self) -> TransportInfo:
        """Facts about the transport: adapter, URL without its query, addresses, compression."""
        return self._transport.info

    @property
    def close_code(self) -> int | None:
        """The close code; None while the connection is open or closing, 1006 if it was lost."""
        return self._transport.close_code

    @property
    def close_reason(self) -> str | None:
        """The close reason, may be empty; None while the connection is open or closing."""
        return self._transport.close_reason

    @property
    def malformed_frames(self) -> tuple[MalformedFrameRecord, ...]:
        """The last 32 frames from the service that were no event."""
        return tuple(self._malformed)

    async def recv(self) -> AnyServerEvent:
        """Wait for the next event.

        Raises:
            ConnectionClosed: the connection is over, whichever side ended it and with whatever code.
            MalformedEvent: the frame that came is no event; the next ``recv()`` goes on with the next frame.
            ReceiveTimeout: the option ``receive_timeout`` passed; the connection goes on.
            ConcurrentReceive: another task waits already.
        """
        try:
            return cast("AnyServerEvent", self._core.receive(await self._transport.receive()))
        except TransportError as error:
            raise self._failure(error) from error
        except MalformedFrame as error:
            self._note(error)
            raise from_malformed(error) from error

    async def recv_bytes(self) -> bytes:
        """Wait for the next event and give its frame as it came: UTF-8 JSON. ``state`` follows it all the same.

        A frame that is no event is given too, and recorded in ``malformed_frames``.

        Raises:
            ConnectionClosed: as ``recv()``; so for ReceiveTimeout and ConcurrentReceive.
        """
        try:
            frame = await self._transport.receive()
            self._core.receive(frame)
        except TransportError as error:
            raise self._failure(error) from error
        except MalformedFrame as error:
            self._note(error)
        return frame

    async def send(self, event: ClientEvent | Mapping[str, Any]) -> None:
        """Send an event: one of ``voicelive.models``, or a mapping with a ``type``.

        Returns when the event is handed to the transport; waits while too much unsent data is held.

        Raises:
            InvalidEvent: it may not be sent, or not in this form; nothing was sent. It is a ValueError, too.
            ConnectionClosed: the connection is over.
        """
        frame = self._to_frame(event)
        try:
            await self._transport.send(frame)
        except TransportError as error:
            raise from_transport(error) from error

    async def close(self, *, code: int = 1000, reason: str = "") -> None:
        """Close the connection and wait for the service's close frame, at most ``close_timeout``.

        Does nothing when it is closed already. An iteration that goes on meanwhile ends; a waiting ``recv()`` raises
        ``ConnectionClosed``. Cancelling drops the connection at once.

        Raises:
            TypeError: ``code`` isn't an int, or ``reason`` isn't a str.
            ValueError: the code can't be sent, or the reason takes more than 123 bytes as UTF-8.
        """
        before = self._closed_by_us
        self._closed_by_us = before or self._transport.close_code is None
        try:
            await self._transport.aclose(code, reason)
        except (TypeError, ValueError):
            self._closed_by_us = before
            raise
        self._core.send_close(self._transport.close_code or code, self._transport.close_reason or reason)

    def __aiter__(self) -> Self:
        """Iterate over the service's events.

        The iteration ends when the connection is closed with code 1000 or 1001, and after our own ``close()``; another close raises
        ``ConnectionClosed``. A frame that is no event is logged, recorded in ``malformed_frames`` and passed over.
        """
        return self

    async def __anext__(self) -> AnyServerEvent:
        try:
            event = self._event_or_none(await self._transport.receive())
            while event is None:
                event = self._event_or_none(await self._transport.receive())
        except TransportError as error:
            failure = self._failure(error)
            if self._ends_quietly(failure):
                raise StopAsyncIteration from None
            raise failure from error
        return event

    def __repr__(self) -> str:
        end = "open" if self.close_code is None else f"closed with code {self.close_code}"
        return f"<{type(self).__name__} {self.transport_info.url} {end}>"

    def _event_or_none(self, frame: bytes) -> AnyServerEvent | None:
        try:
            return cast("AnyServerEvent", self._core.receive(frame))
        except MalformedFrame as error:
            self._note(error)
            _log.warning("passed over a frame that is no event: %s; it begins with %r", error, error.excerpt)
            return None

    def _failure(self, error: TransportError) -> ConnectionError:
        """Give the error that the caller sees, once the core knows of the end."""
        if isinstance(error, TransportClosed):
            self._core.receive_close(error.code, error.reason)
        return from_transport(error)

    def _ends_quietly(self, failure: ConnectionError) -> bool:
        return isinstance(failure, ConnectionClosed) and (self._closed_by_us or failure.code in _QUIET_ENDS)

    def _to_frame(self, event: ClientEvent | Mapping[str, Any]) -> bytes:
        if self._core.close_code is not None:
            raise ConnectionClosed(self._core.close_code, self._core.close_reason or "")
        try:
            return self._core.send(event)
        except LocalProtocolError as error:
            raise from_local(error) from error

    def _note(self, error: MalformedFrame) -> None:
        """Keep what is known of a malformed frame; not the error itself, whose traceback holds the whole frame."""
        self._malformed.append(MalformedFrameRecord(error.problem, error.path, error.event_type, error.excerpt))
