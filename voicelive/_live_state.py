"""What a connection knows because of the events that went over it, as its user sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from voicelive_proto import Connection, UnexpectedEvent
    from voicelive_proto.state import ConversationTracker, InputAudioTracker, ResponseTracker, SessionTracker

    from .exceptions import ConnectionClosed

MAX_MALFORMED_FRAMES: Final = 32
"""So many records of malformed frames are kept, the newest."""


class MalformedFrameRecord(NamedTuple):
    """What is kept of a frame from the service that is no event.

    Attributes:
        problem: what is wrong, in words.
        path: where, such as ``$.session.tools[0].name``; ``$`` for the frame as a whole.
        event_type: wire name of the event, or None when it has none.
        excerpt: the frame's first bytes, at most 120.
    """

    problem: str
    path: str
    event_type: str | None
    excerpt: bytes


class Resumed(NamedTuple):
    """How a connection took over from one that was lost; ``connection.resumed`` of ``stay_connected()``.

    Attributes:
        cause: how the last one ended.
        reconnects: how often the conversation has moved so far, from 1.
        lost: what could not be brought over, a sentence each: items, settings, what was going on.
    """

    cause: ConnectionClosed
    reconnects: int
    lost: tuple[str, ...]


class ConnectionState:
    """What is known of a connection because of the events that went over it; read only.

    It holds facts, never audio, and is bounded: old responses and items are let go.
    """

    __slots__ = ("_core",)

    def __init__(self, core: Connection) -> None:
        self._core = core

    def __repr__(self) -> str:
        core = self._core
        items, responses = len(core.conversation.items), len(core.responses)
        return f"<{type(self).__name__} session {core.session.id} {core.session.state.name}, {items} items, {responses} responses>"

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
