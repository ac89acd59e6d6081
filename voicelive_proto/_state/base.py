"""What trackers have in common: a row of a table for an event, and the move along it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .._plain import declared_class
from .tables import State, Table


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much history a connection keeps; what is over goes, the oldest first. A ten-hour call costs what a ten-minute call does.

    Attributes:
        max_responses: Finished responses.
        max_items: Conversation items.
        max_text_chars: Characters of text and transcript, in the finished responses together and in the conversation together.
        max_calls: Client turns, tool listings and tool calls, each.
        max_errors: Errors by event id, and violations, each.
    """

    max_responses: int = 100
    max_items: int = 1000
    max_text_chars: int = 2_000_000
    max_calls: int = 100
    max_errors: int = 100


@dataclass(frozen=True)
class Row:
    """Where an event finds the entity that it is about.

    Attributes:
        entity: the table's name, such as ``"response"``.
        table: the entity's table.
        state: the entity's state now; None when it does not exist.
        name: the entity's id for messages, or an empty string.
    """

    entity: str
    table: Table
    state: State | None
    name: str = ""

    def target(self, column: object) -> State | None:
        """The state that this input leads to, or None when the row does not allow it."""
        return self.table[self.state].get(column)

    def refusal(self, event: Any) -> str:
        """A sentence that says why the event may not come now, and what may."""
        state = f"in state {self.state.name}" if self.state is not None else "which does not exist"
        allowed = sorted({(key[0] if isinstance(key, tuple) else key).type for key in self.table[self.state]})
        subject = f"{self.entity} {self.name!r}" if self.name else self.entity
        return f"{event['type']} for the {subject} {state}; allowed are: {', '.join(allowed) or 'no events'}"


class Tracker(Protocol):
    """A reducer over the events of one kind of entity."""

    routes: Mapping[str, Callable[[Any], None]]
    """Wire name -> what the event does to the state. Tolerant: an event out of order repairs what it needs."""

    quick: Mapping[str, Callable[[Any], bool]]
    """Wire name -> the same for the events of the audio path, when they are plainly in order; False leaves them to the tables."""

    def row(self, event: Any) -> Row | None:
        """The row that judges the event, or None when no table does. Called before the event is applied."""


def column(event: Any) -> object:
    """The table column of an event."""
    return declared_class(type(event))
