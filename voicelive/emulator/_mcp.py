"""MCP servers whose tools the local server calls itself: plain Python functions under the labels that a session names."""

import functools
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ._workers import Workers
from .engines.responder import is_asynchronous


@dataclass(frozen=True, slots=True)
class McpTool:
    """A tool of a scripted MCP server.

    Attributes:
        name: as the model calls it.
        call: takes the arguments by name; gives text, or anything that is JSON. Runs in a worker thread unless it is ``async``. What it
            raises fails the call.
        description: what it does.
        input_schema: JSON schema of its arguments.
    """

    name: str
    call: Callable[..., Any]
    description: str = ""
    input_schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "object", "properties": {}})


McpServers: TypeAlias = Mapping[str, Sequence[McpTool]]
"""Label, as in a session's ``server_label``, and the server's tools."""


def check_servers(servers: Mapping[str, Sequence[object]]) -> None:
    """See that every tool is one.

    Raises:
        TypeError: something else, such as a plain function.
    """
    for label, tools in servers.items():
        for tool in tools:
            if not isinstance(tool, McpTool):
                name = getattr(tool, "__name__", "...")
                raise TypeError(
                    f"MCP server {label!r} has {tool!r:.60}, which is no McpTool; a function is one as McpTool({name!r}, {name})"
                )


@dataclass(frozen=True, slots=True)
class McpCall:
    """A call that the model makes and the local server runs.

    Attributes:
        server_label: which server.
        name: which tool.
        arguments: JSON text.
    """

    server_label: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Offered:
    """A tool that a session may use."""

    server_label: str
    tool: McpTool
    needs_approval: bool


def offered(settings: Sequence[Mapping[str, Any]], servers: McpServers) -> list[Offered]:
    """The MCP tools that a session's ``tools`` open: those of known servers, restricted by ``allowed_tools``."""
    return [
        Offered(each["server_label"], tool, _needs_approval(each.get("require_approval"), tool.name))
        for each in settings
        if each["type"] == "mcp"
        for tool in servers.get(each["server_label"], ())
        if each.get("allowed_tools") is None or tool.name in each["allowed_tools"]
    ]


def _needs_approval(policy: Any, name: str) -> bool:
    """One mode, or a map from mode to names; ``always`` unless said otherwise (API reference, MCPServer)."""
    if isinstance(policy, Mapping):
        return name not in (policy.get("never") or ())
    return bool(policy != "never")


def as_declared(each: Offered) -> dict[str, Any]:
    """The tool as a responder sees it, in the form of a function tool."""
    tool = each.tool
    return {
        "type": "mcp",
        "server_label": each.server_label,
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.input_schema),
    }


def as_listed(tool: McpTool) -> dict[str, Any]:
    """The tool as an ``mcp_list_tools`` item has it."""
    return {"name": tool.name, "description": tool.description, "input_schema": dict(tool.input_schema)}


async def run(call: McpCall, servers: McpServers, workers: Workers) -> str:
    """Run a call and give its output as text.

    Args:
        call: the call.
        servers: label -> tools.
        workers: run a tool that may block.

    Raises:
        LookupError: the server or the tool is gone.
        Exception: whatever the tool raises.
    """
    tool = next((tool for tool in servers.get(call.server_label, ()) if tool.name == call.name), None)
    if tool is None:
        raise LookupError(f"server {call.server_label!r} has no tool {call.name!r}")
    work = functools.partial(tool.call, **json.loads(call.arguments))
    given = work() if is_asynchronous(tool.call) else await workers.run(work)
    output = await given if inspect.isawaitable(given) else given
    return output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
