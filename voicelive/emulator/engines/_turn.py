"""What passes between the server and a responder."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
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
        tools: function tools as the client declared them, ``name``, ``description``, ``parameters`` (a JSON schema); and in the same form
            the tools of its MCP servers, with ``type`` ``mcp`` and ``server_label``, which this server calls itself.
        tool_choice: ``auto``, ``none``, ``required``, or ``{"type": "function", "name": ...}``.
        tool_outputs: what called tools gave, not yet answered.
        items: the conversation's items as the client sees them, oldest first, with the recognised words in the place of speech.
        temperature: the session's, or the response's own.
        max_output_tokens: ceiling of the answer; None for no ceiling.
    """

    history: tuple[Utterance, ...] = ()
    text: str | None = None
    instructions: str = ""
    tools: tuple[Mapping[str, Any], ...] = ()
    tool_choice: Any = "auto"
    tool_outputs: tuple[str, ...] = ()
    items: tuple[Mapping[str, Any], ...] = ()
    temperature: float | None = None
    max_output_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """Say this.

    Attributes:
        text: the words.
        annotations: citations in them, such as ``{"type": "file_citation", "file_id": "file-1", "index": 4}``; told when it is spoken.
    """

    text: str
    annotations: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class ToolCall:
    """Call a tool: of a function the client is told, an MCP tool is called by the server, once it is approved if it has to be.

    Attributes:
        name: one of the turn's tools.
        arguments: its arguments, a JSON object.
    """

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A piece of a function call that is still being decided.

    Attributes:
        arguments: the next piece of its arguments' JSON text.
        name: one of the turn's tools, in the first piece of a call; None in those that follow.
    """

    arguments: str = ""
    name: str | None = None


@dataclass(frozen=True, slots=True)
class WebSearch:
    """Show a search of the web, which the service would have made. What it found is for the answer to say."""


@dataclass(frozen=True, slots=True)
class FileSearch:
    """Show a search of the service in its files.

    Attributes:
        queries: what was looked for.
        results: what was found, each with ``file_id``, ``filename``, ``score``, ``text``, ``attributes``; the client sees it if its session
            includes ``file_search_call.results``.
    """

    queries: Sequence[str]
    results: Sequence[Mapping[str, Any]] = ()


Piece: TypeAlias = str | Reply | ToolCall | ToolCallDelta | WebSearch | FileSearch
"""What an answer is made of. Pieces of text that follow each other are one message, as are those of a function call one call."""

Answer: TypeAlias = str | AsyncIterator[Piece] | Iterator[Piece] | Reply | ToolCall | Sequence[Reply | ToolCall | WebSearch | FileSearch]
Responder: TypeAlias = Callable[[Turn], Awaitable[Answer] | Answer]
"""Decides the answer to a turn. An ``async def`` that returns an answer, or an async generator of its pieces.

A plain function that returns an answer, or a plain generator, does too; it runs in a worker thread, so it may block.
"""


def is_asynchronous(responder: Callable[..., Any]) -> bool:
    """Whether a call of this gives a coroutine or an asynchronous generator, and so cannot block by itself."""
    call = responder if inspect.isroutine(responder) else type(responder).__call__
    return inspect.iscoroutinefunction(call) or inspect.isasyncgenfunction(call)
