"""What is judged, in one shape: a client event as plain JSON and as models, with what is known of the connection around it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from msgspec import UNSET, Struct
from msgspec.structs import astuple, fields

from .._connection import Connection
from .._convert import from_mapping
from .._plain import EXTRA_FIELD, shallow, shown
from ..client_events import ClientEvent
from ..errors import MalformedFrame
from ..responses import ResponseCreateParams
from ..session import RequestSession, ResponseSession
from ._json import as_json

Problem = tuple[str, str]
"""Path and message."""

_SETTINGS_KEY = {"session.update": "session", "rtc.call.sdp.create": "session", "response.create": "response"}
_ITEM_LISTS = ("append_input_items", "input_items")


@dataclass(frozen=True)
class Node:
    """A model somewhere inside the event; ``keys`` are the wire keys that are present, with their stored values."""

    path: str
    model: Any
    keys: Mapping[str, Any]

    def at(self, key: str) -> str:
        """Path of one of its keys."""
        return f"{self.path}.{key}" if self.path else key


@dataclass(frozen=True)
class Subject:
    """An event and its surroundings.

    Attributes:
        event: The event as plain JSON; settings that came alone are wrapped in the event that carries them.
        nodes: Every model inside the event, the event first. A value of the wrong type is left out here.
        json_problems: Values without a form in JSON; they are left out of all else.
        type_problems: Values of the wrong type.
        model: Name of the session's model, lower case; None when it is not known.
        api_version: The service's ``api-version``, or None.
        in_force: The session's settings in force by wire name; empty when they are not known.
        buffered_ms: Milliseconds of audio in the input buffer, or None.
        connection: The connection that it is to be sent on, or None.
    """

    event: Mapping[str, Any]
    nodes: tuple[Node, ...]
    json_problems: tuple[Problem, ...]
    type_problems: tuple[Problem, ...]
    model: str | None
    api_version: str | None
    in_force: Mapping[str, Any]
    buffered_ms: int | None
    connection: Connection | None

    @property
    def type(self) -> str:
        """Wire name of the event."""
        return str(self.event.get("type"))

    @property
    def settings(self) -> Mapping[str, Any]:
        """The session's or response's settings in the event; empty for an event without any."""
        return mapping(self.event.get(_SETTINGS_KEY[self.type])) if self.type in _SETTINGS_KEY else {}

    @property
    def session_settings(self) -> Mapping[str, Any]:
        """The session's settings in the event; empty for every event but those that change the session."""
        return self.settings if self.type != "response.create" else {}

    def at(self, key: str) -> str:
        """Path of one of the settings."""
        return f"{_SETTINGS_KEY[self.type]}.{key}"

    def effective(self, key: str) -> Any:
        """A setting as it will be: from the event, else as it is in force, else None."""
        return self.settings.get(key, self.in_force.get(key))

    def changes(self, key: str) -> bool:
        """Whether the event gives a setting a value other than null."""
        return self.settings.get(key) is not None

    def items(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Path and object of every conversation item in the event."""
        found = {"item": self.event.get("item")} if self.type == "conversation.item.create" else self._context_items()
        yield from ((path, item) for path, item in found.items() if isinstance(item, Mapping))

    def _context_items(self) -> dict[str, Any]:
        found = {f"{self.at(key)}[{index}]": item for key in _ITEM_LISTS for index, item in enumerate(array(self.settings.get(key)))}
        if "pre_generated_assistant_message" in self.settings:
            found[self.at("pre_generated_assistant_message")] = self.settings["pre_generated_assistant_message"]
        return found

    def parts(self) -> Iterator[tuple[str, Any, Mapping[str, Any]]]:
        """Path, message's role and object of every content part in the event."""
        for path, item in self.items():
            for index, part in enumerate(array(item.get("content"))):
                if isinstance(part, Mapping):
                    yield f"{path}.content[{index}]", item.get("role"), part


def subject_of(
    given: object,
    *,
    model: str | None,
    api_version: str | None,
    session: Mapping[str, Any] | RequestSession | ResponseSession | None,
    buffered_ms: int | None,
    connection: Connection | None,
) -> Subject:
    """Bring what is judged into one shape.

    Raises:
        TypeError: it is nothing that a client sends.
    """
    if connection is not None and not connection.track:
        connection = None  # it knows nothing
    if connection is not None:
        session = _asked_for(connection) if session is None else session
        buffered_ms = _held_ms(connection) if buffered_ms is None else buffered_ms
    event, json_problems = as_json(_as_event(given))
    typed, type_problems = _typed(event)
    in_force = mapping(as_json(session)[0])
    named = model or in_force.get("model") or mapping(event.get("session")).get("model")
    return Subject(
        event=event,
        nodes=tuple(_nodes(typed, "")),
        json_problems=json_problems,
        type_problems=type_problems,
        model=named.lower() if isinstance(named, str) else None,
        api_version=api_version,
        in_force=in_force,
        buffered_ms=buffered_ms,
        connection=connection,
    )


def _asked_for(connection: Connection) -> dict[str, Any]:
    """The settings that will be in force when what is sent now arrives: with the updates that were not answered yet."""
    return connection.session.expected if connection.session.config else {}


def _held_ms(connection: Connection) -> int | None:
    """Milliseconds in the input buffer when what is sent now arrives; None in a format that is not known."""
    return connection.input_audio.next_commit_ms if connection.input_audio.format is not None else None


def mapping(value: Any) -> Mapping[str, Any]:
    """The value, or an empty mapping when it is none."""
    return value if isinstance(value, Mapping) else {}


def array(value: Any) -> list[Any]:
    """The value, or an empty list when it is none."""
    return value if isinstance(value, list) else []


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether it is a JSON number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def quote(value: Any) -> str:
    """A value for a message, short."""
    return shown("", value)


def _as_event(given: object) -> Mapping[Any, Any]:
    """The event's keys; what they hold is still as it was given."""
    if isinstance(given, RequestSession):
        return {"type": "session.update", "session": given}
    if isinstance(given, ResponseCreateParams):
        return {"type": "response.create", "response": given}
    if isinstance(given, ClientEvent) or (isinstance(given, Mapping) and not isinstance(given, Struct)):
        keys = shallow(given) if isinstance(given, Struct) else given
        return keys if isinstance(keys.get("type"), str) else _wrapped(keys)
    msg = f"can judge a client event, a RequestSession, a ResponseCreateParams or a mapping of their keys, not {type(given).__name__}"
    raise TypeError(msg)


def _wrapped(settings: Mapping[Any, Any]) -> Mapping[str, Any]:
    """Settings without a type: of the session, unless more of the keys are those of a response."""
    session, response = (
        len(settings.keys() & {field.encode_name for field in fields(cls)}) for cls in (RequestSession, ResponseCreateParams)
    )
    if response > session:
        return {"type": "response.create", "response": settings}
    return {"type": "session.update", "session": settings}


def _typed(event: Mapping[str, Any]) -> tuple[Any, tuple[Problem, ...]]:
    """The event as models. What has the wrong type is a problem, and left out."""
    problems: list[Problem] = []
    typed = _attempt(event)
    while isinstance(typed, MalformedFrame):
        problems.append((typed.path.removeprefix("$."), typed.problem))
        event = _without(event, _innermost_key(typed.path))
        typed = _attempt(event)
    return typed, tuple(problems)


def _attempt(event: Mapping[str, Any]) -> Any:
    try:
        return from_mapping(ClientEvent, event)
    except MalformedFrame as error:
        return error


def _innermost_key(path: str) -> list[str | int]:
    """The steps to the last key on a path; of a list's element that is the list."""
    steps = [key or int(index) for key, index in re.findall(r"\.(\w+)|\[(\d+)\]", path)]
    while isinstance(steps[-1], int):
        steps.pop()
    return steps


def _without(value: Any, steps: list[str | int]) -> Any:
    here, *rest = steps
    if not rest:
        return {key: item for key, item in value.items() if key != here}
    changed = _without(value[here], rest)
    if isinstance(here, int):
        return [*value[:here], changed, *value[here + 1 :]]
    return {**value, here: changed}


def _nodes(value: Any, path: str) -> Iterator[Node]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _nodes(item, f"{path}[{index}]")
    elif isinstance(value, Struct):
        keys = {
            key: item
            for key, item in zip(type(value).__struct_encode_fields__, astuple(value), strict=True)
            if item is not UNSET and key != EXTRA_FIELD
        }
        node = Node(path, value, keys)
        yield node
        for key, item in keys.items():
            yield from _nodes(item, node.at(key))
