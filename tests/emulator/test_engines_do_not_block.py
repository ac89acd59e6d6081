"""A slow engine holds up its own session and nobody else's."""

import asyncio
import threading

import numpy as np
import pytest
from emulator.support_server import PATIENCE_S, client
from emulator.test_server_turns import PCM16, speech

from voicelive.emulator import McpTool, ToolCall, serve
from voicelive.emulator._answering import CONCURRENT_CALLS
from voicelive.emulator._hearing import CONCURRENT_TURNS, Ear
from voicelive.emulator._mcp_calls import MCP_CALLS_END
from voicelive.emulator._workers import Workers

pytestmark = pytest.mark.anyio


class Held:
    """An engine of every kind, whose calls stay until they are let go, and which counts how many stay at once."""

    def __init__(self):
        self.let_go = threading.Event()
        self.called = threading.Semaphore(0)
        self.inside = self.most = 0
        self._lock = threading.Lock()

    def stay(self):
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.called.release()
        assert self.let_go.wait(PATIENCE_S)
        with self._lock:
            self.inside -= 1

    def synthesize(self, text, *, rate_hz, **_):
        if "slow" in text:
            self.stay()
        yield bytes(rate_hz // 5)

    def transcribe(self, samples, _rate_hz):
        self.stay()
        return f"{len(samples)} samples"

    def respond(self, turn):
        if "slow" in turn.text:
            self.stay()
        return f"You said {turn.text}"


async def called(held):
    assert await asyncio.to_thread(held.called.acquire, timeout=PATIENCE_S)


@pytest.mark.parametrize("kind", ["voice", "responder"])
async def test_other_sessions_talk_while_an_engine_is_slow(kind):
    held = Held()
    engines = {"voice": held, "responder": held.respond} if kind == "responder" else {"voice": held, "responder": echo}
    async with serve(**engines, recogniser=None, pace=None) as server, client(server) as slow, client(server) as quick:
        await slow.say("slow")
        await slow.send("response.create")
        await called(held)
        response = await quick.ask("quick")
        assert response["status"] == "completed"
        assert quick.audio()
        await asyncio.wait_for(await slow.websocket.ping(), PATIENCE_S)
        await slow.settle()
        held.let_go.set()
        assert (await slow.until("response.done"))["response"]["status"] == "completed"


@pytest.mark.parametrize("end", MCP_CALLS_END)
async def test_other_sessions_talk_while_a_tool_is_slow(end):
    held = Held()
    tools = {"docs": [McpTool("stay", held.stay)]}

    async def call(turn):
        return ToolCall("stay", {}) if "slow" in turn.text else f"You said {turn.text}"

    engines = {"responder": call, "mcp": tools, "mcp_calls_end": end}
    async with serve(**engines, recogniser=None, pace=None) as server, client(server) as slow, client(server) as quick:
        await slow.update(tools=[{"type": "mcp", "server_label": "docs", "server_url": "https://docs/", "require_approval": "never"}])
        await slow.say("slow")
        await slow.send("response.create")
        await called(held)
        assert (await quick.ask("quick"))["status"] == "completed"
        await slow.settle()
        held.let_go.set()
        await slow.until("response.mcp_call.completed")
        await slow.until("response.done" if end == "in_response" else "response.output_item.done")


async def echo(turn):
    return f"You said {turn.text}"


async def test_a_recogniser_that_is_slow_holds_up_no_voice():
    held = Held()
    async with serve(voice=held, responder=echo, recogniser=held, pace=None) as server, client(server) as slow, client(server) as quick:
        await slow.append(PCM16.encode(speech("What time is it?")))
        await called(held)
        assert (await quick.ask("quick"))["status"] == "completed"
        held.let_go.set()
        await slow.until("response.done")


async def test_more_slow_calls_than_threads_wait_their_turn():
    held = Held()
    async with serve(voice=held, responder=echo, recogniser=None, pace=None) as server:
        clients = CONCURRENT_CALLS + 2

        async def ask(number):
            async with client(server) as one:
                return (await one.ask(f"slow {number}"))["status"]

        asked = [asyncio.create_task(ask(number)) for number in range(clients)]
        for _ in range(CONCURRENT_CALLS):
            await called(held)
        async with client(server) as another:
            await another.settle()
        assert held.inside == CONCURRENT_CALLS
        held.let_go.set()
        assert await asyncio.gather(*asked) == ["completed"] * clients
        assert held.most == CONCURRENT_CALLS


async def test_turns_are_heard_a_few_at_a_time():
    held = Held()
    ear = Ear(held)
    heard = [asyncio.create_task(ear.hear(np.zeros(count, np.int16), 8_000)) for count in range(CONCURRENT_TURNS + 1)]
    for _ in range(CONCURRENT_TURNS):
        await called(held)
    held.let_go.set()
    assert [each.text for each in await asyncio.gather(*heard)] == ["0 samples", "1 samples", "2 samples"]
    assert held.most == CONCURRENT_TURNS
    ear.close()


async def test_a_cancelled_call_that_has_not_begun_never_does():
    held, begun = Held(), []
    workers = Workers("test", 1)
    first = asyncio.create_task(workers.run(held.stay))
    await called(held)
    waiting = asyncio.create_task(workers.run(begun.append, 1))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    held.let_go.set()
    await first
    await workers.run(int)
    assert begun == []
    workers.close()


async def test_closing_drops_what_waits():
    held, begun = Held(), []
    workers = Workers("test", 1)
    first = asyncio.create_task(workers.run(held.stay))
    await called(held)
    waiting = asyncio.create_task(workers.run(begun.append, 1))
    await asyncio.sleep(0)
    workers.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    held.let_go.set()
    await first
    assert begun == []


async def test_what_a_call_raises_is_raised_here():
    workers = Workers("test", 1)
    with pytest.raises(ZeroDivisionError):
        await workers.run(lambda: 1 / 0)
    assert await workers.run(int, "7") == 7
    workers.close()
