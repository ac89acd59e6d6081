"""Entities that are no more than a state by id: client turns, tool lists and calls, the avatar; and the errors by event id."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, cast

from ..error_details import ServerEventErrorDetails, named_event
from .base import Quick, Routes, Row, column
from .tables import AVATAR, CLIENT_TURN, TOOL_CALL, TOOL_LIST, AvatarState, State, Table


class StateById(Mapping[str, State]):
    """The states of one kind of entity by id, straight from its table; of more than ``max_kept`` the oldest that is over goes first.

    Args:
        entity: Name of the table.
        table: The table.
        key: Attribute of the events that names the entity, or None when a session has only one.
        first: State of an entity that no event made.
        max_kept: How many are kept.
    """

    quick: ClassVar[Quick] = {}

    def __init__(self, entity: str, table: Table, *, key: str | None, first: State | None = None, max_kept: int) -> None:
        self._entity = entity
        self._table = table
        self._key = key
        self._first = first
        self._max_kept = max_kept
        self._states: OrderedDict[str, State] = OrderedDict()

    def __getitem__(self, name: str | None) -> State:
        return self._states[cast("str", name)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._states)

    def __len__(self) -> int:
        return len(self._states)

    @property
    def routes(self) -> Routes:
        """Every event that the table knows."""
        return dict.fromkeys([kind.type for row in self._table.values() for kind in row], StateById._apply)

    def row(self, event: Any) -> Row | None:
        """The row of the entity that the event names."""
        name = self._name(event)
        return Row(self._entity, self._table, self._states.get(name, self._first), name)

    def _name(self, event: Any) -> str:
        return getattr(event, self._key) or "" if self._key is not None else ""

    def _apply(self, event: Any) -> None:
        """Follow the table; out of order, go where the event leads from anywhere."""
        name, kind = self._name(event), column(event)
        row = self._table[self._states.get(name, self._first)]
        self._states[name] = row[kind] if kind in row else next(row[kind] for row in self._table.values() if kind in row)
        if len(self._states) > self._max_kept:
            over = (name for name, state in self._states.items() if not self._table[state])
            del self._states[next(over, next(iter(self._states)))]


class ErrorTracker(Mapping[str, ServerEventErrorDetails]):
    """The last error for each client ``event_id``; the oldest go when there are more than ``max_kept``.

    Attributes:
        last: The last error, whether or not it names an event.
    """

    def __init__(self, *, max_kept: int) -> None:
        self.last: ServerEventErrorDetails | None = None
        self._max_kept = max_kept
        self._errors: OrderedDict[str, ServerEventErrorDetails] = OrderedDict()

    def __getitem__(self, event_id: str | None) -> ServerEventErrorDetails:
        return self._errors[cast("str", event_id)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._errors)

    def __len__(self) -> int:
        return len(self._errors)

    def row(self, _event: Any) -> Row | None:
        """An error may come at any time."""
        return None

    def _on_error(self, event: Any) -> None:
        self.last = event.error
        event_id = named_event(event.error)
        if event_id is not None:
            self._errors[event_id] = event.error
            self._errors.move_to_end(event_id)
            while len(self._errors) > self._max_kept:
                self._errors.popitem(last=False)

    routes: ClassVar[Routes] = {"error": _on_error}
    quick: ClassVar[Quick] = {}


def client_turns(max_kept: int) -> StateById:
    """States of client-controlled turns by ``turn_id``."""
    return StateById("client turn", CLIENT_TURN, key="turn_id", max_kept=max_kept)


def tool_lists(max_kept: int) -> StateById:
    """States of tool listings by item id."""
    return StateById("tool list", TOOL_LIST, key="item_id", max_kept=max_kept)


def tool_calls(max_kept: int) -> StateById:
    """States of calls that the service makes itself, by item id."""
    return StateById("tool call", TOOL_CALL, key="item_id", max_kept=max_kept)


def avatar() -> StateById:
    """State of the one avatar, under the empty id."""
    return StateById("avatar", AVATAR, key=None, first=AvatarState.OFF, max_kept=1)
