"""Engines are other people's code: what they raise, and that they hang, ends one response, and nothing else."""

import asyncio
import logging
import threading
from contextlib import suppress

import pytest
from emulator.support_attack import Held, bystander
from emulator.support_server import PATIENCE_S, client
from emulator.support_time import in_its_own_time
from emulator.test_server_turns import PCM16, speech

from voicelive.emulator import McpTool, ServerLimits, serve

pytestmark = pytest.mark.anyio


async def raises(_turn):
    raise RuntimeError("no idea")


async def raises_nothing_said(_turn):
    raise LookupError


async def raises_in_the_middle(_turn):
    yield "This is said. "
    raise RuntimeError("and then no idea")


async def hangs(_turn):
    await asyncio.Event().wait()


async def hangs_in_the_middle(_turn):
    yield "This is said. "
    await asyncio.Event().wait()


async def is_cancelled(_turn):
    raise asyncio.CancelledError


async def exits(_turn):
    raise SystemExit(3)


async def gives_nonsense(_turn):
    return object()


FAILING = [
    (raises, "no idea"),
    (raises_nothing_said, "an engine raised LookupError"),
    (raises_in_the_middle, "and then no idea"),
    (hangs, "nothing came from the responder"),
    (hangs_in_the_middle, "nothing came from the responder"),
    (is_cancelled, "was cancelled"),
    (exits, "tried to end the program: SystemExit(3)"),
    (gives_nonsense, "not object"),
]


class Both(Held):
    """Fails for those that say so, and answers the others."""

    def __init__(self, failing):
        super().__init__()
        self.failing = failing

    async def __call__(self, turn):
        if turn.text != "fail":
            async for piece in super().__call__(turn):
                yield piece
            return
        given = self.failing(turn)
        if hasattr(given, "__aiter__"):
            async for piece in given:
                yield piece
        else:
            yield await given


@in_its_own_time
@pytest.mark.parametrize(("failing", "message"), FAILING)
async def test_a_responder_that_fails_ends_its_response(failing, message):
    both = Both(failing)
    limits = ServerLimits(engine_s=1, close_s=0.2)
    async with serve(responder=both, recogniser=None, pace=None, limits=limits) as server, client(server) as one:
        response = await one.ask("fail")
        assert response["status"] == "failed"
        error = response["status_details"]["error"]
        assert (error["type"], error["code"]) == ("server_error", "server_error")
        assert message in error["message"]
        assert (await one.ask("go on", modalities=["text"]))["status"] == "completed"


async def test_other_sessions_go_on_beside_a_responder_that_fails():
    both = Both(raises)
    async with serve(responder=both, recogniser=None, pace=None) as server, bystander(server, both), client(server) as one:
        for _ in range(3):
            assert (await one.ask("fail"))["status"] == "failed"


@in_its_own_time
async def test_a_responder_that_cannot_be_cancelled_is_left_behind(caplog):
    gate = asyncio.Event()

    async def stubborn(_turn):
        while not gate.is_set():
            with suppress(asyncio.CancelledError):
                await gate.wait()
        return "too late"

    limits = ServerLimits(engine_s=0.2, close_s=0.2)
    async with serve(responder=stubborn, recogniser=None, pace=None, limits=limits) as server, client(server) as one:
        await one.send("response.create")
        await one.until("response.created")
        await one.send("response.cancel")
        assert (await one.until("response.done"))["response"]["status"] == "cancelled"
        assert (await one.ask("again"))["status"] == "failed"
    assert "it is left behind" in caplog.text
    gate.set()
    await asyncio.sleep(0)


class Voice:
    """Fails, or hangs until it is let go."""

    def __init__(self, *, hangs):
        self.gate = threading.Event()
        self.hangs = hangs

    def synthesize(self, _text, **_how):
        if self.hangs:
            self.gate.wait(PATIENCE_S)
        raise RuntimeError("the loudspeaker is broken")


@in_its_own_time
@pytest.mark.parametrize(("broken", "message"), [(False, "the loudspeaker is broken"), (True, "nothing came from")])
async def test_a_voice_that_fails_or_hangs_ends_its_response(broken, message):
    voice = Voice(hangs=broken)
    asyncio.get_running_loop().waits_for_threads = not broken
    limits = ServerLimits(engine_s=1)
    async with serve(responder=Held(), voice=voice, recogniser=None, pace=None, limits=limits) as server, client(server) as one:
        response = await one.ask("speak")
        assert response["status"] == "failed"
        assert message in response["status_details"]["error"]["message"]
        async with client(server) as other:
            assert (await other.ask("write", modalities=["text"]))["status"] == "completed"
        voice.gate.set()


class Recogniser:
    def transcribe(self, _samples, _rate_hz):
        raise RuntimeError("deaf")


async def test_a_recogniser_that_fails_fails_the_transcription_only():
    async with serve(responder=Held(), recogniser=Recogniser(), pace=None) as server, client(server) as one:
        await one.update(input_audio_transcription={"model": "azure-speech"})
        await one.append(PCM16.encode(speech("Hello.")))
        failed = await one.until("conversation.item.input_audio_transcription.failed")
        assert "deaf" in failed["error"]["message"]
        assert (await one.until("response.done"))["response"]["status"] == "completed"


class Vad:
    """Judges well until something loud comes."""

    frame_samples = 320

    def __init__(self):
        self.streams = 0

    def open_stream(self):
        self.streams += 1

        def judge(frame):
            loudest = int(abs(frame.astype(int)).max())
            if loudest > 20_000:
                raise RuntimeError("my ears")
            return float(loudest > 2_000)

        return judge


def tone(level, ms):
    return (level * ((-1) ** (i // 30 % 2)) for i in range(24 * ms))


def pcm(level, ms):
    return b"".join(int(sample).to_bytes(2, "little", signed=True) for sample in tone(level, ms))


async def test_a_detector_that_fails_is_an_error_of_the_server_and_begins_anew(caplog):
    vad = Vad()
    async with serve(responder=Held(), recogniser=None, vad=vad, pace=None) as server, client(server) as one:
        await one.append(pcm(5_000, 600))
        await one.until("input_audio_buffer.speech_started")
        await one.append(pcm(30_000, 100))
        await one.until("input_audio_buffer.speech_stopped")
        error = (await one.until("error"))["error"]
        assert (error["type"], error["code"]) == ("server_error", "server_error")
        assert "my ears; it begins anew" in error["message"]
        await one.append(pcm(5_000, 600) + bytes(48_000))
        await one.until("input_audio_buffer.committed")
        assert (await one.until("response.done"))["response"]["status"] == "completed"
        assert vad.streams == 2
    assert "the voice activity detector failed" in caplog.text


@in_its_own_time
@pytest.mark.parametrize("end", ["in_response", "after_response"])
async def test_a_tool_that_hangs_ends_its_response_or_its_call(end):
    async def hang():
        await asyncio.Event().wait()

    async def asks(_turn):
        from voicelive.emulator import ToolCall

        return ToolCall("hang", {})

    tools = [{"type": "mcp", "server_label": "s", "server_url": "http://x", "require_approval": "never"}]
    limits = ServerLimits(engine_s=0.3)
    options = {"mcp": {"s": [McpTool("hang", hang)]}, "mcp_calls_end": end, "limits": limits}
    async with serve(responder=asks, recogniser=None, **options) as server, client(server) as one:
        await one.update(tools=tools)
        response = await one.ask("go")
        assert response["status"] == ("failed" if end == "in_response" else "completed")
        if end == "after_response":
            await one.until("response.output_item.done")
        (done,) = one.all("response.output_item.done")
        assert done["item"]["type"] == "mcp_call"
        expected = (
            "the response ended first" if end == "in_response" else "nothing came from the responder, the voice, the recogniser or a tool"
        )
        assert done["item"]["error"]["message"].startswith(expected)


async def test_a_fault_of_the_server_in_an_answer_to_an_event_closes_with_1011(caplog, monkeypatch):
    from voicelive.emulator._session import _HANDLERS

    def broken(_session, _event):
        raise ZeroDivisionError("a fault")

    caplog.set_level(logging.ERROR)
    monkeypatch.setitem(_HANDLERS, "input_audio_buffer.clear", broken)
    held = Held()
    async with serve(responder=held, recogniser=None, pace=None) as server, bystander(server, held), client(server, checked=False) as one:
        await one.send("input_audio_buffer.clear")
        await one.websocket.wait_closed()
        assert one.websocket.close_code == 1011
        assert "its log says how" in one.websocket.close_reason
    assert "ZeroDivisionError: a fault" in caplog.text
