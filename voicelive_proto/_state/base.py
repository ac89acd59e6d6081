"""What trackers have in common: a row of a table for an event, the move along it, and the limits of what is kept."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, get_args

from msgspec import UNSET, Struct
from msgspec.structs import astuple

from .._plain import EXTRA_FIELD, Extra, declared_class, to_plain
from ..content import AnyContentPart
from ..items import ResponseItem, ResponseMessageItem
from ..server_events import ResponseDone
from .tables import State, Table


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much history a connection keeps; what is over goes, the oldest first. A ten-hour call costs what a ten-minute call does.

    Attributes:
        max_responses: Finished responses, and as many that were never finished.
        max_items: Conversation items, and as many unanswered requests that are about them or ask for a response.
        max_text_chars: Characters in all strings of the finished responses together, of the conversation together, and of the items that
            are asked for. The last response and the last item stay, however long they are; what a response says counts when it is done.
        max_calls: Client turns, tool listings, tool calls, unanswered session updates, accepted settings that `RequestSession` does not
            have, and speech that is no item yet, each.
        max_errors: Errors by event id, and violations, each.

    Raises:
        ValueError: a limit below 1.
    """

    max_responses: int = 100
    max_items: int = 1000
    max_text_chars: int = 2_000_000
    max_calls: int = 100
    max_errors: int = 100

    def __post_init__(self) -> None:
        for name, limit in dataclasses.asdict(self).items():
            if limit < 1:
                msg = f"{name} is {limit}; a connection keeps at least 1 of each"
                raise ValueError(msg)


class Row(Struct, frozen=True, gc=False):
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

    def allows(self, column: object) -> bool:
        """Whether the input of this column may come now."""
        return column in self.table[self.state]

    def refusal(self, event: Any) -> str:
        """A sentence that says why the event may not come now, and what may."""
        state = f"in state {self.state.name}" if self.state is not None else "which does not exist"
        allowed = sorted({(key[0] if isinstance(key, tuple) else key).type for key in self.table[self.state]})
        subject = f"{self.entity} {self.name!r}" if self.name else self.entity
        return f"{event['type']} for the {subject} {state}; allowed are: {', '.join(allowed) or 'no events'}"


Routes: TypeAlias = Mapping[str, Callable[[Any, Any], None]]
"""Wire name -> function of a tracker and an event; a class has one for all its trackers."""

Quick: TypeAlias = Mapping[str, Callable[[Any, Any], bool]]
"""The same, for functions that may leave an event to the tables."""


class Tracker(Protocol):
    """A reducer over the events of one kind of entity."""

    @property
    def routes(self) -> Routes:
        """Wire name -> what the event does to the state. Tolerant: an event out of order repairs what it needs."""

    @property
    def quick(self) -> Quick:
        """Wire name -> the same for the events of the audio path, when they are plainly in order; False leaves them to the tables."""

    def row(self, event: Any) -> Row | None:
        """The row that judges the event, or None when no table does. Called before the event is applied."""


_WITHOUT_AUDIO = frozenset(part for part in get_args(AnyContentPart) if not {"audio", EXTRA_FIELD} & {*part.__struct_fields__})

_MIN_NAMES = 16
"""Of what is gone at least so many names are remembered, however low the limit is."""

_MAX_NAME_CHARS = 1000
"""A longer name is not remembered: no service makes one."""

_NO_TEXT: frozenset[Any] = frozenset({type(UNSET), type(None), bool, int, float})

_CARRIERS = frozenset(
    {"conversation.item.created", "conversation.item.retrieved", "response.output_item.added", "response.output_item.done"}
)
"""Events that carry the item that they are about."""

_STATUSES = frozenset({"completed", "cancelled", "failed", "incomplete", "in_progress", None})


def column(event: Any) -> object:
    """The table column of an event: its class; for ``response.done`` a pair of class and status.

    A status of a newer service ends a response like any other: it counts as ``completed``.
    """
    kind = declared_class(type(event))
    if kind is not ResponseDone:
        return kind
    status = event.response.status if event.response is not None else None
    return kind, status if status in _STATUSES else "completed"


def text_chars(value: Any) -> int:
    """Characters in all the strings of a model or plain value."""
    chars, nodes = 0, [value]
    for node in nodes:  # which grows meanwhile
        kind = node.__class__
        if kind is str:
            chars += len(node)
        elif kind in _NO_TEXT:
            continue
        elif kind is list:
            nodes += node
        elif kind is dict:
            nodes += node.values()
        elif kind is Extra:
            nodes += node.keys.values()
        elif isinstance(node, Struct):
            nodes += astuple(node)
    return chars


def without_audio(item: Any) -> Any:
    """The item, with the audio that a message's parts may carry left out: state keeps facts, never audio."""
    content = item.content if isinstance(item, ResponseMessageItem) else None
    if all(type(part) in _WITHOUT_AUDIO or not part.get("audio") for part in content or ()):
        return item
    plain = to_plain(item)
    for part in plain["content"]:
        part.pop("audio", None)
    return ResponseItem.from_dict(plain)


def remember(names: dict[str, None], name: str, limit: int) -> None:
    """Add a name of what is gone, so that a late event does not bring it back; the oldest goes when there are too many."""
    if len(name) <= _MAX_NAME_CHARS:
        names[name] = None
    if len(names) > max(limit, _MIN_NAMES):
        del names[next(iter(names))]


def type_of(model: Any) -> str | None:
    """The wire type of an item or content part; None where there is none, or no text."""
    kind = getattr(model, "type", None)
    return kind if isinstance(kind, str) else None


def item_id_of(event: Any) -> str:
    """The item that an event is about, or an empty string; some carry the item itself."""
    if event.type in _CARRIERS:
        return event.item.id or "" if event.item is not None else ""
    return event.item_id or ""
