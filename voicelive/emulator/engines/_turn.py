"""What passes between the server and a responder."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something said earlier.

    Attributes:
        role: ``user``, ``assistant`` or ``system``.
        text: the words.
    """

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Turn:
    """What a responder is told.

    Attributes:
        history: all that was said, oldest first, the last user's words included.
        text: the last user's words; None when speech could not be made out.
        instructions: the session's, or the response's own.
        tools: function tools as the client declared them: ``name``, ``description``, ``parameters`` (a JSON schema).
        tool_choice: ``auto``, ``none``, ``required``, or ``{"type": "function", "name": ...}``.
        tool_outputs: what called tools gave, not yet answered.
    """

    history: tuple[Utterance, ...] = ()
    text: str | None = None
    instructions: str = ""
    tools: tuple[Mapping[str, Any], ...] = ()
    tool_choice: Any = "auto"
    tool_outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """Say this."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """Call a function tool.

    Attributes:
        name: one of the turn's tools.
        arguments: its arguments, a JSON object.
    """

    name: str
    arguments: Mapping[str, Any]


Answer: TypeAlias = str | AsyncIterator[str] | Reply | ToolCall | Sequence[Reply | ToolCall]
Responder: TypeAlias = Callable[[Turn], Awaitable[Answer] | AsyncIterator[str]]
"""Decides the answer to a turn. An ``async def`` that returns an answer, or an async generator of its text."""
