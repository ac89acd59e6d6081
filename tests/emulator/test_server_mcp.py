"""MCP tools that the local server calls itself, with and without approval."""

import asyncio
import json

import pytest
from emulator.support_server import PATIENCE_S, client
from emulator.test_server_turns import PCM16, speech

from voicelive import AzureKeyCredential, connect
from voicelive.emulator import McpTool, ServerLimits, ToolCall, serve

pytestmark = pytest.mark.anyio
SCHEMA = {"type": "object", "properties": {"words": {"type": "string"}}}
ENDS = ["after_response", "in_response"]


async def search(words):
    if words == "nothing":
        raise LookupError("no page has these words")
    return {"pages": [words.upper()]}


DOCS = {"docs": [McpTool("search_docs", search, "Search the docs.", SCHEMA), McpTool("count", lambda: "3")]}


class Held:
    """A tool that runs until it is let go."""

    def __init__(self):
        self.may_end = asyncio.Event()
        self.stopped = asyncio.Event()
        self.servers = {"docs": [McpTool("search_docs", self.search, "Search the docs.", SCHEMA)]}

    async def search(self, words):
        try:
            await self.may_end.wait()
        finally:
            self.stopped.set()
        return words.upper()


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


def text_of(response):
    return response["output"][0]["content"][0]["text"]


async def test_the_tools_are_listed():
    async with serve(recogniser=None, mcp=DOCS) as server, client(server) as one:
        await one.update(tools=[session_tool(allowed_tools=["search_docs"])])
        await one.until("mcp_list_tools.completed")
        assert kinds(one.events[-3:]) == ["conversation.item.created", "mcp_list_tools.in_progress", "mcp_list_tools.completed"]
        listed = one.events[-3]["item"]
        assert (listed["type"], listed["server_label"]) == ("mcp_list_tools", "docs")
        assert listed["tools"] == [{"name": "search_docs", "description": "Search the docs.", "input_schema": SCHEMA}]


CALLED = [
    "response.created",
    "rate_limits.updated",
    "response.output_item.added",
    "conversation.item.created",
    "response.mcp_call_arguments.delta",
    "response.mcp_call_arguments.delta",
    "response.mcp_call_arguments.done",
]
RUN = ["response.mcp_call.in_progress", "response.mcp_call.completed", "response.output_item.done"]


@pytest.mark.parametrize(
    ("options", "order"),
    [
        ({}, [*CALLED, "response.done", *RUN]),
        ({"mcp_calls_end": "after_response"}, [*CALLED, "response.done", *RUN]),
        ({"mcp_calls_end": "in_response"}, [*CALLED, *RUN, "response.done"]),
    ],
)
async def test_a_call_without_approval(options, order):
    async with serve(recogniser=None, mcp=DOCS, responder=responder("piers"), **options) as server, client(server) as one:
        await one.update(modalities=["text"], tools=[session_tool(require_approval="never")])
        await one.say("Search for piers")
        await one.send("response.create")
        await one.until(order[-1])
        began = kinds(one.events).index("response.created")
        assert kinds(one.events)[began:] == order
        (call,) = one.all("response.done")[0]["response"]["output"]
        assert (call["type"], call["server_label"], call["name"]) == ("mcp_call", "docs", "search_docs")
        assert json.loads(call["arguments"]) == {"words": "piers"}
        assert ("output" in call) == (order[-1] == "response.done"), "the response has it only if it waited for it"
        done = one.all("response.output_item.done")[0]["item"]
        assert (done["id"], json.loads(done["output"])) == (call["id"], {"pages": ["PIERS"]})
        await one.send("response.create")
        assert text_of((await one.until("response.done"))["response"]).startswith('Found: {"pages"')


@pytest.mark.parametrize("end", ENDS)
async def test_a_tool_that_fails(end):
    async with serve(recogniser=None, mcp=DOCS, responder=responder("nothing"), mcp_calls_end=end) as server, client(server) as one:
        await one.update(modalities=["text"], tools=[session_tool(require_approval={"never": ["search_docs"]})])
        await one.say("Search")
        await one.send("response.create")
        await one.until("response.mcp_call.failed")
        done = await one.until("response.output_item.done")
        assert done["item"]["error"]["message"] == "LookupError: no page has these words"
        if end == "in_response":
            await one.until("response.done")
        assert one.all("response.done")[0]["response"]["status"] == "completed"
        await one.send("response.create")
        assert text_of((await one.until("response.done"))["response"]) == "Found: LookupError: no page has these words"


async def test_a_synchronous_tool_and_text():
    async with serve(recogniser=None, mcp=DOCS, responder=responder("", "count")) as server, client(server) as one:
        await one.update(tools=[session_tool(require_approval="never")])
        await one.ask("Count")
        assert (await one.until("response.output_item.done"))["item"]["output"] == "3"


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("approve", [True, False])
async def test_a_call_with_approval(approve, end):
    async with serve(recogniser=None, mcp=DOCS, responder=responder("piers"), mcp_calls_end=end) as server, client(server) as one:
        await one.update(tools=[session_tool()])
        (asked,) = (await one.ask("Search for piers"))["output"]
        assert (asked["type"], asked["name"]) == ("mcp_approval_request", "search_docs")
        answer = {"type": "mcp_approval_response", "approval_request_id": asked["id"], "approve": approve}
        await one.send("conversation.item.create", item=answer)
        created = await one.until("conversation.item.created")
        assert (created["item"]["type"], created["item"]["approve"]) == ("mcp_approval_response", approve)
        if approve:
            began = len(one.events)
            await one.until("response.done" if end == "in_response" else "response.output_item.done")
            assert kinds(one.events[began:]) == (
                [*CALLED, *RUN, "response.done"] if end == "in_response" else [*CALLED, "response.done", *RUN]
            )
            assert json.loads(one.all("response.output_item.done")[-1]["item"]["output"]) == {"pages": ["PIERS"]}
        error = await one.refused("conversation.item.create", item=answer | {"id": "again"})
        assert error["param"] == "item.approval_request_id"


async def test_long_arguments_wait_for_a_client_that_reads():
    options = {"responder": responder("y" * 300_000), "limits": ServerLimits(max_backlog_bytes=1024 * 1024)}
    async with serve(recogniser=None, mcp=DOCS, pace=None, **options) as server, client(server) as one:
        await one.update(tools=[session_tool(require_approval="never")])
        (call,) = (await one.ask("Search"))["output"]
        assert len(call["arguments"]) > 300_000
        await one.until("response.output_item.done")


@pytest.mark.parametrize(("policy", "items"), [("never", 1), ("always", 0)])
async def test_a_ceiling_ends_a_call_early(policy, items):
    """Half a call does not run, and nobody is asked whether it may."""
    async with serve(recogniser=None, mcp=DOCS, responder=responder("y" * 3_000), pace=None) as server, client(server) as one:
        await one.update(tools=[session_tool(require_approval=policy)])
        response = await one.ask("Search", max_output_tokens=20)
        assert (response["status"], response["status_details"]["reason"]) == ("incomplete", "max_output_tokens")
        assert [item["type"] for item in response["output"]] == ["mcp_call"] * items
        assert all("ended first" in item["error"]["message"] for item in response["output"])
        await one.settle()
        assert not one.all("response.mcp_call.in_progress")


@pytest.mark.parametrize("first", [True, False])
async def test_a_request_is_answered_once(first):
    """Also when the answer is deleted."""
    async with serve(recogniser=None, mcp=DOCS, responder=responder("piers")) as server, client(server) as one:
        await one.update(modalities=["text"], tools=[session_tool()])
        (request,) = (await one.ask("Search"))["output"]
        answer = {"type": "mcp_approval_response", "approval_request_id": request["id"]}
        await one.send("conversation.item.create", item={**answer, "id": "answer", "approve": first})
        await one.until("conversation.item.created")
        await one.send("conversation.item.delete", item_id="answer")
        await one.until("conversation.item.deleted")
        error = await one.refused("conversation.item.create", item={**answer, "approve": True})
        assert error["param"] == "item.approval_request_id"
        while first and len(one.all("response.output_item.done")) < 2:
            await one.next()
        await one.settle()
        assert len(one.all("response.mcp_call.in_progress")) == first


async def test_a_call_that_may_not_run_yet_can_be_approved_again():
    may_end = asyncio.Event()

    async def answer(turn):
        if turn.text == "Wait":
            await may_end.wait()
            return "Done."
        return ToolCall("count", {})

    limits = ServerLimits(max_responses=1)
    async with serve(recogniser=None, mcp=DOCS, responder=answer, limits=limits, pace=None) as server, client(server) as one:
        await one.update(modalities=["text"], tools=[session_tool()])
        (request,) = (await one.ask("Count"))["output"]
        await one.say("Wait")
        await one.send("response.create", response={"conversation": "none"})
        await one.until("response.created")
        item = {"type": "mcp_approval_response", "approval_request_id": request["id"], "approve": True}
        assert (await one.refused("conversation.item.create", item=item))["code"] == "rate_limit_exceeded"
        may_end.set()
        await one.until("response.done")
        await approve(one, request["id"])
        await one.until("response.mcp_call.completed")
        await one.until("response.output_item.done")


async def test_a_ceiling_does_not_end_a_call_that_was_approved():
    async with serve(recogniser=None, mcp=DOCS, responder=responder("y" * 3_000), pace=None) as server, client(server) as one:
        await one.update(tools=[session_tool()])
        (request,) = (await one.ask("Search"))["output"]
        await one.update(max_response_output_tokens=1)
        await approve(one, request["id"])
        await one.until("response.mcp_call.completed")
        await one.until("response.output_item.done")


async def approve(one, request_id):
    answer = {"type": "mcp_approval_response", "approval_request_id": request_id, "approve": True}
    await one.send("conversation.item.create", item=answer)


@pytest.mark.parametrize("end", ENDS)
async def test_every_call_that_is_approved_runs(end):
    ran = []

    async def answer(turn):
        return "Done." if turn.tool_outputs else [ToolCall("count", {"number": number}) for number in range(3)]

    tools = {"docs": [McpTool("count", lambda number: str(ran.append(number)))]}
    async with serve(recogniser=None, mcp=tools, responder=answer, mcp_calls_end=end) as server, client(server) as one:
        await one.update(modalities=["text"], tools=[session_tool()])
        asked = (await one.ask("Count"))["output"]
        for request in asked:
            await approve(one, request["id"])
        for _ in asked:
            await one.until("response.mcp_call.completed")
        assert sorted(ran) == [0, 1, 2]
        await one.settle()


@pytest.mark.parametrize("detection", [{"interrupt_response": False}, {"create_response": False}, {}])
async def test_a_call_that_is_approved_during_an_answer_runs_whatever_the_user_says(detection):
    answers = iter([[ToolCall("search_docs", {"words": "piers"}), "One two three four five six seven eight nine ten eleven twelve."]])

    async def answer(_turn):
        return next(answers, "Fine.")

    async with serve(recogniser=None, mcp=DOCS, responder=answer) as server, client(server) as one:
        await one.update(turn_detection={"type": "server_vad", **detection}, tools=[session_tool()])
        await one.send("response.create")
        await one.until("response.audio.delta")
        (request,) = [event["item"] for event in one.all("response.output_item.done")]
        await approve(one, request["id"])
        await one.append(PCM16.encode(speech()))
        await one.until("response.mcp_call.completed")
        answered = 3 if detection.get("create_response", True) else 2
        while len(one.all("response.done")) < answered:
            await one.until("response.done")
        await one.settle()
        assert len(one.all("response.created")) == answered
        assert not [event for event in one.all("error") if event["error"]["code"] != "item_retrieve_invalid_item_id"]


async def test_the_built_in_responder_takes_no_for_an_answer():
    async with (
        serve(recogniser=None, mcp=DOCS) as server,
        connect(endpoint=server.url, credential=AzureKeyCredential("any"), model="gpt-realtime") as connection,
    ):
        await connection.session.update(session={"modalities": ["text"], "tools": [session_tool(allowed_tools=["count"])]})
        await connection.wait_for("mcp_list_tools.completed", timeout=PATIENCE_S)

        async def ask(words=None):
            if words is not None:
                item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": words}]}
                await connection.conversation.item.create(item=item)
            handle = await connection.response.create()
            return (await handle.done(timeout=PATIENCE_S)).output, handle.text

        for approve in (False, True):
            (request,), _ = await ask("Count.")
            assert request.type == "mcp_approval_request"
            with connection.events("response.output_item.done") as ends:
                await connection.mcp_approval_response.create(approval_request_id=request.id, approve=approve)
                if approve:
                    await asyncio.wait_for(ends.next(), PATIENCE_S)
            for _ in range(1 if approve else 3):
                (message,), told = await ask()
                assert message.type == "message"
                assert told == ("3." if approve else "I may not call count.")


async def test_a_call_that_runs_in_its_response_is_cancelled_with_it():
    held = Held()
    options = {"mcp": held.servers, "mcp_calls_end": "in_response"}
    async with serve(recogniser=None, responder=responder("slow"), **options) as server, client(server) as one:
        await one.update(tools=[session_tool(require_approval="never")])
        await one.say("Search")
        await one.send("response.create")
        await one.until("response.mcp_call.in_progress")
        await one.send("response.cancel")
        response = (await one.until("response.done"))["response"]
        assert response["status"] == "cancelled"
        assert "ended first" in response["output"][0]["error"]["message"]
        await asyncio.wait_for(held.stopped.wait(), PATIENCE_S)


async def test_a_call_that_has_ended_keeps_its_output_when_its_response_is_cancelled():
    async def answer(_turn):
        yield ToolCall("search_docs", {"words": "piers"})
        await asyncio.Event().wait()

    async with serve(recogniser=None, mcp=DOCS, responder=answer, mcp_calls_end="in_response") as server, client(server) as one:
        await one.update(tools=[session_tool(require_approval="never")])
        await one.say("Search")
        await one.send("response.create")
        await one.until("response.output_item.done")
        await one.send("response.cancel")
        response = (await one.until("response.done"))["response"]
        assert (response["status"], json.loads(response["output"][0]["output"])) == ("cancelled", {"pages": ["PIERS"]})
        assert not one.all("response.mcp_call.failed")


async def test_a_call_whose_response_is_cancelled_never_runs():
    held = Held()

    async def answer(_turn):
        yield ToolCall("search_docs", {"words": "never"})
        await asyncio.Event().wait()

    async with serve(recogniser=None, mcp=held.servers, responder=answer) as server, client(server) as one:
        await one.update(tools=[session_tool(require_approval="never")])
        await one.say("Search")
        await one.send("response.create")
        await one.until("response.mcp_call_arguments.done")
        await one.send("response.cancel")
        response = (await one.until("response.done"))["response"]
        assert response["status"] == "cancelled"
        assert "ended first" in response["output"][0]["error"]["message"]
        assert kinds(one.events[-3:]) == ["response.mcp_call.failed", "response.output_item.done", "response.done"]
        assert not held.stopped.is_set()
        assert not one.all("response.mcp_call.in_progress")


async def test_nothing_ends_a_call_that_runs_after_its_response():
    held = Held()
    async with serve(recogniser=None, mcp=held.servers, responder=responder("boats"), pace=None) as server, client(server) as one:
        await one.update(modalities=["text"], tools=[session_tool(require_approval="never")])
        await one.ask("Search")
        await one.until("response.mcp_call.in_progress")
        assert (await one.refused("response.cancel"))["code"] == "response_cancel_not_active"
        await one.append(PCM16.encode(speech()))
        await one.until("response.created")  # what the user said meanwhile is answered when the call has ended
        await one.send("response.cancel")
        assert (await one.until("response.done"))["response"]["status"] == "cancelled"
        held.may_end.set()
        await one.until("response.mcp_call.completed")
        assert (await one.until("response.output_item.done"))["item"]["output"] == "BOATS"
        await one.send("response.create")
        assert text_of((await one.until("response.done"))["response"]) == "Found: BOATS"


async def test_a_response_waits_for_the_calls_before_it():
    """For a client that asks for the result as soon as it has seen ``response.done``."""
    held = Held()
    async with serve(recogniser=None, mcp=held.servers, responder=responder("boats")) as server, client(server) as one:
        await one.update(modalities=["text"], tools=[session_tool(require_approval="never")])
        await one.ask("Search")
        await one.send("response.create")
        await one.until("response.created")
        held.may_end.set()
        assert text_of((await one.until("response.done"))["response"]) == "Found: BOATS"
        assert kinds(one.events).index("response.mcp_call.completed") > kinds(one.events).index("response.created")


async def test_a_call_goes_on_when_its_item_is_deleted():
    held = Held()
    async with serve(recogniser=None, mcp=held.servers, responder=responder("boats")) as server, client(server) as one:
        await one.update(modalities=["text"], tools=[session_tool(require_approval="never")])
        (call,) = (await one.ask("Search"))["output"]
        await one.send("conversation.item.delete", item_id=call["id"])
        await one.until("conversation.item.deleted")
        held.may_end.set()
        assert (await one.until("response.output_item.done"))["item"]["output"] == "BOATS"
        assert call["id"] not in [item["id"] for item in server.sessions[0].items]


async def test_calls_end_with_their_session():
    held = Held()
    async with serve(recogniser=None, mcp=held.servers, responder=responder("boats")) as server:
        async with client(server) as one:
            await one.update(tools=[session_tool(require_approval="never")])
            await one.ask("Search")
            await one.until("response.mcp_call.in_progress")
        await asyncio.wait_for(held.stopped.wait(), PATIENCE_S)


async def test_calls_that_run_count_as_responses():
    held = Held()
    options = {"mcp": held.servers, "limits": ServerLimits(max_responses=2)}
    async with serve(recogniser=None, responder=responder("boats"), **options) as server, client(server) as one:
        await one.update(modalities=["text"], tools=[session_tool(require_approval="never")])
        for _ in range(2):
            await one.send("response.create", response={"conversation": "none", "input_items": []})
            await one.until("response.mcp_call.in_progress")
        error = await one.refused("response.create")
        assert (error["code"], error["message"].partition(";")[0]) == (
            "rate_limit_exceeded",
            "0 responses are running, and 2 MCP calls after theirs",
        )
        held.may_end.set()
        for _ in range(2):
            await one.until("response.output_item.done")
        assert (await one.ask("Search"))["status"] == "completed"
        await one.until("response.output_item.done")


async def test_an_unknown_end_of_calls():
    with pytest.raises(ValueError, match="mcp_calls_end is 'never'; it can be 'after_response' or 'in_response'"):
        async with serve(mcp_calls_end="never"):
            pass


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(("words", "outcome"), [("piers", '{"pages": ["PIERS"]}'), ("nothing", "LookupError: no page has these words")])
async def test_our_client_has_the_result_told_in_both_orders(words, outcome, end):
    async with (
        serve(recogniser=None, mcp=DOCS, responder=responder(words), mcp_calls_end=end) as server,
        connect(endpoint=server.url, credential=AzureKeyCredential("any"), model="gpt-realtime") as connection,
    ):
        await connection.session.update(session={"modalities": ["text"], "tools": [session_tool()]})
        await connection.wait_for("mcp_list_tools.completed", timeout=PATIENCE_S)
        response = await (await connection.response.create()).done(timeout=PATIENCE_S)
        (request,) = response.output
        with connection.events("response.done", "response.output_item.done") as ends:
            await connection.mcp_approval_response.create(approval_request_id=request.id, approve=True)
            both = [await asyncio.wait_for(ends.next(), PATIENCE_S) for _ in range(2)]
        assert {event.type for event in both} == {"response.done", "response.output_item.done"}
        answer = await connection.response.create()
        await answer.done(timeout=PATIENCE_S)
        assert answer.text == f"Found: {outcome}"
        assert not connection.state.violations


async def test_a_function_that_is_no_tool_is_refused_before_any_session():
    def find(what):
        return what

    with pytest.raises(
        TypeError, match=r"MCP server 'docs' has <function .*, which is no McpTool; a function is one as McpTool\('find', find\)"
    ):
        async with serve(recogniser=None, mcp={"docs": [find]}):
            pass
