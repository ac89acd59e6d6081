"""What is said while the answer is being worked out."""

import asyncio

import pytest
from emulator.support_server import client
from emulator.test_server_responses import WEATHER

from voicelive.emulator import FileSearch, McpTool, ToolCall, ToolCallDelta, WebSearch, serve
from voicelive.emulator._interim import USUAL_TEXT

pytestmark = pytest.mark.anyio

CASCADED = "/voice-live/realtime?api-version=2025-10-01&model=gpt-4.1"
STATIC = {"type": "static_interim_response", "texts": ["Let me think."]}
AT_ONCE = STATIC | {"latency_threshold_ms": 0}
PATIENT = STATIC | {"latency_threshold_ms": 60_000}
FOR_TOOLS = PATIENT | {"triggers": ["tool"]}


class Slow:
    """Answers when told to."""

    def __init__(self, answer="Here it is."):
        self.may_answer = asyncio.Event()
        self.answer = answer

    async def __call__(self, _turn):
        await self.may_answer.wait()
        return self.answer


class SlowPieces(Slow):
    """Begins at once, and gives the pieces when told to."""

    async def __call__(self, _turn):
        await self.may_answer.wait()
        yield "Here "
        yield "it is."


def texts(response):
    return ["".join(part.get("transcript") or part.get("text") for part in item.get("content", ())) for item in response["output"]]


async def start(one, **session):
    await one.update(**session)
    await one.say("what is it?")
    await one.send("response.create")


@pytest.mark.parametrize("responder", [Slow, SlowPieces])
@pytest.mark.parametrize("kind", ["static_interim_response", "static-interim-response"])
async def test_a_slow_answer_has_something_said_before_it(kind, responder):
    slow = responder()
    async with serve(responder=slow, recogniser=None, pace=None) as server, client(server, query=CASCADED) as one:
        await start(one, interim_response=AT_ONCE | {"type": kind})
        filler = await one.until("response.output_item.done")
        slow.may_answer.set()
        response = (await one.until("response.done"))["response"]
        assert texts(response) == ["Let me think.", "Here it is."]
        assert response["output"][0] == filler["item"]
        assert len(one.all("response.audio.done")) == 2


async def test_an_answer_that_comes_meanwhile_waits_for_the_end():
    slow = Slow()
    async with serve(responder=slow, recogniser=None) as server, client(server, query=CASCADED) as one:
        await start(one, interim_response=AT_ONCE)
        await one.until("response.audio.delta")
        slow.may_answer.set()
        response = (await one.until("response.done"))["response"]
        assert texts(response) == ["Let me think.", "Here it is."]


async def test_a_quick_answer_has_nothing_before_it():
    async def quick(_turn):
        return "Here it is."

    async with serve(responder=quick, recogniser=None, pace=None) as server, client(server, query=CASCADED) as one:
        for interim in (PATIENT, FOR_TOOLS, STATIC | {"triggers": ["latency"]}):
            await one.update(interim_response=interim)
            assert texts(await one.ask("what is it?")) == ["Here it is."]


async def test_a_response_may_have_its_own():
    slow = Slow()
    async with serve(responder=slow, recogniser=None, pace=None) as server, client(server, query=CASCADED) as one:
        await one.say("what is it?")
        await one.send("response.create", response={"interim_response": AT_ONCE | {"texts": []}})
        await one.until("response.output_item.done")
        slow.may_answer.set()
        assert texts((await one.until("response.done"))["response"]) == [USUAL_TEXT, "Here it is."]


async def test_realtime_models_have_none_and_say_so():
    slow = Slow()
    async with serve(responder=slow, recogniser=None, pace=None) as server, client(server) as one:
        await start(one, interim_response=AT_ONCE)
        assert one.all("warning")[0]["warning"]["code"] == "unsupported_setting"
        await one.until("rate_limits.updated")
        slow.may_answer.set()
        assert texts((await one.until("response.done"))["response"]) == ["Here it is."]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (ToolCall("get_weather", {"city": "Oslo"}), "function_call"),
        ([WebSearch()], "web_search_call"),
        ([FileSearch(["oslo"])], "file_search_call"),
        (ToolCall("look", {}), "mcp_call"),
    ],
)
async def test_tools_are_announced(answer, kind):
    async def call(turn):
        return "Sunny." if turn.tool_outputs else answer

    mcp = {"eyes": [McpTool("look", lambda: "seen")]}
    tools = [WEATHER, {"type": "mcp", "server_label": "eyes", "server_url": "https://eyes.example", "require_approval": "never"}]
    async with serve(responder=call, recogniser=None, pace=None, mcp=mcp) as server, client(server, query=CASCADED) as one:
        await one.update(interim_response=FOR_TOOLS, tools=tools)
        response = await one.ask("look")
        assert [item["type"] for item in response["output"]] == ["message", kind]
        assert texts(response)[0] == "Let me think."


async def test_a_streamed_call_and_what_follows_it_are_announced_once():
    async def call(_turn):
        yield ToolCallDelta('{"city":', "get_weather")
        yield ToolCallDelta('"Oslo"}')
        yield ToolCall("get_weather", {"city": "Bergen"})

    async with serve(responder=call, recogniser=None, pace=None) as server, client(server, query=CASCADED) as one:
        await one.update(interim_response=FOR_TOOLS, tools=[WEATHER])
        response = await one.ask("weather?")
        assert [item["type"] for item in response["output"]] == ["message", "function_call", "function_call"]


async def test_what_was_announced_already_is_not_again():
    async def call(_turn):
        yield "I will look it up."
        yield ToolCall("get_weather", {"city": "Oslo"})

    async with serve(responder=call, recogniser=None, pace=None) as server, client(server, query=CASCADED) as one:
        await one.update(interim_response=FOR_TOOLS, tools=[WEATHER])
        assert texts(await one.ask("weather?")) == ["I will look it up.", ""]


async def test_an_approved_call_is_announced():
    async def call(_turn):
        return ToolCall("look", {})

    mcp = {"eyes": [McpTool("look", lambda: "seen")]}
    tools = [{"type": "mcp", "server_label": "eyes", "server_url": "https://eyes.example"}]
    async with serve(responder=call, recogniser=None, pace=None, mcp=mcp) as server, client(server, query=CASCADED) as one:
        await one.update(interim_response=FOR_TOOLS, tools=tools)
        response = await one.ask("look")
        assert [item["type"] for item in response["output"]] == ["message", "mcp_approval_request"]
        answer = {"type": "mcp_approval_response", "approval_request_id": response["output"][1]["id"], "approve": True}
        await one.send("conversation.item.create", item=answer)
        response = (await one.until("response.done"))["response"]
        assert [item["type"] for item in response["output"]] == ["message", "mcp_call"]


def wordy(turn):
    """A blocking writer of interim responses."""
    return f"{turn.instructions}, {turn.text}, {turn.max_output_tokens}, {len(turn.tools)}"


async def pieces(_turn):
    yield "Still "
    yield "thinking."


async def broken(_turn):
    raise OSError("no model")


async def no_text(_turn):
    return ToolCall("get_weather", {})


@pytest.mark.parametrize(
    ("interim", "said"),
    [(None, USUAL_TEXT), (wordy, "Be brief, what is it?, 9, 0"), (pieces, "Still thinking."), (broken, USUAL_TEXT), (no_text, USUAL_TEXT)],
)
async def test_a_model_writes_it(interim, said):
    slow = Slow()
    settings = {"type": "llm_interim_response", "instructions": "Be brief", "max_completion_tokens": 9, "latency_threshold_ms": 0}
    async with serve(responder=slow, interim=interim, recogniser=None, pace=None) as server, client(server, query=CASCADED) as one:
        await start(one, interim_response=settings, tools=[WEATHER], modalities=["text"])
        await one.until("response.output_item.done")
        slow.may_answer.set()
        assert texts((await one.until("response.done"))["response"]) == [said, "Here it is."]


async def test_a_cancelled_response_says_nothing_more():
    async with serve(responder=Slow(), recogniser=None) as server, client(server, query=CASCADED) as one:
        for interim in (PATIENT, AT_ONCE | {"texts": ["This is a long thing to say. " * 30]}):
            await start(one, interim_response=interim)
            await one.until("rate_limits.updated" if interim is PATIENT else "response.audio.delta")
            await one.send("response.cancel")
            assert (await one.until("response.done"))["response"]["status"] == "cancelled"


async def test_a_ceiling_may_be_reached_by_it():
    slow = Slow()
    async with serve(responder=slow, recogniser=None, pace=None) as server, client(server, query=CASCADED) as one:
        await one.update(interim_response=AT_ONCE | {"texts": ["One two three four five six seven eight. " * 9]}, modalities=["text"])
        await one.say("what is it?")
        await one.send("response.create", response={"max_output_tokens": 5})
        await one.until("response.text.delta")
        slow.may_answer.set()
        response = (await one.until("response.done"))["response"]
        assert (response["status"], response["status_details"]["reason"]) == ("incomplete", "max_output_tokens")


@pytest.mark.parametrize(
    ("setting", "param"),
    [({"triggers": ["mood"]}, "triggers[0]"), ({"latency_threshold_ms": -1}, "latency_threshold_ms"), ({"type": "poem"}, "type")],
)
async def test_interim_settings_that_are_refused(setting, param):
    async with serve(recogniser=None) as server, client(server, query=CASCADED) as one:
        error = await one.refused("session.update", session={"interim_response": STATIC | setting})
        assert error["param"] == f"session.interim_response.{param}"
