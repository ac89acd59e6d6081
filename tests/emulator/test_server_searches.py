"""Searches of the service's own, as items, and citations of what they found."""

import asyncio
import contextlib

import pytest
from emulator.support_server import client

from voicelive.emulator import FileSearch, McpTool, Reply, ToolCall, ToolCallDelta, WebSearch, serve

pytestmark = pytest.mark.anyio

FOUND = {"file_id": "file-1", "filename": "timetable.pdf", "score": 0.9, "text": "23:40", "attributes": {}}
CITATION = {"type": "file_citation", "file_id": "file-1", "index": 4}


async def look_up(_turn):
    return [WebSearch(), FileSearch(["timetable"], [FOUND]), Reply("Night ferries at 23:40.", annotations=[CITATION])]


def of_item(one, index):
    events = [event for event in one.events if event.get("output_index") == index]
    return [event["type"].removeprefix("response.") for event in events], events


async def test_searches_are_items_before_the_answer():
    async with serve(responder=look_up, recogniser=None, pace=None) as server, client(server) as one:
        await one.update(include=["file_search_call.results"])
        response = await one.ask("What does the timetable say?")
        assert [item["type"] for item in response["output"]] == ["web_search_call", "file_search_call", "message"]
        for index, kind in enumerate(("web_search_call", "file_search_call")):
            kinds, events = of_item(one, index)
            progress = [f"{kind}.in_progress", f"{kind}.searching", f"{kind}.completed"]
            assert kinds == ["output_item.added", *progress, "output_item.done"]
            assert [event["sequence_number"] for event in events[1:-1]] == [0, 1, 2]
            assert events[0]["item"]["status"] == "in_progress"
        web, files, _ = response["output"]
        assert set(web) == {"id", "object", "type", "status"}
        assert (files["queries"], files["results"], files["status"]) == (["timetable"], [FOUND], "completed")
        kinds, _ = of_item(one, 2)
        assert kinds[kinds.index("audio.done") - 1] == "audio_transcript.annotation.added"
        (cited,) = one.all("response.audio_transcript.annotation.added")
        assert (cited["annotation"], cited["annotation_index"]) == (CITATION, 0)
        await one.send("conversation.item.retrieve", item_id=files["id"])
        assert (await one.until("conversation.item.retrieved"))["item"] == files


async def test_results_stay_here_unless_included_and_text_has_no_citations():
    async with serve(responder=look_up, recogniser=None, pace=None) as server, client(server) as one:
        response = await one.ask("What does the timetable say?", modalities=["text"])
        assert "results" not in response["output"][1]
        assert not one.all("response.audio_transcript.annotation.added")


async def test_a_cancelled_response_searches_no_more():
    async def late(_turn):
        yield "Let me see. " * 100
        yield WebSearch()
        yield Reply("Never said.", annotations=[CITATION])

    async with serve(responder=late, recogniser=None) as server, client(server) as one:
        await one.say("search")
        await one.send("response.create")
        await one.until("response.audio.delta")
        await one.send("response.cancel")
        response = (await one.until("response.done"))["response"]
        await one.settle()
        assert [item["type"] for item in response["output"]] == ["message"]


async def test_a_responder_that_does_not_stop_is_not_heard():
    """It catches its cancellation and goes on with everything there is."""
    over = asyncio.Event()

    async def stubborn(_turn):
        yield "Let me see. "
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        yield WebSearch()
        yield ToolCall("get_weather", {})
        yield ToolCallDelta("{}", "get_weather")
        yield ToolCall("search_docs", {})
        yield ToolCall("count_docs", {})
        yield Reply("Never said.", annotations=[CITATION])
        over.set()

    mcp = {"docs": [McpTool("search_docs", str), McpTool("count_docs", str)]}
    docs = {"type": "mcp", "server_label": "docs", "server_url": "https://docs.example", "require_approval": {"never": ["count_docs"]}}
    async with serve(responder=stubborn, recogniser=None, pace=None, mcp=mcp) as server, client(server) as one:
        await one.update(tools=[docs])
        await one.say("search")
        await one.send("response.create")
        await one.until("response.audio.delta")
        await one.send("response.cancel")
        await one.until("response.done")
        await asyncio.wait_for(over.wait(), 30)
        await one.settle()
        assert one.events[-2]["type"] == "response.done", "all that came later is the answer to settle"
