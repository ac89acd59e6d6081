"""Real MCP servers of the official package, over HTTP on this machine."""

import asyncio
import json
import sys
from contextlib import asynccontextmanager

import pytest
import uvicorn
from emulator.support_server import client
from emulator.test_server_mcp import kinds
from mcp.server import MCPServer, Server
from mcp.types import CallToolResult, ListToolsResult, Tool
from support import port_of_nobody

from voicelive.emulator import McpTool, ServerLimits, ToolCall, serve
from voicelive.emulator._mcp_listing import MAX_ASKED_AT_ONCE
from voicelive.emulator._mcp_remote import MAX_PAGES, is_within

pytestmark = pytest.mark.anyio


def harbour():
    """An MCP server with a tool that answers, one that gives data, one that fails, and one that waits."""
    server = MCPServer("harbour", log_level="CRITICAL")

    @server.tool(description="Lists the departures.")
    def departures(before: str) -> str:
        return f"14:25, before {before}"

    @server.tool()
    def piers() -> list[int]:
        return [3, 4]

    @server.tool()
    def sink() -> str:
        raise OSError("under water")

    @server.tool()
    async def wait() -> str:
        await asyncio.sleep(60)
        return "too late"

    return server


class OnlyWith:
    """Answers 401 to requests without a header."""

    def __init__(self, app, name, value):
        self.app = app
        self.header = (name.encode(), value.encode())

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http" and self.header not in scope["headers"]:
            await send({"type": "http.response.start", "status": 401, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        await self.app(scope, receive, send)


class HttpServer(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config):
        super().__init__(config)
        self.listens = asyncio.Event()

    async def startup(self, sockets=None):
        await super().startup(sockets)
        self.listens.set()


@asynccontextmanager
async def running(app):
    """The address of a server that runs while the block does."""
    server = HttpServer(uvicorn.Config(app, port=0, log_level="critical", ws="none", timeout_graceful_shutdown=1))
    running = asyncio.create_task(server.serve())
    await server.listens.wait()
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/mcp"
    finally:
        server.should_exit = True
        await running


def tool(url, **keys):
    return {"type": "mcp", "server_label": "harbour", "server_url": url, "require_approval": "never", **keys}


def calling(name, **arguments):
    async def answer(turn):
        return f"It says {turn.tool_outputs[-1]}" if turn.tool_outputs else ToolCall(name, arguments)

    return answer


async def listed(one, *tools, session=None):
    await one.update(modalities=["text"], tools=list(tools), **session or {})
    return await one.until("mcp_list_tools.completed", "mcp_list_tools.failed")


async def tools_of(one, list_id):
    await one.send("conversation.item.retrieve", item_id=list_id)
    return (await one.until("conversation.item.retrieved"))["item"]["tools"]


async def test_the_tools_of_a_real_server_are_listed():
    async with running(harbour().streamable_http_app()) as url, serve(recogniser=None) as server, client(server) as one:
        await listed(one, tool(url, allowed_tools=["departures", "piers"]))
        assert kinds(one.events[-3:]) == ["conversation.item.created", "mcp_list_tools.in_progress", "mcp_list_tools.completed"]
        assert one.events[-3]["item"]["tools"] == [], "they are not known yet"
        first, second = await tools_of(one, one.events[-3]["item"]["id"])
        assert (first["name"], first["description"]) == ("departures", "Lists the departures.")
        assert first["input_schema"]["properties"]["before"]["type"] == "string"
        assert second["name"] == "piers"


@pytest.mark.parametrize(
    ("name", "arguments", "output"),
    [("departures", {"before": "15:00"}, "14:25, before 15:00"), ("piers", {}, "3\n4")],
)
async def test_a_real_tool_is_called(name, arguments, output):
    responder = calling(name, **arguments)
    async with (
        running(harbour().streamable_http_app()) as url,
        serve(recogniser=None, responder=responder) as server,
        client(server) as one,
    ):
        await listed(one, tool(url))
        await one.ask("Any boats?")
        call = (await one.until("response.output_item.done"))["item"]
        assert (call["type"], call["output"]) == ("mcp_call", output)
        assert json.loads(call["arguments"]) == arguments
        await one.send("response.create")
        (message,) = (await one.until("response.done"))["response"]["output"]
        assert message["content"][0]["text"] == f"It says {output}"


async def test_a_real_call_with_approval():
    responder = calling("departures", before="noon")
    async with (
        running(harbour().streamable_http_app()) as url,
        serve(recogniser=None, responder=responder) as server,
        client(server) as one,
    ):
        await listed(one, tool(url, require_approval="always"))
        (request,) = (await one.ask("Any boats?"))["output"]
        assert request["type"] == "mcp_approval_request"
        answer = {"type": "mcp_approval_response", "approval_request_id": request["id"], "approve": True}
        await one.send("conversation.item.create", item=answer)
        await one.until("response.mcp_call.completed")
        call = (await one.until("response.output_item.done"))["item"]
        assert call["output"] == "14:25, before noon"


async def test_a_real_tool_that_fails():
    async with (
        running(harbour().streamable_http_app()) as url,
        serve(recogniser=None, responder=calling("sink")) as server,
        client(server) as one,
    ):
        await listed(one, tool(url))
        assert (await one.ask("Sink!"))["status"] == "completed"
        await one.until("response.mcp_call.failed")
        assert "sink" in (await one.until("response.output_item.done"))["item"]["error"]["message"]


async def test_a_real_call_is_cancelled():
    async with (
        running(harbour().streamable_http_app()) as url,
        serve(recogniser=None, responder=calling("wait"), mcp_calls_end="in_response") as server,
        client(server) as one,
    ):
        await listed(one, tool(url))
        await one.say("Wait.")
        await one.send("response.create")
        await one.until("response.mcp_call.in_progress")
        await one.send("response.cancel")
        assert (await one.until("response.done"))["response"]["status"] == "cancelled"


@pytest.mark.parametrize(
    "keys", [{"authorization": "secret"}, {"authorization": "Bearer secret"}, {"headers": {"authorization": "Bearer secret"}}]
)
async def test_credentials_go_along(keys):
    app = OnlyWith(harbour().streamable_http_app(), "authorization", "Bearer secret")
    async with running(app) as url, serve(recogniser=None) as server, client(server) as one:
        assert (await listed(one, tool(url, **keys)))["type"] == "mcp_list_tools.completed"
        assert (await listed(one, tool(url + "/"), session={}))["type"] == "mcp_list_tools.failed"


async def test_servers_that_do_not_answer():
    async with running(OnlyWith(None, "never", "there")) as url, serve(recogniser=None) as server, client(server) as one:
        await listed(one, tool(url))
        assert "does not answer as an MCP server" in (await one.until("warning"))["warning"]["message"]
    with port_of_nobody() as port:
        address = f"http://127.0.0.1:{port}/mcp"
        async with serve(recogniser=None) as server, client(server) as one:
            assert (await listed(one, tool(address)))["type"] == "mcp_list_tools.failed"
            assert address in (await one.until("warning"))["warning"]["message"]
            await one.ask("The session goes on.")


async def test_only_servers_within_reach_are_called():
    async with running(harbour().streamable_http_app()) as url, serve(recogniser=None, mcp_reach="none") as server, client(server) as one:
        await listed(one, tool(url))
        assert "mcp_reach is 'none'" in (await one.until("warning"))["warning"]["message"]


def paging(last):
    """A server with a tool on each page of its list, which give data, or fail without a word."""

    async def list_tools(_context, params):
        number = int(params.cursor) if params and params.cursor else 1
        tools = [Tool(name=f"tool_{number}", input_schema={"type": "object"})]
        return ListToolsResult(tools=tools, next_cursor=None if number == last else str(number + 1))

    async def call_tool(_context, params):
        return CallToolResult(content=[], structured_content={"pier": 3}, is_error=params.name != "tool_1")

    return Server("pages", on_list_tools=list_tools, on_call_tool=call_tool).streamable_http_app()


@pytest.mark.parametrize(("last", "count"), [(2, 2), (None, MAX_PAGES)])
async def test_all_pages_of_a_list_are_read_but_for_an_endless_one(last, count):
    async with running(paging(last)) as url, serve(recogniser=None) as server, client(server) as one:
        await listed(one, tool(url))
        assert len(await tools_of(one, one.all("conversation.item.created")[0]["item"]["id"])) == count


@pytest.mark.parametrize(("name", "key", "value"), [("tool_1", "output", '{"pier": 3}'), ("tool_2", "error", "the tool failed")])
async def test_a_tool_that_gives_data_or_fails_without_a_word(name, key, value):
    async with running(paging(2)) as url, serve(recogniser=None, responder=calling(name)) as server, client(server) as one:
        await listed(one, tool(url))
        await one.ask("Piers?")
        call = (await one.until("response.output_item.done"))["item"]
        assert value in str(call[key])


async def test_only_so_many_servers_are_asked_at_once():
    """None of them answers before all are named."""
    may_answer = asyncio.Event()

    async def slow(scope, _receive, send):
        assert scope["type"] == "http"
        await may_answer.wait()
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async with running(slow) as url, serve(recogniser=None) as server, client(server) as one:
        tools = [tool(url, server_label=f"server {number}") for number in range(MAX_ASKED_AT_ONCE + 1)]
        await listed(one, *tools)
        assert f"{MAX_ASKED_AT_ONCE} others are being asked" in (await one.until("warning"))["warning"]["message"]
        may_answer.set()
        for _ in range(MAX_ASKED_AT_ONCE):
            await one.until("mcp_list_tools.failed")


async def test_a_full_conversation_has_no_room_for_a_list():
    limits = ServerLimits(max_items=1)
    async with running(harbour().streamable_http_app()) as url, serve(recogniser=None, limits=limits) as server, client(server) as one:
        await one.say("One item.")
        assert (await listed(one, tool(url)))["type"] == "mcp_list_tools.failed"
        assert "the conversation is full" in (await one.until("warning"))["warning"]["message"]


async def test_a_scripted_server_comes_before_a_real_one():
    mcp = {"harbour": [McpTool("scripted", lambda: "yes")]}
    async with running(harbour().streamable_http_app()) as url, serve(recogniser=None, mcp=mcp) as server, client(server) as one:
        await listed(one, tool(url))
        assert [each["name"] for each in one.events[-3]["item"]["tools"]] == ["scripted"]


@pytest.mark.parametrize("is_listed", [False, True])
async def test_another_address_is_another_server(is_listed):
    """The list of the server that was left meanwhile still comes, if it has not yet; its tools are used no more."""
    async with (
        running(harbour().streamable_http_app()) as url,
        serve(recogniser=None, responder=calling("piers")) as server,
        client(server) as one,
    ):
        await one.update(modalities=["text"], tools=[tool(url)])
        if is_listed:
            await one.until("mcp_list_tools.completed")
        await one.update(tools=[tool("http://127.0.0.1:1/mcp")])
        ends = ("mcp_list_tools.completed", "mcp_list_tools.failed")
        while len(one.all(*ends)) < 2:
            await one.next()
        assert sorted(kinds(one.all(*ends))) == [*ends]
        assert (await one.ask("Piers?"))["output"][0]["type"] == "function_call", "no MCP server here has such a tool"
        await one.update(tools=[tool(url)])
        await one.until("mcp_list_tools.completed")
        await one.update(tools=[tool(url)], temperature=0.7)
        await one.settle()
        assert len(one.all("mcp_list_tools.in_progress")) == 3, "one that is known already is not listed again"


async def test_without_the_extra_the_list_fails(monkeypatch):
    monkeypatch.setitem(sys.modules, "mcp", None)
    async with serve(recogniser=None) as server, client(server) as one:
        await listed(one, tool("http://127.0.0.1:1/mcp"))
        assert "pip install 'voicelive[mcp]'" in (await one.until("warning"))["warning"]["message"]


@pytest.mark.parametrize(
    ("reach", "url", "within"),
    [
        ("loopback", "http://127.0.0.1:8000/mcp", True),
        ("loopback", "http://127.9.9.9/mcp", True),
        ("loopback", "http://localhost/mcp", True),
        ("loopback", "http://[::1]/mcp", True),
        ("loopback", "http://192.168.0.1/mcp", False),
        ("loopback", "https://localhost.example/mcp", False),
        ("loopback", "nonsense", False),
        ("any", "https://mcp.example/mcp", True),
        ("none", "http://127.0.0.1/mcp", False),
    ],
)
def test_reach(reach, url, within):
    assert is_within(reach, url) is within
