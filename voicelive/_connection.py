"""An open connection: one core, one transport, and the resources that send through it.

It awaits and never schedules: no task is started here, so it runs wherever its transport does, on asyncio or trio.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast, overload

from voicelive_proto import CLIENT, Connection, LocalProtocolError, MalformedFrame
from voicelive_proto.audio_formats import audio_length_bytes
from voicelive_proto.server_events import ResponseAudioDelta
from voicelive_transports import Transport, TransportClosed, TransportError, TransportInfo

from ._advice import Advice
from ._gate import ResponseGate, is_harmless
from ._live_state import MAX_MALFORMED_FRAMES, ConnectionState, MalformedFrameRecord, Resumed
from ._policy import WhenResponseActive
from ._reading import MAX_EVENTS, Reader, Received
from ._resources import (
    ConversationResource,
    InputAudioBufferResource,
    InputAudioResource,
    InputTextResource,
    McpApprovalResponseResource,
    OutputAudioBufferResource,
    ResponseResource,
    RtcResource,
    SessionResource,
    TranscriptionSessionResource,
)
from ._response_handle import ResponseHandle
from ._response_requests import ResponseRequests
from ._scheduling import pumping
from ._subscription import Subscription
from ._wanted import Expectation, Overflow, Wanted
from .exceptions import (
    ConcurrentReceive,
    ConnectionClosed,
    ConnectionError,  # noqa: A004 - the documented name
    EventsMissed,
    InvalidEvent,
    MalformedEvent,
    from_local,
    from_malformed,
    from_transport,
)

if TYPE_CHECKING:
    from typing_extensions import Self

    from voicelive_proto.client_events import ClientEvent
    from voicelive_proto.server_events import AnyServerEvent

    from ._hooks import Watch

    EventT = TypeVar("EventT", bound=AnyServerEvent)
    FirstT = TypeVar("FirstT", bound=AnyServerEvent)
    SecondT = TypeVar("SecondT", bound=AnyServerEvent)
    ThirdT = TypeVar("ThirdT", bound=AnyServerEvent)

_QUIET_ENDS: Final = frozenset({1000, 1001})
"""Close codes that end an iteration without an error: normal closure, going away (RFC 6455 section 7.4.1)."""

_SENT_OFTEN: Final = ("input_audio_buffer.append", "input_audio.turn.append")
"""Types that no advice is given on: they carry audio."""

_log = logging.getLogger("voicelive")


class VoiceLiveConnection:
    """A connection to the service, as ``connect()`` gives it; iterating over it gives the service's events.

    One task may receive while any number of tasks send. Cancelling ``recv()`` loses no event; of a cancelled ``send()`` either the
    whole event goes out or nothing does, though ``state`` may count it as sent.

    ``events()``, ``wait_for()`` and the handles that ``response.create()`` gives see every event beside ``recv()``, and take none away.
    Whoever of them waits reads for all. What they read while nobody receives is kept for ``recv()``, 1024 events at most: then the
    oldest go, and the next ``recv()`` says so by ``EventsMissed``.

    Args:
        transport: an open transport, which the connection owns from now on. ``connect()`` makes one; make the connection
            yourself to run it over a transport of your own, such as a side of ``voicelive_transports.memory_pair()``.
        when_response_active: what ``response.create()`` does while a response is active, see ``connect()``.
        harmless_errors: as in ``connect()``.
        echoes_metadata: the service knows ``metadata`` of ``response.create``, so that requests may carry their id there.
        watch: who is told what happens; ``connect()`` makes it of its ``observers``.

    Attributes:
        session: session settings.
        response: responses of the model.
        input_audio_buffer: audio to the service.
        input_audio: audio to the service in named turns.
        input_text: text to the service, piece by piece.
        output_audio_buffer: audio from the service (avatars).
        conversation: the conversation; its items are at ``conversation.item``.
        mcp_approval_response: answers to MCP servers' calls that need an approval.
        transcription_session: transcription settings.
        rtc: WebRTC calls (pre-release).
        state: what is known because of the events so far, see `ConnectionState`.
        resumed: how it took over from one that was lost, see ``voicelive.stay_connected``; None if it did not.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        when_response_active: WhenResponseActive = "send",
        harmless_errors: bool = False,
        echoes_metadata: bool = False,
        watch: Watch | None = None,
    ) -> None:
        self._transport = transport
        self._watch = watch
        self._core = Connection(CLIENT)
        self._malformed: list[MalformedFrameRecord] = []
        self._closed_by_us = False
        self._end: tuple[int, str] | None = None  # code and reason, as the transport said before we closed it
        self._raises_losses = False
        self._hides_harmless = not harmless_errors
        self._echoes_metadata = echoes_metadata
        self._receiving = False
        self._reader = Reader(self._read, self._take)
        self._advice = Advice(self._core)
        self.resumed: Resumed | None = None
        self.state: Final = ConnectionState(self._core)
        self.session: Final = SessionResource(self)
        self.response: Final = ResponseResource(self)
        self.input_audio_buffer: Final = InputAudioBufferResource(self)
        self.input_audio: Final = InputAudioResource(self)
        self.input_text: Final = InputTextResource(self)
        self.output_audio_buffer: Final = OutputAudioBufferResource(self)
        self.conversation: Final = ConversationResource(self)
        self.mcp_approval_response: Final = McpApprovalResponseResource(self)
        self.transcription_session: Final = TranscriptionSessionResource(self)
        self.rtc: Final = RtcResource(self)
        handle = partial(ResponseHandle, reader=self._reader, cancel=self.response.cancel)
        self._requests: Final[ResponseRequests[ResponseHandle]] = ResponseRequests(self._reader, handle, self._has_others, self._updates)
        self._gate = ResponseGate(when_response_active, self._core, self._reader, self._requests, self.response.cancel)

    @property
    def core(self) -> Connection:
        """The protocol core: what ``lint()`` and ``resume_plan()`` take. Read only; events are sent by this connection."""
        return self._core

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
            ConnectionClosed: the connection is over, whichever side ended it and with whatever code, and all that was kept has been given.
            MalformedEvent: the frame that came is no event; the next ``recv()`` goes on with the next frame.
            ReceiveTimeout: the option ``receive_timeout`` passed; the connection goes on.
            ConcurrentReceive: another task waits already.
            EventsMissed: others read, nobody received, and the oldest events are gone; the next ``recv()`` goes on with the rest.
        """
        while True:
            reader = self._reader
            if self._receiving or reader.shared or reader.busy:
                event = self._event_of(await self._receive())
            else:
                # Nobody else has an interest: as short as can be, as every frame of a call comes this way.
                self._receiving = reader.busy = True
                try:
                    frame = await self._transport.receive()
                    event = self._core.receive(frame)
                except TransportError as error:
                    raise self._failure(error) from error
                except MalformedFrame as error:
                    self._note(error, frame)
                    raise from_malformed(error) from error
                finally:
                    self._receiving = reader.busy = False
                    if self._reader.shared:
                        reader.leave()
                watch = self._watch
                if watch is not None:
                    if watch.counting and type(event) is ResponseAudioDelta:
                        watch.audio_count += 1
                        watch.audio_bytes += len(event.delta)
                    else:
                        watch.received(event, len(frame))
                if self._reader.shared:
                    reader.show(event)
            if event.type != "error" or not self._is_hidden(event):
                return cast("AnyServerEvent", event)

    async def recv_bytes(self) -> bytes:
        """Wait for the next event and give its frame as it came: UTF-8 JSON. ``state`` follows it all the same.

        A frame that is no event is given too, and recorded in ``malformed_frames``.

        Raises:
            ConnectionClosed: as ``recv()``; so for ReceiveTimeout, ConcurrentReceive and EventsMissed.
        """
        return (await self._receive()).frame

    @overload
    def events(self, *, max_events: int = MAX_EVENTS, overflow: Overflow = "raise") -> Subscription: ...

    @overload
    def events(self, first: type[FirstT], /, *, max_events: int = MAX_EVENTS, overflow: Overflow = "raise") -> Subscription[FirstT]: ...

    @overload
    def events(
        self, first: type[FirstT], second: type[SecondT], /, *, max_events: int = MAX_EVENTS, overflow: Overflow = "raise"
    ) -> Subscription[FirstT | SecondT]: ...

    @overload
    def events(
        self,
        first: type[FirstT],
        second: type[SecondT],
        third: type[ThirdT],
        /,
        *,
        max_events: int = MAX_EVENTS,
        overflow: Overflow = "raise",
    ) -> Subscription[FirstT | SecondT | ThirdT]: ...

    @overload
    def events(self, *wanted: type[EventT], max_events: int = MAX_EVENTS, overflow: Overflow = "raise") -> Subscription[EventT]: ...

    @overload
    def events(self, *wanted: Wanted, max_events: int = MAX_EVENTS, overflow: Overflow = "raise") -> Subscription[Any]: ...

    def events(self, *wanted: Wanted, max_events: int = MAX_EVENTS, overflow: Overflow = "raise") -> Subscription[Any]:
        """Subscribe to all events from now on, or to those that are wanted.

        To a type checker, classes give events of these classes; what a wire name or a function gives is not looked at (``Any``).

        ::

            with connection.events("response.done", "error") as ends:
                async for event in ends:
                    ...

        Args:
            *wanted: wire names, classes of ``voicelive.models``, or functions of an event; any of them will do. None for all events.
            max_events: so many are kept until they are taken.
            overflow: what happens beyond: the oldest go, and ``"raise"`` tells so by ``EventsMissed`` while ``"drop"`` counts them in
                ``missed``.

        Raises:
            TypeError: something wanted is neither of these.
            ValueError: a wire name that is nearly one that is known, or an argument of wrong value.
        """
        return Subscription(self._reader, wanted, max_events=max_events, overflow=overflow, ended_quietly=self._ends_quietly)

    @overload
    async def wait_for(self, first: type[FirstT], /, *, timeout: float | None = None) -> FirstT: ...

    @overload
    async def wait_for(self, first: type[FirstT], second: type[SecondT], /, *, timeout: float | None = None) -> FirstT | SecondT: ...

    @overload
    async def wait_for(
        self, first: type[FirstT], second: type[SecondT], third: type[ThirdT], /, *, timeout: float | None = None
    ) -> FirstT | SecondT | ThirdT: ...

    @overload
    async def wait_for(self, *wanted: type[EventT], timeout: float | None = None) -> EventT: ...

    @overload
    async def wait_for(self, *wanted: Wanted, timeout: float | None = None) -> Any: ...

    async def wait_for(self, *wanted: Wanted, timeout: float | None = None) -> Any:
        """Wait for the first event from now on that is wanted; others get it all the same.

        While another task reads, an event may come before it is waited for: subscribe with ``events()`` first, then send. To a type
        checker, it gives what ``events()`` gives.

        Args:
            *wanted: as in ``events()``; at least one.
            timeout: seconds to wait at most; None for no limit.

        Raises:
            TimeoutError: none came in time; the message says what the service said last.
            ConnectionClosed: the connection ended first.
            TypeError, ValueError: as ``events()``.
        """
        if not wanted:
            raise TypeError("say what to wait for: a wire name such as 'response.done', an event class, or a function of an event")
        expected = Expectation(wanted)
        self._reader.add(expected)
        try:
            in_time = await self._reader.within(timeout, lambda: expected.settled)
        finally:
            self._reader.remove(expected)
        if expected.failure is not None:
            raise expected.failure
        if not in_time:
            raise TimeoutError(expected.missed(wanted, timeout))
        return expected.event

    def pump(self) -> AbstractAsyncContextManager[Self]:
        """Read in a task of its own while the block runs, so that state, handles and subscriptions are up to date though nobody waits.

        The task ends with the block, or with the connection; whoever waits then hears why.
        """
        return pumping(self, self._reader)

    async def send(self, event: ClientEvent | Mapping[str, Any]) -> None:
        """Send an event: one of ``voicelive.models``, or a mapping with a ``type``.

        Returns when the event is handed to the transport; waits while too much unsent data is held. What the service is known to refuse
        in a mapping, such as a misspelt ``type``, is said in the log; it is sent all the same.

        Raises:
            InvalidEvent: it may not be sent, or not in this form; nothing was sent. It is a ValueError, too.
            ConnectionClosed: the connection is over.
        """
        if isinstance(event, dict) and isinstance(event.get("type"), str) and event["type"] not in _SENT_OFTEN:
            self._advice.on(event)
        try:
            frame = self._core.send(event)
            await self._transport.send(frame)
        except (LocalProtocolError, TransportError) as error:
            raise self._unsent(event, error) from error
        if self._watch is not None:
            self._watch.sent(event, len(frame))

    async def _send_audio(self, audio: Any) -> None:
        """Send raw audio, or base64 of it, with no event made of it: 95 % of what is sent comes this way."""
        try:
            frame = self._core.send_audio(audio)
            await self._transport.send(frame)
        except (LocalProtocolError, TransportError) as error:
            raise self._unsent({"type": "input_audio_buffer.append"}, error) from error
        if self._watch is not None:
            self._watch.sent_audio(audio_length_bytes(audio), len(frame))

    async def close(self, *, code: int = 1000, reason: str = "") -> None:
        """Close the connection and wait for the service's close frame, at most ``close_timeout``.

        Does nothing when it is closed already. An iteration that goes on meanwhile ends; a waiting ``recv()`` raises
        ``ConnectionClosed``. Cancelling drops the connection at once.

        Raises:
            TypeError: ``code`` isn't an int, or ``reason`` isn't a str.
            ValueError: the code can't be sent, or the reason takes more than 123 bytes as UTF-8.
        """
        before = self._closed_by_us
        self._closed_by_us = before or (self._end is None and self._transport.close_code is None)
        try:
            await self._transport.aclose(code, reason)
        except (TypeError, ValueError):
            self._closed_by_us = before
            raise
        except BaseException:  # a cancellation, over which the transport has dropped the connection
            self._note_closed(code, reason)
            raise
        self._note_closed(code, reason)

    def __aiter__(self) -> Self:
        """Iterate over the service's events.

        The iteration ends when the connection is closed with code 1000 or 1001, and after our own ``close()``; another close raises
        ``ConnectionClosed``. A frame that is no event is logged, recorded in ``malformed_frames`` and passed over.
        """
        return self

    async def __anext__(self) -> AnyServerEvent:
        while True:
            try:
                return await self.recv()
            except MalformedEvent as error:  # noqa: PERF203 - free unless it is raised
                _log.warning("passed over a frame that is no event: %s; it begins with %r", error.message, error.excerpt)
            except ConnectionError as failure:
                if self._ends_quietly(failure):
                    raise StopAsyncIteration from None
                raise

    def __repr__(self) -> str:
        end = "open" if self.close_code is None else f"closed with code {self.close_code}"
        return f"<{type(self).__name__} {self.transport_info.url} {end}>"

    async def _receive(self) -> Received:
        """The next frame for ``recv()``, whoever reads it."""
        if self._receiving:
            raise ConcurrentReceive("another task receives already; use events() to receive in several tasks")
        if self._reader.missed:
            count, self._reader.missed = self._reader.missed, 0
            raise EventsMissed(count)
        self._receiving = True
        try:
            return await self._reader.next()
        finally:
            self._receiving = False

    async def _read(self) -> bytes:
        """Read one frame, for whoever waits."""
        try:
            return await self._transport.receive()
        except TransportError as error:
            raise self._failure(error) from error

    def _take(self, frame: bytes) -> Received:
        """Take what was read to the state."""
        try:
            event = self._core.receive(frame)
        except MalformedFrame as error:
            self._note(error, frame)
            return Received(frame, None, error)
        if self._watch is not None:
            self._watch.received(event, len(frame))
        return Received(frame, event)

    def _event_of(self, received: Received) -> Any:
        if received.problem is not None:
            raise from_malformed(received.problem) from received.problem
        return received.event

    def _has_others(self) -> bool:
        """Whether a response without a request's id is surely no answer to it: the service names those, and turn detection makes others."""
        may_detect = self._core.session.config.get("turn_detection") is not None and self._core.input_audio.total_bytes > 0
        return self._echoes_metadata and may_detect

    def _updates(self) -> int:
        """How many updates of the session the service has not answered, as far as that can be told."""
        return self._core.session.unanswered_updates

    def _is_hidden(self, event: Any) -> bool:
        return self._hides_harmless and is_harmless(event)

    def _failure(self, error: TransportError) -> ConnectionError:
        """Give the error that the caller sees, once the core knows of the end."""
        if isinstance(error, TransportClosed):
            if self._core.close_code is None:
                self._note_end(error)  # the last word: a send that met the end first may not know the peer's close frame
            self._core.receive_close(error.code, error.reason)
            if self._watch is not None:
                self._watch.closed(error.code, error.reason)
        return from_transport(error)

    def _note_closed(self, code: int, reason: str) -> None:
        """Tell the state and who watches of our close, or of the end that came before it."""
        code, reason = self._transport.close_code or code, self._transport.close_reason or reason
        self._core.send_close(code, reason)
        if self._watch is not None:
            self._watch.closed(code, reason)

    def _note_end(self, error: TransportClosed) -> None:
        if not self._closed_by_us:
            self._end = error.code, error.reason

    def _ends_quietly(self, failure: Exception) -> bool:
        if not isinstance(failure, ConnectionClosed) or not (self._closed_by_us or failure.code in _QUIET_ENDS):
            return False
        from ._losses import is_lost  # noqa: PLC0415 - needed once

        return not (self._raises_losses and is_lost(self))

    def _unsent(self, event: ClientEvent | Mapping[str, Any], error: LocalProtocolError | TransportError) -> ConnectionError | InvalidEvent:
        """Give the error that the caller sees for an event that did not go out."""
        failure: ConnectionError | InvalidEvent
        if isinstance(error, TransportError):
            if isinstance(error, TransportClosed) and self._end is None:
                self._note_end(error)  # the state hears of it from recv(), behind what came before
            failure = from_transport(error)
        elif self._core.close_code is not None:
            failure = ConnectionClosed(self._core.close_code, self._core.close_reason or "")
        else:
            failure = from_local(error)
        if self._watch is not None:
            self._watch.send_failed(str(event.get("type")) if isinstance(event, Mapping) else type(event).__name__, failure)
        return failure

    def _note(self, error: MalformedFrame, frame: bytes) -> None:
        """Keep what is known of a malformed frame; not the error itself, whose traceback holds the whole frame."""
        if self._watch is not None:
            self._watch.malformed(str(error), len(frame))
        self._malformed.append(MalformedFrameRecord(error.problem, error.path, error.event_type, error.excerpt))
        del self._malformed[:-MAX_MALFORMED_FRAMES]
