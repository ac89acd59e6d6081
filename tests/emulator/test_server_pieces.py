"""Answers that come in pieces: text, function calls and calls of MCP tools in any order, while they are still being made."""

import asyncio
import threading

import pytest
from emulator.support_server import PATIENCE_S, client

from voicelive.emulator import McpTool, Reply, ToolCall, ToolCallDelta, serve

pytestmark = pytest.mark.anyio

MCP = {"type": "mcp", "server_label": "math", "server_url": "https://math.example", "require_approval": "never"}


def answering(*pieces):
    async def responder(_turn):
        for piece in pieces:
            yield piece

    return responder


def shown(response):
    """Each item of a response in short."""
    for item in response["output"]:
        if item["type"] == "message":
            yield item["content"][0].get("transcript", item["content"][0].get("text"))
        else:
            yield item["name"], item["arguments"]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["One. ", "Two", ". Three"], ["One. Two. Three"]),
        (["Wait. ", ToolCallDelta(name="note"), ToolCallDelta('{"a":'), ToolCallDelta("1}")], ["Wait. ", ("note", '{"a":1}')]),
        (
            [ToolCallDelta("{", "one"), ToolCallDelta("}"), ToolCallDelta("{}", "two"), "After."],
            [("one", "{}"), ("two", "{}"), "After."],
        ),
        ([ToolCall("one", {"a": 1}), Reply("First."), Reply("Second."), "Third."], [("one", '{"a":1}'), "First.", "Second.Third."]),
        ([], [""]),
    ],
)
async def test_pieces_become_items(pieces, expected):
    async with serve(responder=answering(*pieces), recogniser=None, pace=None) as server, client(server) as one:
        response = await one.ask("Go.", modalities=["text"])
        assert list(shown(response)) == expected
        spoken = await one.ask("Go.")
        assert list(shown(spoken)) == expected


async def test_a_plain_generator_may_block_between_its_pieces():
    go_on = threading.Event()

    def responder(_turn):
        yield "First sentence. "
        assert go_on.wait(PATIENCE_S)
        yield ToolCall("note", {})

    async with serve(responder=responder, recogniser=None, pace=None) as server, client(server) as one:
        await one.say("Go.")
        await one.send("response.create")
        await one.until("response.audio.delta")
        await one.settle()
        go_on.set()
        assert list(shown((await one.until("response.done"))["response"])) == ["First sentence. ", ("note", "{}")]


async def test_the_arguments_of_a_function_are_passed_on_as_they_come():
    go_on = asyncio.Event()

    async def responder(_turn):
        yield ToolCallDelta('{"city":', "get_weather")
        await go_on.wait()
        yield ToolCallDelta('"Oslo"}')

    async with serve(responder=responder, recogniser=None) as server, client(server) as one:
        await one.say("Go.")
        await one.send("response.create")
        assert (await one.until("response.function_call_arguments.delta"))["delta"] == '{"city":'
        go_on.set()
        assert (await one.until("response.function_call_arguments.done"))["arguments"] == '{"city":"Oslo"}'
        await one.until("response.done")


async def test_a_call_that_is_cut_short_is_incomplete_and_its_responder_is_closed():
    closed = asyncio.Event()

    async def responder(_turn):
        try:
            yield ToolCallDelta('{"city":', "get_weather")
            await asyncio.Event().wait()
        finally:
            closed.set()

    async with serve(responder=responder, recogniser=None) as server, client(server) as one:
        await one.say("Go.")
        await one.send("response.create")
        await one.until("response.function_call_arguments.delta")
        await one.send("response.cancel")
        (call,) = (await one.until("response.done"))["response"]["output"]
        assert (call["status"], call["arguments"]) == ("incomplete", '{"city":')
        await asyncio.wait_for(closed.wait(), PATIENCE_S)


async def test_an_mcp_tool_is_called_when_all_its_arguments_are_there():
    tool = McpTool("add", lambda first, second: first + second)
    pieces = ["Let me see. ", ToolCallDelta('{"first":2,', "add"), ToolCallDelta('"second":3}'), "Five."]
    async with serve(responder=answering(*pieces), recogniser=None, pace=None, mcp={"math": [tool]}) as server, client(server) as one:
        await one.update(tools=[MCP])
        before, call, after = (await one.ask("Add."))["output"]
        assert (before["type"], call["type"], after["type"]) == ("message", "mcp_call", "message")
        assert call["arguments"] == '{"first":2,"second":3}'
        done = await one.until("response.output_item.done")
        assert (done["output_index"], done["item"]["id"], done["item"]["output"]) == (1, call["id"], "5")


async def test_a_call_without_a_name_fails_the_response():
    async with serve(responder=answering(ToolCallDelta("{}")), recogniser=None) as server, client(server) as one:
        response = await one.ask("Go.")
        assert response["status_details"]["error"]["message"] == "the first ToolCallDelta of a call needs the tool's name"


async def test_a_responder_is_told_the_whole_conversation():
    turns = []

    async def responder(turn):
        turns.append(turn)
        return "Yes." if turn.tool_outputs else ToolCall("note", {})

    async with serve(responder=responder, recogniser=None, pace=None) as server, client(server) as one:
        call = (await one.ask("Take a note.", temperature=0.9, max_output_tokens=100))["output"][0]
        await one.send("conversation.item.create", item={"type": "function_call_output", "call_id": call["call_id"], "output": "done"})
        await one.send("response.create")
        await one.until("response.done")
    assert (turns[0].temperature, turns[0].max_output_tokens) == (0.9, 100)
    assert (turns[1].temperature, turns[1].max_output_tokens) == (0.8, None)
    assert [item["type"] for item in turns[1].items] == ["message", "function_call", "function_call_output"]
    assert turns[1].items[1]["call_id"] == turns[1].items[2]["call_id"]
