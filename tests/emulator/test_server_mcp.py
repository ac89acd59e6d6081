"""MCP tools that the local server calls itself, with and without approval."""

import asyncio
import json

import pytest
from emulator.support_server import client

from voicelive.emulator import McpTool, ToolCall, serve

pytestmark = pytest.mark.anyio
SCHEMA = {"type": "object", "properties": {"words": {"type": "string"}}}


async def search(words):
    if words == "nothing":
        raise LookupError("no page has these words")
    if words == "slow":
        await asyncio.sleep(60)
    return {"pages": [words.upper()]}


DOCS = {"docs": [McpTool("search_docs", search, "Search the docs.", SCHEMA), McpTool("count", lambda: "3")]}


def session_tool(**keys):
    return {"type": "mcp", "server_label": "docs", "server_url": "https://docs.example/", **keys}


def responder(words, name="search_docs"):
    async def answer(turn):
        if turn.tool_outputs:
            return f"Found: {turn.tool_outputs[-1]}"
        assert name in [tool["name"] for tool in turn.tools]
        return ToolCall(name, {"words": words} if name == "search_docs" else {})

    return answer


def kinds(events):
    return [event["type"] for event in events]


async def test_the_tools_are_listed():
    async with serve(recogniser=None, mcp=DOCS) as server, client(server) as one:
        await one.update(tools=[session_tool(allowed_tools=["search_docs"])])
        await one.until("mcp_list_tools.completed")
        assert kinds(one.events[-3:]) == ["mcp_list_tools.in_progress", "conversation.item.created", "mcp_list_tools.completed"]
        listed = one.events[-2]["item"]
        assert (listed["type"], listed["server_label"]) == ("mcp_list_tools", "docs")
        assert listed["tools"] == [{"name": "search_docs", "description": "Search the docs.", "input_schema": SCHEMA}]


async def test_a_call_without_approval():
    async with serve(recogniser=None, mcp=DOCS, responder=responder("piers")) as server, client(server) as one:
        await one.update(modalities=["text"], tools=[session_tool(require_approval="never")])
        response = await one.ask("Search for piers")
        (call,) = response["output"]
        assert (call["type"], call["server_label"], call["name"]) == ("mcp_call", "docs", "search_docs")
        assert json.loads(call["arguments"]) == {"words": "piers"}
        assert json.loads(call["output"]) == {"pages": ["PIERS"]}
        began = kinds(one.events).index("response.created")
        assert kinds(one.events)[began:] == [
            "response.created",
            "rate_limits.updated",
            "response.output_item.added",
            "conversation.item.created",
            "response.mcp_call_arguments.delta",
            "response.mcp_call_arguments.delta",
            "response.mcp_call_arguments.done",
            "response.mcp_call.in_progress",
            "response.mcp_call.completed",
            "response.output_item.done",
            "response.done",
        ]
        await one.send("response.create")
        spoken = (await one.until("response.done"))["response"]["output"][0]
        assert spoken["content"][0]["text"].startswith('Found: {"pages"')


async def test_a_tool_that_fails():
    async with serve(recogniser=None, mcp=DOCS, responder=responder("nothing")) as server, client(server) as one:
        await one.update(tools=[session_tool(require_approval={"never": ["search_docs"]})])
        response = await one.ask("Search")
        assert response["status"] == "completed"
        assert response["output"][0]["error"]["message"] == "LookupError: no page has these words"
        assert len(one.all("response.mcp_call.failed")) == 1


async def test_a_synchronous_tool_and_text():
    async with serve(recogniser=None, mcp=DOCS, responder=responder("", "count")) as server, client(server) as one:
        await one.update(tools=[session_tool(require_approval="never")])
        assert (await one.ask("Count"))["output"][0]["output"] == "3"


@pytest.mark.parametrize("approve", [True, False])
async def test_a_call_with_approval(approve):
    async with serve(recogniser=None, mcp=DOCS, responder=responder("piers")) as server, client(server) as one:
        await one.update(tools=[session_tool()])
        (asked,) = (await one.ask("Search for piers"))["output"]
        assert (asked["type"], asked["name"]) == ("mcp_approval_request", "search_docs")
        answer = {"type": "mcp_approval_response", "approval_request_id": asked["id"], "approve": approve}
        await one.send("conversation.item.create", item=answer)
        created = await one.until("conversation.item.created")
        assert (created["item"]["type"], created["item"]["approve"]) == ("mcp_approval_response", approve)
        if approve:
            response = (await one.until("response.done"))["response"]
            assert json.loads(response["output"][0]["output"]) == {"pages": ["PIERS"]}
        error = await one.refused("conversation.item.create", item=answer | {"id": "again"})
        assert error["param"] == "item.approval_request_id"


async def test_a_running_call_can_be_cancelled():
    async with serve(recogniser=None, mcp=DOCS, responder=responder("slow")) as server, client(server) as one:
        await one.update(tools=[session_tool(require_approval="never")])
        await one.say("Search")
        await one.send("response.create")
        await one.until("response.mcp_call.in_progress")
        await one.send("response.cancel")
        response = (await one.until("response.done"))["response"]
        assert response["status"] == "cancelled"
        assert "ended first" in response["output"][0]["error"]["message"]
