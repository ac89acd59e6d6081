"""Giving an answer: text is said or written, functions are left to the client to call, MCP tools are called here."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

from ._errors import Incomplete
from ._interim import Filler
from ._mcp import McpCall, McpServers, Offered, offered
from ._mcp_calls import McpCalls
from ._speaking import Speaker
from ._stream import ResponseStream
from ._text import pieces
from ._wire import Wire
from .engines.responder import FileSearch, Reply, ToolCall, ToolCallDelta, WebSearch

_TOOLS = (ToolCall, ToolCallDelta, WebSearch, FileSearch)


class Output:
    """Makes the items of one response out of what a responder gives.

    Args:
        stream: the response.
        speaker: says text.
        mcp: the MCP servers whose tools are called here.
        calls: what calls them.
        filler: what is said while they wait.
        wire: holds arguments back while the client reads slowly.
    """

    def __init__(self, stream: ResponseStream, speaker: Speaker, mcp: McpServers, calls: McpCalls, *, filler: Filler, wire: Wire) -> None:
        self._stream = stream
        self._speaker = speaker
        self._mcp = mcp
        self._calls = calls
        self._filler = filler
        self._wire = wire
        self._open: ToolCallDelta | None = None
        """All that has come of the call that still comes."""

    async def give(self, answer: Any) -> None:
        """Give a whole answer, or one that comes in pieces, as they come.

        Raises:
            Incomplete: the response's ceiling was reached, or the responder says that there is more than it gives.
            TypeError: this is no answer.
        """
        if isinstance(answer, AsyncIterator):
            await self._give_pieces(answer)
        elif isinstance(answer, (list, tuple)):
            for one in answer:
                await self.give(one)
        else:
            await self._add(answer)
            await self._finish()

    async def _give_pieces(self, pieces: AsyncIterator[Any]) -> None:
        anything = False
        async with AsyncExitStack() as stack:
            if isinstance(pieces, AsyncGenerator):  # its own end must not wait for the garbage collector
                stack.push_async_callback(pieces.aclose)
            try:
                async for piece in pieces:
                    anything = True
                    await self._add(piece)
            except Incomplete:
                if self._open is None:
                    await self._speaker.flush()
                raise
        if not anything:
            await self._add("")
        await self._finish()

    async def _add(self, piece: Any) -> None:
        if not self._stream.is_open or self._wire.is_closed:
            await asyncio.sleep(0)  # nothing makes it wait any more, and it has to hear that it is cancelled
        if isinstance(piece, ToolCallDelta) and piece.name is None:
            await self._add_arguments(piece.arguments)
            return
        await (self._filler.before_tool() if isinstance(piece, _TOOLS) else self._filler.settle())
        if not isinstance(piece, str):
            await self._speaker.finish()
        await self._close_call()
        if isinstance(piece, str):
            await self._speaker.add(piece)
        elif isinstance(piece, Reply):
            await self._speaker.add(piece.text)
            self._speaker.cite(piece.annotations)
        elif isinstance(piece, WebSearch):
            self._stream.search("web")
        elif isinstance(piece, FileSearch):
            self._stream.search("file", queries=list(piece.queries), results=[dict(each) for each in piece.results])
        elif isinstance(piece, ToolCallDelta):
            await self._open_call(piece)
        elif isinstance(piece, ToolCall):
            await self._call(piece.name, json.dumps(piece.arguments, ensure_ascii=False, separators=(",", ":")))
        else:
            raise TypeError(f"a responder answers with text, a Reply, a ToolCall or a list of them, not {type(piece).__name__}")

    async def _finish(self) -> None:
        await self._speaker.finish()
        await self._close_call()

    async def _open_call(self, first: ToolCallDelta) -> None:
        assert first.name is not None
        self._open = ToolCallDelta(name=first.name)
        if self._mcp_tool(first.name) is None:
            self._stream.open_call(first.name)
        await self._add_arguments(first.arguments)

    async def _add_arguments(self, arguments: str) -> None:
        """The client sees the arguments of its functions at once; an MCP tool needs all of its own."""
        if self._open is None:
            raise TypeError("the first ToolCallDelta of a call needs the tool's name")
        self._open = ToolCallDelta(self._open.arguments + arguments, self._open.name)
        if arguments:
            await self._wire.has_room()
            self._stream.add_arguments(arguments)

    async def _close_call(self) -> None:
        call, self._open = self._open, None
        self._stream.close_call()
        if call is not None and call.name is not None and self._mcp_tool(call.name) is not None:
            await self._call(call.name, call.arguments)

    def _mcp_tool(self, name: str) -> Offered | None:
        return next((each for each in offered(self._stream.plan.tools, self._mcp) if each.tool.name == name), None)

    async def _call(self, name: str, arguments: str) -> None:
        """A function tool is the client's to call; an MCP tool is called here, once it may be."""
        tool = self._mcp_tool(name)
        if tool is None:
            self._stream.open_call(name)
            for piece in pieces(arguments):
                await self._wire.has_room()
                self._stream.add_arguments(piece)
            self._stream.close_call()
            return
        call = McpCall(tool.server_label, name, arguments)
        if tool.needs_approval:
            self._stream.request_approval(call)
        else:
            await self._calls.call(self._stream, call)
