"""When the calls of MCP tools run: after their response, which then ends with the calls' arguments, or in it.

What a client waits for decides which order it needs: the official Python sample for ``response.done``, and only then for the call's
``response.mcp_call.completed``; a client that reads the call's output in ``response.done`` for the other one.
"""

from typing import Literal, TypeAlias, get_args

from ._engine_watch import watched
from ._errors import EngineFailed
from ._limits import ServerLimits
from ._mcp import McpCall, McpServers, run
from ._mcp_item import McpCallItem
from ._stream import ResponseStream
from ._tasks import Tasks
from ._text import pieces
from ._wire import Wire
from ._workers import Workers

McpCallsEnd: TypeAlias = Literal["after_response", "in_response"]
"""Where a call's ``response.mcp_call.in_progress``, its end and its ``response.output_item.done`` stand: after ``response.done``, as the
official Python sample demands, or before it, as in the service's documentation."""

MCP_CALLS_END: tuple[str, ...] = get_args(McpCallsEnd)


class McpCalls:
    """Runs the calls of MCP tools of one session.

    Args:
        wire: holds the arguments back while the client reads slowly.
        servers: label -> tools.
        end: whether calls end in their response.
        tasks: what runs those that do not.
        limits: how long such a call may take.
        workers: run tools that may block.
    """

    def __init__(self, wire: Wire, servers: McpServers, end: McpCallsEnd, *, tasks: Tasks, limits: ServerLimits, workers: Workers) -> None:
        self._alone: list[McpCallItem] = []
        self._wire = wire
        self._servers = servers
        self._end = end
        self._tasks = tasks
        self._limits = limits
        self._workers = workers

    @property
    def running(self) -> int:
        """How many calls run whose response has ended."""
        return sum(item.is_open for item in self._alone)

    async def call(self, stream: ResponseStream, call: McpCall) -> None:
        """Add a call to a response, and run it if calls end in their response.

        Raises:
            OutOfTokens: the response's ceiling was reached; the call won't run.
        """
        item = stream.open_mcp_call(call)
        if item is None:
            return
        for piece in pieces(call.arguments):
            await self._wire.has_room()
            stream.add_mcp_arguments(item, piece)
        item.close_arguments()
        if self._end == "in_response":
            await self._run(item)

    def go_on(self, stream: ResponseStream) -> None:
        """Run the calls that a response has left, now that it has ended."""
        for item in stream.mcp_calls:
            if item.is_open:
                self._alone.append(item)
                self._tasks.start(self._run_alone(item))

    async def _run_alone(self, item: McpCallItem) -> None:
        try:
            await watched(self._run(item), lambda: item.is_open, self._limits)
        except EngineFailed as error:
            item.end(error=str(error))
        finally:
            self._alone.remove(item)

    async def _run(self, item: McpCallItem) -> None:
        """Run a call; whatever its tool raises is the call's failure, not the response's."""
        item.begin()
        try:
            output = await run(item.call, self._servers, self._workers)
        except Exception as error:  # noqa: BLE001 - a tool may raise anything
            item.end(error=f"{type(error).__name__}: {error}")
        else:
            item.end(output=output)
