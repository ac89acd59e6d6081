"""What makes a connection a lost one, and what of it does not reach the next: shared by both facades."""

from __future__ import annotations

import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from azure.core.exceptions import ServiceRequestError, ServiceResponseError

from voicelive_proto._base import ABSENT
from voicelive_proto.client_events import ConversationItemCreate

from .exceptions import ConnectFailed, ConnectionClosed, HandshakeRejected, ReceiveTimeout

if TYPE_CHECKING:
    from typing import TypeAlias

    from voicelive_proto.client_events import ClientEvent

    from ._connection import VoiceLiveConnection
    from .sync import VoiceLiveConnection as BlockingConnection

    AnyConnection: TypeAlias = VoiceLiveConnection | BlockingConnection

_MEANT: Final = frozenset({1000, 1002, 1003, 1007, 1008, 1009, 1010})
"""Close codes that would come again: the service wanted it so, or one side broke the rules."""

_BUSY: Final = frozenset({408, 425, 429})
"""Statuses below 500 that may pass."""

_LONGEST_ASKED_S: Final = 60.0
"""A conversation is not held up for longer, whatever the service asks for."""


class Lost(NamedTuple):
    """A connection that was lost: the last one whose conversation is known in full."""

    connection: AnyConnection
    cause: ConnectionClosed
    reconnects: int
    """How often this conversation has moved, with the move that follows."""


def lost_by(connection: AnyConnection | None, error: Exception, before: Lost | None) -> Lost | None:
    """What was lost, if this is a loss: the connection ended, and ``error`` says no more than that."""
    if connection is None or not is_lost(connection) or not is_the_end(error):
        return None
    assert connection._end is not None
    cause = ConnectionClosed(*connection._end)
    if before is not None and connection.resumed is None:  # lost before it had taken over
        return before._replace(cause=cause)
    return Lost(connection, cause, (connection.resumed.reconnects if connection.resumed is not None else 0) + 1)


def is_worth_trying(error: Exception) -> bool:
    """Whether what kept a connection from being made, or from taking over, may pass."""
    if isinstance(error, HandshakeRejected):
        return error.status >= 500 or error.status in _BUSY
    return isinstance(error, (ConnectFailed, ReceiveTimeout, ServiceRequestError, ServiceResponseError))


def asked_wait_s(error: Exception) -> float:
    """Seconds that the service asks to wait: ``Retry-After`` of a refused handshake (RFC 9110 section 10.2.3), a minute at most."""
    headers = error.headers if isinstance(error, HandshakeRejected) else ()
    asked = next((value.strip() for name, value in headers if name.lower() == "retry-after"), "0")
    try:
        wait_s = float(asked) if asked.isdecimal() else parsedate_to_datetime(asked).timestamp() - time.time()
    except (ValueError, OverflowError):
        return 0.0
    return min(max(wait_s, 0.0), _LONGEST_ASKED_S)


def is_lost(connection: AnyConnection) -> bool:
    """Whether it ended, and nobody meant it so."""
    if connection._closed_by_us or connection._end is None:
        return False
    code, _ = connection._end
    last = connection._core.errors.last
    return code not in _MEANT or (code == 1000 and last is not None and last.code == "session_expired")


def is_the_end(error: Exception) -> bool:
    """Whether it says no more than that the connection is over."""
    return all(isinstance(each, ConnectionClosed) for each in _leaves(error))


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """The error, or those of a group: a conversation of several tasks raises one."""
    inner = getattr(error, "exceptions", None)
    if isinstance(inner, tuple):
        for each in inner:
            yield from _leaves(each)
    else:
        yield error


class Answers:
    """Which events of a plan await their answer, by ``event_id``, and which were refused."""

    def __init__(self) -> None:
        self.awaited: dict[str, ClientEvent] = {}
        self.refusals: list[str] = []

    def await_one(self, event_id: str, event: ClientEvent) -> ClientEvent:
        """Note an event that is sent now, and give it the id by which a refusal names it."""
        self.awaited[event_id] = event
        if isinstance(event, ConversationItemCreate):
            # Each goes to the end, which is its place: named after the one before, it would fall with it.
            return msgspec.structs.replace(event, event_id=event_id, previous_item_id=ABSENT)
        return msgspec.structs.replace(event, event_id=event_id)

    def take(self, event: Any) -> None:
        """Look at what the service sends."""
        if event.type == "error":
            if event.error is not None:
                self._refuse(event.error)
        elif event.type == "session.updated":
            self._settle(lambda each: each.type == "session.update")
        elif event.type == "conversation.item.created" and event.item is not None:
            self._settle(lambda each: each.type == "conversation.item.create" and each.item["id"] == event.item.id)

    def _settle(self, is_it: Any) -> None:
        answered = next((event_id for event_id, event in self.awaited.items() if is_it(event)), None)
        if answered is not None:
            del self.awaited[answered]

    def _refuse(self, error: Any) -> None:
        # Not every error names its event; they come in order.
        event_id: str = error.event_id or next(iter(self.awaited), "")
        event = self.awaited.pop(event_id, None)
        if event is not None:
            self.refusals.append(f"{named(event)}: the service refused it: {error.message}")


def named(event: Any) -> str:
    """What an event of a plan is about, in words."""
    return f"item {event.item['id']!r}" if event.type == "conversation.item.create" else "settings"
