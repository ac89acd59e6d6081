"""Real MCP servers, over streamable HTTP with the official ``mcp`` package; their tools become `McpTool` objects like scripted ones.

Every listing and every call opens a connection of its own: a session may wait for minutes between two calls, and a server that was
restarted meanwhile must not break the next.
"""

import asyncio
import functools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from .._endpoint import is_loopback
from ._mcp import McpTool
from .engines._extra import import_extra

Reach: TypeAlias = Literal["none", "loopback", "any"]
"""Which MCP servers may be called that a client names: an address that anybody may send is not called for everybody."""

TIMEOUT_S = 60.0
MAX_PAGES = 100


class McpError(Exception):
    """The MCP server could not be reached, or says that a call failed."""


def is_within(reach: Reach, url: str) -> bool:
    """Whether this server may call that address."""
    if reach != "loopback":
        return reach == "any"
    return is_loopback(urlsplit(url).hostname or "")


async def remote_tools(setting: Mapping[str, Any]) -> list[McpTool]:
    """The tools of a server.

    Args:
        setting: the ``mcp`` tool of a session: ``server_url``, and ``authorization`` and ``headers`` if it needs them.

    Raises:
        McpError: it cannot be reached, or is no MCP server.
        ImportError: the extra ``mcp`` is not installed.
    """
    tools: list[McpTool] = []
    async with _connected(setting) as client:
        cursor = None
        for _ in range(MAX_PAGES):
            page = await client.list_tools(cursor=cursor)
            tools += (
                McpTool(tool.name, functools.partial(_call, setting, tool.name), tool.description or "", tool.input_schema)
                for tool in page.tools
            )
            cursor = page.next_cursor
            if cursor is None:
                break
    return tools


async def _call(setting: Mapping[str, Any], name: str, /, **arguments: Any) -> Any:
    """Call a tool: its text, or what it gives as JSON.

    Raises:
        McpError: the server cannot be reached, or says that the call failed.
    """
    async with _connected(setting) as client:
        result = await client.call_tool(name, arguments)
    text = "\n".join(part.text for part in result.content if part.type == "text")
    if result.is_error:
        raise McpError(text or "the tool failed")
    return text or result.structured_content or ""


@asynccontextmanager
async def _connected(setting: Mapping[str, Any]) -> AsyncIterator[Any]:
    """A connection to the server of a session's ``mcp`` tool."""
    mcp, http = await asyncio.to_thread(_library)  # which takes a second, the first time
    headers = dict(setting.get("headers") or {})
    if setting.get("authorization"):
        headers["Authorization"] = f"Bearer {setting['authorization'].removeprefix('Bearer ')}"
    url = setting["server_url"]
    try:
        async with http.create_mcp_http_client(headers=headers) as http_client:
            transport = http.streamable_http_client(url, http_client=http_client)
            async with mcp.Client(transport, read_timeout_seconds=TIMEOUT_S) as client:
                yield client
    except Exception as error:
        cause: BaseException = error
        while isinstance(inner := getattr(cause, "exceptions", None), tuple):
            cause = inner[0]
        raise McpError(f"{url} does not answer as an MCP server: {type(cause).__name__}: {cause}") from error


def _library() -> tuple[Any, Any]:
    purpose = "calling MCP servers"
    return import_extra("mcp", purpose, "mcp"), import_extra("mcp.client.streamable_http", purpose, "mcp")
