"""One side of a Voice Live connection: events to frames, frames to events, and what is known because of them.

Pure: no socket, no clock, no tasks. Give `receive` what came in, put on the wire what `send` returns.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeAlias

from ._codec import Decoder, Frame, append_frame, encode
from ._convert import from_mapping
from ._registry import CLIENT_EVENTS, SERVER_EVENTS
from ._state.base import Limits, Row, Tracker, column
from ._state.conversation import ConversationTracker
from ._state.input_audio import InputAudioTracker
from ._state.keyed import ErrorTracker, avatar, client_turns, tool_calls, tool_lists
from ._state.requests import RequestTracker
from ._state.responses import ResponseTracker
from ._state.session import SessionTracker
from ._state.tables import State
from .audio_formats import audio_length_bytes
from .client_events import ClientEvent, InputAudioBufferAppend, UnknownClientEvent
from .errors import LocalProtocolError, MalformedFrame, UnexpectedEvent
from .server_events import ServerEvent, UnknownServerEvent

MAX_APPEND_BYTES = 15 * 1024 * 1024
"""Largest audio in one ``input_audio_buffer.append`` (API reference)."""


class Role(Enum):
    """Which side of the connection we are."""

    CLIENT = "client"
    SERVER = "server"


CLIENT = Role.CLIENT
SERVER = Role.SERVER

_DIRECTIONS: dict[Role, tuple[type[Any], Mapping[str, type[Any]], type[Any]]] = {
    CLIENT: (ClientEvent, CLIENT_EVENTS, UnknownClientEvent),
    SERVER: (ServerEvent, SERVER_EVENTS, UnknownServerEvent),
}
_OTHERS: dict[Role, Mapping[str, type[Any]]] = {CLIENT: SERVER_EVENTS, SERVER: CLIENT_EVENTS}


Steps: TypeAlias = tuple[tuple[int, Callable[[Any, Any], None]], ...]
"""Which trackers follow an event, by their place, and how."""

Course: TypeAlias = tuple[Steps, Callable[[Any, Any], bool] | None, int]
"""Who follows an event; then the function that may take it without a look at the tables, and whose it is."""

Plan: TypeAlias = Mapping[type[Any] | str, Course]
"""Event class -> its course; and wire name -> the same, for what is not of the very class: irregular events, subclasses."""

_UNTRACKED: Course = ((), None, 0)


class Connection:
    """Codec and state of one connection, for one role.

    Args:
        role: `CLIENT` or `SERVER`.
        strict: Raise `UnexpectedEvent` for an event that its entity's state does not allow, instead of repairing the state and
            recording the violation.
        track: Keep state. Without it the connection is codec only: nothing is remembered, and an event is judged by itself alone.
        limits: How much history is kept.

    Raises:
        ValueError: another role.

    Attributes:
        role, strict, track: As given.
        session: `SessionTracker`.
        input_audio: `InputAudioTracker`.
        responses: `ResponseTracker`, a mapping from response id.
        conversation: `ConversationTracker`.
        requests: `RequestTracker`: what the client asked of the conversation and has no answer to.
        client_turns: Turn id -> `TurnState`, for ``input_audio.turn.*``.
        tool_lists: Item id -> `ToolState` of an MCP server's tool listing.
        tool_calls: Item id -> `ToolState` of a call that the service makes itself.
        avatar: `AvatarState` under the empty id, once something happened.
        errors: Client ``event_id`` -> the last error that names it; ``errors.last`` is the last of all.
        violations: The peer's last violations, oldest first.
        close_code, close_reason: How the connection ended; None while it has not.
    """

    def __init__(
        self,
        role: Role,
        *,
        strict: bool = False,
        track: bool = True,
        limits: Limits | None = None,
    ) -> None:
        if role not in _DIRECTIONS:
            msg = f"role is {role!r}; it is CLIENT or SERVER"
            raise ValueError(msg)
        self.role = role
        self.strict = strict
        limits = limits or Limits()
        self.session = SessionTracker(limits)
        self.input_audio = InputAudioTracker(self.session)
        self.responses = ResponseTracker(self.session, limits)
        self.conversation = ConversationTracker(self.responses, limits)
        self.requests = RequestTracker(self.responses, limits)
        self.client_turns = client_turns(limits.max_calls)
        self.tool_lists = tool_lists(limits.max_calls)
        self.tool_calls = tool_calls(limits.max_calls)
        self.avatar = avatar()
        self.errors = ErrorTracker(max_kept=limits.max_errors)
        self.violations: list[UnexpectedEvent] = []  # an empty deque takes twelve times as much
        self._max_violations = limits.max_errors
        self.close_code: int | None = None
        self.close_reason: str | None = None
        self._ours = _DIRECTIONS[role]
        self._decode = Decoder("server" if role is CLIENT else "client").decode
        self._trackers: tuple[Tracker, ...] = (
            self.session,
            self.input_audio,
            self.responses,
            self.conversation,
            self.requests,
            self.client_turns,
            self.tool_lists,
            self.tool_calls,
            self.avatar,
            self.errors,
        )
        self.track = track
        self._sent, self._received = _plans(role, self._trackers if track else ())

    def send(self, event: ClientEvent | ServerEvent | Mapping[str, Any]) -> bytes:
        """Turn an event, or a plain mapping with a ``type``, into the frame to put on the wire, and move our side.

        Raises:
            LocalProtocolError: the event may not be sent now or not in this form; nothing was changed.
        """
        return self._send(self._our_event(event))

    def _send(self, event: Any) -> bytes:
        if self.close_code is not None:
            msg = f"the connection is closed (code {self.close_code}); open a new one"
            raise LocalProtocolError(msg, event_type=event.type, state="CLOSED")
        steps, quick, _ = self._sent.get(event.type, _UNTRACKED)
        try:
            frame = encode(event)  # first: what is no audio has no length to judge
            if isinstance(event, InputAudioBufferAppend):
                self._check_append(event)  # every state of the buffer takes it
            else:
                if steps and quick is None and self.role is SERVER:
                    event = _as_read(event.type, frame)
                self._check_ours(event, steps)
            for index, apply in steps:
                apply(self._trackers[index], event)
        except (AttributeError, TypeError) as error:
            msg = f"{event.type}: a field holds something else than its class declares ({error})"
            raise LocalProtocolError(msg, event_type=event.type) from error
        return frame

    def send_audio(self, audio: Any) -> bytes:
        """`send` an ``input_audio_buffer.append`` of this audio, with no event made of it: raw, or base64 as str.

        Raises:
            LocalProtocolError: as `send`.
        """
        # A multiple of 4 bytes cuts no sample of any format.
        if (
            audio.__class__ is not bytes
            or (length_bytes := len(audio)) & 3
            or length_bytes > MAX_APPEND_BYTES
            or self.close_code is not None
            or self.role is not CLIENT
        ):
            return self.send(InputAudioBufferAppend(audio=audio))
        frame = append_frame(audio)
        if self.track:
            self.input_audio.count(length_bytes)
        return frame

    def receive(self, frame: Frame) -> Any:
        """Turn a frame into its event, and move their side.

        Raises:
            MalformedFrame: the frame is no event. The connection stays usable.
            UnexpectedEvent: only with ``strict``: the event is one that its entity's state does not allow.
        """
        event = self._decode(frame)
        try:
            steps, quick, index = self._received[event.__class__]
        except KeyError:
            steps, quick, index = self._received.get(event.type, _UNTRACKED)
        if steps and (quick is None or not quick(self._trackers[index], event)):
            self._follow(event, steps)
        return event

    def _follow(self, event: Any, steps: Steps) -> None:
        kind = column(event)
        for index, apply in steps:
            tracker = self._trackers[index]
            row = tracker.row(event)
            if row is not None and not row.allows(kind):
                self._record(event, row)
            apply(tracker, event)

    def send_close(self, code: int = 1000, reason: str = "") -> None:
        """We close the connection; nothing may be sent any more."""
        self._close(code, reason)

    def receive_close(self, code: int, reason: str = "") -> None:
        """The peer closed the connection, or it broke (1006)."""
        self._close(code, reason)

    def _close(self, code: int, reason: str) -> None:
        if self.close_code is None:
            self.close_code = code
            self.close_reason = reason
            self.session.close()

    def _our_event(self, event: Any) -> Any:
        base, known, unknown = self._ours
        if isinstance(event, base):
            return event
        if isinstance(event, (ClientEvent, ServerEvent)):
            msg = f"{event['type']} is not an event that a {self.role.value} sends"
            raise LocalProtocolError(msg, event_type=event["type"])
        if not isinstance(event, Mapping):
            msg = f"an event is a {base.__name__} or a mapping with a 'type', not {type(event).__name__}"
            raise LocalProtocolError(msg)
        kind = event.get("type")
        if not isinstance(kind, str):
            msg = f"an event needs a string 'type', such as 'response.create'; got {kind!r}"
            raise LocalProtocolError(msg)
        if kind not in known and kind in _OTHERS[self.role]:
            msg = f"{kind} is not an event that a {self.role.value} sends"
            raise LocalProtocolError(msg, event_type=kind)
        try:
            return from_mapping(known.get(kind, unknown), event)
        except MalformedFrame as error:
            raise _unfit(kind, error) from error

    def _check_append(self, event: Any) -> None:
        length_bytes = audio_length_bytes(event.audio)
        if length_bytes > MAX_APPEND_BYTES:
            msg = f"{length_bytes:,} bytes of audio in one append; the service takes at most {MAX_APPEND_BYTES:,}: send smaller chunks"
            raise LocalProtocolError(msg, event_type=event.type)
        audio = self.session.input_format
        if self.track and audio is not None and self.session.cuts_a_sample(length_bytes):
            channels = "" if audio.channels == 1 else f" of {audio.channels} channels"
            rule = f"{audio.name} needs a multiple of {audio.bytes_per_frame} bytes in each append"
            msg = f"{length_bytes} bytes of audio are not whole 16-bit samples{channels}; {rule}"
            raise LocalProtocolError(msg, event_type=event.type)

    def _check_ours(self, event: Any, steps: Steps) -> None:
        kind = column(event)
        for index, _ in steps:
            row = self._trackers[index].row(event)
            if row is not None and not row.allows(kind):
                raise LocalProtocolError(row.refusal(event), event_type=event.type, state=_name(row.state))

    def _record(self, event: Any, row: Row) -> None:
        violation = UnexpectedEvent(
            row.refusal(event),
            event_type=event.type,
            state=_name(row.state),
            code="invalid_event",
            event_id=event.event_id,
        )
        if self.strict:
            raise violation
        self.violations.append(violation)
        del self.violations[: -self._max_violations]


_read = Decoder("server").decode


def _as_read(kind: str, frame: bytes) -> Any:
    """A service's event as the client will read it: its trackers look deeply into it, where an event that was built may hold anything."""
    try:
        return _read(frame)
    except MalformedFrame as error:
        raise _unfit(kind, error) from error


def _unfit(kind: str, error: MalformedFrame) -> LocalProtocolError:
    return LocalProtocolError(f"{kind}: {error.problem} at {error.path}", event_type=kind)


_PLANS: dict[tuple[Role, bool], tuple[Plan, Plan]] = {}


def _plans(role: Role, trackers: tuple[Tracker, ...]) -> tuple[Plan, Plan]:
    """What is sent, what is received; a name of the wrong direction is an unknown event, which no tracker follows.

    The same for all connections of a role that track, so made once: a connection shall be small.
    """
    key = role, bool(trackers)
    if key not in _PLANS:
        ours, theirs = (CLIENT_EVENTS, SERVER_EVENTS) if role is CLIENT else (SERVER_EVENTS, CLIENT_EVENTS)
        _PLANS[key] = (_plan(trackers, ours), _plan(trackers, theirs))
    return _PLANS[key]


def _plan(trackers: tuple[Tracker, ...], events: Mapping[str, type[Any]]) -> Plan:
    plan: dict[type[Any] | str, Course] = {}
    for name, cls in events.items():
        steps = tuple((index, each.routes[name]) for index, each in enumerate(trackers) if name in each.routes)
        quick, owner = next(((each.quick[name], index) for index, each in enumerate(trackers) if name in each.quick), (None, 0))
        plan[cls] = plan[name] = steps, quick, owner
    return plan


def _name(state: State | None) -> str | None:
    return state.name if state is not None else None
